//! Links that start calls, as strangers meet them and as administrators make them.

use chrono::{DateTime, TimeDelta, Utc};

use super::belongings::signed_in;
use super::browser::{Browser, House, LONDON, OWN, Page};
use crate::flows::FlowError;
use crate::flows::call_links::{Made, NewLink, make_call_link, revoke_call_link};
use crate::flows::debit::debit_account;
use crate::storage::calls;

const AGENT: &str = "+14155550142";

/// The end of the address of a link to London, and its id.
async fn link(house: &House, most_calls: i64, made_at: DateTime<Utc>) -> (String, String) {
    let new = NewLink {
        account: house.account.clone(),
        label: "Talk <to> us".to_owned(),
        own_number: AGENT.parse().unwrap(),
        numbers: vec![LONDON.parse().unwrap()],
        most_calls,
        expires_at: made_at + TimeDelta::hours(1),
        request_key: crate::ids::new("req"),
    };
    let rules = house.app.config.rules;
    let made = house.app.db.write(move |tx| make_call_link(tx, &new, "test", &rules, made_at)).await.unwrap();
    let Made::Link { link, token } = made else { panic!("{made:?}") };
    (format!("/click/{token}"), link.id)
}

async fn press(browser: &mut Browser, path: &str) -> Page {
    let key = browser.get(path).await.hidden("key");
    browser.post(path, path, &[("key", &key)]).await
}

async fn calls_of(house: &House) -> Vec<crate::domain::call::Call> {
    let account = house.account.clone();
    house.app.db.read(move |tx| Ok::<_, FlowError>(calls::list(tx, Some(&account), None, 10)?)).await.unwrap()
}

/// What a stranger must not learn.
fn tells_nothing(house: &House, page: &Page) {
    let shown = format!("{} {:?}", page.text, page.headers);
    for word in [&house.account, "ann@example.org", "USD", "10.00", &AGENT[1..9], "7946", "alance", "account", "call_"]
    {
        assert!(!shown.contains(word), "{word}: {shown}");
    }
}

#[actix_web::test]
async fn looking_starts_nothing_and_pressing_once_or_twice_starts_one_call() {
    let house = House::build().await;
    let (path, _) = link(&house, 5, house.app.clock.now()).await;
    let mut stranger = house.browser().await;
    let before = house.lines(None).await;
    let page = stranger.get(&path).await;
    assert!(page.status == 200 && page.text.contains("Talk &#60;to&#62; us"), "{}", page.text);
    assert!(page.text.contains("…42") && page.text.contains("…00"), "{}", page.text);
    tells_nothing(&house, &page);
    assert!(house.lines(None).await == before, "looking changes the books");

    let key = page.hidden("key");
    for _ in 0..2 {
        let pressed = stranger.post(&path, &path, &[("key", &key)]).await;
        assert_eq!(pressed.location(), format!("{path}?call={key}"), "{}", pressed.text);
    }
    let calls = calls_of(&house).await;
    let numbers: Vec<_> = calls.iter().flat_map(|call| &call.legs).map(|leg| leg.number.as_str()).collect();
    assert_eq!((calls.len(), numbers), (1, vec![AGENT, LONDON]));
    let shown = stranger.get(&format!("{path}?call={key}")).await;
    assert!(shown.status == 200 && shown.text.contains("The first phone is ringing"), "{}", shown.text);
    tells_nothing(&house, &shown);
    let mut ann = signed_in(&house, "ann@example.org").await;
    assert!(!ann.get("/dial").await.text.contains("0142"), "the agent's phone is not taken for hers");
}

#[actix_web::test]
async fn one_call_at_a_time_and_no_more_than_the_link_may_start() {
    let house = House::build().await;
    let now = house.app.clock.now();
    let (path, _) = link(&house, 2, now).await;
    let mut stranger = house.browser().await;
    for number in 0..2 {
        let pressed = press(&mut stranger, &path).await;
        assert_eq!(pressed.status, 303, "{number}: {}", pressed.text);
        if number == 0 {
            let busy = press(&mut stranger, &path).await;
            assert!(busy.status == 422 && busy.text.contains("is running"), "{}", busy.text);
        }
        let call = calls_of(&house).await.remove(0).id;
        let end = move |tx: &mut crate::storage::Tx| crate::flows::end_call::end_call(tx, &call, None, now);
        house.app.db.write(end).await.unwrap();
        let over = stranger.get(pressed.location()).await;
        assert!(over.status == 200 && over.text.contains("The call is over"), "also after its end: {}", over.text);
    }
    assert_eq!(calls_of(&house).await.len(), 2);
    let gone = stranger.get(&path).await;
    assert!(gone.status == 410 && gone.text.contains("calls nobody any more"), "{}", gone.text);
    tells_nothing(&house, &gone);
}

