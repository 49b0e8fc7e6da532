//! The price before the call: of each number, of all together, and how long the balance lasts.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use rust_decimal::Decimal;

use super::dial::page;
use super::dial_form::{DialForm, LegPrice, Refused, Wish};
use super::outlook_words;
use crate::app::App;
use crate::domain::admission::Refusal;
use crate::domain::currency::Currency;
use crate::domain::rating::{Rate, Then};
use crate::flows::recharge_outlook::outlook;
use crate::flows::{FlowError, quote, talk_time};
use crate::storage::Tx;
use crate::web::auth::SignedIn;
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::show::{Moment, duration, money, price};
use crate::web::pages::{html, see_other};

/// Sent by our JavaScript, which wants only the parts about prices.
const PART: &str = "x-part";

pub struct QuoteView {
    /// Of all together, for a minute.
    pub per_minute: String,
    pub balance: String,
    /// How long the balance lasts and what follows then, if the call may begin.
    pub lasts: Option<(String, String)>,
    /// Why it may not begin.
    pub refused: Option<Refused>,
    refusal: Option<Refusal>,
}

/// What stands beside each input, and the price of all together.
#[derive(Template)]
#[template(path = "user/quote_parts.html")]
struct QuoteParts {
    form: DialForm,
    quote: Option<QuoteView>,
}

/// Reloading a shown price has nothing to send again.
pub async fn get(_who: SignedIn) -> HttpResponse {
    see_other("/dial")
}

pub async fn post(req: HttpRequest, app: Data<App>, who: SignedIn, posted: Posted) -> Result<HttpResponse, PageError> {
    let mut form = DialForm::read(&posted, who.account.own_number.as_ref());
    let wish = form.wish();
    if req.headers().contains_key(PART) {
        // The rest may still be being typed.
        let wish = form.readable();
        let quote = priced(&app, &who, &mut form, wish).await?;
        return html(StatusCode::OK, &QuoteParts { form, quote });
    }
    let complete = wish.is_some();
    let quote = priced(&app, &who, &mut form, wish).await?;
    let refusal = quote.as_ref().and_then(|quote| quote.refusal.as_ref());
    if let Some(refusal) = refusal {
        form.refuse(refusal);
        // It is said beside the number or above; once is enough.
        form.message = None;
    }
    let status = if complete && refusal.is_none() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page(status, &app, who, form, quote).await
}

/// Puts a price beside each number that can be read, and adds up those of the wish.
async fn priced(
    app: &App,
    who: &SignedIn,
    form: &mut DialForm,
    wish: Option<Wish>,
) -> Result<Option<QuoteView>, PageError> {
    let (account, currency) = (who.account.clone(), who.account.currency);
    let (rules, forms, now) = (app.config.rules, app.forms.clone(), app.clock.now());
    let numbers: Vec<_> = form.fields().filter_map(|field| field.number.clone()).collect();
    let own_is_first = form.own_number.number.is_some();
    let read = move |tx: &mut Tx| {
        let quote = match &wish {
            Some(wish) => Some((
                quote::quote(tx, &account.id, &wish.own_number, &wish.numbers, &rules, now)?,
                outlook(tx, &account, &forms, &rules, now)?,
            )),
            None => None,
        };
        Ok::<_, FlowError>((talk_time::rates_of(tx, &account, own_is_first, &numbers, now)?, quote))
    };
    let (rates, quote) = app.db.read(read).await?;
    for (field, rate) in form.fields().filter(|field| field.number.is_some()).zip(rates) {
        match rate {
            Ok(rate) => field.price = Some(leg_price(&rate, currency)),
            Err(why) => {
                let number = field.number.clone().expect("only fields with a number are priced");
                field.error = Some(why.refusal(number).to_string());
            }
        }
    }
    Ok(quote.map(|(quote, outlook)| {
        let at_the_end = outlook_words::at_the_end(&outlook, currency);
        view(quote, at_the_end, rules.timing.most_seconds)
    }))
}

fn view(quote: quote::Quote, at_the_end: String, most_seconds: i64) -> QuoteView {
    let per_minute: Decimal =
        quote.legs.iter().filter_map(|leg| leg.rate.as_ref().ok()).map(|rate| rate.price_per_minute).sum();
    let (lasts, refusal) = match quote.answer {
        Ok(admitted) if admitted.lasts_seconds < most_seconds => {
            (Some((duration(admitted.lasts_seconds), at_the_end)), None)
        }
        Ok(admitted) => {
            let end = "the longest a call may be; then the call ends";
            (Some((duration(admitted.lasts_seconds), end.to_owned())), None)
        }
        Err(refusal) => (None, Some(refusal)),
    };
    QuoteView {
        per_minute: price(per_minute, quote.currency),
        balance: money(quote.available, quote.currency),
        lasts,
        refused: refusal.as_ref().map(Refused::of),
        refusal,
    }
}

fn leg_price(rate: &Rate, currency: Currency) -> LegPrice {
    LegPrice {
        destination: rate.destination.clone(),
        per_minute: price(rate.price_per_minute, currency),
        terms: terms(rate, currency),
    }
}

pub fn terms(rate: &Rate, currency: Currency) -> String {
    let parts = [
        rate.connection_fee.is_positive().then(|| format!("{} to connect", money(rate.connection_fee, currency))),
        (rate.minimum_seconds > 1).then(|| format!("at least {} s", rate.minimum_seconds)),
        (rate.increment_seconds > 1).then(|| format!("in steps of {} s", rate.increment_seconds)),
        (rate.grace_seconds > 1).then(|| format!("free below {} s", rate.grace_seconds)),
        rate.changes.first().map(|change| {
            format!("{} a minute from {}", price(change.price_per_minute, currency), Moment(change.from).text())
        }),
        rate.maximum.map(|maximum| match maximum.then {
            Then::Free => format!("free beyond {}", money(maximum.cost, currency)),
            Then::End => format!("ends at {}", money(maximum.cost, currency)),
        }),
        rate.tax
            .as_ref()
            .map(|tax| format!("{} % tax {}", tax.percent, if tax.included { "included" } else { "to be added" })),
    ];
    let tiers = rate.tiers.iter().map(|tier| {
        let price = price(tier.price_per_minute, currency);
        format!("{} s at {price} a minute in steps of {} s first", tier.seconds, tier.increment_seconds)
    });
    tiers.chain(parts.into_iter().flatten()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Money;
    use crate::domain::rating::notation;
    use crate::domain::rating::tax::Tax;

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
        let rate = Rate {
            tiers: notation::read_tiers("60@0.30/30").unwrap(),
            maximum: notation::read_maximum("5").ok(),
            tax: Tax::new("DE", "19", false).ok(),
            ..Rate::free("x")
        };
        let said = "60 s at 0.30 USD a minute in steps of 30 s first, free beyond 5.00 USD, 19 % tax to be added";
        assert_eq!(terms(&rate, usd), said);
    }
}
