//! How a room is: every attribute of the carrier's conference that an operator may choose, typed, and refused when it is
//! set rather than when a call fails. What follows from the state of a call is not here but in [`HOUSE`], with the reason.

use serde::{Deserialize, Serialize};

use super::call::message::Message;
use super::setting::{BadSetting, Choice, Given, Kind, Setting, apply, choices, flag, number};

/// The carrier has room for no more, and fewer are no conversation.
const PARTICIPANTS: (u16, u16) = (2, 250);

/// What is not mentioned is as in the smallest room: two parties, no beep, no music.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct RoomProfile {
    pub starts: Starts,
    /// It closes for all at the moment the payer leaves; otherwise the others are hung up a little later.
    pub ends_with_payer: bool,
    /// The others than the payer come in muted, until somebody unmutes them.
    pub muted: bool,
    pub beep: Beep,
    pub wait: Wait,
    /// Where the document of an own waiting room is; the carrier asks it as `wait_method` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_address: Option<String>,
    pub wait_method: WaitMethod,
    /// Of those who talk; supervisors come on top.
    pub max_participants: u16,
    /// Each stay has a label made of the leg and the number of its instructions, for the carrier's own logs.
    pub labelled: bool,
    pub jitter_buffer: JitterBuffer,
    pub region: Region,
    pub record: Record,
    pub trim: Trim,
    /// The carrier's name of how it keeps recordings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording_configuration: Option<String>,
    /// Ask the carrier for these events besides those we need; they are kept with its other messages.
    pub speaker_events: bool,
    pub announcement_events: bool,
}

/// Whose coming starts the conversation. Until then whoever is in the room waits and hears nobody.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Starts {
    Anybody,
    /// A moderated room.
    Payer,
}

/// When a tone is heard by those in the room.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beep {
    Off,
    Both,
    OnEnter,
    OnExit,
}

/// What is heard until the conversation starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wait {
    Silence,
    /// Ours, over and over.
    Music,
    /// The operator's own document.
    Address,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitMethod {
    Get,
    Post,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JitterBuffer {
    Off,
    Small,
    Medium,
    Large,
}

/// Where the carrier mixes the room.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Region {
    /// Where the carrier thinks best.
    Nearest,
    Us1,
    Us2,
    Ie1,
    De1,
    Sg1,
    Br1,
    Au1,
    Jp1,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    Off,
    FromStart,
}

/// Silence at the beginning and the end of a recording.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trim {
    Silence,
    Nothing,
}

impl Default for RoomProfile {
    fn default() -> Self {
        Self {
            starts: Starts::Anybody,
            ends_with_payer: true,
            muted: false,
            beep: Beep::Off,
            wait: Wait::Silence,
            wait_address: None,
            wait_method: WaitMethod::Post,
            max_participants: PARTICIPANTS.1,
            labelled: false,
            jitter_buffer: JitterBuffer::Small,
            region: Region::Nearest,
            record: Record::Off,
            trim: Trim::Silence,
            recording_configuration: None,
            speaker_events: false,
            announcement_events: false,
        }
    }
}

