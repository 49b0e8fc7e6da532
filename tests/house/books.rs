//! Who writes the books. Whoever may look asks `storage`; what changes them is a flow, where the account is locked and
//! the domain has decided.

use super::source::{product, stands_in};

/// What an SQL statement that writes is made with.
const WRITING: [&str; 6] =
    ["insert_into(", "diesel::update(", "diesel::delete(", "dialect::insert", "dialect::upsert", "save_changes"];

/// Who else writes, what, and why that is no story of the books.
const EXCEPTIONS: [(&str, &str, &str); 3] = [
    ("src/web/", "sessions", "a browser's session is the web's own"),
    ("src/jobs/", "sessions", "forgetting the expired ones is nobody's story"),
    ("src/jobs/", "jobs", "whoever runs a job takes it, prolongs it and is done with it"),
];

#[test]
fn only_flows_change_the_books() {
    let (writers, product) = (writers(), product());
    let outside = |path: &str| !path.starts_with("src/storage/") && !path.starts_with("src/flows/");
    let mut wrong = vec![];
    for file in product.iter().filter(|file| outside(&file.path)) {
        let excused =
            |table: &str| EXCEPTIONS.iter().any(|(who, what, _)| file.path.starts_with(who) && *what == table);
        for (table, function) in writers.iter().filter(|(table, _)| !excused(table)) {
            let call = format!("{table}::{function}");
            let lines = file.text.lines().enumerate().filter(|(_, line)| stands_in(&call, line));
            wrong.extend(lines.map(|(at, _)| format!("{}:{} calls {call}", file.path, at + 1)));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Functions of `storage` that write, each with the file of its table.
fn writers() -> Vec<(String, String)> {
    let mut found = vec![];
    for file in product().into_iter().filter(|file| file.path.starts_with("src/storage/")) {
        let table = file.path.trim_start_matches("src/storage/").trim_end_matches(".rs").to_owned();
        for function in file.text.split("\npub fn ").skip(1) {
            let name: String = function.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let body = function.split("\n}\n").next().unwrap_or_default();
            if WRITING.iter().any(|word| body.contains(word)) {
                found.push((table.clone(), name));
            }
        }
    }
    assert!(found.len() > 20, "the functions that write are recognised: {found:?}");
    found
}
