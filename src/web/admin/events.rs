//! Where events are sent: the endpoints of integrators, and the log of what was delivered.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::app::App;
use crate::domain::event::Kind;
use crate::domain::money::Money;
use crate::flows::FlowError;
use crate::flows::tell::{Added, NewEndpoint, add_endpoint, send_again, switch_endpoint};
use crate::storage::event_endpoints::{self, Endpoint};
use crate::storage::events::{self, Delivery, Told, Try};
use crate::storage::{StorageError, Tx};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::layout::Layout;
use crate::web::pages::show::Moment;
use crate::web::pages::{self, html, see_other};
use crate::web::user::dial_form::Field;

const ON_A_PAGE: i64 = 50;
const STATES: [&str; 3] = ["waiting", "delivered", "failed"];

struct EndpointLine {
    id: String,
    url: String,
    kinds: String,
    low_balance: String,
    active: bool,
    made: String,
}

struct DeliveryLine {
    id: String,
    kind: String,
    state: String,
    tries: i64,
    endpoint: String,
}

/// One kind of event in the form.
struct Tick {
    code: &'static str,
    ticked: bool,
}

#[derive(Default)]
struct Form {
    url: Field,
    low_balance: Field,
    kinds: Vec<Kind>,
    kinds_error: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/events.html")]
struct EventsPage {
    layout: Layout,
    endpoints: Vec<EndpointLine>,
    deliveries: Vec<DeliveryLine>,
    older: Option<String>,
    state: String,
    states: [&'static str; 3],
    form: Form,
    ticks: Vec<Tick>,
    /// Of an endpoint that was just made: shown this once.
    secret: Option<String>,
}

pub async fn get(req: HttpRequest, app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    who.require(Right::ManageIntegrations)?;
    let query = Fields::read(req.query_string().as_bytes())?;
    let form = Form { kinds: Kind::ALL.to_vec(), ..Form::default() };
    page(&app, StatusCode::OK, who, &query, form, None).await
}

async fn page(
    app: &App,
    status: StatusCode,
    who: Administrator,
    query: &Fields,
    form: Form,
    secret: Option<String>,
) -> Result<HttpResponse, PageError> {
    let after = Some(query.text("after")).filter(|after| !after.is_empty()).map(pages::id).transpose()?;
    let state = STATES.into_iter().find(|state| *state == query.text("state"));
    let (endpoints, deliveries) = app.db.read(move |tx| lists(tx, state, after.as_deref())).await?;
    let full = i64::try_from(deliveries.len()).is_ok_and(|count| count == ON_A_PAGE);
    let older = deliveries.last().filter(|_| full).map(|last| last.id.clone());
    let ticks = Kind::ALL.into_iter().map(|kind| Tick { code: kind.code(), ticked: form.kinds.contains(&kind) });
    let page = EventsPage {
        layout: who.layout,
        ticks: ticks.collect(),
        endpoints,
        deliveries,
        older,
        state: state.unwrap_or_default().to_owned(),
        states: STATES,
        form,
        secret,
    };
    html(status, &page)
}

type Lists = (Vec<EndpointLine>, Vec<DeliveryLine>);

fn lists(tx: &mut Tx, state: Option<&str>, after: Option<&str>) -> Result<Lists, StorageError> {
    let endpoints = event_endpoints::all(tx)?;
    let url = |id: &str| endpoints.iter().find(|known| known.id == id).map_or("", |known| &known.url).to_owned();
    let line = |(delivery, kind): (Delivery, String)| DeliveryLine {
        endpoint: url(&delivery.endpoint),
        id: delivery.id,
        kind,
        state: delivery.state,
        tries: delivery.tries,
    };
    let deliveries = events::deliveries(tx, state, after, ON_A_PAGE)?.into_iter().map(line).collect();
    Ok((endpoints.into_iter().map(endpoint_line).collect(), deliveries))
}

fn endpoint_line(endpoint: Endpoint) -> EndpointLine {
    let kinds: Vec<_> = endpoint.kinds.iter().map(|kind| kind.code()).collect();
    EndpointLine {
        kinds: kinds.join(", "),
        low_balance: endpoint.low_balance.to_string(),
        made: format!("{} by {}", Moment(endpoint.created_at).text(), endpoint.created_by),
        id: endpoint.id,
        url: endpoint.url,
        active: endpoint.active,
    }
}

/// The secret stands on the page that answers, and nowhere else: so this is no redirect.
pub async fn add(app: Data<App>, who: Administrator, posted: Posted) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ManageIntegrations)?;
    let field = |name| Field { value: posted.text(name).to_owned(), error: None };
    let mut form = Form { url: field("url"), low_balance: field("low_balance"), ..Form::default() };
    form.kinds = posted.all("kind").filter_map(|kind| kind.parse().ok()).collect();
    let low_balance = match form.low_balance.value.as_str() {
        "" => Ok(Money::ZERO),
        given => given.parse::<Money>().map_err(|error| error.to_string()),
    };
    let low_balance = low_balance.map_err(|why| form.low_balance.error = Some(why)).ok();
    let mut secret = None;
    if let Some(low_balance) = low_balance {
        let new = NewEndpoint { url: form.url.value.clone(), kinds: form.kinds.clone(), low_balance };
        let (actor, now) = (who.user.email.clone(), app.clock.now());
        match app.db.write(move |tx| add_endpoint(tx, new, &actor, now)).await? {
            Added::Endpoint(endpoint) => secret = Some(endpoint.secret),
            Added::BadUrl => form.url.error = Some("Give an address that begins with https:// or http://.".to_owned()),
            Added::NoKinds => form.kinds_error = Some("Choose at least one kind.".to_owned()),
        }
    }
    match secret {
        Some(secret) => {
            let fresh = Form { kinds: Kind::ALL.to_vec(), ..Form::default() };
            page(&app, StatusCode::CREATED, who, &Fields::default(), fresh, Some(secret)).await
        }
        None => page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, &Fields::default(), form, None).await,
    }
}

