//! The document that asks for digits. Its action is asked whatever is pressed, so nothing stands behind it.

use super::{Xml, hear, pause};
use crate::voice::Gather;

pub fn gather(xml: &mut Xml, gather: &Gather) -> std::io::Result<()> {
    let most_digits = gather.most_digits.map(|most| most.to_string());
    let finish_key = gather.finish_key.map(String::from).unwrap_or_default();
    let element = xml
        .create_element("Gather")
        .with_attribute(("input", "dtmf"))
        .with_attribute(("timeout", gather.wait_seconds.to_string().as_str()))
        .with_attribute(("finishOnKey", finish_key.as_str()))
        .with_attribute(("actionOnEmptyResult", "true"))
        .with_attribute(("action", gather.answer_url.as_str()))
        .with_attribute(("method", "POST"))
        .with_attributes(most_digits.as_deref().map(|most| ("numDigits", most)));
    element.write_inner_content(|xml| {
        if gather.silence_seconds > 0 {
            pause(xml, gather.silence_seconds)?;
        }
        hear(xml, &gather.prompt)
    })?;
    Ok(())
}

#[cfg(test)]
pub mod tests {
    use super::super::document;
    use super::*;
    use crate::domain::language::Language;
    use crate::voice::{Document, Speech};

    fn question() -> Gather {
        Gather {
            silence_seconds: 0,
            prompt: Speech::Words { text: "Ihre Geheimzahl & Raute".into(), language: Language::German },
            most_digits: Some(4),
            wait_seconds: 7,
            finish_key: Some('#'),
            answer_url: "https://talk.example/pin?a=1&b=2".into(),
        }
    }

    pub fn asking() -> Document {
        Document::Gather(question())
    }

    fn attribute(gather: Gather, name: &str) -> Option<String> {
        let text = document(&Document::Gather(gather));
        let xml = roxmltree::Document::parse(&text).unwrap();
        xml.root_element().first_element_child().unwrap().attribute(name).map(str::to_owned)
    }

    #[test]
    fn the_question_is_heard_inside_and_the_answer_always_asked_for() {
        let text = document(&asking());
        let xml = roxmltree::Document::parse(&text).unwrap();
        let verbs: Vec<_> = xml.root_element().children().collect();
        let [gather] = verbs[..] else { panic!("what follows is asked for: {text}") };
        let said = gather.first_element_child().unwrap();
        assert_eq!((said.tag_name().name(), said.text()), ("Say", Some("Ihre Geheimzahl & Raute")));
        assert_eq!(said.attribute("language"), Some("de-DE"));
        for (name, value) in [
            ("input", "dtmf"),
            ("numDigits", "4"),
            ("timeout", "7"),
            ("finishOnKey", "#"),
            ("actionOnEmptyResult", "true"),
            ("action", "https://talk.example/pin?a=1&b=2"),
        ] {
            assert_eq!(gather.attribute(name), Some(value), "{name}");
        }
    }

    #[test]
    fn a_file_can_be_the_question() {
        let text =
            document(&Document::Gather(Gather { prompt: Speech::Sound("https://x.example/a".into()), ..question() }));
        assert!(text.contains("<Play>https://x.example/a</Play></Gather></Response>"), "{text}");
    }

    /// A silence before the Gather would leave a call that came in ringing.
    #[test]
    fn a_silence_stands_inside_before_the_question() {
        let text = document(&Document::Gather(Gather { silence_seconds: 2, ..question() }));
        let xml = roxmltree::Document::parse(&text).unwrap();
        let gather = xml.root_element().first_element_child().unwrap();
        let heard: Vec<_> = gather.children().map(|verb| (verb.tag_name().name(), verb.attribute("length"))).collect();
        assert_eq!(heard, [("Pause", Some("2")), ("Say", None)]);
    }

    /// Left out, the carrier would take `#` for the finish key.
    #[test]
    fn without_a_finish_key_every_key_is_a_digit_and_without_a_number_there_may_be_any() {
        assert_eq!(attribute(Gather { finish_key: None, ..question() }, "finishOnKey").as_deref(), Some(""));
        assert_eq!(attribute(Gather { most_digits: None, ..question() }, "numDigits"), None);
    }
}
