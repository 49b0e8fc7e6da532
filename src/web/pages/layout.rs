//! What stands around every page: who is signed in, where they may go, and the token of the forms.

use actix_session::Session;

use super::assets;
use crate::storage::users::User;
use crate::web::auth::{Right, Role, csrf};

pub struct Layout {
    pub email: Option<String>,
    /// Where this person may go.
    pub links: Vec<Link>,
    /// For the hidden field `csrf` of each form.
    pub csrf: String,
}

/// A page that is reached from everywhere.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    pub path: &'static str,
    pub name: &'static str,
}

const fn link(path: &'static str, name: &'static str) -> Link {
    Link { path, name }
}

const CALLERS: &[Link] =
    &[link("/dial", "Dial"), link("/calls", "Calls"), link("/money", "Money"), link("/access", "Calling in")];

/// Those for which a right is needed are shown to nobody else.
const ADMINISTRATORS: &[(Link, Option<Right>)] = &[
    (link("/admin", "Dashboard"), None),
    (link("/admin/live", "Live calls"), Some(Right::SeeCalls)),
    (link("/admin/queues", "Queues"), Some(Right::SteerCalls)),
    (link("/admin/accounts", "Accounts"), None),
    (link("/admin/alerts", "Alerts"), Some(Right::HandleAlerts)),
    (link("/admin/payments", "Payments"), Some(Right::SeePayments)),
    (link("/admin/reconciliations", "Reconciliation"), Some(Right::SeePayments)),
    (link("/admin/vouchers", "Vouchers"), Some(Right::SeePayments)),
    (link("/admin/requests", "Requests"), Some(Right::SeePayments)),
    (link("/admin/decks", "Rates"), None),
    (link("/admin/caps", "Caps"), Some(Right::SetCaps)),
    (link("/admin/rooms", "Rooms"), None),
    (link("/admin/access", "Calling in"), None),
    (link("/admin/bots", "Bots"), Some(Right::ManageIntegrations)),
    (link("/admin/sounds", "Sounds"), Some(Right::ManageIntegrations)),
    (link("/admin/people", "People"), Some(Right::ManagePeople)),
    (link("/admin/tokens", "Tokens"), Some(Right::ManageIntegrations)),
    (link("/admin/events", "Events"), Some(Right::ManageIntegrations)),
    (link("/admin/audit", "Audit"), Some(Right::SeeAudit)),
];

fn links(user: &User) -> Vec<Link> {
    let Some(role) = Role::of(user) else { return CALLERS.to_vec() };
    let seen = ADMINISTRATORS.iter().filter(|(_, right)| right.is_none_or(|right| role.may(right)));
    seen.map(|(link, _)| *link).collect()
}

impl Layout {
    pub fn of(session: &Session, user: Option<&User>) -> Self {
        Self {
            email: user.map(|user| user.email.clone()),
            links: user.map(links).unwrap_or_default(),
            csrf: csrf::token(session),
        }
    }

    /// Without anybody: for error pages, which know no session.
    pub fn plain() -> Self {
        Self { email: None, links: vec![], csrf: String::new() }
    }

    pub fn asset(&self, name: &str) -> &'static str {
        assets::url(name)
    }
}
