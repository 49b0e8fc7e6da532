//! A pretend carrier, its messages and our jobs, for sequences of everything that can happen to a call: small, without I/O,
//! and as unreliable as the real ones. Orders are carried out late, or twice, or their answers are lost; messages overtake
//! each other and repeat.

use chrono::{DateTime, TimeDelta, Utc};

use super::super::bill::Charge;
use super::super::extension_way::ExtensionWay;
use super::super::instruction::{Asked, Instruction};
use super::super::machine::{AnsweredBy, Detection, Verdict};
use super::super::message::Message;
use super::super::progress::Event;
use super::super::recording::{NextStep, Wanted};
use super::super::tests::TIMING;
use super::super::{Call, Command, Leg, LegEnd, LegProgress, LegState, Role, Whereabouts};
use crate::domain::money::Money;
use crate::domain::recording::{Recorded, RecordingChange, RecordingSeen, RecordingState};
use crate::domain::time_limit::{cost_until, whole_seconds};
use crate::domain::wallet::{Reserve, Wallet};

/// What a notice or a last word takes.
const WORDS: i64 = 5;
const ASKING_AGAIN: i64 = 2;
/// A sound that somebody gave as a last word, and that does not end.
const NO_END: i64 = 10_000;
/// How long the carrier listens for a machine.
const LISTENS: i64 = 4;
/// How long somebody may be alone in the room.
const GRACE: TimeDelta = TimeDelta::seconds(10);

pub struct World {
    pub call: Call,
    pub wallet: Wallet,
    /// All money that ever came in.
    pub credited: Money,
    pub now: i64,
    pub phones: Vec<Phone>,
    /// What is to be done outside, and when at the earliest.
    pub jobs: Vec<(i64, Command)>,
    /// What the carrier has said and nobody has heard yet.
    pub reports: Vec<Event>,
    pub settled: usize,
    /// Somebody else is in the room of a guest's host.
    pub company: bool,
    /// At the carrier.
    pub recordings: Vec<RecordingSeen>,
    sids: usize,
}

/// The carrier's call of a leg.
#[derive(Debug)]
pub struct Phone {
    pub leg: String,
    pub sid: String,
    pub state: State,
    pub answered_at: Option<i64>,
    /// The carrier's limit of the whole call, from its answer.
    pub limit: Option<i64>,
    /// Whoever holds it has heard that the call is recorded.
    pub knows: bool,
    /// The carrier is asked who answers.
    listened_to: bool,
    /// What it says of that, with each question.
    verdict: Option<AnsweredBy>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    Ringing,
    /// Asks for instructions.
    Asks(Asked),
    InRoom {
        until: i64,
        ends_room: bool,
        hold: bool,
        muted: bool,
    },
    /// Hears something, then asks again or is hung up.
    Hears {
        until: i64,
        then_asks: bool,
    },
    Gone,
}

impl Phone {
    fn is_up(&self) -> bool {
        !matches!(self.state, State::Ringing | State::Gone)
    }

    fn in_room(&self) -> bool {
        matches!(self.state, State::InRoom { .. })
    }
}

pub fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

impl World {
    pub fn new(call: Call, available: Money) -> Self {
        let wallet = Wallet { posted: call.held + available, reserved: call.held, ..Wallet::default() };
        let payer = call.payer().id.clone();
        let credited = wallet.posted;
        let jobs = vec![(0, Command::Ring { leg: payer })];
        Self {
            call,
            wallet,
            credited,
            now: 0,
            phones: vec![],
            jobs,
            reports: vec![],
            settled: 0,
            company: true,
            recordings: vec![],
            sids: 0,
        }
    }

