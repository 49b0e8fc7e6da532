//! Doing something to a call from its page.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use crate::app::App;
use crate::domain::call::message::Message;
use crate::domain::call::operation::{Given, Operation};
use crate::flows::operate::operate;
use crate::web::auth::Right;
use crate::web::auth::who::Person;
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::{self, see_other};

pub async fn post(app: Data<App>, person: Person, id: Path<String>, posted: Posted) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    let id = super::allowed(&app, &person, Right::SteerCalls, &id).await?;
    let operation = read(&posted)?;
    let by = person.account.is_none().then(|| person.user.email.clone());
    let (call, now) = (id.clone(), app.clock.now());
    let done = app.db.write(move |tx| operate(tx, &call, &operation, by.as_deref(), now)).await?;
    done.map_err(|refusal| PageError::Refused(refusal.to_string()))?;
    Ok(see_other(&format!("/calls/{id}")))
}

fn read(posted: &Fields) -> Result<Operation, PageError> {
    let leg = Some(posted.text("leg")).filter(|leg| !leg.is_empty()).map(pages::id).transpose()?;
    let words = Some(posted.text("message")).filter(|words| !words.is_empty());
    let message = words.map(Message::words).transpose().map_err(|bad| PageError::Refused(bad.to_string()))?;
    Operation::read(posted.text("operation"), Given { leg, message }).map_err(|bad| PageError::Refused(bad.to_string()))
}
