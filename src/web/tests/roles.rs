//! What a role may not do is not shown to it, and refused when it asks anyway.

use super::browser::{Browser, House};
use crate::storage::accounts;
use crate::storage::audit_search::{Filter, find};
use crate::storage::{StorageError, users};
use crate::web::auth::{Right, Role};

/// Where it is sent, what is filled in, and the right it takes.
type Form = (&'static str, &'static [(&'static str, &'static str)], Right);

const POSTS: &[Form] = &[
    ("/admin/accounts", &[("email", "new@example.org"), ("plan", "basic")], Right::ManageAccounts),
    ("/admin/accounts/ID/credit", &[("amount", "1"), ("reason", "x")], Right::ChangeMoney),
    ("/admin/accounts/ID/debit", &[("amount", "1"), ("reason", "x")], Right::ChangeMoney),
    ("/admin/accounts/ID/promo", &[("amount", "1"), ("last_day", "2030-01-01"), ("reason", "x")], Right::ChangeMoney),
    ("/admin/accounts/ID/plan", &[("plan", "basic")], Right::ManageAccounts),
    ("/admin/accounts/ID/language", &[("language", "de")], Right::ManageAccounts),
    ("/admin/accounts/ID/access/pin", &[], Right::ManageAccounts),
    ("/admin/accounts/ID/access/phones", &[("number", "+14155550177")], Right::ManageAccounts),
    ("/admin/access", &[("number", "+14155550178")], Right::ManageIntegrations),
    ("/admin/bots", &[("name", "x"), ("number", "+15005550001"), ("greeting", "x")], Right::ManageIntegrations),
    ("/admin/sounds", &[("sentence", "recording"), ("language", "de"), ("url", "")], Right::ManageIntegrations),
    ("/admin/charging", &[("state", "off"), ("reason", "x")], Right::ChangeMoney),
    ("/admin/accounts/ID/password", &[("password", "battery staple")], Right::ManageAccounts),
    ("/admin/accounts/ID/block", &[("reason", "x")], Right::ManageAccounts),
    ("/admin/accounts/ID/unblock", &[("reason", "x")], Right::ManageAccounts),
    ("/admin/accounts/ID/close", &[("reason", "x")], Right::ManageAccounts),
    ("/admin/accounts/ID/links", &[("label", "x")], Right::ManageLinks),
    ("/admin/vouchers", &[("label", "x"), ("face", "1"), ("currency", "USD"), ("pieces", "1")], Right::ChangeMoney),
    ("/admin/agents", &[("account", "ann@example.org"), ("commission", "1")], Right::ChangeMoney),
    ("/admin/cash", &[("account", "ann@example.org"), ("amount", "1"), ("reason", "x")], Right::ChangeMoney),
    ("/admin/watch", &[("calls_an_hour", "1")], Right::SetCaps),
    ("/admin/accounts/ID/freeze", &[("reason", "x")], Right::ManageAccounts),
    ("/admin/caps", &[("most_live_calls", "1")], Right::SetCaps),
    ("/admin/accounts/ID/caps", &[("most_live_calls", "1")], Right::SetCaps),
    ("/admin/conversions", &[("from", "EUR"), ("to", "USD"), ("rate", "1.1")], Right::ChangeRates),
    ("/admin/people", &[("email", "new@example.org"), ("role", "owner")], Right::ManagePeople),
    ("/admin/people/USER/role", &[("role", "owner")], Right::ManagePeople),
    ("/admin/people/USER/password", &[], Right::ManagePeople),
    ("/admin/people/USER/remove", &[], Right::ManagePeople),
];

/// Pages with the right it takes to see them; `None`: every administrator.
const PAGES: &[(&str, Option<Right>)] = &[
    ("/admin/accounts", None),
    ("/admin/accounts/ID", None),
    ("/admin/accounts/new", Some(Right::ManageAccounts)),
    ("/admin/accounts/ID/calls", Some(Right::SeeCalls)),
    ("/admin/accounts/ID/links", Some(Right::SeeCalls)),
    ("/admin/accounts/ID/access", Some(Right::SeeCalls)),
    ("/admin/access", None),
    ("/admin/access/calls", Some(Right::SeeCalls)),
    ("/admin/accounts/ID/bundles", None),
    ("/admin/accounts/ID/transfers", Some(Right::SeePayments)),
    ("/admin/accounts/ID/transfers.csv", Some(Right::SeePayments)),
    ("/admin/accounts/ID/statements", Some(Right::SeePayments)),
    ("/admin/accounts/ID/statement", Some(Right::SeePayments)),
    ("/admin/accounts/ID/statement.csv", Some(Right::SeePayments)),
    ("/admin/vouchers", Some(Right::SeePayments)),
    ("/admin/serials", Some(Right::SeePayments)),
    ("/admin/agents", Some(Right::SeePayments)),
    ("/admin/cash", Some(Right::SeePayments)),
    ("/admin/requests", Some(Right::SeePayments)),
    ("/admin/alerts", Some(Right::HandleAlerts)),
    ("/admin/caps", Some(Right::SetCaps)),
    ("/admin/watch", Some(Right::SetCaps)),
    ("/admin/accounts/ID/caps", Some(Right::SetCaps)),
    ("/admin/refusals", Some(Right::HandleAlerts)),
    ("/admin/refusals.csv", Some(Right::HandleAlerts)),
    ("/admin/conversions", None),
    ("/admin/margins", Some(Right::SeePayments)),
    ("/admin/margins.csv", Some(Right::SeePayments)),
    ("/admin/charging", Some(Right::SeePayments)),
    ("/admin/people", Some(Right::ManagePeople)),
    ("/admin/bots", Some(Right::ManageIntegrations)),
    ("/admin/sounds", Some(Right::ManageIntegrations)),
    ("/admin/audit", Some(Right::SeeAudit)),
    ("/admin/audit.csv", Some(Right::SeeAudit)),
];

