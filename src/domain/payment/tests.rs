//! A payment against a processor that loses requests and answers, is late, and repeats itself: money moves at most once
//! and is credited exactly when it moved.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;

use super::*;

/// The processor as it really is, whatever we hear of it.
#[derive(Default)]
struct Processor {
    created: bool,
    standing: Option<Standing>,
    /// Keys of confirmations that were carried out.
    confirmed: BTreeSet<i32>,
    /// A confirmation that is still on its way and arrives later.
    on_its_way: Option<i32>,
    /// Confirmations that left our house.
    sent: usize,
    moved: usize,
}

/// What happens to one request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Works,
    NotSent,
    /// 409 and 429.
    NotDone,
    /// Lost on the way there, or a 500 before anything was done.
    LostBefore,
    /// Done, but the answer is lost.
    LostAfter,
    /// Lost, and arrives when we have long looked elsewhere.
    Late,
    /// We die before the answer is written down; it was done.
    CrashAfter,
    CrashBefore,
    Rejected,
}

#[derive(Clone, Copy, Debug)]
enum Bank {
    Pays,
    Declines(DeclineClass),
    /// Declines at a processor whose payment is over then.
    Ends(DeclineClass),
    WantsCustomer,
    Thinks,
}

#[derive(Clone, Debug)]
struct Turn {
    fate: Fate,
    bank: Bank,
    /// A message about a success, if there is one, comes (again) before the request.
    webhook: bool,
    late_arrives: bool,
    gives_up: bool,
    wait: i64,
}

fn turns() -> impl Strategy<Value = Turn> {
    use Fate::*;
    let fate = prop::sample::select(vec![
        Works,
        Works,
        Works,
        NotSent,
        NotDone,
        LostBefore,
        LostAfter,
        Late,
        CrashAfter,
        CrashBefore,
        Rejected,
    ]);
    let bank = prop_oneof![
        2 => Just(Bank::Pays),
        3 => prop::sample::select(DeclineClass::ALL.to_vec()).prop_map(Bank::Declines),
        1 => prop::sample::select(DeclineClass::ALL.to_vec()).prop_map(Bank::Ends),
        1 => Just(Bank::WantsCustomer),
        1 => Just(Bank::Thinks),
    ];
    (fate, bank, any::<bool>(), any::<bool>(), prop::bool::weighted(0.05), 0..40_i64).prop_map(
        |(fate, bank, webhook, late_arrives, gives_up, wait)| Turn {
            fate,
            bank,
            webhook,
            late_arrives,
            gives_up,
            wait,
        },
    )
}

fn payment() -> Payment {
    Payment {
        id: "pay_1".into(),
        account: "acc_1".into(),
        call: None,
        amount: Money::from_micros(10_000_000),
        currency: "USD".parse().unwrap(),
        customer_ref: "cus_1".into(),
        state: State::Planned,
        reference: None,
        confirm: 0,
        useful_until: DateTime::UNIX_EPOCH + TimeDelta::seconds(60),
        created_at: DateTime::UNIX_EPOCH,
        tries: 0,
        not_before: DateTime::UNIX_EPOCH,
        verdict: None,
    }
}

fn receipt() -> Receipt {
    Receipt {
        amount: Money::from_micros(10_000_000),
        currency: "USD".parse().unwrap(),
        customer_ref: Some("cus_1".into()),
        live: false,
    }
}

impl Processor {
    fn seen(&self) -> Seen {
        Seen { reference: "pi_1".into(), standing: self.standing.clone().unwrap_or(Standing::Created) }
    }

    fn carry_out(&mut self, step: Step, key: i32, bank: Bank) {
        match step {
            Step::Create => self.created = true,
            Step::Confirm => self.confirm(key, bank),
            Step::Look => {}
            Step::Fence => match self.standing {
                Some(Standing::Succeeded(_) | Standing::Processing | Standing::Failed(_)) => {}
                Some(Standing::Created | Standing::NeedsCustomer | Standing::Declined(_) | Standing::Canceled)
                | None => self.standing = Some(Standing::Canceled),
            },
        }
    }

    /// Once a key; never after it was settled, or while the bank thinks.
    fn confirm(&mut self, key: i32, bank: Bank) {
        if !self.confirmed.insert(key) || self.is_settled() {
            return;
        }
        self.standing = Some(match bank {
            Bank::Pays => self.pay(),
            Bank::Declines(class) => Standing::Declined(Decline { class, code: "declined".into() }),
            Bank::Ends(class) => Standing::Failed(Decline { class, code: "declined".into() }),
            Bank::WantsCustomer => Standing::NeedsCustomer,
            Bank::Thinks => Standing::Processing,
        });
    }

    /// Nothing but the bank can change it now.
    fn is_settled(&self) -> bool {
        matches!(
            self.standing,
            Some(Standing::Succeeded(_) | Standing::Processing | Standing::Failed(_) | Standing::Canceled)
        )
    }

    fn pay(&mut self) -> Standing {
        self.moved += 1;
        Standing::Succeeded(receipt())
    }

    fn decide_at_last(&mut self, bank: Bank) {
        if self.standing == Some(Standing::Processing) {
            self.standing = Some(match bank {
                Bank::Pays => self.pay(),
                Bank::Declines(_) | Bank::Ends(_) | Bank::WantsCustomer | Bank::Thinks => {
                    Standing::Declined(Decline { class: DeclineClass::Funds, code: "insufficient_funds".into() })
                }
            });
        }
    }
}

