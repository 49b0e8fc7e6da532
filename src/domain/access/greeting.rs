//! What somebody who calls in goes through, at the cost of the house: known by the phone or asked for a PIN, told the
//! balance, asked for a number, and then the payer of a call like any other. Every question has a number, and only the
//! open one can be answered; any other message is told what the state says, as often as it comes.
//!
//! ```text
//!           known phone
//! called in ───────────────► Number ──────────► Connected
//!     │                       ▲   │ ▲              ▲
//!     │ stranger              │   └─┴─ refused     │ charged
//!     └──────────► Code ──────┘   └─────────► TopUp
//! ```
//!
//! From everywhere it may be over: hung up, too often wrong, or too long.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{AccessNumber, Asks};
use crate::domain::admission::Refusal;
use crate::domain::call::sentence::Sentence;
use crate::domain::language::Language;
use crate::domain::phone_number::PhoneNumber;

/// Nobody pays for it, so it may not last longer.
pub const LONGEST: TimeDelta = TimeDelta::seconds(180);
const MOST_CODES: i32 = 3;
const MOST_NUMBERS: i32 = 5;
/// A caller who waits for a card to be charged asks about every five seconds.
const MOST_WAITS: i32 = 8;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Greeting {
    /// The carrier's name of the call.
    pub call_sid: String,
    /// What was called.
    pub number: PhoneNumber,
    /// From where, unless that is withheld.
    pub caller: Option<PhoneNumber>,
    pub language: Language,
    /// Who will pay; before a PIN that is still asked, whose phone it is.
    pub account: Option<String>,
    pub step: Step,
    /// The number of the open question.
    pub turn: i32,
    /// What is said before it, because of the last answer.
    pub remark: Option<Sentence>,
    /// Answers at this step that led nowhere.
    pub tries: i32,
    pub wrong_codes: i64,
    pub began_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    /// The carrier's count.
    pub seconds: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Card number and PIN are asked; of a known phone the PIN.
    Code,
    /// It is known who pays; the number to call is asked.
    Number {
        by: Proof,
    },
    /// A card is being charged, so that this number can be called.
    TopUp {
        by: Proof,
        number: PhoneNumber,
        waits: i32,
    },
    /// It is the payer's leg of this call.
    Connected {
        call: String,
        leg: String,
        seconds: i64,
    },
    Over {
        because: Because,
    },
}

/// By what it is known who pays. It must still hold when a number is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Proof {
    Phone { id: String },
    Pin { set_at: DateTime<Utc> },
}

/// Why there was no call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// The number is no access number, or closed.
    NotInService,
    /// The phone or the number has seen too many wrong codes.
    Throttled,
    WrongCode,
    NothingEntered,
    NoNumber,
    /// The account may not call, or what made the caller known was taken back.
    CannotCall,
    StillToppingUp,
    TooLong,
    HungUp,
}

/// Who is known by the phone.
#[derive(Debug, Clone)]
pub struct Known {
    pub phone: String,
    pub account: String,
    pub language: Language,
    pub account_open: bool,
}

/// What came of the digits that should be a code.
#[derive(Debug, Clone)]
pub enum Code {
    Nothing,
    Wrong,
    Right { account: String, language: Language, account_open: bool, set_at: DateTime<Utc> },
}

/// What came of the digits that should be a number to call.
#[derive(Debug, Clone)]
pub enum Wish {
    Nothing,
    NotANumber,
    Refused(Refusal),
    ToppingUp(PhoneNumber),
    /// What made the caller known does not hold any more.
    Withdrawn,
    Call {
        call: String,
        leg: String,
        seconds: i64,
    },
}

/// What the phone is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Hear these, and press keys.
    Ask(Vec<Sentence>),
    /// Hear these, and ask again.
    Wait(Vec<Sentence>),
    /// Hear for how long one may talk, and go on as this leg.
    Connect { leg: String, seconds: i64 },
    /// Hear these, and be hung up.
    Leave(Vec<Sentence>),
}

impl Greeting {
    /// Somebody calls. `at` is what they called, `known` whose phone it is, `throttled` that no code is taken from it.
    pub fn new(
        call_sid: &str,
        number: PhoneNumber,
        caller: Option<PhoneNumber>,
        at: Option<&AccessNumber>,
        known: Option<Known>,
        throttled: bool,
        now: DateTime<Utc>,
    ) -> Self {
        let mut greeting = Self {
            call_sid: call_sid.to_owned(),
            number,
            caller,
            language: at.map(|at| at.settings.language).unwrap_or_default(),
            account: None,
            step: Step::Code,
            turn: 1,
            remark: None,
            tries: 0,
            wrong_codes: 0,
            began_at: now,
            ended_at: None,
            seconds: None,
        };
        let Some(at) = at.filter(|at| !at.settings.closed) else {
            greeting.over(Because::NotInService);
            return greeting;
        };
        match known {
            Some(known) => {
                let by = Proof::Phone { id: known.phone };
                (greeting.account, greeting.language) = (Some(known.account), known.language);
                if !known.account_open {
                    greeting.over(Because::CannotCall);
                } else if at.settings.asks == Asks::Strangers {
                    greeting.step = Step::Number { by };
                } else if throttled {
                    greeting.over(Because::Throttled);
                }
            }
            None if throttled => greeting.over(Because::Throttled),
            None => {}
        }
        greeting
    }

    /// May question `turn` be answered now? If it takes too long, it is over.
    pub fn expects(&mut self, turn: i32, now: DateTime<Utc>) -> bool {
        let is_open = match self.step {
            Step::Code | Step::Number { .. } | Step::TopUp { .. } => self.ended_at.is_none(),
            Step::Connected { .. } | Step::Over { .. } => false,
        };
        if !is_open || turn != self.turn {
            return false;
        }
        if now >= self.began_at + LONGEST {
            self.over(Because::TooLong);
            return false;
        }
        true
    }