#[actix_web::test]
async fn expired_revoked_and_forged_links_start_nothing_and_tell_nothing() {
    let house = House::build().await;
    let now = house.app.clock.now();
    let (good, id) = link(&house, 9, now).await;
    let (expired, _) = link(&house, 9, now - TimeDelta::hours(2)).await;
    let (revoked, of_revoked) = link(&house, 9, now).await;
    house.app.db.write(move |tx| revoke_call_link(tx, &of_revoked, "test", now)).await.unwrap();
    let mut stranger = house.browser().await;
    for path in [&expired, &revoked] {
        let page = stranger.get(path).await;
        assert!(page.status == 410 && !page.text.contains("Talk &#60;"), "{}", page.text);
        assert_eq!(stranger.post("/sign-in", path, &[("key", "req_1")]).await.status, 410);
        tells_nothing(&house, &page);
    }
    let cut = &good[..good.len() - 1];
    let others_secret = format!("/click/{id}_{}", expired.rsplit_once('_').unwrap().1);
    for path in
        [cut, &others_secret, &format!("{good}0"), &format!("/click/{id}"), "/click/_", "/click/%00", "/click/a.b"]
    {
        let page = stranger.get(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert_eq!(stranger.post("/sign-in", path, &[("key", "req_1")]).await.status, 404, "{path}");
        tells_nothing(&house, &page);
    }
    for key in ["req_of_nobody", "%27"] {
        assert_eq!(stranger.get(&format!("{good}?call={key}")).await.status, 404, "{key}");
    }
    assert_eq!(stranger.post(&good, &good, &[]).await.status, 400, "without the key of the page");
    assert!(calls_of(&house).await.is_empty());
}

#[actix_web::test]
async fn why_the_account_cannot_pay_is_not_told_and_trying_often_is_slowed() {
    let house = House::build().await;
    let (account, now) = (house.account.clone(), house.app.clock.now());
    let (path, id) = link(&house, 9, now).await;
    let empty = move |tx: &mut crate::storage::Tx| {
        debit_account(tx, &account, "all", "10".parse().unwrap(), "spent", "test", now)
    };
    house.app.db.write(empty).await.unwrap();
    let mut stranger = house.browser().await;
    let mut statuses = vec![];
    for _ in 0..6 {
        let refused = press(&mut stranger, &path).await;
        tells_nothing(&house, &refused);
        assert!(refused.text.contains("role=\"alert\""), "{}", refused.text);
        statuses.push(refused.status);
    }
    assert_eq!(statuses, [422, 422, 422, 422, 422, 429]);
    let (found, _) = house.app.db.read(move |tx| crate::storage::call_links::find(tx, &id)).await.unwrap().unwrap();
    assert_eq!((found.calls_made, found.last_call), (0, None), "what was refused does not count");
}

#[actix_web::test]
async fn an_administrator_makes_a_link_sees_it_once_and_revokes_it() {
    let house = House::build().await;
    let mut support = signed_in(&house, "support@example.org").await;
    let path = format!("/admin/accounts/{}/links", house.account);
    assert!(support.get(&format!("/admin/accounts/{}", house.account)).await.text.contains(&path));
    let key = support.get(&path).await.hidden("key");
    let fields = [
        ("key", key.as_str()),
        ("label", "Help"),
        ("own_number", OWN),
        ("numbers", LONDON),
        ("most_calls", "3"),
        ("days", "7"),
    ];
    let made = support.post(&path, &path, &fields).await;
    let address = made.text.split("id=\"link\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let link = address.strip_prefix(&house.app.config.public_url).unwrap();
    assert!(made.text.contains(&format!("&lt;a href=\"{address}\"")), "what to put into a page: {}", made.text);
    let again = support.post(&path, &path, &fields).await;
    assert!(again.status == 422 && again.text.contains("sent before") && !again.text.contains(link), "{}", again.text);
    let list = support.get(&path).await;
    assert!(list.text.contains("0 of 3") && !list.text.contains(link.rsplit_once('_').unwrap().1), "{}", list.text);
    assert_eq!(list.text.matches("/revoke\"").count(), 1);

    let mut stranger = house.browser().await;
    assert_eq!(stranger.get(link).await.status, 200);
    let revoke =
        list.text.split("action=\"").find(|rest| rest.contains("/revoke\"")).unwrap().split('"').next().unwrap();
    assert_eq!(support.post(&path, revoke, &[]).await.location(), path);
    assert_eq!(stranger.get(link).await.status, 410);
    let audit =
        signed_in(&house, "owner@example.org").await.get(&format!("/admin/audit?subject={}", house.account)).await;
    assert!(audit.text.contains("make_call_link") && audit.text.contains("revoke_call_link"), "{}", audit.text);

    for (name, value, field) in [
        ("label", "", "label_error"),
        ("own_number", "hello", "own_number_error"),
        ("own_number", "+4930123456", "own_number_error"),
        ("numbers", "", "numbers_error"),
        ("numbers", OWN, "numbers_error"),
        ("most_calls", "0", "most_calls_error"),
        ("days", "0", "days_error"),
    ] {
        let fields = fields.map(|(known, before)| (known, if known == name { value } else { before }));
        let fields = fields.map(|(known, before)| (known, if known == "key" { "req_new" } else { before }));
        let page = support.post(&path, &path, &fields).await;
        assert!(page.status == 422 && page.text.contains(&format!("id=\"{field}\"")), "{name} {value}: {}", page.text);
    }
}
