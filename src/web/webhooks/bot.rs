//! A bot at its number: what it says to whoever is at the other end of its line, and to the keys it hears. From its script
//! alone: that is the same in every call, so nobody asks which call this is, and whoever rings the number from elsewhere
//! learns of none.

use crate::app::App;
use crate::domain::bot::Deed;
use crate::flows::FlowError;
use crate::storage::bots;
use crate::voice::{Body, Document, Gather, Place, Pressed, Speech};

/// The line is answered at both ends at once, and the end in the call still has to come into the room.
const UNTIL_IT_IS_IN_THE_ROOM: u32 = 2;

pub async fn answers(app: &App, name: String, round: u16, pressed: Pressed) -> Result<Body, FlowError> {
    let named = name.clone();
    let found = app.db.read(move |tx| bots::find(tx, &named)?.ok_or_else(|| FlowError::not_found("bot", &named)));
    let bot = found.await?.bot;
    let speech = |message| Speech::message(message, bot.language);
    let is_new = round == 0 && pressed.digits.is_empty();
    Ok(app.carrier.document(&match bot.hears(pressed.digits.chars().next(), round) {
        Deed::Ask { say, round } => Document::Gather(Gather {
            silence_seconds: if is_new { UNTIL_IT_IS_IN_THE_ROOM } else { 0 },
            prompt: speech(say),
            most_digits: Some(1),
            wait_seconds: bot.wait_seconds.into(),
            finish_key: None,
            answer_url: app.carrier.url(&Place::Bot { bot: name, round }),
        }),
        Deed::Leave { last_words: Some(words) } => Document::Farewell(speech(words)),
        Deed::Leave { last_words: None } => Document::HangUp,
    }))
}
