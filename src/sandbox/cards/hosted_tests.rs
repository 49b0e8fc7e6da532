//! A person at the hosted page, with a plain browser: cards are saved and payments made, declined cards and banks that
//! ask leave the session open, and nobody else can end up paying.

use serde_json::{Value, json};

use super::faults::FaultKind;
use super::tests::{World, world};

const BACK: &str = "https://shop.example/back?s={CHECKOUT_SESSION_ID}";
const CANCEL: &str = "https://shop.example/cart?a=1&b=2";

/// What the browser was answered: the status, where to, and the page.
struct Seen {
    status: u16,
    location: String,
    page: String,
}

impl World {
    async fn customer(&self) -> String {
        let made = self.post("customers", "c", "email=ada@example.com&metadata[wallet]=w_1").await.unwrap();
        made.json["id"].as_str().unwrap().to_owned()
    }

    /// A session in this mode, with these parameters besides the usual ones.
    async fn open(&self, mode: &str, more: &str) -> Value {
        let urls = format!("success_url={BACK}&cancel_url={}", CANCEL.replace('&', "%26"));
        let body = match mode {
            "setup" => format!("mode=setup&currency=usd&setup_intent_data[metadata][wallet]=w_1&{urls}&{more}"),
            _ => format!(
                "mode=payment&line_items[0][quantity]=1&line_items[0][price_data][currency]=usd&\
                 line_items[0][price_data][unit_amount]=2500&line_items[0][price_data][product_data][name]=Talk+%3Cb%3E&\
                 payment_intent_data[metadata][attempt]=pay_1&client_reference_id=w_1&metadata[kind]=top-up&{urls}&{more}"
            ),
        };
        let answer = self.post("checkout/sessions", &format!("open {mode}"), &body).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.json);
        answer.json
    }

    async fn session(&self, session: &Value) -> Value {
        let id = session["id"].as_str().unwrap();
        self.get(&format!("checkout/sessions/{id}?expand[0]=payment_intent&expand[1]=setup_intent.payment_method"))
            .await
    }

    async fn browse(&self, url: &str, form: Option<&str>) -> Seen {
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let request = match form {
            None => client.get(url),
            Some(form) => {
                client.post(url).header("content-type", "application/x-www-form-urlencoded").body(form.to_owned())
            }
        };
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let location = answer.headers().get("location").map_or("", |it| it.to_str().unwrap()).to_owned();
        Seen { status, location, page: answer.text().await.unwrap() }
    }

    async fn type_card(&self, session: &Value, number: &str) -> Seen {
        let form = format!("card_number={number}&expiry=12+%2F+34&cvc=123");
        self.browse(session["url"].as_str().unwrap(), Some(&form)).await
    }

    /// Types a card whose bank asks, and answers with `outcome`.
    async fn authenticate(&self, session: &Value, number: &str, outcome: &str) -> Seen {
        let asked = self.type_card(session, number).await;
        let id = session["id"].as_str().unwrap();
        assert_eq!((asked.status, asked.location), (303, format!("/c/pay/{id}/authenticate")));
        let url = format!("{}/authenticate", session["url"].as_str().unwrap());
        let page = self.browse(&url, None).await.page;
        assert!(page.contains("value=\"complete\"") && page.contains("value=\"fail\""), "{page}");
        self.browse(&url, Some(&format!("outcome={outcome}"))).await
    }

    /// Charges the saved card while its owner is away: what was said, or the status.
    async fn charge_away(&self, customer: &str, method: &str) -> Value {
        let body = format!("amount=500&currency=usd&customer={customer}&payment_method={method}");
        let created = self.post("payment_intents", "away", &body).await.unwrap();
        let path = format!("payment_intents/{}/confirm", created.json["id"].as_str().unwrap_or_default());
        let answer = self.post(&path, "away confirm", "off_session=true").await.unwrap();
        if answer.status == 200 { answer.json["status"].clone() } else { answer.json["error"]["decline_code"].clone() }
    }
}

