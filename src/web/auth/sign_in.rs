//! The door. It says the same to a wrong password and to an address nobody has.

use actix_session::Session;
use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use askama::Template;

use super::throttle::Throttle;
use super::{password, session};
use crate::app::App;
use crate::storage::{StorageError, users};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::layout::Layout;
use crate::web::pages::{html, see_other};
use crate::web::peer::Peer;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    layout: Layout,
    email: String,
    message: Option<String>,
}

pub async fn form(session: Session) -> Result<HttpResponse, PageError> {
    page(&session, StatusCode::OK, String::new(), None)
}

pub async fn submit(
    Peer(from): Peer,
    app: Data<App>,
    throttle: Data<Throttle>,
    session: Session,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let (email, password) = (posted.text("email").to_owned(), posted.raw("password").to_owned());
    if let Some(seconds) = throttle.must_wait(&email, from) {
        return too_many(&session, email, seconds);
    }
    let wanted = email.clone();
    let user = app.db.read::<_, StorageError>(move |tx| users::by_email(tx, &wanted)).await?;
    let right = password.len() <= password::LONGEST
        && password::fits(password, user.as_ref().map(|user| user.password_hash.clone())).await;
    let begun = match user.filter(|_| right) {
        Some(user) => session::begin(&app, &session, &user).await?,
        None => false,
    };
    if begun {
        return Ok(see_other("/"));
    }
    let message = "There is no account with this e-mail address and password.".to_owned();
    page(&session, StatusCode::UNPROCESSABLE_ENTITY, email, Some(message))
}

fn too_many(session: &Session, email: String, seconds: u64) -> Result<HttpResponse, PageError> {
    let message = format!("Too many tries. Wait {seconds} seconds, then try again.");
    let mut response = page(session, StatusCode::TOO_MANY_REQUESTS, email, Some(message))?;
    response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    Ok(response)
}

fn page(
    session: &Session,
    status: StatusCode,
    email: String,
    message: Option<String>,
) -> Result<HttpResponse, PageError> {
    html(status, &SignInPage { layout: Layout::of_nobody(session), email, message })
}
