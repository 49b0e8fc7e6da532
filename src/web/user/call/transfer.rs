//! Handing a call over from its page.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use crate::app::App;
use crate::domain::call::transfer::{BadQueueName, Kind, QueueName};
use crate::domain::phone_number::{BadPhoneNumber, PhoneNumber};
use crate::flows::transfer::{To, TransferRequest, Transferred, transfer};
use crate::web::auth::Right;
use crate::web::auth::who::Person;
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::{self, see_other};

pub async fn post(app: Data<App>, person: Person, id: Path<String>, posted: Posted) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    let id = super::allowed(&app, &person, Right::SteerCalls, &id).await?;
    let by = person.account.is_none().then(|| person.user.email.clone());
    let to = to(&posted).map_err(PageError::Refused)?;
    let (transferor, request_key) = (pages::id(posted.text("leg"))?, pages::id(posted.text("request_key"))?);
    let request = TransferRequest { call: id.clone(), transferor, to, request_key };
    let (rules, now) = (app.config.rules, app.clock.now());
    match app.db.write(move |tx| transfer(tx, &request, by.as_deref(), &rules, now)).await? {
        Transferred::UnderWay | Transferred::Already => Ok(see_other(&format!("/calls/{id}"))),
        Transferred::OtherRequest => {
            Err(PageError::Refused("This form was sent before with another number. Load the page again.".to_owned()))
        }
        Transferred::Refused(refusal) => Err(PageError::Refused(refusal.to_string())),
    }
}

fn to(posted: &Fields) -> Result<To, String> {
    let warm = posted.text("warm") == "yes";
    let kind = if warm { Kind::Warm } else { Kind::Cold };
    match (posted.text("number"), posted.text("queue")) {
        ("", "") => Err("Give a number or a queue.".to_owned()),
        ("", _) if warm => Err("Nobody in a queue can be asked first.".to_owned()),
        ("", queue) => {
            let name: Result<QueueName, BadQueueName> = queue.parse();
            name.map(To::Queue).map_err(|bad| format!("{bad}."))
        }
        (number, "") => {
            let number: Result<PhoneNumber, BadPhoneNumber> = number.parse();
            number.map(|number| To::Number { number, kind }).map_err(|bad| bad.to_string())
        }
        (_, _) => Err("Give a number or a queue, not both.".to_owned()),
    }
}
