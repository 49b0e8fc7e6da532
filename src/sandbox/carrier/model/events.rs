//! What the carrier tells the customer: the callbacks of calls and of conferences, with the parameters of each.

use chrono::{DateTime, Utc};

use super::Action;
use super::World;
use super::call::CallStatus;
use super::form::{Params, params};
use super::room::{EndReason, Participant};
use super::switches::LeaveReason;
use crate::sandbox::carrier::twiml::Hook;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RoomEvent {
    Start,
    End,
    Join,
    Leave,
    Mute,
    Unmute,
    Hold,
    Unhold,
    Modify,
    AnnouncementEnd,
}

impl RoomEvent {
    /// Its name, and the word by which it is subscribed to.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Start => ("conference-start", "start"),
            Self::End => ("conference-end", "end"),
            Self::Join => ("participant-join", "join"),
            Self::Leave => ("participant-leave", "leave"),
            Self::Mute => ("participant-mute", "mute"),
            Self::Unmute => ("participant-unmute", "mute"),
            Self::Hold => ("participant-hold", "hold"),
            Self::Unhold => ("participant-unhold", "hold"),
            Self::Modify => ("participant-modify", "modify"),
            Self::AnnouncementEnd => ("announcement-end", "announcement"),
        }
    }
}

/// RFC 2822 with a numeric zone, always UTC, as everywhere on this API.
pub(in crate::sandbox::carrier) fn rfc2822(moment: DateTime<Utc>) -> String {
    moment.format("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

impl World {
    /// `event` is one of initiated, ringing, answered and completed, which stands for every end.
    pub(super) fn tell_progress(&mut self, sid: &str, event: &str, now: DateTime<Utc>) {
        let old_names = self.switches.old_parameter_names;
        let account_sid = self.account_sid.clone();
        let recorded = if event == "completed" { self.ordered_recording_params(sid) } else { Vec::new() };
        let call = self.call_mut(sid);
        let sequence = call.next_sequence;
        call.next_sequence += 1;
        let Some(callback) = &call.callback else { return };
        if !callback.events.iter().any(|wanted| wanted == event) {
            return;
        }
        let mut told = call.voice_params(&account_sid, old_names);
        if event == "initiated" {
            set(&mut told, "CallStatus", "initiated");
        }
        told.extend(params(&[
            ("Timestamp", &rfc2822(now)),
            ("CallbackSource", "call-progress-events"),
            ("SequenceNumber", &sequence.to_string()),
        ]));
        if let Some(code) = sip_code(call.status) {
            told.extend(params(&[("SipResponseCode", code)]));
        }
        if let Some(seconds) = call.duration_seconds().filter(|_| call.status == CallStatus::Completed) {
            let minutes = (seconds + 59) / 60;
            told.extend(params(&[("CallDuration", &seconds.to_string()), ("Duration", &minutes.to_string())]));
        }
        told.extend(recorded);
        let hook = callback.hook.clone();
        self.actions.push(Action::Callback { subject: sid.to_owned(), hook, params: told });
    }

    pub(super) fn tell_verdict(&mut self, sid: &str, hook: Hook) {
        let detection = self.calls[sid].detection.as_ref();
        let verdict = detection.and_then(|one| one.verdict).unwrap_or("unknown");
        let took_ms = detection.map_or(0, |one| one.took_ms);
        let told = params(&[
            ("CallSid", sid),
            ("AccountSid", &self.account_sid),
            ("AnsweredBy", verdict),
            ("MachineDetectionDuration", &took_ms.to_string()),
        ]);
        self.actions.push(Action::Callback { subject: sid.to_owned(), hook, params: told });
    }

    pub(super) fn tell_room(&mut self, room_sid: &str, event: RoomEvent, now: DateTime<Utc>) {
        self.tell(room_sid, event, Vec::new(), now);
    }

    pub(super) fn tell_participant(&mut self, room_sid: &str, sid: &str, event: RoomEvent, now: DateTime<Utc>) {
        let Some(participant) = self.rooms[room_sid].participant(sid) else { return };
        let about = participant_params(participant);
        self.tell(room_sid, event, about, now);
    }

    pub(super) fn tell_leave(&mut self, room_sid: &str, gone: &Participant, why: LeaveReason, now: DateTime<Utc>) {
        let status = self.calls.get(&gone.call_sid).map_or("completed", |call| call.status.as_str());
        let mut about = participant_params(gone);
        about.extend(params(&[("ParticipantCallStatus", status), ("ReasonParticipantLeft", why.as_str())]));
        self.tell(room_sid, RoomEvent::Leave, about, now);
    }

    pub(super) fn tell_end(&mut self, room_sid: &str, why: EndReason, by: Option<&Participant>, now: DateTime<Utc>) {
        let reason = why.as_str();
        let mut about = params(&[("ReasonConferenceEnded", reason), ("Reason", reason)]);
        if let Some(by) = by {
            about.extend(params(&[("CallSidEndingConference", &by.call_sid)]));
            about.extend(by.label.iter().map(|label| ("ParticipantLabelEndingConference".to_owned(), label.clone())));
        }
        self.tell(room_sid, RoomEvent::End, about, now);
    }

    pub(super) fn tell_announcement_end(&mut self, room_sid: &str, call: Option<&str>, url: &str, now: DateTime<Utc>) {
        let participant = call.and_then(|call| self.rooms[room_sid].participant(call));
        let mut about = participant.map(participant_params).unwrap_or_default();
        about.extend(params(&[("AnnounceUrl", url)]));
        self.tell(room_sid, RoomEvent::AnnouncementEnd, about, now);
    }

    fn tell(&mut self, room_sid: &str, event: RoomEvent, about: Params, now: DateTime<Utc>) {
        let account_sid = self.account_sid.clone();
        let room = self.room_mut(room_sid);
        let sequence = room.next_sequence;
        room.next_sequence += 1;
        let (name, word) = event.names();
        let Some(callback) = room.callback.as_ref().filter(|one| one.events.iter().any(|wanted| wanted == word)) else {
            return;
        };
        let mut told = params(&[
            ("ConferenceSid", room_sid),
            ("FriendlyName", &room.name),
            ("AccountSid", &account_sid),
            ("SequenceNumber", &sequence.to_string()),
            ("Timestamp", &rfc2822(now)),
            ("StatusCallbackEvent", name),
        ]);
        told.extend(about);
        let hook = callback.hook.clone();
        self.actions.push(Action::Callback { subject: room_sid.to_owned(), hook, params: told });
    }
}

fn participant_params(one: &Participant) -> Params {
    let word = |flag: bool| if flag { "true" } else { "false" };
    let mut about = params(&[
        ("CallSid", &one.call_sid),
        ("Muted", word(one.muted)),
        ("Hold", word(one.hold)),
        ("Coaching", word(one.coaching)),
        ("EndConferenceOnExit", word(one.end_on_exit)),
        ("StartConferenceOnEnter", word(one.start_on_enter)),
    ]);
    about.extend(one.label.iter().map(|label| ("ParticipantLabel".to_owned(), label.clone())));
    about
}

fn sip_code(status: CallStatus) -> Option<&'static str> {
    match status {
        CallStatus::Completed => Some("200"),
        CallStatus::Busy => Some("486"),
        CallStatus::NoAnswer | CallStatus::Canceled => Some("487"),
        CallStatus::Failed => Some("404"),
        CallStatus::Queued | CallStatus::Ringing | CallStatus::InProgress => None,
    }
}

fn set(told: &mut Params, name: &str, value: &str) {
    told.iter_mut().filter(|(key, _)| key == name).for_each(|(_, old)| value.clone_into(old));
}
