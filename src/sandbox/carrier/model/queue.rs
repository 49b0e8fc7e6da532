//! Queues: legs come in, wait in order and hear their wait document for ever. How they get out is in `dequeue.rs`.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

use super::World;
use super::call::{Activity, CallStatus};
use super::form::{Params, params};
use super::leg::Went;
use super::switches::WaitFailure;
use super::timers::Timer;
use crate::sandbox::carrier::twiml::{self, Dial, Enqueue, Hook, LONGEST_CALL_SECONDS, Notice, QueueNoun, Verb, Wait};

pub(super) const USUAL_SIZE: usize = 1_000;
pub(super) const LARGEST_SIZE: usize = 5_000;
pub(super) const LONGEST_NAME: usize = 64;

#[derive(Debug, Clone)]
pub struct Queue {
    pub sid: String,
    pub name: String,
    pub max_size: usize,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// The front first.
    pub members: VecDeque<Member>,
    /// Legs that dial the queue while it is empty, the first first.
    pub(super) dialled_by: VecDeque<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub call_sid: String,
    pub enqueued_at: DateTime<Utc>,
}

/// An Enqueue under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Waiting {
    pub queue: String,
    pub since: DateTime<Utc>,
    pub action: Option<Hook>,
    pub wait: Wait,
    /// The verbs behind the Enqueue.
    pub after: VecDeque<Verb>,
    /// When the wait document was asked last, so that one that takes no time is not asked without end.
    pub asked_at: Option<DateTime<Utc>>,
    /// Taken out already by that leg, and hearing what is heard before the two are connected.
    pub taken_by: Option<Taken>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Taken {
    pub by: String,
    pub queue_seconds: i64,
}

/// A Dial of a queue that has connected nobody yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct QueueDial {
    pub queue: String,
    pub action: Option<Hook>,
    pub time_limit_seconds: i64,
    pub hangup_on_star: bool,
    pub before: Option<Hook>,
}

impl Waiting {
    /// Whether the leg stays up if its wait document is not answered any more.
    pub(super) fn goes_on_without_answer(&self, unanswered: WaitFailure) -> bool {
        match (&self.wait, unanswered) {
            (Wait::Music | Wait::Silence, _) | (Wait::Document(_), WaitFailure::Silence) => true,
            (Wait::Document(_), WaitFailure::EndsCall) => false,
            // The action is not answered either.
            (Wait::Document(_), WaitFailure::LeavesQueue) => self.action.is_none(),
        }
    }
}

impl Queue {
    /// From 1.
    pub fn position(&self, call_sid: &str) -> Option<usize> {
        self.members.iter().position(|member| member.call_sid == call_sid).map(|index| index + 1)
    }

    /// The mean of those who wait now, in whole seconds.
    pub fn average_wait_seconds(&self, now: DateTime<Utc>) -> i64 {
        let count = i64::try_from(self.members.len()).expect("a queue holds a few thousand at most");
        let total: i64 = self.members.iter().map(|member| member.wait_seconds(now)).sum();
        if count == 0 { 0 } else { total / count }
    }
}

impl Member {
    pub fn wait_seconds(&self, now: DateTime<Utc>) -> i64 {
        (now - self.enqueued_at).num_seconds().max(0)
    }
}

