//! The description as a page for people, at `/api/docs`: no session, no script, one page to search in.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde_json::Value;

use super::problems::{CODES, Code};
use super::{description, examples};
use crate::domain::scope::Scope;
use crate::web::pages::error::PageError;
use crate::web::pages::html;
use crate::web::pages::layout::Layout;

/// Codes that every operation may answer are said once, or the page would be full of them.
const EVERYWHERE: [&str; 4] = ["unauthorised", "missing_scope", "internal", "unavailable"];

#[derive(Template)]
#[template(path = "api.html")]
struct DocumentationPage {
    layout: Layout,
    introduction: &'static str,
    everywhere: [&'static str; 4],
    scopes: [Scope; 11],
    chapters: Vec<Chapter>,
    things: Vec<Thing>,
    codes: &'static [Code],
}

/// The operations of one tag.
struct Chapter {
    name: &'static str,
    about: &'static str,
    operations: Vec<Operation>,
}

struct Operation {
    id: &'static str,
    method: String,
    path: &'static str,
    summary: &'static str,
    about: &'static str,
    scope: &'static str,
    parameters: Vec<Field>,
    /// Names of the schemas that may be sent.
    bodies: Vec<&'static str>,
    example: String,
    answers: Vec<Answer>,
}

struct Answer {
    status: &'static str,
    /// The schema, of what is well; the codes, of what is not.
    thing: Option<&'static str>,
    text: String,
}

struct Thing {
    name: &'static str,
    about: &'static str,
    fields: Vec<Field>,
}

struct Field {
    name: &'static str,
    kind: String,
    required: bool,
    about: String,
}

pub async fn page() -> Result<HttpResponse, PageError> {
    html(StatusCode::OK, &written())
}

fn written() -> DocumentationPage {
    let document = description();
    let chapters = list(&document["tags"]).map(|tag| chapter(document, tag));
    let schemas = document["components"]["schemas"].as_object().into_iter().flatten();
    let things = schemas.filter(|(_, schema)| schema["properties"].is_object()).map(|(name, schema)| Thing {
        name,
        about: text(&schema["description"]),
        fields: fields(schema),
    });
    DocumentationPage {
        layout: Layout::plain(),
        introduction: text(&document["info"]["description"]),
        everywhere: EVERYWHERE,
        scopes: Scope::ALL,
        chapters: chapters.collect(),
        // Pages of lists are described in the introduction.
        things: things.filter(|thing| !thing.name.starts_with("Page_")).collect(),
        codes: CODES,
    }
}

fn chapter(document: &'static Value, tag: &'static Value) -> Chapter {
    let mut operations = vec![];
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, described) in item.as_object().into_iter().flatten() {
            if described["tags"][0] == tag["name"] {
                operations.push(operation(path, method, described, &document["components"]["schemas"]));
            }
        }
    }
    Chapter { name: text(&tag["name"]), about: text(&tag["description"]), operations }
}

fn operation(path: &'static str, method: &str, described: &'static Value, schemas: &'static Value) -> Operation {
    let content = &described["requestBody"]["content"];
    let mut bodies = vec![];
    named(&content["application/json"]["schema"], schemas, &mut bodies);
    Operation {
        id: text(&described["operationId"]),
        method: method.to_uppercase(),
        path,
        summary: text(&described["summary"]),
        about: text(&described["description"]),
        scope: text(&described["security"][0]["token"][0]),
        parameters: list(&described["parameters"]).filter(|one| is_its_own(one)).map(parameter).collect(),
        bodies,
        example: curl(path, method, described),
        answers: described["responses"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(status, one)| answer(status, one))
            .filter(|answer| !EVERYWHERE.contains(&answer.text.as_str()))
            .collect(),
    }
}

/// Addresses name the others, and the introduction has the key.
fn is_its_own(parameter: &Value) -> bool {
    parameter["in"] != "path" && parameter["name"] != "Idempotency-Key"
}

/// What can be typed, after `TALKTIME` and `TOKEN` were set.
fn curl(path: &str, method: &str, described: &Value) -> String {
    let mut path = path.replace("{id}", "acc_01ja0000000000000000000000");
    let required = |one: &&Value| one["in"] == "query" && one["required"] == true;
    for (place, one) in list(&described["parameters"]).filter(required).enumerate() {
        let sign = if place == 0 { '?' } else { '&' };
        let value = one["schema"]["example"].as_str().unwrap_or("standard");
        path = format!("{path}{sign}{}={value}", text_of(&one["name"]));
    }
    let mut line = format!("curl -H \"Authorization: Bearer $TOKEN\" \"$TALKTIME{path}\"");
    if method == "post" {
        line += " \\\n  -X POST -H 'Idempotency-Key: order-4711'";
    }
    let content = described["requestBody"]["content"].as_object().into_iter().flatten();
    for (kind, media) in content {
        let example = examples::of(media, &Value::Null, true);
        line += &match example {
            Value::String(_) => format!(" \\\n  -H 'Content-Type: {kind}' --data-binary @deck.csv"),
            example => format!(" \\\n  -H 'Content-Type: {kind}' -d '{example}'"),
        };
    }
    line
}

fn answer(status: &'static str, described: &'static Value) -> Answer {
    let content = &described["content"];
    let well = &content["application/json"]["schema"];
    let thing = well["$ref"].as_str().and_then(|name| name.rsplit('/').next());
    match content["application/problem+json"]["examples"].as_object() {
        Some(codes) => {
            Answer { status, thing: None, text: codes.keys().map(String::as_str).collect::<Vec<_>>().join(", ") }
        }
        None => Answer { status, thing, text: text(&described["description"]).to_owned() },
    }
}

fn parameter(described: &'static Value) -> Field {
    Field {
        name: text(&described["name"]),
        kind: kind(&described["schema"]),
        required: described["required"] == true,
        about: text(&described["description"]).to_owned(),
    }
}

fn fields(schema: &'static Value) -> Vec<Field> {
    let properties = schema["properties"].as_object().into_iter().flatten();
    let field = |(name, property): (&'static String, &'static Value)| Field {
        name,
        kind: kind(property),
        required: list(&schema["required"]).any(|required| required == name),
        about: text(&property["description"]).to_owned(),
    };
    properties.map(field).collect()
}

/// `string`, `string or null`, `list of integer`, or the name of a thing.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        return name.rsplit('/').next().unwrap_or_default().to_owned();
    }
    for choice in ["oneOf", "anyOf"] {
        if schema[choice].is_array() {
            return list(&schema[choice]).map(kind).collect::<Vec<_>>().join(" or ");
        }
    }
    let one = |name: &str| match name {
        "array" => format!("list of {}", kind(&schema["items"])),
        "string" if schema["format"] == "date-time" => "time".to_owned(),
        name => name.to_owned(),
    };
    match &schema["type"] {
        Value::Array(names) => names.iter().map(|name| one(text_of(name))).collect::<Vec<_>>().join(" or "),
        name => one(text_of(name)),
    }
}

fn named(schema: &'static Value, schemas: &'static Value, found: &mut Vec<&'static str>) {
    let Some(name) = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next()) else { return };
    let choices = &schemas[name];
    let mut several = list(&choices["oneOf"]).chain(list(&choices["anyOf"])).peekable();
    if several.peek().is_none() {
        return found.push(name);
    }
    several.for_each(|choice| named(choice, schemas, found));
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &'static Value) -> &'static str {
    value.as_str().unwrap_or_default()
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or("anything")
}
