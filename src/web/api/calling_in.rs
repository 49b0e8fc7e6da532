//! How an account's callers are known when they call in, and the calls that came in.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::actor;
use super::idempotency::ShownOnce;
use super::input::{Fields, Query, path_id};
use super::{Page, created};
use crate::app::App;
use crate::domain::access::greeting::{Greeting, Step};
use crate::domain::access::{KnownPhone, MOST_PHONES};
use crate::domain::phone_number::PhoneNumber;
use crate::flows::FlowError;
use crate::flows::known_phones::{PhoneAdded, add_known_phone, remove_known_phone};
use crate::storage::{accounts, greetings, known_phones};
use crate::web::error::ApiError;
use crate::web::peer::Peer;
use crate::web::user::access::make_pin;

/// A phone by which its owner is to be known.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewKnownPhone {
    number: String,
    /// It is known that the phone is the customer's. Otherwise a call from it with the PIN has to prove it.
    vouched: Option<bool>,
}

/// A phone by which its owner is known, once that is proven.
#[derive(Serialize, ToSchema)]
pub struct KnownPhoneBody {
    #[schema(example = "phn_01ja0000000000000000000000")]
    id: String,
    account: String,
    number: String,
    #[schema(example = "ada@example.com")]
    added_by: String,
    #[schema(value_type = String, format = DateTime)]
    added_at: DateTime<Utc>,
    #[schema(value_type = Option<String>, format = DateTime)]
    proven_at: Option<DateTime<Utc>>,
}

/// What somebody enters who calls in from a phone that is not known: one right after the other.
#[derive(Serialize, ToSchema)]
pub struct AccessCardBody {
    #[schema(example = "48217730")]
    card_number: String,
    /// Only in this answer.
    #[schema(example = "615204")]
    pin: String,
}

/// A call that came in.
#[derive(Serialize, ToSchema)]
pub struct GreetingBody {
    /// The carrier's name of it.
    #[schema(example = "CA00000000000000000000000000000001")]
    id: String,
    /// The access number.
    number: String,
    /// Null if it is withheld.
    #[schema(example = "+14155550100")]
    caller: Option<String>,
    /// Null for strangers.
    account: Option<String>,
    /// `greeting`, `connected` or `over`.
    #[schema(example = "connected")]
    state: &'static str,
    /// Why there was no call: `not_in_service`, `throttled`, `wrong_code`, `nothing_entered`, `no_number`, `cannot_call`,
    /// `still_topping_up`, `too_long` or `hung_up`.
    #[schema(example = "hung_up")]
    because: Option<&'static str>,
    /// The call it led to.
    call: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    began_at: DateTime<Utc>,
    /// The carrier's count of the whole, once it is over. Of one that led to no call the house pays all of them.
    #[schema(example = 42)]
    seconds: Option<i64>,
}

/// List known phones of an account
#[utoipa::path(get, path = "/api/v1/accounts/{id}/known-phones", operation_id = "list_known_phones", tag = "access",
    params(("id" = String, Path)),
    responses((status = 200, body = Page<KnownPhoneBody>, description = "All of them, oldest first")))]
pub async fn phones(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "account")?;
    Query::read(&request).done()?;
    let found = app.db.read(move |tx| {
        accounts::find(tx, &id)?.ok_or_else(|| FlowError::not_found("account", &id))?;
        Ok::<_, FlowError>(known_phones::of_account(tx, &id)?)
    });
    let items = found.await?.into_iter().map(phone).collect();
    Ok(HttpResponse::Ok().json(Page::<KnownPhoneBody> { items, next: None }))
}

/// Add a known phone
///
/// Who calls in from it is known without card number, and where the access number wants none, without PIN.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/known-phones", operation_id = "add_known_phone", tag = "access",
    request_body = NewKnownPhone, params(("id" = String, Path)),
    responses((status = 201, body = KnownPhoneBody, description = "The phone"),
        (status = 200, body = KnownPhoneBody, description = "It was there before; nothing changed"),
        (status = 409, description = "already_exists, too_many_phones")))]
