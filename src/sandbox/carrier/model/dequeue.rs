//! The ways out of a queue: taken by a leg that dials it, by the API, by Leave, by a redirect, or by hanging up; and
//! what the Enqueue's action, or the Dial's, is told then.

use chrono::{DateTime, Utc};

use super::World;
use super::bridge::{After, BridgeEnd, Talk};
use super::call::{Activity, Start};
use super::form::{Params, params};
use super::queue::{QueueDial, Taken, Waiting};
use crate::sandbox::carrier::twiml::Hook;

/// What a leg was held by when its call ended.
pub(super) enum HeldBy {
    Nothing,
    Queue(Waiting),
    Dialling(QueueDial),
    Bridge(Talk),
}

impl World {
    /// Takes the front out for a leg that dials the queue. The two are connected at once, or after the queued one has
    /// heard what is to be heard before.
    pub(super) fn take_front(&mut self, queue: &str, dialler: &str, now: DateTime<Utc>) {
        let Activity::DialsQueue(dial) = self.calls[dialler].activity.clone() else { return };
        let Some(front) = self.queues[queue].members.front().cloned() else { return };
        self.drop_member(queue, &front.call_sid, now);
        // Its timeout is about waiting at an empty queue, and that is over.
        self.enter(dialler, Activity::DialsQueue(dial.clone()));
        let taken = Taken { by: dialler.to_owned(), queue_seconds: front.wait_seconds(now) };
        let Some(before) = dial.before else { return self.connect(&front.call_sid, &taken, now) };
        let call = self.call_mut(&front.call_sid);
        call.program.clear();
        call.waiting.as_mut().expect("members of a queue wait in it").taken_by = Some(taken.clone());
        let told = params(&[
            ("QueueSid", queue),
            ("QueueTime", &taken.queue_seconds.to_string()),
            ("DequeingCallSid", dialler),
        ]);
        self.ask_document(&front.call_sid, before, told, false);
    }

    /// Brings the two together; the queued leg's Enqueue goes on only when they have parted.
    pub(super) fn connect(&mut self, queued: &str, taken: &Taken, now: DateTime<Utc>) {
        let Some(waiting) = self.call_mut(queued).waiting.take() else { return };
        self.call_mut(queued).program = waiting.after;
        let Activity::DialsQueue(dial) = self.calls[&taken.by].activity.clone() else { return };
        let spent = params(&[("QueueSid", &waiting.queue), ("QueueTime", &taken.queue_seconds.to_string())]);
        let limits = dial.limits();
        let dialler_after = After { action: dial.action, told: spent.clone() };
        let queued_after = After { action: waiting.action, told: spent };
        self.build_bridge(&taken.by, dialler_after, queued, queued_after, &limits, now);
    }

    /// The Enqueue is over without a conversation: its action's document goes on, or the verbs behind it.
    pub(super) fn leave_queue(&mut self, sid: &str, result: &str, now: DateTime<Utc>) {
        let Some(waiting) = self.out_of_queue(sid, now) else { return self.run(sid, now) };
        let told = result_params(&waiting, result, now);
        match waiting.action {
            Some(action) => self.ask_document(sid, action, told, false),
            None => {
                self.call_mut(sid).program = waiting.after;
                self.run(sid, now);
            }
        }
    }

    /// By the API: out at once, so that the next order finds the next member, and on to the new document as after any
    /// redirect.
    pub(super) fn dequeue_to(&mut self, sid: &str, to: Hook, now: DateTime<Utc>) {
        let Some(waiting) = self.out_of_queue(sid, now) else { return };
        let told = result_params(&waiting, "redirected", now);
        self.enter(sid, Activity::Redirected);
        self.call_mut(sid).program.clear();
        let after = self.switches.redirect_asks_action_after_ms;
        self.ask_action_later(sid, waiting.action, told, after, now);
        self.redirect(sid, Start::Ask(to), now);
    }

    /// The leg abandons its queue, its Dial of one, or its conversation; what is left to tell to which action.
    pub(super) fn redirected_from_queue(&mut self, sid: &str, now: DateTime<Utc>) -> (Option<Hook>, Params) {
        if let Some(waiting) = self.out_of_queue(sid, now) {
            let told = result_params(&waiting, "redirected", now);
            return (waiting.action, told);
        }
        match self.calls[sid].activity.clone() {
            Activity::DialsQueue(dial) => {
                self.stop_dialling(sid, &dial, now);
                (dial.action, params(&[("DialCallStatus", "canceled")]))
            }
            Activity::Talking(talk) => self.redirected_from_bridge(sid, &talk.bridge, now),
            Activity::Nothing
            | Activity::Asking
            | Activity::Hearing { .. }
            | Activity::InRoom(_)
            | Activity::Dials(_)
            | Activity::Connected(_)
            | Activity::Redirected => (None, Vec::new()),
        }
    }

