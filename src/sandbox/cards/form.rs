//! Reads a form with nested names (`a[b]=v`, `a[0]=v`, `a[]=v`) into JSON. What the parameters mean is for `rest.rs`.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

/// Deeper names than this are nobody's parameters, only a way to exhaust the stack.
const DEEPEST: usize = 8;

/// Every leaf is a string. Names that cannot be read are kept whole, so that they are refused as unknown.
pub(in crate::sandbox) fn parse(form: &str) -> Map<String, Value> {
    let mut root = Value::Object(Map::new());
    for pair in form.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decode(name), decode(value));
        let steps = steps_of(&name);
        put(&mut root, &steps, value);
    }
    let Value::Object(root) = lists_made(root) else { unreachable!("names are never empty, so the root has them") };
    root
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// `a[b][0]` is `a`, `b`, `0`.
fn steps_of(name: &str) -> Vec<&str> {
    let Some((first, rest)) = name.split_once('[') else { return vec![name] };
    let Some(rest) = rest.strip_suffix(']') else { return vec![name] };
    let mut steps = vec![first];
    steps.extend(rest.split("]["));
    if first.is_empty() || steps.len() > DEEPEST { vec![name] } else { steps }
}

/// A later value replaces an earlier one of the same name.
fn put(place: &mut Value, steps: &[&str], value: String) {
    let Some((step, deeper)) = steps.split_first() else {
        *place = Value::String(value);
        return;
    };
    if !place.is_object() {
        *place = Value::Object(Map::new());
    }
    let members = place.as_object_mut().expect("it has just been made an object");
    // `a[]` appends; as a number it sorts behind those that are there.
    let step = if step.is_empty() { members.len().to_string() } else { (*step).to_owned() };
    put(members.entry(step).or_insert(Value::Null), deeper, value);
}

/// Objects whose names are all numbers are lists, except the root.
fn lists_made(root: Value) -> Value {
    match root {
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (name, list_made(value))).collect())
        }
        other => other,
    }
}

fn list_made(value: Value) -> Value {
    let Value::Object(members) = value else { return value };
    let Some(mut numbered) =
        members.iter().map(|(name, value)| Some((name.parse::<u32>().ok()?, value))).collect::<Option<Vec<_>>>()
    else {
        return lists_made(Value::Object(members));
    };
    numbered.sort_by_key(|(number, _)| *number);
    Value::Array(numbered.into_iter().map(|(_, value)| list_made(value.clone())).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nested_names_become_objects_and_lists() {
        let form = "amount=500&metadata[attempt]=p_1&metadata%5Bnote%5D=a+b%26c&expand[0]=x&expand[1]=y&types[]=a&types[]=b\
                    &created[gte]=17&empty=&items[0][price][currency]=usd";
        assert_eq!(
            Value::Object(parse(form)),
            json!({"amount": "500", "metadata": {"attempt": "p_1", "note": "a b&c"}, "expand": ["x", "y"],
                   "types": ["a", "b"], "created": {"gte": "17"}, "empty": "",
                   "items": [{"price": {"currency": "usd"}}]})
        );
    }

    #[test]
    fn strange_names_do_no_harm() {
        let deep = format!("a{}=1", "[b]".repeat(5000));
        assert_eq!(parse(&deep).len(), 1);
        for form in ["", "&&", "=", "[]=1", "a[=1", "a]=1", "a[b]c=1", "a=1&a[b]=2", "a[b]=1&a=2", "%ff=%"] {
            parse(form);
        }
    }
}
