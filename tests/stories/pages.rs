//! No page needs more than 100 KB, also where its lists are full. How long they take is measured by the bench `pages`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use talktime::cli::seed::fill;
use talktime::flows::seed::Size;
use talktime::storage::StorageError;

use crate::support::Kind;
use crate::support::database::Database;
use crate::support::pages::{HEAVIEST, Names, PAGES, PASSWORD, Served, Who, is_file};

/// Every list has more than a page of rows.
const FULL: Size = Size { accounts: 120, calls: 3_000, number: 1 };

/// Pages with a list that goes on with the next page.
const LONG_LISTS: [&str; 12] = [
    "/admin/vouchers",
    "/admin/vouchers/{batch}",
    "/admin/cash",
    "/admin/requests",
    "/calls",
    "/money/charges",
    "/admin/accounts",
    "/admin/accounts/{busy_account}/calls",
    "/admin/accounts/{busy_account}/transfers",
    "/admin/accounts/{busy_account}/links",
    "/admin/audit",
    "/admin/events",
];

/// Routes that answer GET and are no page.
const NO_PAGES: [(&str, &str); 5] = [
    ("/calls/{id}/events", "is a stream"),
    ("/admin/live/events", "is a stream"),
    ("/dial/quote", "leads to /dial"),
    ("/recordings/{id}/file", "leads to the carrier"),
    ("/calls/{id}/legs/price", "leads to /calls/{id}/legs"),
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
            assert!(weight.sent <= HEAVIEST || is_file(page), "{page} needs {weight:?}");
            if page.ends_with("/statement?month=2026-11") && who == Who::Owner {
                assert!(reply.text.contains("Later in the month"), "the month is full");
            }
            if LONG_LISTS.contains(page) {
                assert!(leads_on(&reply.text, &names.fill(page)), "the list of {page} is full");
            }
        }
    }
    served.stop().await;
}

/// Has the page a link to the rest of its list?
fn leads_on(page: &str, path: &str) -> bool {
    let mut links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    links.any(|link| link.strip_prefix(path).is_some_and(|query| query.starts_with('?') && query.contains("after=")))
}

/// Routes of the tables of pages that answer GET.
fn routes() -> BTreeSet<String> {
    let mut routes = BTreeSet::new();
    for text in ["user", "admin", "auth", "click"].into_iter().flat_map(|part| tables(&web().join(part))) {
        let pieces = text.split(".route(").flat_map(|piece| piece.split(".service(")).skip(1);
        for piece in pieces.filter(|piece| piece.contains("web::get()") || piece.contains(".get(")) {
            routes.extend(piece.split('"').nth(1).map(str::to_owned));
        }
    }
    routes
}

fn web() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/web")
}

/// Every `mod.rs` of a folder and those within: the tables of routes stand there.
fn tables(folder: &Path) -> Vec<String> {
    let mut texts = vec![];
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            texts.extend(tables(&path));
        } else if path.ends_with("mod.rs") {
            texts.push(std::fs::read_to_string(path).expect("it is text"));
        }
    }
    texts
}

/// Is this page of that route?
fn is_of(page: &str, route: &str) -> bool {
    let parts = |path: &str| -> Vec<String> {
        let path = path.split('?').next().unwrap_or_default();
        path.split('/').map(|part| if part.starts_with('{') { "{}".to_owned() } else { part.to_owned() }).collect()
    };
    parts(page) == parts(route)
}
