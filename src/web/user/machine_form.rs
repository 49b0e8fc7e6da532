//! What is to be done if an answering machine answers: chosen by whoever dials or adds a number.

use crate::domain::call::machine::{Detection, MachineChoice};
use crate::domain::call::message::Message;
use crate::web::pages::form::Fields;

/// The words of a form, with what a person reads.
pub const CHOICES: [(&str, &str); 4] = [
    ("", "as usual"),
    ("connect", "connect it like a person"),
    ("hang_up", "hang up"),
    ("message", "leave this message after its greeting"),
];

#[derive(Debug, Default, Clone)]
pub struct MachineForm {
    pub choice: String,
    pub message: String,
    pub error: Option<String>,
}

impl MachineForm {
    pub fn read(fields: &Fields) -> Self {
        let text = |name| fields.text(name).to_owned();
        Self { choice: text("machine"), message: text("machine_message"), error: None }
    }

    /// What was chosen, or what is wrong with it beside the choice.
    pub fn wish(&mut self) -> Option<MachineChoice> {
        let chosen = self.chosen();
        self.error = chosen.as_ref().err().cloned();
        chosen.ok()
    }

    fn chosen(&self) -> Result<MachineChoice, String> {
        let message = Some(self.message.trim()).filter(|text| !text.is_empty()).map(Message::read).transpose();
        let message = message.map_err(|bad| format!("This cannot be left: {bad}."))?;
        let (detection, message) = match (self.choice.as_str(), message) {
            ("", None) => (None, None),
            ("connect", None) => (Some(Detection::Off), None),
            ("hang_up", None) => (Some(Detection::Detect), None),
            ("message", Some(message)) => (Some(Detection::GreetingEnd), Some(message)),
            ("message", None) => return Err("Give the words, or the address of a sound, to be left.".to_owned()),
            ("" | "connect" | "hang_up", Some(_)) => {
                return Err("A message is left only if you choose so. Choose it, or empty the message.".to_owned());
            }
            _ => return Err("Choose one of the four.".to_owned()),
        };
        MachineChoice::new(detection, message).map_err(|why| why.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(encoded: &str) -> (Option<MachineChoice>, Option<String>) {
        let mut form = MachineForm::read(&Fields::read(encoded.as_bytes()).unwrap());
        (form.wish(), form.error)
    }

    #[test]
    fn each_choice_is_taken_and_contradictions_are_named() {
        let choice = |detection, message| MachineChoice::new(detection, message).ok();
        assert_eq!(wish(""), (choice(None, None), None));
        assert_eq!(wish("machine=connect").0, choice(Some(Detection::Off), None));
        assert_eq!(wish("machine=hang_up&machine_message=+").0, choice(Some(Detection::Detect), None));
        let words = Message::words("Call back.").ok();
        assert_eq!(wish("machine=message&machine_message=Call+back.").0, choice(Some(Detection::GreetingEnd), words));
        let long = format!("machine=message&machine_message={}", "a".repeat(501));
        for bad in ["machine=message", "machine=hang_up&machine_message=Hi", "machine_message=Hi", "machine=x", &long] {
            let (wish, error) = wish(bad);
            assert!(wish.is_none() && error.is_some(), "{bad}");
        }
    }
}
