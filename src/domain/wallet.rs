//! A wallet: what an account has, in cash and in promotional credit, what its live calls hold of it, and what it owes.
//!
//! Calls are paid from promotional credit first. Whatever leaves by hand, for a card or for vouchers is cash: promotional
//! credit repays nothing and is never given back.

use super::money::Money;

/// Invariant, also CHECKs of the table: none is below zero, and `posted + promo - reserved >= 0`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Wallet {
    /// Cash: the sum of the wallet's ledger entries.
    pub posted: Money,
    /// Promotional credit: the sum of its own entries, and of what is left of each grant.
    pub promo: Money,
    /// The sum of its open holds.
    pub reserved: Money,
    /// What was taken back by a card processor beyond what was left. Later credits repay it first, and so does what a call
    /// leaves.
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
    /// Cash and promotional credit.
    pub fn balance(&self) -> Money {
        self.posted + self.promo
    }

    pub fn available(&self) -> Money {
        self.balance() - self.reserved
    }

    /// What may leave other than for a call.
    pub fn free_cash(&self) -> Money {
        self.posted.min(self.available())
    }

    /// Sets money aside for a call.
    pub fn reserve(self, amount: Money) -> Reserve {
        if amount > self.available() {
            return Reserve::NotEnough;
        }
        Reserve::Reserved(Self { reserved: self.reserved + amount, ..self })
    }

    /// Ends a hold: the charge leaves, of promotional credit first, the rest is free again. A charge never exceeds its
    /// hold, since the hold set the limit of what may be charged.
    pub fn settle(self, held: Money, charge: Money) -> Self {
        assert!(charge <= held, "the hold bounds what a call may charge");
        let promo = charge.min(self.promo);
        Self {
            posted: self.posted - (charge - promo),
            promo: self.promo - promo,
            reserved: self.reserved - held,
            ..self
        }
    }

    /// Takes cash out by hand; what calls hold stays.
    pub fn debit(self, amount: Money) -> Debit {
        let free = self.free_cash();
        if amount > free {
            Debit::NotFree { free }
        } else {
            Debit::Debited(Self { posted: self.posted - amount, ..self })
        }
    }

    /// A card processor has taken so much back: what is free in cash pays, and the rest is owed. What calls hold stays.
    pub fn take_back(self, amount: Money) -> (Self, TakenBack) {
        let paid = amount.min(self.free_cash());
        let owed = amount - paid;
        (Self { posted: self.posted - paid, debt: self.debt + owed, ..self }, TakenBack { paid, owed })
    }

    /// Splits a credit into what repays debt and what the wallet keeps.
    pub fn credit(self, amount: Money) -> (Self, Credited) {
        let repaid = amount.min(self.debt);
        let kept = amount - repaid;
        (Self { posted: self.posted + kept, debt: self.debt - repaid, ..self }, Credited { kept, repaid })
    }

    /// What is free in cash repays debt: what calls hold stays. How much did.
    pub fn repay(self) -> (Self, Money) {
        let repaid = self.debt.min(self.free_cash());
        (Self { posted: self.posted - repaid, debt: self.debt - repaid, ..self }, repaid)
    }

    /// Promotional credit is granted; it repays no debt.
    #[must_use]
    pub fn grant(self, amount: Money) -> Self {
        Self { promo: self.promo + amount, ..self }
    }

    /// Promotional credit that no call holds expires.
    #[must_use]
    pub fn expire(self, amount: Money) -> Self {
        assert!(amount <= self.promo && amount <= self.available(), "what calls hold does not expire");
        Self { promo: self.promo - amount, ..self }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TakenBack {
    pub paid: Money,
    pub owed: Money,
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
        fn no_order_of_movements_breaks_either_balance(steps in proptest::collection::vec((0..8_u8, 0..1000_i64, 0..1000_i64), 0..60)) {
            let (mut wallet, mut cash, mut promo) = (Wallet::default(), 0, 0);
            let mut holds = Vec::new();
            for (step, a, b) in steps {
                let before = wallet;
                match step {
                    0 => {
                        let (after, credited) = wallet.credit(micros(a));
                        (wallet, cash) = (after, cash + credited.kept.micros());
                    }
                    1 => if let Reserve::Reserved(held) = wallet.reserve(micros(a)) { wallet = held; holds.push(micros(a)); },
                    2 => if let Some(held) = holds.pop() {
                        let charge = micros(b).min(held);
                        wallet = wallet.settle(held, charge);
                        let from_promo = charge.micros().min(promo);
                        (promo, cash) = (promo - from_promo, cash - (charge.micros() - from_promo));
                    },
                    3 => if let Debit::Debited(left) = wallet.debit(micros(a)) { (wallet, cash) = (left, cash - a); },
                    4 => (wallet, promo) = (wallet.grant(micros(a)), promo + a),
                    5 => {
                        let expired = micros(a).min(wallet.promo).min(wallet.available());
                        (wallet, promo) = (wallet.expire(expired), promo - expired.micros());
                    }
                    6 => {
                        let (after, repaid) = wallet.repay();
                        prop_assert!(after.debt == Money::ZERO || after.free_cash() == Money::ZERO);
                        prop_assert_eq!(before.debt - after.debt, repaid);
                        (wallet, cash) = (after, cash - repaid.micros());
                    }
                    _ => {
                        let (after, taken) = wallet.take_back(micros(b));
                        (wallet, cash) = (after, cash - taken.paid.micros());
                        prop_assert_eq!(taken.paid + taken.owed, micros(b));
                    }
                }
                prop_assert!(wallet.posted >= Money::ZERO && wallet.promo >= Money::ZERO && wallet.debt >= Money::ZERO);
                prop_assert!(wallet.available() >= Money::ZERO && wallet.free_cash() >= Money::ZERO);
                prop_assert_eq!(wallet.reserved, holds.iter().copied().sum());
                prop_assert_eq!((wallet.posted, wallet.promo), (micros(cash), micros(promo)));
                prop_assert!(wallet.posted >= before.posted || wallet.promo == Money::ZERO || [3, 6, 7].contains(&step), "promotional credit is spent first");
            }
        }

        #[test]
        fn more_than_is_available_is_never_reserved(posted in 0..1000_i64, promo in 0..1000_i64, wanted in 0..3000_i64) {
            let wallet = Wallet { posted: micros(posted), promo: micros(promo), ..Wallet::default() };
            prop_assert_eq!(wallet.reserve(micros(wanted)) == Reserve::NotEnough, wanted > posted + promo);
        }

        #[test]
        fn only_cash_leaves_by_hand(posted in 0..1000_i64, promo in 0..1000_i64, held in 0..2000_i64, wanted in 0..2000_i64) {
            let held = held.min(posted + promo);
            let wallet = Wallet { posted: micros(posted), promo: micros(promo), reserved: micros(held), ..Wallet::default() };
            let free = posted.min(posted + promo - held);
            let debited = Debit::Debited(Wallet { posted: micros(posted - wanted), ..wallet });
            let expected = if wanted > free { Debit::NotFree { free: micros(free) } } else { debited };
            prop_assert_eq!(wallet.debit(micros(wanted)), expected);
        }
    }
}
