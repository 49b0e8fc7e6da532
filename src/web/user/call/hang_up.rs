//! Ending a call from its page.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use crate::app::App;
use crate::flows::end_call::end_call;
use crate::web::auth::Right;
use crate::web::auth::who::Person;
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::see_other;

pub async fn post(
    app: Data<App>,
    person: Person,
    id: Path<String>,
    _posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    let id = super::allowed(&app, &person, Right::SteerCalls, &id).await?;
    let by = person.account.is_none().then(|| person.user.email.clone());
    let (call, now) = (id.clone(), app.clock.now());
    app.db.write(move |tx| end_call(tx, &call, by.as_deref(), now)).await?;
    Ok(see_other(&format!("/calls/{id}")))
}