pub async fn switch(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ManageIntegrations)?;
    let (id, active) = (pages::id(&id)?, posted.text("active") == "yes");
    let (actor, now) = (who.user.email, app.clock.now());
    app.db.write(move |tx| switch_endpoint(tx, &id, active, &actor, now)).await?;
    Ok(see_other("/admin/events"))
}

struct TryLine {
    at: Moment,
    status: String,
    outcome: String,
}

#[derive(Template)]
#[template(path = "admin/delivery.html")]
struct DeliveryPage {
    layout: Layout,
    delivery: Delivery,
    next: Moment,
    event: Told,
    at: Moment,
    body: String,
    url: String,
    tries: Vec<TryLine>,
}

pub async fn delivery(app: Data<App>, who: Administrator, id: Path<String>) -> Result<HttpResponse, PageError> {
    who.require(Right::ManageIntegrations)?;
    let id = pages::id(&id)?;
    let (delivery, event, url, tries) = app.db.read(move |tx| whole(tx, &id)).await?;
    let try_line = |made: Try| TryLine {
        at: Moment(made.at),
        status: made.status.map_or_else(|| "–".to_owned(), |status| status.to_string()),
        outcome: made.outcome,
    };
    let value = serde_json::from_str::<serde_json::Value>(&event.body).map_err(|error| PageError::internal(&error))?;
    let page = DeliveryPage {
        layout: who.layout,
        next: Moment(delivery.next_try_at()),
        at: Moment(event.at),
        body: format!("{value:#}"),
        tries: tries.into_iter().map(try_line).collect(),
        delivery,
        event,
        url,
    };
    html(StatusCode::OK, &page)
}

fn whole(tx: &mut Tx, id: &str) -> Result<(Delivery, Told, String, Vec<Try>), FlowError> {
    let missing = || FlowError::not_found("delivery", id);
    let delivery = events::delivery(tx, id)?.ok_or_else(missing)?;
    let event = events::find(tx, &delivery.event)?.ok_or_else(missing)?;
    let endpoint = event_endpoints::find(tx, &delivery.endpoint)?.ok_or_else(missing)?;
    let tries = events::tries(tx, id)?;
    Ok((delivery, event, endpoint.url, tries))
}

pub async fn again(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    _posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ManageIntegrations)?;
    let (id, now) = (pages::id(&id)?, app.clock.now());
    let place = format!("/admin/events/deliveries/{id}");
    app.db.write(move |tx| send_again(tx, &id, now)).await?;
    Ok(see_other(&place))
}
