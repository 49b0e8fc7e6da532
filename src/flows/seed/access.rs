//! Calling in, in the made-up books: two numbers, the first caller's phones and card, and many calls that came in.

use chrono::TimeDelta;

use super::Seed;
use super::people::OWNER;
use crate::domain::access::card::Card;
use crate::domain::access::greeting::{Because, Greeting, Step};
use crate::domain::access::{AccessNumber, AccessSettings, Asks, KnownPhone};
use crate::flows::FlowError;
use crate::storage::{Tx, access_cards, access_numbers, greetings, known_phones};

const NUMBERS: [(&str, &str, Asks); 2] =
    [("+442079460200", "London", Asks::Strangers), ("+14155550200", "San Francisco", Asks::Everybody)];
const PHONES: usize = 3;
/// Of the last weeks.
const CALLS: i64 = 120;

impl Seed {
    pub(super) fn make_access(&mut self, tx: &mut Tx) -> Result<(), FlowError> {
        let mut numbers = vec![];
        for (number, label, asks) in NUMBERS {
            let number = number.parse().expect("it is a number");
            let settings = AccessSettings { label: label.to_owned(), asks, ..AccessSettings::default() };
            let made = AccessNumber { id: self.id("acn", self.now - TimeDelta::days(30)), number, settings };
            access_numbers::insert(tx, &made, self.now - TimeDelta::days(30))?;
            numbers.push(made);
        }
        self.make_ways_in(tx)?;
        for hours in (1..=CALLS).rev() {
            let at = self.now - TimeDelta::hours(hours * 5);
            let caller = &self.callers[self.chance.place(self.callers.len())];
            let (sid, number) = (format!("CA{hours:032x}"), &numbers[self.chance.place(numbers.len())]);
            let from = Some(caller.own_number.clone());
            let mut greeting = Greeting::new(&sid, number.number.clone(), from, Some(number), None, false, at);
            if self.chance.place(2) == 0 {
                (greeting.step, greeting.wrong_codes) = (Step::Over { because: Because::WrongCode }, 3);
            }
            greeting.ended(30, at + TimeDelta::seconds(30));
            greetings::insert(tx, &greeting)?;
        }
        Ok(())
    }

    fn make_ways_in(&mut self, tx: &mut Tx) -> Result<(), FlowError> {
        let (account, at) = (self.callers[0].account.clone(), self.now - TimeDelta::days(20));
        for place in 0..PHONES {
            let phone = KnownPhone {
                id: self.id("phn", at),
                account: account.clone(),
                number: self.callers[place % self.callers.len()].own_number.clone(),
                added_by: OWNER.to_owned(),
                added_at: at,
                proven_at: (place == 0).then_some(at),
            };
            if known_phones::of_account(tx, &account)?.iter().all(|known| known.number != phone.number) {
                known_phones::insert(tx, &phone)?;
            }
        }
        let (number, pin_hash) = ("48217730".to_owned(), "nobody knows".to_owned());
        let card = Card { account, number, pin_hash, set_at: at, wrong_tries: 0, last_wrong_at: None };
        Ok(access_cards::insert(tx, &card)?)
    }
}