fn back(session: &Value) -> String {
    BACK.replace("{CHECKOUT_SESSION_ID}", session["id"].as_str().unwrap())
}

#[actix_web::test]
async fn a_card_is_saved_at_the_page_and_can_then_be_charged_while_its_owner_is_away() {
    let mut world = world(0).await;
    let customer = world.customer().await;
    let session = world.open("setup", &format!("customer={customer}")).await;
    assert_eq!((&session["status"], &session["payment_status"]), (&json!("open"), &json!("no_payment_required")));
    assert_eq!((&session["livemode"], &session["payment_intent"]), (&json!(false), &Value::Null));
    let page = world.browse(session["url"].as_str().unwrap(), None).await.page;
    assert!(page.contains("<h1>Save a card</h1>") && page.contains("sandbox") && page.contains("4000 0000 0000 0341"));
    let done = world.type_card(&session, "4242 4242 4242 4242").await;
    assert_eq!((done.status, done.location), (303, back(&session)));
    let read = world.session(&session).await;
    assert_eq!((&read["status"], &read["url"]), (&json!("complete"), &Value::Null));
    let setup = &read["setup_intent"];
    assert_eq!((&setup["status"], &setup["metadata"]["wallet"]), (&json!("succeeded"), &json!("w_1")));
    let card = &setup["payment_method"]["card"];
    assert_eq!(
        (&card["brand"], &card["last4"], &card["exp_month"], &card["exp_year"]),
        (&json!("visa"), &json!("4242"), &json!(12), &json!(2034))
    );
    let method = setup["payment_method"]["id"].as_str().unwrap();
    for list in
        [format!("customers/{customer}/payment_methods?type=card"), format!("payment_methods?customer={customer}")]
    {
        assert_eq!(world.get(&list).await["data"][0]["id"], method);
    }
    assert_eq!(world.cards.charges(), []);
    assert_eq!(world.charge_away(&customer, method).await, "succeeded");
    let [attached, set_up, completed] =
        world.objects(["payment_method.attached", "setup_intent.succeeded", "checkout.session.completed"]).await;
    assert_eq!((&attached["id"], &attached["customer"]), (&json!(method), &json!(customer)));
    assert_eq!((&set_up["payment_method"], &completed["setup_intent"]), (&json!(method), &set_up["id"]));
}

#[actix_web::test]
async fn a_payment_at_the_page_takes_the_money_once_however_often_the_button_is_pressed() {
    let mut world = world(0).await;
    let session = world.open("payment", "").await;
    assert_eq!((&session["amount_total"], &session["currency"]), (&json!(2500), &json!("usd")));
    assert_eq!((&session["payment_intent"], &session["payment_status"]), (&Value::Null, &json!("unpaid")));
    let page = world.browse(session["url"].as_str().unwrap(), None).await.page;
    assert!(page.contains("<h1>Pay 25.00 USD</h1>") && page.contains("For Talk &lt;b&gt;."), "{page}");
    assert!(page.contains("href=\"https://shop.example/cart?a=1&amp;b=2\""), "the way out is a link");
    for _ in 0..2 {
        let done = world.type_card(&session, "4242424242424242").await;
        assert_eq!((done.status, done.location), (303, back(&session)));
    }
    let [charge] = &world.cards.charges()[..] else { panic!("{:?}", world.cards.charges()) };
    assert_eq!((charge.amount, charge.currency.as_str(), charge.metadata["attempt"].as_str()), (2500, "usd", "pay_1"));
    let read = world.session(&session).await;
    assert_eq!((&read["status"], &read["payment_status"]), (&json!("complete"), &json!("paid")));
    assert_eq!((&read["payment_intent"]["status"], &read["client_reference_id"]), (&json!("succeeded"), &json!("w_1")));
    let once = read["payment_intent"]["payment_method"].as_str().unwrap();
    assert_eq!(world.get(&format!("payment_methods/{once}")).await["customer"], Value::Null, "it is not kept");
    let [succeeded, charged, completed] =
        world.objects(["payment_intent.succeeded", "charge.succeeded", "checkout.session.completed"]).await;
    assert_eq!((&succeeded["id"], &succeeded["latest_charge"]), (&completed["payment_intent"], &charged["id"]));
    assert_eq!((&completed["payment_status"], &completed["metadata"]["kind"]), (&json!("paid"), &json!("top-up")));
}

