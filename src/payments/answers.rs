//! What every processor's refusals have in common: how they are worded for the log, and how long to wait.

use std::time::Duration;

use serde_json::Value;

use super::Doubt;

/// Nobody is told to wait longer.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// Enough of a message for the log.
const MESSAGE_CHARS: usize = 300;

pub(super) fn unknown(status: u16, what: &str) -> Doubt {
    Doubt::Unknown(format!("HTTP {status}: {what}"))
}

pub(super) fn rejected(status: u16, error: &Value) -> Doubt {
    let message = error["message"].as_str().unwrap_or_default().chars().take(MESSAGE_CHARS).collect();
    let code = error["code"].as_str().map_or_else(|| format!("HTTP {status}"), str::to_owned);
    Doubt::Rejected { code, message }
}

pub(super) fn word(error: &Value) -> &str {
    error["code"].as_str().or_else(|| error["type"].as_str()).unwrap_or("no reason given")
}

pub(super) fn retry_after(headers: &[(String, String)]) -> Option<Duration> {
    let (_, value) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("retry-after"))?;
    value.trim().parse().ok().map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT))
}
