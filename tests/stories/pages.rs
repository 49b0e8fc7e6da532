//! No page needs more than 100 KB, also where its lists are full. How long they take is measured by the bench `pages`.

use std::collections::BTreeSet;

use talktime::cli::seed::fill;
use talktime::flows::seed::Size;
use talktime::storage::StorageError;

use crate::support::Kind;
use crate::support::database::Database;
use crate::support::pages::{HEAVIEST, Names, PAGES, PASSWORD, Served, Who};

/// Every list has more than a page of rows: the first caller's calls, and accounts.
const FULL: Size = Size { accounts: 120, calls: 3_000, number: 1 };

/// Routes that answer GET and are no page.
#[rustfmt::skip]
const NO_PAGES: [(&str, &str); 9] = [
    ("/calls/{id}/events", "is a stream"),
    ("/admin/live/events", "is a stream"),
    ("/dial/quote", "leads to /dial"),
    ("/calls/{id}/legs/price", "leads to the call"),
    ("/calls.csv", "is a file"),
    ("/admin/audit.csv", "is a file"),
    ("/admin/decks/{deck}", "is a file"),
    ("/admin/decks/drafts/{id}", "shows eighty prefixes at most"),
    ("/admin/events/deliveries/{id}", "shows one body and fifteen tries at most"),
];

#[test]
fn the_table_of_pages_has_every_page_there_is() {
    let routes = routes();
    assert!(routes.len() > 5, "the routes are found: {routes:?}");
    let is_known = |route: &String| {
        PAGES.iter().any(|(_, page)| is_of(page, route)) || NO_PAGES.iter().any(|(path, _)| path == route)
    };
    let missing: Vec<_> = routes.iter().filter(|route| !is_known(route)).collect();
    assert!(missing.is_empty(), "tests/support/pages.rs should have a line for {missing:?}");
    for (route, _) in NO_PAGES {
        assert!(routes.contains(route), "{route} is no route any more");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_is_heavier_than_a_slow_line_bears() {
    let database = Database::fresh(Kind::Sqlite);
    let now = "2026-11-21T12:34:56Z".parse().expect("a time");
    let served = Served::start(&database.url, now);
    assert!(fill(&served.app.db, FULL, PASSWORD, now).await.expect("the books are made"));
    let names = served.app.db.read(Names::find).await;
    let names = names.map_err(|error: StorageError| error).expect("the names are found");
    for who in [Who::Nobody, Who::Caller, Who::Owner] {
        let mut browser = served.browser(who);
        for (_, page) in PAGES.iter().filter(|(whose, _)| *whose == who) {
            let (weight, reply) = browser.weigh(&names.fill(page));
            assert_eq!(reply.status, 200, "{page}: {}", reply.head);
            assert!(weight.sent <= HEAVIEST, "{page} needs {weight:?}");
            if ["/calls", "/admin/accounts"].contains(page) {
                let more = reply.text.split('"').any(|word| word.starts_with(page) && word.contains("after="));
                assert!(more, "the list of {page} is full");
            }
        }
    }
    served.stop().await;
}

/// Routes of the tables of pages that answer GET.
fn routes() -> BTreeSet<String> {
    let mut routes = BTreeSet::new();
    for table in ["user/mod.rs", "admin/mod.rs", "auth/mod.rs"] {
        let path = format!("{}/src/web/{table}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).expect("the table of routes is there");
        let pieces = text.split(".route(").flat_map(|piece| piece.split(".service(")).skip(1);
        for piece in pieces.filter(|piece| piece.contains("web::get()") || piece.contains(".get(")) {
            routes.extend(piece.split('"').nth(1).map(str::to_owned));
        }
    }
    routes
}

/// Is this page of that route?
fn is_of(page: &str, route: &str) -> bool {
    let parts = |path: &str| -> Vec<String> {
        let path = path.split('?').next().unwrap_or_default();
        path.split('/').map(|part| if part.starts_with('{') { "{}".to_owned() } else { part.to_owned() }).collect()
    };
    parts(page) == parts(route)
}
