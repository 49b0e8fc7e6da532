//! The history as a file for spreadsheets, one row a leg, sent page by page as it is read.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, ContentDisposition, DispositionParam, DispositionType};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream::try_unfold;

use super::call_filter::CallFilter;
use crate::app::App;
use crate::domain::call::bill::Charge;
use crate::domain::call::{Call, Leg, Phase};
use crate::domain::currency::Currency;
use crate::storage::call_lists::{self, Wanted};
use crate::web::auth::SignedIn;
use crate::web::pages::error::PageError;
use crate::web::pages::form::Fields;
use crate::web::pages::show::Moment;

const CALLS_AT_ONCE: i64 = 500;
/// More rows than that are asked for by shorter spans of days.
const MOST_ROWS: usize = 50_000;

const COLUMNS: [&str; 10] = [
    "call",
    "started",
    "number",
    "destination",
    "seconds",
    "billed_seconds",
    "rate_per_minute",
    "fee",
    "amount",
    "currency",
];

/// How far the file has come.
struct Progress {
    app: Data<App>,
    wanted: Wanted,
    currency: Currency,
    after: Option<String>,
    rows: usize,
    over: bool,
}

pub async fn get(req: HttpRequest, app: Data<App>, who: SignedIn) -> Result<HttpResponse, PageError> {
    let query = Fields::read(req.query_string().as_bytes())?;
    let wanted = CallFilter::read(&query).wanted(&who.account);
    let wanted = wanted.ok_or(PageError::BadRequest("The days or the number could not be read."))?;
    let start = Progress { app, wanted, currency: who.account.currency, after: None, rows: 0, over: false };
    let name = DispositionParam::Filename("calls.csv".to_owned());
    let attachment = ContentDisposition { disposition: DispositionType::Attachment, parameters: vec![name] };
    Ok(HttpResponse::build(StatusCode::OK)
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, attachment))
        .streaming(try_unfold(start, async |progress| Ok::<_, actix_web::Error>(next(progress).await?))))
}

async fn next(mut progress: Progress) -> Result<Option<(Bytes, Progress)>, PageError> {
    if progress.over {
        return Ok(None);
    }
    let (wanted, after) = (progress.wanted.clone(), progress.after.clone());
    let calls = progress.app.db.read(move |tx| call_lists::page(tx, &wanted, after.as_deref(), CALLS_AT_ONCE)).await?;
    let mut writer = csv::Writer::from_writer(vec![]);
    let calls: Vec<_> = calls.into_iter().map(Call::without_supervisors).collect();
    progress.write(&calls, &mut writer).map_err(|error| PageError::internal(&error))?;
    let bytes = writer.into_inner().map_err(|error| PageError::internal(error.error()))?;
    progress.over |= i64::try_from(calls.len()).is_ok_and(|count| count < CALLS_AT_ONCE);
    progress.after = calls.last().map(|call| call.id.clone());
    Ok(Some((bytes.into(), progress)))
}

impl Progress {
    fn write(&mut self, calls: &[Call], writer: &mut csv::Writer<Vec<u8>>) -> Result<(), csv::Error> {
        if self.after.is_none() {
            writer.write_record(COLUMNS)?;
        }
        for call in calls {
            if self.rows + call.legs.len() > MOST_ROWS {
                self.over = true;
                let mut end = [""; COLUMNS.len()];
                end[0] = "There are more calls: ask for fewer days.";
                return writer.write_record(end);
            }
            self.rows += call.legs.len();
            let charges = matches!(call.phase, Phase::Settled(_)).then(|| call.charges());
            for (place, leg) in call.legs.iter().enumerate() {
                let charge = charges.as_ref().and_then(|charges| charges.get(place));
                writer.write_record(row(call, leg, charge, self.currency))?;
            }
        }
        Ok(())
    }
}

/// What a call that is not over costs is not known yet, and stays empty.
fn row(call: &Call, leg: &Leg, charge: Option<&Charge>, currency: Currency) -> [String; COLUMNS.len()] {
    let known = |field: fn(&Charge) -> String| charge.map(field).unwrap_or_default();
    [
        call.id.clone(),
        Moment(call.created_at).iso(),
        // A plus sign and digits can do no harm, and programs compare them.
        leg.number.to_string(),
        harmless(&leg.rate.destination),
        known(|charge| charge.seconds.to_string()),
        known(|charge| charge.billed_seconds.to_string()),
        leg.rate.price_per_minute.normalize().to_string(),
        leg.rate.connection_fee.to_string(),
        known(|charge| charge.cost.to_string()),
        currency.to_string(),
    ]
}

/// Spreadsheets take a text that begins so for a formula; with a quote before it they take it for a text.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_quoted() {
        let quoted = ["=1+1", "+x", "-x", "@SUM(A1)", "London"].map(harmless);
        assert_eq!(quoted, ["'=1+1", "'+x", "'-x", "'@SUM(A1)", "London"]);
    }
}
