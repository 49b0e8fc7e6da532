//! The look at the money before a deadline, with its consequences booked.

use chrono::{DateTime, Utc};

use super::call_changed::{self, Change};
use super::caps::room;
use super::recharge::{self, PaymentForms, Purpose};
use super::{FlowError, Rules};
use crate::domain::call::extension::Gain;
use crate::domain::call::record::Record;
use crate::domain::call::{Call, Command};
use crate::domain::checkpoint::{Decision, Means, decide};
use crate::domain::recharge::{Recharge, WhyNot, recharge as recharge_rule};
use crate::domain::wallet::Reserve;
use crate::storage::accounts::{self, Account};
use crate::storage::{Tx, bundles, caps, holds};

/// Returns when to look again, if that is known.
pub fn checkpoint(
    tx: &mut Tx,
    call: &str,
    forms: &dyn PaymentForms,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, FlowError> {
    let mut change = call_changed::lock(tx, call)?;
    let first_look = change.call.checkpoint_at.is_some_and(|due| due <= now);
    if first_look {
        change.call.checkpoint_at = None;
    }
    let account = account_of(tx, &change.call)?;
    if !account.is_frozen() {
        // What was bought is used before money.
        let mut usable = bundles::usable(tx, &account.id, now)?;
        change.call.draw(&mut usable, rules.timing.most_seconds, now);
    }
    let useful_until = change.call.deadline.map_or(now, |deadline| deadline - rules.timing.redirect_by);
    let purpose = Purpose { account: &account, call: Some(&change.call), useful_until };
    let caps = caps::of_account(tx, &account.plan, &account.id)?;
    let means = Means {
        available: change.wallet.available(),
        room: room(tx, &caps, &account.id, change.wallet.reserved, now)?.map(|room| room.left),
        frozen: account.is_frozen(),
    };
    let rule = match means.forbid_a_charge(&change.call, &rules.timing, now) {
        Some(why_not) => Recharge::No(why_not),
        None => recharge_rule(&recharge::situation(tx, &purpose, forms, &rules.timing, now)?, now),
    };
    let decision = decide(&change.call, means.free(), &rule, &rules.timing, now);
    let (mut commands, mut look_again) = (vec![], None);
    if first_look && decision != Decision::TooLate {
        commands.push(Command::Record(Record::Checkpoint));
    }
    match decision {
        Decision::TooLate | Decision::TooEarly => {}
        Decision::Extend(gain) => commands.extend(extend(tx, &mut change, &gain, rules, now)?),
        Decision::Charge { amount, method } => {
            if recharge::begin(tx, &purpose, amount, &method, forms, now)? {
                commands.push(Command::Record(Record::Charging { amount }));
                look_again = moment_of_decision(&change, rules, now);
            } else {
                commands.extend(change.call.warn(now));
            }
        }
        Decision::Wait => {
            look_again = moment_of_decision(&change, rules, now);
            if look_again.is_none() {
                commands.extend(change.call.warn(now));
            }
        }
        Decision::Warn(why_not) => commands.extend(warn(&mut change, why_not, now)),
    }
    let look_again = look_again.into_iter().chain(change.call.checkpoint_at).min();
    call_changed::save(tx, change, commands, now)?;
    Ok(look_again)
}

/// First the money: the wallet's hold grows in the transaction that moves the deadline, or nothing moves.
fn extend(
    tx: &mut Tx,
    change: &mut Change,
    gain: &Gain,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Vec<Command>, FlowError> {
    let Reserve::Reserved(wallet) = change.wallet.reserve(gain.more) else { return Ok(vec![]) };
    accounts::save_wallet(tx, &change.call.account, &wallet)?;
    change.wallet = wallet;
    let commands = change.call.extend(gain, &rules.timing, now);
    holds::change(tx, &change.call.id, change.call.held)?;
    Ok(commands)
}

/// A payment that is still open then will hardly help: the payer should know. `None` once it is past.
fn moment_of_decision(change: &Change, rules: &Rules, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    change.call.deadline.map(|deadline| deadline - rules.timing.decide).filter(|moment| *moment > now)
}

fn warn(change: &mut Change, why_not: WhyNot, now: DateTime<Utc>) -> Option<Command> {
    match why_not {
        // They may still answer, and then the checkpoint is looked at again.
        WhyNot::NobodyAnswered => None,
        WhyNot::NotAgreed
        | WhyNot::Paused
        | WhyNot::CallAtItsLongest
        | WhyNot::DailyLimit
        | WhyNot::MonthlyLimit
        | WhyNot::DailyCap
        | WhyNot::MonthlyCap
        | WhyNot::SpendCap
        | WhyNot::Frozen
        | WhyNot::NoCard
        | WhyNot::CardsRest
        | WhyNot::TriedEnough
        | WhyNot::TooSoon
        | WhyNot::Stopped
        | WhyNot::ProcessorDown
        | WhyNot::AmountTooSmall => change.call.warn(now),
    }
}

fn account_of(tx: &mut Tx, call: &Call) -> Result<Account, FlowError> {
    accounts::find(tx, &call.account)?.ok_or_else(|| FlowError::not_found("account", &call.account))
}
