//! What a caller finds again: the first page, the history, its download, and the bill of each call.

use chrono::{DateTime, TimeDelta, Utc};

use super::browser::{Browser, House, LONDON, OWN};
use crate::domain::call::instruction::Asked;
use crate::domain::call::machine::MachineChoice;
use crate::domain::call::progress::Event;
use crate::domain::call::{LegEnd, LegProgress};
use crate::domain::recharge::Agreement;
use crate::domain::recharge::pause::PauseReason;
use crate::domain::refused::Way;
use crate::flows::FlowError;
use crate::flows::agreement::{agree_to_recharge, pause_recharge};
use crate::flows::instruct_leg::{Question, instruct_leg};
use crate::flows::place_call::{DialRequest, Placed, place_call};
use crate::flows::report::{Message, leg_reported};
use crate::flows::save_card::{Saved, SavedCard, save_card};
use crate::storage::agreements::Consent;
use crate::storage::{Tx, calls};

const FRISCO: &str = "+14155550177";

/// A call of ann's that everybody answers.
pub(super) async fn talk(house: &House, number: &str, at: DateTime<Utc>) -> String {
    let (forms, rules) = (house.app.forms.clone(), house.app.config.rules);
    let request = DialRequest {
        way: Way::Page,
        whisper: None,
        record: None,
        machine: MachineChoice::default(),
        account: house.account.clone(),
        own_number: OWN.parse().unwrap(),
        numbers: vec![number.parse().unwrap()],
        request_key: format!("{number} {at}"),
    };
    let work = move |tx: &mut Tx| {
        let placed = place_call(tx, &request, &forms, &rules, at)?;
        let Placed::Call { id, .. } = placed else { panic!("{placed:?}") };
        for leg in calls::find(tx, &id)?.unwrap().legs {
            let (message, sid) = (format!("m-{}", leg.id), format!("CA-{}", leg.id));
            leg_reported(tx, &leg.id, &Event::Named { leg: leg.id.clone(), call_sid: sid.clone() }, None, at)?;
            let message = Message { source: "test", id: message, path: String::new(), body: vec![] };
            let question = Question { leg: leg.id, call_sid: sid, asked: Asked::ForInstructions, verdict: None };
            instruct_leg(tx, &question, &message, &rules.timing, at)?;
        }
        Ok::<_, FlowError>(id)
    };
    house.app.db.write(work).await.unwrap()
}

/// Everybody has hung up after so many seconds, by the carrier's count.
pub(super) async fn end(house: &House, call: &str, seconds: i64, at: DateTime<Utc>) {
    let call = call.to_owned();
    let work = move |tx: &mut Tx| {
        for leg in calls::find(tx, &call)?.unwrap().legs {
            let progress = LegProgress::Ended(LegEnd::Completed { seconds });
            let ended = Event::Progress { leg: leg.id.clone(), call_sid: format!("CA-{}", leg.id), progress };
            leg_reported(tx, &leg.id, &ended, None, at)?;
        }
        Ok::<_, FlowError>(())
    };
    house.app.db.write(work).await.unwrap();
}

async fn ann(house: &House) -> Browser {
    let mut browser = house.browser().await;
    browser.sign_in("ann@example.org").await;
    browser
}

/// The first moment of a day so many days from now.
fn day(house: &House, days: i64) -> DateTime<Utc> {
    let day = (house.app.clock.now() + TimeDelta::days(days)).date_naive();
    day.and_time(chrono::NaiveTime::MIN).and_utc()
}

#[actix_web::test]
async fn a_bill_says_for_each_phone_what_the_ledger_took() {
    let house = House::build().await;
    let now = house.app.clock.now();
    let call = talk(&house, LONDON, now).await;
    let mut browser = ann(&house).await;
    let bill = format!("/calls/{call}/bill");
    let page = browser.get(&bill).await;
    assert!(page.text.contains("not over yet") && !page.text.contains("Both agree"), "{}", page.text);
    assert!(page.text.contains("Held when it was dialled"), "{}", page.text);

    // Sixteen seconds longer than the four hours that the carrier allows.
    end(&house, &call, 14_416, now + TimeDelta::seconds(14_416)).await;
    let page = browser.get(&bill).await;
    for shown in [
        "+44 20 7946 0000",
        "4:00:00",
        "and 0:16 not billed",
        "0.02 USD a minute",
        "0.05 USD to connect",
        "4.85 USD",
        "2.40 USD",
        "Taken from the balance by the ledger: 7.25 USD. Both agree.",
        "Released, not needed",
    ] {
        let escaped = shown.replace('+', "&#43;");
        assert!(page.text.contains(shown) || page.text.contains(&escaped), "{shown}: {}", page.text);
    }
    assert!(browser.get("/calls").await.text.contains(&bill));
    assert!(browser.get(&format!("/calls/{call}")).await.text.contains(&bill));
    assert!(browser.get("/").await.text.contains("2.75 USD"), "what is left");
}

