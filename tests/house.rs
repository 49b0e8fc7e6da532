//! The house rules that can be read off the source: who may know whom, who owns which outside crate, and that papers
//! and code say the same.

use std::fs;
use std::path::{Path, PathBuf};

/// What a part of the house may use of the crate, besides itself. Tests inside a file are free.
const ARROWS: [(&str, &[&str]); 8] = [
    ("domain", &[]),
    ("storage", &["domain", "ids"]),
    ("flows", &["storage", "domain", "ids"]),
    ("voice", &["domain", "wire"]),
    ("payments", &["domain", "wire"]),
    ("outbound", &["clock", "wire"]),
    ("jobs", &["app", "clock", "domain", "flows", "ids", "payments", "storage", "voice"]),
    ("sandbox", &["clock", "ids"]),
];

/// Outside names and the only places that may say them.
const OWNERS: [(&str, &[&str]); 8] = [
    ("diesel::", &["storage"]),
    ("reqwest::", &["outbound", "sandbox"]),
    ("actix_web::", &["web", "sandbox", "app"]),
    ("Utc::now", &["clock"]),
    ("SystemTime::now", &["clock"]),
    ("Instant::now", &["clock"]),
    ("tokio::time::sleep", &["clock"]),
    ("rand::", &["ids", "sandbox"]),
];

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = vec![];
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Each source file of the product: its part of the house, its path, and its text without its tests.
fn sources() -> Vec<(String, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    files(&root, ".rs")
        .into_iter()
        .filter(|path| !path.to_string_lossy().contains("tests"))
        .map(|path| {
            let name = path.strip_prefix(&root).expect("below src").to_string_lossy().into_owned();
            let part = name.split('/').next().unwrap_or_default().trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&path).expect("text");
            let product = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
            (part, name, product)
        })
        .collect()
}

/// Lines of code, without comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}

#[test]
fn every_part_uses_only_what_it_may() {
    let mut broken = vec![];
    for (part, name, text) in sources() {
        let Some((_, may)) = ARROWS.iter().find(|(known, _)| *known == part) else { continue };
        for line in code(&text) {
            for used in line.split("crate::").skip(1) {
                let used: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if !used.is_empty() && used != part && !may.contains(&used.as_str()) {
                    broken.push(format!("{name}: {}", line.trim()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn outside_names_stay_with_their_owners() {
    let mut broken = vec![];
    for (part, name, text) in sources() {
        for line in code(&text) {
            for (word, owners) in OWNERS {
                if line.contains(word) && !owners.contains(&part.as_str()) {
                    broken.push(format!("{name}: {}", line.trim()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn rules_and_flows_wait_for_nothing() {
    let waiting: Vec<_> = sources()
        .into_iter()
        .filter(|(part, _, text)| {
            ["domain", "flows", "storage"].contains(&part.as_str())
                && !text.contains("pub struct Db(")
                && code(text).any(|line| line.contains(".await") || line.contains("async fn"))
        })
        .map(|(_, name, _)| name)
        .collect();
    assert!(waiting.is_empty(), "only the database's own door may wait: {waiting:?}");
}

#[test]
fn every_file_says_first_what_it_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let silent: Vec<_> = ["src", "tests"]
        .iter()
        .flat_map(|folder| files(&root.join(folder), ".rs"))
        .filter(|path| !fs::read_to_string(path).expect("text").starts_with("//! "))
        .collect();
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn the_readme_names_every_setting_as_it_is() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("a README");
    for setting in talktime::config::SETTINGS {
        let default = setting.default.map(|default| format!("`{default}`")).unwrap_or_default();
        let row = format!("| `{}` | {default} | {} |", setting.name, setting.meaning);
        assert!(readme.contains(&row), "README lacks {row}");
    }
    let rows = readme.lines().filter(|line| line.starts_with("| `TALKTIME_")).count();
    assert_eq!(rows, talktime::config::SETTINGS.len());
}

/// Tables that belong to no customer, and why.
const NOT_A_CUSTOMERS: [(&str, &str); 9] = [
    ("plans", "prices for many"),
    ("decks", "prices for many"),
    ("rates", "prices for many"),
    ("accounts", "its id is the account's"),
    ("jobs", "work in progress, names only"),
    ("webhooks", "messages before anybody knows whose they are"),
    ("sessions", "browsers"),
    ("audit", "what administrators did"),
    ("users", "a caller's account is nullable there: administrators have none"),
];

#[test]
fn every_table_of_a_customer_has_the_account() {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    for path in files(&migrations, "up.sql") {
        let sql = fs::read_to_string(&path).expect("text");
        for table in sql.split("CREATE TABLE ").skip(1) {
            let name = table.split_whitespace().next().unwrap_or_default();
            let body = table.split("\n);").next().unwrap_or_default();
            let excused = NOT_A_CUSTOMERS.iter().any(|(known, _)| *known == name);
            assert!(excused || body.contains("account_id TEXT"), "{name} lacks account_id");
        }
    }
}

#[test]
fn every_fixture_is_read_by_some_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readers: String = ["src", "tests"]
        .iter()
        .flat_map(|folder| files(&root.join(folder), ".rs"))
        .map(|path| fs::read_to_string(path).expect("text"))
        .collect();
    let unread: Vec<_> = files(&root.join("fixtures"), "")
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending != "md"))
        .filter(|path| {
            let name = path.file_name().expect("a file").to_string_lossy();
            let stem = path.file_stem().expect("a file").to_string_lossy();
            !readers.contains(&*name) && !readers.contains(&format!("\"{stem}\""))
        })
        .collect();
    assert!(unread.is_empty(), "{unread:?}");
}

#[test]
fn migrations_can_be_undone_and_redone() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", folder.path().join("house.sqlite").display());
    talktime::storage::db::migrations_up_down_up(&url).expect("up, down and up again");
}
