//! A link by which strangers start a call that an account pays for: what it may do, and when it may do it no more.

use chrono::{DateTime, TimeDelta, Utc};

use super::phone_number::PhoneNumber;

pub const LONGEST_LABEL: usize = 100;
pub const MOST_CALLS: i64 = 10_000;
pub const LONGEST_LIFE: TimeDelta = TimeDelta::days(366);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallLink {
    pub id: String,
    pub account: String,
    /// What visitors read.
    pub label: String,
    /// The agent's phone: rung first, and the call's own number.
    pub own_number: PhoneNumber,
    pub numbers: Vec<PhoneNumber>,
    /// In all; one at a time.
    pub most_calls: i64,
    pub calls_made: i64,
    pub last_call: Option<String>,
    pub made_by: String,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub revoked_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Open,
    /// It has made as many calls as it may.
    UsedUp,
    Expired,
    Revoked,
}

/// Why there can be no such link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadLink {
    #[error("Give a label of up to {LONGEST_LABEL} letters; visitors read it.")]
    Label,
    #[error("Give a number of calls from 1 to {MOST_CALLS}.")]
    MostCalls,
    #[error("Give an end that is still to come, at most {} days from now.", LONGEST_LIFE.num_days())]
    End,
}

impl Standing {
    /// For programs and people.
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::UsedUp => "used_up",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl CallLink {
    pub fn standing(&self, now: DateTime<Utc>) -> Standing {
        match self.revoked_at {
            Some(_) => Standing::Revoked,
            None if self.expires_at <= now => Standing::Expired,
            None if self.calls_made >= self.most_calls => Standing::UsedUp,
            None => Standing::Open,
        }
    }

    /// The key of the call that a visitor's page asks for, whose own key was made with the page.
    pub fn request_key(&self, page_key: &str) -> String {
        format!("{}:{page_key}", self.id)
    }
}

pub fn check(label: &str, most_calls: i64, expires_at: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), BadLink> {
    let letters = label.chars().count();
    if !(1..=LONGEST_LABEL).contains(&letters) || label.trim().is_empty() || label.chars().any(char::is_control) {
        return Err(BadLink::Label);
    }
    if !(1..=MOST_CALLS).contains(&most_calls) {
        return Err(BadLink::MostCalls);
    }
    if expires_at <= now || expires_at > now + LONGEST_LIFE {
        return Err(BadLink::End);
    }
    Ok(())
}

/// As much of a number as a stranger may see, who may know it already: `…23`.
pub fn masked(number: &PhoneNumber) -> String {
    let digits = number.digits();
    format!("…{}", &digits[digits.len() - 2..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> CallLink {
        CallLink {
            id: "clk_1".to_owned(),
            account: "acc_1".to_owned(),
            label: "Support".to_owned(),
            own_number: "+14155550123".parse().unwrap(),
            numbers: vec!["+14155550145".parse().unwrap()],
            most_calls: 2,
            calls_made: 0,
            last_call: None,
            made_by: "owner".to_owned(),
            created_at: DateTime::UNIX_EPOCH,
            expires_at: DateTime::UNIX_EPOCH + TimeDelta::days(1),
            revoked_at: None,
        }
    }

    #[test]
    fn a_link_is_open_until_its_end_its_last_call_or_its_revocation() {
        let (now, last) = (DateTime::UNIX_EPOCH, TimeDelta::days(1) - TimeDelta::microseconds(1));
        assert_eq!([now, now + last].map(|at| link().standing(at)), [Standing::Open; 2]);
        assert_eq!(link().standing(now + TimeDelta::days(1)), Standing::Expired);
        let standing = |calls_made| CallLink { calls_made, ..link() }.standing(now);
        assert_eq!([1, 2].map(standing), [Standing::Open, Standing::UsedUp]);
        assert_eq!(CallLink { revoked_at: Some(now), calls_made: 2, ..link() }.standing(now), Standing::Revoked);
    }

    #[test]
    fn nobody_makes_a_link_without_bounds_or_name() {
        let now = DateTime::UNIX_EPOCH;
        let soon = now + TimeDelta::hours(1);
        assert_eq!(check("Support", 1, soon, now), Ok(()));
        assert_eq!(check("Support", MOST_CALLS, now + LONGEST_LIFE, now), Ok(()));
        for label in ["", "  ", "a\nb", &"x".repeat(LONGEST_LABEL + 1)] {
            assert_eq!(check(label, 1, soon, now), Err(BadLink::Label), "{label:?}");
        }
        for most in [-1, 0, MOST_CALLS + 1] {
            assert_eq!(check("Support", most, soon, now), Err(BadLink::MostCalls));
        }
        for end in [now, now - TimeDelta::days(1), now + LONGEST_LIFE + TimeDelta::seconds(1)] {
            assert_eq!(check("Support", 1, end, now), Err(BadLink::End));
        }
    }

    #[test]
    fn strangers_see_the_end_of_a_number_only() {
        assert_eq!(masked(&link().own_number), "…23");
    }
}
