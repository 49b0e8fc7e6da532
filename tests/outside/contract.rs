//! The API against its own description: schemathesis reads `/api/openapi.json`, makes requests that fit it and requests
//! that do not, and holds every answer to it. What it finds it can find again: the seed is fixed.

use std::collections::HashMap;
use std::path::Path;

use serde_json::json;
use talktime::storage::Db;

use crate::programs::{ADMIN_TOKEN, Program, ask, free_address, python, until_it_listens};

/// How many requests an operation gets in each of its phases, and where chance begins.
const EXAMPLES: (&str, &str) = ("TEST_API_EXAMPLES", "100");
const SEED: (&str, &str) = ("TEST_API_SEED", "1");

/// What fits the description may still be refused by the books: no such account, not enough money.
const NOT_PROMISED: &str = "positive_data_acceptance";

fn setting((name, default): (&str, &str)) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}

#[test]
fn the_api_answers_as_it_says_whatever_it_is_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let address = free_address();
    let service = format!("http://{address}");
    let (_running, account) = serve(folder.path(), &address);
    let made = json!({ "name": "schemathesis", "scopes": ["admin"] });
    let made = ask("POST", &format!("{service}/api/v1/tokens"), ADMIN_TOKEN, &made.to_string(), &[]);
    let token = made["bearer"].as_str().expect("a token").to_owned();
    let config = folder.path().join("schemathesis.toml");
    std::fs::write(&config, real_things(&account)).expect("the folder can be written");
    python().program(
        "schemathesis",
        &[
            "--config-file",
            &config.display().to_string(),
            "run",
            &format!("{service}/api/openapi.json"),
            "--header",
            &format!("Authorization: Bearer {token}"),
            "--max-examples",
            &setting(EXAMPLES),
            "--seed",
            &setting(SEED),
            "--exclude-checks",
            NOT_PROMISED,
            "--suppress-health-check",
            "all",
            "--warnings",
            "off",
            "--continue-on-failure",
            "--no-color",
        ],
        folder.path(),
    );
    let plans = ask("GET", &format!("{service}/api/v1/plans"), &token, "", &[]);
    assert!(plans["items"].as_array().expect("a list").len() > 1, "some requests did what they asked for: {plans}");
    let transfers = ask("GET", &format!("{service}/api/v1/accounts/{account}/transfers"), &token, "", &[]);
    assert!(transfers["items"].as_array().expect("a list").len() > 1, "money moved, too: {transfers}");
}

/// The service on SQLite with a plan and an account with money. Nobody rings a phone: there is no carrier.
fn serve(folder: &Path, address: &str) -> (Program, String) {
    let nowhere = format!("http://{}", free_address());
    let settings = HashMap::from([
        ("TALKTIME_DATABASE_URL", format!("sqlite:{}", folder.join("books.sqlite").display())),
        ("TALKTIME_LISTEN", address.to_owned()),
        ("TALKTIME_PUBLIC_URL", format!("http://{address}")),
        ("TALKTIME_ADMIN_TOKEN", ADMIN_TOKEN.to_owned()),
        ("TALKTIME_TWILIO_ACCOUNT_SID", "AC1".to_owned()),
        ("TALKTIME_TWILIO_AUTH_TOKEN", "token".to_owned()),
        ("TALKTIME_TWILIO_CALLER_ID", "+15005550006".to_owned()),
        ("TALKTIME_TWILIO_API_BASE", nowhere.clone()),
        ("TALKTIME_STRIPE_SECRET_KEY", "sk_test_1".to_owned()),
        ("TALKTIME_STRIPE_WEBHOOK_SECRET", "whsec_1".to_owned()),
        ("TALKTIME_STRIPE_API_BASE", nowhere),
        ("TALKTIME_LOG", "off".to_owned()),
    ]);
    Db::migrate(&settings["TALKTIME_DATABASE_URL"]).expect("migrations run");
    let deck = folder.join("deck.csv");
    std::fs::write(&deck, "prefix,price_per_minute,destination\n1,0.30,North America\n").expect("a deck");
    Program::run(&settings, &["rates", "import", &deck.display().to_string(), "--plan", "standard"]);
    let create = ["account", "create", "--email", "ada@example.org", "--currency", "USD", "--plan", "standard"];
    let account = Program::run(&settings, &create);
    Program::run(&settings, &["account", "credit", &account, "100", "--reason", "to begin with"]);
    let running = Program::talktime(&settings, &["serve"]);
    until_it_listens(address);
    (running, account)
}

/// Ids cannot be guessed, and of currencies there are few, so requests are about what is there.
fn real_things(account: &str) -> String {
    format!(
        r#"
[[operations]]
include-path-regex = "^/api/v1/accounts/\\{{id\\}}"
parameters = {{ "path.id" = "{account}" }}

[[operations]]
include-path-regex = "^/api/v1/(calls|quotes)$"
parameters = {{ "body.account" = "{account}" }}

[[operations]]
include-path-regex = "^/api/v1/plans$"
parameters = {{ "body.currency" = "USD" }}
"#
    )
}