struct Story {
    payment: Payment,
    processor: Processor,
    now: DateTime<Utc>,
    credits: usize,
    /// A confirmation whose outcome nobody has told us.
    unknown: Option<i32>,
}

impl Story {
    fn turn(&mut self, turn: &Turn) {
        if turn.late_arrives
            && let Some(key) = self.processor.on_its_way.take()
        {
            self.processor.confirm(key, turn.bank);
        }
        if turn.wait > 20 {
            self.processor.decide_at_last(turn.bank);
        }
        if turn.webhook {
            self.webhook();
        }
        if turn.gives_up {
            self.payment.give_up(self.now);
        }
        if self.payment.state.is_open() {
            self.now = (self.now + TimeDelta::seconds(turn.wait)).max(self.payment.not_before);
        }
        let was_open = self.payment.state.is_open();
        if let Some(step) = self.payment.next_step(self.now) {
            self.send(step, turn);
        }
        if was_open && !self.payment.state.is_open() {
            self.closed();
        }
    }

    fn webhook(&mut self) {
        if matches!(self.processor.standing, Some(Standing::Succeeded(_))) {
            let consequence = self.payment.reported_success("pi_1", &receipt(), false, self.now);
            self.credits += usize::from(consequence == Consequence::Credit);
        }
    }

    fn send(&mut self, step: Step, turn: &Turn) {
        let key = self.payment.confirm;
        if step == Step::Confirm {
            assert!(self.processor.created, "nothing is confirmed that was not created");
            assert!(self.now < self.payment.useful_until, "nothing is confirmed for a purpose that is gone");
            assert!(self.unknown.is_none_or(|unknown| unknown == key), "a second key while the first is unknown");
        }
        let left_the_house = !matches!(turn.fate, Fate::NotSent | Fate::CrashBefore);
        self.processor.sent += usize::from(step == Step::Confirm && left_the_house);
        let unknown = Err(Doubt::Unknown("no answer".into()));
        let answer = match turn.fate {
            Fate::NotSent => Some(Err(Doubt::NotSent("refused".into()))),
            Fate::NotDone => Some(Err(Doubt::NotDone { retry_after: Some(Duration::from_secs(1)) })),
            Fate::Rejected if rejectable(step, &self.processor, key) => {
                Some(Err(Doubt::Rejected { code: "parameter_invalid".into(), message: String::new() }))
            }
            Fate::LostBefore => Some(unknown),
            Fate::Late if step == Step::Confirm => {
                self.processor.on_its_way = Some(key);
                Some(unknown)
            }
            Fate::CrashBefore => None,
            Fate::LostAfter | Fate::Late => {
                self.processor.carry_out(step, key, turn.bank);
                Some(unknown)
            }
            Fate::CrashAfter => {
                self.processor.carry_out(step, key, turn.bank);
                None
            }
            Fate::Works | Fate::Rejected => {
                self.processor.carry_out(step, key, turn.bank);
                Some(Ok(self.processor.seen()))
            }
        };
        self.hear(step, key, answer);
    }

    fn hear(&mut self, step: Step, key: i32, answer: Option<Result<Seen, Doubt>>) {
        match &answer {
            Some(Ok(seen)) if seen.standing != Standing::Created => self.unknown = None,
            Some(Err(Doubt::Unknown(_))) | None if step == Step::Confirm => self.unknown = Some(key),
            Some(_) | None => {}
        }
        if let Some(answer) = answer {
            let consequence = self.payment.answered(step, &answer, false, self.now);
            assert_ne!(consequence, Consequence::Alarm);
            self.credits += usize::from(consequence == Consequence::Credit);
        }
    }

    /// Without money it may only end where money can never move any more.
    fn closed(&self) {
        match self.payment.state {
            State::Credited => assert_eq!(self.processor.moved, 1),
            State::Failed | State::Canceled => {
                let fenced = matches!(self.processor.standing, Some(Standing::Canceled | Standing::Failed(_)));
                assert!(fenced || self.processor.sent == 0, "{:?} without evidence", self.payment);
            }
            state => panic!("{state:?} is not an end of an honest payment"),
        }
    }
}

/// Refused for good; never an answer to a key that was carried out already.
fn rejectable(step: Step, processor: &Processor, key: i32) -> bool {
    match step {
        Step::Create => !processor.created,
        Step::Confirm => !processor.confirmed.contains(&key) && processor.on_its_way != Some(key),
        Step::Fence => processor.is_settled(),
        Step::Look => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn money_moves_at_most_once_and_is_credited_exactly_when_it_moved(turns in prop::collection::vec(turns(), 0..40)) {
        let mut story = Story {
            payment: payment(), processor: Processor::default(), now: DateTime::UNIX_EPOCH, credits: 0, unknown: None,
        };
        for turn in &turns {
            story.turn(turn);
            prop_assert!(story.processor.moved <= 1 && story.credits <= story.processor.moved);
        }
        let calm = Turn {
            fate: Fate::Works, bank: Bank::Pays, webhook: false, late_arrives: true, gives_up: false, wait: 30,
        };
        for _ in 0..50 {
            story.turn(&calm);
        }
        prop_assert!(!story.payment.state.is_open(), "{:?}", story.payment);
        story.webhook();
        story.webhook();
        prop_assert!(story.processor.moved <= 1);
        prop_assert_eq!(story.credits, story.processor.moved);
        prop_assert_eq!(story.payment.state == State::Credited, story.credits == 1);
    }
}
