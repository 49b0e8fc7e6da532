//! Reading requests. Whatever cannot be read is refused with the name of the field, parameter or header; nothing that
//! passes here can surprise the database (no control characters, bounded lengths).

use std::fmt::Display;
use std::str::FromStr;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, web};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::web::error::ApiError;

const LARGEST_JSON: usize = 64 * 1024;
const LONGEST_TEXT: usize = 200;
/// The words of our own pages have some 600 characters.
const LONGEST_CONSENT: usize = 2000;
const MOST_ITEMS: usize = 100;

/// The whole body, if it is of the expected type and not too large.
pub async fn body(
    request: &HttpRequest,
    payload: web::Payload,
    content_type: &str,
    largest: usize,
) -> Result<web::Bytes, ApiError> {
    let given = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case(content_type) {
        let detail = format!("The body must be {content_type}.");
        return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong_content_type", detail).at("Content-Type"));
    }
    limited(payload, largest).await
}

/// All of it, if it is not too large.
pub async fn limited(payload: web::Payload, largest: usize) -> Result<web::Bytes, ApiError> {
    match payload.to_bytes_limited(largest).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(ApiError::bad_request("unreadable_body", "The body could not be read to its end.")),
        Err(_) => {
            let detail = format!("The body is larger than {largest} bytes.");
            Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail))
        }
    }
}

/// The fields of a JSON object, taken out one by one; what is left at the end was not asked for.
pub struct Fields(Map<String, Value>);

impl Fields {
    pub async fn read(request: &HttpRequest, payload: web::Payload) -> Result<Self, ApiError> {
        let bytes = body(request, payload, "application/json", LARGEST_JSON).await?;
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(ApiError::bad_request("malformed_json", "The body must be a JSON object.")),
            Err(error) => Err(ApiError::bad_request("malformed_json", format!("The body is not JSON: {error}."))),
        }
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name).filter(|value| !value.is_null())
    }

    pub fn optional_text(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        self.text_up_to(name, LONGEST_TEXT)
    }

    fn text_up_to(&mut self, name: &str, longest: usize) -> Result<Option<String>, ApiError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(given)) => bounded(name, given, longest).map(Some),
            Some(_) => Err(invalid(name, "must be a string")),
        }
    }

    /// What an owner agreed to, in all its words.
    pub fn consent_text(&mut self) -> Result<String, ApiError> {
        self.text_up_to("consent_text", LONGEST_CONSENT)?.ok_or_else(|| missing("consent_text"))
    }

    pub fn text(&mut self, name: &str) -> Result<String, ApiError> {
        self.optional_text(name)?.ok_or_else(|| missing(name))
    }

    pub fn optional_parsed<T: FromStr<Err: Display>>(&mut self, name: &str) -> Result<Option<T>, ApiError> {
        self.optional_text(name)?.map(|given| parsed(name, &given)).transpose()
    }

    pub fn parsed<T: FromStr<Err: Display>>(&mut self, name: &str) -> Result<T, ApiError> {
        self.optional_parsed(name)?.ok_or_else(|| missing(name))
    }

    /// A list of strings; a bad one is named by its place.
    pub fn list<T: FromStr<Err: Display>>(&mut self, name: &str) -> Result<Vec<T>, ApiError> {
        let Value::Array(items) = self.take(name).ok_or_else(|| missing(name))? else {
            return Err(invalid(name, "must be a list of strings"));
        };
        if items.len() > MOST_ITEMS {
            return Err(invalid(name, &format!("has more than {MOST_ITEMS} items")));
        }
        let read = |(place, item): (usize, Value)| {
            let name = format!("{name}[{place}]");
            match item {
                Value::String(given) => parsed(&name, &text(&name, given)?),
                _ => Err(invalid(&name, "must be a string")),
            }
        };
        items.into_iter().enumerate().map(read).collect()
    }

    pub fn whole_number(&mut self, name: &str, most: i64) -> Result<Option<i64>, ApiError> {
        let Some(value) = self.take(name) else { return Ok(None) };
        match value.as_i64() {
            Some(number) if (0..=most).contains(&number) => Ok(Some(number)),
            Some(_) | None => Err(invalid(name, &format!("must be a whole number from 0 to {most}"))),
        }
    }

    pub fn flag(&mut self, name: &str) -> Result<bool, ApiError> {
        Ok(self.optional_flag(name)?.unwrap_or(false))
    }

    pub fn optional_flag(&mut self, name: &str) -> Result<Option<bool>, ApiError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(invalid(name, "must be true or false")),
        }
    }

    /// A misspelt field is an error, not a wish without effect.
    pub fn done(self) -> Result<(), ApiError> {
        match self.0.into_iter().next() {
            None => Ok(()),
            Some((name, _)) => {
                let name: String = name.chars().take(LONGEST_TEXT).collect();
                let detail = format!("There is no field {name:?} here.");
                Err(ApiError::unprocessable("unknown_field", detail).at(name))
            }
        }
    }

    /// From the header `Idempotency-Key` or the field `key`: without one nobody could safely try again.
    pub fn idempotency_key(&mut self, request: &HttpRequest) -> Result<String, ApiError> {
        let header = match request.headers().get("Idempotency-Key") {
            None => None,
            Some(value) => match value.to_str() {
                Ok(given) => Some(text("Idempotency-Key", given.to_owned())?),
                Err(_) => return Err(invalid("Idempotency-Key", "must be plain ASCII")),
            },
        };
        match (header, self.optional_text("key")?) {
            (Some(header), Some(key)) if header != key => {
                Err(invalid("key", "differs from the header Idempotency-Key"))
            }
            (Some(key), _) | (None, Some(key)) => Ok(key),
            (None, None) => {
                let detail = "Send the header Idempotency-Key (or the field key), new for each thing you want done.";
                Err(ApiError::bad_request("missing_idempotency_key", detail).at("Idempotency-Key"))
            }
        }
    }
}

