//! Doing something to a call from its page.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use super::snapshot::mode_of_word;
use crate::app::App;
use crate::domain::call::message::Message;
use crate::domain::call::operation::{Given, Operation};
use crate::flows::operate::operate;
use crate::web::auth::who::Person;
use crate::web::auth::{Right, Role};
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::{self, see_other};

pub async fn post(app: Data<App>, person: Person, id: Path<String>, posted: Posted) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    let id = super::allowed(&app, &person, Right::SteerCalls, &id).await?;
    let operation = read(&posted)?;
    if matches!(operation, Operation::SetMode { .. }) && !is_entitled(&person) {
        return Err(PageError::Forbidden(Right::Supervise.refusal()));
    }
    let by = person.account.is_none().then(|| person.user.email.clone());
    let (call, now) = (id.clone(), app.clock.now());
    let done = app.db.write(move |tx| operate(tx, &call, &operation, by.as_deref(), now)).await?;
    done.map_err(|refusal| PageError::Refused(refusal.to_string()))?;
    Ok(see_other(&format!("/calls/{id}")))
}

fn is_entitled(person: &Person) -> bool {
    Role::of(&person.user).is_some_and(|role| role.may(Right::Supervise))
}

fn read(posted: &Fields) -> Result<Operation, PageError> {
    let leg = Some(posted.text("leg")).filter(|leg| !leg.is_empty()).map(pages::id).transpose()?;
    let words = Some(posted.text("message")).filter(|words| !words.is_empty());
    let message = words.map(Message::read).transpose().map_err(|bad| PageError::Refused(bad.to_string()))?;
    let word = posted.text("operation");
    // A button sends one word: a mode's stands for setting it.
    let mode = mode_of_word(word).ok();
    let word = if mode.is_some() { "set_mode" } else { word };
    Operation::read(word, Given { leg, message, mode }).map_err(|bad| PageError::Refused(bad.to_string()))
}
