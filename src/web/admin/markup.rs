//! A plan that follows the decks of another, and with what markup.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use super::settings::{self, Line, Shape};
use crate::app::App;
use crate::domain::rating::markup::MARKUP;
use crate::domain::setting::{BadSetting, Given};
use crate::flows::FlowError;
use crate::flows::change_markup::{COST_PLAN, MarkupChanged, PlanMarkup, change_markup, plan_markup};
use crate::storage::accounts::{self, Plan};
use crate::storage::{Tx, markups};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::layout::Layout;
use crate::web::pages::{self, html, see_other};
use crate::web::peer::Peer;

#[derive(Template)]
#[template(path = "admin/markup.html")]
struct MarkupPage {
    layout: Layout,
    plan: Plan,
    lines: Vec<Line>,
}

pub async fn get(app: Data<App>, who: Administrator, id: Path<String>) -> Result<HttpResponse, PageError> {
    who.require(Right::ChangeRates)?;
    page(&app, StatusCode::OK, who, pages::id(&id)?, None).await
}

async fn page(
    app: &App,
    status: StatusCode,
    who: Administrator,
    id: String,
    refused: Option<(Given, Vec<BadSetting>)>,
) -> Result<HttpResponse, PageError> {
    let (plan, mut lines) = app.db.read(move |tx| find(tx, &id)).await?;
    if let Some((given, bad)) = refused {
        settings::refuse(&mut lines, &given, &bad);
    }
    html(status, &MarkupPage { layout: who.layout, plan, lines })
}

/// Plans that could be followed are offered.
fn find(tx: &mut Tx, id: &str) -> Result<(Plan, Vec<Line>), FlowError> {
    let found = plan_markup(tx, id)?;
    let (mut choices, followers) = (vec![(String::new(), "none".to_owned())], markups::followers(tx)?);
    let open = accounts::all_plans(tx)?.into_iter().filter(|plan| plan.id != id && !followers.contains(&plan.id));
    choices.extend(open.map(|plan| (plan.name.clone(), format!("{}, in {}", plan.name, plan.currency))));
    let mut lines = lines_of(&found);
    lines[0].shape = Shape::Choice(choices);
    Ok((found.plan, lines))
}

/// As they are shown: the followed plan first.
pub fn lines_of(of: &PlanMarkup) -> Vec<Line> {
    let cost = Line {
        name: COST_PLAN,
        label: "Numbers without a rate cost what this plan asks, and more",
        help: "",
        shape: Shape::Text,
        value: of.cost.as_ref().map(|cost| cost.name.clone()).unwrap_or_default(),
        error: None,
    };
    let mut lines = vec![cost];
    lines.extend(settings::lines(MARKUP, &of.markup));
    lines
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
    let (id, mut given) = (pages::id(&id)?, settings::given(MARKUP, &posted));
    given.push((COST_PLAN.to_owned(), posted.text(COST_PLAN).to_owned()));
    let (actor, now) = (who.user.email.clone(), app.clock.now());
    let (plan, wanted) = (id.clone(), given.clone());
    let changed = app.db.write_from(from, move |tx| change_markup(tx, &plan, &wanted, &actor, now));
    match changed.await? {
        MarkupChanged::Now(_) | MarkupChanged::Already(_) => Ok(see_other(&format!("/admin/plans/{id}"))),
        MarkupChanged::Bad(bad) => page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, id, Some((given, bad))).await,
    }
}
