//! Letting a phone into a call that another account pays for: a page that stands still while somebody types.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use crate::app::App;
use crate::domain::call::guest::GuestRefusal;
use crate::domain::phone_number::{BadPhoneNumber, PhoneNumber};
use crate::flows::guests::Wish;
use crate::ids;
use crate::storage::{accounts, calls};
use crate::web::auth::{Administrator, Right};
use crate::web::guests::{Joined, join};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::layout::Layout;
use crate::web::pages::{self, html, see_other};
use crate::web::peer::Peer;
use crate::web::user::dial_form::Field;

#[derive(Template)]
#[template(path = "admin/guest.html")]
struct GuestPage {
    layout: Layout,
    call: String,
    form: GuestForm,
}

#[derive(Default)]
struct GuestForm {
    account: Field,
    number: Field,
    request_key: String,
}

pub async fn get(app: Data<App>, who: Administrator, id: Path<String>) -> Result<HttpResponse, PageError> {
    who.require(Right::SteerCalls)?;
    let call = looked_up(&app, &id).await?;
    let form = GuestForm { request_key: ids::new("req"), ..GuestForm::default() };
    html(StatusCode::OK, &GuestPage { layout: who.layout, call, form })
}

pub async fn post(
    Peer(from): Peer,
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::SteerCalls)?;
    let call = looked_up(&app, &id).await?;
    let key = pages::id(posted.text("request_key")).unwrap_or_else(|_| ids::new("req"));
    let (account, number) = (Field::of(posted.text("account")), Field::of(posted.text("number")));
    let mut form = GuestForm { account, number, request_key: key };
    if let Some((account, number)) = wish(&app, &mut form).await? {
        let request_key = form.request_key.clone();
        let wish = Wish { host: call.clone(), account, number, invitation: None, request_key };
        match join(&app, wish, who.user.email, from).await? {
            Joined::Call { id } | Joined::Already { id } => return Ok(see_other(&format!("/calls/{id}"))),
            Joined::NoPlace(refusal @ GuestRefusal::ItsOwn) => form.account.error = Some(refusal.to_string()),
            Joined::NoPlace(refusal) => form.number.error = Some(refusal.to_string()),
            Joined::Refused(refusal) => form.account.error = Some(refusal.to_string()),
            Joined::OtherRequest | Joined::NotInvited(_) => {
                form.request_key = ids::new("req");
                form.number.error = Some("This form was sent before with something else. Send it again.".to_owned());
            }
        }
    }
    html(StatusCode::UNPROCESSABLE_ENTITY, &GuestPage { layout: who.layout, call, form })
}

async fn looked_up(app: &App, id: &str) -> Result<String, PageError> {
    let id = pages::id(id)?;
    let wanted = id.clone();
    let account = app.db.read(move |tx| calls::account_of(tx, &wanted)).await?;
    account.map(|_| id).ok_or(PageError::NotFound)
}

/// Who pays and whom to ring; what is wrong stands beside its field.
async fn wish(app: &App, form: &mut GuestForm) -> Result<Option<(String, PhoneNumber)>, PageError> {
    let email = form.account.value.to_lowercase();
    let account = app.db.read(move |tx| accounts::by_email(tx, &email)).await?;
    if account.is_none() {
        form.account.error = Some("There is no account of this e-mail address.".to_owned());
    }
    let number = form.number.value.parse::<PhoneNumber>().map_err(|bad: BadPhoneNumber| {
        form.number.error = Some(bad.to_string());
    });
    Ok(account.zip(number.ok()))
}
