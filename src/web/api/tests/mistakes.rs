//! Every mistake has its status, its code and the name of the field; none of them is a fault of ours.

use proptest::prelude::*;

use super::*;
use crate::ids;
use crate::web::api::decks::LARGEST_DECK;

#[actix_web::test]
async fn nobody_gets_in_without_the_token() {
    let api = Api::new();
    let anonymous = api.send(TestRequest::with_uri("/api/v1/accounts")).await;
    assert_eq!(anonymous.problem(), (401, "unauthorised", "Authorization"));
    assert!(anonymous.headers.contains_key(header::WWW_AUTHENTICATE));
    for wrong in ["Bearer wrong", "Bearer", "Basic YTpi", &format!("Bearer {TOKEN}x"), &format!("Basic {TOKEN}")] {
        let request = TestRequest::with_uri("/api/v1/none").insert_header((header::AUTHORIZATION, wrong));
        assert_eq!(api.send(request).await.problem().0, 401, "{wrong}");
    }
    let closed = Api::with_token(None).get("/api/v1/accounts").await;
    assert_eq!(closed.problem(), (401, "unauthorised", "Authorization"), "without a token in the settings");
}

#[actix_web::test]
async fn unknown_addresses_and_wrong_methods_are_problems_too() {
    let api = Api::new();
    assert_eq!(api.get("/api/v1/nothing").await.problem(), (404, "no_such_route", ""));
    assert_eq!(api.get("/api/nothing").await.problem(), (404, "no_such_route", ""));
    let wrong = api.get("/api/v1/quotes").await;
    assert_eq!(
        (wrong.problem(), wrong.headers.get(header::ALLOW).unwrap().to_str().unwrap()),
        ((405, "wrong_method", ""), "POST")
    );
    for id in ["nobody", "a%00b", "%ff%fe", "a%20b", &"x".repeat(500)] {
        assert_eq!(api.get(&format!("/api/v1/accounts/{id}")).await.problem(), (404, "not_found", ""), "{id}");
        assert_eq!(api.get(&format!("/api/v1/calls/{id}")).await.problem(), (404, "not_found", ""), "{id}");
        let hang_up = api.send(authorised(Method::POST, &format!("/api/v1/calls/{id}/hang-up"))).await;
        assert_eq!(hang_up.problem(), (404, "not_found", ""), "{id}");
        let credits = format!("/api/v1/accounts/{id}/credits");
        let credit = api.post_with_key(&credits, &ids::new("k"), json!({"amount": "1", "reason": "r"})).await;
        assert_eq!(credit.problem(), (404, "not_found", ""), "{id}");
    }
}

