//! The command line: what each command writes, with which number it ends, and that every mistake is said clearly.

#[path = "support/program.rs"]
mod program;

use std::path::PathBuf;
use std::process::Command;

use program::{Program, Ran};
use serde_json::{Value, json};
use tempfile::TempDir;

const DECK: &str =
    "prefix,price_per_minute,destination,increment_seconds\n1,0.30,North America,1\n44,0.60,Britain,60\n";

/// A folder with a database, and the program that works on it.
struct Office {
    program: Program,
    folder: TempDir,
}

impl Office {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("books.sqlite").display());
        Self { program: Program::with([("TALKTIME_DATABASE_URL", url.as_str())]), folder }
    }

    /// With an account on the plan "gold", and rates.
    fn with_account() -> (Self, String) {
        let office = Self::new();
        let id =
            office.ask(&["account", "create", "--email", "ada@example.com", "--currency", "USD", "--plan", "gold"]);
        let deck = office.file("deck.csv", DECK);
        office.ask(&["rates", "import", &deck, "--plan", "gold"]);
        (office, id)
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path: PathBuf = self.folder.path().join(name);
        std::fs::write(&path, text).expect("the folder can be written");
        path.display().to_string()
    }

    fn ask(&self, args: &[&str]) -> String {
        self.program.ask(args)
    }

    /// What is said of a mistake: by the command with 1, and by what reads the command line with 2.
    #[track_caller]
    fn mistake(&self, code: i32, args: &[&str], said: &str) {
        let Ran { code: ended, out, err } = self.program.run(args);
        assert_eq!((ended, out.as_str()), (Some(code), ""), "talktime {args:?}: {err}");
        assert!(err.contains(said), "talktime {args:?} says {said:?}: {err}");
    }

    /// Writes to the database past all our rules.
    fn tamper(&self, sql: &str) {
        let code = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2]); c.commit()";
        let books = self.folder.path().join("books.sqlite");
        let done = Command::new("python3").args(["-c", code]).arg(books).arg(sql).status();
        assert!(done.expect("python3 runs").success(), "{sql}");
    }

    /// The one value that a question to the database has.
    fn look_up(&self, sql: &str) -> String {
        let code = "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone()[0])";
        let books = self.folder.path().join("books.sqlite");
        let asked = Command::new("python3").args(["-c", code]).arg(books).arg(sql).output().expect("python3 runs");
        String::from_utf8(asked.stdout).expect("text").trim().to_owned()
    }

    fn shown(&self, account: &str) -> Value {
        serde_json::from_str(&self.ask(&["account", "show", account, "--json"])).expect("JSON")
    }
}

#[test]
fn a_database_is_brought_to_the_newest_layout_once() {
    let office = Office::new();
    let first = office.ask(&["migrate"]);
    assert!(first.ends_with("migrations run") && !first.starts_with("0 "), "{first}");
    assert_eq!(office.ask(&["migrate"]), "0 migrations run");
}

#[test]
fn an_account_is_opened_credited_once_a_key_and_shown() {
    let (office, id) = Office::with_account();
    assert!(id.starts_with("acc_"), "{id}");
    let credit = ["account", "credit", &id, "12.50", "--reason", "a gift", "--key", "gift-1"];
    assert_eq!(office.ask(&credit), "credited");
    assert_eq!(office.ask(&credit), "this key was credited before");
    let expected = json!({
        "id": id, "email": "ada@example.com", "status": "open", "currency": "USD",
        "balance": "12.50", "held": "0.00", "available": "12.50", "debt": "0.00", "promo": "0.00",
        "frozen_because": null,
    });
    assert_eq!(office.shown(&id), expected);
    assert!(office.ask(&["account", "show", &id]).contains("balance 12.50 USD"));
}

#[test]
fn opening_an_account_says_how_its_caller_signs_in() {
    let office = Office::new();
    let args = ["account", "create", "--email", "Ada@Example.com", "--currency", "eur", "--plan", "gold"];
    let Ran { code, out, err } = office.program.run(&args);
    assert_eq!(code, Some(0), "{err}");
    let how = format!("talktime user add --email ada@example.com --role caller --account {}", out.trim());
    assert!(err.contains(&how), "{err}");
}