    pub fn code_given(&mut self, code: Code) {
        self.turn += 1;
        self.tries += 1;
        match code {
            Code::Right { account, language, account_open, set_at } => {
                (self.account, self.language, self.remark, self.tries) = (Some(account), language, None, 0);
                if account_open {
                    self.step = Step::Number { by: Proof::Pin { set_at } };
                } else {
                    self.over(Because::CannotCall);
                }
            }
            Code::Wrong => {
                self.wrong_codes += 1;
                self.again(Some(Sentence::WrongCode), MOST_CODES, Because::WrongCode);
            }
            Code::Nothing => self.again(None, MOST_CODES, Because::NothingEntered),
        }
    }

    pub fn number_given(&mut self, wish: Wish) {
        let (by, waits) = match self.step.clone() {
            Step::Number { by } => (by, 0),
            Step::TopUp { by, waits, .. } => (by, waits + 1),
            Step::Code | Step::Connected { .. } | Step::Over { .. } => return,
        };
        self.turn += 1;
        if let Wish::ToppingUp(number) = wish {
            if waits >= MOST_WAITS {
                self.over(Because::StillToppingUp);
            } else {
                self.step = Step::TopUp { by, number, waits };
            }
            return;
        }
        self.step = Step::Number { by };
        self.tries += 1;
        match wish {
            Wish::Call { call, leg, seconds } => self.step = Step::Connected { call, leg, seconds },
            Wish::Withdrawn | Wish::Refused(Refusal::AccountNotOpen) => self.over(Because::CannotCall),
            Wish::Nothing => self.again(None, MOST_NUMBERS, Because::NothingEntered),
            Wish::NotANumber | Wish::ToppingUp(_) => {
                self.again(Some(Sentence::NotANumber), MOST_NUMBERS, Because::NoNumber);
            }
            Wish::Refused(refusal) => self.again(Some(said_of(&refusal)), MOST_NUMBERS, Because::NoNumber),
        }
    }

    /// The phone was hung up, by the carrier's word.
    pub fn ended(&mut self, seconds: i64, now: DateTime<Utc>) {
        if self.ended_at.is_some() {
            return;
        }
        (self.ended_at, self.seconds) = (Some(now), Some(seconds));
        match self.step {
            Step::Code | Step::Number { .. } | Step::TopUp { .. } => {
                let too_long = seconds >= LONGEST.num_seconds();
                self.over(if too_long { Because::TooLong } else { Because::HungUp });
            }
            Step::Connected { .. } | Step::Over { .. } => {}
        }
    }

    pub fn answer(&self) -> Answer {
        let remark = self.remark;
        let ask = |otherwise: Option<Sentence>, question| {
            Answer::Ask(remark.or(otherwise).into_iter().chain([question]).collect())
        };
        match &self.step {
            _ if self.ended_at.is_some() => Answer::Leave(vec![]),
            Step::Code if self.account.is_some() => ask(None, Sentence::AskPin),
            Step::Code => ask(None, Sentence::AskCode),
            Step::Number { .. } => ask(Some(Sentence::Balance), Sentence::AskNumber),
            Step::TopUp { waits: 0, .. } => Answer::Wait(vec![Sentence::BeingToppedUp]),
            Step::TopUp { .. } => Answer::Wait(vec![]),
            Step::Connected { leg, seconds, .. } => Answer::Connect { leg: leg.clone(), seconds: *seconds },
            Step::Over { because } => Answer::Leave(because.sentence().into_iter().collect()),
        }
    }

    fn again(&mut self, remark: Option<Sentence>, most: i32, because: Because) {
        self.remark = remark;
        if self.tries >= most {
            self.over(because);
        }
    }

    fn over(&mut self, because: Because) {
        self.step = Step::Over { because };
    }
}

impl Because {
    pub fn code(self) -> &'static str {
        match self {
            Self::NotInService => "not_in_service",
            Self::Throttled => "throttled",
            Self::WrongCode => "wrong_code",
            Self::NothingEntered => "nothing_entered",
            Self::NoNumber => "no_number",
            Self::CannotCall => "cannot_call",
            Self::StillToppingUp => "still_topping_up",
            Self::TooLong => "too_long",
            Self::HungUp => "hung_up",
        }
    }

    fn sentence(self) -> Option<Sentence> {
        match self {
            Self::NotInService => Some(Sentence::NotInService),
            Self::Throttled | Self::WrongCode => Some(Sentence::TooManyTries),
            Self::CannotCall => Some(Sentence::CannotCall),
            Self::NothingEntered | Self::NoNumber | Self::StillToppingUp | Self::TooLong => Some(Sentence::CallAgain),
            Self::HungUp => None,
        }
    }
}

fn said_of(refusal: &Refusal) -> Sentence {
    match refusal {
        Refusal::NoRate { .. } | Refusal::SameNumberTwice { .. } | Refusal::DestinationBlocked { .. } => {
            Sentence::NoRate
        }
        Refusal::TooManyCalls { .. } | Refusal::TooFast { .. } | Refusal::HouseIsFull => Sentence::TooManyCalls,
        Refusal::NotEnoughCredit { .. } => Sentence::NotEnoughCredit,
        Refusal::BeingToppedUp => Sentence::BeingToppedUp,
        Refusal::AccountNotOpen | Refusal::AccountFrozen | Refusal::SpendCap { .. } => Sentence::CannotCall,
        // Nobody who calls in asks for several numbers, or for a recording.
        Refusal::NobodyToDial | Refusal::TooManyNumbers { .. } | Refusal::NeverRecorded | Refusal::AlwaysRecorded => {
            Sentence::NotANumber
        }
    }
}