    /// What the flow does with commands: the books at once, jobs for the rest.
    pub fn take(&mut self, commands: Vec<Command>) {
        for command in commands {
            match command {
                Command::Record(_) | Command::Announce { .. } | Command::LookAtLastMinute { .. } => {}
                Command::GiveBack { amount } => self.wallet = self.wallet.settle(amount, Money::ZERO),
                Command::Settle => {
                    let total: Money = self.call.charges().iter().map(|charge: &Charge| charge.cost).sum();
                    self.wallet = self.wallet.settle(self.call.held, total);
                    self.settled += 1;
                }
                Command::AskCarrier { at: when, .. }
                | Command::Checkpoint { at: when }
                | Command::RenewPayer { at: when }
                | Command::EndAtDeadline { at: when } => self.jobs.push((seconds_of(when), command)),
                Command::Ring { .. }
                | Command::HangUp { .. }
                | Command::Renew { .. }
                | Command::Adjust { .. }
                | Command::KeepRecorded
                | Command::LookAgain
                | Command::CountRoom
                | Command::LimitCall { .. } => self.jobs.push((self.now, command)),
            }
        }
    }

    pub fn apply(&mut self, event: &Event) {
        let commands = self.call.apply(event, at(self.now));
        self.take(commands);
    }

    /// Time passes up to then, limit by limit.
    pub fn pass(&mut self, seconds: i64) {
        let end = self.now + seconds;
        while let Some((place, due)) = self.next_limit().filter(|(_, due)| *due <= end) {
            self.now = self.now.max(due);
            self.limit_reached(place);
        }
        self.now = end;
    }

    fn next_limit(&self) -> Option<(usize, i64)> {
        let due = |phone: &Phone| {
            let whole = phone.answered_at.zip(phone.limit).map(|(start, limit)| start + limit);
            let own = match phone.state {
                State::InRoom { until, .. } | State::Hears { until, .. } => Some(until),
                State::Ringing | State::Asks(_) | State::Gone => None,
            };
            phone.is_up().then(|| own.into_iter().chain(whole).min()).flatten()
        };
        let limits = self.phones.iter().enumerate().filter_map(|(place, phone)| Some((place, due(phone)?)));
        limits.min_by_key(|(_, due)| *due)
    }

    fn limit_reached(&mut self, place: usize) {
        let phone = &self.phones[place];
        if phone.answered_at.zip(phone.limit).is_some_and(|(start, limit)| start + limit <= self.now) {
            return self.ends(place);
        }
        match phone.state {
            State::InRoom { .. } => self.leaves_room(place, State::Asks(Asked::AfterItsStay)),
            State::Hears { then_asks: true, .. } => self.phones[place].state = State::Asks(Asked::ForInstructions),
            State::Hears { then_asks: false, .. } => self.ends(place),
            State::Ringing | State::Asks(_) | State::Gone => {}
        }
    }

    /// The leg is out of the room; if its flag says so, everybody is.
    fn leaves_room(&mut self, place: usize, to: State) {
        let State::InRoom { ends_room, .. } = self.phones[place].state else {
            self.phones[place].state = to;
            return;
        };
        self.phones[place].state = to;
        self.reports.push(Event::Left { call_sid: self.phones[place].sid.clone() });
        if ends_room {
            self.room_closes();
        }
    }

    pub fn room_closes(&mut self) {
        for phone in self.phones.iter_mut().filter(|phone| phone.in_room()) {
            phone.state = State::Asks(Asked::AfterItsStay);
            self.reports.push(Event::Left { call_sid: phone.sid.clone() });
        }
    }

    /// Those in the room who are no phones of this world.
    fn strangers(&self) -> Vec<String> {
        match self.call.host {
            Some(_) if self.company => vec!["CAhost".to_owned()],
            Some(_) => vec![],
            None => self.call.guests().filter(|leg| leg.is_in()).filter_map(|leg| leg.call_sid.clone()).collect(),
        }
    }

    /// The carrier's call is over, and it will say so.
    pub fn ends(&mut self, place: usize) {
        if self.phones[place].state == State::Gone {
            return;
        }
        self.leaves_room(place, State::Gone);
        let report = self.last_report(place);
        self.reports.push(report);
    }

