//! What administrators may do, by their role: one table. What a role may not do its pages do not show, and refuse when
//! it is asked for anyway.

use crate::storage::users::User;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    Owner,
    Finance,
    Support,
    Viewer,
}

/// Something that not every administrator may do. Balances, rates and figures may be seen by all of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Right {
    /// Looking into calls of callers: numbers, times, bills.
    SeeCalls,
    /// Ending calls, and what else is done to them while they run.
    SteerCalls,
    /// Listening to calls, and speaking in them.
    Supervise,
    SeePayments,
    /// Credits, debits and refunds.
    ChangeMoney,
    ChangeRates,
    /// How much accounts may use at once, and where to.
    SetCaps,
    /// Opening, blocking and closing accounts, their callers' passwords, PINs and known phones.
    ManageAccounts,
    /// Links by which strangers start calls that an account pays for.
    ManageLinks,
    SeeAudit,
    /// Looking at alerts and at what was refused, and saying what came of it.
    HandleAlerts,
    /// Administrators and their roles.
    ManagePeople,
    /// Tokens of the API, addresses that events are sent to, sounds that are played, bots, and numbers that callers ring.
    ManageIntegrations,
}

impl Right {
    fn has(self) -> &'static [Role] {
        use Role::{Finance, Owner, Support};
        match self {
            Self::SeeCalls | Self::SeePayments | Self::HandleAlerts => &[Owner, Finance, Support],
            Self::ChangeMoney | Self::ChangeRates | Self::SetCaps | Self::SeeAudit => &[Owner, Finance],
            Self::SteerCalls | Self::Supervise | Self::ManageAccounts | Self::ManageLinks => &[Owner, Support],
            Self::ManagePeople | Self::ManageIntegrations => &[Owner],
        }
    }

    /// What somebody without it is told.
    pub fn refusal(self) -> &'static str {
        match self {
            Self::SeeCalls => "Viewers may not look into calls.",
            Self::SteerCalls => "Only owners and people of support may end or change calls.",
            Self::Supervise => "Only owners and people of support may listen to calls.",
            Self::SeePayments => "Viewers may not look into payments.",
            Self::ChangeMoney => "Only owners and people of finance may change money.",
            Self::ChangeRates => "Only owners and people of finance may change rates.",
            Self::SetCaps => "Only owners and people of finance may set caps.",
            Self::ManageAccounts => "Only owners and people of support may change accounts.",
            Self::ManageLinks => "Only owners and people of support may make and revoke call links.",
            Self::HandleAlerts => "Viewers may not look into alerts.",
            Self::SeeAudit => "Only owners and people of finance may read the audit log.",
            Self::ManagePeople => "Only owners may change who administers.",
            Self::ManageIntegrations => {
                "Only owners may change tokens, sounds, bots, access numbers and where events are sent."
            }
        }
    }
}

impl Role {
    /// `None` for callers.
    pub fn of(user: &User) -> Option<Self> {
        match (user.role.as_str(), &user.account) {
            ("owner", None) => Some(Self::Owner),
            ("finance", None) => Some(Self::Finance),
            ("support", None) => Some(Self::Support),
            ("viewer", None) => Some(Self::Viewer),
            _ => None,
        }
    }

    pub const ALL: [Self; 4] = [Self::Owner, Self::Finance, Self::Support, Self::Viewer];

    pub fn code(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Finance => "finance",
            Self::Support => "support",
            Self::Viewer => "viewer",
        }
    }

    pub fn named(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    pub fn may(self, right: Right) -> bool {
        right.has().contains(&self)
    }
}
