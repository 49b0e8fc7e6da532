//! Whole examples of bodies, put together from those of their fields.

use serde_json::{Map, Value, json};

pub fn complete(operation: &mut Value, schemas: &Value) {
    fill(&mut operation["requestBody"], schemas, true);
    if operation["requestBody"].is_null() {
        operation.as_object_mut().map(|fields| fields.remove("requestBody"));
    }
    if let Some(responses) = operation["responses"].as_object_mut() {
        responses.values_mut().for_each(|response| fill(response, schemas, false));
    }
}

fn fill(body: &mut Value, schemas: &Value, sent: bool) {
    let Some(content) = body.get_mut("content").and_then(Value::as_object_mut) else { return };
    for media in content.values_mut() {
        if media.get("example").is_none() && media.get("examples").is_none() {
            media["example"] = of(&media["schema"], schemas, sent);
        }
    }
}

/// Of what is sent only what must be, and what has an example.
pub fn of(schema: &Value, schemas: &Value, sent: bool) -> Value {
    if let Some(example) = schema.get("example").or_else(|| schema.get("examples")?.get(0)) {
        return example.clone();
    }
    if let Some(name) = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next()) {
        return of(&schemas[name], schemas, sent);
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    for choice in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[choice].as_array() {
            let real = choices.iter().find(|choice| choice["type"] != "null");
            return real.map_or(Value::Null, |choice| of(choice, schemas, sent));
        }
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let parts = parts.iter().map(|part| of(part, schemas, sent));
        let fields = parts.filter_map(|part| part.as_object().cloned()).flatten();
        return Value::Object(fields.collect());
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|kind| *kind != "null").cloned().unwrap_or_default(),
        kind => kind.clone(),
    };
    match kind.as_str().unwrap_or_default() {
        "object" => object(schema, schemas, sent),
        "array" => json!([of(&schema["items"], schemas, sent)]),
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or(1.into()),
        "boolean" => false.into(),
        "string" if schema["format"] == "date-time" => "2026-11-21T12:00:00Z".into(),
        "string" => "text".into(),
        _ => Value::Null,
    }
}

fn object(schema: &Value, schemas: &Value, sent: bool) -> Value {
    let required = |name: &String| schema["required"].as_array().is_some_and(|all| all.contains(&json!(name)));
    let mut fields = Map::new();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        if !sent || required(name) || property.get("example").is_some() {
            fields.insert(name.clone(), of(property, schemas, sent));
        }
    }
    Value::Object(fields)
}