#[test]
fn mistakes_about_accounts_are_said() {
    let (office, id) = Office::with_account();
    let create =
        |email, currency, plan| ["account", "create", "--email", email, "--currency", currency, "--plan", plan];
    office.mistake(1, &create("ada@example.com", "USD", "gold"), "there is an account with this e-mail address");
    office.mistake(1, &create("bob", "USD", "gold"), "not an e-mail address");
    office.mistake(1, &create("bob@example.com", "EUR", "gold"), "the plan's currency is USD");
    office.mistake(2, &create("bob@example.com", "DOLLAR", "gold"), "is not a currency code of ISO 4217");
    office.mistake(2, &["account", "credit", &id, "ten", "--reason", "x"], "is not a decimal amount such as 12.50");
    office.mistake(2, &["account", "credit", &id, "0.0000001", "--reason", "x"], "more than six digits");
    office.mistake(1, &["account", "credit", &id, "0", "--reason", "x"], "is not above zero");
    office.mistake(2, &["account", "credit", &id, "1"], "--reason");
    office.mistake(1, &["account", "credit", "acc_nobody", "1", "--reason", "x"], "there is no account acc_nobody");
    office.mistake(1, &["account", "show", "acc_nobody"], "there is no account acc_nobody");
    assert_eq!(office.shown(&id)["balance"], "0.00");
}

#[test]
fn an_account_is_frozen_until_somebody_has_looked() {
    let (office, id) = Office::with_account();
    let freeze = ["account", "freeze", &id, "--reason", "a strange pattern"];
    assert_eq!((office.ask(&freeze), office.ask(&freeze)), ("frozen".to_owned(), "it was frozen before".to_owned()));
    assert_eq!(office.shown(&id)["frozen_because"], "a strange pattern");
    let unfreeze = ["account", "unfreeze", &id, "--reason", "all is well"];
    let freed = ("not frozen any more".to_owned(), "it was not frozen".to_owned());
    assert_eq!((office.ask(&unfreeze), office.ask(&unfreeze)), freed);
    assert_eq!(office.shown(&id)["frozen_because"], Value::Null);
    office.mistake(2, &["account", "freeze", &id], "--reason");
    office.mistake(1, &["account", "freeze", "acc_nobody", "--reason", "x"], "there is no account acc_nobody");
}

#[test]
fn caps_are_set_by_their_names_for_the_house_a_plan_or_an_account() {
    let (office, id) = Office::with_account();
    let set = office.ask(&["caps", "set", "--account", &id, "most_an_hour=20.00", "not_to=GB"]);
    assert!(set.contains("most_an_hour=20.00") && set.contains("not_to=GB"), "{set}");
    assert_eq!(office.ask(&["caps", "show", "--account", &id]), set);
    office.ask(&["caps", "set", "--plan", "gold", "most_live_calls=2"]);
    office.ask(&["caps", "set", "live_calls_in_all=500"]);
    let shown = |of: &[&str]| -> Value {
        serde_json::from_str(&office.ask(&[&["caps", "show", "--json"], of].concat())).expect("JSON")
    };
    assert_eq!(shown(&["--plan", "gold"])["most_live_calls"], "2");
    assert_eq!((&shown(&[])["live_calls_in_all"], &shown(&[])["most_live_calls"]), (&json!("500"), &json!("0")));
    assert!(office.ask(&["caps", "set", "--account", &id, "most_an_hour="]).contains("most_an_hour=\n"));
    office.mistake(
        1,
        &["caps", "set", "--account", &id, "live_calls_in_all=5"],
        "there is no cap live_calls_in_all here",
    );
    office.mistake(1, &["caps", "set", "most_an_hour=-1"], "most_an_hour is not below zero");
    office.mistake(1, &["caps", "set", "--plan", "silver", "most_live_calls=2"], "there is no plan silver");
    office.mistake(1, &["caps", "show", "--account", "acc_nobody"], "there is no account acc_nobody");
    office.mistake(2, &["caps", "set", "most_live_calls"], "a cap is given as name=value");
    office.mistake(2, &["caps", "set"], "NAME=VALUE");
}