#[actix_web::test]
async fn each_bad_field_is_named() {
    let api = Api::new();
    let id = api.account("0.05").await;
    let credits = format!("/api/v1/accounts/{id}/credits");
    let (dial, quote) =
        (json!({"account": id, "own_number": PAYER, "numbers": [OTHER]}), json!({"plan": "standard", "to": OTHER}));
    let account = json!({"email": "b@example.com", "currency": "USD", "plan": "standard"});
    let (plan, credit) = (json!({"name": "p", "currency": "USD"}), json!({"amount": "1", "reason": "r"}));
    #[rustfmt::skip]
    let cases: Vec<(&str, &Value, &str, Value, u16, &str)> = vec![
        ("/api/v1/accounts", &account, "email", json!("no address"), 422, "invalid_field"),
        ("/api/v1/accounts", &account, "email", json!("ADA@example.com"), 409, "email_taken"),
        ("/api/v1/accounts", &account, "email", json!(7), 422, "invalid_field"),
        ("/api/v1/accounts", &account, "email", Value::Null, 422, "missing_field"),
        ("/api/v1/accounts", &account, "currency", json!("XYZ"), 422, "invalid_field"),
        ("/api/v1/accounts", &account, "currency", json!("EUR"), 422, "other_currency"),
        ("/api/v1/accounts", &account, "plan", json!("none"), 422, "unknown_plan"),
        ("/api/v1/accounts", &account, "plan", json!("a\u{0}b"), 422, "invalid_field"),
        ("/api/v1/accounts", &account, "plan", json!("x".repeat(201)), 422, "invalid_field"),
        ("/api/v1/accounts", &account, "colour", json!("blue"), 422, "unknown_field"),
        ("/api/v1/plans", &plan, "name", json!("standard"), 409, "plan_exists"),
        ("/api/v1/plans", &plan, "name", json!(" "), 422, "invalid_field"),
        ("/api/v1/plans", &plan, "payer_leg_free", json!("yes"), 422, "invalid_field"),
        (&credits, &credit, "amount", json!("1,5"), 422, "invalid_field"),
        (&credits, &credit, "amount", json!(1.5), 422, "invalid_field"),
        (&credits, &credit, "amount", json!("0"), 422, "invalid_field"),
        (&credits, &credit, "amount", json!("-1"), 422, "invalid_field"),
        (&credits, &credit, "amount", json!("0.0000001"), 422, "invalid_field"),
        (&credits, &credit, "amount", json!("99999999999999999999999999999999999"), 422, "invalid_field"),
        (&credits, &credit, "reason", Value::Null, 422, "missing_field"),
        (&credits, &credit, "key", json!("another than the header's"), 422, "invalid_field"),
        ("/api/v1/quotes", &quote, "to", json!("+33123456789"), 422, "no_rate"),
        ("/api/v1/quotes", &quote, "to", json!("12"), 422, "invalid_field"),
        ("/api/v1/quotes", &quote, "plan", json!("none"), 422, "unknown_plan"),
        ("/api/v1/quotes", &quote, "seconds", json!(-1), 422, "invalid_field"),
        ("/api/v1/quotes", &quote, "seconds", json!(1e300), 422, "invalid_field"),
        ("/api/v1/quotes", &quote, "seconds", json!(i64::MAX), 422, "invalid_field"),
        ("/api/v1/quotes", &quote, "funds", json!("-0.01"), 422, "invalid_field"),
        ("/api/v1/quotes", &dial, "account", json!("acc_nobody"), 422, "unknown_account"),
        ("/api/v1/calls", &dial, "account", json!("acc_nobody"), 422, "unknown_account"),
        ("/api/v1/calls", &dial, "account", json!(id), 422, "not_enough_credit"),
        ("/api/v1/calls", &dial, "own_number", json!("me"), 422, "invalid_field"),
        ("/api/v1/calls", &dial, "numbers", json!([]), 422, "nobody_to_dial"),
        ("/api/v1/calls", &dial, "numbers", json!([PAYER]), 422, "same_number_twice"),
        ("/api/v1/calls", &dial, "numbers", json!(["+33123456789"]), 422, "no_rate"),
        ("/api/v1/calls", &dial, "numbers", json!(vec![OTHER; 101]), 422, "invalid_field"),
        ("/api/v1/calls", &dial, "numbers", json!(OTHER), 422, "invalid_field"),
    ];
    for (uri, good, field, value, status, code) in cases {
        let mut body = good.clone();
        body[field] = value;
        let answer = api.post_with_key(uri, &ids::new("k"), body.clone()).await;
        assert_eq!(answer.problem(), (status, code, field), "{uri} {body}");
    }
    let second = json!({"account": id, "own_number": PAYER, "numbers": [OTHER, "x"]});
    assert_eq!(
        api.post_with_key("/api/v1/calls", "second", second).await.problem(),
        (422, "invalid_field", "numbers[1]")
    );
}

#[actix_web::test]
async fn what_changes_money_needs_a_key() {
    let api = Api::new();
    let id = api.account("5").await;
    let without = api.post(&format!("/api/v1/accounts/{id}/credits"), json!({"amount": "1", "reason": "r"})).await;
    assert_eq!(without.problem(), (400, "missing_idempotency_key", "Idempotency-Key"));
    let without = api.post("/api/v1/calls", json!({"account": id, "own_number": PAYER, "numbers": [OTHER]})).await;
    assert_eq!(without.problem(), (400, "missing_idempotency_key", "Idempotency-Key"));
}

