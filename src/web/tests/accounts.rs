//! What administrators do with accounts.

use super::browser::{Browser, House, LONDON, OWN, PASSWORD, Page};
use crate::flows::open_account::ensure_plan;
use crate::storage::{StorageError, accounts, calls, ledger};

async fn as_role(house: &House, role: &str) -> Browser {
    let mut browser = house.browser().await;
    assert_eq!(browser.sign_in(&format!("{role}@example.org")).await.status, 303);
    browser
}

fn page_of(house: &House) -> String {
    format!("/admin/accounts/{}", house.account)
}

async fn status(house: &House) -> String {
    let id = house.account.clone();
    let found = house.app.db.read(move |tx| accounts::find(tx, &id)).await;
    found.map_err(|error: StorageError| error).unwrap().unwrap().status
}

async fn balance(house: &House) -> String {
    let id = house.account.clone();
    let wallet = house.app.db.read(move |tx| accounts::wallet(tx, &id)).await;
    wallet.map_err(|error: StorageError| error).unwrap().unwrap().posted.to_string()
}

async fn post(browser: &mut Browser, house: &House, what: &str, fields: &[(&str, &str)]) -> Page {
    let page = page_of(house);
    browser.post(&page, &format!("{page}/{what}"), fields).await
}

async fn dial(house: &House) -> Page {
    let mut ann = house.browser().await;
    ann.sign_in("ann@example.org").await;
    ann.post("/dial", "/dial", &[("own_number", OWN), ("number", LONDON)]).await
}

#[actix_web::test]
async fn accounts_are_found_by_what_is_known_of_them() {
    let house = House::build().await;
    dial(&house).await;
    let mut owner = as_role(&house, "owner").await;
    let (ann, bob) = ("ann@example.org", "bob@example.org");
    let by_id = format!("search={}", house.account);
    for (query, found) in [
        ("", [true, true]),
        ("search=ANN%40", [true, false]),
        ("search=an_%40", [false, false]),
        ("search=nn%40exam", [false, false]),
        ("search=nn%40exam&anywhere=yes", [true, false]),
        ("search=example.org&anywhere=yes&status=open", [true, true]),
        ("status=blocked", [false, false]),
        (&by_id, [true, false]),
        ("search=%2B1+415+555+0100", [true, false]),
        ("search=%25&anywhere=yes", [false, false]),
    ] {
        let page = owner.get(&format!("/admin/accounts?{query}")).await;
        let main = page.text.split("<main").nth(1).unwrap();
        assert_eq!([ann, bob].map(|email| main.contains(&format!(">{email}</a>"))), found, "{query}");
    }
}

#[actix_web::test]
async fn a_debit_counts_once_and_never_takes_what_a_call_holds() {
    let house = House::build().await;
    let placed = dial(&house).await;
    assert!(placed.location().starts_with("/calls/"), "{}", placed.text);
    let mut finance = as_role(&house, "finance").await;
    let debit = [("amount", "1.25"), ("reason", "a fee"), ("key", "adj_one")];
    for _ in 0..2 {
        assert_eq!(post(&mut finance, &house, "debit", &debit).await.location(), page_of(&house));
    }
    assert_eq!(balance(&house).await, "8.75");
    let too_much =
        post(&mut finance, &house, "debit", &[("amount", "8.75"), ("reason", "x"), ("key", "adj_two")]).await;
    assert!(too_much.status == 422 && too_much.text.contains("is free"), "{}", too_much.text);
    let other = post(&mut finance, &house, "debit", &[("amount", "2"), ("reason", "x"), ("key", "adj_one")]).await;
    assert!(other.status == 422 && other.text.contains("sent before, for 1.25"), "{}", other.text);
    assert_eq!(balance(&house).await, "8.75");
    let statement = finance.get(&format!("{}/transfers", page_of(&house))).await;
    assert!(statement.text.contains("-1.25") && statement.text.contains("a fee"), "{}", statement.text);
    let file = finance.get(&format!("{}/transfers.csv", page_of(&house))).await;
    assert!(file.text.contains(",-1.25,USD,wallet:"), "{}", file.text);
    let broken = house.app.db.read(ledger::check).await;
    assert!(broken.map_err(|error: StorageError| error).unwrap().is_empty());
}

#[actix_web::test]
async fn blocking_ends_the_running_calls_and_refuses_new_ones_until_it_is_undone() {
    let house = House::build().await;
    let call = dial(&house).await.location().trim_start_matches("/calls/").to_owned();
    let mut support = as_role(&house, "support").await;
    let bare = post(&mut support, &house, "block", &[("reason", "")]).await;
    assert!(bare.status == 422 && bare.text.contains("block_reason_error"));
    assert_eq!(status(&house).await, "open");
    post(&mut support, &house, "block", &[("reason", "fraud")]).await;
    assert_eq!(status(&house).await, "blocked");
    let found = house.app.db.read(move |tx| calls::find(tx, &call)).await;
    assert!(!found.map_err(|error: StorageError| error).unwrap().unwrap().is_running());
    let refused = dial(&house).await;
    assert!(refused.status == 422 && refused.text.contains("closed or blocked"), "{}", refused.text);
    post(&mut support, &house, "unblock", &[("reason", "a mistake")]).await;
    assert_eq!(status(&house).await, "open");
    assert_eq!(dial(&house).await.status, 303);
}