#[actix_web::test]
async fn a_payment_can_keep_the_card_for_later() {
    let world = world(0).await;
    let customer = world.customer().await;
    let more = format!("customer={customer}&payment_intent_data[setup_future_usage]=off_session");
    let session = world.open("payment", &more).await;
    world.authenticate(&session, "4000002500003155", "complete").await;
    let methods = world.get(&format!("customers/{customer}/payment_methods")).await;
    let method = methods["data"][0]["id"].as_str().unwrap();
    assert_eq!(world.charge_away(&customer, method).await, "succeeded", "its bank has seen the customer");
    assert_eq!(world.cards.charges().len(), 2);
}

#[actix_web::test]
async fn a_declined_card_says_so_and_leaves_the_session_open_for_another() {
    let mut world = world(0).await;
    let session = world.open("payment", "").await;
    for (number, said) in [
        ("4000000000000002", "Your card was declined."),
        ("4000000000009995", "Your card has insufficient funds."),
        ("4000000000000341", "Your card was declined."),
    ] {
        let seen = world.type_card(&session, number).await;
        assert_eq!(seen.status, 402);
        assert!(seen.page.contains(&format!("role=\"alert\">{said}")), "{}", seen.page);
    }
    let read = world.session(&session).await;
    assert_eq!(
        (&read["status"], &read["payment_intent"]["status"]),
        (&json!("open"), &json!("requires_payment_method"))
    );
    let intent = read["payment_intent"]["id"].as_str().unwrap().to_owned();
    let fence = world.post(&format!("payment_intents/{intent}/cancel"), "fence", "").await.unwrap();
    assert_eq!((fence.status, world.cards.charges()), (400, vec![]), "a session is expired instead");
    assert_eq!(world.type_card(&session, "5555555555554444").await.status, 303);
    assert_eq!(world.session(&session).await["payment_intent"]["id"], intent, "one intent for all cards");
    let saving = world.open("setup", "").await;
    assert_eq!(world.type_card(&saving, "4000000000000002").await.status, 402);
    let [failed, set_up] = world.objects(["payment_intent.payment_failed", "setup_intent.setup_failed"]).await;
    assert_eq!(failed["id"], intent);
    assert_eq!(set_up["last_setup_error"]["code"], "card_declined");
}

#[actix_web::test]
async fn a_bank_that_asks_is_answered_on_a_page_of_its_own() {
    let world = world(0).await;
    let session = world.open("payment", "").await;
    let failed = world.authenticate(&session, "4000002760003184", "fail").await;
    assert_eq!(failed.status, 402);
    assert!(failed.page.contains("unable to authenticate") && failed.page.contains("name=\"card_number\""));
    assert_eq!(world.session(&session).await["status"], "open");
    let bank = format!("{}/authenticate", session["url"].as_str().unwrap());
    let nothing_asked = world.browse(&bank, Some("outcome=complete")).await;
    assert_eq!(nothing_asked.location, format!("/c/pay/{}", session["id"].as_str().unwrap()));
    let poor = world.authenticate(&session, "4000008260003178", "complete").await;
    assert!(poor.status == 402 && poor.page.contains("insufficient funds"));
    assert_eq!(world.cards.charges(), []);
    let done = world.authenticate(&session, "4000002760003184", "complete").await;
    assert_eq!((done.status, done.location), (303, back(&session)));
    assert_eq!(world.cards.charges().len(), 1);
}

