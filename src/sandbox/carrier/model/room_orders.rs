//! The orders of the API about conferences and their participants.

use chrono::{DateTime, Utc};

use super::call::{CallCallback, CallStatus, Start};
use super::call_orders::{hook, is_event};
use super::events::RoomEvent;
use super::form::{Form, Refusal};
use super::meeting::is_call_sid;
use super::recording_orders::recorded_room;
use super::room::{EndReason, Participant, Room};
use super::switches::LeaveReason;
use super::{Audio, World};
use crate::sandbox::carrier::twiml::{Conference, ConferenceCallback, Hook, Method, Wait, method_named, words};

impl World {
    pub fn update_room(&mut self, sid: &str, form: &Form, now: DateTime<Utc>) -> Result<Room, Refusal> {
        let is_active = self.rooms.get(sid).ok_or_else(|| Refusal::not_found(sid))?.is_active();
        if let Some(hook) = hook(form, "AnnounceUrl", "AnnounceMethod", 21205)? {
            if !is_active {
                return Err(Refusal::bad(16022, "The conference is completed"));
            }
            self.ask_audio(sid, None, hook, Audio::Announcement);
        }
        match form.filled("Status") {
            Some("completed") if is_active => self.end_room(sid, EndReason::ViaApi, None, now),
            Some("completed") if self.switches.ended_refuses_completed => {
                return Err(Refusal::bad(16022, "The conference is completed"));
            }
            Some("completed") | None => {}
            Some(other) => return Err(Refusal::bad(20001, &format!("Status '{other}' is not allowed"))),
        }
        Ok(self.rooms[sid].clone())
    }

    /// Dials out. By name the conference comes into being; by SID it must be alive.
    pub fn add_participant(
        &mut self,
        sid_or_name: &str,
        form: &Form,
        now: DateTime<Utc>,
    ) -> Result<(Room, Participant), Refusal> {
        let name = match self.rooms.get(sid_or_name) {
            Some(room) if room.is_active() => room.name.clone(),
            Some(_) => return Err(Refusal::bad(16022, "The conference does not exist or is completed")),
            None if is_conference_sid(sid_or_name) => return Err(Refusal::not_found(sid_or_name)),
            None => sid_or_name.to_owned(),
        };
        let noun = noun_of(&name, form)?;
        if let Some(label) = &noun.label {
            let is_taken = self.room_called(&name).is_some_and(|room| room.has_label(label));
            match is_taken {
                true => return Err(Refusal::bad(16026, "The participant label is in use")),
                false if label.contains('/') || label.len() > 128 || is_call_sid(label) => {
                    return Err(Refusal::bad(16024, "The participant label is not allowed"));
                }
                false => {}
            }
        }
        if let Some(coached) = &noun.coach {
            self.may_coach(self.room_called(&name), coached)?;
        }
        let callback = participant_callback(form)?;
        // The call is made before the conference, so that a refused number leaves no empty conference behind.
        let sid = self.new_call(form, Start::Run(String::new()), callback, None, now)?;
        let room = self.room_for(&noun, now);
        self.call_mut(&sid).start = Start::Join { room: room.clone(), noun: Box::new(noun) };
        self.expect_participant(&room, &sid, now);
        let found = self.rooms[&room].participant(&sid).cloned().expect("it was just put there");
        Ok((self.rooms[&room].clone(), found))
    }

    pub fn update_participant(
        &mut self,
        room_sid: &str,
        who: &str,
        form: &Form,
        now: DateTime<Utc>,
    ) -> Result<Participant, Refusal> {
        let was = self.find_participant(room_sid, who)?;
        let hold_hook = hook(form, "HoldUrl", "HoldMethod", 21205)?
            .map(|found| Hook { method: form.get("HoldMethod").map_or(Method::Get, |_| found.method), ..found });
        let announcement = hook(form, "AnnounceUrl", "AnnounceMethod", 21205)?;
        if let Some(coached) = form.filled("CallSidToCoach") {
            self.may_coach(self.rooms.get(room_sid), coached)?;
        }
        if let Some(muted) = form.flag("Muted").filter(|muted| *muted != was.muted) {
            self.change(room_sid, &was, |one| one.muted = muted, now);
            let event = if muted { RoomEvent::Mute } else { RoomEvent::Unmute };
            self.tell_participant(room_sid, &was.call_sid, event, now);
        }
        if let Some(hold) = form.flag("Hold").filter(|hold| *hold != was.hold) {
            self.change_hold(room_sid, &was, hold, hold_hook, now);
        }
        if self.modify(room_sid, &was, form, now) {
            self.tell_participant(room_sid, &was.call_sid, RoomEvent::Modify, now);
        }
        if let Some(hook) = announcement {
            self.ask_audio(room_sid, Some(&was.call_sid), hook, Audio::Announcement);
        }
        self.find_participant(room_sid, &was.call_sid)
    }

    fn change_hold(&mut self, room_sid: &str, was: &Participant, hold: bool, audio: Option<Hook>, now: DateTime<Utc>) {
        self.change(
            room_sid,
            was,
            |one| {
                one.hold = hold;
                one.audio += 1;
            },
            now,
        );
        let event = if hold { RoomEvent::Hold } else { RoomEvent::Unhold };
        self.tell_participant(room_sid, &was.call_sid, event, now);
        match (hold, audio) {
            (true, Some(hook)) => self.ask_audio(room_sid, Some(&was.call_sid), hook, Audio::Hold),
            (true, None) => self.room_hears(room_sid, Some(&was.call_sid), "hold music", now),
            (false, _) => self.room_hears(room_sid, Some(&was.call_sid), "is connected", now),
        }
    }

