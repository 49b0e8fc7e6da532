//! Reads the numbers of a plain Dial: the `Number` nouns, or the number that is its text.

use roxmltree::Node;

use super::{ConferenceCallback, Hook, Reader, text_of, words};

/// The most numbers that one Dial rings at once.
const MOST_NUMBERS: usize = 10;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberNoun {
    pub number: String,
    pub send_digits: Option<String>,
    /// The document the callee hears before the two are connected.
    pub whisper: Option<Hook>,
    pub callback: Option<ConferenceCallback>,
    /// `MachineDetection` and where its verdict goes; beside the call, never before it.
    pub detection: Option<(String, Option<Hook>)>,
}

impl Reader {
    pub(super) fn numbers(&mut self, dial: Node) -> Vec<NumberNoun> {
        if !dial.children().any(|child| child.is_element()) {
            let number = text_of(dial);
            let plain = NumberNoun { number, send_digits: None, whisper: None, callback: None, detection: None };
            return if plain.number.is_empty() { Vec::new() } else { vec![plain] };
        }
        let nouns: Vec<Node> = dial.children().filter(|child| child.has_tag_name("Number")).collect();
        if nouns.len() > MOST_NUMBERS {
            self.warn(12200, "a Dial rings at most 10 numbers");
        }
        nouns.into_iter().take(MOST_NUMBERS).map(|noun| self.number_noun(noun)).collect()
    }

    fn number_noun(&mut self, noun: Node) -> NumberNoun {
        self.know(noun, &NUMBER_ATTRIBUTES);
        let hook = |url: &str, method: &str| {
            let address = noun.attribute(url).filter(|address| !address.is_empty())?;
            Some(self.hook(address, noun.attribute(method)))
        };
        let events = words(noun.attribute("statusCallbackEvent").unwrap_or("completed"));
        NumberNoun {
            number: text_of(noun),
            send_digits: noun.attribute("sendDigits").filter(|digits| !digits.is_empty()).map(str::to_owned),
            whisper: hook("url", "method"),
            callback: hook("statusCallback", "statusCallbackMethod").map(|hook| ConferenceCallback { hook, events }),
            detection: noun
                .attribute("machineDetection")
                .map(|kind| (kind.to_owned(), hook("amdStatusCallback", "amdStatusCallbackMethod"))),
        }
    }
}

const NUMBER_ATTRIBUTES: [&str; 14] = [
    "sendDigits",
    "url",
    "method",
    "statusCallbackEvent",
    "statusCallback",
    "statusCallbackMethod",
    "byoc",
    "machineDetection",
    "amdStatusCallbackMethod",
    "amdStatusCallback",
    "machineDetectionTimeout",
    "machineDetectionSpeechThreshold",
    "machineDetectionSpeechEndThreshold",
    "machineDetectionSilenceTimeout",
];
