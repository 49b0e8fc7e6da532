//! Somebody who calls in asks what to do. PINs are compared here, between two transactions: that takes time on purpose.

use crate::app::App;
use crate::domain::access::card::{Entered, entered};
use crate::domain::access::greeting::{Answer, Step};
use crate::domain::call::LegProgress;
use crate::domain::call::sentence::Sentence;
use crate::flows::FlowError;
use crate::flows::greet::{self, Compared, Inbound, Pressed, Told};
use crate::flows::report::Message;
use crate::storage::{StorageError, Tx, access_cards, greetings};
use crate::voice::words::{duration, money};
use crate::voice::{Body, Document, Gather, Music, Place, Speech};
use crate::web::auth::password;

/// After the question, and anew after each digit.
const WAIT_SECONDS: u32 = 8;
/// Who waits for money asks again so often.
const PIECE_SECONDS: i64 = 5;

pub async fn called_in(app: &App, call: Inbound, message: Message) -> Result<Body, FlowError> {
    let now = app.clock.now();
    let told = app.db.write(move |tx| greet::called_in(tx, &call, &message, now)).await?;
    Ok(app.carrier.document(&document(app, told)))
}

pub async fn pressed(app: &App, pressed: Pressed, hung_up: bool, message: Message) -> Result<Body, FlowError> {
    if hung_up {
        // The carrier says so in words of its own, with the seconds.
        return Ok(app.carrier.acknowledgement());
    }
    let compared = compared(app, &pressed).await?;
    let message = without_digits(message, &pressed);
    let (forms, rules, now) = (app.forms.clone(), app.config.rules, app.clock.now());
    let answer = move |tx: &mut Tx| greet::pressed(tx, &pressed, compared.as_ref(), &message, &forms, &rules, now);
    let told = app.db.write(answer).await?;
    Ok(app.carrier.document(&document(app, told)))
}

/// A PIN is kept nowhere: not in what came, and not in a digest of it, from which six digits are soon guessed.
fn without_digits(message: Message, pressed: &Pressed) -> Message {
    Message { id: format!("{}:{}", pressed.call_sid, pressed.turn), body: vec![], ..message }
}

pub async fn status(app: &App, call_sid: String, progress: LegProgress, message: Message) -> Result<Body, FlowError> {
    let now = app.clock.now();
    if let LegProgress::Ended(end) = progress {
        app.db.write(move |tx| greet::caller_left(tx, &call_sid, end, Some(&message), now)).await?;
    }
    Ok(app.carrier.acknowledgement())
}

/// Is it the PIN of the card that was named, or of the account whose phone it is? Where there is no such card it takes as
/// long to find that out.
async fn compared(app: &App, pressed: &Pressed) -> Result<Option<Compared>, FlowError> {
    let Some(code) = entered(&pressed.digits) else { return Ok(None) };
    let (Entered::CardAndPin { pin, .. } | Entered::Pin(pin)) = code;
    let (sid, digits, turn) = (pressed.call_sid.clone(), pressed.digits.clone(), pressed.turn);
    let read = move |tx: &mut Tx| {
        let Some(greeting) = greetings::find(tx, &sid)?.filter(|one| one.step == Step::Code && one.turn == turn) else {
            return Ok(None);
        };
        let card = match (entered(&digits), greeting.account) {
            (Some(Entered::CardAndPin { card, .. }), _) => access_cards::by_number(tx, card)?,
            (Some(Entered::Pin(_)), Some(account)) => access_cards::find(tx, &account)?,
            (Some(Entered::Pin(_)) | None, _) => None,
        };
        Ok::<_, StorageError>(Some(card))
    };
    let Some(card) = app.db.read(read).await? else { return Ok(None) };
    let fits = password::fits(pin.to_owned(), card.as_ref().map(|card| card.pin_hash.clone())).await;
    Ok(card.map(|card| Compared { account: card.account, set_at: card.set_at, fits }))
}

fn document(app: &App, told: Told) -> Document {
    let again_url = app.carrier.url(&Place::Pressed { turn: told.turn });
    let speeches = |sentences: &[Sentence], seconds| -> Vec<Speech> {
        sentences.iter().map(|sentence| said(&told, *sentence, seconds)).collect()
    };
    match &told.answer {
        Answer::Ask(sentences) => Document::Gather(Gather {
            silence_seconds: 0,
            prompt: Speech::All(speeches(sentences, None)),
            most_digits: None,
            wait_seconds: WAIT_SECONDS,
            finish_key: Some('#'),
            answer_url: again_url,
        }),
        Answer::Wait(sentences) if sentences.is_empty() => Document::Music(Music {
            seconds: PIECE_SECONDS,
            sound: app.config.hold_music.url.clone(),
            sound_seconds: app.config.hold_music.seconds,
            again_url,
        }),
        Answer::Wait(sentences) => Document::Whisper { speeches: speeches(sentences, None), again_url },
        Answer::Connect { leg, seconds } => Document::Whisper {
            speeches: speeches(&[Sentence::TimeToTalk], Some(*seconds)),
            again_url: app.carrier.url(&Place::Document { leg: leg.clone(), turn: 0 }),
        },
        Answer::Leave(sentences) if sentences.is_empty() => Document::HangUp,
        Answer::Leave(sentences) => Document::Farewell(Speech::All(speeches(sentences, None))),
    }
}

fn said(told: &Told, sentence: Sentence, seconds: Option<i64>) -> Speech {
    let named = match (told.balance, seconds) {
        (_, Some(seconds)) => Some(duration(seconds, told.language)),
        (Some((amount, currency)), None) => Some(money(amount, currency, told.language)),
        (None, None) => None,
    };
    let sound = told.sounds.iter().find(|(own, _)| *own == sentence).map(|(_, sound)| sound.clone());
    Speech::sentence(sentence, named.as_deref(), told.language, sound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_what_is_pressed_is_kept_with_the_message() {
        let message = |digits: &str| Message {
            source: "twilio",
            id: format!("digest of {digits}"),
            path: "/webhooks/twilio/access/2".to_owned(),
            body: format!("CallSid=CA1&Digits={digits}").into_bytes(),
        };
        let kept = ["48217730615204", "48217730615205"].map(|digits| {
            let pressed = Pressed { call_sid: "CA1".to_owned(), turn: 2, digits: digits.to_owned() };
            let kept = without_digits(message(digits), &pressed);
            (kept.id, kept.body, kept.path)
        });
        assert_eq!(kept[0], kept[1], "who sees it learns nothing");
    }
}
