//! The owner's day: rates come in, first with mistakes.

use std::io::Write;

use serde_json::json;

use crate::chromium::{Browser, Look};
use crate::house::{House, OWNER};
use crate::pictures::keep_picture;

#[tokio::test(flavor = "multi_thread")]
async fn a_deck_with_three_bad_lines_shows_exactly_those_three_and_a_good_one_is_taken() {
    let house = House::with_funds("1.00").await;
    let browser = house.visitor(OWNER, Look::default()).await;
    upload(
        &browser,
        "prefix,price_per_minute,destination\n1,0.30,US\nabc,0.02,X\n33,-1,France\n44,0.70,UK\n34,x,Spain\n",
    )
    .await;
    browser.read("main", "3 lines are bad. Nothing was imported.").await;
    let script = "return [...document.querySelectorAll('#bad_lines tbody tr')].map((row) => row.cells[0].textContent + ' ' + row.cells[1].textContent)";
    let bad = browser.run(script).await;
    assert_eq!(bad, json!(["3 prefix", "4 price_per_minute", "6 price_per_minute"]));

    upload(&browser, "prefix,price_per_minute,destination\n1,0.30,US\n44,0.70,UK\n34,0.10,Spain\n").await;
    browser.read("main", "Biggest rises").await;
    browser.read("main", "+16.7 %").await;
    browser.press("form[action$='/import'] button").await;
    browser.read("main", "3 rates, in effect from").await;
    browser.press("main a[href^='/admin/plans/']").await;
    browser.read("main table", "in effect").await;
    browser.fill("#number", "+34911234567").await;
    browser.fill("#seconds", "90").await;
    browser.press("main form button").await;
    browser.read("#answer", "0.15 USD").await;
    browser.close().await;
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dashboard_draws_a_month_and_lists_its_numbers() {
    let house = House::with_books().await;
    let owner = house.visitor(OWNER, Look::default()).await;
    owner.go("/admin?period=month").await;
    owner.see("svg").await;
    keep_picture(&owner, "dashboard").await;
    let figures = owner
        .run("return [...document.querySelectorAll('svg[role=img]')].map((svg) => svg.getBoundingClientRect().width > 200)")
        .await;
    assert_eq!(figures, json!([true, true, true, true, true, true]));
    let tables = owner.run("return document.querySelectorAll('main details table').length").await;
    assert_eq!(tables, 6);
    owner.close().await;
    house.close().await;
}

async fn upload(browser: &Browser, csv: &str) {
    let mut file = tempfile::Builder::new().suffix(".csv").tempfile().expect("a file");
    file.write_all(csv.as_bytes()).expect("it can be written");
    browser.go("/admin/decks").await;
    let input = browser.see("#deck").await;
    input.send_keys(&file.path().display().to_string()).await.expect("a file can be chosen");
    browser.press("#upload button").await;
    // The browser reads the file when it sends it.
    browser.read("main h1", "").await;
    browser
        .client
        .wait()
        .for_element(fantoccini::Locator::Css("#bad_lines, form[action$='/import']"))
        .await
        .expect("an answer");
}
