//! Two legs that talk to each other outside a conference. Either's end, the limit, a star or a redirect ends it, and each
//! leg goes on with what it came from.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::World;
use super::call::{Activity, CallStatus};
use super::form::{Params, params};
use super::queue::QueueDial;
use super::timers::Timer;
use crate::sandbox::carrier::twiml::Hook;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bridge {
    pub id: String,
    /// The leg whose Dial made it; its Dial's limit is the bridge's.
    pub dialler: String,
    pub other: String,
    pub began_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub end: Option<BridgeEnd>,
}

/// Why two legs have parted; the named leg is the one that brought it about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum BridgeEnd {
    HungUp(String),
    Redirected(String),
    LimitReached,
    StarPressed,
}

/// A leg's part in a bridge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Talk {
    pub bridge: String,
    pub ends_at: Option<DateTime<Utc>>,
    pub hangup_on_star: bool,
    pub after: After,
}

/// How a leg goes on: by an action, which is told this and what the end of the bridge adds, or by its next verb.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct After {
    pub action: Option<Hook>,
    pub told: Params,
}

pub(super) struct Limits {
    pub seconds: i64,
    pub hangup_on_star: bool,
}

impl QueueDial {
    pub(super) fn limits(&self) -> Limits {
        Limits { seconds: self.time_limit_seconds, hangup_on_star: self.hangup_on_star }
    }
}

impl World {
    /// Oldest first, those that are over too.
    pub fn bridges(&self) -> &[Bridge] {
        &self.bridges
    }

    pub(super) fn build_bridge(
        &mut self,
        dialler: &str,
        dialler_after: After,
        other: &str,
        other_after: After,
        limits: &Limits,
        now: DateTime<Utc>,
    ) {
        let id = format!("bridge-{}", self.bridges.len() + 1);
        let ends_at = now + TimeDelta::seconds(limits.seconds);
        let part = |after, hangup_on_star| {
            let (bridge, ends_at) = (id.clone(), Some(ends_at));
            Activity::Talking(Talk { bridge, ends_at, hangup_on_star, after })
        };
        let step = self.enter(dialler, part(dialler_after, limits.hangup_on_star));
        // Only the leg that dialled can part them with its star.
        self.enter(other, part(other_after, false));
        self.set_timer(Timer::DialEnds { call: dialler.to_owned(), step }, ends_at);
        for (one, partner) in [(dialler, other), (other, dialler)] {
            let line = format!("is connected with {partner}");
            self.call_mut(one).hear(&line, now);
        }
        self.record_dial(dialler, now);
        self.bridges.push(Bridge {
            id,
            dialler: dialler.to_owned(),
            other: other.to_owned(),
            began_at: now,
            ended_at: None,
            end: None,
        });
    }

    pub(super) fn end_bridge_of(&mut self, sid: &str, end: BridgeEnd, now: DateTime<Utc>) {
        if let Some(bridge) = self.calls[sid].bridge().map(str::to_owned) {
            self.end_bridge(&bridge, end, now);
        }
    }

    /// Parts the two and lets those that are still up go on. A leg that has ended tells its Enqueue's action, and its
    /// Dial's where the switch says so, without running what it answers.
    pub(super) fn end_bridge(&mut self, id: &str, end: BridgeEnd, now: DateTime<Utc>) {
        let Some(bridge) = self.close(id, end.clone(), now) else { return };
        for sid in [&bridge.other, &bridge.dialler] {
            let is_dialler = *sid == bridge.dialler;
            match self.calls[sid].activity.clone() {
                Activity::Talking(talk) if talk.bridge == id => {
                    let mut told = told_after(&bridge, is_dialler, &end, &talk.after, now);
                    told.extend(self.stop_recording_dial(sid, now));
                    self.call_mut(sid).hear("is alone again", now);
                    match talk.after.action {
                        Some(action) => self.ask_document(sid, action, told, false),
                        None => self.run(sid, now),
                    }
                }
                Activity::Nothing
                | Activity::Asking
                | Activity::Hearing { .. }
                | Activity::InRoom(_)
                | Activity::DialsQueue(_)
                | Activity::Talking(_)
                | Activity::Dials(_)
                | Activity::Connected(_)
                | Activity::Redirected => {}
            }
        }
    }

    /// A call that ended in a bridge tells the action it came with.
    pub(super) fn notify_after_talk(&mut self, sid: &str, talk: &Talk, end: &BridgeEnd, now: DateTime<Utc>) {
        let Some(bridge) = self.bridges.iter().find(|bridge| bridge.id == talk.bridge).cloned() else { return };
        let is_dialler = bridge.dialler == sid;
        if let Some(action) = talk.after.action.clone().filter(|_| !is_dialler || self.switches.hang_up_asks_action) {
            let told = told_after(&bridge, is_dialler, end, &talk.after, now);
            self.notify_action(sid, action, told);
        }
    }

    /// The leg is redirected away: the other goes on at once, this one's action is left to be told.
    pub(super) fn redirected_from_bridge(&mut self, sid: &str, id: &str, now: DateTime<Utc>) -> (Option<Hook>, Params) {
        let Activity::Talking(talk) = self.calls[sid].activity.clone() else { return (None, Vec::new()) };
        let Some(bridge) = self.bridges.iter().find(|bridge| bridge.id == id).cloned() else {
            return (None, Vec::new());
        };
        let end = BridgeEnd::Redirected(sid.to_owned());
        let told = told_after(&bridge, bridge.dialler == sid, &end, &talk.after, now);
        self.enter(sid, Activity::Redirected);
        self.end_bridge(id, end, now);
        (talk.after.action, told)
    }

    fn close(&mut self, id: &str, end: BridgeEnd, now: DateTime<Utc>) -> Option<Bridge> {
        let bridge = self.bridges.iter_mut().find(|bridge| bridge.id == id && bridge.end.is_none())?;
        bridge.ended_at = Some(now);
        bridge.end = Some(end);
        Some(bridge.clone())
    }

    pub(super) fn is_up(&self, sid: &str) -> bool {
        self.calls.get(sid).is_some_and(|call| call.status == CallStatus::InProgress)
    }
}

/// The dialler's action hears of a Dial, the other's of an Enqueue.
fn told_after(bridge: &Bridge, is_dialler: bool, end: &BridgeEnd, after: &After, now: DateTime<Utc>) -> Params {
    let mut told = match is_dialler {
        true => params(&[("DialCallStatus", "completed"), ("DialCallSid", &bridge.other), ("DialBridged", "true")]),
        false if *end == BridgeEnd::Redirected(bridge.other.clone()) => {
            params(&[("QueueResult", "redirected-from-bridged")])
        }
        false => params(&[("QueueResult", "bridged")]),
    };
    // A conversation that a redirect broke off has no duration.
    if is_dialler && !matches!(end, BridgeEnd::Redirected(_)) {
        told.extend(params(&[("DialCallDuration", &(now - bridge.began_at).num_seconds().to_string())]));
    }
    told.extend(after.told.clone());
    told
}
