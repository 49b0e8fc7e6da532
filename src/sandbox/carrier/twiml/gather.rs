//! Reads the verbs of digits: `Gather`, and `Play` with digits.

use roxmltree::Node;

use super::{Hook, Method, Reader, Verb};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gather {
    pub prompt: Vec<Verb>,
    pub timeout_seconds: u32,
    /// `None`: only the timeout or the number of digits ends it.
    pub finish_on_key: Option<char>,
    pub most_digits: Option<usize>,
    /// The document itself where nothing else is named; `None` only in a document that came without an address.
    pub action: Option<Hook>,
    pub asks_on_empty: bool,
}

impl Reader {
    pub(super) fn gather(&mut self, element: Node) -> Verb {
        self.know(element, &GATHER_ATTRIBUTES);
        if !element.attribute("input").unwrap_or("dtmf").contains("dtmf") {
            self.warn(12200, "nobody speaks to this carrier: only input dtmf is understood");
        }
        let own = || self.base.as_ref().map(|base| Hook { url: base.to_string(), method: Method::Post });
        let action = element.attribute("action").filter(|url| !url.is_empty());
        let action = action.map_or_else(own, |url| Some(self.hook(url, element.attribute("method"))));
        let most_digits = element.attribute("numDigits").map(|_| self.number(element, "numDigits", 1, 12200).max(1));
        Verb::Gather(Box::new(Gather {
            prompt: self.prompt(element),
            timeout_seconds: self.number(element, "timeout", 5, 12200),
            finish_on_key: element.attribute("finishOnKey").unwrap_or("#").chars().next(),
            most_digits: most_digits.map(|most| most as usize),
            action,
            asks_on_empty: self.flag(element, "actionOnEmptyResult", false, 12200),
        }))
    }

    pub(super) fn tones(&mut self, element: Node) -> Verb {
        let digits = element.attribute("digits").unwrap_or_default();
        if !is_dialable(digits) {
            self.warn(12200, &format!("digits '{digits}' cannot be dialled"));
        }
        Verb::Tones(digits.chars().filter(|one| is_dialable(&one.to_string())).collect())
    }

    /// Only what is heard may stand inside.
    fn prompt(&mut self, element: Node) -> Vec<Verb> {
        let (heard, other) = self
            .verbs(element)
            .into_iter()
            .partition::<Vec<_>, _>(|verb| matches!(verb, Verb::Say { .. } | Verb::Play { .. } | Verb::Pause { .. }));
        if !other.is_empty() {
            self.warn(12200, "only Say, Play and Pause may stand in a Gather");
        }
        heard
    }
}

/// Digits and the waits between them: `w` is half a second, `W` a whole one.
pub fn is_dialable(text: &str) -> bool {
    text.chars().all(|one| one.is_ascii_digit() || "ABCD*#wW".contains(one))
}

const GATHER_ATTRIBUTES: [&str; 18] = [
    "input",
    "action",
    "method",
    "timeout",
    "speechTimeout",
    "maxSpeechTime",
    "profanityFilter",
    "finishOnKey",
    "numDigits",
    "partialResultCallback",
    "partialResultCallbackMethod",
    "language",
    "hints",
    "bargeIn",
    "debug",
    "actionOnEmptyResult",
    "speechModel",
    "enhanced",
];
