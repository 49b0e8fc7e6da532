//! The statement of one account for one month: what a transfer was to its owner, and what all of them come to.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, Utc};

use super::ledger::Place;
use super::money::Money;

/// Accounts have no time zone, so months are those of UTC; every statement says so.
pub const TIME_ZONE: &str = "UTC";

/// `2026-11`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Month(NaiveDate);

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("is no month such as 2026-11")]
pub struct NoMonth;

impl Month {
    pub fn of(moment: DateTime<Utc>) -> Self {
        Self(moment.date_naive().with_day(1).expect("every month has a first day"))
    }

    pub fn begin(self) -> DateTime<Utc> {
        self.0.and_time(NaiveTime::MIN).and_utc()
    }

    /// The first moment that is not within.
    pub fn end(self) -> DateTime<Utc> {
        Self(self.0 + Months::new(1)).begin()
    }

    pub fn before(self) -> Self {
        Self(self.0 - Months::new(1))
    }

    pub fn name(self) -> String {
        self.0.format("%B %Y").to_string()
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m"))
    }
}

impl FromStr for Month {
    type Err = NoMonth;

    fn from_str(text: &str) -> Result<Self, NoMonth> {
        let well_formed = text.len() == 7 && text.is_ascii();
        let date = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").map_err(|_| NoMonth)?;
        if well_formed && (2000..3000).contains(&date.year()) { Ok(Self(date)) } else { Err(NoMonth) }
    }
}

/// What a transfer was, to the account's owner.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    CardCharge,
    Voucher,
    Cash,
    Credit,
    /// Promotional credit that was given, or has ended.
    Promo,
    Call,
    /// A bundle of minutes that was bought.
    Bundle,
    Tax,
    Refund,
    RefundReturned,
    /// Taken back through a bank, or given back after that.
    Disputed,
    /// Of the balance itself: what is owed is less by as much.
    Repaid,
    Debit,
    /// Whatever else moved the balance.
    Other,
}

impl Kind {
    pub const ALL: [Self; 14] = [
        Self::CardCharge,
        Self::Voucher,
        Self::Cash,
        Self::Credit,
        Self::Promo,
        Self::Call,
        Self::Bundle,
        Self::Tax,
        Self::Refund,
        Self::RefundReturned,
        Self::Disputed,
        Self::Repaid,
        Self::Debit,
        Self::Other,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Self::CardCharge => "card_charge",
            Self::Voucher => "voucher",
            Self::Cash => "cash",
            Self::Credit => "credit",
            Self::Promo => "promo",
            Self::Call => "call",
            Self::Bundle => "bundle",
            Self::Tax => "tax",
            Self::Refund => "refund",
            Self::RefundReturned => "refund_returned",
            Self::Disputed => "disputed",
            Self::Repaid => "repaid",
            Self::Debit => "debit",
            Self::Other => "other",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::CardCharge => "Charged to cards",
            Self::Voucher => "Vouchers",
            Self::Cash => "Cash",
            Self::Credit => "Credits by us",
            Self::Promo => "Promotional credit",
            Self::Call => "Calls, before tax",
            Self::Bundle => "Bundles of minutes, before tax",
            Self::Tax => "Tax",
            Self::Refund => "Refunds to cards",
            Self::RefundReturned => "Refunds that failed and came back",
            Self::Disputed => "Disputed at banks",
            Self::Repaid => "Repaid from the balance",
            Self::Debit => "Debits by us",
            Self::Other => "Other",
        }
    }
}

/// A transfer as its sides and its fact tell it.
pub struct Sides<'a> {
    pub debit: &'a str,
    pub credit: &'a str,
    pub fact_key: &'a str,
}

impl Sides<'_> {
    /// What it did to what is `own`: came in, left, or, from one own place to the other, neither.
    pub fn signed(&self, amount: Money, own: &[String]) -> Money {
        let is_own = |place: &str| own.iter().any(|one| one == place);
        match (is_own(self.debit), is_own(self.credit)) {
            (false, true) => amount,
            (true, false) => -amount,
            (true, true) | (false, false) => Money::ZERO,
        }
    }

    pub fn kind(&self, own: &[String]) -> Kind {
        let came_in = own.iter().any(|one| one == self.credit);
        let other = if came_in { self.debit } else { self.credit };
        match (other.split(':').next().unwrap_or_default(), came_in) {
            ("clearing", _) if self.fact_key.contains("dispute") => Kind::Disputed,
            ("clearing", true) if self.fact_key.contains("refund_failed:") => Kind::RefundReturned,
            ("clearing", true) => Kind::CardCharge,
            ("clearing", false) if self.fact_key.contains("refund:") => Kind::Refund,
            ("wallet", true) => Kind::Repaid,
            ("voucher_liability", _) => Kind::Voucher,
            ("cash" | "cash_on_its_way", _) => Kind::Cash,
            ("adjustment", true) => Kind::Credit,
            ("adjustment", false) => Kind::Debit,
            ("expense", _) if other == Place::PromoExpense.name() => Kind::Promo,
            ("revenue", _) if other == Place::CallRevenue.name() => Kind::Call,
            ("revenue", _) if other == Place::BundleRevenue.name() => Kind::Bundle,
            ("tax", _) => Kind::Tax,
            _ => Kind::Other,
        }
    }

    /// Whose tax it is: `DE`.
    pub fn country(&self) -> Option<&str> {
        [self.debit, self.credit].into_iter().find_map(|place| place.strip_prefix("tax:"))
    }
}

