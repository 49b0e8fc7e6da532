//! What is true of every body: fields of one name look alike everywhere. And of every body that is sent: it has no other
//! fields than those described, its texts are short and without control characters, its lists are short.

use serde_json::{Value, json};

pub const ID: &str = "^[A-Za-z0-9_-]{1,64}$";

/// As `input::text` reads them.
const TEXT: &str = "^[^\\u0000-\\u001f\\u007f-\\u009f]+$";
const AMOUNT: &str = "^-?[0-9]{1,13}\\.[0-9]{2,6}$";
const SENT_AMOUNT: &str = "^[0-9]{1,10}(\\.[0-9]{1,6})?$";
const PRICE: &str = "^[0-9]{1,10}(\\.[0-9]{1,9})?$";
const E164: &str = "^\\+[1-9][0-9]{6,14}$";
/// Spaces and the like are taken out.
const SENT_NUMBER: &str = "^[+0-9 ()./\\u00a0-]+$";

struct Look {
    names: &'static [&'static str],
    /// What we answer, what we take.
    patterns: Option<(&'static str, &'static str)>,
    example: &'static str,
}

#[rustfmt::skip]
const LOOKS: &[Look] = &[
    Look { names: &["id", "account"], patterns: Some((ID, ID)), example: "acc_01ja0000000000000000000000" },
    Look { names: &["currency"], patterns: Some(("^[A-Z]{3}$", "^[A-Za-z]{3}$")), example: "USD" },
    Look { names: &["amount", "balance", "promo", "remaining", "expired", "held", "available", "debt", "cost", "hold", "funds", "connection_fee", "booked", "booked_promo", "total"], patterns: Some((AMOUNT, SENT_AMOUNT)), example: "12.50" },
    Look { names: &["price_per_minute"], patterns: Some((PRICE, PRICE)), example: "0.015" },
    Look { names: &["own_number", "number", "numbers", "to"], patterns: Some((E164, SENT_NUMBER)), example: "+14155550100" },
    Look { names: &["prefix"], patterns: Some(("^[0-9]{1,15}$", "^[0-9]{1,15}$")), example: "1415" },
    Look { names: &["email"], patterns: None, example: "ada@example.com" },
    Look { names: &["plan", "name"], patterns: None, example: "standard" },
    Look { names: &["destination"], patterns: None, example: "North America" },
    Look { names: &["reason", "note"], patterns: None, example: "goodwill" },
    Look { names: &["actor", "created_by"], patterns: None, example: "api:web shop" },
    Look { names: &["debit"], patterns: None, example: "house:adjustments" },
    Look { names: &["credit"], patterns: None, example: "wallet:acc_01ja0000000000000000000000" },
    Look { names: &["fact_key"], patterns: None, example: "adjust:order-4711" },
    Look { names: &["status"], patterns: None, example: "open" },
    Look { names: &["role"], patterns: None, example: "payer" },
    Look { names: &["state"], patterns: None, example: "answered" },
    Look { names: &["ended_how"], patterns: None, example: "completed" },
    Look { names: &["next"], patterns: None, example: "acc_01ja0000000000000000000000" },
    Look { names: &["code"], patterns: None, example: "not_enough_credit" },
    Look { names: &["consent_text"], patterns: None, example: "Charge my card 10.00 USD when my balance runs out." },
    Look { names: &["reference", "charge"], patterns: None, example: "pi_3MtwBwLkdIwHu7ix28a3tqPa" },
    Look { names: &["call"], patterns: None, example: "call_01ja0000000000000000000000" },
    Look { names: &["event"], patterns: None, example: "evt_01ja0000000000000000000000" },
    Look { names: &["endpoint"], patterns: None, example: "end_01ja0000000000000000000000" },
    Look { names: &["subject"], patterns: None, example: "acc_01ja0000000000000000000000" },
    Look { names: &["url"], patterns: None, example: "https://example.com/talktime" },
    Look { names: &["secret"], patterns: None, example: "whsec_5f0c1d2e3f405162738495a6b7c8d9e0" },
    Look { names: &["uploaded_by"], patterns: None, example: "owner@example.com" },
    Look { names: &["consent_version"], patterns: None, example: "2026-11-21" },
    Look { names: &["consent_from", "address"], patterns: None, example: "203.0.113.7" },
    Look { names: &["end_reason"], patterns: None, example: "hung_up" },
    Look { names: &["phase"], patterns: None, example: "running" },
    Look { names: &["kind", "type", "kinds"], patterns: None, example: "call.ended" },
    Look { names: &["card"], patterns: None, example: "Visa ••4242" },
    Look { names: &["verdict"], patterns: None, example: "insufficient_funds" },
    Look { names: &["message", "detail"], patterns: None, example: "Not enough credit." },
    Look { names: &["purpose"], patterns: None, example: "top_up" },
    Look { names: &["before"], patterns: None, example: "open" },
    Look { names: &["after"], patterns: None, example: "blocked" },
    Look { names: &["path"], patterns: None, example: "/v1/payment_intents" },
    Look { names: &["sent"], patterns: None, example: "amount=1000&currency=usd" },
    Look { names: &["reply"], patterns: None, example: "{\"status\":\"succeeded\"}" },
    Look { names: &["outcome"], patterns: None, example: "succeeded" },
    Look { names: &["body"], patterns: None, example: "{\"type\":\"call.ended\"}" },
    Look { names: &["label"], patterns: None, example: "Visa ••4242" },
];

