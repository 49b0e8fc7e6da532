//! Phones that call and press digits, over the carrier's own addresses and its page.

use super::*;

const OWNED: &str = "+15005550900";

#[tokio::test]
async fn somebody_calls_an_owned_number_and_presses_digits_over_http() {
    let (clock, busy) = Clock::stepped(noon());
    let customer = Customer::open(&clock);
    let (carrier, api) = open(&clock).await;
    let voice = format!("{}/menu", customer.url);
    let (status, number) =
        api.post("/IncomingPhoneNumbers.json", &[("PhoneNumber", OWNED), ("VoiceUrl", &voice)]).await.unwrap();
    assert_eq!((status, number["voice_url"].as_str()), (201, Some(voice.as_str())));
    let at = |path: &str| format!("{}/_sandbox{path}", carrier.base_url());
    let send = |path: &str, body: &'static str| {
        api.client.post(at(path)).header("Content-Type", "application/json").body(body).send()
    };
    let called = send("/calls", r#"{"to": "+15005550900"}"#).await.unwrap();
    assert_eq!(called.status().as_u16(), 201);
    let called: Value = serde_json::from_slice(&called.bytes().await.unwrap()).unwrap();
    let sid = called["sid"].as_str().unwrap();
    assert_eq!((called["direction"].as_str(), called["from"].as_str()), (Some("inbound"), Some("anonymous")));
    let pressed = send(&format!("/calls/{sid}/press"), r#"{"digits": "1w2#", "after_seconds": 3}"#);
    let alarm = clock.sleep_until(noon() + TimeDelta::milliseconds(100));
    drop(busy);
    let busy = alarm.await;
    assert_eq!(pressed.await.unwrap().status().as_u16(), 204);
    let alarm = clock.sleep_until(noon() + TimeDelta::seconds(5));
    drop(busy);
    let _busy = alarm.await;
    let asked = customer.asked("/digits");
    assert_eq!(asked[0].at, noon() + TimeDelta::milliseconds(3_100 + 600), "after the last key");
    assert!(asked[0].form.contains(&("Digits".to_owned(), "12".to_owned())));
    assert_eq!(send("/calls", r#"{"to": "+15005550901"}"#).await.unwrap().status().as_u16(), 400, "nobody's number");
    let (_, call) = api.get(&format!("/Calls/{sid}.json")).await;
    assert_eq!((call["direction"].as_str(), &call["phone_number_sid"]), (Some("inbound"), &number["sid"]));
    carrier.stop().await;
}

#[tokio::test]
async fn the_phones_page_lets_a_person_call_a_number_and_press_its_keys() {
    let (clock, busy) = Clock::stepped(noon());
    let customer = Customer::open(&clock);
    let (carrier, api) = open(&clock).await;
    carrier.own_number(OWNED, &format!("{}/menu", customer.url));
    let at = |path: &str| format!("{}{path}", carrier.base_url());
    let form = api.client.get(at("/phones/call")).send().await.unwrap().text().await.unwrap();
    assert!(form.contains(&format!("<option>{OWNED}</option>")));
    let post = |path: &str, body: &'static str| {
        api.client.post(at(path)).header("Content-Type", "application/x-www-form-urlencoded").body(body).send()
    };
    post("/phones/call", "from=%2B15005550123&to=%2B15005550900").await.unwrap();
    let alarm = clock.sleep_until(noon() + TimeDelta::seconds(1));
    drop(busy);
    let busy = alarm.await;
    let sid = carrier.calls()[0].sid.clone();
    let keys = format!("/phones/{sid}/keys");
    let page = api.client.get(at("/phones")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("calls +15005550900") && page.contains(&format!("action=\"{keys}\"")), "{page}");
    for key in ["digit=7", "digit=%23"] {
        assert_eq!(post(&keys, key).await.unwrap().status().as_u16(), 200);
    }
    let alarm = clock.sleep_until(noon() + TimeDelta::seconds(2));
    drop(busy);
    let _busy = alarm.await;
    assert!(customer.asked("/digits")[0].form.contains(&("Digits".to_owned(), "7".to_owned())));
    carrier.stop().await;
}