/// Everything that could have changed, to be compared.
async fn books(house: &House) -> String {
    let id = house.account.clone();
    let read = house.app.db.read(move |tx| {
        let account = accounts::find(tx, &id)?;
        let (wallet, people) = (accounts::wallet(tx, &id)?, users::administrators(tx)?);
        let callers = users::of_account(tx, &id)?;
        let audit = find(tx, &Filter::default(), None, 1000, 1000)?.entries.len();
        Ok::<_, StorageError>(format!("{account:?} {wallet:?} {people:?} {callers:?} {audit}"))
    });
    read.await.unwrap()
}

async fn viewer_id(house: &House) -> String {
    let found = house.app.db.read(|tx| users::by_email(tx, "viewer@example.org")).await;
    found.map_err(|error: StorageError| error).unwrap().unwrap().id
}

async fn signed_in(house: &House, name: &str) -> Browser {
    let mut browser = house.browser().await;
    browser.sign_in(&format!("{name}@example.org")).await;
    browser
}

#[actix_web::test]
async fn a_role_sees_the_pages_it_may_and_no_form_or_link_that_it_may_not_use() {
    let house = House::build().await;
    let user = viewer_id(&house).await;
    let place = |path: &str| path.replace("ID", &house.account).replace("USER", &user);
    for role in Role::ALL {
        let mut browser = signed_in(&house, role.code()).await;
        for (path, right) in PAGES {
            let may = right.is_none_or(|right| role.may(right));
            let page = browser.get(&place(path)).await;
            assert_eq!(page.status, if may { 200 } else { 403 }, "{role:?} {path}");
            for (target, _, right) in POSTS.iter().filter(|(_, _, right)| !role.may(*right)) {
                let shown = page.text.contains(&format!("method=\"post\" action=\"{}\"", place(target)));
                assert!(!shown, "{role:?} is shown the form for {target} on {path}, which takes {right:?}");
            }
            for (link, right) in PAGES.iter().filter(|(_, right)| right.is_some_and(|right| !role.may(right))) {
                let shown = page.text.contains(&format!("href=\"{}\"", place(link)));
                assert!(!shown, "{role:?} is shown a link to {link} on {path}, which takes {right:?}");
            }
        }
    }
    let mut owner = signed_in(&house, "owner").await;
    let mut all = String::new();
    for path in [
        "/admin/accounts/ID",
        "/admin/accounts/ID/links",
        "/admin/accounts/ID/access",
        "/admin/access",
        "/admin/people",
        "/admin/bots",
        "/admin/sounds",
        "/admin/vouchers",
        "/admin/agents",
        "/admin/cash",
        "/admin/caps",
        "/admin/watch",
        "/admin/accounts/ID/caps",
        "/admin/charging",
        "/admin/conversions",
    ] {
        all += &owner.get(&place(path)).await.text;
    }
    for (target, _, _) in
        POSTS.iter().filter(|(target, _, _)| !target.ends_with("/unblock") && *target != "/admin/accounts")
    {
        assert!(all.contains(&format!("method=\"post\" action=\"{}\"", place(target))), "an owner finds {target}");
    }
}

#[actix_web::test]
async fn a_form_that_a_role_may_not_use_is_refused_and_changes_nothing() {
    let house = House::build().await;
    let user = viewer_id(&house).await;
    let place = |path: &str| path.replace("ID", &house.account).replace("USER", &user);
    let before = books(&house).await;
    for role in Role::ALL {
        let mut browser = signed_in(&house, role.code()).await;
        for (path, fields, _) in POSTS.iter().filter(|(_, _, right)| !role.may(*right)) {
            assert_eq!(browser.post("/me", &place(path), fields).await.status, 403, "{role:?} {path}");
        }
    }
    let mut caller = signed_in(&house, "ann").await;
    for (path, fields, _) in POSTS {
        assert_eq!(caller.post("/me", &place(path), fields).await.status, 403, "a caller {path}");
    }
    for (path, _) in PAGES {
        assert_eq!(caller.get(&place(path)).await.status, 403, "a caller {path}");
    }
    let mut nobody = house.browser().await;
    for (path, fields, _) in POSTS {
        assert_eq!(nobody.post("/sign-in", &place(path), fields).await.location(), "/sign-in", "nobody {path}");
    }
    assert_eq!(books(&house).await, before);
}
