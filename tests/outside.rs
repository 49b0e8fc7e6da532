//! Other people's programs: the official client libraries of carrier and card processor against the sandbox, and the
//! story told by processes of their own that know each other only by address: `talktime serve` on PostgreSQL, with
//! `talktime sandbox`, and with somebody else's card processor; and the API held to its description. The packages come
//! from PyPI into a throw-away folder.

#[path = "support/database.rs"]
#[allow(dead_code, reason = "one kind of database is enough here")]
mod database;

#[path = "outside/programs.rs"]
mod programs;

#[path = "outside/contract.rs"]
mod contract;

use programs::{Person, Program, Town, python};

#[test]
fn the_official_client_of_the_carrier_finds_itself_at_home() {
    let town = Town::with_sandbox(5);
    python().run("twilio_client.py", &[&town.carrier, programs::ACCOUNT_SID, programs::AUTH_TOKEN]);
}

#[test]
fn the_official_client_of_the_card_processor_finds_itself_at_home() {
    let town = Town::with_sandbox(5);
    python().run("stripe_client.py", &[&town.cards, programs::CARDS_KEY]);
}

#[test]
fn the_official_client_of_the_carrier_calls_in_and_calls_on() {
    let (access, known) = ("+14155550200", "+15005550100");
    let mut town = Town::with_sandbox(5);
    town.serve(&[]);
    let alice = town.caller("alice@example.com", "5.00", "pm_card_visa");
    town.lets_call_in(&alice, known, access);
    let ours = town.service.clone();
    let arguments = [&town.carrier, programs::ACCOUNT_SID, programs::AUTH_TOKEN, &ours, access, known];
    python().run("twilio_access.py", &arguments);
    let call = town.settled(&town.call_that_came_in());
    let numbers: Vec<_> = call["legs"].as_array().expect("legs").iter().map(|leg| &leg["number"]).collect();
    assert_eq!(numbers, [access, "+14155550101"], "{call}");
    assert!(call["legs"][1]["billed_seconds"].as_i64().is_some_and(|seconds| seconds > 0), "{call}");
    let books = Program::run(&town.settings, &["ledger", "check"]);
    assert!(books.contains("balance"), "{books}");
}

/// With money for 40 seconds of two legs and a checkpoint 20 seconds before the end.
#[test]
fn the_story_is_told_by_three_processes_on_postgresql() {
    let mut town = Town::with_sandbox(5);
    town.serve(&[
        ("TALKTIME_LEAD_SECONDS", "20"),
        ("TALKTIME_DECIDE_SECONDS", "8"),
        ("TALKTIME_REDIRECT_BY_SECONDS", "4"),
    ]);
    let alice = town.caller("alice@example.com", "0.40", "pm_card_visa");
    let bob = town.caller("bob@example.com", "0.40", "pm_card_chargeCustomerFail");
    tell(&town, &alice, "+14155551065", &bob, 40);
    assert_eq!(town.get(&format!("{}/_sandbox/charges", town.cards), "").as_array().map(Vec::len), Some(1));
}

/// localstripe sends its events in the machine's time, so this story takes its time, too: money for 20 seconds.
#[test]
fn the_story_is_told_with_somebody_elses_card_processor() {
    let mut town = Town::with_localstripe();
    town.serve(&[
        ("TALKTIME_LEAD_SECONDS", "10"),
        ("TALKTIME_DECIDE_SECONDS", "4"),
        ("TALKTIME_REDIRECT_BY_SECONDS", "2"),
        ("TALKTIME_LEAST_CALL_SECONDS", "5"),
    ]);
    let alice = town.caller("alice@example.com", "0.20", "4242424242424242");
    let bob = town.caller("bob@example.com", "0.20", "4000000000000341");
    tell(&town, &alice, "+14155551035", &bob, 20);
    let charges = town.get(&format!("{}/v1/charges", town.cards), programs::CARDS_KEY);
    let succeeded = charges["data"].as_array().expect("a list").iter().filter(|charge| charge["status"] == "succeeded");
    assert_eq!(succeeded.count(), 1, "{charges}");
}

/// Alice's card is good: her call goes on past `limit`. Bob's is not: his ends there. Then the books are looked at.
fn tell(town: &Town, alice: &Person, alices_phone: &str, bob: &Person, limit: i64) {
    let alices = town.dial(alice, alices_phone, "+14155550101");
    let bobs = town.dial(bob, "+14155550100", "+14155550102");
    let (alices, bobs) = (town.settled(&alices), town.settled(&bobs));
    let events = |call: &serde_json::Value| -> Vec<String> {
        let record = call["record"].as_array().expect("a record");
        record.iter().filter_map(|line| line["event"].as_str().map(str::to_owned)).collect()
    };
    let in_order = |call: &serde_json::Value, expected: &[&str]| {
        let happened = events(call);
        let mut rest = happened.iter();
        assert!(expected.iter().all(|event| rest.any(|line| line == event)), "{expected:?} in {happened:?}");
    };
    in_order(&alices, &["limit_set", "checkpoint", "charged", "extended", "ended", "billed"]);
    in_order(&bobs, &["limit_set", "checkpoint", "declined", "warned", "notice", "billed"]);
    let seconds = |call: &serde_json::Value| call["legs"][0]["billed_seconds"].as_i64().expect("seconds");
    assert!(seconds(&alices) > limit, "past the first limit: {alices}");
    assert_eq!(seconds(&bobs), limit, "at the limit: {bobs}");
    assert_eq!(events(&alices).iter().filter(|event| *event == "charged").count(), 1);
    let books = Program::run(&town.settings, &["ledger", "check"]);
    assert!(books.contains("balance"), "{books}");
}
