//! Who hears whom, and the audio of conferences: wait music, hold music and announcements.

use chrono::{DateTime, TimeDelta, Utc};

use super::events::RoomEvent;
use super::room::RoomStatus;
use super::switches::CoachAlone;
use super::timers::Timer;
use super::{Audio, Participant, Purpose, Reply, Room, World};
use crate::sandbox::carrier::twiml::{self, Hook, Notice, Verb, Wait};

/// What an audio document says, how long that lasts, and where it leads.
struct Heard {
    lines: Vec<String>,
    seconds: i64,
    next: Option<Hook>,
}

impl World {
    /// Whether the voice of one leg reaches the other now, in a conference or a bridge.
    pub fn hears(&self, listener: &str, speaker: &str) -> bool {
        if listener == speaker || !self.is_up(listener) || !self.is_up(speaker) {
            return false;
        }
        let bridge = self.calls[listener].bridge();
        let room = self.rooms.values().find(|room| is_in(room, listener) && is_in(room, speaker));
        match room {
            Some(room) => reaches(room, listener, speaker),
            None => {
                (bridge.is_some() && bridge == self.calls[speaker].bridge())
                    || self.calls[listener].partner() == Some(speaker)
                    || self.calls[listener].line.far_side.as_deref() == Some(speaker)
            }
        }
    }

    /// Every pair of which the first hears the second now.
    pub fn hearers(&self) -> Vec<(String, String)> {
        let up: Vec<&String> = self.calls.keys().filter(|sid| self.is_up(sid)).collect();
        let pairs = up.iter().flat_map(|listener| up.iter().map(move |speaker| (*listener, *speaker)));
        pairs.filter(|(one, other)| self.hears(one, other)).map(|(one, other)| (one.clone(), other.clone())).collect()
    }

    pub(super) fn coaches_left_alone(&mut self, room_sid: &str, gone: &str, now: DateTime<Utc>) {
        match self.switches.coach_left_alone {
            CoachAlone::StaysBound => return,
            CoachAlone::StopsCoaching => {}
        }
        let is_coach = |one: &&mut Participant| one.coaching && one.coached_call.as_deref() == Some(gone);
        let mut freed = Vec::new();
        for coach in self.room_mut(room_sid).participants.iter_mut().filter(is_coach) {
            coach.coaching = false;
            coach.coached_call = None;
            coach.updated_at = now;
            freed.push(coach.call_sid.clone());
        }
        for coach in freed {
            self.tell_participant(room_sid, &coach, RoomEvent::Modify, now);
        }
    }

    pub(super) fn wait_alone(&mut self, room_sid: &str, sid: &str, wait: &Wait, now: DateTime<Utc>) {
        match wait {
            Wait::Music => self.call_mut(sid).hear("wait music", now),
            Wait::Silence => self.call_mut(sid).hear("silence", now),
            Wait::Document(hook) => self.ask_audio(room_sid, Some(sid), hook.clone(), Audio::Wait),
        }
    }

    /// Asks for something to be heard in a conference by everybody, or by one participant.
    pub(super) fn ask_audio(&mut self, room_sid: &str, call: Option<&str>, hook: Hook, what: Audio) {
        let room = &self.rooms[room_sid];
        let audio = call.and_then(|call| room.participant(call)).map_or(0, |one| one.audio);
        let mut params = super::form::params(&[
            ("AccountSid", &self.account_sid),
            ("ConferenceSid", room_sid),
            ("FriendlyName", &room.name),
            ("ApiVersion", "2010-04-01"),
        ]);
        params.extend(call.map(|call| ("CallSid".to_owned(), call.to_owned())));
        let (room, asked_by) = (room_sid.to_owned(), call.map(str::to_owned));
        let purpose = Purpose::Audio { room, call: asked_by, hook: hook.clone(), what, audio };
        self.ask(purpose, call, hook, params);
    }

