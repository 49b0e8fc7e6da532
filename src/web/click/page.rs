//! The page of a link. Looking at it starts nothing, since programs look at links before people do; its button does.

use actix_session::Session;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::view::{LinkView, Step, View, words};
use crate::app::App;
use crate::domain::call::Call;
use crate::domain::call_link::{CallLink, Standing};
use crate::flows::FlowError;
use crate::flows::call_links::{Followed, follow_call_link, link_of};
use crate::ids;
use crate::storage::{Tx, calls};
use crate::web::auth::throttle::Throttle;
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::layout::Layout;
use crate::web::pages::{self, html, see_other};
use crate::web::peer::Peer;

/// Longer ones are none of ours.
const LONGEST_TOKEN: usize = 128;

#[derive(Template)]
#[template(path = "click.html")]
struct ClickPage {
    layout: Layout,
    /// The end of its own address.
    token: String,
    link: LinkView,
    view: View,
}

/// `?call=` and the key of a page: what became of its call, also after the link's end.
pub async fn get(
    req: HttpRequest,
    app: Data<App>,
    session: Session,
    token: Path<String>,
) -> Result<HttpResponse, PageError> {
    let (token, now) = (checked(&token)?, app.clock.now());
    let query = Fields::read(req.query_string().as_bytes())?;
    let key = Some(query.text("call")).filter(|key| !key.is_empty()).map(pages::id).transpose()?;
    let asked = token.clone();
    let (link, call) = app.db.read(move |tx| look(tx, &asked, key.as_deref())).await?;
    let view = match call {
        Some(call) => View::Call { step: Step::of(&call) },
        None if link.standing(now) == Standing::Open => offer(None),
        None => View::Gone,
    };
    page(&session, status(&view), token, &link, view)
}

fn look(tx: &mut Tx, token: &str, key: Option<&str>) -> Result<(CallLink, Option<Call>), FlowError> {
    let link = link_of(tx, token)?.ok_or_else(|| FlowError::not_found("call link", ""))?;
    let Some(key) = key else { return Ok((link, None)) };
    let none = || FlowError::not_found("call", key);
    let id = calls::by_request_key(tx, &link.account, &link.request_key(key))?.ok_or_else(none)?;
    let call = calls::find(tx, &id)?.ok_or_else(none)?;
    Ok((link, Some(call)))
}

pub async fn post(
    Peer(from): Peer,
    app: Data<App>,
    throttle: Data<Throttle>,
    session: Session,
    token: Path<String>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    let (token, now) = (checked(&token)?, app.clock.now());
    let key = pages::id(posted.text("key")).map_err(|_| PageError::BadRequest("The form did not arrive whole."))?;
    let asked = token.clone();
    let (link, _) = app.db.read(move |tx| look(tx, &asked, None)).await?;
    if let Some(seconds) = throttle.must_wait(&link.id, from) {
        return too_many(&session, token, &link, seconds);
    }
    let (forms, rules) = (app.forms.clone(), app.config.rules);
    let (asked, page_key) = (token.clone(), key.clone());
    let follow = app.db.write_from(from, move |tx| follow_call_link(tx, &asked, &page_key, &forms, &rules, now));
    let message = match follow.await? {
        Followed::Call { .. } => return Ok(see_other(&format!("/click/{token}?call={key}"))),
        Followed::Unknown => return Err(PageError::NotFound),
        Followed::Over(_) => return page(&session, StatusCode::GONE, token, &link, View::Gone),
        Followed::Busy => "A call by this link is running. Try again when it is over.",
        Followed::Refused(refusal) => {
            // Whoever looks after the account should learn what its visitors are not told.
            tracing::warn!(link = link.id, account = link.account, reason = refusal.code(), "a link started no call");
            words(&refusal)
        }
    };
    page(&session, StatusCode::UNPROCESSABLE_ENTITY, token, &link, offer(Some(message.to_owned())))
}

fn checked(token: &str) -> Result<String, PageError> {
    let plausible = token.len() <= LONGEST_TOKEN && token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if plausible { Ok(token.to_owned()) } else { Err(PageError::NotFound) }
}

/// With a key of its own, so that sending it twice starts one call.
fn offer(message: Option<String>) -> View {
    View::Offer { key: ids::new("req"), message }
}

fn status(view: &View) -> StatusCode {
    match view {
        View::Offer { .. } | View::Call { .. } => StatusCode::OK,
        View::Gone => StatusCode::GONE,
    }
}

fn too_many(session: &Session, token: String, link: &CallLink, seconds: u64) -> Result<HttpResponse, PageError> {
    let message = format!("That was too often. Wait {seconds} seconds, then try again.");
    let mut response = page(session, StatusCode::TOO_MANY_REQUESTS, token, link, offer(Some(message)))?;
    response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    Ok(response)
}

/// Nobody's, even if the visitor is signed in.
fn page(
    session: &Session,
    status: StatusCode,
    token: String,
    link: &CallLink,
    view: View,
) -> Result<HttpResponse, PageError> {
    html(status, &ClickPage { layout: Layout::of_nobody(session), token, link: link.into(), view })
}
