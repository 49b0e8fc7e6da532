//! Each resource when all is well.

use super::*;

#[actix_web::test]
async fn an_account_is_opened_credited_once_a_key_and_shown() {
    let api = Api::new();
    let id = api.account("12.50").await;
    let credits = format!("/api/v1/accounts/{id}/credits");
    let again = api.post_with_key(&credits, "first", json!({"amount": "12.5", "reason": "to begin with"})).await;
    assert_eq!(again.problem(), (422, "idempotency_key_reused", "Idempotency-Key"), "another body");
    let again = api.post(&credits, json!({"amount": "12.5", "reason": "to begin with", "key": "first"})).await;
    assert_eq!((again.status, &again.body["balance"]), (200, &json!("12.50")), "the books know the key, too");
    let other = api.post(&credits, json!({"amount": "13", "reason": "to begin with", "key": "first"})).await;
    assert_eq!(other.problem(), (422, "idempotency_key_reused", "Idempotency-Key"));
    let more = api.post(&credits, json!({"amount": "0.000001", "reason": "more", "key": "second"})).await;
    assert_eq!((more.status, &more.body["balance"]), (201, &json!("12.500001")));
    let shown = api.get(&format!("/api/v1/accounts/{id}")).await;
    assert_eq!(shown.status, 200);
    for (field, value) in [("currency", "USD"), ("status", "open"), ("plan", "standard"), ("available", "12.500001")] {
        assert_eq!(shown.body[field], value, "{field}");
    }
    assert_eq!(api.get("/api/v1/accounts").await.body["items"][0], shown.body);
}

#[actix_web::test]
async fn no_card_is_saved_unseen_and_an_agreement_replaces_the_one_before() {
    let api = Api::new();
    let id = api.account("1").await;
    let cards = format!("/api/v1/accounts/{id}/cards");
    let card = json!({"customer": "cus_1", "method": "pm_1", "label": "Visa ••4242"});
    assert_eq!(api.post(&cards, card).await.problem(), (422, "processor_down", ""), "nobody can say whose it is");
    assert_eq!(api.get(&cards).await.body["items"], json!([]));
    for amount in ["10.00", "20.00"] {
        let agreement = json!({"amount": amount, "consent_text": "Charge my card.", "consent_from": "203.0.113.7"});
        let agreed = api.post(&format!("/api/v1/accounts/{id}/recharge"), agreement).await;
        assert_eq!((agreed.status, &agreed.body["recharge"]["amount"]), (201, &json!(amount)), "{agreed:?}");
    }
    let nothing = json!({"amount": "0", "consent_text": "x", "consent_from": "x"});
    let refused = api.post(&format!("/api/v1/accounts/{id}/recharge"), nothing).await;
    assert_eq!(refused.problem(), (422, "invalid_field", "amount"));
}

