//! Bots: all of them, a new one, and one to look at, change and take away.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use super::settings::{self, Line, Shape};
use crate::app::App;
use crate::domain::bot::{Bot, SETTINGS, is_name};
use crate::domain::setting::{BadSetting, Given};
use crate::flows::FlowError;
use crate::flows::bots::{BotKept, change_bot, make_bot, remove_bot};
use crate::storage::StorageError;
use crate::storage::bots::{self, NamedBot};
use crate::voice::Place;
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::layout::Layout;
use crate::web::pages::{html, see_other};
use crate::web::peer::Peer;
use crate::web::user::dial_form::Field;

const PLACE: &str = "/admin/bots";
/// An operator makes a few; a page stays light with many.
const MOST: i64 = 200;

#[derive(Template)]
#[template(path = "admin/bots.html")]
struct BotsPage {
    layout: Layout,
    bots: Vec<NamedBot>,
    new_name: Field,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "admin/bot.html")]
struct BotPage {
    layout: Layout,
    name: String,
    /// What the carrier has to ask.
    address: String,
    lines: Vec<Line>,
}

pub async fn get(app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    who.require(Right::ManageIntegrations)?;
    let lines = settings::lines(SETTINGS, &Bot::default());
    page(&app, StatusCode::OK, who, Field::default(), lines).await
}

async fn page(
    app: &App,
    status: StatusCode,
    who: Administrator,
    new_name: Field,
    lines: Vec<Line>,
) -> Result<HttpResponse, PageError> {
    let bots = app.db.read(|tx| bots::list(tx, None, MOST)).await.map_err(|error: StorageError| error)?;
    html(status, &BotsPage { layout: who.layout, bots, new_name, lines })
}

pub async fn make(
    app: Data<App>,
    who: Administrator,
    Peer(from): Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ManageIntegrations)?;
    let (name, given) = (posted.text("name").to_owned(), settings::given(SETTINGS, &posted));
    let (actor, now) = (who.user.email.clone(), app.clock.now());
    let (named, wanted) = (name.clone(), given.clone());
    let kept = app.db.write_from(from, move |tx| make_bot(tx, &named, &wanted, &actor, now));
    let bad = match wrong(kept.await?) {
        Ok(made) => return Ok(see_other(&format!("{PLACE}/{}", made.name))),
        Err(bad) => bad,
    };
    let mut lines = settings::lines(SETTINGS, &Bot::default());
    settings::refuse(&mut lines, &given, &bad);
    let error = bad.iter().find(|bad| bad.name == "name").map(|bad| format!("This {}.", bad.why));
    page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, Field { value: name, error }, lines).await
}

pub async fn one(app: Data<App>, who: Administrator, name: Path<String>) -> Result<HttpResponse, PageError> {
    who.require(Right::ManageIntegrations)?;
    bot(&app, StatusCode::OK, who, known(&name)?, None).await
}

/// `refused`: what was given, and what is wrong with it.
async fn bot(
    app: &App,
    status: StatusCode,
    who: Administrator,
    name: String,
    refused: Option<(Given, Vec<BadSetting>)>,
) -> Result<HttpResponse, PageError> {
    let wanted = name.clone();
    let found = app.db.read(move |tx| bots::find(tx, &wanted)?.ok_or_else(|| FlowError::not_found("bot", &wanted)));
    let mut lines = settings::lines(SETTINGS, &found.await?.bot);
    if let Some((given, bad)) = refused {
        settings::refuse(&mut lines, &given, &bad);
    }
    let address = app.carrier.url(&Place::Bot { bot: name.clone(), round: 0 });
    html(status, &BotPage { layout: who.layout, name, address, lines })
}

pub async fn change(
    app: Data<App>,
    who: Administrator,
    name: Path<String>,
    Peer(from): Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ManageIntegrations)?;
    let (name, given) = (known(&name)?, settings::given(SETTINGS, &posted));
    let (actor, now) = (who.user.email.clone(), app.clock.now());
    let (named, wanted) = (name.clone(), given.clone());
    let kept = app.db.write_from(from, move |tx| change_bot(tx, &named, &wanted, &actor, now));
    match wrong(kept.await?) {
        Ok(_) => Ok(see_other(PLACE)),
        Err(bad) => bot(&app, StatusCode::UNPROCESSABLE_ENTITY, who, name, Some((given, bad))).await,
    }
}

pub async fn remove(
    app: Data<App>,
    who: Administrator,
    name: Path<String>,
    Peer(from): Peer,
    _posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ManageIntegrations)?;
    let name = known(&name)?;
    let (actor, now) = (who.user.email.clone(), app.clock.now());
    app.db.write_from(from, move |tx| remove_bot(tx, &name, &actor, now)).await?;
    Ok(see_other(PLACE))
}

fn known(name: &str) -> Result<String, PageError> {
    if is_name(name) { Ok(name.to_owned()) } else { Err(PageError::NotFound) }
}

/// The bot as it is kept, or what is wrong.
fn wrong(kept: BotKept) -> Result<NamedBot, Vec<BadSetting>> {
    match kept {
        BotKept::Now(bot) | BotKept::Already(bot) => Ok(bot),
        BotKept::NameTaken => Err(vec![BadSetting::new("name", "is the name of another bot")]),
        BotKept::NumberTaken => Err(vec![BadSetting::new("number", "is the number of another bot")]),
        BotKept::Bad(bad) => Err(bad),
    }
}
