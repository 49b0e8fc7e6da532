//! Who is in the story: an administrator, a caller with a good card and one with a bad one.

use super::{Demo, DemoError};
use crate::domain::recharge::Agreement;
use crate::flows::agreement::agree_to_recharge;
use crate::flows::credit::credit_account;
use crate::flows::import_deck::{DeckUpload, import_deck};
use crate::flows::open_account::{Opened, add_user, ensure_plan, open_account};
use crate::flows::save_card::{SavedCard, save_card};
use crate::ids;
use crate::storage::agreements::Consent;
use crate::web::auth::password;
use crate::wire::{HttpRequest, HttpResponse, Method};

/// Half a cent a second, for both phones of a call: 0.40 lasts for 40 seconds.
const DECK: &str = "prefix,price_per_minute,destination\n1,0.30,North America\n";
const PLAN: &str = "demo";
const CURRENCY: &str = "USD";
const FUNDS: &str = "0.40";
const RECHARGE: &str = "1.00";

/// Somebody who can sign in; callers have an account.
pub struct Person {
    pub email: &'static str,
    pub password: String,
    pub account: Option<String>,
}

pub struct People {
    pub administrator: Person,
    /// Her card is good.
    pub alice: Person,
    /// His card is declined whenever it is charged.
    pub bob: Person,
}

pub async fn people(demo: &Demo) -> Result<People, DemoError> {
    plan(demo).await?;
    Ok(People {
        administrator: person(demo, "admin@example.com", "owner", None).await?,
        alice: caller(demo, "alice@example.com", "pm_card_visa").await?,
        bob: caller(demo, "bob@example.com", "pm_card_chargeCustomerFail").await?,
    })
}

async fn plan(demo: &Demo) -> Result<(), DemoError> {
    let now = demo.service.app.clock.now();
    let upload = DeckUpload {
        plan_name: PLAN.to_owned(),
        csv: DECK.as_bytes().to_vec(),
        effective_from: None,
        actor: "demo".to_owned(),
        dry_run: false,
    };
    let currency = CURRENCY.parse().expect("it is one");
    let imported = demo.service.app.db.write(move |tx| {
        ensure_plan(tx, PLAN, currency, false, now)?;
        import_deck(tx, &upload, now)
    });
    imported.await?;
    Ok(())
}

async fn person(
    demo: &Demo,
    email: &'static str,
    role: &'static str,
    account: Option<String>,
) -> Result<Person, DemoError> {
    let password = ids::secret()[..10].to_owned();
    let (hash, now, of) = (password::hash(&password), demo.service.app.clock.now(), account.clone());
    demo.service.app.db.write(move |tx| add_user(tx, email, hash, role, of, "demo", now)).await?;
    Ok(Person { email, password, account })
}

async fn caller(demo: &Demo, email: &'static str, card: &'static str) -> Result<Person, DemoError> {
    let now = demo.service.app.clock.now();
    let card = SavedCard {
        processor: "stripe",
        customer_ref: make_customer(demo, email).await?,
        method_ref: card.to_owned(),
        label: "test card".to_owned(),
    };
    let agreement = Agreement::of(RECHARGE.parse().expect("an amount"));
    let consent = Consent {
        text: "The demo agrees for everybody in it.".to_owned(),
        version: "demo".to_owned(),
        at: now,
        from: "demo".to_owned(),
    };
    let account = demo.service.app.db.write(move |tx| {
        let opened = open_account(tx, email, CURRENCY.parse().expect("it is one"), PLAN, "demo", now)?;
        let Opened::Account(account) = opened else { unreachable!("the database was empty: {opened:?}") };
        credit_account(tx, &account.id, "first", FUNDS.parse().expect("an amount"), "to begin with", "demo", now)?;
        save_card(tx, &account.id, &card, "demo", now)?;
        agree_to_recharge(tx, &account.id, &agreement, &consent, "demo", now)?;
        Ok::<_, DemoError>(account.id)
    });
    let account = account.await?;
    person(demo, email, "caller", Some(account)).await
}

/// What the hosted page of a real processor does when a card is saved.
async fn make_customer(demo: &Demo, email: &str) -> Result<String, DemoError> {
    let request = HttpRequest {
        method: Method::Post,
        url: format!("{}/v1/customers", demo.cards.base_url()),
        headers: vec![
            ("authorization", format!("Bearer {}", demo.cards_key)),
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ],
        body: serde_urlencoded::to_string([("email", email)]).expect("text"),
    };
    match demo.service.app.outbound.send(&request).await {
        HttpResponse::Answered { status: 200, body, .. } => {
            let customer: serde_json::Value = serde_json::from_slice(&body).map_err(|_| DemoError::NoCustomer)?;
            customer["id"].as_str().map(str::to_owned).ok_or(DemoError::NoCustomer)
        }
        HttpResponse::Answered { .. } | HttpResponse::NotSent(_) | HttpResponse::Lost(_) => Err(DemoError::NoCustomer),
    }
}
