//! What a plan settles for its calls besides prices: a line for each term, and the profile of its room.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use super::settings::{self, Line, Shape};
use crate::app::App;
use crate::domain::call::terms::TERMS;
use crate::domain::setting::{BadSetting, Given};
use crate::flows::FlowError;
use crate::flows::change_terms::{PlanTerms, ROOM_PROFILE, TermsChanged, change_terms, plan_terms};
use crate::storage::accounts::Plan;
use crate::storage::{Tx, room_profiles};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::layout::Layout;
use crate::web::pages::{self, html, see_other};
use crate::web::peer::Peer;

/// Profiles that are offered.
const MOST_PROFILES: i64 = 200;

#[derive(Template)]
#[template(path = "admin/plan_terms.html")]
struct TermsPage {
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
    html(status, &TermsPage { layout: who.layout, plan, lines })
}

fn find(tx: &mut Tx, id: &str) -> Result<(Plan, Vec<Line>), FlowError> {
    let terms = plan_terms(tx, id)?;
    let profiles = room_profiles::list(tx, None, MOST_PROFILES)?;
    let mut lines = lines_of(&terms);
    let names = profiles.into_iter().map(|profile| (profile.name.clone(), profile.name));
    lines[0].shape = Shape::Choice(names.collect());
    Ok((terms.plan, lines))
}

/// As they are shown: the room first.
pub fn lines_of(terms: &PlanTerms) -> Vec<Line> {
    let room = Line {
        name: ROOM_PROFILE,
        label: "Room",
        help: "",
        shape: Shape::Text,
        value: terms.room.name.clone(),
        error: None,
    };
    let mut lines = vec![room];
    lines.extend(settings::lines(TERMS, &terms.plan.terms));
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
    let (id, mut given) = (pages::id(&id)?, settings::given(TERMS, &posted));
    given.push((ROOM_PROFILE.to_owned(), posted.text(ROOM_PROFILE).to_owned()));
    let (actor, timing, now) = (who.user.email.clone(), app.config.rules.timing, app.clock.now());
    let (plan, wanted) = (id.clone(), given.clone());
    let changed = app.db.write_from(from, move |tx| change_terms(tx, &plan, &wanted, &actor, &timing, now));
    match changed.await? {
        TermsChanged::Now(_) | TermsChanged::Already(_) => Ok(see_other(&format!("/admin/plans/{id}"))),
        TermsChanged::Bad(bad) => page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, id, Some((given, bad))).await,
    }
}
