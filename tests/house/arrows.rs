//! Who may know whom. Every path a file of `src` takes through the house, `use` or inline, follows an arrow of the table.

use super::source::{Source, product};

/// One room: a folder or file of `src`, and whom it may know besides itself.
struct Room {
    name: &'static str,
    may_know: &'static [&'static str],
    because: &'static str,
}

const fn room(name: &'static str, may_know: &'static [&'static str], because: &'static str) -> Room {
    Room { name, may_know, because }
}

const EVERYTHING: &[&str] = &[
    "app", "cli", "clock", "config", "demo", "domain", "flows", "forms", "ids", "jobs", "metrics", "outbound",
    "notices", "payments", "sandbox", "storage", "voice", "web", "wire",
];

#[rustfmt::skip]
const ROOMS: &[Room] = &[
    room("clock", &[], "time comes from nobody"),
    room("ids", &[], "chance comes from nobody"),
    room("wire", &[], "messages are plain values"),
    room("metrics", &[], "counters are told, they do not ask"),
    room("domain", &[], "rules follow from their arguments alone"),
    room("storage", &["domain", "ids"], "rows become the domain's types; nothing is decided here"),
    room("flows", &["storage", "domain", "ids"], "one database transaction, never a network"),
    room("voice", &["domain", "wire"], "translation without I/O"),
    room("payments", &["domain", "wire"], "translation without I/O"),
    room("outbound", &["clock", "wire"], "sends what others have built, and knows nothing of its meaning"),
    room("config", &["domain", "flows"], "settings become the types they are for"),
    room("forms", &["domain", "flows", "payments"], "brings to a flow what it needs of a card processor, so that neither knows the other"),
    room("notices", &["domain", "flows", "payments", "storage", "wire"], "brings a card processor's message to its flow, whoever brought it here"),
    room("jobs", &["app", "clock", "domain", "flows", "ids", "notices", "payments", "storage", "voice", "wire"], "the future: the network between two flows, never within one"),
    room("web", &["app", "clock", "config", "domain", "flows", "ids", "metrics", "notices", "payments", "storage", "voice", "wire"], "browsers, programs and webhooks: answers from the books, sends nothing itself"),
    room("sandbox", &["clock", "ids"], "an independent witness shares no code with whom it watches"),
    room("app", &["clock", "config", "forms", "jobs", "outbound", "payments", "storage", "voice", "web"], "puts the service together, without a sandbox and without stories of its own"),
    room("demo", EVERYTHING, "the service, its sandbox and a story, put together"),
    room("cli", EVERYTHING, "the outermost: every command puts together what it needs"),
    room("lib", EVERYTHING, "the map"),
    room("main", &[], "calls the library by its name"),
];

#[test]
fn every_path_through_the_house_follows_an_arrow() {
    let mut wrong = vec![];
    for file in product() {
        let name = room_of(&file.path);
        let Some(room) = ROOMS.iter().find(|room| room.name == name) else {
            wrong.push(format!("{}: the table of rooms has no {name}", file.path));
            continue;
        };
        for (line, known) in known_by(&file) {
            if known != room.name && !room.may_know.contains(&known.as_str()) {
                let because = room.because;
                wrong.push(format!("{}:{line} knows {known}, but {name} may not: {because}", file.path));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// `src/domain/call/mod.rs` is in `domain`, `src/clock.rs` in `clock`.
fn room_of(path: &str) -> &str {
    let inside = path.strip_prefix("src/").expect("it is a file of src");
    inside.split(['/', '.']).next().expect("a path has a first part")
}

/// Line by line, whoever follows `crate::`. A group `crate::{…}` names nobody and so is nobody's.
fn known_by(file: &Source) -> Vec<(usize, String)> {
    let mut known = vec![];
    for (at, line) in file.text.lines().enumerate() {
        for path in line.split("crate::").skip(1) {
            known.push((at + 1, path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()));
        }
        known.extend(climbs_out(&file.path, line).then(|| (at + 1, "whatever lies above it".to_owned())));
    }
    known
}

/// `super` must not lead out of a room unseen.
fn climbs_out(path: &str, line: &str) -> bool {
    let module = path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    let depth = module.split('/').count();
    line.contains(&"super::".repeat(depth))
}