/// One line a setting: its field on the page, in the API and in the audit, and how it is read.
#[rustfmt::skip]
pub const SETTINGS: &[Setting<RoomProfile>] = &[
    Setting { name: "starts", label: "The conversation starts when", help: "", kind: Kind::Choice(choices::<Starts>),
        get: |room| room.starts.code().to_owned(), set: |room, text| choose(&mut room.starts, text) },
    Setting { name: "ends_with_payer", label: "The room closes as soon as the payer leaves",
        help: "otherwise the others are hung up a second or two later", kind: Kind::Flag,
        get: |room| room.ends_with_payer.to_string(), set: |room, text| tick(&mut room.ends_with_payer, text) },
    Setting { name: "muted", label: "Others than the payer come in muted", help: "", kind: Kind::Flag,
        get: |room| room.muted.to_string(), set: |room, text| tick(&mut room.muted, text) },
    Setting { name: "beep", label: "Beep", help: "", kind: Kind::Choice(choices::<Beep>),
        get: |room| room.beep.code().to_owned(), set: |room, text| choose(&mut room.beep, text) },
    Setting { name: "wait", label: "Who waits hears", help: "", kind: Kind::Choice(choices::<Wait>),
        get: |room| room.wait.code().to_owned(), set: |room, text| choose(&mut room.wait, text) },
    Setting { name: "wait_address", label: "Address of the document for waiting",
        help: "the carrier asks it once: to go on it has to redirect to itself", kind: Kind::Text,
        get: |room| room.wait_address.clone().unwrap_or_default(), set: |room, text| address(&mut room.wait_address, text) },
    Setting { name: "wait_method", label: "Ask that address by", help: "", kind: Kind::Choice(choices::<WaitMethod>),
        get: |room| room.wait_method.code().to_owned(), set: |room, text| choose(&mut room.wait_method, text) },
    Setting { name: "max_participants", label: "Participants at most", help: "2 to 250, without supervisors",
        kind: Kind::Number { least: PARTICIPANTS.0, most: PARTICIPANTS.1 }, get: |room| room.max_participants.to_string(),
        set: |room, text| { room.max_participants = number(text, PARTICIPANTS.0, PARTICIPANTS.1)?; Ok(()) } },
    Setting { name: "labelled", label: "Phones have labels at the carrier", help: "", kind: Kind::Flag,
        get: |room| room.labelled.to_string(), set: |room, text| tick(&mut room.labelled, text) },
    Setting { name: "jitter_buffer", label: "Jitter buffer", help: "a larger one smooths bad lines and delays words",
        kind: Kind::Choice(choices::<JitterBuffer>), get: |room| room.jitter_buffer.code().to_owned(),
        set: |room, text| choose(&mut room.jitter_buffer, text) },
    Setting { name: "region", label: "Mixed in", help: "", kind: Kind::Choice(choices::<Region>),
        get: |room| room.region.code().to_owned(), set: |room, text| choose(&mut room.region, text) },
    Setting { name: "record", label: "Recording", help: "", kind: Kind::Choice(choices::<Record>),
        get: |room| room.record.code().to_owned(), set: |room, text| choose(&mut room.record, text) },
    Setting { name: "trim", label: "A recording loses", help: "", kind: Kind::Choice(choices::<Trim>),
        get: |room| room.trim.code().to_owned(), set: |room, text| choose(&mut room.trim, text) },
    Setting { name: "recording_configuration", label: "Recording configuration",
        help: "the carrier\u{2019}s id of it; may be empty", kind: Kind::Text,
        get: |room| room.recording_configuration.clone().unwrap_or_default(),
        set: |room, text| identifier(&mut room.recording_configuration, text) },
    Setting { name: "speaker_events", label: "Events of who speaks", help: "", kind: Kind::Flag,
        get: |room| room.speaker_events.to_string(), set: |room, text| tick(&mut room.speaker_events, text) },
    Setting { name: "announcement_events", label: "Events of announcements", help: "", kind: Kind::Flag,
        get: |room| room.announcement_events.to_string(), set: |room, text| tick(&mut room.announcement_events, text) },
];

/// Attributes of the carrier's conference that no profile sets, each with the reason.
pub const HOUSE: &[(&str, &str)] = &[
    ("startConferenceOnEnter of the payer", "always true: a room its payer cannot start would never start"),
    ("endConferenceOnExit of the others", "never true: who does not pay ends nothing for the others"),
    ("coach", "names a call that is in the room at that moment, so it follows from who supervises whom"),
    (
        "participantLabel",
        "must be new for each stay, or the leg is turned away (16025), so the words are made, not chosen",
    ),
    (
        "statusCallback, statusCallbackMethod",
        "the first leg's count for the whole room, and we cannot do without them; \
      programs are told by event endpoints",
    ),
    ("statusCallbackEvent", "start, end, join, leave, mute, hold and modify are always asked for"),
    (
        "recordingStatusCallback, recordingStatusCallbackMethod, recordingStatusCallbackEvent",
        "where recordings are reported is ours, as the recordings are",
    ),
    ("eventCallbackUrl", "was replaced by statusCallback"),
    ("timeLimit of the Dial", "is the paid time"),
];

impl RoomProfile {
    /// Sets what is given, and says of each that cannot be why.
    pub fn apply(&mut self, given: &Given) -> Vec<BadSetting> {
        let mut bad = apply(SETTINGS, self, given);
        if bad.is_empty() && self.wait == Wait::Address && self.wait_address.is_none() {
            bad.push(BadSetting::new("wait_address", "is missing, and who waits is to hear it"));
        }
        bad
    }
}

fn choose<C: Choice>(field: &mut C, code: &str) -> Result<(), String> {
    *field = C::read(code)?;
    Ok(())
}

fn tick(field: &mut bool, text: &str) -> Result<(), String> {
    *field = flag(text)?;
    Ok(())
}

/// Empty takes it away. A program may send no more than 200 characters.
fn address(field: &mut Option<String>, text: &str) -> Result<(), String> {
    *field = match text {
        "" => None,
        text if text.len() <= 200 && Message::sound(text).is_ok() => Some(text.to_owned()),
        _ => return Err("is an address that begins with https:// or http://, of at most 200 characters".to_owned()),
    };
    Ok(())
}

/// Empty takes it away.
fn identifier(field: &mut Option<String>, text: &str) -> Result<(), String> {
    let is_id = text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !is_id {
        return Err("has at most 64 letters, digits, hyphens and underscores".to_owned());
    }
    *field = Some(text.to_owned()).filter(|text| !text.is_empty());
    Ok(())
}

