//! The papers say what is: README's settings, the crates in ARCHITECTURE, every path they name, every fixture, and the
//! first line of every file.

use talktime::config::SETTINGS;

use super::source::{exists, files, read};

const PAPERS: [&str; 3] = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"];

#[test]
fn the_table_of_settings_in_readme_is_the_one_in_the_program() {
    let readme = read("README.md");
    let rows: Vec<_> = readme.lines().filter(|line| line.starts_with("| `TALKTIME_")).collect();
    let expected: Vec<_> = SETTINGS
        .iter()
        .map(|setting| {
            let default = setting.default.map_or(String::new(), |default| format!("`{default}`"));
            format!("| `{}` | {default} | {} |", setting.name, setting.meaning)
        })
        .collect();
    assert_eq!(rows, expected, "README's table should be:\n{}", expected.join("\n"));
}

#[test]
fn the_example_of_an_environment_names_only_settings_there_are() {
    let example = read(".env.example");
    let names = example.lines().map(|line| line.trim_start_matches(['#', ' ']));
    let names = names.filter(|line| line.starts_with("TALKTIME_")).filter_map(|line| line.split_once('='));
    for (name, _) in names {
        assert!(SETTINGS.iter().any(|setting| setting.name == name), "there is no setting {name}");
    }
}

#[test]
fn every_crate_has_its_reason_in_architecture() {
    let (cargo, architecture) = (read("Cargo.toml"), read("ARCHITECTURE.md"));
    let sections = cargo
        .split("\n[")
        .filter(|section| section.starts_with("dependencies]") || section.starts_with("dev-dependencies]"));
    for line in sections.flat_map(|section| section.lines().skip(1)) {
        let Some((name, _)) = line.split_once(" = ") else { continue };
        assert!(architecture.contains(&format!("`{name}`")), "ARCHITECTURE.md does not say why {name} is there");
    }
}

/// A path stands in backquotes, from the root or from `src`. What is to be filled in is in capitals or in brackets.
#[test]
fn every_path_the_papers_name_is_there() {
    for paper in PAPERS {
        let text = read(paper);
        // Every second piece is quoted; drawings and shell lines are no names.
        let quoted = text.split("```").step_by(2).flat_map(|prose| prose.split('`').skip(1).step_by(2));
        let is_path = |word: &&str| {
            let rooted =
                ["src/", "tests/", "migrations/", "fixtures/", ".ci/"].iter().any(|start| word.starts_with(start));
            let file = word.contains('/') && [".rs", ".sql", ".py", ".json"].iter().any(|end| word.ends_with(end));
            (rooted || file) && !word.contains(['<', '*', '{', ' ', ':']) && !word.contains("NAME")
        };
        for path in quoted.filter(is_path) {
            let there = exists(path) || exists(&format!("src/{path}"));
            assert!(there || path.starts_with("/api"), "{paper} names {path}, which is not there");
        }
    }
}

#[test]
fn every_file_begins_with_a_sentence_about_itself() {
    for file in files("src", ".rs").into_iter().chain(files("tests", ".rs")) {
        let first = file.text.lines().next().unwrap_or_default();
        let sentence = first.strip_prefix("//! ").is_some_and(|words| words.split(' ').count() >= 2);
        assert!(sentence, "{} begins with {first:?}", file.path);
    }
}

#[test]
fn every_fixture_is_read_by_a_test() {
    let sources: String = files("src", ".rs").into_iter().chain(files("tests", "")).map(|file| file.text).collect();
    for fixture in files("fixtures", "").into_iter().filter(|file| !file.path.ends_with("/README.md")) {
        let (_, name) = fixture.path.rsplit_once('/').expect("it lies in a folder");
        let named = [format!("/{name}\""), format!("\"{name}\"")];
        assert!(named.iter().any(|name| sources.contains(name)), "no test reads {}", fixture.path);
    }
}
