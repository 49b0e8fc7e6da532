//! The price before the call: of each number, of all together, and how long the balance lasts.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use rust_decimal::Decimal;

use super::dial::page;
use super::dial_form::{DialForm, Wish};
use crate::app::App;
use crate::domain::admission::{Refusal, Wanted};
use crate::domain::currency::Currency;
use crate::domain::rating::Rate;
use crate::flows::{FlowError, quote};
use crate::storage::{Tx, agreements, payments};
use crate::web::auth::SignedIn;
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::show::{duration, money, price};
use crate::web::pages::{html, see_other};

/// Sent by our JavaScript, which wants only the part about the price.
const PART: &str = "x-part";

pub struct QuoteView {
    pub legs: Vec<QuotedLeg>,
    /// Of all together, for a minute.
    pub per_minute: String,
    pub balance: String,
    /// How long the balance lasts, if the call may begin.
    pub lasts: Option<String>,
    pub at_the_end: String,
    /// Why it may not begin.
    pub refusal: Option<Refusal>,
}

pub struct QuotedLeg {
    pub number: String,
    pub destination: String,
    pub price: String,
    /// Fees and minimums, where they are not trivial.
    pub terms: String,
}

#[derive(Template)]
#[template(path = "user/quote.html")]
struct QuotePart {
    quote: QuoteView,
}

/// Reloading a shown price has nothing to send again.
pub async fn get(_who: SignedIn) -> HttpResponse {
    see_other("/dial")
}

pub async fn post(req: HttpRequest, app: Data<App>, who: SignedIn, posted: Posted) -> Result<HttpResponse, PageError> {
    let mut form = DialForm::read(&posted);
    if req.headers().contains_key(PART) {
        return part(&app, &who, &form).await;
    }
    let Some(wish) = form.wish() else {
        return page(StatusCode::UNPROCESSABLE_ENTITY, who.layout, form, None);
    };
    let quote = view(&app, &who, wish).await?;
    let status = match &quote.refusal {
        Some(refusal) => {
            form.refuse(refusal);
            StatusCode::UNPROCESSABLE_ENTITY
        }
        None => StatusCode::OK,
    };
    page(status, who.layout, form, Some(quote))
}

async fn part(app: &App, who: &SignedIn, form: &DialForm) -> Result<HttpResponse, PageError> {
    match form.readable() {
        Some(wish) => html(StatusCode::OK, &QuotePart { quote: view(app, who, wish).await? }),
        None => Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").finish()),
    }
}

async fn view(app: &App, who: &SignedIn, wish: Wish) -> Result<QuoteView, PageError> {
    let (account, rules, now) = (who.account.id.clone(), app.config.rules, app.clock.now());
    let processor = app.processor.name();
    let read = move |tx: &mut Tx| {
        let quote = quote::quote(tx, &account, &wish.own_number, &wish.numbers, &rules, now)?;
        Ok::<_, FlowError>((at_the_end(tx, &account, quote.currency, processor)?, quote))
    };
    let (at_the_end, quote) = app.db.read(read).await?;
    let currency = quote.currency;
    let per_minute: Decimal =
        quote.legs.iter().filter_map(|leg| leg.rate.as_ref()).map(|rate| rate.price_per_minute).sum();
    let (lasts, refusal) = match quote.answer {
        Ok(admitted) => (Some(duration(admitted.limit_seconds)), None),
        Err(refusal) => (None, Some(refusal)),
    };
    Ok(QuoteView {
        legs: quote.legs.iter().map(|leg| quoted(leg, currency)).collect(),
        per_minute: price(per_minute, currency),
        balance: money(quote.available, currency),
        lasts,
        at_the_end,
        refusal,
    })
}

/// What the owner agreed to happens, or the call ends.
fn at_the_end(tx: &mut Tx, account: &str, currency: Currency, processor: &str) -> Result<String, FlowError> {
    let agreement = agreements::find(tx, account)?.map(|kept| kept.agreement).filter(|agreement| !agreement.paused);
    let card = payments::usable_methods(tx, account)?.into_iter().find(|card| card.processor == processor);
    Ok(match (agreement, card) {
        (Some(agreement), Some(card)) => {
            let amount = money(agreement.amount, currency);
            format!("Before the time is up, {amount} is charged to {} and the call goes on.", card.label)
        }
        (Some(_), None) | (None, _) => "When the time is up, the call ends.".to_owned(),
    })
}

fn quoted(leg: &Wanted, currency: Currency) -> QuotedLeg {
    let number = leg.number.to_string();
    match &leg.rate {
        Some(rate) => QuotedLeg {
            number,
            destination: rate.destination.clone(),
            price: price(rate.price_per_minute, currency),
            terms: terms(rate, currency),
        },
        None => QuotedLeg {
            number,
            destination: "cannot be called".to_owned(),
            price: "–".to_owned(),
            terms: String::new(),
        },
    }
}

fn terms(rate: &Rate, currency: Currency) -> String {
    let parts = [
        rate.connection_fee.is_positive().then(|| format!("{} to connect", money(rate.connection_fee, currency))),
        (rate.minimum_seconds > 1).then(|| format!("at least {} s", rate.minimum_seconds)),
        (rate.increment_seconds > 1).then(|| format!("in steps of {} s", rate.increment_seconds)),
        (rate.grace_seconds > 1).then(|| format!("free below {} s", rate.grace_seconds)),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Money;

    #[test]
    fn fees_and_minimums_are_said_only_where_there_are_any() {
        let usd = "USD".parse().unwrap();
        assert_eq!(terms(&Rate::free("own phone"), usd), "");
        let rate = Rate {
            connection_fee: Money::from_micros(50_000),
            minimum_seconds: 30,
            increment_seconds: 6,
            ..Rate::free("x")
        };
        assert_eq!(terms(&rate, usd), "0.05 USD to connect, at least 30 s, in steps of 6 s");
    }
}
