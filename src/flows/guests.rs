//! A phone in one account's room that another account pays for: a place is kept by the host, then the guest's own call is
//! made, and from then on each side tells the other what happened. Every transaction touches one account; between them
//! are jobs, which read one side and tell the other, as often as it takes.

use chrono::{DateTime, TimeDelta, Utc};

use super::bundles;
use super::caps::bar;
use super::change_terms::terms_of;
use super::invitations::may_come;
use super::place_call::{Placed, book, terms};
use super::recharge::{PaymentForms, before_a_call};
use super::refusals::keep;
use super::wanted::{Caller, rated};
use super::{FlowError, Job, Rules, call_changed};
use crate::domain::admission::{Admitted, Refusal, Unrated, Wanted, admit_guest};
use crate::domain::call::guest::{GuestRefusal, GuestSeen, Host};
use crate::domain::call::progress::Event;
use crate::domain::call::terms::CallTerms;
use crate::domain::call::{Call, Leg, Role, Whereabouts};
use crate::domain::caps::combined::Combined;
use crate::domain::currency::Currency;
use crate::domain::invitation::Standing;
use crate::domain::money::Money;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::rating::Rate;
use crate::domain::refused::{Deed, Refused, Way};
use crate::domain::room_profile::RoomProfile;
use crate::domain::wallet::Wallet;
use crate::ids;
use crate::storage::accounts::{self, Account};
use crate::storage::audit::{self, Change};
use crate::storage::{Tx, calls, caps, invitations};

/// A place that nobody took in this time is free again.
const KEPT: TimeDelta = TimeDelta::seconds(60);

/// One more phone in a call, and who pays for it.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The call whose room it is.
    pub host: String,
    /// Who will pay.
    pub account: String,
    pub number: PhoneNumber,
    /// By which the guest comes; without one somebody of the house, or a program, lets it in.
    pub invitation: Option<String>,
    /// Made once by whoever asks: asking again finds the call it made.
    pub request_key: String,
}

impl Wish {
    /// Apart from the keys of those who dial or add numbers.
    fn key(&self) -> String {
        format!("guest:{}", self.request_key)
    }
}

/// What the guest's own call needs to know of its host.
#[derive(Debug, Clone)]
pub struct Seat {
    pub host: Host,
    pub guest_call: String,
    room: String,
    profile: RoomProfile,
}

#[derive(Debug)]
pub enum MayPay {
    Yes,
    /// This request was carried out before.
    Already {
        id: String,
    },
    OtherRequest,
    Refused(Refusal),
}