    fn last_report(&self, place: usize) -> Event {
        let phone = &self.phones[place];
        let end = match phone.answered_at {
            Some(start) => LegEnd::Completed { seconds: (self.now - start).max(1) },
            None => LegEnd::NoAnswer,
        };
        Event::Progress { leg: phone.leg.clone(), call_sid: phone.sid.clone(), progress: LegProgress::Ended(end) }
    }

    pub fn answers(&mut self, place: usize, who: Option<AnsweredBy>) {
        let phone = &mut self.phones[place];
        if phone.state == State::Ringing {
            phone.answered_at = Some(self.now);
            phone.verdict = who.filter(|_| phone.listened_to);
            phone.state = match phone.listened_to {
                true => State::Hears { until: self.now + LISTENS, then_asks: true },
                false => State::Asks(Asked::ForInstructions),
            };
            self.report_progress(place, LegProgress::Answered);
        }
    }

    fn report_progress(&mut self, place: usize, progress: LegProgress) {
        let (leg, call_sid) = (self.phones[place].leg.clone(), self.phones[place].sid.clone());
        self.reports.push(Event::Progress { leg, call_sid, progress });
    }

    /// A phone that asks is answered from the books.
    pub fn asks(&mut self, place: usize) {
        let State::Asks(asked) = self.phones[place].state else { return };
        let (leg, sid) = (self.phones[place].leg.clone(), self.phones[place].sid.clone());
        if let Some(by) = self.phones[place].verdict {
            let verdict = Verdict { by, seconds: LISTENS };
            self.apply(&Event::AnsweredBy { leg: leg.clone(), call_sid: sid.clone(), verdict });
        }
        let (told, commands) = self.call.instruct(&leg, &sid, asked, &TIMING, at(self.now));
        self.take(commands);
        match told {
            Instruction::Join { limit_seconds, end_room_on_exit, muted, .. } => {
                let until = self.now + limit_seconds;
                self.phones[place].state = State::InRoom { until, ends_room: end_room_on_exit, hold: false, muted };
                self.reports.push(Event::Joined { call_sid: sid, conference_sid: "CF1".into() });
            }
            Instruction::Music { seconds } => {
                self.phones[place].state = State::Hears { until: self.now + seconds, then_asks: true };
            }
            Instruction::Enqueue | Instruction::DialQueue { .. } => unreachable!("nobody here uses a queue"),
            Instruction::Whisper { recorded, .. } => {
                self.phones[place].knows |= recorded;
                self.phones[place].state = State::Hears { until: self.now + WORDS, then_asks: true };
            }
            Instruction::Notice(_) if self.call.leg(&leg).is_some_and(Leg::is_bot) => {
                unreachable!("nobody listens to a bot's notice")
            }
            Instruction::Farewell(Message::Sound(_)) => {
                self.phones[place].state = State::Hears { until: self.now + NO_END, then_asks: false };
            }
            Instruction::Farewell(Message::Words(_)) | Instruction::Notice(_) => {
                self.phones[place].state = State::Hears { until: self.now + WORDS, then_asks: false };
            }
            Instruction::HangUp => self.ends(place),
        }
    }

    /// The answer to a question that the carrier asks besides is thrown away.
    pub fn asks_besides(&mut self, place: usize) {
        if self.phones[place].in_room() || matches!(self.phones[place].state, State::Asks(Asked::ForInstructions)) {
            let (leg, sid) = (self.phones[place].leg.clone(), self.phones[place].sid.clone());
            let due = self.call.leg(&leg).is_some_and(|leg| leg.served != Some(leg.turn));
            // Only a redirect makes the carrier ask so.
            if due {
                let (_, commands) = self.call.instruct(&leg, &sid, Asked::AfterItsStay, &TIMING, at(self.now));
                self.take(commands);
            }
        }
    }