#[actix_web::test]
async fn a_wallet_never_grows_beyond_what_can_be_counted() {
    let api = Api::new();
    let id = api.account("1").await;
    let mut answers = vec![];
    for n in 0..1001 {
        let credit = json!({"amount": "1000000000", "reason": "much"});
        answers.push(api.post_with_key(&format!("/api/v1/accounts/{id}/credits"), &format!("k{n}"), credit).await);
    }
    assert_eq!(answers[998].status, 201);
    assert_eq!(answers[1000].problem(), (422, "balance_too_large", "amount"));
}

#[actix_web::test]
async fn a_deck_with_bad_lines_is_refused_with_all_of_them() {
    let api = Api::new();
    api.account("5").await;
    let csv = "prefix,price_per_minute,destination,effective_from\nx,1,a,\n44,-1,a,\n45,1,a\u{0}b,\n46,1,a,+99999-01-01\n47,1,a,\n";
    let refused = api.post_csv("/api/v1/decks?plan=standard", csv).await;
    assert_eq!(refused.problem(), (422, "bad_deck", ""));
    let named: Vec<_> = refused.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bad| (bad["line"].as_u64().unwrap(), bad["field"].as_str().unwrap()))
        .collect();
    assert_eq!(named, [(2, "prefix"), (3, "price_per_minute"), (4, "destination"), (5, "effective_from")]);
    assert!(refused.body["errors"][0]["reason"].is_string());
    let still = api.post("/api/v1/quotes", json!({"plan": "standard", "to": OTHER})).await;
    assert_eq!(still.body["destination"], "North America", "nothing of it was taken");
    for (uri, field, code) in [
        ("/api/v1/decks", "plan", "missing_field"),
        ("/api/v1/decks?plan=none", "plan", "unknown_plan"),
        ("/api/v1/decks?plan=%00", "plan", "invalid_field"),
        ("/api/v1/decks?plan=standard&dry_run=perhaps", "dry_run", "invalid_field"),
        ("/api/v1/decks?plan=standard&effective_from=soon", "effective_from", "invalid_field"),
        ("/api/v1/decks?plan=standard&effective_from=-9999-01-01", "effective_from", "invalid_field"),
        ("/api/v1/decks?plan=standard&plan=standard", "plan", "unknown_parameter"),
        ("/api/v1/decks?plan=standard&map=colour=x", "map", "invalid_field"),
    ] {
        assert_eq!(api.post_csv(uri, "prefix,price_per_minute\n1,1\n").await.problem(), (422, code, field), "{uri}");
    }
    let twice = "prefix,price_per_minute,effective_from\n1,1,\n1,2,2031-01-01\n";
    let twice = api.post_csv("/api/v1/decks?plan=standard&effective_from=2031-01-01", twice).await;
    assert_eq!(twice.problem(), (422, "bad_deck", ""));
}

#[actix_web::test]
async fn lists_refuse_parameters_they_do_not_know() {
    let api = Api::new();
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("limit=", "limit"),
        ("after=%00", "after"),
        ("page=2", "page"),
        ("limit=99999999999999999999", "limit"),
        ("%ff=1", "\u{fffd}"),
    ] {
        for resource in ["accounts", "calls"] {
            let answer = api.get(&format!("/api/v1/{resource}?{query}")).await;
            assert_eq!((answer.problem().0, answer.problem().2), (422, field), "{query}");
        }
    }
    assert_eq!(api.get("/api/v1/calls?account=a%20b").await.problem(), (422, "invalid_field", "account"));
}