#[actix_web::test]
async fn a_statement_is_paged_to_its_end() {
    let api = Api::new();
    let id = api.account("1").await;
    for n in 0..4 {
        let credit = json!({"amount": "2", "reason": format!("number {n}")});
        api.post_with_key(&format!("/api/v1/accounts/{id}/credits"), &format!("k{n}"), credit).await;
    }
    let (mut seen, mut after) = (vec![], String::new());
    loop {
        let page = api.get(&format!("/api/v1/accounts/{id}/transfers?limit=2&after={after}")).await;
        assert_eq!(page.status, 200, "{page:?}");
        seen.extend(page.body["items"].as_array().unwrap().iter().map(|item| item["note"].to_string()));
        match page.body["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => break,
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 5);
}

#[actix_web::test]
async fn a_call_is_dialled_once_a_key_holds_money_and_is_hung_up() {
    let api = Api::new();
    let id = api.account("0.819").await;
    let dial = json!({"account": id, "own_number": PAYER, "numbers": [OTHER]});
    let placed = api.post_with_key("/api/v1/calls", "dial-1", dial.clone()).await;
    assert_eq!(placed.status, 201, "{placed:?}");
    let location = placed.headers.get(header::LOCATION).unwrap().to_str().unwrap().to_owned();
    assert_eq!((&placed.body["held"], &placed.body["phase"]), (&json!("0.80"), &json!("running")));
    let again = api.post_with_key("/api/v1/calls", "dial-1", dial.clone()).await;
    assert_eq!((again.status, &again.body), (201, &placed.body));
    let mut in_body = dial.clone();
    in_body["key"] = json!("dial-1");
    let again = api.post("/api/v1/calls", in_body).await;
    assert_eq!((again.status, &again.body["id"]), (200, &placed.body["id"]));
    let elsewhere = json!({"account": id, "own_number": PAYER, "numbers": ["+14155550102"], "key": "dial-1"});
    let reused = api.post("/api/v1/calls", elsewhere).await;
    assert_eq!(reused.problem(), (422, "idempotency_key_reused", "Idempotency-Key"));
    let shown = api.get(&location).await;
    assert_eq!((shown.status, &shown.body["record"][0]["event"]), (200, &json!("dialled")));
    assert_eq!(shown.body["legs"][1]["number"], OTHER);
    let hung_up = api.send(authorised(Method::POST, &format!("{location}/hang-up"))).await;
    assert_eq!((hung_up.status, &hung_up.body["end_reason"]), (202, &json!("hung_up")));
    let listed = api.get(&format!("/api/v1/calls?account={id}&limit=1")).await;
    assert_eq!((&listed.body["items"][0]["id"], &listed.body["next"]), (&placed.body["id"], &Value::Null));
}

#[actix_web::test]
async fn one_number_is_quoted_as_on_the_command_line() {
    let api = Api::new();
    api.account("1").await;
    let quote = json!({"plan": "standard", "to": OTHER, "seconds": 61, "funds": "0.819"});
    let quoted = api.post("/api/v1/quotes", quote).await;
    let expected = json!({
        "prefix": "1", "destination": "North America", "currency": "USD", "price_per_minute": "0.6",
        "billed_seconds": 61, "cost": "0.61", "affordable_seconds": 81, "time_limit_seconds": 81
    });
    assert_eq!((quoted.status, quoted.body), (200, expected));
    let free = api.post("/api/v1/quotes", json!({"plan": "standard", "to": "+442079460123", "funds": "0"})).await;
    assert_eq!(free.body["affordable_seconds"], Value::Null);
    assert_eq!(free.body["time_limit_seconds"], 14_400);
    assert!(free.body.as_object().unwrap().contains_key("affordable_seconds"));
    assert!(!free.body.as_object().unwrap().contains_key("cost"));
}

#[actix_web::test]
async fn a_whole_call_is_quoted_with_its_limit_or_its_refusal() {
    let api = Api::new();
    let id = api.account("0.819").await;
    let quoted = api.post("/api/v1/quotes", json!({"account": id, "own_number": PAYER, "numbers": [OTHER]})).await;
    assert_eq!(quoted.status, 200, "{quoted:?}");
    assert_eq!((&quoted.body["time_limit_seconds"], &quoted.body["hold"]), (&json!(40), &json!("0.80")));
    let unrated = json!({"account": id, "own_number": PAYER, "numbers": ["+33123456789"]});
    let quoted = api.post("/api/v1/quotes", unrated).await;
    assert_eq!(quoted.status, 200);
    assert_eq!((&quoted.body["refusal"]["code"], &quoted.body["legs"][1]["rate"]), (&json!("no_rate"), &Value::Null));
}

#[actix_web::test]
async fn a_deck_is_tried_then_taken() {
    let api = Api::new();
    api.post("/api/v1/plans", json!({"name": "night rates", "currency": "EUR", "payer_leg_free": true})).await;
    let csv = "prefix,price_per_minute\n49,0.01\n";
    let tried = api.post_csv("/api/v1/decks?plan=night+rates&dry_run=true", csv).await;
    assert_eq!((tried.status, &tried.body["rates"], &tried.body["id"]), (200, &json!(1), &Value::Null));
    let taken = api.post_csv("/api/v1/decks?plan=night%20rates&effective_from=2030-01-01", csv).await;
    assert_eq!((taken.status, &taken.body["effective_from"]), (201, &json!("2030-01-01T00:00:00Z")));
    let list = "Code;Tarif;Grade\n+49;0,01 EUR;a\n";
    let unknown = api.post_csv("/api/v1/decks?plan=night%20rates", list).await;
    assert_eq!((unknown.problem(), &unknown.body["errors"][0]["field"]), ((422, "bad_deck", ""), &json!("header")));
    let mapped = "/api/v1/decks?plan=night%20rates&map=price_per_minute%3DTarif&map=ignore%3DGrade";
    assert_eq!(api.post_csv(mapped, list).await.status, 201);
    let plans = api.get("/api/v1/plans").await;
    assert_eq!(plans.body["items"][0]["payer_leg_free"], true);
}

#[actix_web::test]
async fn the_service_says_that_it_lives_is_ready_and_what_it_counted() {
    let api = Api::new();
    assert_eq!(api.send(TestRequest::with_uri("/healthz")).await.status, 200);
    let ready = api.send(TestRequest::with_uri("/readyz")).await;
    assert_eq!((ready.status, &ready.body["database"]), (200, &json!(true)));
    assert!(ready.body["clock_skew_seconds"].is_i64());
    crate::metrics::webhook("twilio", crate::metrics::Webhook::Forged);
    let metrics = api.send(TestRequest::with_uri("/metrics")).await;
    let text = metrics.body.as_str().unwrap();
    assert!(text.contains("talktime_webhooks_total{result=\"forged\",source=\"twilio\"}"), "{text}");
    assert!(text.contains("talktime_in_books{kind=\"waiting_jobs\"}"), "{text}");
}

#[actix_web::test]
async fn a_credit_that_repays_a_debt_is_still_booked_once_a_key() {
    use crate::storage::{StorageError, accounts};
    let api = Api::new();
    let id = api.account("5").await;
    let account = id.clone();
    let owing = api.app.db.write(move |tx| {
        let mut wallet = accounts::lock_wallet(tx, &account)?.unwrap();
        wallet.debt = "2".parse().unwrap();
        accounts::save_wallet(tx, &account, &wallet)
    });
    owing.await.unwrap_or_else(|error: StorageError| panic!("{error}"));
    let credits = format!("/api/v1/accounts/{id}/credits");
    for (key, amount, status, balance, debt) in [
        ("a", "0.50", 201, "5.00", "1.50"),
        ("b", "2", 201, "5.50", "0.00"),
        ("a", "0.50", 200, "5.50", "0.00"),
        ("b", "2", 200, "5.50", "0.00"),
        ("b", "0.50", 422, "", ""),
    ] {
        let answer = api.post(&credits, json!({"amount": amount, "reason": "repaid", "key": key})).await;
        assert_eq!(answer.status, status, "{key}");
        assert_eq!(answer.body["balance"].as_str().unwrap_or_default(), balance, "{key}");
        assert_eq!(answer.body["debt"].as_str().unwrap_or_default(), debt, "{key}");
    }
}

#[actix_web::test]
async fn an_endpoint_shows_its_secret_once_and_can_be_paused() {
    let api = Api::new();
    let new = json!({"url": "https://example.com/talktime", "kinds": ["call.ended"], "low_balance": "1.00"});
    let made = api.post("/api/v1/event-endpoints", new).await;
    assert_eq!(made.status, 201, "{made:?}");
    assert!(made.body["secret"].as_str().is_some_and(|secret| secret.len() > 32));
    let listed = api.get("/api/v1/event-endpoints").await;
    assert_eq!((&listed.body["items"][0]["secret"], &listed.body["items"][0]["active"]), (&json!(null), &json!(true)));
    let paused =
        api.post(&format!("/api/v1/event-endpoints/{}/pause", made.body["id"].as_str().unwrap()), json!({})).await;
    assert_eq!((paused.status, &paused.body["active"]), (200, &json!(false)));
    for (bad, field) in
        [(json!({"url": "ftp://x"}), "url"), (json!({"url": "https://x.example", "kinds": ["call.burnt"]}), "kinds[0]")]
    {
        assert_eq!(api.post("/api/v1/event-endpoints", bad).await.problem(), (422, "invalid_field", field));
    }
}

#[actix_web::test]
async fn calls_are_found_by_account_day_and_number_and_each_has_its_bill() {
    let api = Api::new();
    let id = api.account("5").await;
    let dial = json!({"account": id, "own_number": PAYER, "numbers": [OTHER], "key": "dial-1"});
    let call = api.post("/api/v1/calls", dial).await.body["id"].as_str().unwrap().to_owned();
    // The clock of these tests stands at the beginning of 2024-10-04.
    for (query, found) in [
        (String::new(), 1),
        ("?from=2024-10-04&to=2024-10-04".to_owned(), 1),
        ("?from=2024-10-05".to_owned(), 0),
        ("?to=2024-10-03".to_owned(), 0),
        ("?to=2024-10-04T00:00:00Z".to_owned(), 0),
        (format!("?account={id}&number=%2B1415"), 1),
        (format!("?account={id}&number=44"), 0),
    ] {
        let listed = api.get(&format!("/api/v1/calls{query}")).await;
        assert_eq!((listed.status, listed.body["items"].as_array().map_or(9, Vec::len)), (200, found), "{query}");
    }
    for (query, field) in
        [("number=44", "number"), ("from=soon", "from"), (&format!("account={id}&number=x"), "number")]
    {
        let refused = api.get(&format!("/api/v1/calls?{query}")).await;
        assert_eq!(refused.problem(), (422, "invalid_field", field));
    }
    let bill = api.get(&format!("/api/v1/calls/{call}/bill")).await;
    assert_eq!(
        (bill.status, &bill.body["settled"], &bill.body["legs"][0]["amount"]),
        (200, &json!(false), &Value::Null)
    );
    api.post(&format!("/api/v1/calls/{call}/hang-up"), json!({})).await;
    let bill = api.get(&format!("/api/v1/calls/{call}/bill")).await.body;
    assert_eq!((&bill["settled"], &bill["total"], &bill["agrees"]), (&json!(true), &json!("0.00"), &json!(true)));
    let steps: Vec<_> = bill["holds"].as_array().unwrap().iter().map(|hold| hold["step"].as_str().unwrap()).collect();
    assert_eq!(steps, ["held", "released"]);
    assert_eq!(bill["holds"][0]["amount"], bill["holds"][1]["amount"]);
    assert_eq!(api.get("/api/v1/calls/call_none/bill").await.problem(), (404, "not_found", ""));
}

#[actix_web::test]
async fn figures_are_given_by_hours_or_days() {
    let api = Api::new();
    api.account("1").await;
    for (period, points) in [("today", 1), ("week", 7), ("month", 30)] {
        let figures = api.get(&format!("/api/v1/figures?period={period}")).await;
        assert_eq!((figures.status, &figures.body["period"]), (200, &json!(period)), "{figures:?}");
        assert_eq!(figures.body["points"].as_array().unwrap().len(), points, "it is midnight");
        assert_eq!(figures.body["points"][0]["calls_started"], 0);
    }
    let wrong = api.get("/api/v1/figures?period=ever").await;
    assert_eq!(wrong.problem(), (422, "invalid_field", "period"));
}
