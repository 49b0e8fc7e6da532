//! Recordings on the page of their call: who sees them, who may listen, who may delete one, and what may be done to a
//! call that runs.

use super::browser::{Browser, House, LONDON, OWN};
use super::dialling::let_everybody_answer;
use super::history::{end, talk};
use crate::domain::call::recording::Wanted;
use crate::domain::recording::{Recorded, RecordingSeen, RecordingState};
use crate::flows::FlowError;
use crate::flows::change_terms::{TermsChanged, change_terms};
use crate::flows::credit::credit_account;
use crate::flows::recordings::recordings_seen;
use crate::storage::audit_search::{Filter, find};
use crate::storage::{StorageError, accounts, calls, recordings};

const FILE: &str = "https://media.example/RE1";

/// A file of the call is at the carrier.
pub(super) async fn recorded(house: &House, call: &str) -> String {
    let (call, now) = (call.to_owned(), house.app.clock.now());
    let seen = RecordingSeen {
        carrier_sid: format!("RE-{call}"),
        of: Recorded::Conference("CF1".to_owned()),
        state: RecordingState::Completed,
        started_at: Some(now),
        seconds: Some(61),
        media_url: Some(FILE.to_owned()),
    };
    let work = move |tx: &mut crate::storage::Tx| {
        recordings_seen(tx, &call, &[seen], now)?;
        let account = calls::account_of(tx, &call)?.unwrap();
        Ok::<_, FlowError>(recordings::of_call(tx, &account, &call)?.remove(0).id)
    };
    house.app.db.write(work).await.unwrap()
}

async fn signed_in(house: &House, name: &str) -> Browser {
    let mut browser = house.browser().await;
    browser.sign_in(&format!("{name}@example.org")).await;
    browser
}

/// The terms of the plan of ann's calls from now on.
async fn settle(house: &House, name: &'static str, value: &'static str) {
    let (account, timing, now) = (house.account.clone(), house.app.config.rules.timing, house.app.clock.now());
    let changed = house.app.db.write(move |tx| {
        let (_, plan) = accounts::find_with_plan(tx, &account)?.unwrap();
        change_terms(tx, &plan.id, &vec![(name.to_owned(), value.to_owned())], "test", &timing, now)
    });
    assert!(matches!(changed.await.unwrap(), TermsChanged::Now(_)));
}

async fn over(house: &House) -> String {
    let now = house.app.clock.now();
    let call = talk(house, LONDON, now).await;
    end(house, &call, 61, now).await;
    call
}

#[actix_web::test]
async fn the_caller_listens_to_recordings_where_the_plan_has_it_so_and_deletes_none() {
    let house = House::build().await;
    for (shown, listens) in [("true", 303), ("false", 404)] {
        if shown == "false" {
            settle(&house, "recording_shown", shown).await;
        }
        let call = over(&house).await;
        let recording = recorded(&house, &call).await;
        let (page, file) = (format!("/calls/{call}"), format!("/recordings/{recording}/file"));
        let mut ann = signed_in(&house, "ann").await;
        let text = ann.get(&page).await.text;
        assert_eq!(text.contains(&file), listens == 303, "{text}");
        assert!(!text.contains(FILE) && !text.contains("/delete"), "{text}");
        let led = ann.get(&file).await;
        assert_eq!((led.status, led.location()), (listens, if listens == 303 { FILE } else { "" }));
        assert_eq!(ann.post("/me", &format!("/admin/recordings/{recording}/delete"), &[]).await.status, 403);
        let mut bob = signed_in(&house, "bob").await;
        assert_eq!(bob.get(&file).await.status, 404);
    }
}

