//! What a plan offers of bundles: made, and withdrawn.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use super::account::forms::typed;
use crate::app::App;
use crate::domain::bundle::{BadOffer, BundleTerms, Prefixes};
use crate::domain::money::Money;
use crate::flows::FlowError;
use crate::flows::bundle_offers::{Offered, offer_bundle, withdraw_offer};
use crate::storage::accounts::{self, Plan};
use crate::storage::{Tx, bundle_offers};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::layout::Layout;
use crate::web::pages::show::{Moment, money};
use crate::web::pages::{self, html, see_other};
use crate::web::peer::Peer;
use crate::web::user::bundles::OfferLine;
use crate::web::user::dial_form::Field;

const SHOWN: i64 = 100;

struct Line {
    offer: OfferLine,
    withdrawn: Option<Moment>,
}

#[derive(Default)]
struct Form {
    name: Field,
    prefixes: Field,
    minutes: Field,
    increment_seconds: Field,
    days: Field,
    price: Field,
}

impl Form {
    fn fresh() -> Self {
        Self { increment_seconds: Field::of("1"), days: Field::of("30"), ..Self::default() }
    }

    fn read(fields: &Fields) -> Self {
        let field = |name| typed(fields, name);
        Self {
            name: field("name"),
            prefixes: field("prefixes"),
            minutes: field("minutes"),
            increment_seconds: field("increment_seconds"),
            days: field("days"),
            price: field("price"),
        }
    }

    /// What is offered, or messages beside what cannot be read.
    fn terms(&mut self) -> Option<BundleTerms> {
        let prefixes: Option<Prefixes> = parsed(&mut self.prefixes);
        let price: Option<Money> = parsed(&mut self.price);
        let number = |field: &Field| field.value.parse::<i64>().unwrap_or(0);
        Some(BundleTerms {
            name: self.name.value.clone(),
            prefixes: prefixes?,
            seconds: number(&self.minutes).saturating_mul(60),
            increment_seconds: number(&self.increment_seconds),
            days: number(&self.days),
            price: price?,
        })
    }

    fn refuse(&mut self, bad: BadOffer) {
        let field = match bad {
            BadOffer::Name => &mut self.name,
            BadOffer::Prefixes => &mut self.prefixes,
            BadOffer::Seconds => &mut self.minutes,
            BadOffer::Increment => &mut self.increment_seconds,
            BadOffer::Days => &mut self.days,
            BadOffer::Price => &mut self.price,
        };
        field.error = Some(bad.to_string());
    }
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(field: &mut Field) -> Option<T> {
    field.value.parse().map_err(|error: T::Err| field.error = Some(error.to_string())).ok()
}

#[derive(Template)]
#[template(path = "admin/bundle_offers.html")]
struct OffersPage {
    layout: Layout,
    plan: Plan,
    may_change: bool,
    lines: Vec<Line>,
    form: Form,
}

pub async fn get(app: Data<App>, who: Administrator, id: Path<String>) -> Result<HttpResponse, PageError> {
    page(&app, who, pages::id(&id)?, StatusCode::OK, Form::fresh()).await
}

async fn page(
    app: &App,
    who: Administrator,
    id: String,
    status: StatusCode,
    form: Form,
) -> Result<HttpResponse, PageError> {
    let read = move |tx: &mut Tx| {
        let plan = accounts::plan_by_id(tx, &id)?.ok_or_else(|| FlowError::not_found("plan", &id))?;
        let line = |offer| Line {
            offer: OfferLine::of(&offer, money(offer.terms.price, plan.currency)),
            withdrawn: offer.withdrawn_at.map(Moment),
        };
        let lines = bundle_offers::list(tx, &id, None, SHOWN)?.into_iter().map(line).collect();
        Ok::<_, FlowError>((plan, lines))
    };
    let (plan, lines) = app.db.read(read).await?;
    let may_change = who.may(Right::ChangeRates);
    html(status, &OffersPage { layout: who.layout, plan, may_change, lines, form })
}

pub async fn post(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    Peer(from): Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ChangeRates)?;
    let (id, mut form) = (pages::id(&id)?, Form::read(&posted));
    let Some(terms) = form.terms() else {
        return page(&app, who, id, StatusCode::UNPROCESSABLE_ENTITY, form).await;
    };
    let (plan, actor, now) = (id.clone(), who.user.email.clone(), app.clock.now());
    let offered = app.db.write_from(from, move |tx| offer_bundle(tx, &plan, terms, &actor, now));
    match offered.await? {
        Offered::Now(_) => Ok(see_other(&place(&id))),
        Offered::Bad(bad) => {
            form.refuse(bad);
            page(&app, who, id, StatusCode::UNPROCESSABLE_ENTITY, form).await
        }
    }
}

pub async fn withdraw(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    Peer(from): Peer,
    _posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ChangeRates)?;
    let (id, actor, now) = (pages::id(&id)?, who.user.email.clone(), app.clock.now());
    let withdrawn = app.db.write_from(from, move |tx| withdraw_offer(tx, &id, &actor, now));
    Ok(see_other(&place(&withdrawn.await?.plan)))
}

fn place(plan: &str) -> String {
    format!("/admin/plans/{plan}/bundles")
}