/// All transfers of one kind together; taxes of each country apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sum {
    pub kind: Kind,
    pub country: Option<String>,
    pub amount: Money,
    pub count: i64,
}

/// Adds up what came of groups of transfers, in the order a statement has them.
pub fn summed(groups: impl IntoIterator<Item = Sum>) -> Vec<Sum> {
    let mut sums: Vec<Sum> = vec![];
    for group in groups {
        match sums.iter_mut().find(|sum| sum.kind == group.kind && sum.country == group.country) {
            Some(sum) => {
                sum.amount += group.amount;
                sum.count += group.count;
            }
            None => sums.push(group),
        }
    }
    sums.sort_by(|one, other| (one.kind, &one.country).cmp(&(other.kind, &other.country)));
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_where_the_one_before_ends() {
        let december: Month = "2026-12".parse().unwrap();
        assert_eq!((december.to_string(), december.name()), ("2026-12".to_owned(), "December 2026".to_owned()));
        assert_eq!(december.end(), "2027-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap());
        assert_eq!(december.before().end(), december.begin());
        assert_eq!(Month::of("2026-12-31T23:59:59.999999Z".parse().unwrap()), december);
        for wrong in ["", "2026", "2026-13", "2026-1", "26-12", "2026-12-01", "2026-+1", "１２３"] {
            assert_eq!(wrong.parse::<Month>(), Err(NoMonth), "{wrong}");
        }
    }

    #[test]
    fn a_transfer_is_told_by_its_other_side_and_its_fact() {
        let own = ["wallet:a", "promo:a", "debt:a"].map(str::to_owned);
        let ten: Money = "10".parse().unwrap();
        for (debit, credit, fact, kind, signed) in [
            ("clearing:stripe", "wallet:a", "credit:stripe:pi_1", Kind::CardCharge, ten),
            ("clearing:stripe", "debt:a", "debt:stripe:pi_1", Kind::CardCharge, ten),
            ("wallet:a", "clearing:stripe", "refund:stripe:ref_1", Kind::Refund, -ten),
            ("clearing:stripe", "debt:a", "debt:refund_failed:stripe:ref_1", Kind::RefundReturned, ten),
            ("debt:a", "clearing:stripe", "owed:dispute:stripe:dp_1", Kind::Disputed, -ten),
            ("clearing:stripe", "wallet:a", "dispute_won:stripe:dp_1", Kind::Disputed, ten),
            ("debt:a", "clearing:stripe", "owed:refund:stripe:re_1", Kind::Refund, -ten),
            ("wallet:a", "revenue:calls", "leg:leg_1", Kind::Call, -ten),
            ("wallet:a", "revenue:bundles", "bundle:bnd_1", Kind::Bundle, -ten),
            ("wallet:a", "tax:DE", "tax:leg:leg_1", Kind::Tax, -ten),
            ("adjustment", "wallet:a", "adjust:a:1", Kind::Credit, ten),
            ("wallet:a", "adjustment", "debit:a:1", Kind::Debit, -ten),
            ("voucher_liability", "wallet:a", "voucher:vch_1", Kind::Voucher, ten),
            ("cash_on_its_way", "wallet:a", "cash:rcp_1", Kind::Cash, ten),
            ("promo:a", "revenue:calls", "promo:leg:leg_1", Kind::Call, -ten),
            ("expense:promo", "promo:a", "promo:grant_1", Kind::Promo, ten),
            ("promo:a", "expense:promo", "promo_expired:grant_1", Kind::Promo, -ten),
            ("revenue:breakage", "wallet:a", "x", Kind::Other, ten),
            ("wallet:a", "debt:a", "repaid:call_1", Kind::Repaid, Money::ZERO),
        ] {
            let sides = Sides { debit, credit, fact_key: fact };
            assert_eq!((sides.kind(&own), sides.signed(ten, &own)), (kind, signed), "{debit} {credit} {fact}");
        }
        assert_eq!(Sides { debit: "wallet:a", credit: "tax:DE", fact_key: "" }.country(), Some("DE"));
    }

    proptest::proptest! {
        /// However transfers are grouped before, the sums are the same and nothing is lost.
        #[test]
        fn sums_add_up_to_all_that_was_added(parts in proptest::collection::vec((0..11_usize, -1000..1000_i64), 0..60)) {
            let one = |(kind, micros): &(usize, i64)| Sum {
                kind: Kind::ALL[*kind], country: None, amount: Money::from_micros(*micros), count: 1,
            };
            let sums = summed(parts.iter().map(one));
            let total = |sums: &[Sum]| sums.iter().map(|sum| sum.amount.micros()).sum::<i64>();
            proptest::prop_assert_eq!(total(&sums), parts.iter().map(|(_, micros)| micros).sum::<i64>());
            proptest::prop_assert_eq!(sums.iter().map(|sum| sum.count).sum::<i64>(), parts.len() as i64);
            let twice = summed(sums.clone());
            proptest::prop_assert_eq!(twice, sums);
        }
    }
}
