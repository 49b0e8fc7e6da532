//! Adds to every operation what follows from its line in the table of routes: scope, key, parameters, and the answers
//! that every operation of its kind can give. What a handler says of itself goes before.

use serde_json::{Map, Value, json};

use super::{examples, problems, schemas};
use crate::web::api::resources;

pub fn complete(mut document: Value) -> Value {
    document["servers"] = json!([{ "url": "/", "description": "This service" }]);
    document["components"]["securitySchemes"] = json!({ "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token made at /admin/tokens or by POST /api/v1/tokens, sent as `Authorization: Bearer …`. Each \
                        operation names the scope it needs; `admin` is good for all."
    }});
    schemas::complete(&mut document);
    let components = document["components"]["schemas"].clone();
    for at in resources() {
        let path = format!("/api/v1{}", at.path);
        for (method, scoped) in [("get", at.get), ("post", at.post)] {
            let Some(scoped) = scoped else { continue };
            let operation = &mut document["paths"][&path][method];
            if operation.is_object() {
                operation["security"] = json!([{ "token": [scoped.scope.code()] }]);
                name(operation, method, &path);
                parameters(operation, method);
                answers(operation, method, &path);
                examples::complete(operation, &components);
            }
        }
    }
    document
}

/// A handler's own name says what, not of what: `list` becomes `list_account_transfers`.
fn name(operation: &mut Value, method: &str, path: &str) {
    let own = operation["operationId"].as_str().unwrap_or_default();
    if own.contains('_') {
        return;
    }
    let parts: Vec<&str> = path.split('/').skip(3).filter(|part| !part.starts_with('{')).collect();
    let (last, parents) = parts.split_last().expect("an address names something");
    let parents: String = parents.iter().map(|parent| format!("{}_", one(parent))).collect();
    let last_is_id = path.ends_with('}');
    let name = match (method, last_is_id, last.ends_with('s')) {
        ("get", true, _) => format!("show_{parents}{}", one(last)),
        ("get", false, _) => format!("list_{parents}{last}"),
        (_, _, true) => format!("create_{parents}{}", one(last)),
        (_, _, false) => format!("{last}_{}", parents.trim_end_matches('_')),
    };
    operation["operationId"] = name.replace('-', "_").into();
}

fn one(many: &str) -> String {
    match many.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => many.strip_suffix('s').unwrap_or(many).to_owned(),
    }
}

fn parameters(operation: &mut Value, method: &str) {
    let mut all = operation["parameters"].as_array().cloned().unwrap_or_default();
    if method == "post" && all.iter().all(|one| one["name"] != "Idempotency-Key") {
        all.push(
            json!({ "name": "Idempotency-Key", "in": "header", "required": false, "schema": { "type": "string" } }),
        );
    }
    for one in &mut all {
        let (description, schema) = match (one["in"].as_str(), one["name"].as_str().unwrap_or_default()) {
            (Some("path"), name) => {
                let schema =
                    json!({ "type": "string", "pattern": schemas::ID, "example": "acc_01ja0000000000000000000000" });
                (format!("The {} to look at.", if name == "id" { "id of the thing" } else { name }), schema)
            }
            (_, "after") => {
                let schema = json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{0,64}$", "example": "" });
                ("`next` of the page before.".to_owned(), schema)
            }
            (_, "limit") => {
                let schema = json!({ "type": "integer", "minimum": 1, "maximum": 100, "default": 50, "example": 20 });
                ("How many at most.".to_owned(), schema)
            }
            (_, "Idempotency-Key") => {
                let schema = json!({
                    "type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]([ -~]*[!-~])?$",
                    "example": "order-4711"
                });
                (
                    "New for each thing you want done; repeating a request with its key does nothing again.".to_owned(),
                    schema,
                )
            }
            (_, _) => {
                schemas::limit_parameter(one);
                continue;
            }
        };
        one["schema"] = schema;
        if one["description"].as_str().is_none_or(str::is_empty) {
            one["description"] = description.into();
        }
    }
    if !all.is_empty() {
        operation["parameters"] = all.into();
    }
}

