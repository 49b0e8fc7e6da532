//! What stands around every page: who is signed in, where they may go, and the token of the forms.

use actix_session::Session;

use super::assets;
use crate::storage::users::User;
use crate::web::auth::{Right, Role, csrf};

pub struct Layout {
    pub email: Option<String>,
    /// Where this person may go.
    pub links: Vec<Shown>,
    /// The same, by what it is about: administrators have more than fits a line.
    pub groups: Vec<Group>,
    /// For the hidden field `csrf` of each form.
    pub csrf: String,
}

/// A page that is reached from everywhere.
#[derive(Clone, Copy, Debug)]
struct Link {
    path: &'static str,
    name: &'static str,
    /// Whoever does not have it is not shown the link.
    right: Option<Right>,
}

/// A link on some page.
#[derive(Debug)]
pub struct Shown {
    pub path: &'static str,
    pub name: &'static str,
    /// It leads to where this is, or to what this is a part of.
    pub current: bool,
}

#[derive(Debug)]
pub struct Group {
    pub name: &'static str,
    pub links: Vec<Shown>,
    /// One of them is the current one.
    pub open: bool,
}

const fn all(path: &'static str, name: &'static str) -> Link {
    Link { path, name, right: None }
}

const fn some(path: &'static str, name: &'static str, right: Right) -> Link {
    Link { path, name, right: Some(right) }
}

const CALLERS: &[Link] =
    &[all("/dial", "Dial"), all("/calls", "Calls"), all("/money", "Money"), all("/access", "Calling in")];

const DASHBOARD: &[Link] = &[all("/admin", "Dashboard")];

/// A new page of administrators has its line in the group that says what it is about.
const ADMINISTRATORS: &[(&str, &[Link])] = &[
    (
        "Customers",
        &[
            all("/admin/accounts", "Accounts"),
            some("/admin/alerts", "Alerts", Right::HandleAlerts),
            some("/admin/watch", "Watch", Right::SetCaps),
            some("/admin/caps", "Caps", Right::SetCaps),
            some("/admin/refusals", "Refusals", Right::HandleAlerts),
            all("/admin/access", "Calling in"),
        ],
    ),
    (
        "Calls",
        &[
            some("/admin/live", "Live calls", Right::SeeCalls),
            some("/admin/queues", "Queues", Right::SteerCalls),
            all("/admin/rooms", "Rooms"),
            some("/admin/bots", "Bots", Right::ManageIntegrations),
            some("/admin/sounds", "Sounds", Right::ManageIntegrations),
        ],
    ),
    (
        "Money",
        &[
            some("/admin/payments", "Payments", Right::SeePayments),
            some("/admin/disputes", "Disputes", Right::SeePayments),
            some("/admin/charging", "Charging", Right::SeePayments),
            some("/admin/reconciliations", "Reconciliation", Right::SeePayments),
            some("/admin/vouchers", "Vouchers", Right::SeePayments),
            some("/admin/requests", "Requests", Right::SeePayments),
        ],
    ),
    ("Rates", &[all("/admin/decks", "Plans and decks"), some("/admin/margins", "Margins", Right::SeePayments)]),
    (
        "House",
        &[
            some("/admin/people", "People", Right::ManagePeople),
            some("/admin/tokens", "Tokens", Right::ManageIntegrations),
            some("/admin/events", "Events", Right::ManageIntegrations),
            some("/admin/audit", "Audit", Right::SeeAudit),
        ],
    ),
];

/// Those that this role may follow.
fn shown(links: &[Link], role: Option<Role>, current: Option<&str>) -> Vec<Shown> {
    let may = |right: Right| role.is_some_and(|role| role.may(right));
    let seen = links.iter().filter(|link| link.right.is_none_or(may));
    seen.map(|link| Shown { path: link.path, name: link.name, current: current == Some(link.path) }).collect()
}

/// The link that leads nearest to `path`.
fn current<'a>(links: impl Iterator<Item = &'a Link>, path: &str) -> Option<&'static str> {
    let leads =
        |link: &&Link| path.strip_prefix(link.path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    links.filter(leads).map(|link| link.path).max_by_key(|path| path.len())
}

/// Everything is below the dashboard's address, and nothing else is a part of it.
fn of_administrators(path: &str) -> Option<&'static str> {
    let grouped = current(ADMINISTRATORS.iter().flat_map(|(_, links)| links.iter()), path);
    grouped.or(DASHBOARD.iter().map(|link| link.path).find(|dashboard| *dashboard == path))
}

fn groups(role: Role, current: Option<&str>) -> Vec<Group> {
    let group = |&(name, links): &(&'static str, &[Link])| {
        let links = shown(links, Some(role), current);
        Group { name, open: links.iter().any(|link| link.current), links }
    };
    ADMINISTRATORS.iter().map(group).filter(|group| !group.links.is_empty()).collect()
}

impl Layout {
    /// For somebody who is signed in and looks at `path`.
    pub fn of(session: &Session, user: &User, path: &str) -> Self {
        let (links, groups) = match Role::of(user) {
            None => (shown(CALLERS, None, current(CALLERS.iter(), path)), vec![]),
            Some(role) => {
                let current = of_administrators(path);
                (shown(DASHBOARD, Some(role), current), groups(role, current))
            }
        };
        Self { email: Some(user.email.clone()), links, groups, csrf: csrf::token(session) }
    }

    /// For whoever is not.
    pub fn of_nobody(session: &Session) -> Self {
        Self { csrf: csrf::token(session), ..Self::plain() }
    }

    /// Without anybody: for error pages, which know no session.
    pub fn plain() -> Self {
        Self { email: None, links: vec![], groups: vec![], csrf: String::new() }
    }

    pub fn asset(&self, name: &str) -> &'static str {
        assets::url(name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_page_is_in_one_group_and_nobody_is_shown_where_they_may_not_go() {
        let links: Vec<_> = ADMINISTRATORS.iter().flat_map(|(_, links)| *links).collect();
        let paths: BTreeSet<_> = links.iter().map(|link| link.path).collect();
        assert_eq!(paths.len(), links.len());
        for role in Role::ALL {
            let shown: Vec<_> = groups(role, None).into_iter().flat_map(|group| group.links).collect();
            let may = links.iter().filter(|link| link.right.is_none_or(|right| role.may(right)));
            assert_eq!(
                shown.iter().map(|link| link.path).collect::<Vec<_>>(),
                may.map(|link| link.path).collect::<Vec<_>>()
            );
            assert!(groups(role, None).iter().all(|group| !group.links.is_empty() && !group.open), "{role:?}");
        }
    }

    #[test]
    fn the_group_of_the_page_is_open_and_its_nearest_link_marked() {
        for (path, link) in [
            ("/admin", Some("/admin")),
            ("/admin/payments", Some("/admin/payments")),
            ("/admin/payments/pay_1", Some("/admin/payments")),
            ("/admin/accounts/acc_1/links", Some("/admin/accounts")),
            ("/admin/plans/x", None),
            ("/me", None),
        ] {
            assert_eq!(of_administrators(path), link, "{path}");
        }
        let groups = groups(Role::Owner, of_administrators("/admin/payments/pay_1"));
        let open: Vec<_> = groups.iter().filter(|group| group.open).map(|group| group.name).collect();
        assert_eq!(open, ["Money"]);
    }
}
