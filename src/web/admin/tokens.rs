//! Tokens of the API: make one, whose secret is shown once, and revoke it.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};

use crate::app::App;
use crate::domain::scope::{Scope, Scopes};
use crate::flows::api_tokens::{Made, NewToken, make_token, revoke_token};
use crate::storage::api_tokens::{self, ApiToken};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::layout::Layout;
use crate::web::pages::show::Moment;
use crate::web::pages::{self, html, see_other};
use crate::web::user::dial_form::Field;

const ON_A_PAGE: i64 = 50;
const LONGEST_NAME: usize = 100;
/// What may be chosen for how many days a token lasts.
const LIFETIMES: [(&str, &str); 4] =
    [("", "until it is revoked"), ("30", "30 days"), ("90", "90 days"), ("365", "a year")];

struct TokenLine {
    id: String,
    name: String,
    scopes: String,
    made_by: String,
    made_at: Moment,
    used_at: Option<Moment>,
    /// `in use`, or why not.
    state: &'static str,
    expires_at: Option<Moment>,
    may_be_revoked: bool,
}

/// What was typed, and what came of it.
#[derive(Default)]
struct TokenForm {
    name: Field,
    scopes: Scopes,
    scopes_error: Option<&'static str>,
    days: String,
    /// Shown now, and never again.
    bearer: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/tokens.html")]
struct TokensPage {
    layout: Layout,
    tokens: Vec<TokenLine>,
    older: Option<String>,
    all_scopes: [Scope; 11],
    lifetimes: [(&'static str, &'static str); 4],
    form: TokenForm,
}

pub async fn get(req: HttpRequest, app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    who.require(Right::ManageIntegrations)?;
    let query = Fields::read(req.query_string().as_bytes())?;
    let after = Some(query.text("after")).filter(|after| !after.is_empty()).map(pages::id).transpose()?;
    page(&app, StatusCode::OK, who, after, TokenForm::default()).await
}

async fn page(
    app: &App,
    status: StatusCode,
    who: Administrator,
    after: Option<String>,
    form: TokenForm,
) -> Result<HttpResponse, PageError> {
    let now = app.clock.now();
    let tokens = app.db.read(move |tx| api_tokens::list(tx, after.as_deref(), ON_A_PAGE)).await?;
    let full = i64::try_from(tokens.len()).is_ok_and(|count| count == ON_A_PAGE);
    let older = tokens.last().filter(|_| full).map(|last| last.id.clone());
    let tokens = tokens.into_iter().map(|token| line(token, now)).collect();
    html(status, &TokensPage { layout: who.layout, tokens, older, all_scopes: Scope::ALL, lifetimes: LIFETIMES, form })
}

fn line(token: ApiToken, now: DateTime<Utc>) -> TokenLine {
    let state = match (token.revoked_at, token.expires_at) {
        (Some(_), _) => "revoked",
        (None, Some(at)) if at <= now => "expired",
        (None, Some(_) | None) => "in use",
    };
    TokenLine {
        id: token.id,
        name: token.name,
        scopes: token.scopes.to_string(),
        made_by: token.created_by,
        made_at: Moment(token.created_at),
        used_at: token.last_used_at.map(Moment),
        state,
        expires_at: token.expires_at.map(Moment),
        may_be_revoked: token.revoked_at.is_none(),
    }
}

/// Answers with the page itself instead of sending the browser back to it: the secret must stand in no address and no
/// cookie. Sending the form again is refused, since the name is taken.
pub async fn post(app: Data<App>, who: Administrator, posted: Posted) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ManageIntegrations)?;
    let now = app.clock.now();
    let (mut form, wanted) = read(&posted, now);
    let Some(wanted) = wanted else { return page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, None, form).await };
    let actor = who.user.email.clone();
    match app.db.write(move |tx| make_token(tx, &wanted, &actor, now)).await? {
        Made::Token { bearer, .. } => {
            let form = TokenForm { bearer: Some(bearer), ..TokenForm::default() };
            return page(&app, StatusCode::OK, who, None, form).await;
        }
        Made::NameTaken => form.name.error = Some("There is or was a token of this name.".to_owned()),
        Made::NoScope => form.scopes_error = Some("Choose at least one."),
        Made::Expired => form.name.error = Some("It would be over already.".to_owned()),
    }
    page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, None, form).await
}

/// What was typed, and what it asks for if nothing is wrong with it.
fn read(fields: &Fields, now: DateTime<Utc>) -> (TokenForm, Option<NewToken>) {
    let name = fields.text("name").to_owned();
    let scopes: Scopes = fields.all("scope").filter_map(|code| code.parse::<Scope>().ok()).collect();
    let days = fields.text("days");
    let lifetime = LIFETIMES.iter().find(|(known, _)| *known == days).and_then(|(days, _)| days.parse().ok());
    let wrong_name = name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control);
    let scopes_error = scopes.is_empty().then_some("Choose at least one.");
    let wanted = (!wrong_name && scopes_error.is_none()).then(|| NewToken {
        name: name.clone(),
        scopes: scopes.clone(),
        expires_at: lifetime.map(|days| now + TimeDelta::days(days)),
    });
    let error = wrong_name.then(|| format!("Give a name of up to {LONGEST_NAME} letters."));
    let name = Field { value: name, error };
    (TokenForm { name, scopes, scopes_error, days: days.to_owned(), bearer: None }, wanted)
}

pub async fn revoke(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    _posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ManageIntegrations)?;
    let (id, actor, now) = (pages::id(&id)?, who.user.email.clone(), app.clock.now());
    app.db.write(move |tx| revoke_token(tx, &id, &actor, now)).await?;
    Ok(see_other("/admin/tokens"))
}
