//! Files of the house as text: found, and with tests and comments taken out where a rule is about the product only.

use std::path::{Path, PathBuf};

pub struct Source {
    /// From the root, with slashes: `src/domain/call/mod.rs`.
    pub path: String,
    pub text: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A fixture may be written in letters of another time.
pub fn read(path: &str) -> String {
    let bytes = std::fs::read(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    String::from_utf8_lossy(&bytes).into_owned()
}

pub fn exists(path: &str) -> bool {
    root().join(path).exists()
}

/// Every file below a folder whose name ends so, in the order of their names.
pub fn files(folder: &str, ending: &str) -> Vec<Source> {
    let mut found = vec![];
    collect(&root().join(folder), &mut found);
    found.sort();
    let names = found.iter().map(|path| {
        let inside = path.strip_prefix(root()).expect("it was found below the root");
        inside.to_str().expect("our names are plain").to_owned()
    });
    names.filter(|name| name.ends_with(ending)).map(|path| Source { text: read(&path), path }).collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            // Python leaves its own there.
            if !path.ends_with("__pycache__") {
                collect(&path, found);
            }
        } else {
            found.push(path);
        }
    }
}

/// The product's files under `src`, without their tests and comments.
pub fn product() -> Vec<Source> {
    let is_test = |path: &str| path.contains("/tests/") || path.ends_with("/tests.rs") || path.ends_with("_tests.rs");
    let files = files("src", ".rs").into_iter().filter(|file| !is_test(&file.path));
    files.map(|file| Source { text: without_comments(&without_tests(&file.text)), ..file }).collect()
}

/// What follows `#[cfg(test)]` is one line, or a block that ends at a brace in the same column.
fn without_tests(text: &str) -> String {
    let mut kept = vec![];
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim() != "#[cfg(test)]" {
            kept.push(line);
            continue;
        }
        let end = format!("{}}}", &line[..line.len() - line.trim_start().len()]);
        let item = lines.next().unwrap_or_default();
        if !item.trim_end().ends_with(';') {
            lines.by_ref().find(|line| *line == end);
        }
    }
    kept.join("\n")
}

/// Lines stay, so that what is found can be named by its line. An address in a string is no comment.
fn without_comments(text: &str) -> String {
    let lines = text.lines().map(|line| match line.find("//") {
        Some(at) if !line[..at].ends_with(':') => &line[..at],
        Some(_) | None => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Where `word` stands as a word of its own, not as a part of a longer name.
pub fn stands_in(word: &str, line: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back().is_some_and(is_name);
        let after = line[at + word.len()..].chars().next().is_some_and(is_name);
        let open = word.chars().next_back().is_some_and(|c| !is_name(c));
        !(before && word.starts_with(is_name)) && (open || !after)
    })
}
