//! The routes of the pages as the source names them, so that no test has to be told of a new one.

use std::path::Path;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Verb {
    Get,
    Post,
}

/// Every page and form there is, in the order of their addresses.
pub fn routes() -> Vec<(Verb, String)> {
    let mut found = vec![];
    for folder in ["user", "admin", "auth", "click", "pages"] {
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web").join(folder), &mut found);
    }
    found.sort_by(|one, other| (&one.1, one.0).cmp(&(&other.1, other.0)));
    found
}

fn collect(folder: &Path, found: &mut Vec<(Verb, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else {
            read(&std::fs::read_to_string(path).unwrap(), found);
        }
    }
}

/// `.route("/x", web::get()…)` and `web::resource("/x").get(…).post(…)`.
fn read(source: &str, found: &mut Vec<(Verb, String)>) {
    let begins: Vec<_> = [".route(", "web::resource("]
        .iter()
        .flat_map(|begin| source.match_indices(begin).map(move |(at, _)| at + begin.len()))
        .collect();
    for &begin in &begins {
        let end = begins.iter().filter(|end| **end > begin).min().copied().unwrap_or(source.len());
        let text = source[begin..end].split(';').next().unwrap();
        let path = text.trim_start().strip_prefix('"').and_then(|text| text.split('"').next());
        let path = path.unwrap_or_else(|| panic!("a route whose address is not written out: {text}"));
        let verbs = [(Verb::Get, ["web::get(", ".get("]), (Verb::Post, ["web::post(", ".post("])];
        let verbs = verbs.into_iter().filter(|(_, written)| written.iter().any(|written| text.contains(written)));
        let before = found.len();
        found.extend(verbs.map(|(verb, _)| (verb, path.to_owned())));
        assert!(found.len() > before, "{path} is neither got nor posted: what is it?");
    }
}

#[test]
fn the_tables_are_read_as_they_are_written() {
    let mut found = vec![];
    read("s.route(\"/a\", web::get().to(x))\n.service(\n web::resource(\n\"/b\").get(y).post(z));", &mut found);
    assert_eq!(found, [(Verb::Get, "/a".to_owned()), (Verb::Get, "/b".to_owned()), (Verb::Post, "/b".to_owned())]);
    let all = routes();
    for known in ["/", "/sign-in", "/calls/{id}/events", "/money/cards/{id}/remove", "/admin/people/{id}/role"] {
        assert!(all.iter().any(|(_, path)| path == known), "{known}");
    }
    assert!(all.len() > 60, "{all:?}");
}
