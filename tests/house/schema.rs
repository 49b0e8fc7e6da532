//! The tables: whose they are, and that every migration can be undone and done again.

use std::collections::BTreeMap;
use std::process::Command;

use talktime::storage::db::migrations_up_down_up;

use super::source::files;

/// Tables without an account, each with the reason.
const NOBODYS: &[(&str, &str)] = &[
    ("accounts", "is the account"),
    ("plans", "is offered to every customer"),
    ("decks", "belongs to a plan"),
    ("rates", "belongs to a deck"),
    ("deck_drafts", "belongs to a plan"),
    ("markups", "belongs to a plan"),
    ("conversions", "is what currencies are worth to everybody"),
    ("bundle_offers", "belongs to a plan"),
    ("room_profiles", "is offered to every plan"),
    ("access_numbers", "is rung by every customer"),
    ("bots", "is offered to every customer"),
    ("event_endpoints", "is an integrator's, for all accounts"),
    ("voucher_batches", "is the house's, for whoever buys"),
    ("vouchers", "is nobody's until somebody redeems it"),
    ("watch", "is the house's, for every account"),
    ("sounds", "is what every customer hears"),
    ("charging", "is the operator's, over all accounts"),
    ("processor_failures", "are a card processor's, whoever's payment met them"),
    ("processor_breakers", "is a card processor's, for all accounts"),
    ("jobs", "names what to do; what it is about is looked up when it runs"),
    ("webhooks", "is kept as it came, before anybody knows whose it is"),
    ("sessions", "is a browser's, administrators' too"),
    ("figures", "counts what all accounts did together"),
    ("audit", "is about whatever was done, customers' or not"),
    ("api_tokens", "is a program's, which works for every customer"),
    ("statement_lines", "is a card processor's word, whoever it is about"),
    ("reconciliations", "compares the books of all accounts with somebody else's"),
    ("differences", "belongs to a reconciliation, and may be nobody's"),
    ("unassigned", "is nobody's, as far as we know"),
    ("house_transfers", "is the house's own money"),
    ("catch_ups", "says how far a card processor's events were read"),
    ("api_replies", "belongs to a token, whatever its requests were about"),
];

#[test]
fn everything_of_a_customers_names_the_account() {
    for (table, columns) in tables() {
        let exception = NOBODYS.iter().find(|(name, _)| *name == table);
        let named = columns.lines().any(|line| line.trim_start().starts_with("account_id TEXT"));
        match exception {
            None => assert!(named, "{table} has no account_id and no reason for that"),
            Some((_, because)) => assert!(!named, "{table} has an account_id, yet it {because}"),
        }
    }
    for (name, _) in NOBODYS {
        assert!(tables().contains_key(*name), "there is no table {name} any more");
    }
}

#[test]
fn every_uniqueness_of_a_customers_rows_is_within_the_account_or_the_call() {
    for (table, columns) in tables().into_iter().filter(|(table, _)| NOBODYS.iter().all(|(name, _)| name != table)) {
        for line in columns.lines().filter(|line| line.contains("UNIQUE (")) {
            let within = ["UNIQUE (account_id,", "UNIQUE (call_id,"].iter().any(|start| line.contains(start));
            assert!(within, "{table}: {line}");
        }
    }
}

/// Name and columns of every table the migrations make.
fn tables() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for migration in files("migrations", "up.sql") {
        for statement in migration.text.split("CREATE TABLE ").skip(1) {
            let (name, rest) = statement.split_once(" (").expect("a table has columns");
            let (columns, _) = rest.split_once("\n);").expect("and an end");
            found.insert(name.to_owned(), columns.to_owned());
        }
    }
    found
}

#[test]
fn migrations_go_up_down_and_up_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    migrations_up_down_up(&format!("sqlite:{}", folder.path().join("house.sqlite").display())).unwrap();
}

#[test]
fn migrations_go_up_down_and_up_on_postgres() {
    let server = std::env::var("TEST_POSTGRES")
        .expect("TEST_POSTGRES names a PostgreSQL server to make databases on; ./test starts one");
    let name = talktime::ids::new("house");
    let psql = |order: String| assert!(Command::new("psql").args([&server, "-qc", &order]).status().unwrap().success());
    psql(format!("CREATE DATABASE {name}"));
    let (base, _) = server.rsplit_once('/').unwrap();
    migrations_up_down_up(&format!("{base}/{name}")).unwrap();
    psql(format!("DROP DATABASE {name}"));
}