    /// A job runs. `lost`: what it did is done, but its answer never came, so it runs again.
    pub fn run(&mut self, job: usize, lost: bool) {
        let (_, command) = self.jobs.swap_remove(job);
        if lost {
            self.jobs.push((self.now + 1, command.clone()));
        }
        match command {
            Command::Ring { leg } => self.ring(&leg, lost),
            Command::HangUp { call_sid } => {
                if let Some(place) = self.place_of(&call_sid) {
                    self.ends(place);
                }
            }
            Command::AskCarrier { leg, .. } => self.ask_carrier(&leg),
            Command::Checkpoint { .. } | Command::LookAgain => self.checkpoint(),
            Command::Renew { leg } => self.renew(&leg),
            Command::RenewPayer { .. } => self.renew_payer(),
            Command::Adjust { leg } => self.adjust(&leg),
            Command::LimitCall { leg } => self.limit_call(&leg),
            Command::CountRoom => self.count_room(),
            Command::KeepRecorded => self.keep_recorded(lost),
            Command::EndAtDeadline { .. } => {
                self.apply(&Event::DeadlinePassed);
                if let Some(deadline) =
                    self.call.deadline.filter(|deadline| self.call.is_running() && *deadline > at(self.now))
                {
                    self.jobs.push((seconds_of(deadline), Command::EndAtDeadline { at: deadline }));
                }
            }
            Command::GiveBack { .. }
            | Command::Settle
            | Command::Record(_)
            | Command::Announce { .. }
            | Command::LookAtLastMinute { .. } => {
                unreachable!("these are done at once")
            }
        }
    }

    fn place_of(&self, sid: &str) -> Option<usize> {
        self.phones.iter().position(|phone| phone.sid == sid)
    }

    fn phone_of(&self, leg: &str) -> Option<usize> {
        self.phones.iter().position(|phone| phone.leg == leg)
    }

    fn ring(&mut self, leg: &str, lost: bool) {
        if self.call.leg(leg).is_none_or(|leg| leg.state != LegState::Planned) {
            return;
        }
        let ringing = self.call.ringing(leg, 45, &TIMING, at(self.now));
        self.apply(&Event::Ordering { leg: leg.to_owned() });
        if self.call.leg(leg).is_some_and(|leg| leg.state != LegState::Calling) {
            return;
        }
        self.call.leg_mut(leg).expect("it is one of the call's").call_limit = ringing.limit_seconds;
        self.sids += 1;
        let sid = format!("CA{}", self.sids);
        let phone = Phone {
            leg: leg.to_owned(),
            sid,
            state: State::Ringing,
            answered_at: None,
            limit: ringing.limit_seconds,
            knows: false,
            listened_to: ringing.detection != Detection::Off,
            verdict: None,
        };
        self.phones.push(phone);
        self.jobs.push((self.now + 60, Command::AskCarrier { leg: leg.to_owned(), at: at(self.now + 60) }));
        let place = self.phones.len() - 1;
        if !lost {
            let (leg, call_sid) = (leg.to_owned(), self.phones[place].sid.clone());
            self.apply(&Event::Progress { leg, call_sid, progress: LegProgress::Queued });
        }
        self.report_progress(place, LegProgress::Ringing);
    }

    fn ask_carrier(&mut self, leg: &str) {
        let Some(found) = self.call.leg(leg).filter(|leg| !leg.is_over()) else { return };
        if found.state == LegState::Planned {
            return self.apply(&Event::NotMade { leg: leg.to_owned() });
        }
        match self.phone_of(leg) {
            Some(place) if self.phones[place].state == State::Gone => {
                let known = self.reports.iter().rev().find(|report| is_end_of(report, leg)).cloned();
                // Whoever asks is told the same as the message says.
                if let Some(report) = known {
                    self.apply(&report);
                }
            }
            Some(place) => {
                self.report_progress(place, LegProgress::Ringing);
                self.jobs.push((self.now + 20, Command::AskCarrier { leg: leg.to_owned(), at: at(self.now + 20) }));
            }
            None => self.apply(&Event::NotMade { leg: leg.to_owned() }),
        }
    }

