//! A rate deck arrives as a file. With a bad line in it every bad one is named and nothing is kept; otherwise it becomes
//! a draft, which somebody looks at before it counts.

use actix_multipart::{Field as Part, Multipart};
use actix_session::Session;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Datelike, NaiveDateTime, Utc};
use futures_util::TryStreamExt;

use super::decks::{MOST_BAD_LINES, Report, page};
use crate::app::App;
use crate::domain::deck::BadLine;
use crate::domain::deck::mapping::Mapping;
use crate::flows::FlowError;
use crate::flows::draft_deck::{Looked, draft_deck, look_at_deck};
use crate::flows::import_deck::DeckUpload;
use crate::web::api::decks::LARGEST_DECK;
use crate::web::auth::{Administrator, Right, csrf};
use crate::web::pages::error::PageError;
use crate::web::pages::{form, see_other};

const LARGEST_FIELD: usize = 8 * 1024;
const MOST_PARTS: usize = 20;
const UNREADABLE: PageError = PageError::BadRequest("The upload did not arrive whole, or is not a form with a file.");

/// The form as it arrived.
#[derive(Default)]
struct Upload {
    csrf: String,
    plan: String,
    effective_from: String,
    mapping: String,
    csv: Vec<u8>,
}

pub async fn post(
    req: HttpRequest,
    app: Data<App>,
    session: Session,
    who: Administrator,
    parts: Multipart,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ChangeRates)?;
    let upload = read(parts).await?;
    csrf::check(&req, &session, &upload.csrf)?;
    match draft(&app, &who, upload).await? {
        Ok(draft) => Ok(see_other(&format!("/admin/decks/drafts/{draft}"))),
        Err(report) => page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, *report).await,
    }
}

async fn read(mut parts: Multipart) -> Result<Upload, PageError> {
    let mut upload = Upload::default();
    let mut count = 0;
    while let Some(mut part) = parts.try_next().await.map_err(|_| UNREADABLE)? {
        count += 1;
        if count > MOST_PARTS {
            return Err(PageError::BadRequest("There are too many fields."));
        }
        match part.name().unwrap_or_default().to_owned().as_str() {
            "csrf" => upload.csrf = text(&mut part).await?,
            "plan" => upload.plan = text(&mut part).await?,
            "effective_from" => upload.effective_from = text(&mut part).await?,
            "mapping" => upload.mapping = text(&mut part).await?,
            "deck" => upload.csv = bytes(&mut part, LARGEST_DECK).await?,
            _ => drop(bytes(&mut part, LARGEST_FIELD).await?),
        }
    }
    Ok(upload)
}

async fn text(part: &mut Part) -> Result<String, PageError> {
    let bytes = bytes(part, LARGEST_FIELD).await?;
    let text = String::from_utf8(bytes).map_err(|_| PageError::BadRequest("A field holds bytes that are not text."))?;
    form::check(&text)?;
    Ok(text.trim().to_owned())
}

async fn bytes(part: &mut Part, most: usize) -> Result<Vec<u8>, PageError> {
    let bytes = part.bytes(most).await.map_err(|_| PageError::TooLarge)?;
    Ok(bytes.map_err(|_| UNREADABLE)?.to_vec())
}

/// The draft's id, or what the page says instead.
async fn draft(app: &App, who: &Administrator, upload: Upload) -> Result<Result<String, Box<Report>>, PageError> {
    let mut report = Box::<Report>::default();
    report.plan.value = upload.plan.clone();
    report.effective_from.value = upload.effective_from.clone();
    let effective_from = match moment(&upload.effective_from) {
        Ok(moment) => moment,
        Err(why) => {
            report.effective_from.error = Some(why);
            return Ok(Err(report));
        }
    };
    report.mapping.value = upload.mapping.clone();
    let mapping: Mapping = match upload.mapping.parse() {
        Ok(mapping) => mapping,
        Err(why) => {
            report.mapping.error = Some(why);
            return Ok(Err(report));
        }
    };
    if upload.csv.is_empty() {
        report.file.error = Some("Choose a file; this one is empty.".to_owned());
        return Ok(Err(report));
    }
    let deck = DeckUpload {
        plan_name: upload.plan,
        csv: upload.csv,
        effective_from,
        actor: who.user.email.clone(),
        dry_run: false,
    };
    let (said, now) = (mapping.clone(), app.clock.now());
    let looked = app.db.read(move |tx| Ok::<_, FlowError>((look_at_deck(tx, &deck, said, now)?, deck)));
    let (rates, change, deck) = match looked.await {
        Ok((Looked::Good { rates, change }, deck)) => (rates, change, deck),
        Ok((Looked::Refused(bad_lines), _)) => return Ok(Err(refused(report, bad_lines))),
        Err(FlowError::NotFound { .. }) => {
            report.plan.error = Some("Choose a plan.".to_owned());
            return Ok(Err(report));
        }
        Err(error) => return Err(error.into()),
    };
    Ok(Ok(app.db.write(move |tx| draft_deck(tx, &deck, &mapping, rates, &change, now)).await?))
}

fn refused(mut report: Box<Report>, bad_lines: Vec<BadLine>) -> Box<Report> {
    let count = bad_lines.len();
    let lines = if count == 1 { "1 line is".to_owned() } else { format!("{count} lines are") };
    let shown = if count > MOST_BAD_LINES { format!(" These are the first {MOST_BAD_LINES}.") } else { String::new() };
    report.refused = Some(format!("{lines} bad. Nothing was imported.{shown}"));
    report.bad_lines = bad_lines.into_iter().take(MOST_BAD_LINES).collect();
    report
}

/// What browsers send for a date with a time, in UTC; empty is at once.
pub fn moment(text: &str) -> Result<Option<DateTime<Utc>>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let zoned = DateTime::parse_from_rfc3339(text).map(|moment| moment.naive_utc());
    let local =
        || ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"].iter().find_map(|f| NaiveDateTime::parse_from_str(text, f).ok());
    match zoned.ok().or_else(local).filter(|moment| (2000..2200).contains(&moment.year())) {
        Some(moment) => Ok(Some(moment.and_utc())),
        None => Err(format!("{text:?} is not a time such as 2027-01-31T08:00, in UTC.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_utc_and_nonsense_is_named() {
        let at = |text| moment(text).map(|moment| moment.map(|moment| moment.to_rfc3339()));
        assert_eq!(at(""), Ok(None));
        assert_eq!(at("2027-01-31T08:00"), Ok(Some("2027-01-31T08:00:00+00:00".to_owned())));
        assert_eq!(at("2027-01-31T08:00:00+01:00"), Ok(Some("2027-01-31T07:00:00+00:00".to_owned())));
        assert!(at("tomorrow").is_err() && at("262000-01-01T00:00").is_err());
    }
}
