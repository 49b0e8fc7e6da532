//! Ending somebody's call from the board.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use crate::app::App;
use crate::flows::end_call::end_call;
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::{self, see_other};

pub async fn post(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    _posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::SteerCalls)?;
    let (call, by, now) = (pages::id(&id)?, who.user.email, app.clock.now());
    app.db.write(move |tx| end_call(tx, &call, Some(&by), now)).await?;
    Ok(see_other("/admin/live"))
}