    pub(super) fn queue_dial_timed_out(&mut self, sid: &str, now: DateTime<Utc>) {
        let Activity::DialsQueue(dial) = self.calls[sid].activity.clone() else { return };
        self.stop_dialling(sid, &dial, now);
        match dial.action {
            Some(action) => self.ask_document(sid, action, params(&[("DialCallStatus", "no-answer")]), false),
            None => self.run(sid, now),
        }
    }

    /// The first half of a call's end: what held it lets go.
    pub(super) fn let_go(&mut self, sid: &str) -> HeldBy {
        let call = self.call_mut(sid);
        if let Some(waiting) = call.waiting.take() {
            return HeldBy::Queue(waiting);
        }
        match &call.activity {
            Activity::DialsQueue(dial) => HeldBy::Dialling(dial.clone()),
            Activity::Talking(talk) => HeldBy::Bridge(talk.clone()),
            Activity::Nothing
            | Activity::Asking
            | Activity::Hearing { .. }
            | Activity::InRoom(_)
            | Activity::Dials(_)
            | Activity::Connected(_)
            | Activity::Redirected => HeldBy::Nothing,
        }
    }

    /// The second half, when the call has ended: others go on, and actions are told.
    pub(super) fn left_by_ending(&mut self, sid: &str, held_by: HeldBy, now: DateTime<Utc>) {
        match held_by {
            HeldBy::Nothing => {}
            HeldBy::Queue(waiting) => {
                let result = if waiting.taken_by.is_some() { "bridging-in-process" } else { "hangup" };
                self.drop_member(&waiting.queue, sid, now);
                let told = result_params(&waiting, result, now);
                if let Some(action) = waiting.action {
                    self.notify_action(sid, action, told);
                }
                if let Some(taken) = waiting.taken_by {
                    self.queued_leg_vanished(&taken.by, now);
                }
            }
            HeldBy::Dialling(dial) => self.stop_dialling(sid, &dial, now),
            HeldBy::Bridge(talk) => {
                let end = BridgeEnd::HungUp(sid.to_owned());
                self.end_bridge(&talk.bridge, end.clone(), now);
                self.notify_after_talk(sid, &talk, &end, now);
            }
        }
    }

    fn stop_dialling(&mut self, sid: &str, dial: &QueueDial, now: DateTime<Utc>) {
        if let Some(queue) = self.queues.get_mut(&dial.queue) {
            queue.dialled_by.retain(|one| one != sid);
        }
        // Somebody may be hearing the words before being connected to this leg.
        let is_taken = |waiting: &Waiting| waiting.taken_by.as_ref().is_some_and(|taken| taken.by == sid);
        let taken = self.calls.values().find(|call| call.waiting.as_ref().is_some_and(is_taken));
        if let Some(queued) = taken.map(|call| call.sid.clone()) {
            self.call_mut(&queued).waiting.as_mut().expect("it was just found").taken_by = None;
            self.leave_queue(&queued, "bridging-in-process", now);
        }
    }

    /// The leg that was to be connected is gone before it was.
    fn queued_leg_vanished(&mut self, dialler: &str, now: DateTime<Utc>) {
        let Activity::DialsQueue(dial) = self.calls[dialler].activity.clone() else { return };
        match dial.action {
            Some(action) => self.ask_document(dialler, action, params(&[("DialCallStatus", "canceled")]), false),
            None => self.run(dialler, now),
        }
    }

    fn out_of_queue(&mut self, sid: &str, now: DateTime<Utc>) -> Option<Waiting> {
        let waiting = self.call_mut(sid).waiting.take()?;
        self.drop_member(&waiting.queue, sid, now);
        let dialler = waiting.taken_by.as_ref().map(|taken| taken.by.clone());
        if let Some(dialler) = dialler.filter(|dialler| self.is_up(dialler)) {
            self.queued_leg_vanished(&dialler, now);
        }
        Some(waiting)
    }

    fn drop_member(&mut self, queue: &str, sid: &str, now: DateTime<Utc>) {
        if self.queues.get(queue).is_some_and(|queue| queue.position(sid).is_some()) {
            let name = self.queues[queue].name.clone();
            self.queue_mut(queue).members.retain(|member| member.call_sid != sid);
            self.call_mut(sid).hear(&format!("leaves queue {name}"), now);
        }
    }
}

fn result_params(waiting: &Waiting, result: &str, now: DateTime<Utc>) -> Params {
    let seconds = waiting.taken_by.as_ref().map_or((now - waiting.since).num_seconds(), |taken| taken.queue_seconds);
    params(&[("QueueResult", result), ("QueueSid", &waiting.queue), ("QueueTime", &seconds.to_string())])
}
