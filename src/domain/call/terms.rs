//! What a plan settles for a call besides prices, frozen when it is dialled.

use serde::{Deserialize, Serialize};

use super::Timing;
use super::announcement::{Announcements, Listeners};
use super::extension_way::ExtensionWay;
use super::machine::{Detection, MachineTerms};
use super::message::{BadMessage, Message};
use super::payer_leaves::PayerLeaves;
use super::recording::{MOST_KEPT_DAYS, RecordingTerms, When};
use super::supervision::SupervisionTerms;
use crate::domain::language::Language;
use crate::domain::rating::tax::Taxes;
use crate::domain::room_profile::RoomProfile;
use crate::domain::setting::{Choice, Kind, Setting, choices, flag, number};

/// Slices longer than the longest call share nothing.
const MOST_GRANTED: u16 = 14_400;

/// What is not mentioned is as it always was, so that calls and plans from before a rule have it off.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CallTerms {
    /// As the plan's profile was when the call was dialled. A plan names its profile instead.
    #[serde(skip_serializing_if = "is_usual")]
    pub room: RoomProfile,
    /// The account's, when it was dialled.
    #[serde(skip_serializing_if = "is_usual")]
    pub language: Language,
    /// All of them, unless it is said otherwise.
    pub announcements: Announcements,
    /// What everybody who is called hears before being joined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whisper: Option<Message>,
    /// What is done if a machine answers.
    #[serde(skip_serializing_if = "is_usual")]
    pub machine: MachineTerms,
    pub extension: ExtensionWay,
    pub payer_leaves: PayerLeaves,
    /// How much of the account's money a call holds at a time, in seconds of its own; none: all that it can use.
    #[serde(skip_serializing_if = "is_usual")]
    pub grant_seconds: u16,
    pub supervision: SupervisionTerms,
    /// By the country of the payer's own number.
    #[serde(skip_serializing_if = "is_usual")]
    pub taxes: Taxes,
    pub recording: RecordingTerms,
    /// What is played instead of the words that the call is recorded: the operator's choice, when it was dialled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording_sound: Option<String>,
    /// Two may be held in a queue of the carrier's: the operator's choice, when it was dialled.
    #[serde(skip_serializing_if = "is_usual")]
    pub queue_hold: bool,
}

impl CallTerms {
    /// Legs at one time, of those that the house allows: nobody is rung who would be turned away from the room.
    pub fn most_legs(&self, of_the_house: usize) -> usize {
        of_the_house.min(usize::from(self.room.max_participants))
    }

    /// What a call is given at a time. Whatever the lead has become since, the next look comes before the slice is over.
    pub fn slice(&self, timing: &Timing) -> Option<i64> {
        (self.grant_seconds > 0).then(|| i64::from(self.grant_seconds).max(least_slice(timing)))
    }
}

/// A slice shorter than this would be used up before it is renewed in good time.
pub fn least_slice(timing: &Timing) -> i64 {
    timing.lead.num_seconds() * 2
}

