//! Reads what documents say of recording: the Record verb, and the attributes of a Dial and of a Conference.

use roxmltree::Node;

use super::{ConferenceCallback, Hook, Method, Reader, Verb, words};

/// How something is to be recorded, by a document or by the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    pub callback: Option<ConferenceCallback>,
    pub channels: u8,
    /// Which side is recorded; a conference has none.
    pub track: Option<String>,
    pub trims_silence: bool,
    /// Only a Dial of numbers can be recorded before it is answered.
    pub from_ringing: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The document itself where nothing else is named; `None` only in a document that came without an address.
    pub action: Option<Hook>,
    pub timeout_seconds: u32,
    pub longest_seconds: u32,
    pub finish_on_key: String,
    pub beep: bool,
    pub recorded: Recorded,
}

impl Reader {
    pub(super) fn record(&mut self, element: Node) -> Verb {
        self.know(element, &RECORD_ATTRIBUTES);
        let own = || self.base.as_ref().map(|base| Hook { url: base.to_string(), method: Method::Post });
        let action = element.attribute("action").filter(|url| !url.is_empty());
        let action = action.map_or_else(own, |url| Some(self.hook(url, element.attribute("method"))));
        Verb::Record(Box::new(Record {
            action,
            timeout_seconds: self.number(element, "timeout", 5, 13612),
            longest_seconds: self.number(element, "maxLength", 3_600, 13610).max(1),
            finish_on_key: element.attribute("finishOnKey").unwrap_or("1234567890*#").to_owned(),
            beep: self.flag(element, "playBeep", true, 13615),
            recorded: self.recorded(element, 1, true),
        }))
    }

    pub(super) fn dial_record(&mut self, dial: Node) -> Option<Recorded> {
        let (channels, from_ringing) = match dial.attribute("record").unwrap_or("do-not-record") {
            "true" | "record-from-answer" => (1, false),
            "record-from-answer-dual" => (2, false),
            "record-from-ringing" => (1, true),
            "record-from-ringing-dual" => (2, true),
            "false" | "do-not-record" => return None,
            other => {
                self.warn(13215, &format!("record is '{other}'"));
                return None;
            }
        };
        let track = dial.attribute("recordingTrack").unwrap_or("both").to_owned();
        Some(Recorded { track: Some(track), from_ringing, ..self.recorded(dial, channels, false) })
    }

    pub(super) fn conference_record(&mut self, noun: Node) -> Option<Recorded> {
        match noun.attribute("record").unwrap_or("do-not-record") {
            "true" | "record-from-start" => Some(self.recorded(noun, 1, true)),
            "false" | "do-not-record" => None,
            other => {
                self.warn(12200, &format!("record is '{other}'"));
                None
            }
        }
    }

    fn recorded(&self, element: Node, channels: u8, trims: bool) -> Recorded {
        let address = element.attribute("recordingStatusCallback").filter(|url| !url.is_empty());
        let callback = address.map(|url| ConferenceCallback {
            hook: self.hook(url, element.attribute("recordingStatusCallbackMethod")),
            events: words(element.attribute("recordingStatusCallbackEvent").unwrap_or("completed")),
        });
        let trims_silence = element.attribute("trim").map_or(trims, |trim| trim == "trim-silence");
        Recorded { callback, channels, track: None, trims_silence, from_ringing: false }
    }
}

const RECORD_ATTRIBUTES: [&str; 14] = [
    "action",
    "method",
    "timeout",
    "finishOnKey",
    "maxLength",
    "playBeep",
    "trim",
    "recordingStatusCallback",
    "recordingStatusCallbackMethod",
    "recordingStatusCallbackEvent",
    "recordingConfigurationId",
    "transcribe",
    "transcribeCallback",
    "transcriptionConfigurationId",
];
