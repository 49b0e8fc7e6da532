//! A person at the hosted page, with a plain browser: cards are saved and payments made, declined cards and banks that
//! ask leave the session open, and nobody else can end up paying.

use serde_json::{Value, json};

use super::tests::{World, world};

pub(super) const BACK: &str = "https://shop.example/back?s={CHECKOUT_SESSION_ID}";
const CANCEL: &str = "https://shop.example/cart?a=1&b=2";

/// What the browser was answered: the status, where to, and the page.
pub(super) struct Seen {
    pub status: u16,
    pub location: String,
    pub page: String,
}

impl World {
    async fn customer(&self) -> String {
        let made = self.post("customers", "c", "email=ada@example.com&metadata[wallet]=w_1").await.unwrap();
        made.json["id"].as_str().unwrap().to_owned()
    }

    /// A session in this mode, with these parameters besides the usual ones.
    pub(super) async fn open(&self, mode: &str, more: &str) -> Value {
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

    pub(super) async fn session(&self, session: &Value) -> Value {
        let id = session["id"].as_str().unwrap();
        self.get(&format!("checkout/sessions/{id}?expand[0]=payment_intent&expand[1]=setup_intent.payment_method"))
            .await
    }

    pub(super) async fn browse(&self, url: &str, form: Option<&str>) -> Seen {
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

    pub(super) async fn type_card(&self, session: &Value, number: &str) -> Seen {
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
    for meddling in ["cancel", "confirm"] {
        let path = format!("payment_intents/{intent}/{meddling}");
        assert_eq!(world.post(&path, meddling, "").await.unwrap().status, 400, "it is paid at the page or not at all");
    }
    let card = format!("payment_intents/{intent}/confirm");
    assert_eq!(world.post(&card, "card", "payment_method=pm_card_visa").await.unwrap().status, 400);
    assert_eq!(world.cards.charges(), []);
    assert_eq!(world.type_card(&session, "5555555555554444").await.status, 303);
    assert_eq!(world.session(&session).await["payment_intent"]["id"], intent, "one intent for all cards");
    let saving = world.open("setup", "").await;
    let card = format!("setup_intents/{}/confirm", saving["setup_intent"].as_str().unwrap());
    assert_eq!(world.post(&card, "save", "payment_method=pm_card_visa").await.unwrap().status, 400);
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
