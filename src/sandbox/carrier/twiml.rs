//! Reads TwiML: which verbs a document holds, and what the carrier would warn about. Running them is the model's work.

mod gather;
mod numbers;
mod queues;
mod recordings;

use chrono::{DateTime, Utc};
use roxmltree::Node;
use serde::Serialize;

pub use gather::{Gather, is_dialable};
pub use numbers::NumberNoun;
pub use queues::{Enqueue, QueueNoun};
pub use recordings::{Record, Recorded};

/// The longest call, and so also the longest and the usual `timeLimit` of a Dial.
pub const LONGEST_CALL_SECONDS: i64 = 14_400;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Method {
    Get,
    Post,
}

/// An address of the customer's and how it is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hook {
    pub url: String,
    pub method: Method,
}

/// A numbered error or warning of the carrier's dictionary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    pub code: u32,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub verbs: Vec<Verb>,
    pub warnings: Vec<Notice>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verb {
    Say {
        text: String,
        loops: u32,
    },
    Play {
        url: String,
        loops: u32,
    },
    Pause {
        seconds: u32,
    },
    /// `Play` with digits.
    Tones(String),
    Gather(Box<Gather>),
    /// Stands in a program behind the prompt of a Gather; no document holds it.
    GatherEnds(Box<Gather>),
    Redirect(Hook),
    Hangup,
    Reject {
        is_busy: bool,
    },
    Dial(Box<Dial>),
    Enqueue(Box<Enqueue>),
    Leave,
    Record(Box<Record>),
    /// Stands in a program behind what a Record records; no document holds it.
    RecordEnds {
        record: Box<Record>,
        recording: String,
        words_end_at: DateTime<Utc>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dial {
    pub action: Option<Hook>,
    /// How long is rung, or an empty queue waited at; it means nothing to a conference.
    pub timeout_seconds: u32,
    pub time_limit_seconds: i64,
    pub hangup_on_star: bool,
    pub answer_on_bridge: bool,
    pub caller_id: Option<String>,
    /// Without conference, queue and numbers it is a noun this carrier does not know.
    pub conference: Option<Conference>,
    pub queue: Option<QueueNoun>,
    pub numbers: Vec<NumberNoun>,
    pub recorded: Option<Recorded>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conference {
    pub name: String,
    pub muted: bool,
    pub beep: bool,
    pub beep_on_exit: bool,
    pub start_on_enter: bool,
    pub end_on_exit: bool,
    pub label: Option<String>,
    pub wait: Wait,
    pub max_participants: usize,
    /// The CallSid of the participant who alone hears this one.
    pub coach: Option<String>,
    pub callback: Option<ConferenceCallback>,
    pub recorded: Option<Recorded>,
}

/// What a participant hears until the conference has started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wait {
    Music,
    Silence,
    Document(Hook),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConferenceCallback {
    pub hook: Hook,
    pub events: Vec<String>,
}

impl Conference {
    /// A participant with the defaults of the Conference noun.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            muted: false,
            beep: true,
            beep_on_exit: true,
            start_on_enter: true,
            end_on_exit: false,
            label: None,
            wait: Wait::Music,
            max_participants: 250,
            coach: None,
            callback: None,
            recorded: None,
        }
    }
}

/// Reads a document found at `base`; without one (inline TwiML) relative addresses stay as they are and cannot be
/// asked. `Err` is what makes the document unusable.
pub fn parse(text: &str, base: Option<&str>) -> Result<Document, Notice> {
    if text.len() > 64 * 1024 {
        return Err(notice(11750, "the document is larger than 64 kB"));
    }
    let tree = roxmltree::Document::parse(text.trim()).map_err(|error| notice(12100, &error.to_string()))?;
    let root = tree.root_element();
    if root.tag_name().name() != "Response" {
        return Err(notice(12100, "the root element is not Response"));
    }
    let mut reader = Reader { base: base.and_then(|base| url::Url::parse(base).ok()), warnings: Vec::new() };
    let verbs = reader.verbs(root);
    Ok(Document { verbs, warnings: reader.warnings })
}

struct Reader {
    base: Option<url::Url>,
    warnings: Vec<Notice>,
}

impl Reader {
    fn verbs(&mut self, parent: Node) -> Vec<Verb> {
        parent.children().filter(Node::is_element).filter_map(|element| self.verb(element)).collect()
    }

    fn verb(&mut self, element: Node) -> Option<Verb> {
        let content = text_of(element);
        Some(match element.tag_name().name() {
            "Say" => Verb::Say { text: content, loops: self.number(element, "loop", 1, 12200) },
            "Play" if element.has_attribute("digits") => self.tones(element),
            "Play" => Verb::Play { url: self.absolute(&content), loops: self.number(element, "loop", 1, 12200) },
            "Pause" => Verb::Pause { seconds: self.number(element, "length", 1, 12200) },
            "Gather" => self.gather(element),
            "Redirect" => Verb::Redirect(self.hook(&content, element.attribute("method"))),
            "Hangup" => Verb::Hangup,
            "Reject" => Verb::Reject { is_busy: element.attribute("reason") == Some("busy") },
            "Dial" => Verb::Dial(Box::new(self.dial(element))),
            "Enqueue" => Verb::Enqueue(Box::new(self.enqueue(element, &content))),
            "Leave" => Verb::Leave,
            "Record" => self.record(element),
            other => {
                self.warn(12200, &format!("{other} is not a verb this carrier runs"));
                return None;
            }
        })
    }

    fn dial(&mut self, element: Node) -> Dial {
        self.know(element, &DIAL_ATTRIBUTES);
        let conference = element.children().find(|child| child.has_tag_name("Conference"));
        let nouns = element.children().filter(Node::is_element).count();
        if conference.is_some() && nouns > 1 {
            self.warn(13000, "Conference cannot stand beside other nouns");
        }
        Dial {
            action: element.attribute("action").map(|action| self.hook(action, element.attribute("method"))),
            timeout_seconds: self.number(element, "timeout", 30, 13212),
            time_limit_seconds: self.time_limit(element),
            hangup_on_star: self.flag(element, "hangupOnStar", false, 13213),
            answer_on_bridge: self.flag(element, "answerOnBridge", false, 13219),
            caller_id: element.attribute("callerId").filter(|number| !number.is_empty()).map(str::to_owned),
            conference: conference.map(|noun| self.conference(noun)),
            queue: self.queue_noun(element),
            numbers: if conference.is_some() { Vec::new() } else { self.numbers(element) },
            recorded: self.dial_record(element),
        }
    }

    fn time_limit(&mut self, element: Node) -> i64 {
        let Some(value) = element.attribute("timeLimit") else { return LONGEST_CALL_SECONDS };
        match value.parse::<i64>() {
            Ok(seconds) if seconds > 0 => seconds.min(LONGEST_CALL_SECONDS),
            _ => {
                self.warn(13216, &format!("timeLimit '{value}' is not a positive number"));
                LONGEST_CALL_SECONDS
            }
        }
    }

    fn conference(&mut self, noun: Node) -> Conference {
        self.know(noun, &CONFERENCE_ATTRIBUTES);
        let usual = Conference::named(&text_of(noun));
        let wait = match noun.attribute("waitUrl") {
            None => Wait::Music,
            Some("") => Wait::Silence,
            Some(url) => Wait::Document(self.hook(url, noun.attribute("waitMethod"))),
        };
        let beep = self.beep(noun);
        let callback = noun.attribute("statusCallback").filter(|url| !url.is_empty()).map(|url| ConferenceCallback {
            hook: self.hook(url, noun.attribute("statusCallbackMethod")),
            events: words(noun.attribute("statusCallbackEvent").unwrap_or_default()),
        });
        Conference {
            muted: self.flag(noun, "muted", false, 13230),
            beep: matches!(beep, "true" | "onEnter"),
            beep_on_exit: matches!(beep, "true" | "onExit"),
            end_on_exit: self.flag(noun, "endConferenceOnExit", false, 13231),
            start_on_enter: self.flag(noun, "startConferenceOnEnter", true, 13232),
            label: noun.attribute("participantLabel").map(str::to_owned),
            max_participants: self.number(noun, "maxParticipants", 250, 12200) as usize,
            coach: noun.attribute("coach").map(str::to_owned),
            wait,
            callback,
            recorded: self.conference_record(noun),
            ..usual
        }
    }

    /// One of `true`, `false`, `onEnter` and `onExit`.
    fn beep<'a>(&mut self, noun: Node<'a, '_>) -> &'a str {
        match noun.attribute("beep").unwrap_or("true") {
            known @ ("true" | "false" | "onEnter" | "onExit") => known,
            other => {
                self.warn(13235, &format!("beep is '{other}'"));
                "true"
            }
        }
    }

    fn hook(&self, url: &str, method: Option<&str>) -> Hook {
        Hook { url: self.absolute(url), method: method_named(method) }
    }

    fn absolute(&self, url: &str) -> String {
        match &self.base {
            Some(base) if url::Url::parse(url).is_err() => base.join(url).map_or_else(|_| url.to_owned(), String::from),
            _ => url.to_owned(),
        }
    }

    fn flag(&mut self, element: Node, name: &str, usual: bool, code: u32) -> bool {
        match element.attribute(name) {
            None => usual,
            Some("true") => true,
            Some("false") => false,
            Some(other) => {
                self.warn(code, &format!("{name} is '{other}', not true or false"));
                usual
            }
        }
    }

    fn number(&mut self, element: Node, name: &str, usual: u32, code: u32) -> u32 {
        let Some(value) = element.attribute(name) else { return usual };
        value.parse().unwrap_or_else(|_| {
            self.warn(code, &format!("{name} is '{value}', not a number"));
            usual
        })
    }

    fn know(&mut self, element: Node, attributes: &[&str]) {
        let tag = element.tag_name().name();
        for attribute in element.attributes().filter(|attribute| !attributes.contains(&attribute.name())) {
            self.warn(12200, &format!("{tag} has no attribute {}", attribute.name()));
        }
    }

    fn warn(&mut self, code: u32, text: &str) {
        self.warnings.push(notice(code, text));
    }
}

const DIAL_ATTRIBUTES: [&str; 18] = [
    "action",
    "method",
    "timeout",
    "timeLimit",
    "hangupOnStar",
    "callerId",
    "record",
    "trim",
    "recordingTrack",
    "recordingStatusCallback",
    "recordingStatusCallbackMethod",
    "recordingStatusCallbackEvent",
    "answerOnBridge",
    "ringTone",
    "sequential",
    "callReason",
    "referUrl",
    "referMethod",
];

const CONFERENCE_ATTRIBUTES: [&str; 21] = [
    "muted",
    "beep",
    "startConferenceOnEnter",
    "endConferenceOnExit",
    "participantLabel",
    "waitUrl",
    "waitMethod",
    "maxParticipants",
    "record",
    "recordingConfigurationId",
    "trim",
    "region",
    "coach",
    "statusCallback",
    "statusCallbackEvent",
    "statusCallbackMethod",
    "recordingStatusCallback",
    "recordingStatusCallbackMethod",
    "recordingStatusCallbackEvent",
    "jitterBufferSize",
    "eventCallbackUrl",
];

/// POST unless GET is asked for, as for every address of a call.
pub fn method_named(name: Option<&str>) -> Method {
    if name.is_some_and(|name| name.eq_ignore_ascii_case("GET")) { Method::Get } else { Method::Post }
}

pub fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

pub fn notice(code: u32, text: &str) -> Notice {
    Notice { code, text: text.to_owned() }
}

fn text_of(element: Node) -> String {
    element.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<u32> {
        parse(text, None).unwrap().warnings.iter().map(|warning| warning.code).collect()
    }

    #[test]
    fn what_is_not_xml_or_not_a_response_is_unusable() {
        assert_eq!(parse("<Response><Say>", None).unwrap_err().code, 12100);
        assert_eq!(parse("", None).unwrap_err().code, 12100);
        assert_eq!(parse("<response/>", None).unwrap_err().code, 12100, "names are case-sensitive");
    }

    #[test]
    fn odd_attributes_warn_and_fall_back_to_the_default() {
        assert_eq!(codes("<Response><Dance/></Response>"), [12200]);
        assert_eq!(codes("<Response><Dial timeLimit='-1'><Conference>r</Conference></Dial></Response>"), [13216]);
        assert_eq!(codes("<Response><Dial timelimit='5'><Conference>r</Conference></Dial></Response>"), [12200]);
        let odd = "<Response><Dial><Conference endConferenceOnExit='yes' muted='1'>r</Conference></Dial></Response>";
        assert_eq!(codes(odd), [13230, 13231]);
    }

    #[test]
    fn relative_addresses_stand_relative_to_the_document() {
        let document =
            parse("<Response><Redirect method='GET'>next?x=1</Redirect></Response>", Some("http://a.test/v/one?b=2"));
        let hook = Hook { url: "http://a.test/v/next?x=1".to_owned(), method: Method::Get };
        assert_eq!(document.unwrap().verbs, [Verb::Redirect(hook)]);
    }
}
