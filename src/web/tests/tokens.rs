//! Tokens on their page: shown once, revoked at once, and nobody's business but the owners'.

use super::browser::House;

#[actix_web::test]
async fn a_token_is_shown_once_and_revoked_from_its_line() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    browser.sign_in("owner@example.org").await;
    assert!(
        browser.get("/").await.text.contains("href=\"/admin/tokens\"")
            || browser.get("/admin/accounts").await.text.contains("href=\"/admin/tokens\"")
    );
    let fields = [("name", "web <shop>"), ("scope", "calls:read"), ("scope", "money:write"), ("days", "30")];
    let made = browser.post("/admin/tokens", "/admin/tokens", &fields).await;
    let bearer = made.text.split("id=\"bearer\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let (_, secret) = bearer.rsplit_once('_').unwrap();
    assert_eq!((made.status, secret.len()), (200, 64));
    assert!(!browser.get("/admin/tokens").await.text.contains(secret), "not a second time");
    let again = browser.post("/admin/tokens", "/admin/tokens", &fields).await;
    assert!(again.status == 422 && again.text.contains("name_error") && !again.text.contains("id=\"bearer\""));
    assert!(again.text.contains("value=\"calls:read\" checked") && again.text.contains("value=\"30\" selected"));

    let find = |bearer: String| {
        let now = house.app.clock.now();
        house.app.db.read(move |tx| crate::flows::api_tokens::token_of(tx, &bearer, now))
    };
    let token = find(bearer.clone()).await.unwrap().unwrap();
    assert_eq!(
        (token.created_by.as_str(), token.scopes.to_string().as_str()),
        ("owner@example.org", "money:write calls:read")
    );
    let revoke = format!("/admin/tokens/{}/revoke", token.id);
    assert_eq!(browser.post("/admin/tokens", &revoke, &[]).await.location(), "/admin/tokens");
    assert!(find(bearer).await.unwrap().is_err());
    let page = browser.get("/admin/tokens").await;
    assert!(page.text.contains("revoked") && !page.text.contains(&revoke), "{}", page.text);
    assert_eq!(browser.post("/admin/tokens", "/admin/tokens/ttk_none/revoke", &[]).await.status, 404);
}

#[actix_web::test]
async fn a_token_without_name_or_scope_is_refused_beside_the_field_and_viewers_see_nothing() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    browser.sign_in("owner@example.org").await;
    let bad = browser.post("/admin/tokens", "/admin/tokens", &[("name", ""), ("scope", "root")]).await;
    assert!(bad.status == 422 && bad.text.contains("name_error") && bad.text.contains("scopes_error"));
    let mut viewer = house.browser().await;
    viewer.sign_in("viewer@example.org").await;
    assert_eq!(viewer.get("/admin/tokens").await.status, 403);
    let token = [("name", "mine"), ("scope", "admin")];
    assert_eq!(viewer.post("/admin/accounts", "/admin/tokens", &token).await.status, 403);
    assert!(!viewer.get("/admin/accounts").await.text.contains("/admin/tokens"));
}