#[actix_web::test]
async fn bodies_that_cannot_be_read_are_refused() {
    let api = Api::new();
    let deep = "[".repeat(60_000);
    for (body, status, code) in [
        (b"".to_vec(), 400, "malformed_json"),
        (b"[]".to_vec(), 400, "malformed_json"),
        (b"{\"email\": \xff}".to_vec(), 400, "malformed_json"),
        (b"{\"a\": 1e999999}".to_vec(), 400, "malformed_json"),
        (deep.into_bytes(), 400, "malformed_json"),
        (vec![b' '; 70_000], 413, "body_too_large"),
    ] {
        for resource in ["accounts", "quotes", "calls", "plans", "accounts/acc_1/credits"] {
            let request = authorised(Method::POST, &format!("/api/v1/{resource}")).set_payload(body.clone());
            let answer = api.send(request.insert_header((header::CONTENT_TYPE, "application/json"))).await;
            assert_eq!(answer.problem(), (status, code, ""), "{resource}");
        }
    }
    let text = authorised(Method::POST, "/api/v1/plans").set_payload("{}");
    assert_eq!(api.send(text).await.problem(), (415, "wrong_content_type", "Content-Type"));
    let json = api.post("/api/v1/decks?plan=standard", json!({})).await;
    assert_eq!(json.problem(), (415, "wrong_content_type", "Content-Type"));
    let huge =
        authorised(Method::POST, "/api/v1/decks?plan=standard").insert_header((header::CONTENT_TYPE, "text/csv"));
    let huge = api.send(huge.set_payload(vec![b'1'; LARGEST_DECK + 1])).await;
    assert_eq!(huge.problem(), (413, "body_too_large", ""));
}

/// Names and values that mean something, mixed with such that do not.
fn bodies() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        Just("standard".to_owned()),
        Just(PAYER.to_owned()),
        Just(OTHER.to_owned()),
        Just("USD".to_owned()),
        Just("a@b.c".to_owned()),
        Just("acc_1".to_owned()),
        "[0-9.+-]{0,40}",
        "\\PC{0,20}",
        ".{0,300}"
    ];
    let leaf = prop_oneof![
        text.prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null)
    ];
    let value = leaf.prop_recursive(3, 12, 4, |inner| prop::collection::vec(inner, 0..4).prop_map(Value::from));
    let name = prop_oneof![
        prop::sample::select(vec![
            "email",
            "currency",
            "plan",
            "name",
            "payer_leg_free",
            "amount",
            "reason",
            "key",
            "to",
            "seconds",
            "funds",
            "account",
            "own_number",
            "numbers"
        ])
        .prop_map(str::to_owned),
        ".{0,10}"
    ];
    prop::collection::hash_map(name, value, 0..8).prop_map(|fields| Value::Object(fields.into_iter().collect()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn no_body_is_a_fault_of_ours(bodies in prop::collection::vec((bodies(), ".{0,60}", prop::collection::vec(any::<u8>(), 0..200)), 8)) {
        actix_web::rt::System::new().block_on(async {
            let api = Api::new();
            let id = api.account("5").await;
            let credits = format!("/api/v1/accounts/{id}/credits");
            for (mut body, text, bytes) in bodies {
                if body.get("account").is_some_and(Value::is_string) {
                    body["account"] = json!(id);
                }
                for uri in ["/api/v1/accounts", "/api/v1/plans", "/api/v1/quotes", "/api/v1/calls", &credits] {
                    let answer = api.post_with_key(uri, &ids::new("k"), body.clone()).await;
                    assert!(answer.status < 500, "{uri} {body} {answer:?}");
                    for raw in [text.as_bytes(), &bytes] {
                        let json = (header::CONTENT_TYPE, "application/json");
                        let request = authorised(Method::POST, uri).insert_header(json).set_payload(raw.to_vec());
                        assert!(api.send(request).await.status < 500, "{uri} {raw:?}");
                    }
                }
                let csv = (header::CONTENT_TYPE, "text/csv");
                let mut deck = b"prefix,price_per_minute,destination\n1,1,".to_vec();
                deck.extend(&bytes);
                let request = authorised(Method::POST, "/api/v1/decks?plan=standard").insert_header(csv).set_payload(deck);
                assert!(api.send(request).await.status < 500, "{bytes:?}");
            }
        });
    }
}