    /// The part of the checkpoint that moves the deadline.
    pub fn checkpoint(&mut self) {
        let now = at(self.now);
        if self.call.checkpoint_at.is_some_and(|due| due <= now) {
            self.call.checkpoint_at = None;
        }
        let in_time = self.call.deadline.is_some_and(|deadline| deadline - now > TIMING.redirect_by);
        if !self.call.is_running() || !in_time || !self.call.anchor().is_in() {
            return;
        }
        let Some(gain) = self.call.gain(self.wallet.available(), &TIMING, now).filter(|gain| gain.seconds >= 2) else {
            return;
        };
        let Reserve::Reserved(wallet) = self.wallet.reserve(gain.more) else { panic!("{gain:?} of {:?}", self.wallet) };
        self.wallet = wallet;
        let commands = self.call.extend(&gain, &TIMING, now);
        self.take(commands);
    }

    fn renew(&mut self, leg: &str) {
        let Some(found) = self.call.leg(leg) else { return };
        let leaving = matches!(found.whereabouts, Whereabouts::Leaving(_));
        let wanted = self.call.is_running() || leaving || self.call.ends_by_us();
        if !wanted || !self.call.needs_renewal_alone(leg) {
            return;
        }
        let Some(place) = self.phone_of(leg).filter(|place| self.phones[*place].is_up()) else { return };
        if let State::InRoom { ends_room: true, .. } = self.phones[place].state {
            assert!(self.call.ends_by_us(), "a redirect closes the room for everybody: {:#?}", self.call);
        }
        self.leaves_room(place, State::Asks(Asked::ForInstructions));
        self.jobs.push((self.now + 4, Command::Renew { leg: leg.to_owned() }));
    }

    fn renew_payer(&mut self) {
        let payer = self.call.anchor().clone();
        let (Some(until), true) = (payer.authorised_until, self.call.anchor_needs_renewal()) else { return };
        let latest = seconds_of(until - TIMING.redirect_by);
        if !self.call.others_are_renewed() && self.now < latest {
            self.jobs.push((latest, Command::RenewPayer { at: at(latest) }));
            return;
        }
        let Some(place) = self.phone_of(&payer.id) else { return };
        let State::InRoom { until, muted, .. } = self.phones[place].state else {
            if self.phones[place].is_up() {
                let again = self.now + 1;
                self.jobs.push((again, Command::RenewPayer { at: at(again) }));
            }
            return;
        };
        if until - self.now < 2 {
            return;
        }
        self.phones[place].state = State::InRoom { until, ends_room: false, hold: false, muted };
        self.leaves_room(place, State::Asks(Asked::ForInstructions));
        let again = self.now + 4;
        self.jobs.push((again, Command::RenewPayer { at: at(again) }));
    }

    fn adjust(&mut self, leg: &str) {
        let Some(found) = self.call.leg(leg).filter(|leg| leg.is_in() && leg.whereabouts == Whereabouts::Room) else {
            return;
        };
        let wanted = found.stance.clone();
        let Some(place) = self.phone_of(leg).filter(|_| self.call.is_running()) else { return };
        if let State::InRoom { hold, muted, .. } = &mut self.phones[place].state {
            (*hold, *muted) = (wanted.hold, wanted.muted);
        } else if self.phones[place].is_up() {
            self.jobs.push((self.now + ASKING_AGAIN, Command::Adjust { leg: leg.to_owned() }));
        }
    }

    fn limit_call(&mut self, leg: &str) {
        let Some(found) = self.call.leg(leg).filter(|leg| leg.is_in()) else { return };
        let seconds = found.authorised_seconds() + found.detection_seconds();
        if let Some(place) = self.phone_of(leg) {
            self.phones[place].limit = Some(seconds);
        }
    }

    fn count_room(&mut self) {
        let there = self.phones.iter().filter(|phone| phone.in_room()).map(|phone| phone.sid.clone());
        let present: Vec<_> = there.chain(self.strangers()).collect();
        let commands = self.call.counted(Some(&present), GRACE, at(self.now));
        self.take(commands);
        if let Some(since) = self.call.alone_since.filter(|_| self.call.is_running()) {
            self.jobs.push((seconds_of(since + GRACE).max(self.now + 1), Command::CountRoom));
        }
    }

