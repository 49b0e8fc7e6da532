//! What somebody should look at: listed, and handled with a word on what came of it.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::app::App;
use crate::domain::alert::{Alert, Kind};
use crate::domain::setting::{Choice, choices};
use crate::flows::alerts::handle_alert;
use crate::storage::alerts::{self, Filter};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::layout::Layout;
use crate::web::pages::show::Moment;
use crate::web::pages::{self, html, see_other};
use crate::web::peer::Peer;

pub const PLACE: &str = "/admin/alerts";
const ON_A_PAGE: i64 = 50;
const LONGEST_NOTE: usize = 500;

struct Line {
    alert: Alert,
    what: &'static str,
    raised: Moment,
    last: Moment,
    handled: Option<(String, Moment, String)>,
}

#[derive(Template)]
#[template(path = "admin/alerts.html")]
struct AlertsPage {
    layout: Layout,
    kinds: Vec<(&'static str, &'static str)>,
    kind: String,
    account: String,
    all: bool,
    may_watch: bool,
    lines: Vec<Line>,
    /// The query of the next page.
    older: Option<String>,
}

pub async fn get(req: HttpRequest, app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    who.require(Right::HandleAlerts)?;
    let query = Fields::read(req.query_string().as_bytes())?;
    let after = Some(query.text("after")).filter(|after| !after.is_empty()).map(pages::id).transpose()?;
    let (kind, account) = (query.text("kind").to_owned(), query.text("account").trim().to_owned());
    let all = query.text("state") == "all";
    let filter = Filter {
        open_only: !all,
        account: Some(account.clone()).filter(|account| !account.is_empty()),
        kind: Kind::read(&kind).ok(),
    };
    let found = app.db.read(move |tx| alerts::list(tx, &filter, after.as_deref(), ON_A_PAGE)).await?;
    let full = i64::try_from(found.len()).is_ok_and(|count| count == ON_A_PAGE);
    let older = found.last().filter(|_| full).map(|last| {
        let state = if all { "all" } else { "open" };
        let pairs = [("state", state), ("kind", &kind), ("account", &account), ("after", &last.id)];
        serde_urlencoded::to_string(pairs).expect("text can be encoded")
    });
    let lines = found.into_iter().map(line).collect();
    let may_watch = who.may(Right::SetCaps);
    html(
        StatusCode::OK,
        &AlertsPage { may_watch, layout: who.layout, kinds: choices::<Kind>(), kind, account, all, lines, older },
    )
}

fn line(alert: Alert) -> Line {
    Line {
        what: alert.kind.label(),
        raised: Moment(alert.raised_at),
        last: Moment(alert.last_at),
        handled: alert.handled.clone().map(|handled| (handled.by, Moment(handled.at), handled.note)),
        alert,
    }
}

pub async fn handle(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    Peer(from): Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::HandleAlerts)?;
    let (id, actor, now) = (pages::id(&id)?, who.user.email.clone(), app.clock.now());
    let note: String = posted.text("note").trim().chars().take(LONGEST_NOTE).collect();
    app.db.write_from(from, move |tx| handle_alert(tx, &id, &note, &actor, now)).await?;
    Ok(see_other(PLACE))
}
