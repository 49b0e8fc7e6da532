//! Bundles of minutes: what plans offer, and what accounts have.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::actor;
use super::input::{Fields, Query, id, invalid, path_id};
use super::{Page, created};
use crate::app::App;
use crate::domain::bundle::{BadOffer, Bundle, BundleTerms, MOST_DAYS, MOST_SECONDS, MOST_STEP, Offer};
use crate::flows::bundle_offers::{
    Bought, BundleWish, NoBundle, Offered, PaidBy, buy_bundle, offer_bundle, withdraw_offer,
};
use crate::storage::{accounts, bundle_offers, bundles};
use crate::web::error::ApiError;
use crate::web::peer;

/// Minutes that a plan is to offer.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewOffer {
    /// As it stands on bills.
    #[schema(example = "100 minutes to Europe")]
    name: String,
    /// Leading digits with commas between.
    #[schema(example = "44, 49, 33")]
    prefixes: String,
    #[schema(example = 6000, minimum = 1, maximum = 1_000_000_000)]
    seconds: i64,
    /// The steps in which calls use it up; 1 if it is left out.
    #[schema(example = 60, minimum = 1, maximum = 3600)]
    increment_seconds: Option<i64>,
    /// How long it lasts from when it is bought.
    #[schema(example = 30, minimum = 1, maximum = 1830)]
    days: i64,
    /// In the plan's currency; the plan's taxes are added or included as they are for calls.
    #[schema(example = "5.00")]
    price: String,
}

#[derive(Serialize, ToSchema)]
pub struct OfferBody {
    #[schema(example = "off_01ja0000000000000000000000")]
    id: String,
    /// Its id.
    #[schema(example = "plan_01ja0000000000000000000000")]
    plan: String,
    #[schema(example = "100 minutes to Europe")]
    name: String,
    #[schema(example = "33, 44, 49")]
    prefixes: String,
    #[schema(example = 6000)]
    seconds: i64,
    #[schema(example = 60)]
    increment_seconds: i64,
    #[schema(example = 30)]
    days: i64,
    #[schema(example = "5.00")]
    price: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    withdrawn_at: Option<DateTime<Utc>>,
}

/// What an account is to have.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewBundle {
    /// An offer of the account's plan.
    #[schema(example = "off_01ja0000000000000000000000")]
    offer: String,
    /// Nobody pays for it. Otherwise the account does, from its cash.
    granted: Option<bool>,
    /// Instead of the header `Idempotency-Key`.
    key: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct BundleBody {
    #[schema(example = "bnd_01ja0000000000000000000000")]
    id: String,
    account: String,
    #[schema(example = "off_01ja0000000000000000000000")]
    offer: String,
    #[schema(example = "100 minutes to Europe")]
    name: String,
    #[schema(example = "33, 44, 49")]
    prefixes: String,
    #[schema(example = 6000)]
    seconds: i64,
    #[schema(example = 60)]
    increment_seconds: i64,
    /// Neither used nor held by a call.
    #[schema(example = 4200)]
    remaining_seconds: i64,
    /// What was paid, with its tax.
    #[schema(example = "5.00")]
    price: String,
    #[schema(value_type = String, format = DateTime)]
    bought_at: DateTime<Utc>,
    /// What calls hold then stays theirs.
    #[schema(value_type = String, format = DateTime)]
    expires_at: DateTime<Utc>,
    #[schema(example = "api:web shop")]
    bought_by: String,
}

/// List a plan's bundles
#[utoipa::path(get, path = "/api/v1/plans/{id}/bundles", operation_id = "list_bundle_offers", tag = "rates",
    params(("id" = String, Path), ("after" = Option<String>, Query),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = Page<OfferBody>, description = "Newest first; withdrawn ones too")))]
pub async fn offers(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let plan = path_id(&request, "plan")?;
    let mut query = Query::read(&request);
    let paging = query.paging()?;
    query.done()?;
    let page = app.db.read(move |tx| {
        accounts::plan_by_id(tx, &plan)?.ok_or_else(|| ApiError::not_found("plan", &plan))?;
        let offers = bundle_offers::list(tx, &plan, paging.after.as_deref(), paging.fetch())?;
        let (offers, next) = paging.cut(offers, |offer| offer.id.clone());
        Ok::<_, ApiError>(Page { items: offers.into_iter().map(rendered_offer).collect(), next })
    });
    Ok(HttpResponse::Ok().json(page.await?))
}

/// Offer a bundle
#[utoipa::path(post, path = "/api/v1/plans/{id}/bundles", operation_id = "offer_bundle", tag = "rates", request_body = NewOffer,
    params(("id" = String, Path)),
    responses((status = 201, body = OfferBody, description = "Offered to every account of the plan")))]
pub async fn offer(request: HttpRequest, payload: web::Payload, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let (plan, actor) = (path_id(&request, "plan")?, actor(&request));
    let mut fields = Fields::read(&request, payload).await?;
    let terms = BundleTerms {
        name: fields.text("name")?,
        prefixes: fields.parsed("prefixes")?,
        seconds: fields.whole_number("seconds", MOST_SECONDS)?.unwrap_or(0),
        increment_seconds: fields.whole_number("increment_seconds", MOST_STEP)?.unwrap_or(1),
        days: fields.whole_number("days", MOST_DAYS)?.unwrap_or(0),
        price: fields.parsed("price")?,
    };
    fields.done()?;
    let (from, now) = (peer::address(&request), app.clock.now());
    let offered = app.db.write_from(from, move |tx| offer_bundle(tx, &plan, terms, &actor, now));
    match offered.await? {
        Offered::Now(offer) => Ok(created(&format!("/api/v1/plans/{}/bundles", offer.plan), rendered_offer(*offer))),
        Offered::Bad(bad) => Err(invalid(field_of(&bad), &bad.to_string())),
    }
}