    /// One step at a time, as a job that always comes back.
    fn keep_recorded(&mut self, lost: bool) {
        if !self.call.is_running() || !self.call.anchor().is_in() {
            return;
        }
        let anchor = self.call.anchor().call_sid.clone().map(Recorded::Call);
        let seen: Vec<_> = self.recordings.iter().filter(|one| Some(&one.of) == anchor.as_ref()).cloned().collect();
        match self.call.next_recording_step(&seen) {
            NextStep::Nothing => return,
            NextStep::Tell(legs) => {
                for phone in self.phones.iter_mut().filter(|phone| legs.contains(&phone.leg) && phone.in_room()) {
                    phone.knows = true;
                    // Whose answer was lost hears it again.
                    if !lost {
                        self.call.told_of_recording(std::slice::from_ref(&phone.leg));
                    }
                }
                // The phones of guests are other accounts', and not among these.
                let is_guest = |leg: &String| self.call.leg(leg).is_some_and(Leg::is_guest);
                let guests: Vec<_> = legs.into_iter().filter(is_guest).collect();
                self.call.told_of_recording(&guests);
            }
            NextStep::Start { call_sid } => {
                self.sids += 1;
                self.recordings.push(RecordingSeen {
                    carrier_sid: format!("RE{}", self.sids),
                    of: Recorded::Call(call_sid),
                    state: RecordingState::InProgress,
                    started_at: None,
                    seconds: None,
                    media_url: None,
                });
            }
            NextStep::Change { recording_sid, change, .. } => {
                let mut found = self.recordings.iter_mut().filter(|one| one.carrier_sid == recording_sid);
                found.next().expect("it was shown").state = match change {
                    RecordingChange::Pause => RecordingState::Paused,
                    RecordingChange::Resume => RecordingState::InProgress,
                    RecordingChange::Stop => RecordingState::Stopped,
                };
            }
        }
        self.jobs.push((self.now + 1, Command::KeepRecorded));
    }

    /// What is recorded is what is wanted, never twice, and everybody who is in the room knows.
    pub fn is_recorded_as_wanted(&self) -> Result<(), String> {
        let going: Vec<_> = self.recordings.iter().filter(|one| one.state == RecordingState::InProgress).collect();
        let inside: Vec<_> = self.phones.iter().filter(|phone| phone.in_room()).collect();
        if !self.call.is_running() || self.call.is_moving() || inside.len() < 2 {
            return Ok(());
        }
        let anchor = self.call.anchor();
        let wanted = self.call.recording.wanted == Wanted::On && !anchor.stance.hold;
        let of_anchor =
            going.iter().filter(|one| Some(&one.of) == anchor.call_sid.clone().map(Recorded::Call).as_ref());
        let ignorant = inside.iter().find(|phone| {
            let leg = self.call.leg(&phone.leg);
            !phone.knows && leg.is_some_and(|leg| leg.is_party() && !leg.stance.hold)
        });
        match (of_anchor.count(), ignorant) {
            (0, _) if wanted => Err(format!("it is not recorded: {:?} {:?}", self.call.recording, self.recordings)),
            (0, _) => Ok(()),
            (1, None) if self.call.recording.wanted == Wanted::On => Ok(()),
            (1, Some(phone)) => Err(format!("{phone:?} is recorded and does not know")),
            (number, _) => Err(format!("{number} recordings: {:?} {:?}", self.call.recording, self.recordings)),
        }
    }

