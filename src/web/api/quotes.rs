//! Quotes: one number under a plan, or a whole call of an account.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::input::{Fields, id, invalid};
use crate::app::App;
use crate::domain::admission::Unrated;
use crate::domain::deck;
use crate::domain::money::Money;
use crate::domain::phone_number::PhoneNumber;
use crate::flows::quote::{Quote, quote};
use crate::flows::quote_number::{MOST_QUOTED_SECONDS, NumberQuestion, NumberQuote, quote_number};
use crate::web::error::ApiError;

/// One number under a plan, with what seconds cost or how long funds last.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct OneNumber {
    #[schema(example = "standard")]
    plan: String,
    #[schema(example = "+442079460123")]
    to: String,
    #[schema(example = 61, minimum = 0, maximum = 100_000_000)]
    seconds: Option<i64>,
    #[schema(example = "10.00")]
    funds: Option<String>,
    /// The paying phone, on which price and tax may depend.
    #[schema(example = "+14155550100")]
    own_number: Option<String>,
    /// When the call would begin; now if not given.
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<String>,
    /// Say how the cost came about.
    #[schema(example = true)]
    explain: Option<bool>,
}

/// A call of an account to one or more numbers; also the body that dials.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct WholeCall {
    #[schema(example = "acc_01ja0000000000000000000000")]
    account: String,
    #[schema(example = "+14155550100")]
    own_number: String,
    #[schema(example = json!(["+14155550101"]))]
    numbers: Vec<String>,
}

/// Either of the two; `account` decides.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub enum NewQuote {
    Number(OneNumber),
    Call(WholeCall),
}

/// What a call would cost and how long the balance would last.
#[derive(Serialize, ToSchema)]
pub struct CallQuote {
    #[schema(example = "USD")]
    currency: String,
    available: String,
    /// The caller's own phone first.
    legs: Vec<LegQuote>,
    /// How long the call may last before more money is set aside for it; null if it would be refused.
    time_limit_seconds: Option<i64>,
    /// How long what is free now would last. Under a plan that gives time in slices this is more than the first of them.
    lasts_seconds: Option<i64>,
    /// What would be set aside for it.
    hold: Option<String>,
    refusal: Option<RefusalBody>,
}

#[derive(Serialize, ToSchema)]
struct LegQuote {
    number: String,
    /// With the spaces of its country.
    #[schema(example = "+1 415-555-0100")]
    international: String,
    /// By ISO 3166; null for a number of the whole world's.
    #[schema(example = "US")]
    country: Option<&'static str>,
    /// Null if the plan has no rate for the number.
    rate: Option<RateBody>,
}

#[derive(Serialize, ToSchema)]
struct RateBody {
    prefix: String,
    destination: String,
    price_per_minute: String,
    connection_fee: String,
    minimum_seconds: i64,
    increment_seconds: i64,
    grace_seconds: i64,
    /// What the account's bundles would pay for first.
    bundle_seconds: i64,
}

/// Why the call would not be put through.
#[derive(Serialize, ToSchema)]
struct RefusalBody {
    #[schema(example = "not_enough_credit")]
    code: String,
    message: String,
}

/// Ask what a call costs
///
/// Of one number under a plan, or of a whole call of an account.
#[utoipa::path(post, path = "/api/v1/quotes", tag = "quotes", request_body = NewQuote,
    responses((status = 200, body = Quoted, description = "The quote"),
        (status = 422, description = "no_rate, destination_blocked, unknown_account, unknown_plan")))]
pub async fn create(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let fields = Fields::read(&request, payload).await?;
    if fields.has("account") { whole_call(fields, &app).await } else { one_number(fields, &app).await }
}

async fn one_number(mut fields: Fields, app: &App) -> Result<HttpResponse, ApiError> {
    let (plan, to): (_, PhoneNumber) = (fields.text("plan")?, fields.parsed("to")?);
    let seconds = fields.whole_number("seconds", MOST_QUOTED_SECONDS)?;
    let funds: Option<Money> = fields.optional_parsed("funds")?;
    let explain = fields.flag("explain")?;
    let from: Option<PhoneNumber> = fields.optional_parsed("own_number")?;
    let at = fields.optional_text("at")?.map(|given| deck::time(&given)).transpose();
    let at = at.map_err(|why| invalid("at", &format!("cannot be read: {why}")))?.unwrap_or_else(|| app.clock.now());
    fields.done()?;
    if funds.is_some_and(|funds| funds < Money::ZERO) {
        return Err(invalid("funds", "is below zero"));
    }
    let most = app.config.rules.timing.most_seconds;
    let number = to.clone();
    let asked = NumberQuestion { plan, to, from, seconds, funds, account: None, explain, at };
    let quoted = app.db.read(move |tx| quote_number(tx, &asked, most)).await;
    let quoted = quoted.map_err(|error| named_in_body(error.into(), "unknown_plan", "plan"))?;
    let refused = |why: Unrated| {
        let said = why.of_the_plan(&number);
        ApiError::unprocessable(why.refusal(number).code(), said).at("to")
    };
    Ok(HttpResponse::Ok().json(quoted.map_err(refused)?))
}

async fn whole_call(mut fields: Fields, app: &App) -> Result<HttpResponse, ApiError> {
    let (account, own_number, numbers) = dialled(&mut fields)?;
    fields.done()?;
    let (now, rules) = (app.clock.now(), app.config.rules);
    let quoted = app.db.read(move |tx| quote(tx, &account, &own_number, &numbers, &rules, now)).await;
    let quoted = quoted.map_err(|error| named_in_body(error.into(), "unknown_account", "account"))?;
    Ok(HttpResponse::Ok().json(call_quote(quoted)))
}

pub(super) fn dialled(fields: &mut Fields) -> Result<(String, PhoneNumber, Vec<PhoneNumber>), ApiError> {
    let account = id("account", fields.text("account")?)?;
    Ok((account, fields.parsed("own_number")?, fields.list("numbers")?))
}

/// The address is right; what the body names is not there.
pub(super) fn named_in_body(error: ApiError, code: &'static str, field: &str) -> ApiError {
    if error.code == "not_found" { ApiError::unprocessable(code, error.detail).at(field) } else { error }
}

fn call_quote(quote: Quote) -> CallQuote {
    let legs = quote.legs.into_iter().map(|leg| LegQuote {
        number: leg.number.to_string(),
        international: leg.number.international(),
        country: leg.number.country().map(|country| country.code()),
        rate: leg.rate.ok().map(|rate| RateBody {
            bundle_seconds: rate.allowed_seconds(),
            price_per_minute: rate.price_per_minute.normalize().to_string(),
            connection_fee: rate.connection_fee.to_string(),
            prefix: rate.prefix,
            destination: rate.destination,
            minimum_seconds: rate.minimum_seconds,
            increment_seconds: rate.increment_seconds,
            grace_seconds: rate.grace_seconds,
        }),
    });
    CallQuote {
        currency: quote.currency.to_string(),
        available: quote.available.to_string(),
        legs: legs.collect(),
        time_limit_seconds: quote.answer.as_ref().ok().map(|admitted| admitted.limit_seconds),
        lasts_seconds: quote.answer.as_ref().ok().map(|admitted| admitted.lasts_seconds),
        hold: quote.answer.as_ref().ok().map(|admitted| admitted.hold.to_string()),
        refusal: quote
            .answer
            .err()
            .map(|refusal| RefusalBody { code: refusal.code().to_owned(), message: refusal.to_string() }),
    }
}

/// One of the two, as was asked.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes what is answered")]
pub enum Quoted {
    Number(Box<NumberQuote>),
    Call(CallQuote),
}
