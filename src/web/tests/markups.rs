//! A plan that follows another's deck, conversions of currencies, and warnings where a deck loses money.

use super::browser::{Browser, House};

async fn owner(house: &House) -> Browser {
    let mut browser = house.browser().await;
    browser.sign_in("owner@example.org").await;
    browser
}

async fn page_of(browser: &mut Browser, plan: &str) -> String {
    let decks = browser.get("/admin/decks").await.text;
    let before = decks.split(&format!("\">{plan}</a>")).next().unwrap();
    format!("/admin/plans/{}", before.rsplit("/admin/plans/").next().unwrap())
}

#[actix_web::test]
async fn a_plan_follows_a_cost_deck_once_its_currency_can_be_told() {
    let house = House::build().await;
    let mut browser = owner(&house).await;
    browser.post("/admin/decks", "/admin/plans", &[("name", "carrier"), ("currency", "EUR")]).await;
    let plan = page_of(&mut browser, "basic").await;
    let form = format!("{plan}/markup");
    assert!(browser.get(&form).await.text.contains("<option value=\"carrier\">carrier, in EUR</option>"));
    let bad = browser
        .post(
            &form,
            &form,
            &[
                ("cost_plan", "carrier"),
                ("percent", "-1"),
                ("per_minute", "0"),
                ("price_step", "0.01"),
                ("per_call", "0"),
                ("fee_step", "0.01"),
            ],
        )
        .await;
    assert_eq!(bad.status, 422);
    assert!(bad.text.contains("This is a percentage from 0 to 1000"), "{}", bad.text);
    let good = browser
        .post(
            &form,
            &form,
            &[
                ("cost_plan", "carrier"),
                ("percent", "20"),
                ("per_minute", "0"),
                ("price_step", "0.01"),
                ("per_call", "0"),
                ("fee_step", "0.01"),
            ],
        )
        .await;
    assert_eq!(good.location(), plan);
    let page = browser.get(&plan).await.text;
    assert!(
        page.contains("cost what carrier asks and 20 % more, up to the next 0.01, fees up to the next 0.01"),
        "{page}"
    );
    assert!(page.contains("there is no conversion from EUR to USD; add one"), "{page}");

    let typed = [("from", "eur"), ("to", "usd"), ("rate", "nothing")];
    let bad = browser.post("/admin/conversions", "/admin/conversions", &typed).await;
    assert!(bad.status == 422 && bad.text.contains("is not a number above 0"), "{}", bad.text);
    let typed = [("from", "eur"), ("to", "usd"), ("rate", "1.1")];
    assert_eq!(browser.post("/admin/conversions", "/admin/conversions", &typed).await.location(), "/admin/conversions");
    assert!(browser.get("/admin/conversions").await.text.contains("1.1 USD"));
    assert!(!browser.get(&plan).await.text.contains("there is no conversion"));
}

#[actix_web::test]
async fn a_deck_by_the_second_is_warned_of_before_it_counts() {
    let house = House::build().await;
    let mut browser = owner(&house).await;
    browser.post("/admin/decks", "/admin/plans", &[("name", "carrier"), ("currency", "USD")]).await;
    let draft = browser.upload("basic", b"prefix,price_per_minute\n1,0.03\n").await.location().to_owned();
    let unknown = browser.get(&format!("{draft}?cost=nobody")).await;
    assert!(unknown.text.contains("There is no plan of this name."), "{}", unknown.text);
    let nothing = browser.get(&format!("{draft}?cost=carrier")).await.text;
    assert!(nothing.contains("None of 0 rates loses money at any duration. Of 1 the cost is not known."), "{nothing}");
    let plan = page_of(&mut browser, "basic").await;
    let same = browser.get(&format!("{plan}?cost=basic")).await.text;
    // A plan against its own prices: what the conference costs is lost, and the begun minute.
    assert!(same.contains("2 of 2 rates lose money at some duration."), "{same}");
    for part in ["Left at 1 s", "Left at 61 s", "<td>1415</td>"] {
        assert!(same.contains(part), "{part}: {same}");
    }
}
