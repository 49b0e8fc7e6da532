//! A browser without scripts: everything works that does not move by itself.

use crate::chromium::Look;
use crate::house::{CALLER, House};

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_dials_and_hangs_up_without_scripts() {
    let house = House::with_funds("5.00").await;
    let ada = house.visitor(CALLER, Look { without_scripts: true, ..Look::default() }).await;
    ada.go("/dial").await;
    ada.fill("#own_number", "+14155550100").await;
    ada.fill("#number_1", "+14155551300").await;
    ada.press("button[formaction='/dial/quote']").await;
    ada.read("#quote", "0.60 USD").await;
    ada.press("#dial p.buttons button:first-child").await;
    // The page loads itself again until the call has got further.
    ada.read("#title", "Talking").await;
    ada.press("#hang_up button").await;
    ada.read("#title", "Ended").await;
    ada.go("/money").await;
    ada.fill("#amount", "10").await;
    ada.press("form[action='/money/top-up'] button").await;
    ada.fill("input[name=card_number]", "4242424242424242").await;
    ada.fill("input[name=expiry]", "12/34").await;
    ada.fill("input[name=cvc]", "123").await;
    ada.press("form button").await;
    ada.read("main", "10.00 USD").await;
    ada.close().await;
    house.close().await;
}
