//! The dashboard: who sees it, what it counts, and that its drawings are for everybody.

use chrono::TimeDelta;

use super::browser::House;
use crate::domain::figures::{Tally, hour_of};
use crate::flows::figures::{Answered, add_webhooks};

#[actix_web::test]
async fn administrators_begin_at_the_dashboard_and_callers_never_see_it() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    assert_eq!(browser.get("/admin").await.location(), "/sign-in");
    browser.sign_in("viewer@example.org").await;
    assert_eq!(browser.get("/").await.location(), "/admin");
    assert_eq!(browser.get("/admin").await.status, 200);
    let mut caller = house.browser().await;
    caller.sign_in("ann@example.org").await;
    assert_eq!(caller.get("/admin").await.status, 403);
}

#[actix_web::test]
async fn every_period_has_its_drawings_with_words_and_numbers() {
    let house = House::build().await;
    let mut tally = Tally::default();
    tally.note(20_000);
    let hour = hour_of(house.app.clock.now() - TimeDelta::minutes(1));
    let part = Answered { hour, sender: "twilio", tally };
    house.app.db.write(move |tx| add_webhooks(tx, &[part])).await.unwrap();
    let mut browser = house.browser().await;
    browser.sign_in("owner@example.org").await;
    for (period, name) in [("today", "Today"), ("week", "7 days"), ("month", "30 days")] {
        let page = browser.get(&format!("/admin?period={period}")).await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains(&format!("aria-current=\"page\">{name}</a>")), "{period}");
        let drawings = page.text.matches("role=\"img\"").count();
        assert!(drawings >= 5, "{period}: {drawings}");
        for word in ["<title id=", "<desc id=", "<details>"] {
            assert_eq!(page.text.matches(word).count(), drawings, "{period}: {word}");
        }
        assert!(!page.text.contains("style="), "what is drawn needs no inline style");
        assert!(page.text.contains("twilio, 95 %"), "{}", page.text);
    }
    assert_eq!(browser.get("/admin?period=ever").await.location(), "/admin");
}
