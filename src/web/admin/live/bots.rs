//! Somebody of the house adds a bot to a running call; other numbers are added by whose call it is.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use crate::app::App;
use crate::domain::call::machine::MachineChoice;
use crate::domain::phone_number::PhoneNumber;
use crate::flows::FlowError;
use crate::flows::add_leg::{AddRequest, Added, add_leg};
use crate::ids;
use crate::storage::{accounts, bots, calls};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::{self, see_other};
use crate::web::peer::Peer;
use crate::web::user::call::words::add_refusal;

pub async fn post(
    Peer(from): Peer,
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::SteerCalls)?;
    let call = pages::id(&id)?;
    let number: PhoneNumber = posted.text("number").parse().map_err(|_| PageError::NotFound)?;
    let request_key = pages::id(posted.text("request_key")).unwrap_or_else(|_| ids::new("req"));
    let request = AddRequest { call: call.clone(), number, machine: MachineChoice::default(), request_key };
    let (by, rules, now) = (who.user.email, app.config.rules, app.clock.now());
    let add = app.db.write_from(from, move |tx| {
        let unknown = || FlowError::not_found("call", &request.call);
        let account = calls::account_of(tx, &request.call)?.ok_or_else(unknown)?;
        let currency = accounts::find(tx, &account)?.ok_or_else(unknown)?.currency;
        if bots::of_numbers(tx, &[&request.number])?.is_empty() {
            return Err(FlowError::not_found("bot", request.number.as_str()));
        }
        Ok((add_leg(tx, &request, Some(&by), &rules, now)?, currency))
    });
    let (added, currency) = add.await?;
    match added {
        Added::Leg { .. } | Added::Already { .. } => Ok(see_other(&format!("/calls/{call}"))),
        Added::OtherRequest => Err(PageError::BadRequest("This form was sent before with another bot.")),
        Added::Refused(refusal) => Err(PageError::Refused(add_refusal(&refusal, currency))),
    }
}
