//! Somebody calls in, and is greeted until there is a call that an account pays for. Each message is one transaction
//! under the greeting's lock; from the number on it locks the account, too.

use chrono::{DateTime, TimeDelta, Utc};

use super::known_phones::pin_given_from;
use super::place_call::{DialRequest, Payer, Placed, place_for};
use super::recharge::PaymentForms;
use super::report::{Message, leg_reported};
use super::{FlowError, Job, Rules};
use crate::domain::access::dialled;
use crate::domain::access::greeting::{Answer, Code, Greeting, Known, LONGEST, Proof, Step, Wish};
use crate::domain::admission::Refusal;
use crate::domain::call::machine::MachineChoice;
use crate::domain::call::progress::Event;
use crate::domain::call::sentence::Sentence;
use crate::domain::call::{LegEnd, LegProgress};
use crate::domain::currency::Currency;
use crate::domain::language::Language;
use crate::domain::money::Money;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::refused::Way;
use crate::storage::accounts::{self, Account};
use crate::storage::{Tx, access_cards, access_numbers, calls, greetings, known_phones, sounds};

/// Wrong codes are remembered for so long,
const REMEMBERED: TimeDelta = TimeDelta::hours(1);
/// and after so many no more are taken from a phone,
const MOST_WRONG_FROM_A_PHONE: i64 = 6;
/// or at a number, where guessing with forged or withheld numbers comes together.
const MOST_WRONG_AT_A_NUMBER: i64 = 100;
/// The carrier's word that it is over has come by then.
const AFTER_THE_LONGEST: TimeDelta = TimeDelta::seconds(20);

#[derive(Debug, Clone)]
pub struct Inbound {
    pub call_sid: String,
    /// Not if it is withheld, or known to be forged.
    pub from: Option<PhoneNumber>,
    pub to: PhoneNumber,
}

/// What was pressed as the answer to a question. Nothing, if it took too long.
#[derive(Debug, Clone)]
pub struct Pressed {
    pub call_sid: String,
    pub turn: i32,
    pub digits: String,
}

/// A PIN was compared with the card that it should be of, as that was then.
#[derive(Debug, Clone)]
pub struct Compared {
    pub account: String,
    pub set_at: DateTime<Utc>,
    pub fits: bool,
}

/// The answer, and what saying it takes.
#[derive(Debug, Clone)]
pub struct Told {
    pub answer: Answer,
    pub turn: i32,
    pub language: Language,
    /// What is free of the caller's money, where it is said.
    pub balance: Option<(Money, Currency)>,
    /// The operator's, to be played instead of words.
    pub sounds: Vec<(Sentence, String)>,
}

pub fn called_in(tx: &mut Tx, call: &Inbound, message: &Message, now: DateTime<Utc>) -> Result<Told, FlowError> {
    message.keep(tx, now)?;
    if let Some(known) = greetings::lock(tx, &call.call_sid)? {
        return told(tx, &known);
    }
    let at = access_numbers::by_number(tx, &call.to)?;
    let known = known(tx, call.from.as_ref())?;
    let throttled = throttled(tx, call, now)?;
    let greeting =
        Greeting::new(&call.call_sid, call.to.clone(), call.from.clone(), at.as_ref(), known, throttled, now);
    if !greetings::insert(tx, &greeting)? {
        // The same message twice at one moment: the other one was first.
        let first = greetings::lock(tx, &call.call_sid)?;
        return told(tx, &first.unwrap_or(greeting));
    }
    Job::EndGreeting { call_sid: call.call_sid.clone() }.enqueue(tx, now + LONGEST + AFTER_THE_LONGEST)?;
    told(tx, &greeting)
}

fn known(tx: &mut Tx, from: Option<&PhoneNumber>) -> Result<Option<Known>, FlowError> {
    let Some(from) = from else { return Ok(None) };
    let Some(phone) = known_phones::proven(tx, from)? else { return Ok(None) };
    let account = account(tx, &phone.account)?;
    let account_open = account.is_open();
    Ok(Some(Known { phone: phone.id, account: account.id, language: account.language, account_open }))
}

