//! One batch: what became of its vouchers. Its PINs are in the file that printing answers with, and nowhere else.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::list::{BatchLine, line};
use crate::app::App;
use crate::domain::voucher::Voucher;
use crate::flows::FlowError;
use crate::flows::voucher_batches::{Printed, print_batch, void_batch};
use crate::storage::{Tx, voucher_batches, vouchers};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::layout::Layout;
use crate::web::pages::{self, download, html, see_other};
use crate::web::peer::Peer;

pub const OFF: &str = "Vouchers are off: TALKTIME_VOUCHER_KEY is not set.";
const ON_A_PAGE: i64 = 50;
const COLUMNS: [&str; 5] = ["serial", "pin", "face", "currency", "valid_until"];

struct VoucherLine {
    serial: String,
    state: &'static str,
    agent: Option<String>,
    redeemed_by: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/vouchers/batch.html")]
struct BatchPage {
    layout: Layout,
    may: bool,
    off: bool,
    batch: BatchLine,
    may_print: bool,
    may_void: bool,
    counts: Vec<(String, i64)>,
    vouchers: Vec<VoucherLine>,
    more: Option<String>,
}

pub async fn get(
    req: HttpRequest,
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
) -> Result<HttpResponse, PageError> {
    who.require(Right::SeePayments)?;
    let id = pages::id(&id)?;
    let query = Fields::read(req.query_string().as_bytes())?;
    let after = Some(query.text("after").to_owned()).filter(|after| !after.is_empty());
    let now = app.clock.now();
    let read = move |tx: &mut Tx| {
        let batch = voucher_batches::find(tx, &id)?.ok_or_else(|| FlowError::not_found("voucher batch", &id))?;
        let some = vouchers::of_batch(tx, &id, after.as_deref(), ON_A_PAGE)?;
        Ok::<_, FlowError>((batch, vouchers::count(tx, &id)?, some))
    };
    let (batch, counts, some) = app.db.read(read).await?;
    let full = i64::try_from(some.len()).is_ok_and(|count| count == ON_A_PAGE);
    let shown = |voucher: Voucher| VoucherLine {
        state: voucher.standing(now).code(),
        serial: voucher.serial,
        agent: voucher.agent.map(|(agent, _)| agent),
        redeemed_by: voucher.redeemed_by,
    };
    let page = BatchPage {
        may: who.may(Right::ChangeMoney),
        layout: who.layout,
        off: app.config.voucher_key.is_none(),
        may_print: batch.approved && batch.printed_at.is_none() && batch.voided_at.is_none(),
        may_void: batch.voided_at.is_none(),
        batch: line(batch),
        counts,
        more: some.last().filter(|_| full).map(|last| last.serial.clone()),
        vouchers: some.into_iter().map(shown).collect(),
    };
    html(StatusCode::OK, &page)
}

/// The answer is the file itself. Whoever loses it voids the batch.
pub async fn print(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    Peer(from): Peer,
    _posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ChangeMoney)?;
    let key = app.config.voucher_key.clone().ok_or_else(|| PageError::Refused(OFF.to_owned()))?;
    let (id, actor, now) = (pages::id(&id)?, who.user.email.clone(), app.clock.now());
    let write = app.db.write_from(from, move |tx| print_batch(tx, &key, &id, &actor, now));
    let refused = match write.await? {
        Printed::Cards(batch, cards) => {
            let until = batch.valid_until.map(|until| until.to_rfc3339()).unwrap_or_default();
            let (face, currency) = (batch.face.to_string(), batch.currency.to_string());
            let lines = cards
                .into_iter()
                .map(|card| vec![card.serial, card.pin.grouped(), face.clone(), currency.clone(), until.clone()]);
            return download::csv(&format!("vouchers-{}.csv", batch.prefix), &COLUMNS, lines);
        }
        Printed::Before => {
            "The PINs of this batch were shown once, and are not known any more. If their file is lost, void the batch and make another."
        }
        Printed::NotApproved => "This batch waits for a second person.",
        Printed::Voided => "This batch is void.",
    };
    Err(PageError::Refused(refused.to_owned()))
}

pub async fn void(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    Peer(from): Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ChangeMoney)?;
    let (id, actor, now) = (pages::id(&id)?, who.user.email.clone(), app.clock.now());
    let reason = super::serials::reason(&posted)?;
    let place = format!("/admin/vouchers/{id}");
    app.db.write_from(from, move |tx| void_batch(tx, &id, &reason, &actor, now)).await?;
    Ok(see_other(&place))
}
