//! Conferences coming into being, filling, starting, emptying and ending. Who is told what is in `events.rs`.

use chrono::{DateTime, Utc};

use super::World;
use super::call::{CallStatus, Start};
use super::events::RoomEvent;
use super::room::{EndReason, Ended, Participant, Room, RoomStatus};
use super::switches::LeaveReason;
use crate::sandbox::carrier::twiml::{self, Conference, Notice};

impl World {
    /// The living conference of that name, or a new one with what its first participant brings.
    pub(super) fn room_for(&mut self, noun: &Conference, now: DateTime<Utc>) -> String {
        if let Some(room) = self.rooms.values().rev().find(|room| room.is_active() && room.name == noun.name) {
            return room.sid.clone();
        }
        let sid = self.new_sid("CF");
        let room = Room {
            sid: sid.clone(),
            name: noun.name.clone(),
            status: RoomStatus::Init,
            created_at: now,
            updated_at: now,
            participants: Vec::new(),
            ended: None,
            callback: noun.callback.clone(),
            recorded: noun.recorded.clone(),
            next_sequence: self.switches.first_conference_sequence,
        };
        self.rooms.insert(sid.clone(), room);
        sid
    }

    /// Asked before the conference is made, so that a refused leg leaves no empty one behind.
    pub(super) fn may_join(&self, noun: &Conference) -> Result<(), Notice> {
        let room = self.rooms.values().rev().find(|room| room.is_active() && room.name == noun.name);
        if let Some(label) = &noun.label {
            if label.chars().count() > 128 || label.contains('/') || is_call_sid(label) {
                return Err(twiml::notice(16023, "the participant label is not allowed"));
            }
            if room.is_some_and(|room| room.has_label(label)) {
                return Err(twiml::notice(16025, "the participant label is in use"));
            }
        }
        if noun.coach.as_deref().is_some_and(|coached| room.and_then(|room| room.participant(coached)).is_none()) {
            return Err(twiml::notice(13240, "the call to coach is not in the conference"));
        }
        if room.is_some_and(|room| room.participants.len() >= noun.max_participants) {
            return Err(twiml::notice(16020, "the conference is full"));
        }
        Ok(())
    }

    pub(super) fn join_room(&mut self, room_sid: &str, sid: &str, noun: &Conference, now: DateTime<Utc>) {
        self.tone(room_sid, sid, noun.beep, now);
        let room = self.room_mut(room_sid);
        room.updated_at = now;
        match room.participant_mut(sid) {
            Some(dialled) => dialled.joined = true,
            None => room.participants.push(Participant::from_noun(sid, noun, true, now)),
        }
        let (name, status) = (room.name.clone(), room.status);
        self.call_mut(sid).hear(&format!("joins room {name}"), now);
        self.tell_participant(room_sid, sid, RoomEvent::Join, now);
        if self.rooms[room_sid].may_start() {
            let room = self.room_mut(room_sid);
            room.status = RoomStatus::InProgress;
            // What was heard while waiting is over.
            room.participants.iter_mut().for_each(|one| one.audio += 1);
            self.tell_room(room_sid, RoomEvent::Start, now);
            self.room_hears(room_sid, None, "is connected", now);
            self.record_room(room_sid, now);
        } else if status == RoomStatus::Init {
            self.wait_alone(room_sid, sid, &noun.wait, now);
        } else {
            self.call_mut(sid).hear("is connected", now);
        }
    }

    /// Takes a leg out of the conference it is in. What the leg does then is its caller's business.
    pub(super) fn leave_room(&mut self, sid: &str, reason: LeaveReason, now: DateTime<Utc>) {
        if let Some(room) = self.calls[sid].room().map(str::to_owned) {
            self.take_from_room(&room, sid, reason, false, now);
        }
    }