    pub(super) fn audio_arrived(
        &mut self,
        room_sid: &str,
        call: Option<&str>,
        hook: &Hook,
        (what, audio): (Audio, u64),
        reply: Reply,
        now: DateTime<Utc>,
    ) {
        let room = &self.rooms[room_sid];
        let listener = call.and_then(|call| room.participant(call));
        // The wait or the hold that asked for it may be over.
        let is_stale = what != Audio::Announcement && listener.is_none_or(|one| one.audio != audio);
        if !room.is_active() || is_stale {
            return;
        }
        let heard = match self.audio_of(hook, reply) {
            Ok(heard) => heard,
            Err(problem) => return self.audio_failed(room_sid, call, problem),
        };
        let prefix = match what {
            Audio::Wait => "while waiting, ",
            Audio::Hold => "on hold, ",
            Audio::Announcement => "announcement, ",
        };
        for line in heard.lines {
            self.room_hears(room_sid, call, &format!("{prefix}{line}"), now);
        }
        let (room, url) = (room_sid.to_owned(), hook.url.clone());
        // A document that takes no time must not be asked without end.
        let until = now + TimeDelta::seconds(heard.seconds.max(1));
        let again = (what == Audio::Hold && self.switches.hold_audio_repeats).then(|| hook.clone());
        match (what, call.map(str::to_owned)) {
            (Audio::Announcement, call) => self.set_timer(Timer::AnnouncementEnds { room, call, url }, until),
            (Audio::Wait | Audio::Hold, Some(call)) => {
                let next = heard.next.or(again);
                self.set_timer(Timer::AudioEnds { room, call, audio, next, what }, until);
            }
            (Audio::Wait | Audio::Hold, None) => {}
        }
    }

    pub(super) fn audio_ended(
        &mut self,
        room_sid: &str,
        call: &str,
        next: Option<Hook>,
        what: Audio,
        now: DateTime<Utc>,
    ) {
        match next {
            Some(hook) => self.ask_audio(room_sid, Some(call), hook, what),
            None => self.room_hears(room_sid, Some(call), "silence", now),
        }
    }

    /// Nothing is heard, and the calls concerned are noted.
    fn audio_failed(&mut self, room_sid: &str, call: Option<&str>, problem: Notice) {
        let joined = self.rooms[room_sid].participants.iter().filter(|one| one.joined);
        let concerned: Vec<String> =
            joined.map(|one| one.call_sid.clone()).filter(|sid| call.is_none_or(|call| call == sid)).collect();
        for sid in concerned {
            self.call_mut(&sid).notices.push(problem.clone());
        }
    }

    /// Only Say, Play, Pause and Redirect are allowed in it.
    fn audio_of(&self, hook: &Hook, reply: Reply) -> Result<Heard, Notice> {
        let file_seconds = i64::from(self.switches.played_file_seconds);
        let (content_type, body) = match reply {
            Reply::Failed { code, why } => return Err(twiml::notice(code, &why)),
            Reply::Document { content_type, body } => (content_type, body),
        };
        let mut heard = Heard { lines: Vec::new(), seconds: 0, next: None };
        if content_type.starts_with("audio/") {
            heard.lines.push(format!("Play: {}", hook.url));
            heard.seconds = file_seconds;
            return Ok(heard);
        }
        for verb in twiml::parse(&body, Some(&hook.url))?.verbs {
            match verb {
                Verb::Say { text, .. } => {
                    heard.seconds += self.spoken_seconds(&text);
                    heard.lines.push(format!("Say: {text}"));
                }
                Verb::Play { url, .. } => {
                    heard.seconds += file_seconds;
                    heard.lines.push(format!("Play: {url}"));
                }
                Verb::Pause { seconds: length } => heard.seconds += i64::from(length),
                Verb::Redirect(hook) => {
                    heard.next = Some(hook);
                    return Ok(heard);
                }
                Verb::Tones(_)
                | Verb::Gather(_)
                | Verb::GatherEnds(_)
                | Verb::Hangup
                | Verb::Reject { .. }
                | Verb::Dial(_)
                | Verb::Enqueue(_)
                | Verb::Leave
                | Verb::Record(_)
                | Verb::RecordEnds { .. } => {
                    let why = "only Say, Play, Pause and Redirect may be heard in a conference";
                    return Err(twiml::notice(13238, why));
                }
            }
        }
        Ok(heard)
    }

    pub(super) fn announcement_ended(&mut self, room_sid: &str, call: Option<&str>, url: &str, now: DateTime<Utc>) {
        self.tell_announcement_end(room_sid, call, url, now);
    }
}

fn is_in(room: &Room, sid: &str) -> bool {
    room.is_active() && room.participants.iter().any(|one| one.call_sid == sid && one.joined)
}

/// Before the start all are muted; who is on hold is out of it; a coach reaches only the one it coaches.
fn reaches(room: &Room, listener: &str, speaker: &str) -> bool {
    let (Some(listener), Some(speaker)) = (room.participant(listener), room.participant(speaker)) else { return false };
    let is_meant =
        !speaker.coaching || speaker.coached_call.as_deref().is_some_and(|coached| listener.is_called(coached));
    room.status == RoomStatus::InProgress && !listener.hold && !speaker.hold && !speaker.muted && is_meant
}
