//! The recordings of a call on its page: how far each is and until when it is kept, the way to its file, which is the
//! carrier's, and deleting it before its time, which only the house may.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::snapshot::OperationView;
use crate::app::App;
use crate::domain::call::Call;
use crate::domain::call::recording::{Wanted, When};
use crate::domain::call::supervision::Onlooker;
use crate::domain::recording::{Forgotten, Recording, RecordingState};
use crate::flows::recordings::forget_recording;
use crate::storage::{StorageError, Tx, calls, recordings};
use crate::web::auth::Right;
use crate::web::auth::who::{Administrator, Person, onlooker};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::show::{Moment, duration};
use crate::web::pages::{self, see_other};

/// That a call is recorded, and what may be done about it.
#[derive(Serialize, PartialEq, Debug)]
pub struct RecordingView {
    pub text: &'static str,
    pub operations: Vec<OperationView>,
    pub list: Vec<ListedRecording>,
}

#[derive(Serialize, PartialEq, Debug)]
pub struct ListedRecording {
    pub id: String,
    pub at: String,
    /// Of the day.
    pub clock: String,
    pub state: &'static str,
    pub length: String,
    pub kept: String,
    /// There is something to listen to.
    pub has_file: bool,
    pub may_be_deleted: bool,
}

impl RecordingView {
    /// Nothing to be said or done.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty() && self.list.is_empty()
    }
}

/// The caller sees recordings only where the plan has it so.
pub fn view(tx: &mut Tx, call: &Call, onlooker: Onlooker, now: DateTime<Utc>) -> Result<RecordingView, StorageError> {
    let found = match shown(call, onlooker) {
        true => recordings::of_call(tx, &call.account, &call.id)?,
        false => vec![],
    };
    Ok(RecordingView {
        text: match call.recording.wanted {
            _ if !call.is_running() => "",
            Wanted::Off => "The call is not being recorded.",
            Wanted::On => "The call is being recorded.",
            Wanted::Paused => "The recording is paused.",
        },
        operations: operations(call),
        list: found.iter().map(|recording| listed(recording, now)).collect(),
    })
}

fn shown(call: &Call, onlooker: Onlooker) -> bool {
    onlooker == Onlooker::House || call.terms.recording.shown
}

fn operations(call: &Call) -> Vec<OperationView> {
    let never = call.terms.recording.when == When::Never && !call.terms.room_is_recorded();
    let words: &[_] = match call.recording.wanted {
        _ if !call.is_running() => &[],
        Wanted::Off if never => &[],
        Wanted::Off => &[("start_recording", "Record")],
        Wanted::On => &[("pause_recording", "Pause the recording"), ("stop_recording", "Stop the recording")],
        Wanted::Paused => &[("resume_recording", "Resume the recording"), ("stop_recording", "Stop the recording")],
    };
    let stays = call.terms.recording.when == When::Always;
    let words = words.iter().filter(|(word, _)| !stays || *word != "stop_recording");
    words.map(|(word, label)| OperationView { word: (*word).into(), label: (*label).into() }).collect()
}

fn listed(recording: &Recording, now: DateTime<Utc>) -> ListedRecording {
    let goes = recording.state.is_going_on() || recording.state == RecordingState::Deleted;
    let is_due = recording.is_due(now);
    ListedRecording {
        id: recording.id.clone(),
        at: Moment(recording.started_at).iso(),
        clock: Moment(recording.started_at).clock(),
        state: match recording.state {
            _ if is_due => "being deleted",
            RecordingState::InProgress => "recording",
            RecordingState::Paused => "paused",
            RecordingState::Stopped => "being made ready",
            RecordingState::Completed => "ready",
            RecordingState::Absent => "nothing was recorded",
            RecordingState::Deleted => "deleted",
        },
        length: recording.seconds.map_or_else(|| "–".to_owned(), duration),
        kept: match goes {
            true => "–".to_owned(),
            false => recording.keep_until.format("%Y-%m-%d").to_string(),
        },
        has_file: !is_due && recording.has_file(),
        may_be_deleted: !goes && !is_due,
    }
}

/// Leads to the file at the carrier, who may want a name and password of its own. An administrator needs the right to
/// listen to calls.
pub async fn file(app: Data<App>, person: Person, id: Path<String>) -> Result<HttpResponse, PageError> {
    let (id, now) = (pages::id(&id)?, app.clock.now());
    let found = app.db.read(move |tx| {
        let Some(recording) = recordings::find(tx, &id)? else { return Ok(None) };
        let call = calls::find(tx, &recording.call)?;
        Ok::<_, StorageError>(call.map(|call| (recording, call)))
    });
    let (recording, call) = found.await?.ok_or(PageError::NotFound)?;
    let own = person.account.as_ref().is_some_and(|account| account.id == call.account);
    match (own, onlooker(&person.user)) {
        (false, Onlooker::Caller) => return Err(PageError::NotFound),
        (true, onlooker) if !shown(&call, onlooker) => return Err(PageError::NotFound),
        (false, Onlooker::House) if !person.may(Right::Supervise, &call.account) => {
            return Err(PageError::Forbidden(Right::Supervise.refusal()));
        }
        (true, _) | (false, Onlooker::House) => {}
    }
    let url = recording.media_url.clone().filter(|_| recording.has_file() && !recording.is_due(now));
    Ok(see_other(&url.ok_or(PageError::NotFound)?))
}

pub async fn delete(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    _posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::SteerCalls)?;
    let (id, by, now) = (pages::id(&id)?, who.user.email, app.clock.now());
    let (recording, forgotten) = app.db.write(move |tx| forget_recording(tx, &id, &by, now)).await?;
    match forgotten {
        Forgotten::Now | Forgotten::Already => Ok(see_other(&format!("/calls/{}", recording.call))),
        Forgotten::GoesOn => Err(PageError::Refused(STILL_GOES_ON.to_owned())),
    }
}

/// Why it is not deleted.
pub const STILL_GOES_ON: &str =
    "The recording still goes on. Stop it, or wait for the end of the call, and then delete it.";