/// One line a term: its field on the plan's page, in the API and in the audit, and how it is read.
#[rustfmt::skip]
pub const TERMS: &[Setting<CallTerms>] = &[
    Setting { name: "extension", label: "Calls are made longer by",
        help: "with a watchdog and this service away, a call goes on at your cost to the carrier\u{2019}s longest",
        kind: Kind::Choice(choices::<ExtensionWay>), get: |terms| terms.extension.code().to_owned(),
        set: |terms, text| { terms.extension = Choice::read(text)?; Ok(()) } },
    Setting { name: "payer_leaves", label: "When the paying phone is transferred away",
        help: "and leaves the others to somebody else",
        kind: Kind::Choice(choices::<PayerLeaves>), get: |terms| terms.payer_leaves.code().to_owned(),
        set: |terms, text| { terms.payer_leaves = Choice::read(text)?; Ok(()) } },
    Setting { name: "grant_seconds", label: "Each call holds money for seconds at a time",
        help: "so that calls of one account share its money; renewed before they are over, which is a moment of silence \
               unless the limit is updated; 0: the first call holds all that it can use",
        kind: Kind::Number { least: 0, most: MOST_GRANTED }, get: |terms| terms.grant_seconds.to_string(),
        set: |terms, text| { terms.grant_seconds = number(text, 0, MOST_GRANTED)?; Ok(()) } },
    Setting { name: "announcements_time_is_nearly_up", label: "It is said that the time is nearly up",
        help: "", kind: Kind::Flag, get: |terms| terms.announcements.time_is_nearly_up.to_string(),
        set: |terms, text| { terms.announcements.time_is_nearly_up = flag(text)?; Ok(()) } },
    Setting { name: "announcements_one_minute_left", label: "It is said that one minute is left",
        help: "", kind: Kind::Flag, get: |terms| terms.announcements.one_minute_left.to_string(),
        set: |terms, text| { terms.announcements.one_minute_left = flag(text)?; Ok(()) } },
    Setting { name: "announcements_topped_up", label: "A recharge is told",
        help: "", kind: Kind::Flag, get: |terms| terms.announcements.topped_up.to_string(),
        set: |terms, text| { terms.announcements.topped_up = flag(text)?; Ok(()) } },
    Setting { name: "announcements_recording", label: "All are told that the call is recorded",
        help: "the law may want it", kind: Kind::Flag, get: |terms| terms.announcements.recording.to_string(),
        set: |terms, text| { terms.announcements.recording = flag(text)?; Ok(()) } },
    Setting { name: "announcements_to", label: "What is said of time and money is heard by", help: "",
        kind: Kind::Choice(choices::<Listeners>), get: |terms| terms.announcements.to.code().to_owned(),
        set: |terms, text| { terms.announcements.to = Choice::read(text)?; Ok(()) } },
    Setting { name: "recording", label: "Calls are recorded",
        help: "what the paying phone says and hears; a room profile may have the whole room recorded",
        kind: Kind::Choice(choices::<When>), get: |terms| terms.recording.when.code().to_owned(),
        set: |terms, text| { terms.recording.when = Choice::read(text)?; Ok(()) } },
    Setting { name: "recording_kept_days", label: "Recordings are kept for days", help: "then they are deleted at the carrier",
        kind: Kind::Number { least: 1, most: MOST_KEPT_DAYS }, get: |terms| terms.recording.kept_days.to_string(),
        set: |terms, text| { terms.recording.kept_days = number(text, 1, MOST_KEPT_DAYS)?; Ok(()) } },
    Setting { name: "recording_shown", label: "The caller may listen to recordings", help: "", kind: Kind::Flag,
        get: |terms| terms.recording.shown.to_string(),
        set: |terms, text| { terms.recording.shown = flag(text)?; Ok(()) } },
    Setting { name: "supervision_announced", label: "The caller sees supervisors",
        help: "otherwise nobody learns that somebody listens", kind: Kind::Flag,
        get: |terms| terms.supervision.announced.to_string(),
        set: |terms, text| { terms.supervision.announced = flag(text)?; Ok(()) } },
    Setting { name: "whisper", label: "Who is called hears first",
        help: "words; nothing if empty", kind: Kind::Text,
        get: |terms| match &terms.whisper { Some(Message::Words(words)) => words.clone(), Some(Message::Sound(_)) | None => String::new() },
        set: |terms, text| { terms.whisper = message(text, Message::words)?; Ok(()) } },
    Setting { name: "taxes", label: "Taxes by the country of the caller\u{2019}s own number",
        help: "in per cent: DE 19; GB 20 included; * 0 for all others; added to the prices, unless included in them",
        kind: Kind::Text, get: |terms| terms.taxes.to_string(),
        set: |terms, text| { terms.taxes = text.parse().map_err(|why| format!("cannot be read: {why}"))?; Ok(()) } },
    Setting { name: "machine_detection", label: "An answering machine is",
        help: "nobody hears anything meanwhile, for some four seconds; a message is best left after the greeting",
        kind: Kind::Choice(choices::<Detection>), get: |terms| terms.machine.detection.code().to_owned(),
        set: |terms, text| { terms.machine.detection = Choice::read(text)?; Ok(()) } },
    Setting { name: "machine_message", label: "A machine that is found is left",
        help: "words, or the address of a sound of up to two minutes; it is hung up if empty", kind: Kind::Text,
        get: |terms| terms.machine.message.as_ref().map(Message::text).unwrap_or_default().to_owned(),
        set: |terms, text| { terms.machine.message = message(text, Message::read)?; Ok(()) } },
];

fn is_usual<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn message(text: &str, read: fn(&str) -> Result<Message, BadMessage>) -> Result<Option<Message>, String> {
    if text.is_empty() { Ok(None) } else { read(text).map(Some).map_err(|bad| format!("is wrong: {bad}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the room a plan keeps the name alone.
    #[test]
    fn each_term_has_its_line_and_is_kept_as_it_is_shown() {
        let written = serde_json::to_value(CallTerms::default()).unwrap();
        for name in written.as_object().unwrap().keys() {
            assert!(TERMS.iter().any(|term| term.name.starts_with(name.as_str())), "{name} is in no line of TERMS");
        }
        for term in TERMS {
            let values = match term.kind {
                Kind::Choice(choices) => choices().into_iter().map(|(code, _)| code.to_owned()).collect(),
                Kind::Flag => vec!["true".to_owned(), "false".to_owned()],
                Kind::Number { least, most } => vec![least.to_string(), most.to_string()],
                Kind::Text => vec![String::new()],
            };
            for value in values {
                let mut terms = CallTerms::default();
                (term.set)(&mut terms, &value).unwrap();
                let kept: CallTerms = serde_json::from_value(serde_json::to_value(&terms).unwrap()).unwrap();
                assert_eq!((term.get)(&kept), value, "{}", term.name);
            }
        }
    }
}
