//! The form that lets a supervisor into a call; only pages of those who may do it have one.

use super::snapshot::Snapshot;
use crate::domain::call::supervision::Mode;
use crate::domain::phone_number::{BadPhoneNumber, PhoneNumber};
use crate::ids;
use crate::web::pages;
use crate::web::pages::form::Fields;
use crate::web::user::call::snapshot::{mode_of_word, mode_word};
use crate::web::user::dial_form::Field;

pub struct SuperviseForm {
    pub call: String,
    pub number: Field,
    pub mode: Field,
    /// Each mode's word, and what it is called.
    pub choices: Vec<(String, String)>,
    /// Made with the page, so that sending it twice rings once.
    pub request_key: String,
}

impl SuperviseForm {
    pub fn fresh(call: &Snapshot) -> Self {
        Self {
            call: call.id.clone(),
            number: Field::default(),
            mode: Field::of(Mode::Monitor.code()),
            choices: call.choices.iter().map(|(mode, label)| (mode_word(mode), label.clone())).collect(),
            request_key: ids::new("req"),
        }
    }

    pub fn filled(call: &Snapshot, fields: &Fields) -> Self {
        let key = Some(fields.text("request_key")).filter(|key| key.starts_with("req_"));
        let request_key = key.and_then(|key| pages::id(key).ok()).unwrap_or_else(|| ids::new("req"));
        let (number, mode) = (Field::of(fields.text("number")), Field::of(fields.text("mode")));
        Self { number, mode, request_key, ..Self::fresh(call) }
    }

    /// Whom to ring and what for; what is wrong stands beside its field.
    pub fn wish(&mut self) -> Option<(PhoneNumber, Mode)> {
        let number = self.number.value.parse::<PhoneNumber>().map_err(|error: BadPhoneNumber| {
            let empty = self.number.value.is_empty();
            self.number.error = Some(if empty { "Give your number.".to_owned() } else { error.to_string() });
        });
        let mode = mode_of_word(&self.mode.value).map_err(|_| {
            self.mode.error = Some("Choose what to do.".to_owned());
        });
        number.ok().zip(mode.ok())
    }
}
