//! Another language for an account's callers.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use super::forms::{Forms, typed};
use super::page::refused;
use crate::app::App;
use crate::domain::language::Language;
use crate::flows::change_language::change_language;
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::{self, see_other};
use crate::web::peer::Peer;

pub async fn post(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    Peer(from): Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ManageAccounts)?;
    let id = pages::id(&id)?;
    let mut field = typed(&posted, "language");
    let Ok(language) = field.value.parse::<Language>() else {
        field.error = Some("Choose a language.".to_owned());
        return refused(&app, who, id, Forms { language: field, ..Forms::fresh() }).await;
    };
    let (account, actor, now) = (id.clone(), who.user.email, app.clock.now());
    app.db.write_from(from, move |tx| change_language(tx, &account, language, &actor, now)).await?;
    Ok(see_other(&format!("/admin/accounts/{id}")))
}
