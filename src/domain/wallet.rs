//! A wallet: what an account has, what its live calls hold of it, and what it owes.

use super::money::Money;

/// Invariant, also a CHECK of the table: `reserved >= 0`, `debt >= 0`, `posted - reserved >= 0`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Wallet {
    /// The sum of the wallet's ledger entries.
    pub posted: Money,
    /// The sum of its open holds.
    pub reserved: Money,
    /// What was taken back by a card processor beyond what was left. Later credits repay it first.
    pub debt: Money,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reserve {
    Reserved(Wallet),
    NotEnough,
}

/// What taking money out by hand comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Debit {
    Debited(Wallet),
    NotFree { free: Money },
}

impl Wallet {
    pub fn available(&self) -> Money {
        self.posted - self.reserved
    }

    /// Sets money aside for a call.
    pub fn reserve(self, amount: Money) -> Reserve {
        if amount > self.available() {
            return Reserve::NotEnough;
        }
        Reserve::Reserved(Self { reserved: self.reserved + amount, ..self })
    }

    /// Ends a hold: the charge leaves, the rest is free again. A charge never exceeds its hold, since the hold set the
    /// limit of what may be charged.
    pub fn settle(self, held: Money, charge: Money) -> Self {
        assert!(charge <= held, "the hold bounds what a call may charge");
        Self { posted: self.posted - charge, reserved: self.reserved - held, ..self }
    }

    /// Takes money out by hand; what calls hold stays.
    pub fn debit(self, amount: Money) -> Debit {
        let free = self.available();
        if amount > free {
            Debit::NotFree { free }
        } else {
            Debit::Debited(Self { posted: self.posted - amount, ..self })
        }
    }

    /// Splits a credit into what repays debt and what the wallet keeps.
    pub fn credit(self, amount: Money) -> (Self, Credited) {
        let repaid = amount.min(self.debt);
        let kept = amount - repaid;
        (Self { posted: self.posted + kept, debt: self.debt - repaid, ..self }, Credited { kept, repaid })
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Withdraw {
    Withdrawn(Wallet),
    NotEnough,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Credited {
    pub kept: Money,
    pub repaid: Money,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn micros(amount: i64) -> Money {
        Money::from_micros(amount)
    }

    proptest! {
        #[test]
        fn no_order_of_movements_breaks_the_wallet(steps in proptest::collection::vec((0..5_u8, 0..1000_i64, 0..1000_i64), 0..60)) {
            let mut wallet = Wallet::default();
            let mut holds = Vec::new();
            for (step, a, b) in steps {
                match step {
                    0 => wallet = wallet.credit(micros(a)).0,
                    1 => if let Reserve::Reserved(held) = wallet.reserve(micros(a)) { wallet = held; holds.push(micros(a)); },
                    2 => if let Some(held) = holds.pop() { wallet = wallet.settle(held, micros(b).min(held)); },
                    3 => if let Debit::Debited(left) = wallet.debit(micros(a)) { wallet = left; },
                    _ => wallet.debt += micros(b),
                }
                prop_assert!(wallet.available() >= Money::ZERO && wallet.debt >= Money::ZERO);
                prop_assert_eq!(wallet.reserved, holds.iter().copied().sum());
            }
        }

        #[test]
        fn more_than_is_available_is_never_reserved(posted in 0..1000_i64, wanted in 0..2000_i64) {
            let wallet = Wallet { posted: micros(posted), ..Wallet::default() };
            prop_assert_eq!(wallet.reserve(micros(wanted)) == Reserve::NotEnough, wanted > posted);
        }
    }
}