    fn may_coach(&self, room: Option<&Room>, coached: &str) -> Result<(), Refusal> {
        let target = room.and_then(|room| room.participant(coached).filter(|one| one.joined));
        match target {
            None => Err(Refusal::bad(16028, "The call to coach is not in the conference")),
            Some(target) if target.hold => Err(Refusal::bad(16027, "The call to coach is on hold")),
            Some(_) => Ok(()),
        }
    }

    /// Whether anything changed that a modify event tells of.
    fn modify(&mut self, room_sid: &str, was: &Participant, form: &Form, now: DateTime<Utc>) -> bool {
        let mut one = was.clone();
        // On hold the change is answered like any other, and does not happen.
        if let Some(end_on_exit) = form.flag("EndConferenceOnExit").filter(|_| !was.hold) {
            one.end_on_exit = end_on_exit;
        }
        if let Some(coached) = form.filled("CallSidToCoach") {
            one.coached_call = Some(coached.to_owned());
            one.coaching = true;
        }
        if let Some(coaching) = form.flag("Coaching") {
            one.coaching = coaching && one.coached_call.is_some();
        }
        if let Some(beep) = form.get("BeepOnExit") {
            one.beep_on_exit = beep == "true";
        }
        if let Some(wait) = wait_of(form) {
            one.wait = wait;
        }
        let differs = one.end_on_exit != was.end_on_exit
            || one.coaching != was.coaching
            || one.coached_call != was.coached_call
            || one.beep_on_exit != was.beep_on_exit
            || one.wait != was.wait;
        if differs {
            self.change(
                room_sid,
                was,
                |now_one| {
                    *now_one = Participant { muted: now_one.muted, hold: now_one.hold, audio: now_one.audio, ..one };
                },
                now,
            );
        }
        differs
    }

    fn change(&mut self, room: &str, was: &Participant, how: impl FnOnce(&mut Participant), now: DateTime<Utc>) {
        let one = self.room_mut(room).participant_mut(&was.call_sid).expect("it was found by this order");
        how(one);
        one.updated_at = now;
    }

    /// Removes a participant. A leg that came by TwiML goes on with its document; a dialled one is hung up.
    pub fn remove_participant(&mut self, room_sid: &str, who: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        let one = self.find_participant(room_sid, who)?;
        let reason = self.switches.removed_leaves_as;
        if !one.joined {
            self.end_call(&one.call_sid, CallStatus::Canceled, now);
            return Ok(());
        }
        self.take_from_room(room_sid, &one.call_sid, reason, true, now);
        if self.switches.removed_leg_continues {
            self.dial_finished(&one.call_sid, now);
        } else {
            self.end_call_as(&one.call_sid, CallStatus::Completed, LeaveReason::HungUp, now);
        }
        Ok(())
    }

    fn find_participant(&self, room_sid: &str, who: &str) -> Result<Participant, Refusal> {
        let found = self.rooms.get(room_sid).and_then(|room| room.participant(who));
        found.cloned().ok_or_else(|| Refusal::not_found(who))
    }
}

fn noun_of(name: &str, form: &Form) -> Result<Conference, Refusal> {
    let usual = Conference::named(name);
    let events = form.get("ConferenceStatusCallbackEvent").unwrap_or("start end");
    let callback = hook(form, "ConferenceStatusCallback", "ConferenceStatusCallbackMethod", 21609)?;
    let coach = form.filled("CallSidToCoach").filter(|_| form.flag("Coaching") != Some(false));
    let beeps = |when: &str| form.filled("Beep").is_none_or(|beep| beep == "true" || beep == when);
    Ok(Conference {
        muted: form.flag("Muted").unwrap_or(false),
        beep: beeps("onEnter"),
        beep_on_exit: beeps("onExit"),
        start_on_enter: form.get("StartConferenceOnEnter") != Some("false"),
        end_on_exit: form.flag("EndConferenceOnExit").unwrap_or(false),
        label: form.filled("Label").map(str::to_owned),
        wait: wait_of(form).unwrap_or(usual.wait),
        coach: coach.map(str::to_owned),
        callback: callback.map(|hook| ConferenceCallback { hook, events: words(events) }),
        recorded: recorded_room(form)?,
        ..Conference::named(name)
    })
}

fn wait_of(form: &Form) -> Option<Wait> {
    match form.get("WaitUrl") {
        None => None,
        Some("") => Some(Wait::Silence),
        Some(url) => {
            let hook = Hook { url: url.to_owned(), method: method_named(form.get("WaitMethod")) };
            Some(Wait::Document(hook))
        }
    }
}

/// Here the events are one parameter with several words; clients that repeat the parameter are understood too.
fn participant_callback(form: &Form) -> Result<Option<CallCallback>, Refusal> {
    let Some(hook) = hook(form, "StatusCallback", "StatusCallbackMethod", 21609)? else { return Ok(None) };
    let asked = words(&form.all("StatusCallbackEvent").join(" "));
    let events = match asked.is_empty() {
        true => vec!["completed".to_owned()],
        false => asked.into_iter().filter(|event| is_event(event)).collect(),
    };
    Ok(Some(CallCallback { hook, events }))
}

fn is_conference_sid(text: &str) -> bool {
    text.len() == 34 && text.starts_with("CF") && text[2..].bytes().all(|byte| byte.is_ascii_hexdigit())
}
