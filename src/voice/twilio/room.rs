//! A room's profile in the carrier's words: the attributes of its conference.

use std::borrow::Cow;

use super::recordings;
use crate::domain::room_profile::{Beep, JitterBuffer, Record, Region, Trim, Wait, WaitMethod};
use crate::voice::Join;

/// Asked for in every room; see `domain/room_profile.rs` for those a profile may add.
const EVENTS: &str = "start end join leave mute hold modify";

type Attribute<'a> = (&'static str, Cow<'a, str>);

/// What is as it is by itself is left out, but where the carrier's usual is not ours.
pub fn attributes(join: &Join) -> Vec<Attribute<'_>> {
    let (seat, profile) = (&join.seat, &join.seat.profile);
    let mut all: Vec<Attribute> = vec![("beep", beep(profile.beep).into())];
    all.extend(wait(join));
    all.extend([
        ("startConferenceOnEnter", yes(seat.starts_room)),
        ("endConferenceOnExit", yes(join.end_room_on_exit)),
        ("muted", yes(join.muted)),
        ("maxParticipants", seat.max_participants.to_string().into()),
        ("jitterBufferSize", jitter_buffer(profile.jitter_buffer).into()),
        ("statusCallback", join.conference_url.as_str().into()),
        ("statusCallbackMethod", "POST".into()),
        ("statusCallbackEvent", events(join)),
    ]);
    all.extend(seat.label.iter().map(|label| ("participantLabel", label.as_str().into())));
    all.extend(region(profile.region).map(|region| ("region", region.into())));
    match profile.record {
        Record::Off => {}
        Record::FromStart => all.extend([
            ("record", "record-from-start".into()),
            ("trim", trim(profile.trim).into()),
            ("recordingStatusCallback", join.recording_url.as_str().into()),
            ("recordingStatusCallbackMethod", "POST".into()),
            ("recordingStatusCallbackEvent", recordings::EVENTS.join(" ").into()),
        ]),
    }
    all.extend(profile.recording_configuration.iter().map(|id| ("recordingConfigurationId", id.as_str().into())));
    all.extend(join.coaches.iter().map(|call_sid| ("coach", call_sid.as_str().into())));
    all
}

/// Our own music is asked for as all that is ours, with a signature over the form.
fn wait(join: &Join) -> Vec<Attribute<'_>> {
    let profile = &join.seat.profile;
    match (profile.wait, &profile.wait_address) {
        (Wait::Music, _) => vec![("waitUrl", join.music_url.as_str().into()), ("waitMethod", "POST".into())],
        (Wait::Address, Some(address)) => {
            let method = match profile.wait_method {
                WaitMethod::Get => "GET",
                WaitMethod::Post => "POST",
            };
            vec![("waitUrl", address.as_str().into()), ("waitMethod", method.into())]
        }
        (Wait::Silence, _) | (Wait::Address, None) => vec![("waitUrl", "".into())],
    }
}

fn yes(flag: bool) -> Cow<'static, str> {
    if flag { "true".into() } else { "false".into() }
}

fn events(join: &Join) -> Cow<'_, str> {
    let profile = &join.seat.profile;
    let more = [(profile.speaker_events, " speaker"), (profile.announcement_events, " announcement")];
    more.into_iter().filter(|(wanted, _)| *wanted).fold(EVENTS.into(), |events, (_, more)| events + more)
}

fn beep(beep: Beep) -> &'static str {
    match beep {
        Beep::Off => "false",
        Beep::Both => "true",
        Beep::OnEnter => "onEnter",
        Beep::OnExit => "onExit",
    }
}

fn jitter_buffer(size: JitterBuffer) -> &'static str {
    match size {
        JitterBuffer::Off => "off",
        JitterBuffer::Small => "small",
        JitterBuffer::Medium => "medium",
        JitterBuffer::Large => "large",
    }
}

