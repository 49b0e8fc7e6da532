//! Calls while they run: live ones, numbers added to them, and their records.

use super::*;

async fn dialled(api: &Api, balance: &str) -> String {
    let account = api.account(balance).await;
    let call = json!({"account": account, "own_number": PAYER, "numbers": [OTHER]});
    let call = api.post_with_key("/api/v1/calls", "dial", call).await;
    assert_eq!(call.status, 201, "{call:?}");
    call.body["id"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn a_number_is_added_once_a_key_and_stands_in_the_record_and_the_audit() {
    let api = Api::new();
    // Four hours of two legs are held; there is more.
    let call = dialled(&api, "999").await;
    let legs = format!("/api/v1/calls/{call}/legs");
    let added = api.post_with_key(&legs, "one", json!({"number": "+442079460000"})).await;
    assert_eq!((added.status, added.body["legs"].as_array().unwrap().len()), (201, 3), "{added:?}");
    assert_eq!(added.body["legs"][2]["state"], "planned");
    let record = added.body["record"].as_array().unwrap();
    assert_eq!((&record[1]["event"], &record[1]["held"]), (&json!("added"), &json!("0.00")), "London is free here");
    let again = api.post(&legs, json!({"number": "+442079460000", "key": "one"})).await;
    assert_eq!((again.status, again.body["legs"].as_array().unwrap().len()), (200, 3), "{again:?}");
    let other = api.post_with_key(&legs, "one", json!({"number": "+14155550177"})).await;
    assert_eq!(other.problem(), (422, "idempotency_key_reused", "Idempotency-Key"));
    let account = added.body["account"].clone();
    let dial = json!({"account": account, "own_number": PAYER, "numbers": [OTHER], "key": "dial"});
    let dialled_again = api.post("/api/v1/calls", dial).await;
    assert_eq!(dialled_again.status, 200, "dialling again still finds the call: {dialled_again:?}");
    let audit = api.get(&format!("/api/v1/audit?subject={call}")).await;
    let deeds: Vec<_> = audit.body["items"].as_array().unwrap().iter().map(|deed| &deed["action"]).collect();
    assert_eq!(deeds, ["add_leg"], "{audit:?}");
}

#[actix_web::test]
async fn what_cannot_be_added_is_refused_with_a_code() {
    let api = Api::new();
    let call = dialled(&api, "10").await;
    let legs = format!("/api/v1/calls/{call}/legs");
    let add = |key: &'static str, number: &'static str| api.post_with_key(&legs, key, json!({"number": number}));
    let poor = add("1", "+14155550177").await;
    assert_eq!(poor.problem(), (422, "not_enough_credit", "number"));
    let detail = poor.body["detail"].as_str().unwrap();
    assert!(detail.contains("0.6 a minute") && detail.contains("333 seconds"), "{detail}");
    assert_eq!(add("2", OTHER).await.problem(), (422, "same_number_twice", "number"));
    assert_eq!(add("3", "+33123456789").await.problem(), (422, "no_rate", "number"));
    assert_eq!(add("4", "nonsense").await.problem(), (422, "invalid_field", "number"));
    let bare = api.post(&legs, json!({"number": "+442079460000"})).await;
    assert_eq!(bare.problem(), (400, "missing_idempotency_key", "Idempotency-Key"));
    let nowhere = api.post_with_key("/api/v1/calls/call_none/legs", "5", json!({"number": OTHER})).await;
    assert_eq!(nowhere.problem().1, "not_found");
    api.send(authorised(Method::POST, &format!("/api/v1/calls/{call}/hang-up"))).await;
    assert_eq!(add("6", "+442079460000").await.problem(), (409, "call_is_over", ""));
    assert_eq!(api.get(&format!("/api/v1/calls/{call}")).await.body["legs"].as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn live_calls_are_listed_alone_and_records_line_by_line() {
    let api = Api::new();
    let call = dialled(&api, "10").await;
    let live = || async { api.get("/api/v1/calls?live=true").await.body["items"].as_array().unwrap().len() };
    assert_eq!(live().await, 1);
    api.send(authorised(Method::POST, &format!("/api/v1/calls/{call}/hang-up"))).await;
    assert_eq!((live().await, api.get("/api/v1/calls").await.body["items"].as_array().unwrap().len()), (0, 1));
    assert_eq!(api.get("/api/v1/calls?live=perhaps").await.problem(), (422, "invalid_field", "live"));

    let records = format!("/api/v1/calls/{call}/records");
    let (mut seen, mut after) = (vec![], String::new());
    loop {
        let page = api.get(&format!("{records}?limit=2&after={after}")).await;
        assert_eq!(page.status, 200, "{page:?}");
        seen.extend(page.body["items"].as_array().unwrap().clone());
        match page.body["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => break,
        }
    }
    let shown = api.get(&format!("/api/v1/calls/{call}")).await;
    assert!(seen.len() > 2 && seen == *shown.body["record"].as_array().unwrap(), "{seen:?}");
    assert_eq!(api.get(&format!("{records}?after=x")).await.problem(), (422, "invalid_field", "after"));
    assert_eq!(api.get("/api/v1/calls/call_none/records").await.problem().1, "not_found");
}