#[actix_web::test]
async fn a_bill_is_its_owners_and_of_those_who_may_see_calls() {
    let house = House::build().await;
    let now = house.app.clock.now();
    let call = talk(&house, LONDON, now).await;
    end(&house, &call, 61, now).await;
    let people = [("ann", 200), ("bob", 404), ("viewer", 404), ("owner", 200)];
    for (name, status) in people {
        let mut browser = house.browser().await;
        browser.sign_in(&format!("{name}@example.org")).await;
        assert_eq!(browser.get(&format!("/calls/{call}/bill")).await.status, status, "{name}");
    }
    let mut browser = ann(&house).await;
    for id in ["call_none", "%00", "a-b"] {
        assert_eq!(browser.get(&format!("/calls/{id}/bill")).await.status, 404, "{id}");
    }
}

#[actix_web::test]
async fn the_history_is_filtered_by_days_and_numbers() {
    let house = House::build().await;
    let mut ids = vec![];
    for (number, days) in [(LONDON, 1), (FRISCO, 2), (LONDON, 3)] {
        let at = day(&house, days);
        let call = talk(&house, number, at).await;
        end(&house, &call, 30, at + TimeDelta::seconds(30)).await;
        ids.push(call);
    }
    let mut browser = ann(&house).await;
    let text = |days| day(&house, days).date_naive().to_string();
    for (query, expected) in [
        (String::new(), vec![2, 1, 0]),
        (format!("?from={}", text(2)), vec![2, 1]),
        (format!("?from={}&to={}", text(2), text(2)), vec![1]),
        (format!("?to={}", text(1)), vec![0]),
        ("?number=%2B44+20".to_owned(), vec![2, 0]),
        ("?number=011+44+20+7946+0000".to_owned(), vec![2, 0]),
        ("?number=%28415%29+555-0177".to_owned(), vec![1]),
        ("?number=415".to_owned(), vec![2, 1, 0]),
        ("?number=33".to_owned(), vec![]),
        (format!("?number=44&from={}", text(2)), vec![2]),
        (format!("?after={}", ids[2]), vec![1, 0]),
        (format!("?number=44&after={}", ids[2]), vec![0]),
        ("?after=call_none".to_owned(), vec![]),
    ] {
        let page = browser.get(&format!("/calls{query}")).await;
        let places =
            ids.iter().enumerate().filter_map(|(n, id)| Some((page.text.find(&format!("\"/calls/{id}\""))?, n)));
        let mut places: Vec<_> = places.collect();
        places.sort_unstable();
        let found: Vec<_> = places.into_iter().map(|(_, n)| n).collect();
        assert_eq!((page.status, found), (200, expected), "{query}");
    }
    for (query, error) in
        [("?from=soon", "from_error"), ("?from=2026-02-02&to=2026-02-01", "to_error"), ("?number=x", "number_error")]
    {
        let page = browser.get(&format!("/calls{query}")).await;
        assert!(page.status == 422 && page.text.contains(&format!("id=\"{error}\"")), "{query}: {}", page.text);
        assert_eq!(browser.get(&format!("/calls.csv{query}")).await.status, 400);
    }
    let mut bob = house.browser().await;
    bob.sign_in("bob@example.org").await;
    assert!(bob.get("/calls?number=44").await.text.contains("No calls are like that"));
    assert_eq!(bob.get("/calls.csv").await.text.lines().count(), 1);
}

#[actix_web::test]
async fn the_download_has_a_row_for_each_leg_of_the_calls_asked_for() {
    let house = House::build().await;
    let at = day(&house, 1);
    let call = talk(&house, LONDON, at).await;
    end(&house, &call, 61, at + TimeDelta::seconds(61)).await;
    talk(&house, FRISCO, day(&house, 2)).await;
    let mut browser = ann(&house).await;
    let file = browser.get("/calls.csv?number=44").await;
    assert_eq!(file.headers.get("content-type").unwrap(), "text/csv; charset=utf-8");
    assert_eq!(file.headers.get("content-disposition").unwrap(), "attachment; filename=\"calls.csv\"");
    let started = at.format("%Y-%m-%dT%H:%M:%SZ");
    let expected = format!(
        "call,started,number,destination,seconds,billed_seconds,rate_per_minute,fee,amount,currency\n\
         {call},{started},{OWN},San Francisco,61,61,0.01,0.00,0.010167,USD\n\
         {call},{started},{LONDON},London,61,61,0.02,0.05,0.070334,USD\n"
    );
    assert_eq!(file.text, expected);
    let all = browser.get("/calls.csv").await;
    assert_eq!(all.text.lines().count(), 5);
    assert!(all.text.contains(",San Francisco,,,0.01,0.00,,USD"), "what is not over costs nothing yet: {}", all.text);
}

