//! A leg asks what to do. The limit it is told is in the books before it is told.

use chrono::{DateTime, Utc};

use super::report::Message;
use super::{FlowError, call_changed};
use crate::domain::call::Timing;
use crate::domain::call::instruction::{Asked, Instruction};
use crate::domain::call::machine::Verdict;
use crate::domain::call::progress::Event;
use crate::domain::call::sentence::Sentence;
use crate::domain::language::Language;
use crate::storage::{Tx, sounds};

#[derive(Debug, Clone)]
pub struct Question {
    pub leg: String,
    pub call_sid: String,
    pub asked: Asked,
    /// Who answered, if the carrier has listened.
    pub verdict: Option<Verdict>,
}

/// The answer, and what its document needs to name.
#[derive(Debug, Clone)]
pub struct Told {
    pub instruction: Instruction,
    /// Whose room it is, for what is told of the room.
    pub call: String,
    pub room: String,
    /// The number of the leg's newest instructions.
    pub turn: i32,
    /// In which it is spoken to.
    pub language: Language,
    /// The operator's, to be played instead of the words of a notice or of the house's part of a whisper.
    pub sound: Option<String>,
}

/// Asking twice is answered twice, from the state there is: the message is kept, but never a reason not to answer.
pub fn instruct_leg(
    tx: &mut Tx,
    question: &Question,
    message: &Message,
    timing: &Timing,
    now: DateTime<Utc>,
) -> Result<Told, FlowError> {
    let Question { leg, call_sid, asked, verdict } = question;
    let mut change = call_changed::lock_by_leg(tx, leg)?;
    message.keep(tx, now)?;
    let answered = verdict.map(|verdict| Event::AnsweredBy { leg: leg.clone(), call_sid: call_sid.clone(), verdict });
    let mut commands = answered.map(|event| change.call.apply(&event, now)).unwrap_or_default();
    let (instruction, more) = change.call.instruct(leg, call_sid, *asked, timing, now);
    commands.extend(more);
    let turn = change.call.leg(leg).map_or(0, |leg| leg.turn);
    let language = change.call.terms.language;
    let sound = match &instruction {
        Instruction::Notice(notice) => sounds::find(tx, Sentence::from(*notice), language)?,
        Instruction::Whisper { .. } => change.call.terms.recording_sound.clone(),
        Instruction::Join { .. }
        | Instruction::Music { .. }
        | Instruction::Enqueue
        | Instruction::DialQueue { .. }
        | Instruction::Farewell(_)
        | Instruction::HangUp => None,
    };
    let host = change.call.host.as_ref().map(|host| host.call.clone());
    let (call, room) = (host.unwrap_or_else(|| change.call.id.clone()), change.call.room.clone());
    let told = Told { instruction, call, room, turn, language, sound };
    call_changed::save(tx, change, commands, now)?;
    Ok(told)
}
