//! The description says what is so: every route and no other, with examples that work and answers that are problems.

use std::collections::HashSet;

use super::*;

fn document() -> &'static Value {
    super::super::openapi::description()
}

/// Address, method and what is said of it.
fn operations() -> Vec<(String, String, &'static Value)> {
    let paths = document()["paths"].as_object().unwrap();
    let all = paths.iter().flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(|(method, operation)| (path.clone(), method.clone(), operation))
    });
    all.collect()
}

/// Every address and method there is.
fn registered() -> Vec<(String, String, &'static str)> {
    let mut found = vec![];
    for at in super::super::resources() {
        let methods = [at.get.map(|get| ("get", get.scope)), at.post.map(|post| ("post", post.scope))];
        let here = methods.into_iter().flatten();
        found.extend(here.map(|(method, scope)| (format!("/api/v1{}", at.path), method.to_owned(), scope.code())));
    }
    found.sort();
    found
}

#[actix_web::test]
async fn the_description_has_every_route_and_no_other_each_with_its_scope() {
    let api = Api::new();
    let served = api.send(TestRequest::with_uri("/api/openapi.json")).await;
    assert_eq!((served.status, &served.body), (200, document()));
    assert!(document()["openapi"].as_str().unwrap().starts_with("3.1"));
    let scope = |operation: &'static Value| operation["security"][0]["token"][0].as_str().unwrap_or_default();
    let mut described: Vec<_> =
        operations().into_iter().map(|(path, method, operation)| (path, method, scope(operation))).collect();
    described.sort();
    assert_eq!(described, registered());
    assert_eq!(document()["components"]["securitySchemes"]["token"]["scheme"], "bearer");
}

#[test]
fn everything_the_description_refers_to_is_in_it() {
    let text = document().to_string();
    let schemas = document()["components"]["schemas"].as_object().unwrap();
    for reference in text.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name}");
    }
}

#[test]
fn each_operation_has_a_name_of_its_own_a_sentence_a_known_tag_and_examples() {
    let mut names = HashSet::new();
    let tags: Vec<_> = document()["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    for (path, method, operation) in operations() {
        let at = format!("{method} {path}");
        assert!(names.insert(operation["operationId"].as_str().unwrap()), "{at}: {}", operation["operationId"]);
        assert!(operation["summary"].as_str().is_some_and(|summary| !summary.is_empty()), "{at} has no summary");
        assert!(tags.contains(&&operation["tags"][0]), "{at}: {} is not described", operation["tags"][0]);
        let body = operation["requestBody"]["content"].as_object();
        let answers = operation["responses"].as_object().unwrap();
        for status in ["401", "403", "500", "503"] {
            assert!(answers.contains_key(status), "{at} {status}");
        }
        assert!(answers.get("default").is_none(), "{at}: each answer is named");
        let contents = answers.values().filter_map(|answer| answer["content"].as_object());
        for (kind, media) in contents.chain(body).flatten() {
            assert!(media.get("example").is_some() || media.get("examples").is_some(), "{at} {kind} has no example");
            assert!(!media["example"].to_string().contains("\"text\""), "{at} {kind}: {}", media["example"]);
        }
        for (status, answer) in answers.iter().filter(|(status, _)| !status.starts_with('2')) {
            assert!(answer["content"]["application/problem+json"].is_object(), "{at} {status}");
            assert!(answer["description"].as_str().is_some_and(|text| !text.is_empty()), "{at} {status}");
        }
    }
}

/// Words between quotes after `start` in the sources, up to `end`.
fn written(path: &str, start: &str, end: &str) -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(path);
    let files = match std::fs::read_dir(&folder) {
        Ok(entries) => entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect(),
        Err(_) => vec![folder],
    };
    let texts: Vec<_> = files.into_iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let parts = texts.iter().flat_map(|text| text.split(start).skip(1));
    parts.flat_map(|part| part.split(end).next().unwrap().split('"').skip(1).step_by(2)).map(str::to_owned).collect()
}

#[test]
fn each_code_that_is_answered_or_promised_is_in_the_table() {
    let known = |code: &str| super::super::openapi::problems::find(code).is_some();
    let mut codes = vec![];
    for start in ["ApiError::conflict(", "ApiError::unprocessable(", "ApiError::bad_request("] {
        codes.extend(written("web/api", start, ","));
    }
    let promised = written("web/api", "(status = 4", ")").into_iter();
    codes.extend(promised.flat_map(|text| text.split(", ").map(str::to_owned).collect::<Vec<_>>()));
    for refusals in [
        "domain/refund.rs",
        "domain/admission.rs",
        "flows/assign_stray.rs",
        "flows/begin_checkout.rs",
        "flows/save_card.rs",
        "domain/cash.rs",
        "flows/activate_vouchers.rs",
        "flows/two_persons.rs",
    ] {
        codes.extend(written(refusals, "pub fn code(&self)", "\n    }\n"));
    }
    assert!(codes.len() > 60, "{codes:?}");
    let unknown: Vec<_> = codes.iter().filter(|code| !known(code)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[actix_web::test]
async fn each_example_of_a_body_can_be_read() {
    let api = Api::new();
    let unreadable = ["malformed_json", "invalid_field", "missing_field", "unknown_field", "wrong_content_type"];
    for (path, _, operation) in operations() {
        let example = &operation["requestBody"]["content"]["application/json"]["example"];
        if example.is_object() {
            let uri = path.replace("{id}", "x_1").replace(['{', '}'], "");
            let answer = api.post_with_key(&uri, &crate::ids::new("k"), example.clone()).await;
            let code = answer.body["code"].as_str().unwrap_or_default();
            assert!(!unreadable.contains(&code), "{uri}: {example} is answered {answer:?}");
        }
    }
}

#[actix_web::test]
async fn people_read_the_same_on_one_page_of_ours() {
    let api = Api::new();
    let page = api.send(TestRequest::with_uri("/api/docs")).await;
    let text = page.body.as_str().unwrap();
    assert_eq!(page.status, 200);
    assert!(page.headers.contains_key(header::CONTENT_SECURITY_POLICY) && !text.contains("style=\""));
    for (path, method, operation) in operations() {
        let shown = format!("<code>{} {path}</code>", method.to_uppercase());
        let id = format!("id=\"{}\"", operation["operationId"].as_str().unwrap());
        assert!(text.contains(&shown) && text.matches(&id).count() == 1, "{shown}");
    }
    for code in super::super::openapi::problems::CODES {
        assert!(text.contains(&format!("<code>{}</code>", code.code)), "{}", code.code);
    }
    let front = api.send(TestRequest::with_uri("/api")).await;
    assert!(front.status == 303 && front.headers.get(header::LOCATION).is_some_and(|place| place == "/api/docs"));
}
