//! Who administers: let in, given another role or password, and removed again.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use super::shown_once::{self, Wish};
use crate::app::App;
use crate::flows::people::{Added, PersonChanged, add_administrator, change_role, remove_administrator};
use crate::flows::set_password::set_administrators_password;
use crate::storage::users::{self, User};
use crate::web::auth::{Administrator, Right, Role};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::layout::Layout;
use crate::web::pages::{self, html, see_other};
use crate::web::peer::Peer;
use crate::web::user::dial_form::Field;

const PLACE: &str = "/admin/people";
const LAST_OWNER: &str = "This is the last owner. Make somebody else an owner first.";

#[derive(Default)]
struct Form {
    email: Field,
    role: Field,
    /// Why somebody cannot be changed.
    refused: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "admin/people.html")]
struct PeoplePage {
    layout: Layout,
    people: Vec<User>,
    roles: [&'static str; 4],
    form: Form,
}

pub async fn get(app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    who.require(Right::ManagePeople)?;
    page(&app, StatusCode::OK, who, Form::default()).await
}

async fn page(app: &App, status: StatusCode, who: Administrator, mut form: Form) -> Result<HttpResponse, PageError> {
    let people = app.db.read(users::administrators).await?;
    if form.role.value.is_empty() {
        // What allows least stands first.
        form.role.value = Role::Viewer.code().to_owned();
    }
    let roles = Role::ALL.map(Role::code);
    html(status, &PeoplePage { layout: who.layout, people, roles, form })
}

pub async fn add(
    app: Data<App>,
    who: Administrator,
    Peer(from): Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ManagePeople)?;
    let field = |name| Field { value: posted.text(name).to_owned(), error: None };
    let mut form = Form { email: field("email"), role: field("role"), refused: None };
    let Some(role) = Role::named(&form.role.value) else {
        form.role.error = Some("Choose a role.".to_owned());
        return page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, form).await;
    };
    let wish = Wish::made();
    let (email, actor, now, hash) =
        (form.email.value.clone(), who.user.email.clone(), app.clock.now(), wish.hash().await);
    let write = app.db.write_from(from, move |tx| add_administrator(tx, &email, role.code(), hash, &actor, now));
    let error = match write.await? {
        Added::Person(user) => return shown_once::page(who.layout, &user.email, &wish, PLACE),
        Added::EmailTaken => "Somebody signs in with this address.",
        Added::BadEmail => "This is not an e-mail address.",
    };
    form.email.error = Some(error.to_owned());
    page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, form).await
}

pub async fn role(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    Peer(from): Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ManagePeople)?;
    let id = pages::id(&id)?;
    let role = Role::named(posted.text("role")).ok_or(PageError::BadRequest("There is no such role."))?;
    let (actor, now) = (who.user.email.clone(), app.clock.now());
    let changed = app.db.write_from(from, move |tx| change_role(tx, &id, role.code(), &actor, now)).await?;
    answer(&app, who, changed).await
}

pub async fn remove(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    Peer(from): Peer,
    _posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ManagePeople)?;
    let id = pages::id(&id)?;
    let (actor, now) = (who.user.email.clone(), app.clock.now());
    let changed = app.db.write_from(from, move |tx| remove_administrator(tx, &id, &actor, now)).await?;
    answer(&app, who, changed).await
}

async fn answer(app: &App, who: Administrator, changed: PersonChanged) -> Result<HttpResponse, PageError> {
    match changed {
        PersonChanged::Now | PersonChanged::Already => Ok(see_other(PLACE)),
        PersonChanged::LastOwner => {
            let form = Form { refused: Some(LAST_OWNER), ..Form::default() };
            page(app, StatusCode::UNPROCESSABLE_ENTITY, who, form).await
        }
    }
}

pub async fn password(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    Peer(from): Peer,
    _posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ManagePeople)?;
    let id = pages::id(&id)?;
    let wish = Wish::made();
    let (actor, now, hash) = (who.user.email.clone(), app.clock.now(), wish.hash().await);
    let user = app.db.write_from(from, move |tx| set_administrators_password(tx, &id, &hash, &actor, now)).await?;
    shown_once::page(who.layout, &user.email, &wish, PLACE)
}