#[actix_web::test]
async fn an_account_with_money_is_closed_only_when_that_is_confirmed_and_then_for_good() {
    let house = House::build().await;
    let mut owner = as_role(&house, "owner").await;
    let refused = post(&mut owner, &house, "close", &[("reason", "left us")]).await;
    assert!(refused.status == 422 && refused.text.contains("balance: 10.00"), "{}", refused.text);
    assert!(refused.text.contains("value=\"left us\""), "what was typed stays");
    assert_eq!(status(&house).await, "open");
    let closed = post(&mut owner, &house, "close", &[("reason", "left us"), ("anyway", "yes")]).await;
    assert_eq!(closed.location(), page_of(&house));
    for what in ["block", "unblock"] {
        assert_eq!(post(&mut owner, &house, what, &[("reason", "x")]).await.status, 422, "{what}");
    }
    assert_eq!(post(&mut owner, &house, "plan", &[("plan", "basic")]).await.status, 422);
    assert_eq!((status(&house).await, balance(&house).await), ("closed".to_owned(), "10.00".to_owned()));
    assert_eq!(dial(&house).await.status, 422);
}

#[actix_web::test]
async fn a_plan_is_changed_only_within_the_accounts_currency() {
    let house = House::build().await;
    let now = house.app.clock.now();
    let plans = house.app.db.write(move |tx| {
        ensure_plan(tx, "better", "USD".parse().unwrap(), true, now)?;
        ensure_plan(tx, "euro", "EUR".parse().unwrap(), true, now)
    });
    plans.await.unwrap();
    let mut support = as_role(&house, "support").await;
    assert_eq!(post(&mut support, &house, "plan", &[("plan", "euro")]).await.status, 422);
    assert_eq!(post(&mut support, &house, "plan", &[("plan", "none")]).await.status, 422);
    assert_eq!(post(&mut support, &house, "plan", &[("plan", "better")]).await.status, 303);
    let page = support.get(&page_of(&house)).await;
    assert!(page.text.contains("<dd>better, in USD</dd>") && !page.text.contains("euro"), "{}", page.text);
}

fn shown(page: &Page) -> String {
    let rest = page.text.split("id=\"password\">").nth(1).expect("a password is shown");
    rest.split('<').next().unwrap().to_owned()
}

#[actix_web::test]
async fn a_new_password_is_shown_once_and_ends_the_sessions_of_the_old_one() {
    let house = House::build().await;
    let mut ann = house.browser().await;
    ann.sign_in("ann@example.org").await;
    let mut support = as_role(&house, "support").await;
    let short = post(&mut support, &house, "password", &[("password", "short")]).await;
    assert!(short.status == 422 && !short.text.contains("short\""), "{}", short.text);
    assert_eq!(ann.get("/").await.status, 200);
    let made = shown(&post(&mut support, &house, "password", &[("password", "")]).await);
    assert_eq!(ann.get("/").await.location(), "/sign-in");
    assert!(!support.get(&page_of(&house)).await.text.contains(&made));
    assert_eq!(ann.sign_in("ann@example.org").await.status, 422);
    let form = [("email", "ann@example.org"), ("password", made.as_str())];
    assert_eq!(ann.post("/sign-in", "/sign-in", &form).await.status, 303);
}

#[actix_web::test]
async fn an_account_is_opened_with_its_plans_currency_and_somebody_to_sign_in() {
    let house = House::build().await;
    let mut support = as_role(&house, "support").await;
    let form = "/admin/accounts/new";
    let opened =
        |email: &'static str| [("email", email), ("plan", "basic"), ("sign_in", "yes"), ("password", PASSWORD)];
    let page = support.post(form, "/admin/accounts", &opened(" Cleo@Example.org")).await;
    assert!(page.location().starts_with("/admin/accounts/acc_"), "{}", page.text);
    assert!(support.get(page.location()).await.text.contains("basic, in USD"));
    assert_eq!(house.browser().await.sign_in("cleo@example.org").await.location(), "/");
    for taken in ["cleo@example.org", "viewer@example.org", "nobody"] {
        let refused = support.post(form, "/admin/accounts", &opened(taken)).await;
        assert!(refused.status == 422 && refused.text.contains("email_error"), "{taken}");
    }
    let bare = support.post(form, "/admin/accounts", &[("email", "dan@example.org"), ("plan", "basic")]).await;
    let place = bare.location().to_owned();
    assert!(support.get(&place).await.text.contains("Nobody signs in"));
    let made = shown(&support.post(&place, &format!("{place}/password"), &[]).await);
    let form = [("email", "dan@example.org"), ("password", made.as_str())];
    assert_eq!(house.browser().await.post("/sign-in", "/sign-in", &form).await.status, 303);
}
