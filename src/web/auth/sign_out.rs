//! Leaving: the session ends here and in the database.

use actix_session::Session;
use actix_web::HttpResponse;
use actix_web::web::Data;

use super::session;
use crate::app::App;
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::see_other;

pub async fn submit(app: Data<App>, session: Session, _posted: Posted) -> Result<HttpResponse, PageError> {
    session::end(&app, &session).await?;
    Ok(see_other("/sign-in"))
}
