//! Tokens open what their scopes say, until they are revoked or expire, and are named for what they do.

use chrono::TimeDelta;

use super::*;
use crate::domain::scope::Scope;

/// Every route with its scope; an id is filled in that nobody has.
fn routes() -> Vec<(Method, String, Scope)> {
    let mut routes = vec![];
    for at in super::super::resources() {
        let uri = format!("/api/v1{}", at.path.replace("{id}", "x_1").replace(['{', '}'], ""));
        routes.extend(at.get.map(|get| (Method::GET, uri.clone(), get.scope)));
        routes.extend(at.post.map(|post| (Method::POST, uri, post.scope)));
    }
    routes
}

#[actix_web::test]
async fn each_route_refuses_a_token_without_its_scope_and_takes_one_with_it() {
    let api = Api::new();
    for needed in Scope::ALL {
        let others: Vec<_> =
            Scope::ALL.into_iter().filter(|scope| ![needed, Scope::Admin].contains(scope)).map(Scope::code).collect();
        let (_, without) = api.token(&format!("all but {needed}"), &others).await;
        let (_, with) = api.token(&format!("only {needed}"), &[needed.code()]).await;
        for (method, uri, _) in routes().into_iter().filter(|(_, _, scope)| *scope == needed) {
            let ask = |bearer: &str| {
                let request = TestRequest::with_uri(&uri).method(method.clone()).set_json(json!({}));
                api.send(request.insert_header((header::AUTHORIZATION, bearer)))
            };
            assert_eq!(ask(&without).await.problem(), (403, "missing_scope", needed.code()), "{method} {uri}");
            let taken = ask(&with).await;
            assert!(![401, 403].contains(&taken.status), "{method} {uri}: {taken:?}");
        }
    }
}

#[actix_web::test]
async fn a_revoked_or_expired_token_opens_nothing_from_the_next_request_on() {
    let api = Api::new();
    let (id, bearer) = api.token("shop", &["accounts:read"]).await;
    let ask = |bearer: &str| {
        let request = TestRequest::with_uri("/api/v1/accounts").insert_header((header::AUTHORIZATION, bearer));
        api.send(request)
    };
    assert_eq!(ask(&bearer).await.status, 200);
    assert_eq!(ask(&format!("{bearer}0")).await.problem().0, 401);
    assert_eq!(ask("Bearer ttk_nobody_00").await.problem().0, 401);
    let revoked = api.post(&format!("/api/v1/tokens/{id}/revoke"), json!({})).await;
    assert!(revoked.status == 200 && revoked.body["revoked_at"].is_string(), "{revoked:?}");
    assert_eq!(ask(&bearer).await.problem(), (401, "unauthorised", "Authorization"));
    let again = api.post(&format!("/api/v1/tokens/{id}/revoke"), json!({})).await;
    assert_eq!(again.body["revoked_at"], revoked.body["revoked_at"]);

    let tomorrow = (api.app.clock.now() + TimeDelta::days(1)).to_rfc3339();
    let made = json!({"name": "brief", "scopes": ["accounts:read"], "expires_at": tomorrow});
    let made = api.post("/api/v1/tokens", made).await;
    let brief = format!("Bearer {}", made.body["bearer"].as_str().unwrap());
    assert_eq!(ask(&brief).await.status, 200);
    let (tokens, bearer) = (crate::flows::api_tokens::token_of, made.body["bearer"].as_str().unwrap().to_owned());
    let later = api.app.clock.now() + TimeDelta::days(2);
    let then = api.app.db.read(move |tx| tokens(tx, &bearer, later)).await.unwrap();
    assert_eq!(then.unwrap_err(), crate::flows::api_tokens::Refused::Expired);
}

#[actix_web::test]
async fn what_a_token_does_is_written_under_its_name_and_its_use_is_noted() {
    let api = Api::new();
    let account = api.account("1").await;
    let (id, bearer) = api.token("web shop", &["money:read", "money:write"]).await;
    let credits = format!("/api/v1/accounts/{account}/credits");
    let credit = json!({"amount": "2", "reason": "bought", "key": "k"});
    let request = TestRequest::with_uri(&credits).method(Method::POST).set_json(credit);
    let credited = api.send(request.insert_header((header::AUTHORIZATION, bearer))).await;
    assert_eq!(credited.status, 201, "{credited:?}");
    let booked = api.get(&format!("/api/v1/accounts/{account}/transfers")).await;
    let actors: Vec<_> = booked.body["items"].as_array().unwrap().iter().map(|item| item["actor"].clone()).collect();
    assert_eq!(actors, ["api:web shop", "api:operator"]);
    let shown = api.get(&format!("/api/v1/tokens/{id}")).await;
    assert!(shown.body["last_used_at"].is_string() && shown.body["created_by"] == "api:operator", "{shown:?}");
    assert!(shown.body.get("bearer").is_none() && !shown.body.to_string().contains("hash"));
    assert_eq!(api.get("/api/v1/tokens?limit=1").await.body["items"][0], shown.body);
}

#[actix_web::test]
async fn a_token_needs_a_name_of_its_own_a_scope_and_a_future() {
    let api = Api::new();
    api.token("shop", &["admin"]).await;
    #[rustfmt::skip]
    let cases = [
        (json!({"name": "shop", "scopes": ["admin"]}), (409, "token_exists", "name")),
        (json!({"name": "operator", "scopes": ["admin"]}), (409, "token_exists", "name")),
        (json!({"name": "a", "scopes": []}), (422, "invalid_field", "scopes")),
        (json!({"name": "a", "scopes": ["root"]}), (422, "invalid_field", "scopes[0]")),
        (json!({"name": "a"}), (422, "missing_field", "scopes")),
        (json!({"name": "x".repeat(101), "scopes": ["admin"]}), (422, "invalid_field", "name")),
        (json!({"name": "a", "scopes": ["admin"], "expires_at": "2001-01-01"}), (422, "invalid_field", "expires_at")),
        (json!({"name": "a", "scopes": ["admin"], "expires_at": "soon"}), (422, "invalid_field", "expires_at")),
    ];
    for (body, expected) in cases {
        assert_eq!(api.post("/api/v1/tokens", body.clone()).await.problem(), expected, "{body}");
    }
    assert_eq!(api.get("/api/v1/tokens/none").await.problem(), (404, "not_found", ""));
    assert_eq!(api.post("/api/v1/tokens/none/revoke", json!({})).await.problem(), (404, "not_found", ""));
}
