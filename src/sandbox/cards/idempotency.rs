//! Which answer belongs to which idempotency key. A key runs its request once: whoever sends it again gets the first
//! answer, whatever it was.

use std::collections::HashMap;

use serde_json::Map;
use sha2::{Digest, Sha256};

use super::errors::ApiError;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub status: u16,
    pub body: String,
}

#[derive(Default)]
pub(super) struct Keys(HashMap<String, Kept>);

struct Kept {
    /// Of path and body: keys are compared by what was sent, byte for byte.
    request: [u8; 32],
    /// None as long as the request runs.
    answer: Option<Answer>,
}

#[derive(Debug, PartialEq)]
pub(super) enum Admission {
    /// The caller runs the request and has to call [`Keys::finish`].
    New,
    Replay(Answer),
    Refused(ApiError),
}

impl Keys {
    pub(super) fn begin(&mut self, key: &str, path: &str, body: &str) -> Admission {
        let request = Sha256::digest(format!("{path}\n{body}")).into();
        match self.0.get(key) {
            None => {
                self.0.insert(key.to_owned(), Kept { request, answer: None });
                Admission::New
            }
            Some(kept) if kept.request != request => Admission::Refused(other_parameters(key)),
            Some(Kept { answer: Some(answer), .. }) => Admission::Replay(answer.clone()),
            Some(Kept { answer: None, .. }) => Admission::Refused(in_use(key)),
        }
    }

    /// Without an answer to keep, the key is as good as new.
    pub(super) fn finish(&mut self, key: &str, keep: Option<Answer>) {
        match keep {
            None => {
                self.0.remove(key);
            }
            Some(answer) => {
                self.0.get_mut(key).expect("only a begun key is finished").answer = Some(answer);
            }
        }
    }
}

fn other_parameters(key: &str) -> ApiError {
    let message = format!(
        "Keys for idempotent requests can only be used with the same parameters they were first used with. \
         Try using a key other than '{key}' if you meant to execute a different request."
    );
    let mut error = ApiError { status: 400, executed: false, error: Map::new() };
    error = error.with("type", "idempotency_error".into());
    error.with("message", message.into())
}

pub(super) fn in_use(key: &str) -> ApiError {
    let message = format!("There is currently another in-progress request using this Idempotent Key: {key}.");
    ApiError::new(409, "idempotency_error", "idempotency_key_in_use", &message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(admission: Admission) -> (u16, String) {
        let Admission::Refused(error) = admission else { panic!("{admission:?}") };
        (error.status, error.error["type"].as_str().unwrap().to_owned())
    }

    #[test]
    fn a_key_runs_once_and_then_gives_the_same_answer() {
        let mut keys = Keys::default();
        assert_eq!(keys.begin("k", "/a", "x=1"), Admission::New);
        assert_eq!(refusal(keys.begin("k", "/a", "x=1")), (409, "idempotency_error".to_owned()));
        let answer = Answer { status: 402, body: "{}".to_owned() };
        keys.finish("k", Some(answer.clone()));
        assert_eq!(keys.begin("k", "/a", "x=1"), Admission::Replay(answer));
        assert_eq!(refusal(keys.begin("k", "/a", "x=2")), (400, "idempotency_error".to_owned()));
        assert_eq!(refusal(keys.begin("k", "/b", "x=1")), (400, "idempotency_error".to_owned()));
    }

    #[test]
    fn a_request_that_was_not_carried_out_leaves_its_key_free() {
        let mut keys = Keys::default();
        assert_eq!(keys.begin("k", "/a", "x=1"), Admission::New);
        keys.finish("k", None);
        assert_eq!(keys.begin("k", "/a", "x=2"), Admission::New);
    }
}
