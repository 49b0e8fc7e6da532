//! Ada's evening: she saves a card on the processor's own page, agrees to be charged, and talks longer than her money
//! lasted when she dialled.

use std::time::Duration;

use serde_json::Value;

use crate::chromium::{Browser, Look};
use crate::everywhere::look_at;
use crate::house::{CALLER, House, OWNER};
use crate::pictures::keep_picture;

/// Answers, and hangs up long after the story is over.
const FRIEND: &str = "+1 415 555 1300";
const OWN: &str = "+1 415 555 0100";
/// Seconds that the first money buys for two phones.
const LIMIT: i64 = 20;
/// Where the page shows what is left, and how long the payer has talked.
const LEFT: &str = "document.getElementById('countdown')";
const TALKED: &str = "document.querySelector('#legs tr td:last-child')";

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_saves_a_card_talks_past_zero_and_reads_the_bill() {
    // Money for twenty seconds of two phones.
    let house = House::with_funds("0.20").await;
    let ada = house.visitor(CALLER, Look::default()).await;
    save_a_card(&ada).await;
    agree(&ada).await;
    dial(&ada).await;
    let call = talk_past_zero(&house, &ada).await;
    read_the_bill(&ada, &call).await;
    ada.close().await;
    house.close().await;
}

async fn save_a_card(ada: &Browser) {
    ada.go("/money").await;
    ada.press("a[href='/money/cards/new']").await;
    ada.press("#agree").await;
    ada.press("form[action='/money/cards'] button").await;
    ada.fill("input[name=card_number]", "4242 4242 4242 4242").await;
    assert!(!ada.path().await.starts_with('/'), "the number is typed on another site's page");
    ada.fill("input[name=expiry]", "12/34").await;
    ada.fill("input[name=cvc]", "123").await;
    ada.press("form button").await;
    ada.read("main", "••4242").await;
    assert!(ada.path().await.starts_with("/money/checkouts/"));
}

async fn agree(ada: &Browser) {
    ada.go("/money/recharge").await;
    ada.fill("#amount", "1.00").await;
    ada.press("form[method=get] button").await;
    ada.press("#agreed").await;
    ada.press("form[action='/money/recharge'] button").await;
    ada.read("main", "What you agreed to").await;
}

async fn dial(ada: &Browser) {
    ada.go("/dial").await;
    ada.fill("#own_number", OWN).await;
    ada.fill("#number_1", FRIEND).await;
    ada.read("#quote", "0:20").await;
    ada.read("#quote", "1.00 USD").await;
    keep_picture(ada, "dial").await;
    ada.press("#dial p.buttons button").await;
    ada.see("#countdown").await;
}

/// Pages that move by themselves are looked at while they do, and steered.
async fn look_while_it_runs(house: &House, beside: &Browser) {
    assert_eq!(look_at(beside).await, Vec::<String>::new(), "the page of a running call");
    let owner = house.visitor(OWNER, Look { dark: true, ..Look::default() }).await;
    owner.go("/admin/live").await;
    owner.see("form[action$='/end']").await;
    assert_eq!(look_at(&owner).await, Vec::<String>::new(), "the board with a running call");
    owner.close().await;
    for (button, state) in [("Hold", "on hold"), ("Take off hold", "in the call")] {
        beside.press(&format!("#legs tr:last-child button[aria-label^='{button}:']")).await;
        beside.read("#legs tr:last-child", state).await;
    }
}

/// Longer than the first limit; the page is never reloaded, and another browser sees the same.
async fn talk_past_zero(house: &House, ada: &Browser) -> String {
    let path = ada.path().await;
    ada.run("window.notReloaded = true").await;
    let beside = house.visitor(CALLER, Look { phone: true, ..Look::default() }).await;
    beside.go(&path).await;
    ada.read_within("#lines", "The call may now last", Duration::from_secs(60)).await;
    until(ada, LEFT, LIMIT + 1).await;
    keep_picture(ada, "call").await;
    until(ada, TALKED, LIMIT + 1).await;
    look_while_it_runs(house, &beside).await;
    for browser in [ada, &beside] {
        browser.read("#title", "Talking").await;
        browser.read("#lines", "Topped up 1.00 USD").await;
    }
    assert_eq!(ada.run("return window.notReloaded").await, true);
    beside.press("#hang_up button").await;
    for browser in [ada, &beside] {
        browser.read_within("#title", "Ended", Duration::from_secs(60)).await;
    }
    beside.close().await;
    path
}

/// Waits until a time on the page shows at least so many seconds.
async fn until(ada: &Browser, shown: &str, seconds: i64) {
    let script = format!("return {shown}.textContent.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)");
    let reached = async {
        let mut looks = tokio::time::interval(Duration::from_millis(250));
        while ada.run(&script).await.as_i64() < Some(seconds) {
            looks.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), reached).await.expect("the call's time passes");
}

async fn read_the_bill(ada: &Browser, call: &str) {
    ada.go(&format!("{call}/bill")).await;
    ada.read("main", "North America").await;
    ada.go("/money/charges").await;
    ada.press("main table a").await;
    ada.read("main", "1.00 USD").await;
    let typed = ada.run("return document.body.textContent.includes('4242 4242')").await;
    assert_eq!(typed, Value::Bool(false));
}