pub async fn add_phone(
    Peer(from): Peer,
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "account")?;
    let mut fields = Fields::read(&request, payload).await?;
    let (number, vouched): (PhoneNumber, _) = (fields.parsed("number")?, fields.flag("vouched")?);
    fields.done()?;
    let (actor, now) = (actor(&request), app.clock.now());
    let account = id.clone();
    let added = app.db.write_from(from, move |tx| add_known_phone(tx, &id, &number, vouched, &actor, now));
    match added.await? {
        PhoneAdded::Now(added) => Ok(created(&format!("/api/v1/accounts/{account}/known-phones"), phone(added))),
        PhoneAdded::Already(known) => Ok(HttpResponse::Ok().json(phone(known))),
        PhoneAdded::Taken => {
            Err(ApiError::conflict("already_exists", "This phone makes another account known.").at("number"))
        }
        PhoneAdded::TooMany => {
            let detail = format!("An account may have {MOST_PHONES} phones. Remove one first.");
            Err(ApiError::conflict("too_many_phones", detail).at("number"))
        }
    }
}

/// Remove a known phone
///
/// Also for somebody who is just being greeted.
#[utoipa::path(post, path = "/api/v1/known-phones/{id}/remove", operation_id = "remove_known_phone", tag = "access",
    params(("id" = String, Path)),
    responses((status = 200, body = KnownPhoneBody, description = "The phone as it was")))]
pub async fn remove_phone(
    Peer(from): Peer,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "phone")?;
    let (actor, now) = (actor(&request), app.clock.now());
    let remove = app.db.write_from(from, move |tx| remove_known_phone(tx, &id, &actor, now));
    Ok(HttpResponse::Ok().json(phone(remove.await?)))
}

/// Make a new PIN
///
/// It ends the one before. The answer is the only place it is ever shown.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/access-pin", operation_id = "make_access_pin", tag = "access",
    params(("id" = String, Path)),
    responses((status = 200, body = AccessCardBody, description = "Card number and PIN"),
        (status = 409, description = "secret_shown_once")))]
pub async fn new_pin(Peer(from): Peer, request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "account")?;
    let (card_number, pin) = make_pin(&app, id, actor(&request), from).await?;
    let mut response = HttpResponse::Ok().json(AccessCardBody { card_number, pin });
    response.extensions_mut().insert(ShownOnce);
    Ok(response)
}

/// List calls that came in
#[utoipa::path(get, path = "/api/v1/greetings", operation_id = "list_greetings", tag = "access",
    params(("account" = Option<String>, Query), ("after" = Option<String>, Query),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = Page<GreetingBody>, description = "Newest first, of one account or of all")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let mut query = Query::read(&request);
    let (account, paging) = (query.optional("account")?, query.paging()?);
    query.done()?;
    let (after, fetch) = (paging.after.clone(), paging.fetch());
    let found =
        app.db.read(move |tx| Ok::<_, ApiError>(greetings::list(tx, account.as_deref(), after.as_deref(), fetch)?));
    let (found, next) = paging.cut(found.await?, |greeting| greeting.call_sid.clone());
    let items = found.into_iter().map(greeting).collect();
    Ok(HttpResponse::Ok().json(Page::<GreetingBody> { items, next }))
}

fn phone(phone: KnownPhone) -> KnownPhoneBody {
    KnownPhoneBody {
        id: phone.id,
        account: phone.account,
        number: phone.number.to_string(),
        added_by: phone.added_by,
        added_at: phone.added_at,
        proven_at: phone.proven_at,
    }
}

fn greeting(greeting: Greeting) -> GreetingBody {
    let (state, because, call) = match greeting.step {
        Step::Code | Step::Number { .. } | Step::TopUp { .. } => ("greeting", None, None),
        Step::Connected { call, .. } => ("connected", None, Some(call)),
        Step::Over { because } => ("over", Some(because.code()), None),
    };
    GreetingBody {
        id: greeting.call_sid,
        number: greeting.number.to_string(),
        caller: greeting.caller.map(|caller| caller.to_string()),
        account: greeting.account,
        state,
        because,
        call,
        began_at: greeting.began_at,
        seconds: greeting.seconds,
    }
}