/// The guest's side, before its host is asked to keep a place: is there a point in asking? A balance too small starts an agreed
/// recharge.
pub fn may_pay(
    tx: &mut Tx,
    wish: &Wish,
    by: &str,
    forms: &dyn PaymentForms,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<MayPay, FlowError> {
    let wallet = lock(tx, &wish.account)?;
    if let Some(id) = calls::by_request_key(tx, &wish.account, &wish.key())? {
        let same = |call: &Call| {
            let host = call.host.as_ref().map(|host| &host.call);
            host == Some(&wish.host) && call.payer().number == wish.number
        };
        let made = calls::find(tx, &id)?.is_some_and(|call| same(&call));
        return Ok(if made { MayPay::Already { id } } else { MayPay::OtherRequest });
    }
    Ok(match admitted(tx, wish, &wallet, forms, rules, now)? {
        Ok(_) => MayPay::Yes,
        Err(refusal) => {
            keep_of_wish(tx, wish, by, refusal.code(), refusal.to_string(), now)?;
            MayPay::Refused(refusal)
        }
    })
}

/// Why the host has no place.
#[derive(Debug)]
pub enum NoPlace {
    Refused(GuestRefusal),
    /// The invitation is good no more.
    NotInvited(Standing),
}

/// The host's side, before the guest's account is asked: a guest that it would not take costs nobody a recharge. Keeps no
/// place; a request that was carried out before has its own.
pub fn would_seat(
    tx: &mut Tx,
    wish: &Wish,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Result<(), NoPlace>, FlowError> {
    let host = calls::find(tx, &wish.host)?.ok_or_else(|| FlowError::not_found("call", &wish.host))?;
    if calls::leg_by_request_key(tx, &host.account, &wish.key())?.is_some() {
        return Ok(Ok(()));
    }
    may_sit(tx, &host, wish, rules, now)
}

/// What its host refused to a guest stands with the guest's account, too.
pub fn keep_no_place(tx: &mut Tx, wish: &Wish, by: &str, no: &NoPlace, now: DateTime<Utc>) -> Result<(), FlowError> {
    lock(tx, &wish.account)?;
    let (code, sentence) = match no {
        NoPlace::Refused(refusal) => (refusal.code(), refusal.to_string()),
        NoPlace::NotInvited(standing) => ("not_invited", format!("The invitation is {}.", standing.code())),
    };
    keep_of_wish(tx, wish, by, code, sentence, now)
}

fn keep_of_wish(
    tx: &mut Tx,
    wish: &Wish,
    by: &str,
    code: &'static str,
    sentence: String,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let (account, number) = (wish.account.clone(), Some(wish.number.clone()));
    keep(tx, &Refused { account, deed: Deed::Join, way: Way::of(Some(by)), code, sentence, number }, now)
}

fn may_sit(
    tx: &mut Tx,
    host: &Call,
    wish: &Wish,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Result<(), NoPlace>, FlowError> {
    if let Some(invitation) = &wish.invitation
        && let Err(standing) = may_come(tx, invitation, &wish.host, now)?
    {
        return Ok(Err(NoPlace::NotInvited(standing)));
    }
    let most_legs = host.terms.most_legs(rules.most_legs);
    Ok(host.may_seat(&wish.account, &wish.number, most_legs).map_err(NoPlace::Refused))
}

#[derive(Debug)]
pub enum Seated {
    /// By this request, now or before.
    Seat(Seat),
    /// The key was used for another call or number.
    OtherRequest,
    No(NoPlace),
}

/// The host's side: keeps a place. `by`: who does it, for the audit.
pub fn take_seat(tx: &mut Tx, wish: &Wish, by: &str, rules: &Rules, now: DateTime<Utc>) -> Result<Seated, FlowError> {
    let mut change = call_changed::lock(tx, &wish.host)?;
    if let Some((call, leg)) = calls::leg_by_request_key(tx, &change.call.account, &wish.key())? {
        let same = |leg: &&Leg| call == wish.host && leg.number == wish.number;
        return Ok(match change.call.leg(&leg).filter(same) {
            Some(leg) => Seated::Seat(seat(&change.call, leg)),
            None => Seated::OtherRequest,
        });
    }
    if let Err(no) = may_sit(tx, &change.call, wish, rules, now)? {
        return Ok(Seated::No(no));
    }
    let leg = ids::new("leg");
    let commands = change.call.seat_guest(ids::new("call"), wish.number.clone(), leg.clone(), now);
    call_changed::insert_leg(tx, &mut change, &wish.key())?;
    if let Some(invitation) = &wish.invitation {
        invitations::note_used(tx, invitation, Some(&leg))?;
    }
    Job::MirrorGuest { leg: leg.clone() }.enqueue(tx, now + KEPT)?;
    let seat = seat(&change.call, change.call.leg(&leg).expect("it was just added"));
    let detail = format!("{}, {leg}", wish.number);
    audit_of(tx, (by, "seat_guest"), &wish.host, &change.call.account, &detail, now)?;
    call_changed::save(tx, change, commands, now)?;
    Ok(Seated::Seat(seat))
}

fn seat(host: &Call, leg: &Leg) -> Seat {
    Seat {
        host: Host { call: host.id.clone(), leg: leg.id.clone() },
        guest_call: leg.guest.clone().expect("a guest has a call"),
        room: host.room.clone(),
        profile: host.terms.room.clone(),
    }
}

/// The guest's side: admits its call, holds its money and has its phone rung. `by`: who says that this account pays.
pub fn place_guest(
    tx: &mut Tx,
    wish: &Wish,
    seat: &Seat,
    by: &str,
    forms: &dyn PaymentForms,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Placed, FlowError> {
    let wallet = lock(tx, &wish.account)?;
    if let Some(id) = calls::by_request_key(tx, &wish.account, &wish.key())? {
        return Ok(Placed::Already { id });
    }
    let (admitted, account, settled, rate) = match admitted(tx, wish, &wallet, forms, rules, now)? {
        Ok(admitted) => admitted,
        Err(refusal) => {
            keep_of_wish(tx, wish, by, refusal.code(), refusal.to_string(), now)?;
            return Ok(Placed::Refused(refusal));
        }
    };
    let leg = Leg::new(ids::new("leg"), Role::Payer, wish.number.clone(), rate);
    let mut call =
        Call::new(seat.guest_call.clone(), account.id.clone(), seat.room.clone(), admitted.hold, vec![leg], now);
    call.host = Some(seat.host.clone());
    call.terms = CallTerms { room: seat.profile.clone(), language: account.language, queue_hold: false, ..settled };
    let id = book(tx, call, &wish.key(), &admitted, &wallet, now)?;
    // The host may be over by now.
    Job::TellGuest { leg: seat.host.leg.clone() }.enqueue(tx, now)?;
    audit_of(tx, (by, "join_call"), &id, &account.id, &format!("{}, guest of {}", wish.number, seat.host.call), now)?;
    Ok(Placed::Call { id, admitted })
}

fn lock(tx: &mut Tx, account: &str) -> Result<Wallet, FlowError> {
    accounts::lock_wallet(tx, account)?.ok_or_else(|| FlowError::not_found("account", account))
}

type Admission = (Admitted, Account, CallTerms, Rate);

fn admitted(
    tx: &mut Tx,
    wish: &Wish,
    wallet: &Wallet,
    forms: &dyn PaymentForms,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Result<Admission, Refusal>, FlowError> {
    let (account, caps, settled, wanted) = considered(tx, &wish.account, &wish.number, rules, now)?;
    Ok(match admit_guest(&wanted, &terms(tx, (&account, &caps), &settled, wallet, rules, now)?, now) {
        Ok(admitted) => Ok((admitted, account, settled, wanted.rate.expect("a number without a rate is refused"))),
        Err(Refusal::NotEnoughCredit { .. }) if before_a_call(tx, &account, forms, &rules.timing, now)? => {
            Err(Refusal::BeingToppedUp)
        }
        Err(refusal) => Err(refusal),
    })
}

/// What it costs and how long the money lasts.
#[derive(Debug)]
pub struct GuestQuote {
    pub currency: Currency,
    pub available: Money,
    pub wanted: Wanted,
    pub answer: Result<Admitted, Refusal>,
}

pub fn quote_guest(
    tx: &mut Tx,
    account: &str,
    number: &PhoneNumber,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<GuestQuote, FlowError> {
    let wallet = accounts::wallet(tx, account)?.ok_or_else(|| FlowError::not_found("account", account))?;
    let (account, caps, settled, wanted) = considered(tx, account, number, rules, now)?;
    let answer = admit_guest(&wanted, &terms(tx, (&account, &caps), &settled, &wallet, rules, now)?, now);
    Ok(GuestQuote { currency: account.currency, available: wallet.available(), wanted, answer })
}

/// The phone is a dialled number like any other, also where the caller's own phone is free: nobody else's leg is paid for
/// beside it.
fn considered(
    tx: &mut Tx,
    id: &str,
    number: &PhoneNumber,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<(Account, Combined, CallTerms, Wanted), FlowError> {
    let (account, plan) = accounts::find_with_plan(tx, id)?.ok_or_else(|| FlowError::not_found("account", id))?;
    let caller = Caller { plan: &plan.id, taxes: &plan.terms.taxes, number: Some(number) };
    let mut wanted = rated(tx, &caller, &[number], now)?;
    bundles::allot_to(tx, id, &mut wanted, rules.timing.most_seconds, now)?;
    let mut wanted = wanted.remove(0);
    if wanted.is_bot {
        // Nobody talks there.
        wanted.rate = Err(Unrated::NoRate);
    }
    let caps = caps::of_account(tx, &plan.id, id)?;
    bar(&caps, std::slice::from_mut(&mut wanted));
    let settled = terms_of(tx, &plan)?;
    Ok((account, caps, settled, wanted))
}

/// Whatever changed on one side that the other has to learn becomes a job.
pub(super) fn tell_the_other_side(
    tx: &mut Tx,
    before: &Call,
    after: &Call,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    if let Some(host) = after.host.as_ref().filter(|_| GuestSeen::of(before) != GuestSeen::of(after)) {
        Job::MirrorGuest { leg: host.leg.clone() }.enqueue(tx, now)?;
    }
    for leg in after.guests().filter(|leg| before.keeps(&leg.id).is_ok() && after.keeps(&leg.id).is_err()) {
        Job::TellGuest { leg: leg.id.clone() }.enqueue(tx, now)?;
    }
    Ok(())
}

/// The host learns what its guest's books say; `None` is that there is no such call. Returns when to look again.
pub fn mirror_guest(
    tx: &mut Tx,
    leg: &str,
    seen: Option<GuestSeen>,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, FlowError> {
    let mut change = call_changed::lock_by_leg(tx, leg)?;
    let kept_until = change.call.leg(leg).and_then(|leg| leg.added_at).map_or(now, |added| added + KEPT);
    let seen = match seen {
        Some(seen) => seen,
        None if now < kept_until => return Ok(Some(kept_until)),
        None => GuestSeen::never_came(),
    };
    let commands = change.call.apply(&Event::Guest { leg: leg.to_owned(), seen }, now);
    call_changed::save(tx, change, commands, now)?;
    Ok(None)
}

/// The place is not needed: the guest's own call was refused. Whoever was invited is so again.
pub fn give_up_seat(tx: &mut Tx, wish: &Wish, leg: &str, now: DateTime<Utc>) -> Result<(), FlowError> {
    let mut change = call_changed::lock_by_leg(tx, leg)?;
    let commands = change.call.apply(&Event::Guest { leg: leg.to_owned(), seen: GuestSeen::never_came() }, now);
    if let Some(invitation) = &wish.invitation {
        invitations::note_used(tx, invitation, None)?;
    }
    call_changed::save(tx, change, commands, now)
}

/// A guest learns that its host goes on without it.
pub fn host_gone(tx: &mut Tx, guest: &str, removed: bool, now: DateTime<Utc>) -> Result<(), FlowError> {
    let mut change = call_changed::lock(tx, guest)?;
    let commands = change.call.apply(&Event::HostGone { removed }, now);
    call_changed::save(tx, change, commands, now)
}

/// The calls of guests in a room, to whom its events are told, too.
pub fn guests_in(tx: &mut Tx, host: &str) -> Result<Vec<String>, FlowError> {
    let call = calls::find(tx, host)?.ok_or_else(|| FlowError::not_found("call", host))?;
    Ok(call.guests().filter(|leg| !leg.is_over()).filter_map(|leg| leg.guest.clone()).collect())
}

/// Who is in the room of its host, as a guest may know it.
pub fn company_of(tx: &mut Tx, guest: &str) -> Result<Vec<PhoneNumber>, FlowError> {
    let guest = calls::find(tx, guest)?.ok_or_else(|| FlowError::not_found("call", guest))?;
    let Some(host) = &guest.host else { return Ok(vec![]) };
    let call = calls::find(tx, &host.call)?.ok_or_else(|| FlowError::not_found("call", &host.call))?;
    let there = call.parties().filter(|leg| leg.is_in() && leg.id != host.leg && leg.whereabouts == Whereabouts::Room);
    Ok(there.map(|leg| leg.number.clone()).collect())
}

fn audit_of(
    tx: &mut Tx,
    (actor, action): (&str, &str),
    subject: &str,
    account: &str,
    detail: &str,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let account = Some(account);
    Ok(audit::change(tx, &Change { actor, action, subject, account, detail, before: None, after: None }, now)?)
}
