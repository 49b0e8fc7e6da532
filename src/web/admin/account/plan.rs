//! Another plan of the same currency for an account.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use super::forms::{Forms, typed};
use super::page::refused;
use crate::app::App;
use crate::flows::change_account::{PlanChanged, change_plan};
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
    let mut field = typed(&posted, "plan");
    let (account, actor, now) = (id.clone(), who.user.email.clone(), app.clock.now());
    let plan = field.value.clone();
    let write = app.db.write_from(from, move |tx| change_plan(tx, &account, &plan, &actor, now));
    field.error = match write.await? {
        PlanChanged::Now | PlanChanged::Already => return Ok(see_other(&format!("/admin/accounts/{id}"))),
        PlanChanged::UnknownPlan => Some("Choose a plan.".to_owned()),
        PlanChanged::OtherCurrency { plan } => Some(format!("This plan is in {plan}; an account keeps its currency.")),
        PlanChanged::ClosedForGood => Some("The account is closed.".to_owned()),
    };
    refused(&app, who, id, Forms { plan: field, ..Forms::fresh() }).await
}
