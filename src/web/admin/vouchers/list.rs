//! All batches, and the form for another.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};

use crate::app::App;
use crate::domain::deck;
use crate::domain::two_persons::Who;
use crate::domain::voucher::{BadBatch, Batch};
use crate::flows::voucher_batches::{Made, NewBatch, make_batch};
use crate::ids;
use crate::storage::voucher_batches;
use crate::web::admin::account::forms::typed;
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::layout::Layout;
use crate::web::pages::show::{Moment, money};
use crate::web::pages::{self, html, see_other};
use crate::web::peer::Peer;
use crate::web::user::dial_form::Field;

const ON_A_PAGE: i64 = 50;

pub struct BatchLine {
    pub id: String,
    pub prefix: String,
    pub label: String,
    pub face: String,
    pub pieces: i64,
    pub worth: String,
    pub valid_until: Option<Moment>,
    pub made_by: String,
    pub made_at: Moment,
    pub standing: &'static str,
}

pub fn line(batch: Batch) -> BatchLine {
    BatchLine {
        face: money(batch.face, batch.currency),
        worth: money(batch.worth(), batch.currency),
        standing: batch.standing(),
        valid_until: batch.valid_until.map(Moment),
        made_at: Moment(batch.made_at),
        id: batch.id,
        prefix: batch.prefix,
        label: batch.label,
        pieces: batch.pieces,
        made_by: batch.made_by,
    }
}

#[derive(Default)]
struct Form {
    label: Field,
    face: Field,
    currency: Field,
    pieces: Field,
    valid_until: Field,
    key: String,
}

impl Form {
    fn read(fields: &Fields) -> Self {
        Self {
            label: typed(fields, "label"),
            face: typed(fields, "face"),
            currency: typed(fields, "currency"),
            pieces: typed(fields, "pieces"),
            valid_until: typed(fields, "valid_until"),
            key: pages::id(fields.text("key")).unwrap_or_else(|_| ids::new("req")),
        }
    }

    /// What is asked for, or messages beside what cannot be read.
    fn wish(&mut self) -> Option<NewBatch> {
        let face = parsed(&mut self.face);
        let currency = parsed(&mut self.currency);
        let pieces = self.pieces.value.parse().ok();
        if pieces.is_none() {
            self.pieces.error = Some("Give a whole number.".to_owned());
        }
        let valid_until = match self.valid_until.value.clone().as_str() {
            "" => Some(None),
            given => self.end_of_day(given).map(Some),
        };
        Some(NewBatch {
            label: self.label.value.clone(),
            currency: currency?,
            face: face?,
            pieces: pieces?,
            valid_until: valid_until?,
            key: self.key.clone(),
        })
    }

    /// The last day counts whole.
    fn end_of_day(&mut self, given: &str) -> Option<DateTime<Utc>> {
        let begins = deck::time(given).map_err(|why| self.valid_until.error = Some(why)).ok()?;
        Some(begins + TimeDelta::days(1))
    }

    fn refuse(&mut self, bad: BadBatch) {
        let field = match bad {
            BadBatch::Label => &mut self.label,
            BadBatch::Face => &mut self.face,
            BadBatch::Pieces => &mut self.pieces,
            BadBatch::Over => &mut self.valid_until,
        };
        field.error = Some(bad.to_string());
    }
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(field: &mut Field) -> Option<T> {
    field.value.parse().map_err(|error: T::Err| field.error = Some(error.to_string())).ok()
}

#[derive(Template)]
#[template(path = "admin/vouchers/list.html")]
struct ListPage {
    layout: Layout,
    may: bool,
    off: bool,
    batches: Vec<BatchLine>,
    older: Option<String>,
    form: Form,
}

pub async fn get(req: HttpRequest, app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    who.require(Right::SeePayments)?;
    let query = Fields::read(req.query_string().as_bytes())?;
    let after = Some(query.text("after")).filter(|after| !after.is_empty()).map(pages::id).transpose()?;
    page(&app, StatusCode::OK, who, after, Form { key: ids::new("req"), ..Form::default() }).await
}

async fn page(
    app: &App,
    status: StatusCode,
    who: Administrator,
    after: Option<String>,
    form: Form,
) -> Result<HttpResponse, PageError> {
    let found = app.db.read(move |tx| voucher_batches::list(tx, after.as_deref(), ON_A_PAGE)).await?;
    let full = i64::try_from(found.len()).is_ok_and(|count| count == ON_A_PAGE);
    let older = found.last().filter(|_| full).map(|last| last.id.clone());
    let page = ListPage {
        may: who.may(Right::ChangeMoney),
        layout: who.layout,
        off: app.config.voucher_key.is_none(),
        batches: found.into_iter().map(line).collect(),
        older,
        form,
    };
    html(status, &page)
}

pub async fn post(
    app: Data<App>,
    who: Administrator,
    Peer(from): Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ChangeMoney)?;
    let mut form = Form::read(&posted);
    let Some(new) = form.wish() else {
        return page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, None, form).await;
    };
    let (me, limits, now) = (Who::person(&who.user.email), app.config.two_persons.clone(), app.clock.now());
    let write = app.db.write_from(from, move |tx| make_batch(tx, &new, &me, &limits, now));
    match write.await? {
        Made::Batch(batch, _) | Made::Already(batch) => Ok(see_other(&format!("/admin/vouchers/{}", batch.id))),
        Made::OtherBatch => Err(PageError::BadRequest("This form was sent before, and asked for another batch.")),
        Made::Bad(bad) => {
            form.refuse(bad);
            page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, None, form).await
        }
    }
}
