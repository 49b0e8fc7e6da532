//! Calls that wait in queues, and taking one: somebody types a number, which is rung and talks with those who wait.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use crate::app::App;
use crate::domain::call::Call;
use crate::domain::call::machine::MachineChoice;
use crate::domain::phone_number::{BadPhoneNumber, PhoneNumber};
use crate::domain::time_limit::whole_seconds;
use crate::flows::add_leg::AddRequest;
use crate::flows::transfer::{Transferred, take as take_call};
use crate::ids;
use crate::storage::{StorageError, queues};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::layout::Layout;
use crate::web::pages::show::duration;
use crate::web::pages::{self, html, see_other};
use crate::web::user::dial_form::Field;

/// The others are taken later.
const SHOWN: usize = 50;

struct Row {
    call: String,
    queue: String,
    numbers: String,
    waits: String,
    number: Field,
    /// Made with the page, so that sending it twice takes once.
    request_key: String,
}

#[derive(Template)]
#[template(path = "admin/queues.html")]
struct QueuesPage {
    layout: Layout,
    rows: Vec<Row>,
    more: bool,
    most: usize,
    /// What came of a form whose call waits no more.
    message: Option<String>,
}

pub async fn get(app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    who.require(Right::SteerCalls)?;
    page(&app, who.layout, None).await
}

pub async fn take(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::SteerCalls)?;
    let (call, typed) = (pages::id(&id)?, posted.text("number").to_owned());
    let number: Result<PhoneNumber, BadPhoneNumber> = typed.parse();
    let wrong = match number {
        Err(_) if typed.is_empty() => "Give the number that takes the call.".to_owned(),
        Err(bad) => bad.to_string(),
        Ok(number) => {
            let request_key = pages::id(posted.text("request_key"))?;
            let add = AddRequest { call: call.clone(), number, machine: MachineChoice::default(), request_key };
            let (by, rules, now) = (who.user.email.clone(), app.config.rules, app.clock.now());
            match app.db.write(move |tx| take_call(tx, &add, Some(&by), &rules, now)).await? {
                Transferred::UnderWay | Transferred::Already => return Ok(see_other(&format!("/calls/{call}"))),
                Transferred::OtherRequest => "This form was sent before with another number. Send it again.".to_owned(),
                Transferred::Refused(refusal) => refusal.to_string(),
            }
        }
    };
    page(&app, who.layout, Some((call, Field { value: typed, error: Some(wrong) }))).await
}

/// `wrong`: the form that was sent, of this call.
async fn page(app: &App, layout: Layout, wrong: Option<(String, Field)>) -> Result<HttpResponse, PageError> {
    let now = app.clock.now();
    let found = app.db.read(|tx| queues::waiting(tx, None)).await;
    let found = found.map_err(|error: StorageError| error)?;
    let row = |call: &Call| {
        let queued = call.queued()?;
        let numbers: Vec<_> = call.who_waits().map(|leg| leg.number.to_string()).collect();
        let typed = wrong.as_ref().filter(|(its_call, _)| *its_call == call.id);
        Some(Row {
            call: call.id.clone(),
            queue: queued.name.to_string(),
            numbers: numbers.join(", "),
            waits: duration(whole_seconds(now - queued.since)),
            number: typed.map(|(_, field)| field.clone()).unwrap_or_default(),
            request_key: ids::new("req"),
        })
    };
    let rows: Vec<_> = found.iter().filter_map(row).take(SHOWN).collect();
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let lost = wrong.filter(|(call, _)| rows.iter().all(|row| row.call != *call));
    let message = lost.and_then(|(_, field)| field.error);
    html(status, &QueuesPage { layout, more: found.len() > rows.len(), rows, most: SHOWN, message })
}