    /// Everything that is due is done for a while, and then nobody is alone in the room.
    pub fn nobody_stays_alone(&mut self) -> Result<(), String> {
        for _ in 0..40 {
            for _ in 0..500 {
                if let Some(report) = self.reports.pop() {
                    self.apply(&report);
                } else if let Some(place) = self.phones.iter().position(|phone| matches!(phone.state, State::Asks(_))) {
                    self.asks(place);
                } else if let Some(job) = self.jobs.iter().position(|(due, _)| *due <= self.now) {
                    self.run(job, false);
                } else {
                    break;
                }
            }
            self.never_overspends()?;
            self.pass(1);
        }
        let talks = |leg: &Leg| matches!(leg.role, Role::Payer | Role::Other);
        let inside =
            |phone: &&Phone| phone.in_room() && self.call.parties().any(|leg| leg.id == phone.leg && talks(leg));
        let inside = self.phones.iter().filter(inside).count();
        let inside = if inside == 0 { 0 } else { inside + self.strangers().len() };
        if self.call.is_running() && !self.call.is_moving() && inside == 1 {
            return Err(format!("somebody is alone in the room: {:?}", self.phones));
        }
        Ok(())
    }

    /// The first promise: with us switched off now, what the carrier by itself still allows is paid for.
    pub fn never_overspends(&self) -> Result<(), String> {
        if self.settled > 0 {
            return Ok(());
        }
        let could_cost: Money = self.call.legs.iter().map(|leg| leg.cost(self.could_last(&leg.id))).sum();
        let waived = self.call.terms.extension == ExtensionWay::Watchdog;
        if could_cost > self.call.held && !waived {
            return Err(format!("could cost {could_cost}, held is {}", self.call.held));
        }
        if self.wallet.reserved != self.call.held || self.wallet.reserved > self.wallet.posted {
            return Err(format!("{:?} for a hold of {}", self.wallet, self.call.held));
        }
        let planned = self.call.deadline.filter(|_| self.call.is_running());
        let planned = planned.map(|deadline| cost_until(deadline, &self.call.metered(), at(self.now)));
        if planned.is_some_and(|cost| cost > self.call.held) {
            return Err(format!("to the deadline costs {planned:?}, held is {}", self.call.held));
        }
        Ok(())
    }

    fn could_last(&self, id: &str) -> i64 {
        let leg = self.call.leg(id).expect("it is one of the call's");
        let Some(start) = leg.started_at.map(seconds_of).filter(|_| !leg.is_over()) else {
            return leg.billable_seconds();
        };
        let Some(phone) = self.phone_of(id).map(|place| &self.phones[place]) else { return 0 };
        let whole = phone.answered_at.zip(phone.limit).map_or(i64::MAX, |(answered, limit)| answered + limit);
        let until = match phone.state {
            State::InRoom { until, .. } | State::Hears { until, then_asks: true } => until.min(whole),
            // House time, and the questions themselves.
            State::Hears { .. } | State::Asks(_) | State::Ringing | State::Gone => {
                return (self.now - start).min(leg.authorised_seconds());
            }
        };
        until - start
    }

    /// Nobody does anything any more but what is already on its way: it all comes to an end.
    pub fn come_to_rest(&mut self) -> Result<(), String> {
        self.apply(&Event::HangUp);
        for _ in 0..20_000 {
            if self.settled > 0 && self.reports.is_empty() {
                return Ok(());
            }
            if let Some(report) = self.reports.pop() {
                self.apply(&report);
            } else if let Some(place) = self.phones.iter().position(|phone| matches!(phone.state, State::Asks(_))) {
                self.asks(place);
            } else if let Some(job) = self.jobs.iter().position(|(due, _)| *due <= self.now) {
                self.run(job, false);
            } else {
                let ringing = self.phones.iter().position(|phone| phone.state == State::Ringing);
                match ringing {
                    Some(place) if self.now % 7 == 0 => self.ends(place),
                    Some(_) | None => self.pass(1),
                }
            }
            self.never_overspends()?;
        }
        Err(format!("never settled: {:?} {:?} {:#?}", self.phones, self.jobs, self.call))
    }
}

fn is_end_of(report: &Event, of: &str) -> bool {
    matches!(report, Event::Progress { leg, progress: LegProgress::Ended(_), .. } if leg == of)
}

pub fn seconds_of(time: DateTime<Utc>) -> i64 {
    whole_seconds(time - DateTime::UNIX_EPOCH)
}