impl World {
    /// Whether the Enqueue took the leg over, or was passed by.
    pub(super) fn enqueue(&mut self, sid: &str, enqueue: Enqueue, now: DateTime<Utc>) -> Went {
        let problem = match enqueue.name.chars().count() {
            0 => Some((14204, "error")),
            1..=LONGEST_NAME => None,
            _ => Some((14205, "error")),
        };
        let full = || {
            let queue = self.queue_named(&enqueue.name)?;
            (queue.members.len() >= queue.max_size).then_some((14207, "queue-full"))
        };
        if let Some((code, result)) = problem.or_else(full) {
            self.call_mut(sid).notices.push(twiml::notice(code, "the leg cannot be put into this queue"));
            let Some(action) = enqueue.action else { return Went::On };
            self.ask_document(sid, action, params(&[("QueueResult", result)]), false);
            return Went::Away;
        }
        let size = enqueue.max_size.map_or(USUAL_SIZE, |size| (size as usize).clamp(1, LARGEST_SIZE));
        let queue = self.queue_for(&enqueue.name, size, now);
        self.queue_mut(&queue).members.push_back(Member { call_sid: sid.to_owned(), enqueued_at: now });
        let call = self.call_mut(sid);
        call.hear(&format!("waits in queue {}", enqueue.name), now);
        let after = std::mem::take(&mut call.program);
        call.waiting = Some(Waiting {
            queue: queue.clone(),
            since: now,
            action: enqueue.action,
            wait: enqueue.wait,
            after,
            asked_at: None,
            taken_by: None,
        });
        match self.queue_mut(&queue).dialled_by.pop_front() {
            Some(dialler) => self.take_front(&queue, &dialler, now),
            None => self.wait_in_queue(sid, now),
        }
        Went::Away
    }

    pub(super) fn dial_queue(&mut self, sid: &str, dial: &Dial, noun: QueueNoun, now: DateTime<Utc>) -> Went {
        let problem = match noun.name.chars().count() {
            0 => Some(14212),
            1..=LONGEST_NAME => None,
            _ => Some(14213),
        };
        let found = self.queue_named(&noun.name).map(|queue| queue.sid.clone());
        let (None, Some(queue)) = (problem, found) else {
            let why = "the queue that is dialled does not exist";
            self.call_mut(sid).notices.extend(problem.map(|code| twiml::notice(code, why)));
            return self.dial_failed(sid, dial.action.clone());
        };
        let step = self.enter(
            sid,
            Activity::DialsQueue(QueueDial {
                queue: queue.clone(),
                action: dial.action.clone(),
                time_limit_seconds: dial.time_limit_seconds,
                hangup_on_star: dial.hangup_on_star,
                before: noun.before,
            }),
        );
        if self.queues[&queue].members.is_empty() {
            self.call_mut(sid).hear(&format!("dials queue {}, which is empty", noun.name), now);
            self.queue_mut(&queue).dialled_by.push_back(sid.to_owned());
            let until = now + TimeDelta::seconds(i64::from(dial.timeout_seconds));
            self.set_timer(Timer::DialTimesOut { call: sid.to_owned(), step }, until);
        } else {
            self.take_front(&queue, sid, now);
        }
        Went::Away
    }

    /// Asks for what the leg hears in its queue: at first, and whenever it has run out.
    pub(super) fn wait_in_queue(&mut self, sid: &str, now: DateTime<Utc>) {
        let waiting = self.calls[sid].waiting.clone().expect("only legs in a queue wait in one");
        let forever = LONGEST_CALL_SECONDS;
        match waiting.wait {
            Wait::Music => self.hear_for(sid, "queue music", forever, now),
            Wait::Silence => self.hear_for(sid, "silence", forever, now),
            Wait::Document(_) if waiting.asked_at == Some(now) => self.hear_for(sid, "silence", 1, now),
            Wait::Document(hook) => {
                let told = self.queue_params(sid, now);
                self.call_mut(sid).waiting.as_mut().expect("it was just found").asked_at = Some(now);
                self.ask_document(sid, hook, told, false);
            }
        }
    }

    /// The leg's document has no verb left.
    pub(super) fn document_over(&mut self, sid: &str, now: DateTime<Utc>) {
        match self.calls[sid].waiting.as_ref().map(|waiting| waiting.taken_by.clone()) {
            None => self.connect_or_end(sid, now),
            Some(None) => self.wait_in_queue(sid, now),
            Some(Some(taken)) => self.connect(sid, &taken, now),
        }
    }