pub fn complete(document: &mut Value) {
    let sent = sent(document);
    let Some(schemas) = document["components"]["schemas"].as_object_mut() else { return };
    for (name, schema) in schemas {
        let is_sent = sent.contains(name);
        fields(schema, is_sent);
        if is_sent && schema["properties"].is_object() {
            schema["additionalProperties"] = false.into();
        }
    }
}

/// Also of things that are described in the middle of others.
fn fields(schema: &mut Value, is_sent: bool) {
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        for (name, property) in properties {
            look(name, property, is_sent);
            if is_sent {
                limit_texts(property);
            }
            fields(property, is_sent);
        }
    }
    if let Some(items) = schema.get_mut("items") {
        fields(items, is_sent);
    }
    if let Some(parts) = schema.get_mut("allOf").and_then(Value::as_array_mut) {
        parts.iter_mut().for_each(|part| fields(part, is_sent));
    }
}

/// Names of the schemas that requests are made of.
fn sent(document: &Value) -> Vec<String> {
    let mut found = vec![];
    let paths = document["paths"].as_object();
    for item in paths.into_iter().flat_map(|paths| paths.values()) {
        for operation in item.as_object().into_iter().flat_map(|operations| operations.values()) {
            named(&operation["requestBody"], document, &mut found);
        }
    }
    found
}

fn named(value: &Value, document: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            let name = fields.get("$ref").and_then(|name| name.as_str()?.rsplit('/').next());
            if let Some(name) = name.filter(|name| found.iter().all(|known| known != name)) {
                found.push(name.to_owned());
                named(&document["components"]["schemas"][name], document, found);
            }
            fields.values().for_each(|value| named(value, document, found));
        }
        Value::Array(items) => items.iter().for_each(|item| named(item, document, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whatever a handler says of a field of its own goes before.
fn look(name: &str, property: &mut Value, sent: bool) {
    let Some(look) = LOOKS.iter().find(|look| look.names.contains(&name)) else { return };
    if is(property, "array") && property["items"].is_object() {
        return self::look(name, &mut property["items"], sent);
    }
    if !is(property, "string") || property.get("enum").is_some() || property.get("format").is_some() {
        return;
    }
    if let (Some((answered, taken)), None) = (look.patterns, property.get("pattern")) {
        property["pattern"] = (if sent { taken } else { answered }).into();
    }
    if property.get("example").is_none() {
        property["example"] = look.example.into();
    }
}

fn is(schema: &Value, kind: &str) -> bool {
    schema["type"] == kind || schema["type"].as_array().is_some_and(|all| all.contains(&json!(kind)))
}

/// A parameter that need not be there may as well be empty.
pub fn limit_parameter(parameter: &mut Value) {
    limit_texts(&mut parameter["schema"]);
    if parameter["required"] != true && is(&parameter["schema"], "string") {
        parameter["schema"]["minLength"] = 0.into();
        parameter["schema"]["pattern"] = TEXT.replace('+', "*").into();
    }
}

fn limit_texts(schema: &mut Value) {
    if is(schema, "array") {
        if schema.get("maxItems").is_none() {
            schema["maxItems"] = 100.into();
        }
        limit_texts(&mut schema["items"]);
    } else if is(schema, "string") && schema.get("enum").is_none() && schema.get("format").is_none() {
        for (word, limit) in [("minLength", json!(1)), ("maxLength", json!(200)), ("pattern", json!(TEXT))] {
            if schema.get(word).is_none() {
                schema[word] = limit;
            }
        }
    }
}
