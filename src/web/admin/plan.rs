//! One plan: its decks with their times and who brought them, what a call would cost, and rates as a file. And a new plan.

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::{DateTime, Utc};

use super::decks::{self, Report};
use super::margin::{Margin, NO_DRAFT, margin};
use super::plan_terms;
use super::settings::Line;
use super::upload::moment;
use crate::app::App;
use crate::domain::deck;
use crate::domain::money::Money;
use crate::domain::phone_number::PhoneNumber;
use crate::flows::FlowError;
use crate::flows::change_markup::{PlanMarkup, plan_markup};
use crate::flows::change_terms::{self, PlanTerms};
use crate::flows::make_plan::{Made, make_plan};
use crate::flows::marked_up::conversion;
use crate::flows::quote_number::{NumberQuestion, NumberQuote, quote_number};
use crate::storage::accounts::Plan;
use crate::storage::rates::{self, Deck};
use crate::storage::{StorageError, Tx, markups};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::layout::Layout;
use crate::web::pages::show::{Moment, duration};
use crate::web::pages::{self, html, see_other};
use crate::web::user::dial_form::Field;

const MOST_DECKS: i64 = 50;
const LONGEST_NAME: usize = 60;

struct DeckLine {
    id: String,
    from: Moment,
    by: String,
    rates: usize,
    state: &'static str,
}

/// "What would this call cost?"
#[derive(Default)]
struct PriceBox {
    number: Field,
    seconds: Field,
    funds: Field,
    from: Field,
    at: Field,
    answer: Option<NumberQuote>,
    lasts: Option<String>,
}