pub fn trim(trim: Trim) -> &'static str {
    match trim {
        Trim::Silence => "trim-silence",
        Trim::Nothing => "do-not-trim",
    }
}

fn region(region: Region) -> Option<&'static str> {
    match region {
        Region::Nearest => None,
        Region::Us1 => Some("us1"),
        Region::Us2 => Some("us2"),
        Region::Ie1 => Some("ie1"),
        Region::De1 => Some("de1"),
        Region::Sg1 => Some("sg1"),
        Region::Br1 => Some("br1"),
        Region::Au1 => Some("au1"),
        Region::Jp1 => Some("jp1"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::room_profile::RoomProfile;
    use crate::domain::setting::Given;
    use crate::voice::Seat;

    /// The attributes of a room with these settings.
    fn rendered(given: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut profile = RoomProfile::default();
        let given: Given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(profile.apply(&given), []);
        let max_participants = profile.max_participants;
        let join = Join {
            room: "room_1".into(),
            limit_seconds: 40,
            after_url: "https://talk.example/after".into(),
            conference_url: "https://talk.example/conference".into(),
            recording_url: "https://talk.example/recording".into(),
            end_room_on_exit: false,
            muted: profile.muted,
            coaches: None,
            seat: Seat { profile, starts_room: false, label: None, max_participants },
            music_url: "https://talk.example/music".into(),
        };
        let all = attributes(&join);
        all.into_iter().map(|(name, value)| (name.to_owned(), value.into_owned())).collect()
    }

    #[test]
    fn each_setting_becomes_the_attribute_of_its_name() {
        let address = ("wait_address", "https://me.example/w");
        for (given, attribute, value) in [
            (&[][..], "beep", "false"),
            (&[], "waitUrl", ""),
            (&[], "jitterBufferSize", "small"),
            (&[], "maxParticipants", "250"),
            (&[], "startConferenceOnEnter", "false"),
            (&[("beep", "both")], "beep", "true"),
            (&[("beep", "on_enter")], "beep", "onEnter"),
            (&[("beep", "on_exit")], "beep", "onExit"),
            (&[("muted", "true")], "muted", "true"),
            (&[("wait", "music")], "waitUrl", "https://talk.example/music"),
            (&[("wait", "music"), ("wait_method", "get")], "waitMethod", "POST"),
            (&[("wait", "address"), address], "waitUrl", "https://me.example/w"),
            (&[("wait", "address"), address, ("wait_method", "get")], "waitMethod", "GET"),
            (&[("max_participants", "2")], "maxParticipants", "2"),
            (&[("jitter_buffer", "off")], "jitterBufferSize", "off"),
            (&[("region", "de1")], "region", "de1"),
            (&[("record", "from_start")], "record", "record-from-start"),
            (&[("record", "from_start")], "trim", "trim-silence"),
            (&[("recording_configuration", "RC1")], "recordingConfigurationId", "RC1"),
            (&[("record", "from_start")], "recordingStatusCallback", "https://talk.example/recording"),
            (&[("record", "from_start")], "recordingStatusCallbackEvent", "in-progress completed absent"),
            (&[("record", "from_start"), ("trim", "nothing")], "trim", "do-not-trim"),
            (&[("speaker_events", "true")], "statusCallbackEvent", "start end join leave mute hold modify speaker"),
            (
                &[("announcement_events", "true"), ("speaker_events", "true")],
                "statusCallbackEvent",
                "start end join leave mute hold modify speaker announcement",
            ),
        ] {
            let all = rendered(given);
            let found = all.iter().find(|(name, _)| name == attribute).map(|(_, value)| value.as_str());
            assert_eq!(found, Some(value), "{given:?} {attribute}");
        }
        let names: Vec<String> = rendered(&[]).into_iter().map(|(name, _)| name).collect();
        for absent in ["waitMethod", "region", "record", "trim", "recordingStatusCallback", "participantLabel", "coach"]
        {
            assert!(!names.iter().any(|name| name == absent), "{absent}");
        }
    }
}
