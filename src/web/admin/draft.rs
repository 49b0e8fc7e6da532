//! A deck that was uploaded and is not in effect yet: what it changes, the choice to take it or throw it away, and how
//! far the taking has come.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use rust_decimal::Decimal;

use super::margin::{Margin, margin};
use crate::app::App;
use crate::domain::currency::Currency;
use crate::domain::deck_change::{DeckChange, Line};
use crate::flows::FlowError;
use crate::flows::draft_deck::{discard_draft, rates_of, take_draft};
use crate::storage::accounts::{self, Plan};
use crate::storage::deck_drafts::{self, Draft};
use crate::storage::{StorageError, Tx};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::layout::Layout;
use crate::web::pages::show::{Moment, price};
use crate::web::pages::{self, html, see_other};

/// Of each kind, beside the others.
const FIRST: usize = 10;
/// Of one kind alone.
const ON_A_PAGE: usize = 50;

/// Prefixes of one kind: the biggest rises, what is new …
struct Part {
    /// In the address of the page of its own.
    name: &'static str,
    title: &'static str,
    lines: Vec<LineView>,
    /// How many there are.
    all: usize,
    /// The lines of this page: from the first.
    from: usize,
    older: Option<usize>,
    newer: Option<usize>,
}

struct LineView {
    prefix: String,
    origination: String,
    destination: String,
    before: String,
    after: String,
    by: String,
    besides: Vec<String>,
}

#[derive(Template)]
#[template(path = "admin/draft.html")]
struct DraftPage {
    layout: Layout,
    draft: Draft,
    plan: String,
    from: Option<Moment>,
    at: Moment,
    change: DeckChange,
    parts: Vec<Part>,
    /// Only this one is wanted.
    alone: bool,
    may_take: bool,
    margin: Margin,
}

pub async fn get(
    req: HttpRequest,
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
) -> Result<HttpResponse, PageError> {
    let id = pages::id(&id)?;
    let query = Fields::read(req.query_string().as_bytes())?;
    let (draft, plan) = app.db.read(move |tx| find(tx, &id)).await?;
    let (drafted, from) = (draft.clone(), draft.effective_from.unwrap_or(app.clock.now()));
    let lines = move |tx: &mut Tx| rates_of(tx, &drafted, from);
    let margin = margin(&app, &plan, &Fields::read(req.query_string().as_bytes())?, Some(lines)).await?;
    let change: DeckChange = serde_json::from_str(&draft.comparison).map_err(|error| PageError::internal(&error))?;
    let mut parts = parts(&change, plan.currency);
    let alone = parts.iter().any(|part| part.name == query.text("part"));
    if alone {
        parts.retain(|part| part.name == query.text("part"));
    }
    let from = query.text("from").parse().unwrap_or(0);
    parts.iter_mut().for_each(|part| if alone { part.cut(from, ON_A_PAGE) } else { part.cut(0, FIRST) });
    let page = DraftPage {
        may_take: who.may(Right::ChangeRates),
        layout: who.layout,
        from: draft.effective_from.map(Moment),
        at: Moment(draft.created_at),
        parts,
        alone,
        plan: plan.name,
        change,
        draft,
        margin,
    };
    html(StatusCode::OK, &page)
}

fn find(tx: &mut Tx, id: &str) -> Result<(Draft, Plan), FlowError> {
    let draft = deck_drafts::find(tx, id)?.ok_or_else(|| FlowError::not_found("draft", id))?;
    let plan = accounts::plan_by_id(tx, &draft.plan)?;
    let plan = plan.ok_or_else(|| StorageError::unreadable("deck_drafts", format!("{id}: no such plan")))?;
    Ok((draft, plan))
}

pub async fn import(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    _posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ChangeRates)?;
    let (id, now) = (pages::id(&id)?, app.clock.now());
    let (draft, actor) = (id.clone(), who.user.email);
    app.db.write(move |tx| take_draft(tx, &draft, &actor, now)).await?;
    Ok(see_other(&format!("/admin/decks/drafts/{id}")))
}

pub async fn discard(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    _posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ChangeRates)?;
    let id = pages::id(&id)?;
    let draft = id.clone();
    let gone = app.db.write(move |tx| discard_draft(tx, &draft)).await?;
    Ok(see_other(&if gone { "/admin/decks".to_owned() } else { format!("/admin/decks/drafts/{id}") }))
}

fn parts(change: &DeckChange, currency: Currency) -> Vec<Part> {
    let part = |name, title, lines: &[Line], all: usize| Part {
        name,
        title,
        lines: lines.iter().map(|line| view(line, currency)).collect(),
        // What was looked at by an earlier version did not count all of them.
        all: all.max(lines.len()),
        from: 0,
        older: None,
        newer: None,
    };
    let parts = [
        part("rises", "Biggest rises", &change.rises, change.risen),
        part("falls", "Biggest falls", &change.falls, change.fallen),
        part("blocked", "Newly blocked", &change.blocked_ones, change.blocked),
        part("unblocked", "No longer blocked", &change.unblocked_ones, change.unblocked),
        part("others", "Other changes", &change.others, change.otherwise),
        part("new", "New prefixes", &change.new_ones, change.new),
        part("removed", "Removed prefixes", &change.removed_ones, change.removed),
    ];
    parts.into_iter().filter(|part| !part.lines.is_empty()).collect()
}

impl Part {
    fn cut(&mut self, from: usize, most: usize) {
        let kept = self.lines.len();
        self.from = from.min(kept);
        self.lines = self.lines.drain(self.from..kept.min(self.from + most)).collect();
        self.older = Some(self.from + most).filter(|next| *next < kept);
        self.newer = (self.from > 0).then(|| self.from.saturating_sub(most));
    }
}

fn view(line: &Line, currency: Currency) -> LineView {
    let shown = |given: Option<Decimal>| given.map_or_else(|| "–".to_owned(), |given| price(given, currency));
    LineView {
        prefix: line.prefix.clone(),
        origination: line.origination.clone(),
        destination: line.destination.clone(),
        before: shown(line.before),
        after: shown(line.after),
        by: by(line),
        besides: line.besides.clone(),
    }
}

/// `+12.5 %`; empty where one side is missing or nothing.
fn by(line: &Line) -> String {
    let (Some(before), Some(after)) = (line.before, line.after) else { return String::new() };
    match (after - before).checked_div(before) {
        Some(part) => {
            let percent = (part * Decimal::ONE_HUNDRED).round_dp(1).normalize();
            format!("{}{percent} %", if percent.is_sign_positive() { "+" } else { "" })
        }
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_in_percent() {
        let line = |before, after| Line {
            prefix: String::new(),
            origination: String::new(),
            destination: String::new(),
            before: Some(Decimal::new(before, 3)),
            after: Some(Decimal::new(after, 3)),
            besides: vec![],
        };
        let told = [line(100, 125), line(200, 100), line(0, 5), line(3, 4)].map(|line| by(&line));
        assert_eq!(told, ["+25 %", "-50 %", "", "+33.3 %"]);
    }
}
