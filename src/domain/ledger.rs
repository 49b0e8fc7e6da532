//! Double entry. A transfer is one row with a debit and a credit account, so it cannot be out of balance; its fact key
//! says which fact of the world it books, so a fact is booked once however often it is told.

use super::agent::Sale;
use super::money::Money;
use super::rating::cost::Cost;

/// A place money can be. Only wallets keep a balance of their own; the others are sums over the transfers, so that no
/// row of ours is touched by every customer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    Wallet(String),
    /// An account's promotional credit.
    Promo(String),
    /// What promotional credit costs the house.
    PromoExpense,
    /// What an account owes beyond its balance.
    Debt(String),
    /// Charges for calls.
    CallRevenue,
    /// Bundles of minutes.
    BundleRevenue,
    /// Tax on charges for calls, owed to a country.
    Tax(String),
    /// Money a card processor has taken and not paid out yet.
    Clearing(String),
    /// Credits and debits by an administrator.
    Adjustment,
    /// What is owed to whoever holds activated vouchers.
    VoucherLiability,
    /// Cash that agents took, on its way to the accounts it is for.
    CashOnItsWay,
    /// Cash that the house took itself.
    Cash,
    /// What agents keep.
    Commissions,
    /// Vouchers that nobody redeemed in time.
    Breakage,
    /// What card processors keep for themselves.
    Fees,
    /// What they keep for disputes.
    DisputeFees,
    /// What they paid out.
    Bank,
    /// Debts that were given up.
    BadDebt,
}

impl Place {
    pub fn name(&self) -> String {
        match self {
            Self::Wallet(account) => format!("wallet:{account}"),
            Self::Promo(account) => format!("promo:{account}"),
            Self::PromoExpense => "expense:promo".to_owned(),
            Self::Debt(account) => format!("debt:{account}"),
            Self::CallRevenue => "revenue:calls".to_owned(),
            Self::BundleRevenue => "revenue:bundles".to_owned(),
            Self::Tax(country) => format!("tax:{country}"),
            Self::Clearing(processor) => clearing(processor),
            Self::Adjustment => "adjustment".to_owned(),
            Self::VoucherLiability => "voucher_liability".to_owned(),
            Self::CashOnItsWay => "cash_on_its_way".to_owned(),
            Self::Cash => "cash".to_owned(),
            Self::Commissions => "expense:commissions".to_owned(),
            Self::Breakage => "revenue:breakage".to_owned(),
            Self::Fees => "expense:fees".to_owned(),
            Self::DisputeFees => "expense:dispute".to_owned(),
            Self::Bank => "bank".to_owned(),
            Self::BadDebt => "expense:baddebt".to_owned(),
        }
    }
}

/// The name of what a card processor owes us.
pub fn clearing(processor: &str) -> String {
    format!("clearing:{processor}")
}

/// What is an account's own: its balance and promotional credit, less what it owes.
pub fn places_of(account: &str) -> [String; 3] {
    [Place::Wallet, Place::Promo, Place::Debt].map(|place| place(account.to_owned()).name())
}

/// Moves `amount` from `debit` to `credit`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Transfer {
    /// Which fact this books: `leg:…`, `credit:stripe:pi_…`, `adjust:…`.
    pub fact_key: String,
    /// The customer's account whose money it is about.
    pub account: String,
    pub debit: Place,
    pub credit: Place,
    /// Above zero.
    pub amount: Money,
    /// Why, for the bill and the audit.
    pub note: String,
}

/// The same for what is no customer's: it moves between places of the house.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HouseTransfer {
    pub fact_key: String,
    pub debit: Place,
    pub credit: Place,
    /// Above zero.
    pub amount: Money,
    pub note: String,
}

/// What became of a transfer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Posted {
    Now,
    /// This fact was booked before.
    Already,
}

/// The fact key of what a leg cost.
pub fn leg_fact(leg: &str) -> String {
    format!("leg:{leg}")
}

pub fn leg_charge(account: &str, leg: &str, amount: Money, note: String) -> Transfer {
    Transfer {
        fact_key: leg_fact(leg),
        account: account.to_owned(),
        debit: Place::Wallet(account.to_owned()),
        credit: Place::CallRevenue,
        amount,
        note,
    }
}

/// The fact key of the tax on what a leg cost.
pub fn leg_tax_fact(leg: &str) -> String {
    format!("tax:leg:{leg}")
}

/// Booked apart from the charge, and in its transaction.
pub fn leg_tax(account: &str, leg: &str, country: &str, amount: Money, note: String) -> Transfer {
    Transfer {
        fact_key: leg_tax_fact(leg),
        account: account.to_owned(),
        debit: Place::Wallet(account.to_owned()),
        credit: Place::Tax(country.to_owned()),
        amount,
        note,
    }
}

