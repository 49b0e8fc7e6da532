//! Plans that follow a cost deck, and conversions of currencies.

use super::*;

#[actix_web::test]
async fn a_plan_follows_a_cost_deck_in_another_currency() {
    let api = Api::new();
    api.account("1").await;
    let carrier = api.post("/api/v1/plans", json!({"name": "carrier", "currency": "EUR"})).await;
    assert_eq!(carrier.status, 201, "{carrier:?}");
    let deck = "prefix,price_per_minute,destination\n49,0.10,Germany\n";
    assert_eq!(api.post_csv("/api/v1/decks?plan=carrier", deck).await.status, 201);
    let plans = api.get("/api/v1/plans").await;
    let standard = plans.body["items"].as_array().unwrap().iter().find(|plan| plan["name"] == "standard").unwrap();
    let at = format!("/api/v1/plans/{}/markup", standard["id"].as_str().unwrap());
    assert_eq!(api.get(&at).await.body["cost_plan"], Value::Null);
    let change = json!({"cost_plan": "carrier", "percent": "20", "price_step": "0.01"});
    let changed = api.post(&at, change).await;
    assert_eq!((changed.status, &changed.body["percent"]), (200, &json!("20")), "{changed:?}");
    assert_eq!(api.get(&at).await.body, changed.body);

    let question = json!({"plan": "standard", "to": "+493023125001", "seconds": 60, "explain": true});
    let refused = api.post("/api/v1/quotes", question.clone()).await;
    assert_eq!(refused.problem(), (422, "no_rate", "to"));
    assert!(refused.body["detail"].as_str().unwrap().contains("no conversion from EUR to USD"), "{refused:?}");
    let conversion = json!({"from": "EUR", "to": "USD", "rate": "1.1"});
    let added = api.post("/api/v1/conversions", conversion).await;
    assert_eq!(added.status, 201, "{added:?}");
    assert_eq!(api.get("/api/v1/conversions").await.body["items"][0], added.body);
    let shown = api.get(&format!("/api/v1/conversions/{}", added.body["id"].as_str().unwrap())).await;
    assert_eq!(shown.body, added.body);
    let quoted = api.post("/api/v1/quotes", question).await;
    assert_eq!((&quoted.body["price_per_minute"], &quoted.body["cost"]), (&json!("0.14"), &json!("0.14")));
    assert_eq!(quoted.body["explained"]["markup"]["conversion"], "1.1", "{quoted:?}");
    assert_eq!(quoted.body["explained"]["pieces"][0]["cost_price_per_minute"], "0.1");
}

#[actix_web::test]
async fn mistakes_about_markups_and_conversions_are_named() {
    let api = Api::new();
    api.account("1").await;
    let plans = api.get("/api/v1/plans").await;
    let at = format!("/api/v1/plans/{}/markup", plans.body["items"][0]["id"].as_str().unwrap());
    for (field, value) in [("cost_plan", "nowhere"), ("percent", "-1"), ("price_step", "0"), ("per_call", "a cent")] {
        let refused = api.post(&at, json!({field: value})).await;
        assert_eq!(refused.problem(), (422, "invalid_field", field), "{refused:?}");
    }
    let add = |from: &str, to: &str, rate: &str| json!({"from": from, "to": to, "rate": rate});
    for (body, field) in
        [(add("EUR", "EUR", "1"), "to"), (add("EUR", "USD", "0"), "rate"), (add("?", "USD", "1"), "from")]
    {
        let refused = api.post("/api/v1/conversions", body).await;
        assert_eq!(refused.problem(), (422, "invalid_field", field), "{refused:?}");
    }
    assert_eq!(api.get("/api/v1/conversions").await.body["items"], json!([]));
}

#[actix_web::test]
async fn the_margin_of_a_plan_is_checked_against_the_carriers_deck() {
    let api = Api::new();
    api.account("1").await;
    api.post("/api/v1/plans", json!({"name": "carrier", "currency": "USD"})).await;
    assert_eq!(api.post_csv("/api/v1/decks?plan=carrier", "prefix,price_per_minute\n1,0.5\n").await.status, 201);
    assert_eq!(api.post_csv("/api/v1/decks?plan=standard", "prefix,price_per_minute\n1,0.6\n33,1\n").await.status, 201);
    let plans = api.get("/api/v1/plans").await;
    let standard = plans.body["items"].as_array().unwrap().iter().find(|plan| plan["name"] == "standard").unwrap();
    let at = format!("/api/v1/plans/{}/margin", standard["id"].as_str().unwrap());
    let found = api.get(&format!("{at}?cost=carrier")).await;
    assert_eq!((found.status, &found.body["losing"], &found.body["without_cost"]), (200, &json!(1), &json!(1)));
    let worst = &found.body["worst"][0];
    assert_eq!(
        (&worst["prefix"], &worst["loses"]),
        (&json!("1"), &json!("1–50 s, 61–100 s, 121–150 s …")),
        "{found:?}"
    );
    assert_eq!(api.get(&format!("{at}?cost=nobody")).await.problem(), (422, "unknown_plan", "cost"));
    assert_eq!(api.get(&at).await.problem(), (422, "missing_field", "cost"));
}
