//! Coming into somebody else's call by their invitation, and paying for it oneself: the price is seen before anything rings.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use super::dial_form::Field;
use super::outlook_words;
use super::quote::terms;
use crate::app::App;
use crate::domain::invitation::{Invitation, Standing};
use crate::domain::phone_number::{BadPhoneNumber, PhoneNumber};
use crate::flows::FlowError;
use crate::flows::guests::{GuestQuote, Wish, quote_guest};
use crate::flows::invitations::invitation_of;
use crate::flows::recharge_outlook::outlook;
use crate::ids;
use crate::storage::Tx;
use crate::web::auth::SignedIn;
use crate::web::guests::{Joined, join};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::layout::Layout;
use crate::web::pages::show::{duration, money, price};
use crate::web::pages::{self, html, see_other};
use crate::web::peer::Peer;

/// Longer ones are none of ours.
const LONGEST_TOKEN: usize = 128;

#[derive(Template)]
#[template(path = "user/join.html")]
struct JoinPage {
    layout: Layout,
    /// The end of its own address.
    token: String,
    open: bool,
    form: Form,
}

#[derive(Default)]
struct Form {
    number: Field,
    /// The number whose price is shown; only that may be rung.
    seen: String,
    price: Option<String>,
    /// Why nobody can come in just now.
    message: Option<String>,
    request_key: String,
}

/// What to give away.
pub fn address(app: &App, token: &str) -> String {
    format!("{}/join/{token}", app.config.public_url.trim_end_matches('/'))
}

pub async fn get(app: Data<App>, who: SignedIn, token: Path<String>) -> Result<HttpResponse, PageError> {
    let (token, invitation) = opened(&app, &token).await?;
    let known = who.account.own_number.as_ref().map(ToString::to_string).unwrap_or_default();
    let mut form = Form { number: Field::of(&known), request_key: ids::new("req"), ..Form::default() };
    if let Ok(number) = known.parse() {
        show_price(&app, &who, &mut form, number).await?;
    }
    page(StatusCode::OK, &app, who, token, &invitation, form)
}

/// Whoever has not seen the price of this number sees it now; whoever has is rung.
pub async fn post(
    Peer(from): Peer,
    app: Data<App>,
    who: SignedIn,
    token: Path<String>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    let (token, invitation) = opened(&app, &token).await?;
    let key = pages::id(posted.text("request_key")).unwrap_or_else(|_| ids::new("req"));
    let mut form = Form { number: Field::of(posted.text("number")), request_key: key, ..Form::default() };
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    let Some(number) = form.wish() else { return page(unprocessable, &app, who, token, &invitation, form) };
    if posted.text("seen") != number.as_str() {
        show_price(&app, &who, &mut form, number).await?;
        return page(StatusCode::OK, &app, who, token, &invitation, form);
    }
    let wish = Wish {
        host: invitation.call.clone(),
        account: who.account.id.clone(),
        number: number.clone(),
        invitation: Some(invitation.id.clone()),
        request_key: form.request_key.clone(),
    };
    form.message = Some(match join(&app, wish, who.user.email.clone(), from).await? {
        Joined::Call { id } | Joined::Already { id } => return Ok(see_other(&format!("/calls/{id}"))),
        Joined::OtherRequest => {
            form.request_key = ids::new("req");
            "This form was sent before with another number. Send it again.".to_owned()
        }
        Joined::NoPlace(refusal) => refusal.to_string(),
        Joined::NotInvited(_) => return page(StatusCode::GONE, &app, who, token, &invitation, form),
        Joined::Refused(refusal) => refusal.to_string(),
    });
    page(unprocessable, &app, who, token, &invitation, form)
}

impl Form {
    fn wish(&mut self) -> Option<PhoneNumber> {
        self.number
            .value
            .parse()
            .map_err(|bad: BadPhoneNumber| {
                let empty = self.number.value.is_empty();
                self.number.error = Some(if empty { "Give the phone to ring.".to_owned() } else { bad.to_string() });
            })
            .ok()
    }
}

/// Whoever does not know the secret learns nothing.
async fn opened(app: &App, token: &str) -> Result<(String, Invitation), PageError> {
    let plausible = token.len() <= LONGEST_TOKEN && token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let asked = Some(token.to_owned()).filter(|_| plausible).ok_or(PageError::NotFound)?;
    let token = asked.clone();
    let invitation = app.db.read(move |tx| invitation_of(tx, &asked)).await?.ok_or(PageError::NotFound)?;
    Ok((token, invitation))
}

async fn show_price(app: &App, who: &SignedIn, form: &mut Form, number: PhoneNumber) -> Result<(), PageError> {
    let (account, rules, forms, now) = (who.account.clone(), app.config.rules, app.forms.clone(), app.clock.now());
    let currency = account.currency;
    form.seen = number.to_string();
    let read = move |tx: &mut Tx| {
        let quote = quote_guest(tx, &account.id, &number, &rules, now)?;
        Ok::<_, FlowError>((quote, outlook(tx, &account, &forms, &rules, now)?))
    };
    let (quote, outlook) = app.db.read(read).await?;
    form.price = price_of(&quote);
    match quote.answer {
        Ok(admitted) => {
            let (lasts, then) = (duration(admitted.lasts_seconds), outlook_words::at_the_end(&outlook, currency));
            let lasts = format!("Your balance of {} lasts {lasts}; {then}.", money(quote.available, currency));
            form.price = form.price.take().map(|price| format!("{price} {lasts}"));
        }
        Err(refusal) => form.message = Some(refusal.to_string()),
    }
    Ok(())
}

fn price_of(quote: &GuestQuote) -> Option<String> {
    let rate = quote.wanted.rate.as_ref().ok()?;
    let (per_minute, more) = (price(rate.price_per_minute, quote.currency), terms(rate, quote.currency));
    let more = if more.is_empty() { more } else { format!(" ({more})") };
    Some(format!("{}, {}: {per_minute} a minute{more}.", quote.wanted.number, rate.destination))
}

fn page(
    status: StatusCode,
    app: &App,
    who: SignedIn,
    token: String,
    invitation: &Invitation,
    form: Form,
) -> Result<HttpResponse, PageError> {
    let open = status != StatusCode::GONE && invitation.standing(app.clock.now()) == Standing::Open;
    let status = if open { status } else { StatusCode::GONE };
    html(status, &JoinPage { layout: who.layout, token, open, form })
}