    /// A wait document may not take the leg elsewhere; what a leg hears before it is connected may not even end it.
    pub(super) fn is_out_of_place(&mut self, sid: &str, verb: &Verb) -> bool {
        let Some(waiting) = &self.calls[sid].waiting else { return false };
        let is_taken = waiting.taken_by.is_some();
        let is_allowed = match verb {
            Verb::Say { .. } | Verb::Play { .. } | Verb::Pause { .. } | Verb::Redirect(_) => true,
            Verb::Tones(_) | Verb::Gather(_) | Verb::GatherEnds(_) | Verb::Hangup | Verb::Leave => !is_taken,
            Verb::Reject { .. } | Verb::Dial(_) | Verb::Enqueue(_) | Verb::Record(_) | Verb::RecordEnds { .. } => false,
        };
        if !is_allowed {
            self.call_mut(sid).notices.push(twiml::notice(12200, "this verb is not allowed in a document of a queue"));
        }
        !is_allowed
    }

    pub(super) fn wait_document_failed(&mut self, sid: &str, problem: Notice, now: DateTime<Utc>) {
        self.call_mut(sid).notices.push(problem);
        let waiting = self.calls[sid].waiting.clone().expect("only legs in a queue have a wait document");
        // Somebody is on the line already: the two are connected without the words that were to come before.
        if let Some(taken) = waiting.taken_by {
            return self.connect(sid, &taken, now);
        }
        match self.switches.failed_queue_wait {
            WaitFailure::EndsCall => {
                self.call_mut(sid).hear("an application error has occurred", now);
                self.end_call(sid, CallStatus::Completed, now);
            }
            WaitFailure::LeavesQueue => self.leave_queue(sid, "error", now),
            WaitFailure::Silence => self.hear_for(sid, "silence", LONGEST_CALL_SECONDS, now),
        }
    }

    /// What the wait document's address is told; nothing for a leg in no queue.
    pub(super) fn queue_params(&self, sid: &str, now: DateTime<Utc>) -> Params {
        let Some(waiting) = self.calls[sid].waiting.as_ref().filter(|waiting| waiting.taken_by.is_none()) else {
            return Vec::new();
        };
        let queue = &self.queues[&waiting.queue];
        params(&[
            ("QueuePosition", &queue.position(sid).unwrap_or_default().to_string()),
            ("QueueSid", &queue.sid),
            ("QueueTime", &(now - waiting.since).num_seconds().to_string()),
            ("AvgQueueTime", &queue.average_wait_seconds(now).to_string()),
            ("CurrentQueueSize", &queue.members.len().to_string()),
            ("MaxQueueSize", &queue.max_size.to_string()),
        ])
    }

    fn queue_for(&mut self, name: &str, max_size: usize, now: DateTime<Utc>) -> String {
        if let Some(queue) = self.queue_named(name) {
            return queue.sid.clone();
        }
        self.new_queue(name, max_size, now)
    }

    pub(super) fn new_queue(&mut self, name: &str, max_size: usize, now: DateTime<Utc>) -> String {
        let sid = self.new_sid("QU");
        let queue = Queue {
            sid: sid.clone(),
            name: name.to_owned(),
            max_size,
            created_at: now,
            updated_at: now,
            members: VecDeque::new(),
            dialled_by: VecDeque::new(),
        };
        self.queues.insert(sid.clone(), queue);
        sid
    }

    pub fn queue(&self, sid: &str) -> Option<&Queue> {
        self.queues.get(sid)
    }

    /// Oldest first.
    pub fn queues(&self) -> impl DoubleEndedIterator<Item = &Queue> {
        self.queues.values()
    }

    pub(super) fn queue_named(&self, name: &str) -> Option<&Queue> {
        self.queues.values().find(|queue| queue.name == name)
    }

    pub(super) fn queue_mut(&mut self, sid: &str) -> &mut Queue {
        self.queues.get_mut(sid).expect("a queue is forgotten only while nobody is in it")
    }
}