/// A bundle is bought: its price, and its tax apart.
pub fn bundle_price(account: &str, bundle: &str, price: Cost, country: &str, name: &str) -> Vec<Transfer> {
    let part = |fact_key: String, credit: Place, amount: Money, note: String| {
        let (account, debit) = (account.to_owned(), Place::Wallet(account.to_owned()));
        Transfer { fact_key, account, debit, credit, amount, note }
    };
    let net = part(format!("bundle:{bundle}"), Place::BundleRevenue, price.net, format!("bundle {name}"));
    let tax = Place::Tax(country.to_owned());
    let tax = part(format!("tax:bundle:{bundle}"), tax, price.tax, format!("tax on bundle {name}"));
    [net, tax].into_iter().filter(|part| part.amount.is_positive()).collect()
}

/// The fact key of the part of a charge that promotional credit paid.
pub fn promo_fact(fact_key: &str) -> String {
    format!("promo:{fact_key}")
}

/// Charges of a wallet, of which promotional credit pays the first `promo`: each in two parts, where both pay.
pub fn promo_first(charges: Vec<Transfer>, mut promo: Money) -> Vec<Transfer> {
    let mut parts = vec![];
    for charge in charges {
        let paid = charge.amount.min(promo);
        promo -= paid;
        let debit = Place::Promo(charge.account.clone());
        let fact_key = promo_fact(&charge.fact_key);
        parts.push(Transfer { amount: paid, debit, fact_key, ..charge.clone() });
        parts.push(Transfer { amount: charge.amount - paid, ..charge });
    }
    parts.retain(|part| part.amount.is_positive());
    parts
}

pub fn promo_grant(account: &str, grant: &str, amount: Money, reason: &str) -> Transfer {
    Transfer {
        fact_key: format!("promo:{grant}"),
        account: account.to_owned(),
        debit: Place::PromoExpense,
        credit: Place::Promo(account.to_owned()),
        amount,
        note: reason.to_owned(),
    }
}

/// What was left of a grant and held by no call at its end, after `expired` of it went before: what calls held may follow.
pub fn promo_expiry(account: &str, grant: &str, amount: Money, expired: Money) -> Transfer {
    let more = if expired.is_positive() { format!(":{}", expired.micros()) } else { String::new() };
    Transfer {
        fact_key: format!("promo_expired:{grant}{more}"),
        account: account.to_owned(),
        debit: Place::Promo(account.to_owned()),
        credit: Place::PromoExpense,
        amount,
        note: "promotional credit expired".to_owned(),
    }
}

pub fn card_credit(account: &str, processor: &str, reference: &str, amount: Money) -> Transfer {
    Transfer {
        fact_key: format!("credit:{processor}:{reference}"),
        account: account.to_owned(),
        debit: Place::Clearing(processor.to_owned()),
        credit: Place::Wallet(account.to_owned()),
        amount,
        note: "card payment".to_owned(),
    }
}

/// Under which facts the money of a charge is booked: what reached the wallet, and what repaid a debt.
pub fn charge_facts(processor: &str, reference: &str) -> [String; 2] {
    [format!("credit:{processor}:{reference}"), format!("debt:{processor}:{reference}")]
}

/// Money leaves the wallet for the card, before the processor is asked.
pub fn refund(account: &str, processor: &'static str, refund: &str, amount: Money) -> Transfer {
    Transfer {
        fact_key: format!("refund:{processor}:{refund}"),
        account: account.to_owned(),
        debit: Place::Wallet(account.to_owned()),
        credit: Place::Clearing(processor.to_owned()),
        amount,
        note: "refund to the card".to_owned(),
    }
}

/// The refund failed: its money comes back.
pub fn refund_failed(account: &str, processor: &'static str, refund: &str, amount: Money) -> Transfer {
    Transfer {
        fact_key: format!("refund_failed:{processor}:{refund}"),
        account: account.to_owned(),
        debit: Place::Clearing(processor.to_owned()),
        credit: Place::Wallet(account.to_owned()),
        amount,
        note: "a refund failed and came back".to_owned(),
    }
}

/// The fact key of the part of what was taken back that the wallet did not have.
pub fn owed_fact(fact_key: &str) -> String {
    format!("owed:{fact_key}")
}

/// The processor has taken a disputed charge back.
pub fn dispute_taken(account: &str, processor: &'static str, dispute: &str, amount: Money) -> Transfer {
    Transfer {
        fact_key: format!("dispute:{processor}:{dispute}"),
        account: account.to_owned(),
        debit: Place::Wallet(account.to_owned()),
        credit: Place::Clearing(processor.to_owned()),
        amount,
        note: "a card payment was disputed".to_owned(),
    }
}