#[actix_web::test]
async fn what_a_saved_card_does_later_depends_on_the_card() {
    for (number, asks, later) in [
        ("4000000000000341", false, "generic_decline"),
        ("4000002500003155", true, "succeeded"),
        ("4000002760003184", true, "authentication_required"),
        ("4000008260003178", true, "insufficient_funds"),
    ] {
        let world = world(0).await;
        let customer = world.customer().await;
        let session = world.open("setup", &format!("customer={customer}")).await;
        let done = match asks {
            true => world.authenticate(&session, number, "complete").await,
            false => world.type_card(&session, number).await,
        };
        assert_eq!(done.location, back(&session), "{number}");
        let read = world.session(&session).await;
        let method = read["setup_intent"]["payment_method"]["id"].as_str().unwrap().to_owned();
        assert_eq!(world.charge_away(&customer, &method).await, later, "{number}");
    }
}

#[actix_web::test]
async fn what_is_typed_wrong_is_told_beside_its_field_and_never_written_back() {
    let world = world(0).await;
    let session = world.open("payment", "").await;
    for (number, expiry, cvc, said) in [
        ("4242424242424241", "12/34", "123", "card number is invalid"),
        ("4111111111111111", "12/34", "123", "not one of the test cards"),
        ("4242424242424242", "10/23", "123", "in the past"),
        ("4242424242424242", "12/34", "12", "security code is incomplete"),
        ("", "", "", "date is incomplete"),
    ] {
        let form = format!("card_number={number}&expiry={expiry}&cvc={cvc}");
        let seen = world.browse(session["url"].as_str().unwrap(), Some(&form)).await;
        assert_eq!(seen.status, 422);
        assert!(seen.page.contains(said) && seen.page.contains("aria-invalid"), "{}", seen.page);
        assert!(number.is_empty() || !seen.page.contains(number));
    }
    assert_eq!(world.session(&session).await["payment_intent"], Value::Null);
    assert!(world.cards.requests().iter().all(|(_, path, _)| path.starts_with("/v1/")), "pages are no requests");
}

#[actix_web::test]
async fn a_session_ends_by_the_clock_or_by_its_merchant_and_takes_no_card_then() {
    let mut world = world(0).await;
    let now = world.clock.now().timestamp();
    let by_clock = world.open("payment", &format!("expires_at={}", now + 1800)).await;
    let by_hand = world.open("setup", "").await;
    let expire = format!("checkout/sessions/{}/expire", by_hand["id"].as_str().unwrap());
    assert_eq!(world.post(&expire, "e1", "").await.unwrap().json["status"], "expired");
    assert_eq!(world.post(&expire, "e2", "").await.unwrap().status, 400);
    assert_eq!(world.type_card(&by_hand, "4242424242424242").await.status, 410);
    world.type_card(&by_clock, "4000000000000002").await;
    let (told, _) = world.event("checkout.session.expired").await;
    assert_eq!(told["data"]["object"]["id"], by_hand["id"]);
    let (told, _) = world.event("checkout.session.expired").await;
    assert_eq!((&told["data"]["object"]["id"], &told["created"]), (&by_clock["id"], &json!(now + 1800)));
    let url = by_clock["url"].as_str().unwrap();
    let page = world.browse(url, None).await;
    assert!(page.status == 410 && page.page.contains("expired"));
    assert_eq!(world.type_card(&by_clock, "4242424242424242").await.status, 410);
    assert_eq!(world.session(&by_clock).await["payment_intent"]["status"], "canceled");
    assert_eq!(world.session(&by_hand).await["setup_intent"]["status"], "canceled");
    assert_eq!(world.get("checkout/sessions?status=expired").await["data"].as_array().map(Vec::len), Some(2));
    assert_eq!(world.cards.charges(), []);
    assert_eq!(world.browse(&format!("{url}x"), None).await.status, 404);
}

