//! Calling in: the numbers to ring, the phones one is known by, and the card for all others.

use std::net::IpAddr;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use super::dial_form::Field;
use crate::app::App;
use crate::domain::access::card::{PIN_DIGITS, grouped};
use crate::domain::access::{AccessNumber, KnownPhone, MOST_PHONES};
use crate::domain::phone_number::PhoneNumber;
use crate::flows::FlowError;
use crate::flows::access_cards::set_access_pin;
use crate::flows::known_phones::{PhoneAdded, add_known_phone, remove_known_phone};
use crate::ids;
use crate::storage::accounts::Account;
use crate::storage::{StorageError, Tx, access_cards, access_numbers, known_phones};
use crate::web::auth::password;
use crate::web::auth::who::SignedIn;
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::layout::Layout;
use crate::web::pages::show::Moment;
use crate::web::pages::{self, html, see_other};
use crate::web::peer::Peer;

const MOST_NUMBERS: i64 = 50;

pub struct PhoneLine {
    pub id: String,
    pub number: String,
    pub added_at: Moment,
    pub added_by: String,
    pub proven_at: Option<Moment>,
}

/// What stands in it for a caller and for administrators alike.
pub struct Ways {
    pub numbers: Vec<AccessNumber>,
    pub phones: Vec<PhoneLine>,
    /// The number of the card.
    pub card: Option<String>,
    pub new_phone: Field,
    /// Shown now, and never again.
    pub pin: Option<String>,
}

#[derive(Template)]
#[template(path = "user/access.html")]
struct AccessPage {
    layout: Layout,
    /// Below which the forms of this page are sent.
    place: &'static str,
    /// Below which one of the phones is removed.
    phones: &'static str,
    may_change: bool,
    ways: Ways,
}

pub async fn get(app: Data<App>, who: SignedIn) -> Result<HttpResponse, PageError> {
    let ways = Ways::find(&app, &who.account.id).await?;
    page(StatusCode::OK, who, ways)
}

pub async fn add_phone(
    app: Data<App>,
    who: SignedIn,
    Peer(from): Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    let (typed, actor) = (posted.text("number").to_owned(), who.user.email.clone());
    match add(&app, &who.account, typed, false, actor, from).await? {
        Ok(()) => Ok(see_other("/access")),
        Err(new_phone) => {
            let ways = Ways { new_phone, ..Ways::find(&app, &who.account.id).await? };
            page(StatusCode::UNPROCESSABLE_ENTITY, who, ways)
        }
    }
}

pub async fn remove_phone(
    app: Data<App>,
    who: SignedIn,
    id: Path<String>,
    Peer(from): Peer,
    _posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    let (id, actor, now) = (pages::id(&id)?, who.user.email.clone(), app.clock.now());
    let remove = app.db.write_from(from, move |tx| {
        let is_own = known_phones::find(tx, &id)?.is_some_and(|phone| phone.account == who.account.id);
        if is_own { remove_known_phone(tx, &id, &actor, now) } else { Err(FlowError::not_found("phone", &id)) }
    });
    remove.await?;
    Ok(see_other("/access"))
}

/// Answers with the page itself, since nothing keeps the PIN; reloading makes another one.
pub async fn new_pin(
    app: Data<App>,
    who: SignedIn,
    Peer(from): Peer,
    _posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    let (_, pin) = make_pin(&app, who.account.id.clone(), who.user.email.clone(), from).await?;
    let ways = Ways { pin: Some(grouped(&pin)), ..Ways::find(&app, &who.account.id).await? };
    page(StatusCode::OK, who, ways)
}

fn page(status: StatusCode, who: SignedIn, ways: Ways) -> Result<HttpResponse, PageError> {
    let layout = who.layout;
    html(status, &AccessPage { layout, place: "/access", phones: "/access/phones", may_change: true, ways })
}

impl Ways {
    pub async fn find(app: &App, account: &str) -> Result<Self, PageError> {
        let id = account.to_owned();
        let read = move |tx: &mut Tx| {
            let numbers = access_numbers::open(tx, MOST_NUMBERS)?;
            Ok::<_, StorageError>((numbers, known_phones::of_account(tx, &id)?, access_cards::find(tx, &id)?))
        };
        let (numbers, phones, card) = app.db.read(read).await?;
        let card = card.map(|card| grouped(&card.number));
        let phones = phones.into_iter().map(PhoneLine::of).collect();
        Ok(Self { numbers, phones, card, new_phone: Field::default(), pin: None })
    }
}

impl PhoneLine {
    fn of(phone: KnownPhone) -> Self {
        Self {
            number: phone.number.international(),
            id: phone.id,
            added_at: Moment(phone.added_at),
            added_by: phone.added_by,
            proven_at: phone.proven_at.map(Moment),
        }
    }
}

/// Or the field as it was typed, with what is wrong.
pub async fn add(
    app: &App,
    account: &Account,
    typed: String,
    vouched: bool,
    actor: String,
    from: Option<IpAddr>,
) -> Result<Result<(), Field>, PageError> {
    let wrong = |typed: String, error: String| Ok(Err(Field { value: typed, error: Some(error) }));
    let number = match PhoneNumber::read(&typed, account.own_number.as_ref()) {
        Ok(number) => number,
        Err(bad) => return wrong(typed, bad.to_string()),
    };
    let (id, now) = (account.id.clone(), app.clock.now());
    let write = app.db.write_from(from, move |tx| add_known_phone(tx, &id, &number, vouched, &actor, now));
    match write.await? {
        PhoneAdded::Now(_) | PhoneAdded::Already(_) => Ok(Ok(())),
        PhoneAdded::Taken => wrong(typed, "This phone cannot be added. Ask your provider.".to_owned()),
        PhoneAdded::TooMany => wrong(typed, format!("There may be {MOST_PHONES} phones. Remove one first.")),
    }
}

/// The number of the card, and its new PIN.
pub async fn make_pin(
    app: &App,
    account: String,
    actor: String,
    from: Option<IpAddr>,
) -> Result<(String, String), FlowError> {
    let pin = ids::digits(PIN_DIGITS);
    let (hash, now) = (password::hashed(pin.clone()).await, app.clock.now());
    let write = app.db.write_from(from, move |tx| set_access_pin(tx, &account, hash, &actor, now));
    Ok((write.await?.number, pin))
}