impl Choice for Starts {
    const ALL: &'static [(Self, &'static str, &'static str)] =
        &[(Self::Anybody, "anybody", "two are there"), (Self::Payer, "payer", "the payer is there too")];
}

impl Choice for Beep {
    const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Off, "off", "never"),
        (Self::Both, "both", "who comes and who goes"),
        (Self::OnEnter, "on_enter", "who comes"),
        (Self::OnExit, "on_exit", "who goes"),
    ];
}

impl Choice for Wait {
    const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Silence, "silence", "nothing"),
        (Self::Music, "music", "the hold music"),
        (Self::Address, "address", "a document of yours"),
    ];
}

impl Choice for WaitMethod {
    const ALL: &'static [(Self, &'static str, &'static str)] =
        &[(Self::Post, "post", "POST"), (Self::Get, "get", "GET")];
}

impl Choice for JitterBuffer {
    const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Off, "off", "none"),
        (Self::Small, "small", "small"),
        (Self::Medium, "medium", "medium"),
        (Self::Large, "large", "large"),
    ];
}

impl Choice for Region {
    const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Nearest, "nearest", "the nearest region"),
        (Self::Us1, "us1", "us1, Virginia"),
        (Self::Us2, "us2", "us2, Oregon"),
        (Self::Ie1, "ie1", "ie1, Ireland"),
        (Self::De1, "de1", "de1, Frankfurt"),
        (Self::Sg1, "sg1", "sg1, Singapore"),
        (Self::Br1, "br1", "br1, São Paulo"),
        (Self::Au1, "au1", "au1, Sydney"),
        (Self::Jp1, "jp1", "jp1, Tokyo"),
    ];
}

impl Choice for Record {
    const ALL: &'static [(Self, &'static str, &'static str)] =
        &[(Self::Off, "off", "off"), (Self::FromStart, "from_start", "from the start")];
}

impl Choice for Trim {
    const ALL: &'static [(Self, &'static str, &'static str)] =
        &[(Self::Silence, "silence", "silence at its ends"), (Self::Nothing, "nothing", "nothing")];
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &str, text: &str) -> Result<RoomProfile, Vec<BadSetting>> {
        let mut room = RoomProfile::default();
        let bad = room.apply(&vec![(name.to_owned(), text.to_owned())]);
        if bad.is_empty() { Ok(room) } else { Err(bad) }
    }

    #[test]
    fn what_cannot_be_is_refused_by_the_name_of_its_setting() {
        for setting in SETTINGS {
            let bad = set(setting.name, "nonsense!").unwrap_err();
            assert_eq!(bad[0].name, setting.name);
        }
        for (name, text) in [
            ("max_participants", "1"),
            ("max_participants", "251"),
            ("max_participants", "-2"),
            ("beep", "true"),
            ("region", ""),
            ("wait_address", "ftp://talk.example/wait"),
            ("endConferenceOnExit", "true"),
        ] {
            assert_eq!(set(name, text).unwrap_err()[0].name, name, "{text}");
        }
        assert_eq!(set("wait", "address").unwrap_err()[0].name, "wait_address");
    }

    #[test]
    fn each_setting_is_given_back_as_it_was_given() {
        for setting in SETTINGS {
            let values: Vec<String> = match setting.kind {
                Kind::Flag => vec!["true".into(), "false".into()],
                Kind::Choice(choices) => choices().into_iter().map(|(code, _)| code.to_owned()).collect(),
                Kind::Number { least, most } => vec![least.to_string(), most.to_string()],
                Kind::Text if setting.name == "recording_configuration" => vec!["RCfg_1-a".into(), String::new()],
                Kind::Text => vec!["https://talk.example/wait?a=1&b".into(), String::new()],
            };
            for value in values {
                let mut room = RoomProfile::default();
                (setting.set)(&mut room, &value).unwrap();
                assert_eq!((setting.get)(&room), value, "{}", setting.name);
                let kept: RoomProfile = serde_json::from_value(serde_json::to_value(&room).unwrap()).unwrap();
                assert_eq!(kept, room, "{} outlasts a night in the books", setting.name);
            }
        }
    }

    #[test]
    fn each_field_has_its_setting() {
        let room = RoomProfile {
            wait_address: Some(String::new()),
            recording_configuration: Some(String::new()),
            ..RoomProfile::default()
        };
        let written = serde_json::to_value(room).unwrap();
        let mut fields: Vec<_> = written.as_object().unwrap().keys().map(String::as_str).collect();
        let mut names: Vec<_> = SETTINGS.iter().map(|setting| setting.name).collect();
        fields.sort_unstable();
        names.sort_unstable();
        assert_eq!(fields, names);
    }
}