    pub(super) fn take_from_room(
        &mut self,
        room_sid: &str,
        sid: &str,
        reason: LeaveReason,
        is_kicked: bool,
        now: DateTime<Utc>,
    ) {
        let room = self.room_mut(room_sid);
        let Some(at) = room.participants.iter().position(|one| one.call_sid == sid) else { return };
        let gone = room.participants.remove(at);
        room.updated_at = now;
        let (name, is_empty) = (room.name.clone(), room.participants.is_empty());
        if gone.joined {
            self.call_mut(sid).hear(&format!("leaves room {name}"), now);
            self.tone(room_sid, sid, gone.beep_on_exit, now);
        }
        self.tell_leave(room_sid, &gone, reason, now);
        self.coaches_left_alone(room_sid, sid, now);
        let ended_by =
            |ender, last| if gone.end_on_exit && gone.joined { Some(ender) } else { is_empty.then_some(last) };
        let end = match is_kicked {
            true => ended_by(EndReason::EnderKicked, EndReason::LastKicked),
            false => ended_by(EndReason::EnderLeft, EndReason::LastLeft),
        };
        match end {
            Some(end) => self.end_room(room_sid, end, Some(&gone), now),
            None => self.tell_the_lonely(room_sid, now),
        }
    }

    /// Ends the conference for everybody: all leave, then each leg goes on with its own document.
    pub(super) fn end_room(&mut self, room_sid: &str, why: EndReason, by: Option<&Participant>, now: DateTime<Utc>) {
        let room = self.room_mut(room_sid);
        let others = std::mem::take(&mut room.participants);
        let name = room.name.clone();
        room.status = RoomStatus::Completed;
        room.updated_at = now;
        room.ended = Some(Ended { reason: why, by_call: by.map(|one| one.call_sid.clone()) });
        for one in &others {
            if one.joined {
                self.call_mut(&one.call_sid).hear(&format!("room {name} ends"), now);
            }
            self.tell_leave(room_sid, one, why.others_leave_as(), now);
        }
        self.tell_end(room_sid, why, by, now);
        self.stop_recording_room(room_sid, now);
        for one in others {
            if one.joined {
                self.dial_finished(&one.call_sid, now);
            } else {
                self.end_call(&one.call_sid, CallStatus::Canceled, now);
            }
        }
    }

    /// Whoever is left alone in a started conference hears nothing.
    fn tell_the_lonely(&mut self, room_sid: &str, now: DateTime<Utc>) {
        let room = &self.rooms[room_sid];
        if room.status == RoomStatus::InProgress && room.participants.iter().filter(|one| one.joined).count() == 1 {
            self.room_hears(room_sid, None, "silence", now);
        }
    }

    fn tone(&mut self, room_sid: &str, comes_or_goes: &str, beep: bool, now: DateTime<Utc>) {
        let listeners: Vec<String> = match beep {
            true => self.rooms[room_sid].participants.iter().filter(|one| one.joined && !one.hold),
            false => return,
        }
        .map(|one| one.call_sid.clone())
        .filter(|one| one != comes_or_goes)
        .collect();
        for listener in listeners {
            self.call_mut(&listener).hear("beep", now);
        }
    }

    /// Everybody in the conference, or one of them, hears a line.
    pub(super) fn room_hears(&mut self, room_sid: &str, only: Option<&str>, line: &str, now: DateTime<Utc>) {
        let joined = self.rooms[room_sid].participants.iter().filter(|one| one.joined);
        let listeners: Vec<String> =
            joined.map(|one| one.call_sid.clone()).filter(|one| only.is_none_or(|only| only == one)).collect();
        for listener in listeners {
            self.sound(&listener, line, now);
        }
    }

    /// Legs the Participants API is still dialling count as coming.
    pub(super) fn expect_participant(&mut self, room_sid: &str, sid: &str, now: DateTime<Utc>) {
        let Start::Join { noun, .. } = self.calls[sid].start.clone() else { return };
        self.room_mut(room_sid).participants.push(Participant::from_noun(sid, &noun, false, now));
    }

    pub(super) fn room_mut(&mut self, sid: &str) -> &mut Room {
        self.rooms.get_mut(sid).expect("conferences are never forgotten")
    }
}

pub(super) fn is_call_sid(text: &str) -> bool {
    text.len() == 34 && text.starts_with("CA") && text[2..].bytes().all(|byte| byte.is_ascii_hexdigit())
}
