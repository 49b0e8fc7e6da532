//! Access numbers: all of them, a new one, one to look at, change and remove; and the calls that came in.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::settings::{self, Line, Shape};
use crate::app::App;
use crate::domain::access::greeting::{Greeting, Step};
use crate::domain::access::{AccessNumber, AccessSettings, SETTINGS};
use crate::domain::phone_number::PhoneNumber;
use crate::domain::setting::{BadSetting, Choice, Given};
use crate::flows::FlowError;
use crate::flows::access_numbers::{NumberKept, change_access_number, make_access_number, remove_access_number};
use crate::storage::{StorageError, Tx, access_numbers, greetings};
use crate::voice::Place;
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::layout::Layout;
use crate::web::pages::show::Moment;
use crate::web::pages::{self, html, see_other};
use crate::web::peer::Peer;
use crate::web::user::dial_form::Field;

const PLACE: &str = "/admin/access";
/// An operator has a few; a page stays light with many.
const MOST: i64 = 200;
const CALLS_ON_A_PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "admin/access.html")]
struct AccessPage {
    layout: Layout,
    numbers: Vec<AccessNumber>,
    new_number: Field,
    lines: Vec<Line>,
    may_change: bool,
    may_see_calls: bool,
    voice_url: String,
    status_url: String,
}

#[derive(Template)]
#[template(path = "admin/access_number.html")]
struct AccessNumberPage {
    layout: Layout,
    one: AccessNumber,
    lines: Vec<Line>,
    may_change: bool,
}

struct CallLine {
    began_at: Moment,
    number: String,
    phone: Option<String>,
    account: Option<String>,
    /// What it came to.
    came_to: String,
    call: Option<String>,
    seconds: Option<i64>,
}

#[derive(Template)]
#[template(path = "admin/access_calls.html")]
struct CallsPage {
    layout: Layout,
    calls: Vec<CallLine>,
    older: Option<String>,
}

pub async fn get(app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    let lines = settings::lines(SETTINGS, &AccessSettings::default());
    page(&app, StatusCode::OK, who, Field::default(), lines).await
}

async fn page(
    app: &App,
    status: StatusCode,
    who: Administrator,
    new_number: Field,
    lines: Vec<Line>,
) -> Result<HttpResponse, PageError> {
    let page = AccessPage {
        numbers: app.db.read(|tx| access_numbers::list(tx, None, MOST)).await?,
        new_number,
        lines,
        may_change: who.may(Right::ManageIntegrations),
        may_see_calls: who.may(Right::SeeCalls),
        voice_url: app.carrier.url(&Place::CalledIn),
        status_url: app.carrier.url(&Place::CalledInStatus),
        layout: who.layout,
    };
    html(status, &page)
}

pub async fn make(
    app: Data<App>,
    who: Administrator,
    Peer(from): Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ManageIntegrations)?;
    let (typed, given) = (posted.text("number").to_owned(), settings::given(SETTINGS, &posted));
    let (actor, now) = (who.user.email.clone(), app.clock.now());
    let bad = match typed.parse::<PhoneNumber>() {
        Err(bad) => vec![BadSetting::new("number", format!("is wrong: {bad}"))],
        Ok(number) => {
            let wanted = given.clone();
            let kept = app.db.write_from(from, move |tx| make_access_number(tx, &number, &wanted, &actor, now));
            match kept.await? {
                NumberKept::Now(_) | NumberKept::Already(_) => return Ok(see_other(PLACE)),
                NumberKept::NumberTaken => vec![BadSetting::new("number", "is an access number already")],
                NumberKept::Bad(bad) => bad,
            }
        }
    };
    let mut lines = settings::lines(SETTINGS, &AccessSettings::default());
    settings::refuse(&mut lines, &given, &bad);
    let error = bad.iter().find(|bad| bad.name == "number").map(|bad| format!("This {}.", bad.why));
    page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, Field { value: typed, error }, lines).await
}

pub async fn one(app: Data<App>, who: Administrator, id: Path<String>) -> Result<HttpResponse, PageError> {
    number(&app, StatusCode::OK, who, pages::id(&id)?, None).await
}

/// `refused`: what was given, and what is wrong with it.
async fn number(
    app: &App,
    status: StatusCode,
    who: Administrator,
    id: String,
    refused: Option<(Given, Vec<BadSetting>)>,
) -> Result<HttpResponse, PageError> {
    let unknown = |id: &str| FlowError::not_found("access number", id);
    let one = app.db.read(move |tx| access_numbers::find(tx, &id)?.ok_or_else(|| unknown(&id))).await?;
    let mut lines = settings::lines(SETTINGS, &one.settings);
    if let Some((given, bad)) = refused {
        settings::refuse(&mut lines, &given, &bad);
    }
    let may_change = who.may(Right::ManageIntegrations);
    html(status, &AccessNumberPage { layout: who.layout, one, lines, may_change })
}

pub async fn change(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    Peer(from): Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ManageIntegrations)?;
    let (id, given) = (pages::id(&id)?, settings::given(SETTINGS, &posted));
    let (actor, now) = (who.user.email.clone(), app.clock.now());
    let (named, wanted) = (id.clone(), given.clone());
    let kept = app.db.write_from(from, move |tx| change_access_number(tx, &named, &wanted, &actor, now));
    match kept.await? {
        NumberKept::Now(_) | NumberKept::Already(_) => Ok(see_other(PLACE)),
        NumberKept::NumberTaken => unreachable!("a change leaves the number"),
        NumberKept::Bad(bad) => number(&app, StatusCode::UNPROCESSABLE_ENTITY, who, id, Some((given, bad))).await,
    }
}

pub async fn remove(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    Peer(from): Peer,
    _posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ManageIntegrations)?;
    let (id, actor, now) = (pages::id(&id)?, who.user.email.clone(), app.clock.now());
    app.db.write_from(from, move |tx| remove_access_number(tx, &id, &actor, now)).await?;
    Ok(see_other(PLACE))
}

pub async fn calls(req: HttpRequest, app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    who.require(Right::SeeCalls)?;
    let query = Fields::read(req.query_string().as_bytes())?;
    let after = Some(query.text("after")).filter(|after| !after.is_empty()).map(pages::id).transpose()?;
    let read = move |tx: &mut Tx| greetings::list(tx, None, after.as_deref(), CALLS_ON_A_PAGE);
    let found = app.db.read(read).await.map_err(|error: StorageError| error)?;
    let full = i64::try_from(found.len()).is_ok_and(|count| count == CALLS_ON_A_PAGE);
    let older = found.last().filter(|_| full).map(|last| last.call_sid.clone());
    html(StatusCode::OK, &CallsPage { layout: who.layout, calls: found.into_iter().map(line).collect(), older })
}

fn line(greeting: Greeting) -> CallLine {
    let (came_to, call) = match greeting.step {
        Step::Connected { call, .. } => ("a call".to_owned(), Some(call)),
        Step::Over { because } => (because.code().replace('_', " "), None),
        Step::Code => ("asked for a PIN".to_owned(), None),
        Step::Number { .. } => ("asked for a number".to_owned(), None),
        Step::TopUp { .. } => ("waits for a top-up".to_owned(), None),
    };
    CallLine {
        began_at: Moment(greeting.began_at),
        number: greeting.number.international(),
        phone: greeting.caller.map(|caller| caller.international()),
        account: greeting.account,
        came_to,
        call,
        seconds: greeting.seconds,
    }
}
