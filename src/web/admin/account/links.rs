//! An account's links that start calls: make one, whose address is shown once, and revoke it.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::link_form::{LIFETIMES, LinkForm};
use crate::app::App;
use crate::domain::call_link::{CallLink, Standing};
use crate::flows::FlowError;
use crate::flows::call_links::{Made, make_call_link, revoke_call_link};
use crate::storage::accounts::{self, Account};
use crate::storage::{Tx, call_links};
use crate::web::auth::{Administrator, Right};
use crate::web::click;
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::layout::Layout;
use crate::web::pages::show::Moment;
use crate::web::pages::{self, html, see_other};
use crate::web::peer::Peer;

const ON_A_PAGE: i64 = 50;

struct LinkLine {
    id: String,
    label: String,
    own_number: String,
    numbers: String,
    calls: String,
    last_call: Option<String>,
    /// `open`, or why not.
    standing: String,
    expires_at: Moment,
    made_at: Moment,
    made_by: String,
    may_be_revoked: bool,
}

#[derive(Template)]
#[template(path = "admin/account/links.html")]
struct LinksPage {
    layout: Layout,
    account: Account,
    may_change: bool,
    links: Vec<LinkLine>,
    older: Option<String>,
    lifetimes: [(&'static str, &'static str); 5],
    form: LinkForm,
    /// The whole address: shown now, and never again.
    made: Option<String>,
}

pub async fn get(
    req: HttpRequest,
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
) -> Result<HttpResponse, PageError> {
    who.require(Right::SeeCalls)?;
    let query = Fields::read(req.query_string().as_bytes())?;
    let after = Some(query.text("after")).filter(|after| !after.is_empty()).map(pages::id).transpose()?;
    page(&app, StatusCode::OK, who, pages::id(&id)?, after, LinkForm::fresh(), None).await
}

/// Answers with the page itself instead of sending the browser back to it: the secret must stand in no address of ours.
/// Sending the form again makes no second link.
pub async fn post(
    Peer(from): Peer,
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ManageLinks)?;
    let (id, now) = (pages::id(&id)?, app.clock.now());
    let mut form = LinkForm::read(&posted);
    let Some(new) = form.checked(&id, now) else {
        return page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, id, None, form, None).await;
    };
    let (actor, rules) = (who.user.email.clone(), app.config.rules);
    let make = app.db.write_from(from, move |tx| make_call_link(tx, &new, &actor, &rules, now));
    match make.await? {
        Made::Link { token, .. } => {
            let made = click::address(&app.config.public_url, &token);
            return page(&app, StatusCode::OK, who, id, None, LinkForm::fresh(), Some(made)).await;
        }
        Made::Already(_) => form.message = Some("This form was sent before, and its link is in the list.".to_owned()),
        Made::Bad(bad) => form.bad(bad),
        Made::Refused(refusal) => form.refuse(&refusal),
    }
    page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, id, None, form, None).await
}

pub async fn revoke(
    Peer(from): Peer,
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    _posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ManageLinks)?;
    let (id, actor, now) = (pages::id(&id)?, who.user.email.clone(), app.clock.now());
    let link = app.db.write_from(from, move |tx| revoke_call_link(tx, &id, &actor, now)).await?;
    Ok(see_other(&format!("/admin/accounts/{}/links", link.account)))
}

async fn page(
    app: &App,
    status: StatusCode,
    who: Administrator,
    id: String,
    after: Option<String>,
    form: LinkForm,
    made: Option<String>,
) -> Result<HttpResponse, PageError> {
    let now = app.clock.now();
    let read = move |tx: &mut Tx| {
        let account = accounts::find(tx, &id)?.ok_or_else(|| FlowError::not_found("account", &id))?;
        Ok::<_, FlowError>((account, call_links::list(tx, &id, after.as_deref(), ON_A_PAGE)?))
    };
    let (account, links) = app.db.read(read).await?;
    let full = i64::try_from(links.len()).is_ok_and(|count| count == ON_A_PAGE);
    let older = links.last().filter(|_| full).map(|last| last.id.clone());
    let may_change = who.may(Right::ManageLinks);
    let links = links.into_iter().map(|link| line(link.standing(now), link)).collect();
    let layout = who.layout;
    html(status, &LinksPage { layout, account, may_change, links, older, lifetimes: LIFETIMES, form, made })
}

fn line(standing: Standing, link: CallLink) -> LinkLine {
    let numbers: Vec<_> = link.numbers.iter().map(|number| number.international()).collect();
    LinkLine {
        id: link.id,
        label: link.label,
        own_number: link.own_number.international(),
        numbers: numbers.join(", "),
        calls: format!("{} of {}", link.calls_made, link.most_calls),
        last_call: link.last_call,
        standing: standing.code().replace('_', " "),
        expires_at: Moment(link.expires_at),
        made_at: Moment(link.created_at),
        made_by: link.made_by,
        may_be_revoked: link.revoked_at.is_none(),
    }
}
