//! Listening to a call: a page that stands still while somebody types, and the supervisor it lets in.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use crate::app::App;
use crate::domain::call::supervision::{Onlooker, SuperviseRefusal};
use crate::flows::supervise::{SuperviseRequest, Supervised, supervise};
use crate::ids;
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::layout::Layout;
use crate::web::pages::{self, html, see_other};
use crate::web::user::call::snapshot::{Snapshot, snapshot};
use crate::web::user::call::supervise::SuperviseForm;

#[derive(Template)]
#[template(path = "admin/supervise.html")]
struct SupervisePage {
    layout: Layout,
    title: &'static str,
    running: bool,
    form: SuperviseForm,
}

pub async fn get(app: Data<App>, who: Administrator, id: Path<String>) -> Result<HttpResponse, PageError> {
    who.require(Right::Supervise)?;
    let call = look(&app, pages::id(&id)?).await?;
    let form = SuperviseForm::fresh(&call);
    page(StatusCode::OK, who.layout, &call, form)
}

pub async fn post(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::Supervise)?;
    let call = look(&app, pages::id(&id)?).await?;
    let mut form = SuperviseForm::filled(&call, &posted);
    if let Some((number, mode)) = form.wish() {
        let request = SuperviseRequest { call: call.id.clone(), number, mode, request_key: form.request_key.clone() };
        let (by, now) = (who.user.email, app.clock.now());
        match app.db.write(move |tx| supervise(tx, &request, &by, now)).await? {
            Supervised::Leg { .. } | Supervised::Already { .. } => {
                return Ok(see_other(&format!("/calls/{}", call.id)));
            }
            Supervised::OtherRequest => {
                form.request_key = ids::new("req");
                form.number.error = Some("This form was sent before with another number. Send it again.".to_owned());
            }
            Supervised::Refused(refusal @ SuperviseRefusal::CannotBeCoached) => {
                form.mode.error = Some(refusal.to_string());
            }
            Supervised::Refused(refusal) => form.number.error = Some(refusal.to_string()),
        }
    }
    page(StatusCode::UNPROCESSABLE_ENTITY, who.layout, &call, form)
}

async fn look(app: &App, id: String) -> Result<Snapshot, PageError> {
    let now = app.clock.now();
    let (call, _) = app.db.read(move |tx| snapshot(tx, &id, Onlooker::House, now)).await?;
    Ok(call)
}

fn page(status: StatusCode, layout: Layout, call: &Snapshot, form: SuperviseForm) -> Result<HttpResponse, PageError> {
    html(status, &SupervisePage { layout, title: call.title, running: call.running, form })
}
