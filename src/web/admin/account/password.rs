//! A new password for the caller who signs in to an account; where nobody does yet, the account's address does then.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use super::forms::Forms;
use super::page::refused;
use crate::app::App;
use crate::flows::set_password::{PasswordSet, set_callers_password};
use crate::web::admin::shown_once::{self, Wish};
use crate::web::auth::{Administrator, Right};
use crate::web::pages;
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
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
    let wish = match Wish::read(&posted) {
        Ok(wish) => wish,
        Err(error) => return refused(&app, who, id, Forms { password_error: Some(error), ..Forms::fresh() }).await,
    };
    let user = Some(posted.text("user")).filter(|user| !user.is_empty()).map(pages::id).transpose()?;
    let (account, actor, now, hash) = (id.clone(), who.user.email.clone(), app.clock.now(), wish.hash().await);
    let write =
        app.db.write_from(from, move |tx| set_callers_password(tx, &account, user.as_deref(), hash, &actor, now));
    match write.await? {
        PasswordSet::Of(user) => shown_once::page(who.layout, &user.email, &wish, &format!("/admin/accounts/{id}")),
        PasswordSet::EmailTaken => {
            let error = "Somebody else signs in with this account's address.".to_owned();
            refused(&app, who, id, Forms { password_error: Some(error), ..Forms::fresh() }).await
        }
    }
}
