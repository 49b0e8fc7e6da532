//! Who is in the story: an administrator, a caller with a good card and one with a bad one. Both save their cards as any
//! customer does, at the card processor's own page.

use std::time::Duration;

use super::{Demo, DemoError};
use crate::domain::checkout::{CONSENT, CONSENT_VERSION, Checkout, Purpose, State};
use crate::domain::recharge::Agreement;
use crate::flows::agreement::agree_to_recharge;
use crate::flows::begin_checkout::{Begun, CheckoutWish, begin_checkout};
use crate::flows::credit::credit_account;
use crate::flows::import_deck::{DeckUpload, import_deck};
use crate::flows::open_account::{Opened, add_user, ensure_plan, open_account};
use crate::flows::settle_checkout::look_soon;
use crate::ids;
use crate::storage::agreements::Consent;
use crate::storage::checkouts;
use crate::web::auth::password;
use crate::wire::{HttpRequest, HttpResponse, Method};

/// Half a cent a second, for both phones of a call: 0.40 lasts for 40 seconds.
const DECK: &str = "prefix,price_per_minute,destination\n1,0.30,North America\n";
const PLAN: &str = "demo";
const CURRENCY: &str = "USD";
const FUNDS: &str = "0.40";
const RECHARGE: &str = "1.00";
const GOOD_CARD: &str = "4242424242424242";
/// It can be saved.
const BAD_CARD: &str = "4000000000000341";
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// A processor on the same machine answers in the first few; on a fast clock they are soon over.
const LOOKS: usize = 3000;

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
        alice: caller(demo, "alice@example.com", GOOD_CARD).await?,
        bob: caller(demo, "bob@example.com", BAD_CARD).await?,
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
        agree_to_recharge(tx, &account.id, &agreement, &consent, "demo", now)?;
        Ok::<_, DemoError>(account.id)
    });
    let account = account.await?;
    save_card(demo, &account, card).await?;
    person(demo, email, "caller", Some(account)).await
}

/// Asks for the processor's page, types the card there, and waits until it is in the books.
async fn save_card(demo: &Demo, account: &str, number: &str) -> Result<(), DemoError> {
    let app = &demo.service.app;
    let wish = CheckoutWish {
        account: account.to_owned(),
        purpose: Purpose::SaveCard,
        consent: Some(checkouts::Consent {
            text: CONSENT.to_owned(),
            version: CONSENT_VERSION.to_owned(),
            from: "demo".to_owned(),
        }),
        key: ids::new("key"),
        actor: "demo".to_owned(),
    };
    let (forms, now) = (app.forms.clone(), app.clock.now());
    let begun = app.db.write(move |tx| begin_checkout(tx, &wish, &forms, now)).await?;
    let Begun::Checkout(checkout) = begun else { unreachable!("the account is new and open: {begun:?}") };
    let opened = watch(demo, &checkout.id, State::Open).await?;
    type_card(demo, opened.url.as_deref().unwrap_or_default(), number).await?;
    let (id, now) = (checkout.id.clone(), app.clock.now());
    app.db.write(move |tx| look_soon(tx, &id, now)).await?;
    watch(demo, &checkout.id, State::Complete).await?;
    Ok(())
}

async fn watch(demo: &Demo, checkout: &str, until: State) -> Result<Checkout, DemoError> {
    for _ in 0..LOOKS {
        let id = checkout.to_owned();
        match demo.service.app.db.read(move |tx| checkouts::find(tx, &id)).await? {
            Some(found) if found.state == until => return Ok(found),
            Some(found) if !found.state.is_open() => return Err(DemoError::NoCard),
            Some(_) | None => drop(demo.service.app.clock.sleep(LOOK_EVERY).await),
        }
    }
    Err(DemoError::NoCard)
}

async fn type_card(demo: &Demo, url: &str, number: &str) -> Result<(), DemoError> {
    let typed = [("card_number", number), ("expiry", "12/34"), ("cvc", "123")];
    let request = HttpRequest {
        method: Method::Post,
        url: url.to_owned(),
        headers: vec![("content-type", "application/x-www-form-urlencoded".to_owned())],
        body: serde_urlencoded::to_string(typed).expect("text"),
    };
    match demo.service.app.outbound.send(&request).await {
        HttpResponse::Answered { status: 303, .. } => Ok(()),
        HttpResponse::Answered { .. } | HttpResponse::NotSent(_) | HttpResponse::Lost(_) => Err(DemoError::NoCard),
    }
}
