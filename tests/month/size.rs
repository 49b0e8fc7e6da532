//! How much happens in the month, and the number that all chance in it follows from.

/// What `MONTH_…` say, or what a share for every day says.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub accounts: u64,
    pub calls: u64,
    pub payments: u64,
    pub seed: u64,
}

impl Size {
    pub fn wanted() -> Self {
        let set = |name: &str, usual| {
            let said = std::env::var(name).ok();
            said.map_or(usual, |said| said.parse().unwrap_or_else(|_| panic!("{name} is a number, not {said:?}")))
        };
        Self {
            accounts: set("MONTH_ACCOUNTS", 6),
            calls: set("MONTH_CALLS", 120),
            payments: set("MONTH_PAYMENTS", 36),
            seed: set("MONTH_SEED", 1),
        }
    }

    /// One of so many parts of it.
    pub fn share(self, parts: u64) -> Self {
        let part = |all: u64| (all / parts).max(1);
        Self { accounts: part(self.accounts), calls: part(self.calls), payments: part(self.payments), ..self }
    }

    /// An account's time falls into chapters; in each it has one card, and about one payment is due.
    pub fn chapters(self) -> u64 {
        (self.payments / self.accounts).max(1)
    }

    pub fn calls_in_chapter(self) -> u64 {
        (self.calls / self.accounts / self.chapters()).max(1)
    }

    /// What a recharge brings, in whole units: about what a chapter's calls cost.
    pub fn recharge(self) -> u64 {
        (self.calls_in_chapter() * 8 / 10).max(2)
    }
}

/// Chance that follows from the month's number and from whose it is, never from who asks first.
#[derive(Clone, Copy, Debug)]
pub struct Chance {
    pub seed: u64,
    pub account: u64,
}

impl Chance {
    /// A number below `most` for this thing of the account's.
    pub fn below(self, most: u64, what: &str, number: u64) -> u64 {
        let name = what.bytes().fold(0_u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
        let mut mixed = 0_u64;
        for part in [self.seed, self.account, name, number] {
            // Splitmix64: near numbers have nothing in common.
            mixed = mixed.wrapping_add(part).wrapping_add(0x9E37_79B9_7F4A_7C15);
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            mixed ^= mixed >> 31;
        }
        mixed % most
    }

    pub fn one_of<'a, T>(self, all: &'a [T], what: &str, number: u64) -> &'a T {
        let at = self.below(all.len() as u64, what, number);
        &all[usize::try_from(at).expect("it is below the length")]
    }
}
