//! Accounts, administrators and the audit as programs manage them.

use super::*;

#[actix_web::test]
async fn accounts_are_found_by_the_beginning_of_the_address_status_and_own_number() {
    let api = Api::new();
    api.account("1").await;
    for (query, found) in [
        ("email=ADA", 1),
        ("email=da%40", 0),
        ("status=open", 1),
        ("status=closed", 0),
        ("email=ada&status=blocked", 0),
        ("own_number=%2B14155550100", 0),
    ] {
        let page = api.get(&format!("/api/v1/accounts?{query}")).await;
        assert_eq!(page.body["items"].as_array().map(Vec::len), Some(found), "{query}");
    }
    assert_eq!(api.get("/api/v1/accounts?status=lost").await.problem(), (422, "invalid_field", "status"));
    let both = api.get("/api/v1/accounts?email=ada&own_number=%2B14155550100").await;
    assert_eq!(both.problem(), (422, "invalid_field", "own_number"));
}

#[actix_web::test]
async fn an_account_is_debited_once_a_key_blocked_unblocked_and_closed() {
    let api = Api::new();
    let id = api.account("5").await;
    let debits = format!("/api/v1/accounts/{id}/debits");
    for status in [201, 201] {
        let debited = api.post_with_key(&debits, "k", json!({"amount": "2", "reason": "fee"})).await;
        assert_eq!((debited.status, &debited.body["balance"]), (status, &json!("3.00")));
    }
    let other = api.post_with_key(&debits, "k", json!({"amount": "1", "reason": "fee"})).await;
    assert_eq!(other.problem(), (422, "idempotency_key_reused", "Idempotency-Key"));
    let much = api.post_with_key(&debits, "l", json!({"amount": "3.000001", "reason": "fee"})).await;
    assert_eq!(much.problem(), (422, "not_enough_free", "amount"));
    for (what, status) in [("block", "blocked"), ("block", "blocked"), ("unblock", "open")] {
        let changed = api.post(&format!("/api/v1/accounts/{id}/{what}"), json!({"reason": "x"})).await;
        assert_eq!((changed.status, &changed.body["status"]), (200, &json!(status)));
    }
    let close = format!("/api/v1/accounts/{id}/close");
    assert_eq!(api.post(&close, json!({"reason": "x"})).await.problem(), (409, "account_not_empty", "anyway"));
    let closed = api.post(&close, json!({"reason": "x", "anyway": true})).await;
    assert_eq!((closed.status, &closed.body["status"]), (200, &json!("closed")));
    let reopened = api.post(&format!("/api/v1/accounts/{id}/unblock"), json!({"reason": "x"})).await;
    assert_eq!(reopened.problem(), (409, "account_closed", ""));
}

#[actix_web::test]
async fn a_plan_of_another_currency_is_refused_and_one_of_the_same_taken() {
    let api = Api::new();
    let id = api.account("1").await;
    for (name, currency) in [("euro", "EUR"), ("better", "USD")] {
        api.post("/api/v1/plans", json!({"name": name, "currency": currency})).await;
    }
    let plan = format!("/api/v1/accounts/{id}/plan");
    assert_eq!(api.post(&plan, json!({"plan": "euro"})).await.problem(), (422, "other_currency", "plan"));
    assert_eq!(api.post(&plan, json!({"plan": "none"})).await.problem(), (422, "unknown_plan", "plan"));
    let changed = api.post(&plan, json!({"plan": "better"})).await;
    assert_eq!((changed.status, &changed.body["plan"]), (200, &json!("better")));
}

#[actix_web::test]
async fn passwords_are_made_or_given_and_only_those_made_are_told() {
    let api = Api::new();
    let id = api.account("1").await;
    let password = format!("/api/v1/accounts/{id}/password");
    let made = api.post(&password, json!({})).await;
    assert!(made.status == 200 && made.body["password"].as_str().is_some_and(|words| words.len() >= 16), "{made:?}");
    let given = api.post(&password, json!({"password": "correct horse"})).await;
    assert_eq!((given.status, &given.body["password"]), (200, &Value::Null));
    assert_eq!(given.body["user"], made.body["user"]);
    assert_eq!(api.post(&password, json!({"password": "short"})).await.problem(), (422, "invalid_field", "password"));
}

#[actix_web::test]
async fn administrators_come_change_and_go_but_for_the_last_owner() {
    let api = Api::new();
    let people = "/api/v1/administrators";
    let owner = api.post(people, json!({"email": "o@example.com", "role": "owner"})).await;
    assert_eq!(owner.status, 201, "{owner:?}");
    let again = api.post(people, json!({"email": "O@example.com", "role": "viewer"})).await;
    assert_eq!(again.problem(), (409, "email_taken", "email"));
    let king = api.post(people, json!({"email": "k@example.com", "role": "caller"})).await;
    assert_eq!(king.problem(), (422, "invalid_field", "role"));
    let owner = format!("{people}/{}", owner.body["user"].as_str().unwrap());
    let demoted = api.post(&format!("{owner}/role"), json!({"role": "viewer"})).await;
    assert_eq!(demoted.problem(), (409, "last_owner", ""));
    assert_eq!(api.post(&format!("{owner}/remove"), json!({})).await.problem(), (409, "last_owner", ""));
    let second = api.post(people, json!({"email": "p@example.com", "role": "owner"})).await;
    let second = second.body["user"].as_str().unwrap().to_owned();
    let demoted = api.post(&format!("{owner}/role"), json!({"role": "viewer"})).await;
    assert_eq!((demoted.status, &demoted.body["role"]), (200, &json!("viewer")));
    assert_eq!(api.post(&format!("{owner}/password"), json!({})).await.status, 200);
    assert_eq!(api.post(&format!("{owner}/remove"), json!({})).await.status, 204);
    let left = api.get(people).await;
    assert_eq!(left.body["items"], json!([{"id": second, "email": "p@example.com", "role": "owner"}]));
}

#[actix_web::test]
async fn the_audit_says_what_was_before_and_after_and_is_paged_to_its_end() {
    let api = Api::new();
    let id = api.account("1").await;
    api.post(&format!("/api/v1/accounts/{id}/block"), json!({"reason": "chargeback"})).await;
    let found = api.get(&format!("/api/v1/audit?subject={id}&action=block_account&text=CHARGE")).await;
    let entry = &found.body["items"][0];
    assert_eq!(
        (&entry["before"], &entry["after"], &entry["actor"]),
        (&json!("open"), &json!("blocked"), &json!("api:operator"))
    );
    let (mut seen, mut after) = (0, String::new());
    loop {
        let page = api.get(&format!("/api/v1/audit?limit=1&after={after}")).await;
        seen += page.body["items"].as_array().unwrap().len();
        match page.body["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => break,
        }
    }
    let all = api.get("/api/v1/audit?limit=100").await.body["items"].as_array().unwrap().len();
    assert!(all >= 4 && seen == all, "{seen} of {all}");
    let credit = api.get(&format!("/api/v1/audit?subject={id}&action=credit")).await;
    assert_eq!(
        (&credit.body["items"][0]["before"], &credit.body["items"][0]["after"]),
        (&json!("0.00"), &json!("1.00"))
    );
    assert_eq!(api.get("/api/v1/audit?from=soon").await.problem(), (422, "invalid_field", "from"));
    assert_eq!(api.get("/api/v1/audit?until=2001-01-01T00:00:00Z").await.body["items"], json!([]));
}
