//! What a token of the API is good for: a few words that its owner chooses from.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Scope {
    AccountsRead,
    AccountsWrite,
    MoneyRead,
    MoneyWrite,
    MoneyApprove,
    CallsRead,
    CallsWrite,
    CallsSupervise,
    RatesRead,
    RatesWrite,
    Admin,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a scope; there are accounts:read, accounts:write, money:read, money:write, money:approve, calls:read, \
         calls:write, calls:supervise, rates:read, rates:write and admin"
)]
pub struct UnknownScope(pub String);

impl Scope {
    pub const ALL: [Self; 11] = [
        Self::AccountsRead,
        Self::AccountsWrite,
        Self::MoneyRead,
        Self::MoneyWrite,
        Self::MoneyApprove,
        Self::CallsRead,
        Self::CallsWrite,
        Self::CallsSupervise,
        Self::RatesRead,
        Self::RatesWrite,
        Self::Admin,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Self::AccountsRead => "accounts:read",
            Self::AccountsWrite => "accounts:write",
            Self::MoneyRead => "money:read",
            Self::MoneyWrite => "money:write",
            Self::MoneyApprove => "money:approve",
            Self::CallsRead => "calls:read",
            Self::CallsWrite => "calls:write",
            Self::CallsSupervise => "calls:supervise",
            Self::RatesRead => "rates:read",
            Self::RatesWrite => "rates:write",
            Self::Admin => "admin",
        }
    }

    pub fn meaning(self) -> &'static str {
        match self {
            Self::AccountsRead => "look at accounts and their balances",
            Self::AccountsWrite => "open and change accounts",
            Self::MoneyRead => "read statements and payments",
            Self::MoneyWrite => "credit accounts, save cards, agree to recharges",
            Self::MoneyApprove => "approve or refuse what moves much money and others asked for",
            Self::CallsRead => "look into calls",
            Self::CallsWrite => "dial and hang up",
            Self::CallsSupervise => "see supervisors and, with calls:write, let them in",
            Self::RatesRead => "see plans and ask for quotes",
            Self::RatesWrite => "make plans and upload decks",
            Self::Admin => "everything, tokens and settings too",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(code: &str) -> Result<Self, UnknownScope> {
        Self::ALL.into_iter().find(|scope| scope.code() == code).ok_or_else(|| UnknownScope(code.to_owned()))
    }
}

/// The scopes of one token.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    pub fn allow(&self, scope: Scope) -> bool {
        self.0.contains(&Scope::Admin) || self.0.contains(&scope)
    }

    /// By name: not everything that `admin` allows.
    pub fn has(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn codes(&self) -> Vec<&'static str> {
        self.0.iter().map(|scope| scope.code()).collect()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.codes().join(" "))
    }
}

/// As it is shown: codes separated by spaces.
impl FromStr for Scopes {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        text.split_whitespace().map(str::parse).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_allows_itself_and_admin_allows_everything() {
        let few: Scopes = "calls:read rates:read".parse().unwrap();
        let allowed: Vec<_> = Scope::ALL.into_iter().filter(|scope| few.allow(*scope)).collect();
        assert_eq!(allowed, [Scope::CallsRead, Scope::RatesRead]);
        let admin: Scopes = [Scope::Admin].into_iter().collect();
        assert!(Scope::ALL.into_iter().all(|scope| admin.allow(scope)));
        assert!(!Scopes::default().allow(Scope::Admin));
    }

    #[test]
    fn what_is_written_is_read_again_and_nothing_else() {
        let all: Scopes = Scope::ALL.into_iter().collect();
        assert_eq!(all.to_string().parse(), Ok(all));
        for unknown in ["", "Admin", "calls", "calls:read,calls:write"] {
            assert!(unknown.parse::<Scope>().is_err(), "{unknown}");
        }
        let told = UnknownScope(String::new()).to_string();
        assert!(Scope::ALL.into_iter().all(|scope| told.contains(scope.code())), "the message names each");
    }
}