/// Of a plan that follows another.
struct MarkupShown {
    cost_plan: String,
    says: String,
    /// Why nobody can be priced by it now.
    trouble: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/plan.html")]
struct PlanPage {
    layout: Layout,
    plan: Plan,
    decks: Vec<DeckLine>,
    price: PriceBox,
    lines: Vec<Line>,
    markup: Option<MarkupShown>,
    margin: Margin,
    may_change: bool,
}

pub async fn get(
    req: HttpRequest,
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
) -> Result<HttpResponse, PageError> {
    let (id, now) = (pages::id(&id)?, app.clock.now());
    let (terms, decks, markup) = app.db.read(move |tx| find(tx, &id, now)).await?;
    let (lines, may_change, plan) = (plan_terms::lines_of(&terms), who.may(Right::ChangeRates), terms.plan);
    let query = Fields::read(req.query_string().as_bytes())?;
    let price = answer(&app, &plan, &query).await?;
    let margin = margin(&app, &plan, &query, NO_DRAFT).await?;
    html(StatusCode::OK, &PlanPage { layout: who.layout, plan, decks, price, lines, markup, margin, may_change })
}

fn find(
    tx: &mut Tx,
    id: &str,
    now: DateTime<Utc>,
) -> Result<(PlanTerms, Vec<DeckLine>, Option<MarkupShown>), FlowError> {
    let terms = change_terms::plan_terms(tx, id)?;
    let current = rates::current_deck(tx, id, now)?.map(|deck| deck.id);
    let line = |deck: Deck| DeckLine {
        state: match (&current, deck.effective_from > now) {
            (Some(current), _) if *current == deck.id => "in effect",
            (_, true) => "to come",
            (_, false) => "past",
        },
        from: Moment(deck.effective_from),
        by: deck.uploaded_by,
        rates: deck.rates,
        id: deck.id,
    };
    let decks = rates::decks_of(tx, id, MOST_DECKS)?.into_iter().map(line).collect();
    Ok((terms, decks, markup(tx, id, now)?))
}

fn markup(tx: &mut Tx, plan: &str, now: DateTime<Utc>) -> Result<Option<MarkupShown>, FlowError> {
    let (Some(following), PlanMarkup { cost: Some(cost), markup, .. }) =
        (markups::find(tx, plan)?, plan_markup(tx, plan)?)
    else {
        return Ok(None);
    };
    let trouble = conversion(tx, plan, &following, now)?.err().map(|why| why.to_string());
    Ok(Some(MarkupShown { cost_plan: cost.name, says: markup.to_string(), trouble }))
}

async fn answer(app: &App, plan: &Plan, query: &Fields) -> Result<PriceBox, PageError> {
    let field = |name| Field { value: query.text(name).to_owned(), error: None };
    let mut asked = PriceBox { number: field("number"), seconds: field("seconds"), ..PriceBox::default() };
    (asked.funds, asked.from, asked.at) = (field("funds"), field("from"), field("at"));
    if asked.number.value.is_empty() {
        return Ok(asked);
    }
    let number = read::<PhoneNumber>(&mut asked.number);
    let seconds = read::<u32>(&mut asked.seconds).map(i64::from);
    let funds = read::<Money>(&mut asked.funds);
    let from = read::<PhoneNumber>(&mut asked.from);
    let at = moment(&asked.at.value).unwrap_or_else(|why| {
        asked.at.error = Some(why);
        None
    });
    let Some(number) = number else { return Ok(asked) };
    let (plan, most) = (plan.name.clone(), app.config.rules.timing.most_seconds);
    let at = at.unwrap_or_else(|| app.clock.now());
    let question = NumberQuestion { plan, to: number.clone(), from, seconds, funds, account: None, explain: true, at };
    match app.db.read(move |tx| quote_number(tx, &question, most)).await? {
        Ok(quote) => {
            asked.lasts = quote.for_funds.as_ref().map(|funds| duration(funds.time_limit_seconds));
            asked.answer = Some(quote);
        }
        Err(why) => asked.number.error = Some(why.of_the_plan(&number)),
    }
    Ok(asked)
}

/// `None` if it is empty, or is none, which is then said beside it.
fn read<T: std::str::FromStr<Err: std::fmt::Display>>(field: &mut Field) -> Option<T> {
    if field.value.is_empty() {
        return None;
    }
    field.value.parse().map_err(|error: T::Err| field.error = Some(error.to_string())).ok()
}

pub async fn make(app: Data<App>, who: Administrator, posted: Posted) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ChangeRates)?;
    let field = |name| Field { value: posted.text(name).to_owned(), error: None };
    let mut report = Report { new_plan: field("name"), currency: field("currency"), ..Report::default() };
    let name = report.new_plan.value.clone();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        report.new_plan.error = Some(format!("Give a name of up to {LONGEST_NAME} letters."));
    }
    if report.currency.value.is_empty() {
        report.currency.error = Some("Give a currency such as USD.".to_owned());
    }
    let currency = read(&mut report.currency);
    if let (Some(currency), None) = (currency, &report.new_plan.error) {
        let (free, actor, now) = (!posted.text("payer_leg_free").is_empty(), who.user.email.clone(), app.clock.now());
        match app.db.write(move |tx| make_plan(tx, &name, currency, free, &actor, now)).await? {
            Made::Plan(plan) => return Ok(see_other(&format!("/admin/plans/{}", plan.id))),
            Made::NameTaken => report.new_plan.error = Some("There is a plan of this name.".to_owned()),
        }
    }
    decks::page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, report).await
}

/// A deck as a file that can be imported again.
pub async fn export(app: Data<App>, _who: Administrator, id: Path<String>) -> Result<HttpResponse, PageError> {
    let id = pages::id(id.strip_suffix(".csv").ok_or(PageError::NotFound)?)?;
    let name = id.clone();
    let written = app.db.read(move |tx| csv_of(tx, &id)).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.csv\"")))
        .body(written))
}

pub fn csv_of(tx: &mut Tx, deck: &str) -> Result<Vec<u8>, FlowError> {
    let found = rates::find_deck(tx, deck)?.ok_or_else(|| FlowError::not_found("deck", deck))?;
    let mut written = vec![];
    deck::write(&rates::table(tx, &found.id)?, &mut written)
        .map_err(|error| StorageError::unreadable("rates", error))?;
    Ok(written)
}
