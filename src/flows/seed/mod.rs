//! Made-up books of any size: plausible, balanced, and the same each time for one size, one number and one moment
//! (except for the ids of the audit). For measuring with, and for looking at a full house. Written in many
//! transactions, so a database in which this was interrupted is thrown away.

mod access;
mod calls;
mod chance;
mod compared;
mod deeds;
mod disputed;
mod links;
mod money;
mod people;
mod prices;
mod told;
mod visits;
mod vouchers;

use chrono::{DateTime, TimeDelta, Timelike, Utc};

use super::FlowError;
use crate::domain::figures::{Figure, Measure, Tally, hour_of};
use crate::ids;
use crate::storage::figures::{self as kept, Merge};
use crate::storage::{Tx, accounts, bulk};
use calls::LIVE_AT_MOST;
use chance::Chance;
pub use compared::RECONCILIATION;
pub use disputed::DISPUTE;
use people::Caller;
use prices::Prices;
pub use told::BOT;

/// The deck that waits to be taken.
pub const DRAFT: &str = "draft_00000000000000000000000001";

/// The end of the address of a link that starts calls: everybody may know it, as nobody is at the numbers.
pub const CALL_LINK: &str = "clk_00000000000000000000000001_madeup";

/// The same of an invitation into a live call.
pub const INVITATION: &str = "inv_00000000000000000000000001_madeup";

/// How far back the calls go.
const WEEKS: i64 = 4;
/// The last ones are settled before now.
const ENDS_BEFORE: TimeDelta = TimeDelta::minutes(25);
/// How busy each hour of a day is, beside the others.
const BUSY: [u64; 24] = [2, 1, 1, 1, 1, 2, 4, 6, 9, 10, 10, 9, 8, 9, 10, 10, 9, 8, 7, 6, 5, 4, 3, 2];
/// In one transaction.
const CALLS_AT_ONCE: usize = 4000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub accounts: usize,
    pub calls: usize,
    /// Another number makes other books.
    pub number: u64,
}

pub struct Seed {
    now: DateTime<Utc>,
    chance: Chance,
    prices: Prices,
    callers: Vec<Caller>,
    endpoints: Vec<String>,
    /// When each hour's calls begin, and how many; the next one last.
    hours: Vec<(DateTime<Utc>, usize)>,
    /// How many things have been made: what ids are made of.
    made: u128,
    calls: usize,
}

pub enum Begun {
    Seed(Box<Seed>),
    /// There are accounts already: these books are somebody's.
    NotEmpty,
}

/// Plans, rates, endpoints, accounts, who signs in, cards and first credits. Everybody's password is the one of this hash.
pub fn begin(tx: &mut Tx, size: Size, password_hash: &str, now: DateTime<Utc>) -> Result<Begun, FlowError> {
    if accounts::first_opened_at(tx)?.is_some() {
        return Ok(Begun::NotEmpty);
    }
    bulk::begin(tx)?;
    let begin = now - ENDS_BEFORE - TimeDelta::weeks(WEEKS);
    let prices = Prices::make(tx, begin - TimeDelta::days(8))?;
    let mut seed = Seed {
        now,
        chance: Chance::new(size.number),
        prices,
        callers: vec![],
        endpoints: vec![],
        hours: hours(begin, size.calls),
        made: 0,
        calls: 0,
    };
    Seed::make_bot(tx, begin)?;
    seed.make_endpoints(tx, begin)?;
    seed.make_people(tx, size.accounts.max(1), password_hash, begin)?;
    Ok(Begun::Seed(Box::new(seed)))
}

impl Seed {
    /// Some more calls, the earlier before the later. `false` once all are made.
    pub fn some_calls(&mut self, tx: &mut Tx) -> Result<bool, FlowError> {
        bulk::begin(tx)?;
        let mut batch = calls::Batch::default();
        while batch.len() < CALLS_AT_ONCE {
            let Some((from, how_many)) = self.hours.pop() else { break };
            for number in 0..how_many {
                let apart = TimeDelta::hours(1) / i32::try_from(how_many).unwrap_or(i32::MAX);
                let at = from + apart * i32::try_from(number).unwrap_or(i32::MAX);
                self.call(at, &mut batch);
            }
        }
        batch.save(tx)?;
        Ok(!self.hours.is_empty())
    }

    /// Calls that are under way, payments that are open, a deck that waits, every wallet as it is now, and what the books do not know of
    /// the past hours.
    pub fn finish(&mut self, tx: &mut Tx) -> Result<(), FlowError> {
        bulk::begin(tx)?;
        let mut batch = calls::Batch::default();
        for caller in 0..self.callers.len().div_ceil(5).min(LIVE_AT_MOST) {
            self.live_call(caller, &mut batch);
        }
        self.open_payments(&mut batch);
        batch.save(tx)?;
        self.open_visit(tx)?;
        self.make_call_links(tx)?;
        self.make_access(tx)?;
        self.make_invitation(tx)?;
        self.block_some(tx)?;
        self.prices.draft(tx, self.now)?;
        for caller in &self.callers {
            accounts::save_wallet(tx, &caller.account, &caller.wallet)?;
        }
        self.sell(tx)?;
        self.compare_nightly(tx)?;
        self.dispute_some(tx)?;
        let past = self.past_hours();
        kept::keep(tx, &past, Merge::Replace)?;
        Ok(bulk::end(tx)?)
    }

    /// Live calls and webhooks of each hour: nothing else remembers them.
    fn past_hours(&mut self) -> Vec<Figure> {
        let mut figures = vec![];
        let mut hour = hour_of(self.now - TimeDelta::weeks(WEEKS));
        while hour <= self.now {
            let busy = BUSY[usize::try_from(hour.hour()).expect("a day has 24 hours")];
            let value = i64::try_from(busy * 3 + self.chance.below(10)).expect("it is small");
            figures.push(Figure { at: hour, measure: Measure::LiveCallsPeak, label: String::new(), value });
            for (sender, usually) in [("twilio", 4_000), ("stripe", 9_000), ("stripe_delivery", 1_500_000)] {
                let mut tally = Tally::default();
                for _ in 0..busy * 4 {
                    let micros = usually / 2 + self.chance.below(usually) + self.chance.below(20) / 19 * usually * 6;
                    tally.note(i64::try_from(micros).expect("it is small"));
                }
                figures.extend(tally.figures(sender, hour));
            }
            hour += TimeDelta::hours(1);
        }
        figures
    }

    /// The name of the next thing.
    fn id(&mut self, kind: &str, at: DateTime<Utc>) -> String {
        self.made += 1;
        ids::at(kind, u64::try_from(at.timestamp_millis()).unwrap_or(0), self.made)
    }
}

/// Shares the calls out among the hours, latest hour first.
fn hours(begin: DateTime<Utc>, calls: usize) -> Vec<(DateTime<Utc>, usize)> {
    let hours: Vec<_> = (0..WEEKS * 7 * 24).map(|hour| begin + TimeDelta::hours(hour)).collect();
    let busy = |at: &DateTime<Utc>| BUSY[usize::try_from(at.hour()).expect("a day has 24 hours")];
    let all: u64 = hours.iter().map(busy).sum();
    let calls = u64::try_from(calls).unwrap_or(u64::MAX);
    let (mut before, mut shares) = (0, vec![]);
    for hour in hours {
        let after = before + busy(&hour);
        let share = calls * after / all - calls * before / all;
        shares.push((hour, usize::try_from(share).expect("it is part of a usize")));
        before = after;
    }
    shares.reverse();
    shares
}
