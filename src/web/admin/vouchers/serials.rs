//! One voucher, looked for by its serial: how it stands; activated in the name of an agent, or voided.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::app::App;
use crate::flows::activate_vouchers::{Activated, Activation, activate_vouchers};
use crate::flows::void_voucher::{Voided, void_voucher};
use crate::storage::{StorageError, accounts, vouchers};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::layout::Layout;
use crate::web::pages::show::{Moment, money};
use crate::web::pages::{html, see_other};
use crate::web::peer::Peer;

const LONGEST_REASON: usize = 200;

struct Seen {
    serial: String,
    batch: String,
    face: String,
    state: &'static str,
    may_activate: bool,
    may_void: bool,
    agent: Option<String>,
    activated_at: Option<Moment>,
    redeemed_by: Option<String>,
    ended_at: Option<Moment>,
}

#[derive(Template)]
#[template(path = "admin/vouchers/serial.html")]
struct SerialPage {
    layout: Layout,
    may: bool,
    serial: String,
    seen: Option<Seen>,
    message: Option<String>,
}

pub async fn get(req: HttpRequest, app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    who.require(Right::SeePayments)?;
    let query = Fields::read(req.query_string().as_bytes())?;
    page(&app, StatusCode::OK, who, serial(&query, "serial"), None).await
}

async fn page(
    app: &App,
    status: StatusCode,
    who: Administrator,
    serial: String,
    message: Option<String>,
) -> Result<HttpResponse, PageError> {
    let (wanted, now) = (serial.clone(), app.clock.now());
    let found = app.db.read(move |tx| vouchers::by_serial(tx, &wanted)).await?;
    let seen = found.map(|voucher| Seen {
        face: money(voucher.face, voucher.currency),
        state: voucher.standing(now).code(),
        may_activate: voucher.standing(now).code() == "printed",
        may_void: voucher.may_void(),
        activated_at: voucher.activated_at.map(Moment),
        ended_at: voucher.ended_at.map(Moment),
        serial: voucher.serial,
        batch: voucher.batch,
        agent: voucher.agent.map(|(agent, _)| agent),
        redeemed_by: voucher.redeemed_by,
    });
    let unknown = || format!("There is no voucher {serial}.");
    let message = message.or_else(|| (seen.is_none() && !serial.is_empty()).then(unknown));
    let page = SerialPage { may: who.may(Right::ChangeMoney), layout: who.layout, serial, seen, message };
    html(status, &page)
}

pub async fn activate(
    app: Data<App>,
    who: Administrator,
    Peer(from): Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ChangeMoney)?;
    let (first, last) = (serial(&posted, "serial"), Some(serial(&posted, "last")).filter(|last| !last.is_empty()));
    let (agent, shown) = (posted.text("agent").to_owned(), first.clone());
    let (actor, now) = (who.user.email.clone(), app.clock.now());
    let write = app.db.write_from(from, move |tx| {
        let Some(agent) = accounts::named(tx, &agent)? else { return Ok(None) };
        activate_vouchers(tx, &Activation { agent, first, last }, &actor, now).map(Some)
    });
    let message = match write.await? {
        Some(Activated::Now { .. } | Activated::Already) => return Ok(see_other(&place(&shown))),
        Some(Activated::Refused(why)) => why.to_string(),
        None => "There is no account of this name.".to_owned(),
    };
    page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, shown, Some(message)).await
}

pub async fn void(
    app: Data<App>,
    who: Administrator,
    Peer(from): Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ChangeMoney)?;
    let (serial, reason) = (serial(&posted, "serial"), reason(&posted)?);
    let (wanted, actor, now) = (serial.clone(), who.user.email.clone(), app.clock.now());
    let write = app.db.write_from(from, move |tx| void_voucher(tx, &wanted, &reason, &actor, now));
    let message = match write.await? {
        Voided::Now(_) | Voided::Already(_) => return Ok(see_other(&place(&serial))),
        Voided::TooLate(state) => format!("This voucher is {}.", state.code()),
        Voided::JustActivated => "It was activated at this moment. Look at it again.".to_owned(),
    };
    page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, serial, Some(message)).await
}

fn place(serial: &str) -> String {
    format!("/admin/serials?serial={serial}")
}

/// As it stands on the card, in whichever letters it was typed.
pub fn serial(fields: &Fields, name: &str) -> String {
    let typed = fields.text(name).to_uppercase();
    typed.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(20).collect()
}

pub fn reason(posted: &Posted) -> Result<String, PageError> {
    let reason = posted.text("reason");
    let fits = (1..=LONGEST_REASON).contains(&reason.chars().count());
    let refused =
        || PageError::Refused(format!("Give a reason of up to {LONGEST_REASON} letters; it stays in the books."));
    if fits { Ok(reason.to_owned()) } else { Err(refused()) }
}

/// The id of the account that somebody means.
pub async fn account_named(app: &App, name: &str) -> Result<Option<String>, StorageError> {
    let name = name.to_owned();
    app.db.read(move |tx| accounts::named(tx, &name)).await
}
