//! Who administers: list them, let somebody in, change a role or a password, remove somebody.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::account_changes::{NewPassword, PasswordBody, Wish};
use super::auth::actor;
use super::input::{Fields, Query, path_id};
use crate::app::App;
use crate::flows::people::{Added, PersonChanged, add_administrator, change_role, remove_administrator};
use crate::flows::set_password::set_administrators_password;
use crate::storage::users::{self, User};
use crate::web::auth::Role;
use crate::web::error::ApiError;
use crate::web::peer;

/// Somebody to be let in.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewAdministrator {
    #[schema(example = "grace@example.com")]
    email: String,
    /// `owner`, `finance`, `support` or `viewer`.
    #[schema(example = "support")]
    role: String,
    /// At least ten characters; without it one is made.
    #[schema(example = "correct horse battery staple")]
    password: Option<String>,
}

/// What an administrator is to be from now on.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewRole {
    /// `owner`, `finance`, `support` or `viewer`.
    #[schema(example = "viewer")]
    role: String,
}

/// Somebody who administers the service.
#[derive(Serialize, ToSchema)]
pub struct AdministratorBody {
    #[schema(example = "usr_01ja0000000000000000000000")]
    id: String,
    email: String,
    #[schema(example = "support")]
    role: String,
}

/// All of them: they are few.
#[derive(Serialize, ToSchema)]
pub struct Administrators {
    items: Vec<AdministratorBody>,
}

/// List administrators
#[utoipa::path(get, path = "/api/v1/administrators", tag = "administrators",
    responses((status = 200, body = Administrators, description = "All, by e-mail")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    Query::read(&request).done()?;
    let items = app.db.read(|tx| Ok::<_, ApiError>(users::administrators(tx)?)).await?;
    Ok(HttpResponse::Ok().json(Administrators { items: items.into_iter().map(body).collect() }))
}

fn body(user: User) -> AdministratorBody {
    AdministratorBody { id: user.id, email: user.email, role: user.role }
}

fn role(fields: &mut Fields) -> Result<Role, ApiError> {
    let name = fields.text("role")?;
    let unknown = || ApiError::unprocessable("invalid_field", "role is owner, finance, support or viewer.").at("role");
    Role::named(&name).ok_or_else(unknown)
}

/// Add an administrator
#[utoipa::path(post, path = "/api/v1/administrators", tag = "administrators", request_body = NewAdministrator,
    responses((status = 201, body = PasswordBody, description = "Who may sign in now"),
        (status = 409, description = "already_exists, email_taken, secret_shown_once")))]
pub async fn create(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let actor = actor(&request);
    let mut fields = Fields::read(&request, payload).await?;
    let (email, role, given) = (fields.text("email")?, role(&mut fields)?, fields.optional_text("password")?);
    fields.done()?;
    let wish = Wish::new(given)?;
    let (hash, from, now) = (wish.hash().await, peer::address(&request), app.clock.now());
    let added = app.db.write_from(from, move |tx| add_administrator(tx, &email, role.code(), hash, &actor, now));
    match added.await? {
        Added::Person(user) => {
            let mut response = HttpResponse::Created();
            response.insert_header((header::LOCATION, format!("/api/v1/administrators/{}", user.id)));
            Ok(wish.answer(response, user.id, user.email))
        }
        Added::EmailTaken => Err(ApiError::conflict("email_taken", "Somebody signs in with this address.").at("email")),
        Added::BadEmail => Err(ApiError::unprocessable("invalid_field", "This is not an e-mail address.").at("email")),
    }
}

/// Show an administrator
#[utoipa::path(get, path = "/api/v1/administrators/{id}", tag = "administrators", params(("id" = String, Path)),
    responses((status = 200, body = AdministratorBody, description = "The administrator")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "administrator")?;
    let found = app.db.read(move |tx| {
        let user = users::find(tx, &id)?.filter(|user| Role::named(&user.role).is_some());
        user.ok_or_else(|| ApiError::not_found("administrator", &id))
    });
    Ok(HttpResponse::Ok().json(body(found.await?)))
}

/// Change an administrator's role
#[utoipa::path(post, path = "/api/v1/administrators/{id}/role", operation_id = "set_administrator_role", tag = "administrators", request_body = NewRole,
    params(("id" = String, Path)),
    responses((status = 200, body = AdministratorBody, description = "As they are now"),
        (status = 409, description = "last_owner")))]
pub async fn set_role(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let actor = actor(&request);
    let id = path_id(&request, "administrator")?;
    let mut fields = Fields::read(&request, payload).await?;
    let role = role(&mut fields)?;
    fields.done()?;
    let (from, now) = (peer::address(&request), app.clock.now());
    let changed = app.db.write_from(from, move |tx| {
        let changed = change_role(tx, &id, role.code(), &actor, now)?;
        let user = users::find(tx, &id)?.ok_or_else(|| ApiError::not_found("administrator", &id))?;
        Ok::<_, ApiError>((changed, user))
    });
    let (changed, user) = changed.await?;
    done(changed)?;
    Ok(HttpResponse::Ok().json(body(user)))
}

fn done(changed: PersonChanged) -> Result<(), ApiError> {
    match changed {
        PersonChanged::Now | PersonChanged::Already => Ok(()),
        PersonChanged::LastOwner => {
            Err(ApiError::conflict("last_owner", "This is the last owner. Make somebody else an owner first."))
        }
    }
}

/// Remove an administrator
#[utoipa::path(post, path = "/api/v1/administrators/{id}/remove", tag = "administrators",
    params(("id" = String, Path)),
    responses((status = 204, description = "They cannot sign in any more"),
        (status = 409, description = "last_owner")))]
pub async fn remove(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let actor = actor(&request);
    let id = path_id(&request, "administrator")?;
    let (from, now) = (peer::address(&request), app.clock.now());
    let removed = app.db.write_from(from, move |tx| remove_administrator(tx, &id, &actor, now));
    done(removed.await?)?;
    Ok(HttpResponse::NoContent().finish())
}

/// Set an administrator's password
#[utoipa::path(post, path = "/api/v1/administrators/{id}/password", operation_id = "set_administrator_password", tag = "administrators", request_body = NewPassword,
    params(("id" = String, Path)),
    responses((status = 200, body = PasswordBody, description = "Who signs in with it from now on"),
        (status = 409, description = "secret_shown_once")))]
pub async fn set_password(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let actor = actor(&request);
    let id = path_id(&request, "administrator")?;
    let mut fields = Fields::read(&request, payload).await?;
    let given = fields.optional_text("password")?;
    fields.done()?;
    let wish = Wish::new(given)?;
    let (hash, from, now) = (wish.hash().await, peer::address(&request), app.clock.now());
    let user = app.db.write_from(from, move |tx| set_administrators_password(tx, &id, &hash, &actor, now)).await?;
    Ok(wish.answer(HttpResponse::Ok(), user.id, user.email))
}