/// Every operation can answer these, so they are said once for all of them.
pub const ALWAYS: [&str; 4] = ["unauthorised", "missing_scope", "internal", "unavailable"];

/// Codes that can come besides those the handler names.
fn common(operation: &Value, method: &str, path: &str) -> Vec<&'static str> {
    let mut codes = ALWAYS.to_vec();
    if path.contains('{') {
        codes.push("not_found");
    }
    if method == "post" {
        codes.extend(["unreadable_body", "body_too_large", "in_progress", "idempotency_key_reused", "invalid_field"]);
    }
    let body = &operation["requestBody"];
    if body.is_object() {
        codes.push("wrong_content_type");
    }
    if body["content"]["application/json"].is_object() {
        codes.extend(["malformed_json", "missing_field", "unknown_field"]);
    }
    let in_query = |one: &Value| one["in"] == "query";
    if method == "get" && !path.ends_with('}')
        || operation["parameters"].as_array().is_some_and(|all| all.iter().any(in_query))
    {
        codes.extend(["unknown_parameter", "invalid_field"]);
    }
    codes
}

fn answers(operation: &mut Value, method: &str, path: &str) {
    let common = common(operation, method, path);
    let mut responses = operation["responses"].as_object().cloned().unwrap_or_default();
    responses.remove("default");
    let own: Vec<_> = responses.iter().filter(|(status, _)| is_problem(status)).map(|(_, one)| one.clone()).collect();
    let words = own.iter().flat_map(|one| words(one["description"].as_str().unwrap_or_default()));
    let mut codes: Vec<_> = words.filter_map(|word| problems::find(&word)).collect();
    codes.extend(common.iter().map(|code| problems::find(code).expect("common codes are in the table")));
    for (status, one) in &mut responses {
        if !is_problem(status) {
            headers(one, status, method);
        }
    }
    responses.retain(|status, _| !is_problem(status));
    for code in codes {
        let answer = responses.entry(code.status.to_string()).or_insert_with(|| problem(code.status));
        let content = &mut answer["content"]["application/problem+json"]["examples"];
        if content[code.code].is_null() {
            content[code.code] = json!({ "summary": code.meaning, "value": code.example() });
            let text =
                format!("{}- `{}`: {}\n", answer["description"].as_str().unwrap_or_default(), code.code, code.meaning);
            answer["description"] = text.into();
        }
    }
    operation["responses"] = Value::Object(sorted(responses));
}

fn is_problem(status: &str) -> bool {
    !status.starts_with('2')
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').map(str::to_owned)
}

fn sorted(responses: Map<String, Value>) -> Map<String, Value> {
    let mut all: Vec<_> = responses.into_iter().collect();
    all.sort_by(|(one, _), (other, _)| one.cmp(other));
    all.into_iter().collect()
}

fn problem(status: u16) -> Value {
    let mut answer = json!({
        "description": "",
        "content": { "application/problem+json": {
            "schema": { "$ref": "#/components/schemas/Problem" }, "examples": {}
        }}
    });
    let header = |text: &str| json!({ "description": text, "schema": { "type": "string" } });
    match status {
        401 => answer["headers"]["WWW-Authenticate"] = header("How to sign in."),
        409 | 503 => answer["headers"]["Retry-After"] = header("After how many seconds to ask again."),
        _ => {}
    }
    answer
}

fn headers(answer: &mut Value, status: &str, method: &str) {
    if method == "post" {
        answer["headers"]["Idempotency-Replayed"] = json!({
            "description": "`true`: this is the answer that was given when the key was first used.",
            "schema": { "type": "string", "enum": ["true"] }
        });
    }
    if status == "201" {
        answer["headers"]["Location"] =
            json!({ "description": "Where it can be looked at.", "schema": { "type": "string" } });
    }
}
