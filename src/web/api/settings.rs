//! Settings in JSON: read from a body and shown in an answer by the lines of their table.

use serde_json::{Map, Value};

use super::input::{Fields, invalid};
use crate::domain::setting::{BadSetting, Given, Kind, Setting};
use crate::web::error::ApiError;

/// Those that the body names. Null leaves a setting as it is, but takes a text away.
pub fn given<T>(fields: &mut Fields, settings: &[Setting<T>]) -> Result<Given, ApiError> {
    let mut given = vec![];
    for Setting { name, kind, .. } in settings {
        let named = fields.has(name);
        let text = match kind {
            Kind::Flag => fields.optional_flag(name)?.map(|flag| flag.to_string()),
            Kind::Choice(_) => fields.optional_text(name)?,
            Kind::Number { most, .. } => fields.whole_number(name, (*most).into())?.map(|number| number.to_string()),
            Kind::Text => fields.optional_text(name)?.or_else(|| named.then(String::new)),
        };
        given.extend(text.map(|text| ((*name).to_owned(), text)));
    }
    Ok(given)
}

pub fn shown<T>(settings: &[Setting<T>], of: &T) -> Map<String, Value> {
    let one = |setting: &Setting<T>| {
        let text = (setting.get)(of);
        let value = match setting.kind {
            Kind::Flag => Value::Bool(text == "true"),
            Kind::Number { .. } => text.parse::<i64>().map_or(Value::Null, Value::from),
            Kind::Choice(_) | Kind::Text => Value::String(text),
        };
        (setting.name.to_owned(), value)
    };
    settings.iter().map(one).collect()
}

/// The first of what is wrong.
pub fn refused(bad: &[BadSetting]) -> ApiError {
    let first = bad.first().expect("something is wrong");
    invalid(&first.name, &first.why)
}
