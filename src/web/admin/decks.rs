//! Plans with the rates in effect, and the forms for a new deck and a new plan.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use chrono::{DateTime, Utc};

use crate::app::App;
use crate::domain::deck::{BadLine, COLUMNS};
use crate::storage::{StorageError, Tx, accounts, rates};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::html;
use crate::web::pages::layout::Layout;
use crate::web::pages::show::Moment;
use crate::web::user::dial_form::Field;

/// A page stays light; who has more bad lines than this has another problem.
pub const MOST_BAD_LINES: usize = 500;

pub struct PlanLine {
    id: String,
    name: String,
    currency: &'static str,
    own_phone_free: bool,
    deck: Option<DeckLine>,
}

struct DeckLine {
    from: Moment,
    by: String,
}

/// What was wrong with an upload, or with a new plan.
#[derive(Default)]
pub struct Report {
    pub refused: Option<String>,
    /// The first of them.
    pub bad_lines: Vec<BadLine>,
    pub plan: Field,
    pub file: Field,
    pub effective_from: Field,
    pub mapping: Field,
    pub new_plan: Field,
    pub currency: Field,
}

#[derive(Template)]
#[template(path = "admin/decks.html")]
struct DecksPage {
    layout: Layout,
    plans: Vec<PlanLine>,
    columns: String,
    may_upload: bool,
    report: Report,
}

pub async fn get(app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    page(&app, StatusCode::OK, who, Report::default()).await
}

pub async fn page(
    app: &App,
    status: StatusCode,
    who: Administrator,
    report: Report,
) -> Result<HttpResponse, PageError> {
    let now = app.clock.now();
    let plans = app.db.read(move |tx| plans(tx, now)).await?;
    let may_upload = who.may(Right::ChangeRates);
    html(status, &DecksPage { layout: who.layout, plans, columns: COLUMNS.join(","), may_upload, report })
}

fn plans(tx: &mut Tx, now: DateTime<Utc>) -> Result<Vec<PlanLine>, StorageError> {
    let plans = accounts::all_plans(tx)?;
    let line = |plan: accounts::Plan| {
        let deck = rates::current_deck(tx, &plan.id, now)?;
        Ok(PlanLine {
            id: plan.id,
            name: plan.name,
            currency: plan.currency.code(),
            own_phone_free: plan.payer_leg_free,
            deck: deck.map(|deck| DeckLine { from: Moment(deck.effective_from), by: deck.uploaded_by }),
        })
    };
    plans.into_iter().map(line).collect()
}
