//! An operator has a file played instead of a sentence, or the sentence spoken again.

use chrono::{DateTime, Utc};

use super::FlowError;
use crate::domain::call::message::{BadMessage, Message};
use crate::domain::call::sentence::Sentence;
use crate::domain::language::Language;
use crate::storage::sounds::{self, Sound};
use crate::storage::{Tx, audit};

/// An empty `address` has the sentence spoken. Doing what is done already changes nothing.
pub fn set_sound(
    tx: &mut Tx,
    sentence: Sentence,
    language: Language,
    address: &str,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Result<(), BadMessage>, FlowError> {
    let before = sounds::find(tx, sentence, language)?;
    let after = Some(address.trim()).filter(|address| !address.is_empty());
    if let Some(Err(bad)) = after.map(Message::sound) {
        return Ok(Err(bad));
    }
    if before.as_deref() == after {
        return Ok(Ok(()));
    }
    match after {
        Some(url) => sounds::put(tx, &Sound { sentence, language, url: url.to_owned() })?,
        None => sounds::remove(tx, sentence, language)?,
    }
    let change = audit::Change {
        actor,
        action: "set_sound",
        subject: sentence.code(),
        account: None,
        detail: language.code(),
        before: before.as_deref(),
        after,
    };
    audit::change(tx, &change, now)?;
    Ok(Ok(()))
}
