//! Who owns what comes from outside: a crate, the present moment, chance, the environment. Whoever else needs it asks
//! its owner.

use super::source::{product, stands_in};

struct Owned {
    /// Any of these words is a use of it.
    words: &'static [&'static str],
    /// Beginnings of the paths where it may stand.
    owners: &'static [&'static str],
    because: &'static str,
}

const fn owned(words: &'static [&'static str], owners: &'static [&'static str], because: &'static str) -> Owned {
    Owned { words, owners, because }
}

const NOBODY: &[&str] = &[];
/// All but the rules, the books and the translations.
const SHELLS: &[&str] = &[
    "src/app.rs",
    "src/cli/",
    "src/demo/",
    "src/clock.rs",
    "src/jobs/",
    "src/main.rs",
    "src/outbound.rs",
    "src/sandbox/",
    "src/storage/db.rs",
    "src/web/",
];

#[rustfmt::skip]
const OWNED: &[Owned] = &[
    owned(&["diesel", "diesel_migrations"], &["src/storage/"], "the only SQL is there"),
    owned(&["DbConn::Postgres", "DbConn::Sqlite"], &["src/storage/dialect.rs", "src/storage/connection.rs"], "one place knows PostgreSQL from SQLite; opening a connection is the other"),
    owned(&["actix_web", "actix_session", "actix_multipart"], &["src/web/", "src/sandbox/", "src/app.rs"], "only who is reached over HTTP serves it; app.rs keeps the handle that stops the server"),
    owned(&["chrono_tz"], &["src/domain/rating/bands.rs"], "hours of a zone become moments when a rate is frozen; nothing after that knows zones"),
    owned(&["askama"], &["src/web/"], "pages are the web's"),
    owned(&["reqwest", "rustls"], &["src/outbound.rs", "src/sandbox/"], "one place sends; the sandbox is the other side of the wire"),
    owned(&[".outbound"], &["src/jobs/", "src/app.rs", "src/demo/people.rs"], "only jobs send, between two transactions; app.rs looks at a card for whoever waits to have it saved, before any; the demo asks its sandbox for a customer"),
    owned(&["Utc::now", "Local::now", "SystemTime", "Instant::now", "time::sleep"], &["src/clock.rs"], "time can be driven because one place asks for it"),
    owned(&["tokio::time::timeout", "tokio::time::interval"], NOBODY, "waiting by the machine's time cannot be driven"),
    owned(&["rand", "Ulid", "ulid"], &["src/ids.rs"], "one home for chance"),
    owned(&["async", ".await", "tokio", "spawn_blocking"], SHELLS, "rules, books and translations wait for nobody; storage/db.rs hands whole transactions to threads"),
    owned(&["prometheus"], &["src/metrics.rs"], "what is counted stands on one page"),
    owned(&["tokio_cron_scheduler"], &["src/jobs/schedule.rs", "src/app.rs"], "what recurs stands on one page; app.rs names its error"),
    owned(&["std::env"], &["src/config.rs", "src/domain/call/sequences/"], "every setting is in one table; the test of sequences is told how many to try"),
    owned(&["println!", "print!", "eprintln!"], &["src/cli/", "src/demo/tell.rs"], "results are the command line's and the demo's teller's; everybody else logs"),
    owned(&["f32", "f64"], &["src/metrics.rs", "src/sandbox/"], "no floats for money; a gauge is one by its protocol, and the sandbox measures milliseconds"),
    owned(&["unsafe"], NOBODY, "there is no need for it"),
    owned(&[".unwrap()", "todo!", "unimplemented!", "dbg!"], NOBODY, "what cannot happen is an `expect` that says why"),
];

#[test]
fn what_comes_from_outside_has_one_owner() {
    let mut wrong = vec![];
    for file in product() {
        for thing in OWNED.iter().filter(|thing| !thing.owners.iter().any(|owner| file.path.starts_with(owner))) {
            for (at, line) in file.text.lines().enumerate() {
                if let Some(word) = thing.words.iter().find(|word| stands_in(word, line)) {
                    wrong.push(format!("{}:{} has {word}: {}", file.path, at + 1, thing.because));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// An owner who is not there any more would let its thing stand nowhere, or everywhere.
#[test]
fn every_owner_has_a_home() {
    let owners = OWNED.iter().flat_map(|thing| thing.owners);
    let gone: Vec<_> = owners.filter(|owner| !super::source::exists(owner)).collect();
    assert!(gone.is_empty(), "{gone:?}");
}