#[test]
fn people_are_given_a_password_each() {
    let (office, id) = Office::with_account();
    let caller = office.ask(&["user", "add", "--email", "ada@example.com", "--role", "caller", "--account", &id]);
    let owner = office.ask(&["user", "add", "--email", "Owner@Example.com", "--role", "owner"]);
    assert_eq!((caller.len(), owner.len()), (16, 16), "{caller} {owner}");
    assert_ne!(caller, owner);
    // Only what the password fits is kept, and who made it is written down.
    office.tamper(&format!(
        "CREATE TABLE claims (holds INTEGER CHECK (holds = 1));
         INSERT INTO claims SELECT count(*) = 2 FROM users WHERE password_hash LIKE '$argon2id$%';
         INSERT INTO claims SELECT count(*) = 0 FROM users WHERE password_hash LIKE '%{owner}%';
         INSERT INTO claims SELECT count(*) = 1 FROM users JOIN audit ON audit.subject = users.id
           WHERE users.email = 'owner@example.com' AND action = 'add_user' AND actor = 'command line';"
    ));
}

#[test]
fn mistakes_about_people_are_said() {
    let (office, id) = Office::with_account();
    let add = |email, role| ["user", "add", "--email", email, "--role", role];
    office.ask(&add("owner@example.com", "owner"));
    office.mistake(1, &add("OWNER@example.com", "viewer"), "somebody signs in as OWNER@example.com already");
    office.mistake(1, &add("owner", "owner"), "is not an e-mail address");
    office.mistake(1, &add("ada@example.com", "caller"), "a caller needs an account");
    office.mistake(2, &add("ada@example.com", "king"), "[possible values: owner, finance, support, viewer, caller]");
    let with = |role, account| ["user", "add", "--email", "ada@example.com", "--role", role, "--account", account];
    office.mistake(1, &with("support", &id), "only callers have an account");
    office.mistake(1, &with("caller", "acc_nobody"), "there is no account acc_nobody");
}

