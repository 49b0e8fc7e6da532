//! The demo, as somebody sees it who runs the first command of the README.

use std::process::Command;

use serde_json::Value;
use talktime::domain::money::Money;

/// What the demo prints under `--json`, and whether it ended well.
fn demo() -> (Vec<Value>, bool) {
    let output = Command::new(env!("CARGO_BIN_EXE_talktime"))
        .args(["demo", "--once", "--json", "--speed", "10", "--listen", "127.0.0.1:0"])
        .output()
        .expect("the program runs");
    let lines = String::from_utf8(output.stdout).expect("text");
    let objects = lines.lines().map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect();
    (objects, output.status.success())
}

fn money(value: &Value) -> Money {
    value.as_str().expect("amounts are text").parse().expect("an amount")
}

/// Half a cent a second for each of the two phones of a call.
fn cost(seconds: i64) -> Money {
    Money::from_micros(seconds * 5_000)
}

#[test]
fn the_story_is_told_and_the_books_balance() {
    let (lines, ended_well) = demo();
    assert!(ended_well, "{lines:#?}");
    assert_eq!(lines.last().map(|line| (&line["event"], &line["ok"])), Some((&"books".into(), &true.into())));
    assert!(lines.iter().all(|line| line["at"].is_string() && line.get("call").is_some()), "{lines:#?}");
    let call_with = |event: &str| lines.iter().find(|line| line["event"] == event).map(|line| line["call"].clone());
    let (alice, bob) = (call_with("charged").expect("a charge"), call_with("declined").expect("a decline"));
    assert_ne!(alice, bob);
    let events_of = |call: &Value| -> Vec<&str> {
        lines.iter().filter(|line| line["call"] == *call).filter_map(|line| line["event"].as_str()).collect()
    };
    in_order(&events_of(&alice), &["limit_set", "checkpoint", "charged", "extended", "ended", "billed"]);
    in_order(&events_of(&bob), &["limit_set", "checkpoint", "declined", "warned", "notice", "billed"]);
    assert_eq!(events_of(&alice).iter().filter(|event| **event == "charged").count(), 1);
    the_first_limit_is_the_longest_the_funds_buy(&lines);
    what_was_billed_fits_the_limits(&lines, &alice, &bob);
}

fn in_order(events: &[&str], expected: &[&str]) {
    let mut rest = events.iter();
    for event in expected {
        assert!(rest.any(|found| found == event), "{event} is missing or out of order in {events:?}");
    }
}

fn the_first_limit_is_the_longest_the_funds_buy(lines: &[Value]) {
    for line in lines.iter().filter(|line| line["event"] == "limit_set" && line["role"] == "payer") {
        let (seconds, funds) = (line["seconds"].as_i64().expect("seconds"), money(&line["funds"]));
        let both = |seconds| cost(seconds) + cost(seconds);
        assert!(both(seconds) <= funds && funds < both(seconds + 1), "{line}");
    }
}

fn what_was_billed_fits_the_limits(lines: &[Value], alice: &Value, bob: &Value) {
    let billed = |call: &Value| -> Vec<i64> {
        let billed = lines.iter().filter(|line| line["event"] == "billed" && line["call"] == *call);
        billed
            .map(|line| {
                let seconds = line["billed_seconds"].as_i64().expect("seconds");
                assert_eq!(money(&line["cost"]), cost(seconds), "{line}");
                seconds
            })
            .collect()
    };
    assert!(billed(alice).iter().all(|seconds| *seconds > 40), "talks past the first limit: {:?}", billed(alice));
    assert!(billed(bob).iter().all(|seconds| *seconds <= 40), "ends at the limit: {:?}", billed(bob));
}
