//! An invitation into a running call, for one phone that another account pays for.

use chrono::{DateTime, TimeDelta, Utc};

pub const LIVES_FOR: TimeDelta = TimeDelta::minutes(15);
pub const MOST_MINUTES: i64 = 240;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub id: String,
    /// Whose call it is.
    pub account: String,
    pub call: String,
    pub made_by: String,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    /// The leg of who came.
    pub used_by: Option<String>,
    pub revoked_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Open,
    Used,
    Expired,
    Revoked,
}

impl Standing {
    /// For programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Used => "used",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl Invitation {
    pub fn standing(&self, now: DateTime<Utc>) -> Standing {
        match (&self.used_by, self.revoked_at) {
            (Some(_), _) => Standing::Used,
            (None, Some(_)) => Standing::Revoked,
            (None, None) if self.expires_at <= now => Standing::Expired,
            (None, None) => Standing::Open,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_good_for_one_phone_until_its_end_or_its_revocation() {
        let now = DateTime::UNIX_EPOCH;
        let open = Invitation {
            id: "inv_1".to_owned(),
            account: "acc_1".to_owned(),
            call: "call_1".to_owned(),
            made_by: "owner".to_owned(),
            created_at: now,
            expires_at: now + LIVES_FOR,
            used_by: None,
            revoked_at: None,
        };
        let last = now + LIVES_FOR - TimeDelta::microseconds(1);
        assert_eq!([now, last].map(|at| open.standing(at)), [Standing::Open; 2]);
        assert_eq!(open.standing(now + LIVES_FOR), Standing::Expired);
        assert_eq!(Invitation { revoked_at: Some(now), ..open.clone() }.standing(now), Standing::Revoked);
        assert_eq!(Invitation { used_by: Some("leg_1".to_owned()), ..open }.standing(now), Standing::Used);
    }
}
