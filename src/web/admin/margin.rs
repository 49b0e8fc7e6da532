//! What is left of a plan's prices, or of those of a deck on probation, after the carrier's bill: a part of their pages.

use crate::app::App;
use crate::domain::deck::table::RateTable;
use crate::flows::FlowError;
use crate::flows::change_markup::plan_markup;
use crate::flows::check_margin::{MarginQuestion, MarginReport, check_margin, check_margin_of};
use crate::storage::accounts::{self, Plan};
use crate::storage::{StorageError, Tx};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Fields;

/// What a page shows of it: a choice of cost decks, and the comparison with the chosen one.
pub struct Margin {
    pub plans: Vec<String>,
    pub cost: String,
    pub report: Option<MarginReport>,
    pub error: Option<String>,
}

/// The lines of a deck that is not in effect.
type Draft = fn(&mut Tx) -> Result<RateTable, FlowError>;

/// The rates in effect are compared.
pub const NO_DRAFT: Option<Draft> = None;

/// Of the rates in effect, or of those that `lines` reads.
pub async fn margin(
    app: &App,
    plan: &Plan,
    query: &Fields,
    lines: Option<impl FnOnce(&mut Tx) -> Result<RateTable, FlowError> + Send + 'static>,
) -> Result<Margin, PageError> {
    let asked = MarginQuestion {
        plan: plan.name.clone(),
        cost_plan: query.text("cost").to_owned(),
        billing: app.config.carrier_billing,
        most_seconds: app.config.rules.timing.most_seconds,
        at: app.clock.now(),
    };
    let of = plan.clone();
    let (plans, followed) = app.db.read(move |tx| costs(tx, &of)).await?;
    if asked.cost_plan.is_empty() {
        return Ok(Margin { plans, cost: followed.unwrap_or_default(), report: None, error: None });
    }
    let cost = asked.cost_plan.clone();
    let checked = app.db.read(move |tx| match lines {
        Some(lines) => {
            let lines = lines(tx)?;
            check_margin_of(tx, &lines, &asked)
        }
        None => check_margin(tx, &asked),
    });
    let (report, error) = match checked.await {
        Ok(Ok(report)) => (Some(report), None),
        Ok(Err(why)) => (None, Some(format!("It cannot be compared: {why}."))),
        Err(FlowError::NotFound { .. }) => (None, Some("There is no plan of this name.".to_owned())),
        Err(error) => return Err(error.into()),
    };
    Ok(Margin { plans, cost, report, error })
}

/// Other plans by name, and the one it follows.
fn costs(tx: &mut Tx, plan: &Plan) -> Result<(Vec<String>, Option<String>), FlowError> {
    let all: Result<_, StorageError> = accounts::all_plans(tx);
    let names = all?.into_iter().filter(|other| other.id != plan.id).map(|other| other.name).collect();
    Ok((names, plan_markup(tx, &plan.id)?.cost.map(|cost| cost.name)))
}