/// The dispute was won: its money comes back.
pub fn dispute_returned(account: &str, processor: &'static str, dispute: &str, amount: Money) -> Transfer {
    Transfer {
        fact_key: format!("dispute_won:{processor}:{dispute}"),
        account: account.to_owned(),
        debit: Place::Clearing(processor.to_owned()),
        credit: Place::Wallet(account.to_owned()),
        amount,
        note: "a disputed card payment came back".to_owned(),
    }
}

/// What a call left free repays a debt.
pub fn debt_repaid(account: &str, call: &str, amount: Money) -> Transfer {
    Transfer {
        fact_key: format!("repaid:{call}"),
        account: account.to_owned(),
        debit: Place::Wallet(account.to_owned()),
        credit: Place::Debt(account.to_owned()),
        amount,
        note: "a debt was repaid".to_owned(),
    }
}

/// Some of a debt is given up. `key` is made up once by whoever asks.
pub fn write_off(account: &str, key: &str, amount: Money, reason: &str) -> Transfer {
    Transfer {
        fact_key: format!("writeoff:{account}:{key}"),
        account: account.to_owned(),
        debit: Place::BadDebt,
        credit: Place::Debt(account.to_owned()),
        amount,
        note: reason.to_owned(),
    }
}

/// A credit by an administrator. `key` is made up once by whoever asks, so that asking again changes nothing.
pub fn adjustment(account: &str, key: &str, amount: Money, reason: &str) -> Transfer {
    Transfer {
        fact_key: format!("adjust:{account}:{key}"),
        account: account.to_owned(),
        debit: Place::Adjustment,
        credit: Place::Wallet(account.to_owned()),
        amount,
        note: reason.to_owned(),
    }
}

/// A debit by an administrator: an adjustment the other way.
pub fn debit(account: &str, key: &str, amount: Money, reason: &str) -> Transfer {
    Transfer {
        fact_key: format!("debit:{account}:{key}"),
        account: account.to_owned(),
        debit: Place::Wallet(account.to_owned()),
        credit: Place::Adjustment,
        amount,
        note: reason.to_owned(),
    }
}

/// An agent pays for what it sold, `reference`; what it keeps is spent by the house.
pub fn sale(agent: &str, reference: &str, sale: &Sale, goods: &Place, note: &str) -> [Transfer; 2] {
    let part = |fact: &str, debit: Place, amount: Money| Transfer {
        fact_key: format!("{fact}:{reference}"),
        account: agent.to_owned(),
        debit,
        credit: goods.clone(),
        amount,
        note: note.to_owned(),
    };
    [part("sale", Place::Wallet(agent.to_owned()), sale.paid), part("commission", Place::Commissions, sale.commission)]
}

/// The sale of a voucher is undone: what the agent paid goes back to it, and what it kept to the house.
pub fn sale_undone(agent: &str, voucher: &str, sale: &Sale, note: &str) -> [Transfer; 2] {
    let part = |fact: &str, credit: Place, amount: Money| Transfer {
        fact_key: format!("{fact}:{voucher}"),
        account: agent.to_owned(),
        debit: Place::VoucherLiability,
        credit,
        amount,
        note: note.to_owned(),
    };
    [
        part("void", Place::Wallet(agent.to_owned()), sale.paid),
        part("void_commission", Place::Commissions, sale.commission),
    ]
}

pub fn redemption(account: &str, voucher: &str, serial: &str, face: Money) -> Transfer {
    Transfer {
        fact_key: format!("voucher:{voucher}"),
        account: account.to_owned(),
        debit: Place::VoucherLiability,
        credit: Place::Wallet(account.to_owned()),
        amount: face,
        note: format!("voucher {serial}"),
    }
}

/// Nobody redeemed it in time. It is booked with the agent that sold it.
pub fn breakage(agent: &str, voucher: &str, serial: &str, face: Money) -> Transfer {
    Transfer {
        fact_key: format!("breakage:{voucher}"),
        account: agent.to_owned(),
        debit: Place::VoucherLiability,
        credit: Place::Breakage,
        amount: face,
        note: format!("voucher {serial} expired"),
    }
}

/// Cash reaches the account it was taken for.
pub fn cash(account: &str, receipt: &str, from: Place, amount: Money, note: &str) -> Transfer {
    Transfer {
        fact_key: format!("cash:{receipt}"),
        account: account.to_owned(),
        debit: from,
        credit: Place::Wallet(account.to_owned()),
        amount,
        note: note.to_owned(),
    }
}