#[test]
fn a_deck_is_imported_and_exported() {
    let (office, _) = Office::with_account();
    let exported = office.ask(&["rates", "export", "--plan", "gold"]);
    let lines: Vec<&str> = exported.lines().collect();
    assert_eq!(lines.len(), 3, "{exported}");
    assert!(lines[0].starts_with("prefix,price_per_minute,destination,"), "{exported}");
    assert!(
        lines[1].starts_with("1,0.3,North America,") || lines[1].starts_with("1,0.30,North America,"),
        "{exported}"
    );
    // What was exported can be imported again.
    let again = office.file("again.csv", &exported);
    assert!(office.ask(&["rates", "import", &again, "--plan", "gold"]).contains(": 2 rates, in effect from "));
    let list = office.file("list.csv", "Vorwahl;Ziel;USD/min\n+49;Deutschland;0,02\n+49 30;Berlin;0,03\n");
    let import = ["rates", "import", &list, "--plan", "gold", "--map", "prefix=Vorwahl", "--map", "destination=Ziel"];
    let Ran { code, out, err } = office.program.run(&import[..5]);
    assert!(out.starts_with("line 1: header: no column is known as prefix"), "{out}");
    assert!(code == Some(1) && err.contains("1 bad lines; nothing was imported"), "{err}");
    assert!(office.ask(&import).contains(": 2 rates, in effect from "));
    let quote = office.ask(&["rates", "quote", "--plan", "gold", "--to", "+493012345678", "--json"]);
    assert!(quote.contains(r#""price_per_minute":"0.03""#) && quote.contains("Berlin"), "{quote}");
    office.mistake(
        1,
        &["rates", "import", &list, "--plan", "gold", "--map", "colour=Ziel"],
        "--map: \"colour\" is none",
    );
}

#[test]
fn hours_tiers_maximums_origins_and_blocks_are_quoted_and_exported() {
    let (office, _) = Office::with_account();
    let deck = office.file(
        "hours.csv",
        "prefix,price_per_minute,connection_fee,increment_seconds,origination,bands,tiers,maximum_cost,blocked\n\
         1,60,1,,,UTC; Mo-Fr 18:00-24:00 30+0; Sa-Su 30+0,,,\n\
         44,0.05,0.02,6,,,60@0.30/30; 120@0.10/10+0.01,,\n\
         44,0.60,,,49,,,0.30,\n\
         881,,,,,,,,yes\n",
    );
    office.ask(&["rates", "import", &deck, "--plan", "gold"]);
    let quote = |more: &[&str]| {
        let args = [&["rates", "quote", "--plan", "gold", "--json"], more].concat();
        serde_json::from_str::<Value>(&office.ask(&args)).expect("one JSON object")
    };
    // A Thursday, half an hour before the evening.
    let evening = quote(&["--to", "+14155550100", "--at", "2030-01-03T17:30:00Z", "--seconds", "3600", "--explain"]);
    assert_eq!((&evening["cost"], &evening["billed_seconds"]), (&json!("2701.00"), &json!(3600)));
    let pieces = evening["explained"]["pieces"].as_array().expect("pieces");
    assert_eq!(pieces.iter().map(|piece| &piece["exact_amount"]).collect::<Vec<_>>(), ["1800", "900"]);
    assert_eq!(pieces[1]["from"], "2030-01-03T18:00:00Z");
    let tiered = quote(&["--to", "+442071838750", "--seconds", "600", "--funds", "0.88"]);
    assert_eq!((&tiered["cost"], &tiered["affordable_seconds"]), (&json!("0.88"), &json!(600)));
    let from_germany = ["--to", "+442071838750", "--from", "+4930123456", "--seconds", "600", "--funds", "0.30"];
    let capped = quote(&from_germany);
    assert_eq!((&capped["cost"], &capped["affordable_seconds"]), (&json!("0.30"), &Value::Null));
    let satellite = ["rates", "quote", "--plan", "gold", "--to", "+8816123456789"];
    office.mistake(1, &satellite, "the plan does not allow calls to +8816123456789, 881");
    let exported = office.ask(&["rates", "export", "--plan", "gold"]);
    let again = office.file("again.csv", &exported);
    office.ask(&["rates", "import", &again, "--plan", "gold"]);
    assert_eq!(office.ask(&["rates", "export", "--plan", "gold"]), exported);
}

#[test]
fn a_settled_call_is_computed_anew_and_another_amount_is_found_out() {
    let office = Office::new();
    office.ask(&["seed", "--accounts", "10", "--calls", "50"]);
    let dearest = "SELECT call_id FROM legs WHERE cost > 0 ORDER BY cost DESC LIMIT 1";
    let call = office.look_up(dearest);
    let said = office.ask(&["ledger", "rerate", &call]);
    assert!(said.contains("rounded up once at the millionth, as booked"), "{said}");
    let legs: Value = serde_json::from_str(&office.ask(&["ledger", "rerate", &call, "--json"])).expect("JSON");
    assert!(legs.as_array().expect("legs").iter().all(|leg| leg["agrees"] == true && leg["gross"] == leg["booked"]));
    let leg = office.look_up("SELECT id FROM legs WHERE cost > 0 ORDER BY cost DESC LIMIT 1");
    let triggers = "DROP TRIGGER transfers_are_not_changed";
    office.tamper(&format!("{triggers}; UPDATE transfers SET amount = amount + 1 WHERE fact_key = 'leg:{leg}'"));
    let Ran { code, out, .. } = office.program.run(&["ledger", "rerate", &call]);
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("is booked"), "{out}");
    office.mistake(1, &["ledger", "rerate", "call_none"], "there is no call call_none");
    let live = office.look_up("SELECT id FROM calls WHERE phase <> 'settled' LIMIT 1");
    office.mistake(1, &["ledger", "rerate", &live], "is not over");
}

#[test]
fn conversions_are_taken_whole_and_listed() {
    let (office, _) = Office::with_account();
    let good =
        office.file("rates.csv", "from,to,rate,effective_from\nUSD,EUR,0.92,2026-01-01\nEUR,USD,1.08,2026-01-01\n");
    let import = ["rates", "exchange", "import", &good];
    assert_eq!(office.ask(&import), "2 conversions are new, 0 stood there already");
    assert_eq!(office.ask(&import), "0 conversions are new, 2 stood there already");
    let listed = office.ask(&["rates", "exchange", "list"]);
    assert!(listed.contains("1 EUR is 1.08 USD from 2026-01-01 00:00:00 UTC, by command line"), "{listed}");
    let rows = office.ask(&["rates", "exchange", "list", "--json"]);
    let mut rows = rows.lines().map(|row| serde_json::from_str::<Value>(row).expect("JSON"));
    let euros = rows.find(|row| row["from"] == "EUR").expect("it is listed");
    assert_eq!((&euros["to"], &euros["rate"]), (&json!("USD"), &json!("1.08")));
    let bad = office.file("bad.csv", "from,to,rate\nUSD,EUR,0.93\nUSD,USD,1\n");
    let Ran { code, out, err } = office.program.run(&["rates", "exchange", "import", &bad]);
    assert_eq!((code, out.trim()), (Some(1), "line 3: to: USD is not converted to itself"), "{err}");
    assert!(err.contains("1 bad lines; nothing was imported"), "{err}");
    assert_eq!(office.look_up("SELECT count(*) FROM conversions"), "2");
}

#[test]
fn a_deck_by_the_second_is_warned_of_short_calls() {
    let (office, _) = Office::with_account();
    let costs = office.file("costs.csv", "prefix,price_per_minute\n1,0.20\n44,0.59\n");
    office.ask(&["rates", "import", &costs, "--plan", "carrier"]);
    let asked = ["rates", "margin", "--plan", "gold", "--cost", "carrier"];
    let said = office.ask(&asked);
    let expected = "1 North America: 0.3 a minute costs 0.2; loses at 1–40 s, 61–80 s, 121 s; most at 1 s: -0.1968 USD\n\
                    1 of 2 rates lose money at some duration; of 0 the cost is not known";
    assert_eq!(said, expected);
    let found: Value = serde_json::from_str(&office.ask(&[&asked[..], &["--json"]].concat())).expect("JSON");
    assert_eq!(
        (&found["losing"], &found["worst"][0]["margins"][1]),
        (&json!(1), &json!({"seconds": 6, "margin": "-0.1718"}))
    );
    office.mistake(1, &["rates", "margin", "--plan", "gold", "--cost", "nobody"], "there is no plan nobody");
}

#[test]
fn a_deck_waits_for_its_day() {
    let (office, _) = Office::with_account();
    let dear = office.file("dear.csv", "prefix,price_per_minute\n1,9\n");
    office.ask(&["rates", "import", &dear, "--plan", "gold", "--effective", "9998-01-01"]);
    let quote = office.ask(&["rates", "quote", "--plan", "gold", "--to", "+14155550100", "--json"]);
    assert!(quote.contains(r#""price_per_minute":"0.3""#), "{quote}");
    office.mistake(2, &["rates", "import", &dear, "--plan", "gold", "--effective", "soon"], "soon");
}

#[test]
fn a_dry_run_imports_nothing() {
    let office = Office::new();
    office.ask(&["account", "create", "--email", "ada@example.com", "--currency", "USD", "--plan", "gold"]);
    let deck = office.file("deck.csv", DECK);
    let said = office.ask(&["rates", "import", &deck, "--plan", "gold", "--dry-run"]);
    assert_eq!(said, "2 rates could be imported; nothing was");
    office.mistake(1, &["rates", "export", "--plan", "gold"], "there is no deck in effect for plan gold");
}

#[test]
fn every_bad_line_of_a_deck_is_named_and_nothing_is_imported() {
    let (office, _) = Office::with_account();
    let bad =
        "prefix,price_per_minute,increment_seconds\n1,0.50,1\nx,0.01,1\n2,cheap,1\n3,0.01,0\n1,0.02,1\n4,-1,1\n5,1\n";
    for dry_run in [false, true] {
        let deck = office.file("bad.csv", bad);
        let args = ["rates", "import", &deck, "--plan", "gold", "--dry-run"];
        let Ran { code, out, err } = office.program.run(&args[..args.len() - usize::from(!dry_run)]);
        assert_eq!(code, Some(1));
        let named: Vec<&str> = out.lines().filter_map(|line| line.split(':').nth(1).map(str::trim)).collect();
        assert_eq!(
            named,
            ["prefix", "price_per_minute", "increment_seconds", "prefix", "price_per_minute", "line"],
            "{out}"
        );
        let lines: Vec<&str> = out.lines().filter_map(|line| line.split(':').next()).collect();
        assert_eq!(lines, ["line 3", "line 4", "line 5", "line 6", "line 7", "line 8"], "{out}");
        assert!(err.contains("6 bad lines; nothing was imported"), "{err}");
    }
    let quote = office.ask(&["rates", "quote", "--plan", "gold", "--to", "+14155550100", "--json"]);
    assert!(quote.contains(r#""price_per_minute":"0.3""#), "the old deck is in effect: {quote}");
}

#[test]
fn mistakes_about_decks_are_said() {
    let (office, _) = Office::with_account();
    office.mistake(1, &["rates", "import", "nowhere.csv", "--plan", "gold"], "cannot read nowhere.csv");
    office.mistake(1, &["rates", "export", "--plan", "silver"], "there is no plan silver");
    let quote = |plan, to| ["rates", "quote", "--plan", plan, "--to", to, "--json"];
    office.mistake(1, &quote("silver", "+14155550100"), "there is no plan silver");
    office.mistake(1, &quote("gold", "+33123456789"), "the plan has no rate for +33123456789");
    office.mistake(2, &quote("gold", "4155550100"), "is not a phone number with its country code");
    office.mistake(2, &quote("gold", "+1415call"), "is not a phone number with its country code");
    let funds = ["rates", "quote", "--plan", "gold", "--to", "+14155550100", "--funds", "1,50"];
    office.mistake(2, &funds, "is not a decimal amount such as 12.50");
}

#[test]
fn a_quote_has_its_promised_fields_and_no_others() {
    let (office, _) = Office::with_account();
    let quote = |more: &[&str]| {
        let args = [&["rates", "quote", "--plan", "gold", "--to", "+442071838750", "--json"], more].concat();
        serde_json::from_str::<Value>(&office.ask(&args)).expect("one JSON object")
    };
    let price = json!({ "prefix": "44", "destination": "Britain", "currency": "USD", "price_per_minute": "0.6" });
    assert_eq!(quote(&[]), price);
    let with = |more: Value| {
        let mut whole = price.clone();
        whole.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        whole
    };
    let seconds = json!({ "billed_seconds": 120, "cost": "1.20" });
    assert_eq!(quote(&["--seconds", "61"]), with(seconds));
    // The cap is the carrier's, and only on the limit.
    let funds = json!({ "affordable_seconds": 60_000, "time_limit_seconds": 14_400 });
    assert_eq!(quote(&["--funds", "600"]), with(funds));
    let both = json!({ "billed_seconds": 60, "cost": "0.60", "affordable_seconds": 60, "time_limit_seconds": 60 });
    assert_eq!(quote(&["--seconds", "1", "--funds", "1"]), with(both));
}

#[test]
fn made_up_books_balance_and_go_only_into_an_empty_database() {
    let office = Office::new();
    let password = office.ask(&["seed", "--accounts", "10", "--calls", "50"]);
    assert_eq!(password.len(), 16, "{password}");
    assert_eq!(office.ask(&["ledger", "check"]), "The books balance.");
    office.mistake(1, &["seed", "--accounts", "10", "--calls", "50"], "there are accounts in this database already");
}

#[test]
fn books_that_balance_pass_and_a_tampered_row_is_named() {
    let (office, id) = Office::with_account();
    office.ask(&["account", "credit", &id, "5", "--reason", "a gift"]);
    assert_eq!(office.ask(&["ledger", "check"]), "The books balance.");
    office.tamper(&format!("UPDATE wallets SET posted = posted + 1 WHERE account_id = '{id}'"));
    let Ran { code, out, .. } = office.program.run(&["ledger", "check"]);
    assert_eq!(code, Some(1));
    assert!(out.contains(&id) && out.contains("a wallet equals the sum of its entries"), "{out}");
}

#[test]
fn a_transfer_changed_behind_our_back_is_noticed() {
    let (office, id) = Office::with_account();
    office.ask(&["account", "credit", &id, "5", "--reason", "a gift"]);
    // The database itself refuses; whoever can change that too is still found out.
    office.tamper("DROP TRIGGER transfers_are_not_changed; UPDATE transfers SET amount = amount * 2");
    let Ran { code, out, .. } = office.program.run(&["ledger", "check"]);
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains(&id), "{out}");
}

#[test]
fn mistakes_in_settings_are_said() {
    let with = |name, value| Office { program: Program::with([(name, value)]), ..Office::new() };
    let check = ["ledger", "check"];
    with("TALKTIME_DATABASE_ULR", "sqlite:x").mistake(1, &check, "there is no setting \"TALKTIME_DATABASE_ULR\"");
    let scheme = with("TALKTIME_DATABASE_URL", "mysql://root:hush@localhost/books");
    scheme.mistake(1, &check, "the database address must begin with sqlite: or postgres://, not \"mysql\"");
    assert!(!scheme.program.run(&check).err.contains("hush"));
    with("TALKTIME_DATABASE_CONNECTIONS", "many").mistake(1, &check, "TALKTIME_DATABASE_CONNECTIONS is \"many\"");
    with("TALKTIME_DATABASE_URL", "postgres://nobody@127.0.0.1:1/books").mistake(
        1,
        &check,
        "no connection to the database",
    );
    Office::new().mistake(1, &["serve"], "TALKTIME_TWILIO_ACCOUNT_SID must be set");
    Office::new().mistake(1, &["sandbox"], "TALKTIME_TWILIO_ACCOUNT_SID must be set");
    Office::new().mistake(2, &["sreve"], "unrecognized subcommand");
}

#[test]
fn settings_come_from_a_file_and_the_environment_goes_before_it() {
    let office = Office::new();
    let elsewhere = office.folder.path().join("elsewhere.sqlite");
    let config = office.file("talktime.toml", &format!("TALKTIME_DATABASE_URL = \"sqlite:{}\"\n", elsewhere.display()));
    office.ask(&["migrate", "--config", &config]);
    assert!(!elsewhere.exists(), "the environment goes before the file");
    Program::with([]).ask(&["migrate", "--config", &config]);
    assert!(elsewhere.exists());
    let misspelt = office.file("misspelt.toml", "TALKTIME_LISTN = \"x\"\n");
    office.mistake(1, &["migrate", "--config", &misspelt], "there is no setting \"TALKTIME_LISTN\"");
    office.mistake(1, &["migrate", "--config", "nowhere.toml"], "cannot read the file of settings");
}

#[test]
fn the_program_brings_its_database_clients_and_its_cryptography_along() {
    let needs = Command::new("ldd").arg(env!("CARGO_BIN_EXE_talktime")).output().expect("ldd runs");
    let needs = String::from_utf8_lossy(&needs.stdout).into_owned();
    assert!(needs.contains("libc.so"), "{needs}");
    for library in ["libpq", "libssl", "libcrypto", "libsqlite3"] {
        assert!(!needs.contains(library), "{library} is needed: {needs}");
    }
}

#[test]
fn charging_is_stopped_and_started_with_a_reason_that_is_shown() {
    let office = Office::new();
    assert_eq!(office.ask(&["payments", "status"]), "Cards are charged.");
    let stopped = office.ask(&["payments", "stop", "--reason", "strange charges"]);
    assert_eq!(stopped, "No new charges at all. command line: strange charges");
    assert_eq!(
        office.look_up("SELECT action || ' ' || after_text FROM audit ORDER BY id DESC LIMIT 1"),
        "switch_charging off"
    );
    let some = office.ask(&["payments", "stop", "--automatic-only", "--reason", "x"]);
    assert!(some.starts_with("No automatic charges"), "{some}");
    assert_eq!(office.ask(&["payments", "start", "--reason", "mended"]), "Cards are charged. command line: mended");
    office.mistake(2, &["payments", "stop"], "--reason");
}