fn field_of(bad: &BadOffer) -> &'static str {
    match bad {
        BadOffer::Name => "name",
        BadOffer::Prefixes => "prefixes",
        BadOffer::Seconds => "seconds",
        BadOffer::Increment => "increment_seconds",
        BadOffer::Days => "days",
        BadOffer::Price => "price",
    }
}

/// Withdraw an offer
///
/// Nobody can have it any more; those who have it keep it.
#[utoipa::path(post, path = "/api/v1/bundle-offers/{id}/withdraw", operation_id = "withdraw_bundle_offer", tag = "rates",
    params(("id" = String, Path)),
    responses((status = 200, body = OfferBody, description = "Withdrawn")))]
pub async fn withdraw(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let (id, actor) = (path_id(&request, "offer")?, actor(&request));
    let (from, now) = (peer::address(&request), app.clock.now());
    let withdrawn = app.db.write_from(from, move |tx| withdraw_offer(tx, &id, &actor, now));
    Ok(HttpResponse::Ok().json(rendered_offer(withdrawn.await?)))
}

/// List an account's bundles
#[utoipa::path(get, path = "/api/v1/accounts/{id}/bundles", operation_id = "list_bundles", tag = "accounts",
    params(("id" = String, Path), ("after" = Option<String>, Query),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = Page<BundleBody>, description = "Newest first")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let account = path_id(&request, "account")?;
    let mut query = Query::read(&request);
    let paging = query.paging()?;
    query.done()?;
    let page = app.db.read(move |tx| {
        accounts::find(tx, &account)?.ok_or_else(|| ApiError::not_found("account", &account))?;
        let found = bundles::list(tx, &account, paging.after.as_deref(), paging.fetch())?;
        let (found, next) = paging.cut(found, |bundle| bundle.id.clone());
        Ok::<_, ApiError>(Page { items: found.into_iter().map(rendered).collect(), next })
    });
    Ok(HttpResponse::Ok().json(page.await?))
}

/// Buy a bundle for an account, or grant one
#[utoipa::path(post, path = "/api/v1/accounts/{id}/bundles", operation_id = "buy_bundle", tag = "accounts", request_body = NewBundle,
    params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Required, unless the body has `key`. Repeating a key changes nothing.")),
    responses((status = 201, body = BundleBody, description = "The account has it"),
        (status = 200, body = BundleBody, description = "Bought before under this key; nothing changed"),
        (status = 400, description = "missing_idempotency_key"),
        (status = 422, description = "idempotency_key_reused, account_not_open, not_offered, not_enough_free")))]
pub async fn buy(request: HttpRequest, payload: web::Payload, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let (account, actor) = (path_id(&request, "account")?, actor(&request));
    let mut fields = Fields::read(&request, payload).await?;
    let offer = id("offer", fields.text("offer")?)?;
    let paid_by = if fields.flag("granted")? { PaidBy::House } else { PaidBy::Account };
    let key = fields.idempotency_key(&request)?;
    fields.done()?;
    let wish = BundleWish { account, offer, paid_by, key };
    let (from, now) = (peer::address(&request), app.clock.now());
    let bought = app.db.write_from(from, move |tx| buy_bundle(tx, &wish, &actor, now));
    match bought.await? {
        Bought::Now(bundle) => Ok(created(&format!("/api/v1/accounts/{}/bundles", bundle.account), rendered(*bundle))),
        Bought::Already(bundle) => Ok(HttpResponse::Ok().json(rendered(*bundle))),
        Bought::OtherOffer => {
            let detail = "This key was used for another offer.";
            Err(ApiError::unprocessable("idempotency_key_reused", detail).at("Idempotency-Key"))
        }
        Bought::Refused(why) => Err(refused(why)),
    }
}

fn refused(why: NoBundle) -> ApiError {
    let error = ApiError::unprocessable(why.code(), why.to_string());
    match why {
        NoBundle::NotOffered => error.at("offer"),
        NoBundle::AccountNotOpen | NoBundle::NotFree { .. } => error,
    }
}

fn rendered_offer(offer: Offer) -> OfferBody {
    OfferBody {
        id: offer.id,
        plan: offer.plan,
        name: offer.terms.name,
        prefixes: offer.terms.prefixes.to_string(),
        seconds: offer.terms.seconds,
        increment_seconds: offer.terms.increment_seconds,
        days: offer.terms.days,
        price: offer.terms.price.to_string(),
        withdrawn_at: offer.withdrawn_at,
    }
}

fn rendered(bundle: Bundle) -> BundleBody {
    BundleBody {
        id: bundle.id,
        account: bundle.account,
        offer: bundle.offer,
        name: bundle.name,
        prefixes: bundle.prefixes.to_string(),
        seconds: bundle.seconds,
        increment_seconds: bundle.increment_seconds,
        remaining_seconds: bundle.remaining,
        price: bundle.price.to_string(),
        bought_at: bundle.bought_at,
        expires_at: bundle.expires_at,
        bought_by: bundle.bought_by,
    }
}
