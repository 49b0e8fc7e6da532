//! Administrators among themselves, and everybody's own password.

use actix_session::SessionExt;
use actix_web::test::TestRequest;

use super::browser::{Browser, House, PASSWORD};
use crate::flows::set_password::set_callers_password;
use crate::storage::{StorageError, Tx, users};
use crate::web::auth::session;

async fn id_of(house: &House, email: &'static str) -> String {
    let found = house.app.db.read(move |tx| users::by_email(tx, email)).await;
    found.map_err(|error: StorageError| error).unwrap().unwrap().id
}

async fn post(owner: &mut Browser, id: &str, what: &str, fields: &[(&str, &str)]) -> super::browser::Page {
    owner.post("/admin/people", &format!("/admin/people/{id}/{what}"), fields).await
}

#[actix_web::test]
async fn somebody_let_in_signs_in_with_the_password_shown_and_is_put_out_again() {
    let house = House::build().await;
    let mut owner = house.browser().await;
    owner.sign_in("owner@example.org").await;
    let fields = [("email", "Eva@example.org"), ("role", "finance")];
    let page = owner.post("/admin/people", "/admin/people", &fields).await;
    let password = page.text.split("id=\"password\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let mut eva = house.browser().await;
    let form = [("email", "eva@example.org"), ("password", password.as_str())];
    assert_eq!(eva.post("/sign-in", "/sign-in", &form).await.status, 303);
    assert_eq!(eva.get("/admin/audit").await.status, 200);
    let id = id_of(&house, "eva@example.org").await;
    assert_eq!(post(&mut owner, &id, "role", &[("role", "viewer")]).await.status, 303);
    assert_eq!(eva.get("/admin/audit").await.status, 403);
    assert_eq!(post(&mut owner, &id, "role", &[("role", "caller")]).await.status, 400);
    assert_eq!(post(&mut owner, &id, "remove", &[]).await.status, 303);
    assert_eq!(eva.get("/admin/accounts").await.location(), "/sign-in");
    for (email, role) in [("eva", "viewer"), ("viewer@example.org", "viewer"), ("x@example.org", "king")] {
        let refused = owner.post("/admin/people", "/admin/people", &[("email", email), ("role", role)]).await;
        assert_eq!(refused.status, 422, "{email} {role}");
    }
}

#[actix_web::test]
async fn the_last_owner_stays_and_callers_are_nobodys_colleagues() {
    let house = House::build().await;
    let mut owner = house.browser().await;
    owner.sign_in("owner@example.org").await;
    let id = id_of(&house, "owner@example.org").await;
    for (what, fields) in [("role", vec![("role", "viewer")]), ("remove", vec![])] {
        let refused = post(&mut owner, &id, what, &fields).await;
        assert!(refused.status == 422 && refused.text.contains("the last owner"), "{what}");
    }
    let ann = id_of(&house, "ann@example.org").await;
    for (what, fields) in [("role", vec![("role", "owner")]), ("remove", vec![]), ("password", vec![])] {
        assert_eq!(post(&mut owner, &ann, what, &fields).await.status, 404, "{what}");
    }
    let viewer = id_of(&house, "viewer@example.org").await;
    assert_eq!(post(&mut owner, &viewer, "role", &[("role", "owner")]).await.status, 303);
    assert_eq!(post(&mut owner, &id, "role", &[("role", "support")]).await.status, 303);
    assert_eq!(owner.get("/admin/people").await.status, 403);
}

#[actix_web::test]
async fn ones_own_password_is_changed_by_who_knows_the_old_one_and_other_browsers_sign_in_again() {
    let house = House::build().await;
    let (mut here, mut there) = (house.browser().await, house.browser().await);
    for browser in [&mut here, &mut there] {
        browser.sign_in("ann@example.org").await;
    }
    let new = "battery staple";
    for (old, again) in [("wrong", new), (PASSWORD, "something else"), ("", new)] {
        let refused = here.post("/me", "/me/password", &[("old", old), ("new", new), ("again", again)]).await;
        assert_eq!(refused.status, 422, "{old} {again}");
    }
    assert_eq!(there.get("/").await.status, 200);
    let changed = here.post("/me", "/me/password", &[("old", PASSWORD), ("new", new), ("again", new)]).await;
    assert_eq!(changed.location(), "/me?done=yes", "{}", changed.text);
    assert_eq!((here.get("/").await.status, there.get("/").await.location()), (200, "/sign-in"));
    assert_eq!(
        there.post("/sign-in", "/sign-in", &[("email", "ann@example.org"), ("password", new)]).await.status,
        303
    );
}

#[actix_web::test]
async fn guessing_the_old_password_is_slowed_down() {
    let house = House::build().await;
    let mut ann = house.browser().await;
    ann.sign_in("ann@example.org").await;
    let guess = [("old", "guess"), ("new", "battery staple"), ("again", "battery staple")];
    for _ in 0..5 {
        ann.post("/me", "/me/password", &guess).await;
    }
    let right = [("old", PASSWORD), guess[1], guess[2]];
    let page = ann.post("/me", "/me/password", &right).await;
    assert!(page.status == 422 && page.text.contains("Too many tries"), "{}", page.text);
}

/// Between comparing the password and opening the session.
#[actix_web::test]
async fn a_password_changed_while_somebody_signs_in_with_the_old_one_lets_nobody_in() {
    let house = House::build().await;
    let found = house.app.db.read(|tx| users::by_email(tx, "ann@example.org")).await;
    let ann = found.map_err(|error: StorageError| error).unwrap().unwrap();
    let (account, now) = (house.account.clone(), house.app.clock.now());
    let reset = move |tx: &mut Tx| set_callers_password(tx, &account, None, "another hash".to_owned(), "test", now);
    house.app.db.write(reset).await.unwrap();
    let session = TestRequest::default().to_http_request().get_session();
    assert!(!session::begin(&house.app, &session, &ann).await.unwrap());
    assert_eq!(session::key_hash(&session), None);
}