#[actix_web::test]
async fn of_the_house_only_who_may_listen_listens_and_only_who_may_steer_deletes() {
    let house = House::build().await;
    let call = over(&house).await;
    let recording = recorded(&house, &call).await;
    let (page, file, delete) = (
        format!("/calls/{call}"),
        format!("/recordings/{recording}/file"),
        format!("/admin/recordings/{recording}/delete"),
    );
    let mut viewer = signed_in(&house, "viewer").await;
    assert_eq!((viewer.get(&file).await.status, viewer.post("/me", &delete, &[]).await.status), (403, 403));
    let mut finance = signed_in(&house, "finance").await;
    let shown = finance.get(&page).await.text;
    assert!(shown.contains("ready, 1:01") && !shown.contains(&delete), "{shown}");
    assert_eq!((finance.get(&file).await.status, finance.post("/me", &delete, &[]).await.status), (403, 403));
    let mut support = signed_in(&house, "support").await;
    assert_eq!(support.get(&file).await.location(), FILE);
    assert_eq!(support.post(&page, &delete, &[]).await.location(), page);
    let shown = support.get(&page).await.text;
    assert!(shown.contains("being deleted") && !shown.contains(&file) && !shown.contains(&delete), "{shown}");
    assert_eq!(support.get(&file).await.status, 404);
    let audit = house.app.db.read(|tx| find(tx, &Filter::default(), None, 100, 100)).await;
    let audit = audit.map_err(|error: StorageError| error).unwrap().entries;
    let deed = audit.iter().find(|entry| entry.action == "delete_recording").unwrap();
    assert!(deed.actor == "support@example.org" && deed.detail.contains(&recording), "{deed:?}");
}

#[actix_web::test]
async fn who_dials_and_who_is_in_the_call_find_what_the_plan_offers() {
    let house = House::build().await;
    let mut ann = signed_in(&house, "ann").await;
    let wanted = async |house: &House, place: &str| {
        let call = place.trim_start_matches("/calls/").to_owned();
        let found = house.app.db.read(move |tx| calls::find(tx, &call)).await;
        found.map_err(|error: StorageError| error).unwrap().unwrap().recording.wanted
    };
    let numbers = [("own_number", OWN), ("number", LONDON)];
    assert!(!ann.get("/dial").await.text.contains("name=\"record\""));
    settle(&house, "recording", "on_request").await;
    assert!(ann.get("/dial").await.text.contains("name=\"record\""));
    let place = ann.post("/dial", "/dial", &[&numbers[..], &[("record", "yes")]].concat()).await.location().to_owned();
    assert_eq!(wanted(&house, &place).await, Wanted::On);
    let_everybody_answer(&house, place.trim_start_matches("/calls/")).await;
    for (word, is, next) in [
        ("pause_recording", Wanted::Paused, "resume_recording"),
        ("resume_recording", Wanted::On, "pause_recording"),
        ("stop_recording", Wanted::Off, "start_recording"),
    ] {
        assert!(ann.get(&place).await.text.contains(&format!("value=\"{word}\"")), "{word} is offered");
        let done = ann.post(&place, &format!("{place}/operations"), &[("operation", word)]).await;
        assert_eq!((done.status, wanted(&house, &place).await), (303, is), "{}", done.text);
        assert!(ann.get(&place).await.text.contains(&format!("value=\"{next}\"")), "{next} is offered");
    }
    let (account, now) = (house.account.clone(), house.app.clock.now());
    let more = "100".parse().unwrap();
    let credit = house.app.db.write(move |tx| credit_account(tx, &account, "more", more, "more", "test", now));
    credit.await.unwrap();
    settle(&house, "recording", "always").await;
    assert!(ann.get("/dial").await.text.contains("The call will be recorded."));
    let place = ann.post("/dial", "/dial", &numbers).await.location().to_owned();
    assert_eq!(wanted(&house, &place).await, Wanted::On);
    assert!(!ann.get(&place).await.text.contains("stop_recording"));
    let refused = ann.post(&place, &format!("{place}/operations"), &[("operation", "stop_recording")]).await;
    assert!(refused.text.contains("Pause the recording instead"), "{}", refused.text);
    assert_eq!(wanted(&house, &place).await, Wanted::On);
}