/// The parameters of a query, taken out one by one.
pub struct Query(Vec<(String, String)>);

/// Which part of a list is wanted.
pub struct Paging {
    /// The last one already seen.
    pub after: Option<String>,
    pub limit: i64,
}

impl Query {
    pub fn read(request: &HttpRequest) -> Self {
        Self(url::form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect())
    }

    fn take(&mut self, name: &str) -> Option<String> {
        let place = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.swap_remove(place).1)
    }

    /// An empty text is none.
    pub fn optional(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        self.take(name).filter(|given| !given.is_empty()).map(|given| text(name, given)).transpose()
    }

    /// However often it is given.
    pub fn every(&mut self, name: &str) -> Result<Vec<String>, ApiError> {
        let mut all = vec![];
        while let Some(given) = self.optional(name)? {
            all.push(given);
        }
        Ok(all)
    }

    pub fn required(&mut self, name: &str) -> Result<String, ApiError> {
        self.optional(name)?.ok_or_else(|| missing(name))
    }

    pub fn flag(&mut self, name: &str) -> Result<bool, ApiError> {
        match self.take(name).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(invalid(name, "must be true or false")),
        }
    }

    pub fn paging(&mut self) -> Result<Paging, ApiError> {
        let after = self.optional("after")?.map(|after| id("after", after)).transpose()?;
        let limit = match self.take("limit") {
            None => 50,
            Some(given) => match given.parse() {
                Ok(limit) if (1..=100).contains(&limit) => limit,
                Ok(_) | Err(_) => return Err(invalid("limit", "must be a whole number from 1 to 100")),
            },
        };
        Ok(Paging { after, limit })
    }

    pub fn done(self) -> Result<(), ApiError> {
        match self.0.into_iter().next() {
            None => Ok(()),
            Some((name, _)) => {
                let name: String = name.chars().take(LONGEST_TEXT).collect();
                let detail = format!("There is no parameter {name:?} here, or it is given twice.");
                Err(ApiError::unprocessable("unknown_parameter", detail).at(name))
            }
        }
    }
}

impl Paging {
    /// One more than asked for, to learn whether there are more.
    pub fn fetch(&self) -> i64 {
        self.limit + 1
    }

    /// Cuts what was fetched to what was asked for; the name of the last is where the next page begins.
    pub fn cut<T>(&self, mut fetched: Vec<T>, id: impl Fn(&T) -> String) -> (Vec<T>, Option<String>) {
        let limit = usize::try_from(self.limit).expect("it is 1 to 100");
        let more = fetched.len() > limit;
        fetched.truncate(limit);
        let next = fetched.last().filter(|_| more).map(id);
        (fetched, next)
    }
}

/// A moment that a list is to begin or end at.
pub fn moment(query: &mut Query, name: &str) -> Result<Option<DateTime<Utc>>, ApiError> {
    let Some(given) = query.optional(name)? else { return Ok(None) };
    let parsed = DateTime::parse_from_rfc3339(&given);
    parsed.map(|at| Some(at.to_utc())).map_err(|_| invalid(name, "must be a time such as 2026-11-21T12:00:00Z"))
}

/// An id out of an address. Nothing that could not be one of ours reaches the database.
pub fn path_id(request: &HttpRequest, what: &'static str) -> Result<String, ApiError> {
    let given = request.match_info().get("id").unwrap_or_default();
    if is_id(given) {
        Ok(given.to_owned())
    } else {
        Err(ApiError::not_found(what, &given.chars().take(64).collect::<String>()))
    }
}

/// An id out of a body or a query.
pub fn id(name: &str, given: String) -> Result<String, ApiError> {
    if is_id(&given) { Ok(given) } else { Err(invalid(name, "is not an id")) }
}

fn is_id(given: &str) -> bool {
    !given.is_empty() && given.len() <= 64 && given.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

fn text(name: &str, given: String) -> Result<String, ApiError> {
    bounded(name, given, LONGEST_TEXT)
}

fn bounded(name: &str, given: String, longest: usize) -> Result<String, ApiError> {
    if given.trim().is_empty() {
        return Err(invalid(name, "is empty"));
    }
    if given.chars().count() > longest {
        return Err(invalid(name, &format!("is longer than {longest} characters")));
    }
    if given.chars().any(char::is_control) {
        return Err(invalid(name, "contains control characters"));
    }
    Ok(given)
}

fn parsed<T: FromStr<Err: Display>>(name: &str, given: &str) -> Result<T, ApiError> {
    given.parse().map_err(|error: T::Err| ApiError::unprocessable("invalid_field", format!("{error}.")).at(name))
}

pub fn missing(name: &str) -> ApiError {
    ApiError::unprocessable("missing_field", format!("{name} is missing.")).at(name)
}

pub fn invalid(name: &str, why: &str) -> ApiError {
    ApiError::unprocessable("invalid_field", format!("{name} {why}.")).at(name)
}