#[actix_web::test]
async fn a_key_opens_one_session() {
    let world = world(0).await;
    let body = format!("mode=setup&currency=usd&success_url={BACK}");
    world.fault("checkout/sessions", FaultKind::LostAfter);
    assert!(world.post("checkout/sessions", "k", &body).await.is_none());
    let again = world.post("checkout/sessions", "k", &body).await.unwrap();
    assert!(again.replayed);
    let all = world.get("checkout/sessions").await;
    assert_eq!((all["data"].as_array().map(Vec::len), &all["data"][0]["id"]), (Some(1), &again.json["id"]));
    let other = world.post("checkout/sessions", "k", &body.replace("usd", "eur")).await.unwrap();
    assert_eq!(other.json["error"]["type"], "idempotency_error");
}

#[actix_web::test]
async fn wrong_sessions_are_refused_in_stripes_words() {
    let world = world(0).await;
    let now = world.clock.now().timestamp();
    let setup = "mode=setup&currency=usd&success_url=https://shop.example";
    let line = "line_items[0][price_data][currency]=usd&line_items[0][price_data][product_data][name]=A";
    let payment = format!("mode=payment&success_url=https://shop.example&{line}");
    for (body, code, param) in [
        ("currency=usd".to_owned(), "parameter_missing", "mode"),
        ("mode=subscription".to_owned(), "", "mode"),
        ("mode=setup&success_url=https://shop.example".to_owned(), "parameter_missing", "currency"),
        ("mode=setup&currency=usd".to_owned(), "parameter_missing", "success_url"),
        ("mode=setup&currency=usd&success_url=javascript:1".to_owned(), "url_invalid", "success_url"),
        (format!("{setup}&payment_method_types[0]=card"), "parameter_unknown", "payment_method_types"),
        (format!("{setup}&payment_intent_data[description]=a"), "parameter_unknown", "payment_intent_data"),
        (format!("{setup}&setup_intent_data[x]=a"), "parameter_unknown", "setup_intent_data[x]"),
        (format!("{setup}&customer=cus_nobody"), "resource_missing", "id"),
        (format!("{setup}&expires_at={}", now + 1799), "", "expires_at"),
        (format!("{setup}&expires_at={}", now + 86401), "", "expires_at"),
        ("mode=payment&success_url=https://shop.example".to_owned(), "parameter_missing", "line_items"),
        (payment.clone(), "parameter_missing", "line_items[0][quantity]"),
        (
            format!("{payment}&line_items[0][quantity]=1&line_items[0][price_data][unit_amount]=49"),
            "amount_too_small",
            "line_items",
        ),
    ] {
        let refused = world.post("checkout/sessions", "k", &body).await.unwrap();
        let error = &refused.json["error"];
        assert!((400..=404).contains(&refused.status), "{body}");
        let said = (error["code"].as_str().unwrap_or_default(), error["param"].as_str().unwrap_or_default());
        assert_eq!(said, (code, param), "{body}");
    }
    assert_eq!(world.get("checkout/sessions").await["data"], json!([]));
}

#[actix_web::test]
async fn a_card_that_is_processing_completes_the_session_and_pays_it_later() {
    for (number, event, status) in [
        ("4000000000009001", "checkout.session.async_payment_succeeded", "paid"),
        ("4000000000009002", "checkout.session.async_payment_failed", "unpaid"),
    ] {
        let mut world = world(0).await;
        let session = world.open("payment", "").await;
        assert_eq!(world.type_card(&session, number).await.location, back(&session));
        let [completed, settled] = world.objects(["checkout.session.completed", event]).await;
        assert_eq!((&completed["payment_status"], &settled["payment_status"]), (&json!("unpaid"), &json!(status)));
    }
}

#[actix_web::test]
async fn the_address_of_the_page_is_the_one_the_sandbox_was_asked_by() {
    let world = world(0).await;
    let url = format!("{}/v1/checkout/sessions", world.cards.base_url());
    let request = world.client.post(url).bearer_auth("sk_test_1").header("host", "cards.example:8092");
    let body = format!("mode=setup&currency=usd&success_url={BACK}");
    let answer = request.header("content-type", "application/x-www-form-urlencoded").body(body).send().await.unwrap();
    let session: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let expected = format!("http://cards.example:8092/c/pay/{}", session["id"].as_str().unwrap());
    assert_eq!(session["url"], expected);
}