#[actix_web::test]
async fn the_first_page_says_whom_the_balance_reaches_and_for_how_long() {
    let house = House::build().await;
    let mut browser = ann(&house).await;
    assert!(!browser.get("/").await.text.contains("Time it buys"), "nobody was dialled yet");
    let now = house.app.clock.now();
    for (number, minutes) in [(FRISCO, 1), (LONDON, 2), (LONDON, 3)] {
        let at = now + TimeDelta::minutes(minutes);
        let call = talk(&house, number, at).await;
        end(&house, &call, 14_400, at).await;
        house.credit("7").await;
    }
    let page = browser.get("/").await;
    let reached = page.text.split("Time it buys").nth(1).unwrap().split("Recent calls").next().unwrap();
    let (london, frisco) = (reached.find("7946 0000").unwrap(), reached.find("555-0177").unwrap());
    assert!(london < frisco, "the most dialled first");
    for shown in ["United Kingdom", "🇬🇧", "0.03 USD a minute", "/dial?number=%2B442079460000", "4:00:00 or more"]
    {
        assert!(reached.contains(shown), "{shown}: {reached}");
    }
    let call = talk(&house, LONDON, now + TimeDelta::minutes(4)).await;
    let page = browser.get("/").await;
    let top = page.text.split("Time it buys").next().unwrap();
    assert!(top.contains(&format!("/calls/{call}")) && top.contains("7.25 USD held"), "{top}");
    assert!(top.contains("/money/recharge") && top.contains("Automatic recharge is off"), "{top}");
}

#[actix_web::test]
async fn how_the_recharge_stands_is_said_before_and_while_dialling() {
    let house = House::build().await;
    let mut browser = ann(&house).await;
    house.agree().await;
    let home = browser.get("/").await;
    assert!(home.text.contains("on: 10.00 USD from Visa ••4242 when a call needs it"), "{}", home.text);
    let form = [("own_number", OWN), ("number", "+442079460001")];
    house.spend_to("0.50").await;
    let quote = browser.post("/dial", "/dial/quote", &form).await;
    // Half a unit less the fee, at three hundredths a minute.
    assert!(quote.text.contains("You can talk for <strong class=\"talk\">15:00</strong>"), "{}", quote.text);
    assert!(quote.text.contains("then 10.00 USD is charged to Visa ••4242 and the call goes on"), "{}", quote.text);
    house.pause(PauseReason::CustomerNeeded).await;
    let home = browser.get("/").await;
    assert!(home.text.contains("paused because your bank wants you to confirm"), "{}", home.text);
    let quote = browser.post("/dial", "/dial/quote", &form).await;
    assert!(quote.text.contains("then the call ends, since"), "{}", quote.text);
}

impl House {
    async fn credit(&self, amount: &str) {
        let (account, amount, now) = (self.account.clone(), amount.parse().unwrap(), self.app.clock.now());
        let key = crate::ids::new("key");
        let work =
            move |tx: &mut Tx| crate::flows::credit::credit_account(tx, &account, &key, amount, "more", "test", now);
        self.app.db.write(work).await.unwrap();
    }

    /// Calls until so much is left.
    async fn spend_to(&self, left: &str) {
        let (account, left) = (self.account.clone(), left.parse::<crate::domain::money::Money>().unwrap());
        let work = move |tx: &mut Tx| {
            let wallet = crate::storage::accounts::wallet(tx, &account)?.unwrap();
            let held = wallet.posted - left;
            let crate::domain::wallet::Reserve::Reserved(wallet) = wallet.reserve(held) else { panic!() };
            crate::storage::accounts::save_wallet(tx, &account, &wallet)?;
            Ok::<_, FlowError>(())
        };
        self.app.db.write(work).await.unwrap();
    }

    async fn agree(&self) {
        let (account, now) = (self.account.clone(), self.app.clock.now());
        let processor = self.app.processors.chosen().name();
        let work = move |tx: &mut Tx| {
            let card = SavedCard {
                processor,
                customer_ref: "cus_1".to_owned(),
                method_ref: "pm_1".to_owned(),
                label: "Visa ••4242".to_owned(),
                expires: None,
            };
            assert_eq!(save_card(tx, &account, &card, "test", now)?, Saved::Now);
            let amount = "10".parse().unwrap();
            let agreement = Agreement::of(amount);
            let consent =
                Consent { text: "I agree.".to_owned(), version: "1".to_owned(), at: now, from: "here".to_owned() };
            agree_to_recharge(tx, &account, &agreement, &consent, "test", now)
        };
        self.app.db.write(work).await.unwrap();
    }

    async fn pause(&self, because: PauseReason) {
        let (account, now) = (self.account.clone(), self.app.clock.now());
        self.app.db.write(move |tx| pause_recharge(tx, &account, because, now)).await.unwrap();
    }
}