fn throttled(tx: &mut Tx, call: &Inbound, now: DateTime<Utc>) -> Result<bool, FlowError> {
    let since = now - REMEMBERED;
    let from_a_phone = match &call.from {
        Some(from) => greetings::wrong_codes_from(tx, from, since)?,
        None => 0,
    };
    let too_many = from_a_phone >= MOST_WRONG_FROM_A_PHONE;
    Ok(too_many || greetings::wrong_codes_at(tx, &call.to, since)? >= MOST_WRONG_AT_A_NUMBER)
}

/// `compared`: whose PIN the digits are taken for, if that is what is asked and they can be one.
pub fn pressed(
    tx: &mut Tx,
    pressed: &Pressed,
    compared: Option<&Compared>,
    message: &Message,
    forms: &dyn PaymentForms,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Told, FlowError> {
    let mut greeting = lock(tx, &pressed.call_sid)?;
    message.keep(tx, now)?;
    let before = greeting.clone();
    if greeting.expects(pressed.turn, now) {
        match greeting.step.clone() {
            Step::Code => {
                let code = code(tx, &greeting, &pressed.digits, compared, now)?;
                greeting.code_given(code);
            }
            Step::Number { by } => {
                let wish = number(tx, &greeting, &by, &pressed.digits, forms, rules, now)?;
                greeting.number_given(wish);
            }
            Step::TopUp { by, number, .. } => {
                let wish = call(tx, &greeting, &by, &number, forms, rules, now)?;
                greeting.number_given(wish);
            }
            Step::Connected { .. } | Step::Over { .. } => {}
        }
    }
    if greeting != before {
        greetings::save(tx, &greeting)?;
    }
    told(tx, &greeting)
}

/// The comparison took its time, so what it was made with is looked at again: the card's lock and count, and that its PIN
/// is still the same.
fn code(
    tx: &mut Tx,
    greeting: &Greeting,
    digits: &str,
    compared: Option<&Compared>,
    now: DateTime<Utc>,
) -> Result<Code, FlowError> {
    if digits.is_empty() {
        return Ok(Code::Nothing);
    }
    let Some(compared) = compared else { return Ok(Code::Wrong) };
    let Some(mut card) = access_cards::lock(tx, &compared.account)? else { return Ok(Code::Wrong) };
    let believed = card.believes(compared.fits && compared.set_at == card.set_at, now);
    access_cards::save(tx, &card)?;
    if !believed {
        return Ok(Code::Wrong);
    }
    if let Some(caller) = &greeting.caller {
        pin_given_from(tx, &card.account, caller, now)?;
    }
    let account = account(tx, &card.account)?;
    let account_open = account.is_open();
    Ok(Code::Right { account: account.id, language: account.language, account_open, set_at: card.set_at })
}

fn number(
    tx: &mut Tx,
    greeting: &Greeting,
    by: &Proof,
    digits: &str,
    forms: &dyn PaymentForms,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Wish, FlowError> {
    if digits.is_empty() {
        return Ok(Wish::Nothing);
    }
    let account = account(tx, payer(greeting))?;
    let home = account.own_number.as_ref().or(greeting.caller.as_ref()).unwrap_or(&greeting.number);
    match dialled(digits, Some(home)) {
        Some(number) => call(tx, greeting, by, &number, forms, rules, now),
        None => Ok(Wish::NotANumber),
    }
}

/// The call is placed like any other, by an account whose phone is already there. That phone is rated by what it called:
/// the access number.
fn call(
    tx: &mut Tx,
    greeting: &Greeting,
    by: &Proof,
    number: &PhoneNumber,
    forms: &dyn PaymentForms,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Wish, FlowError> {
    let account = payer(greeting);
    if !still_holds(tx, account, by)? {
        return Ok(Wish::Withdrawn);
    }
    let request = DialRequest {
        way: Way::AccessNumber,
        machine: MachineChoice::default(),
        account: account.to_owned(),
        own_number: greeting.number.clone(),
        numbers: vec![number.clone()],
        whisper: None,
        record: None,
        request_key: format!("{}:{}", greeting.call_sid, greeting.turn),
    };
    let payer = Payer::CalledIn { call_sid: &greeting.call_sid, at: greeting.began_at };
    let (id, admitted) = match place_for(tx, &request, payer, forms, rules, now)? {
        Placed::Call { id, admitted } => (id, admitted),
        Placed::Already { .. } => unreachable!("a question is answered once, under its greeting's lock"),
        Placed::Refused(Refusal::BeingToppedUp) => return Ok(Wish::ToppingUp(number.clone())),
        Placed::Refused(refusal) => return Ok(Wish::Refused(refusal)),
    };
    let call = calls::find(tx, &id)?.ok_or_else(|| FlowError::not_found("call", &id))?;
    Ok(Wish::Call { leg: call.payer().id.clone(), call: id, seconds: admitted.lasts_seconds })
}

/// A new PIN ends the old one, and a phone that was removed makes nobody known, also while somebody is being greeted.
fn still_holds(tx: &mut Tx, account: &str, by: &Proof) -> Result<bool, FlowError> {
    Ok(match by {
        Proof::Phone { id } => known_phones::find(tx, id)?.is_some_and(|phone| phone.account == account),
        Proof::Pin { set_at } => access_cards::find(tx, account)?.is_some_and(|card| card.set_at == *set_at),
    })
}

/// The carrier says that the phone was hung up. `message`: the webhook that says so, if it was one.
pub fn caller_left(
    tx: &mut Tx,
    call_sid: &str,
    end: LegEnd,
    message: Option<&Message>,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let mut greeting = lock(tx, call_sid)?;
    if message.map(|message| message.keep(tx, now)).transpose()? == Some(false) {
        return Ok(());
    }
    let seconds = match end {
        LegEnd::Completed { seconds } => seconds,
        LegEnd::Busy | LegEnd::NoAnswer | LegEnd::Failed | LegEnd::Canceled => 0,
    };
    greeting.ended(seconds, now);
    greetings::save(tx, &greeting)?;
    let Step::Connected { leg, .. } = greeting.step else { return Ok(()) };
    let event = Event::Progress { leg: leg.clone(), call_sid: call_sid.to_owned(), progress: LegProgress::Ended(end) };
    leg_reported(tx, &leg, &event, None, now)
}

fn lock(tx: &mut Tx, call_sid: &str) -> Result<Greeting, FlowError> {
    greetings::lock(tx, call_sid)?.ok_or_else(|| FlowError::not_found("call that came in", call_sid))
}

fn told(tx: &mut Tx, greeting: &Greeting) -> Result<Told, FlowError> {
    let answer = greeting.answer();
    let sentences: &[Sentence] = match &answer {
        Answer::Ask(sentences) | Answer::Wait(sentences) | Answer::Leave(sentences) => sentences,
        Answer::Connect { .. } => &[Sentence::TimeToTalk],
    };
    let mut own = vec![];
    for sentence in sentences {
        own.extend(sounds::find(tx, *sentence, greeting.language)?.map(|sound| (*sentence, sound)));
    }
    let balance = match &greeting.account {
        Some(account) if sentences.contains(&Sentence::Balance) => balance(tx, account)?,
        Some(_) | None => None,
    };
    Ok(Told { turn: greeting.turn, language: greeting.language, balance, sounds: own, answer })
}

fn balance(tx: &mut Tx, id: &str) -> Result<Option<(Money, Currency)>, FlowError> {
    let currency = account(tx, id)?.currency;
    Ok(accounts::wallet(tx, id)?.map(|wallet| (wallet.available(), currency)))
}

fn payer(greeting: &Greeting) -> &str {
    greeting.account.as_deref().expect("a number is asked of somebody known only")
}

fn account(tx: &mut Tx, id: &str) -> Result<Account, FlowError> {
    accounts::find(tx, id)?.ok_or_else(|| FlowError::not_found("account", id))
}
