//! Profiles of rooms: all of them, a new one, and one to look at and change.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use super::settings::{self, Line, Shape};
use crate::app::App;
use crate::domain::room_profile::{HOUSE, RoomProfile, SETTINGS};
use crate::domain::setting::{BadSetting, Given};
use crate::flows::FlowError;
use crate::flows::room_profiles::{ProfileKept, change_room_profile, make_room_profile};
use crate::storage::room_profiles::{self, NamedProfile};
use crate::storage::{StorageError, Tx};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::layout::Layout;
use crate::web::pages::{self, html, see_other};
use crate::web::peer::Peer;
use crate::web::user::dial_form::Field;

const PLACE: &str = "/admin/rooms";
/// An operator makes a few; a page stays light with many.
const MOST: i64 = 200;
const MOST_PLANS: i64 = 20;

struct ProfileLine {
    id: String,
    name: String,
    /// What is not as in the smallest room.
    differs: String,
    plans: String,
}

#[derive(Template)]
#[template(path = "admin/rooms.html")]
struct RoomsPage {
    layout: Layout,
    profiles: Vec<ProfileLine>,
    new_name: Field,
    lines: Vec<Line>,
    may_change: bool,
}

#[derive(Template)]
#[template(path = "admin/room.html")]
struct RoomPage {
    layout: Layout,
    profile: NamedProfile,
    plans: String,
    lines: Vec<Line>,
    house: &'static [(&'static str, &'static str)],
    may_change: bool,
}

pub async fn get(app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    let lines = settings::lines(SETTINGS, &RoomProfile::default());
    page(&app, StatusCode::OK, who, Field::default(), lines).await
}

async fn page(
    app: &App,
    status: StatusCode,
    who: Administrator,
    new_name: Field,
    lines: Vec<Line>,
) -> Result<HttpResponse, PageError> {
    let profiles = app.db.read(profiles).await?;
    let may_change = who.may(Right::ChangeRates);
    html(status, &RoomsPage { layout: who.layout, profiles, new_name, lines, may_change })
}

fn profiles(tx: &mut Tx) -> Result<Vec<ProfileLine>, StorageError> {
    let all = room_profiles::list(tx, None, MOST)?;
    let line = |NamedProfile { id, name, profile }| {
        let plans = room_profiles::plans_with(tx, &id, MOST_PLANS)?.join(", ");
        Ok(ProfileLine { id, name, differs: differs(&profile), plans })
    };
    all.into_iter().map(line).collect()
}

fn differs(profile: &RoomProfile) -> String {
    let usual = RoomProfile::default();
    let other = SETTINGS.iter().filter(|setting| (setting.get)(profile) != (setting.get)(&usual));
    let other: Vec<_> = other.map(|setting| format!("{} {}", setting.name, (setting.get)(profile))).collect();
    other.join(", ")
}

pub async fn make(
    app: Data<App>,
    who: Administrator,
    Peer(from): Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ChangeRates)?;
    let (name, given) = (posted.text("name").to_owned(), settings::given(SETTINGS, &posted));
    let (actor, now) = (who.user.email.clone(), app.clock.now());
    let (named, wanted) = (name.clone(), given.clone());
    let kept = app.db.write_from(from, move |tx| make_room_profile(tx, &named, &wanted, &actor, now));
    let bad = match kept.await? {
        ProfileKept::Now(made) | ProfileKept::Already(made) => return Ok(see_other(&format!("{PLACE}/{}", made.id))),
        ProfileKept::NameTaken => vec![BadSetting::new("name", "is the name of another profile")],
        ProfileKept::Bad(bad) => bad,
    };
    let mut lines = settings::lines(SETTINGS, &RoomProfile::default());
    settings::refuse(&mut lines, &given, &bad);
    let error = bad.iter().find(|bad| bad.name == "name").map(|bad| format!("This {}.", bad.why));
    page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, Field { value: name, error }, lines).await
}

pub async fn one(app: Data<App>, who: Administrator, id: Path<String>) -> Result<HttpResponse, PageError> {
    profile(&app, StatusCode::OK, who, pages::id(&id)?, None).await
}

/// `refused`: what was given, and what is wrong with it.
async fn profile(
    app: &App,
    status: StatusCode,
    who: Administrator,
    id: String,
    refused: Option<(Given, Vec<BadSetting>)>,
) -> Result<HttpResponse, PageError> {
    let (profile, plans) = app.db.read(move |tx| find(tx, &id)).await?;
    let mut lines = settings::lines(SETTINGS, &profile.profile);
    if let Some((given, bad)) = refused {
        settings::refuse(&mut lines, &given, &bad);
    }
    let may_change = who.may(Right::ChangeRates);
    html(status, &RoomPage { layout: who.layout, profile, plans, lines, house: HOUSE, may_change })
}

fn find(tx: &mut Tx, id: &str) -> Result<(NamedProfile, String), FlowError> {
    let profile = room_profiles::find(tx, id)?.ok_or_else(|| FlowError::not_found("room profile", id))?;
    Ok((profile, room_profiles::plans_with(tx, id, MOST_PLANS)?.join(", ")))
}

pub async fn change(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    Peer(from): Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ChangeRates)?;
    let (id, given) = (pages::id(&id)?, settings::given(SETTINGS, &posted));
    let (actor, now) = (who.user.email.clone(), app.clock.now());
    let (named, wanted) = (id.clone(), given.clone());
    let kept = app.db.write_from(from, move |tx| change_room_profile(tx, &named, &wanted, &actor, now));
    match kept.await? {
        ProfileKept::Now(_) | ProfileKept::Already(_) => Ok(see_other(PLACE)),
        ProfileKept::NameTaken => unreachable!("a change leaves the name"),
        ProfileKept::Bad(bad) => profile(&app, StatusCode::UNPROCESSABLE_ENTITY, who, id, Some((given, bad))).await,
    }
}
