//! The documents a leg is given. Verbs after a `<Dial>` with an `action` never run, so a document that joins says
//! nothing else: what follows a stay is asked for at its `action`.

mod gather;
mod queue;

use quick_xml::Writer;
use quick_xml::events::{BytesText, Event};

use super::room;
use crate::voice::{Document, Join, Music, Speech};

type Xml = Writer<Vec<u8>>;

pub fn document(document: &Document) -> String {
    match document {
        Document::Join(join) => response(|xml| dial(xml, join)),
        Document::Announce(speech) => response(|xml| hear(xml, speech)),
        Document::Farewell(speech) => response(|xml| {
            hear(xml, speech)?;
            hang_up(xml)
        }),
        Document::Whisper { speech, again_url } => response(|xml| {
            hear(xml, speech)?;
            redirect(xml, again_url)
        }),
        Document::Music(piece) => response(|xml| music(xml, piece)),
        Document::Enqueue(enqueue) => response(|xml| queue::enqueue(xml, enqueue)),
        Document::DialQueue(dial) => response(|xml| queue::dial(xml, dial)),
        Document::Gather(gather) => response(|xml| gather::gather(xml, gather)),
        Document::HoldMusic { sound } => response(|xml| play(xml, sound, Some("0"))),
        Document::HangUp => response(hang_up),
    }
}

pub fn nothing() -> String {
    response(|_| Ok(()))
}

fn response(content: impl FnOnce(&mut Xml) -> std::io::Result<()>) -> String {
    let mut xml = Writer::new(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>".to_vec());
    xml.create_element("Response").write_inner_content(content).expect("writing to memory does not fail");
    String::from_utf8(xml.into_inner()).expect("only text was written")
}

/// The same callback attributes stand on every document, since only the first joiner's count.
fn dial(xml: &mut Xml, join: &Join) -> std::io::Result<()> {
    let limit = join.limit_seconds.to_string();
    let attributes = room::attributes(join);
    let attributes = attributes.iter().map(|(name, value)| (*name, value.as_ref()));
    xml.create_element("Dial")
        .with_attribute(("timeLimit", limit.as_str()))
        .with_attribute(("action", join.after_url.as_str()))
        .with_attribute(("method", "POST"))
        .write_inner_content(|xml| {
            let conference = xml.create_element("Conference").with_attributes(attributes);
            conference.write_text_content(BytesText::new(&join.room))?;
            Ok(())
        })?;
    Ok(())
}

fn hear(xml: &mut Xml, speech: &Speech) -> std::io::Result<()> {
    match speech {
        Speech::Words { text, language } => {
            let say = xml.create_element("Say").with_attribute(("language", language.tag()));
            say.write_text_content(BytesText::new(text))?;
            Ok(())
        }
        Speech::Sound(sound) => play(xml, sound, None),
    }
}

fn play(xml: &mut Xml, sound: &str, loops: Option<&str>) -> std::io::Result<()> {
    let element = xml.create_element("Play");
    let element = match loops {
        Some(loops) => element.with_attribute(("loop", loops)),
        None => element,
    };
    element.write_text_content(BytesText::new(sound))?;
    Ok(())
}

/// No longer than it may: a document that cannot be asked for again ends the call.
fn music(xml: &mut Xml, piece: &Music) -> std::io::Result<()> {
    if piece.sound_seconds <= piece.seconds {
        play(xml, &piece.sound, None)?;
    } else {
        pause(xml, piece.seconds)?;
    }
    redirect(xml, &piece.again_url)
}

fn pause(xml: &mut Xml, seconds: impl ToString) -> std::io::Result<()> {
    xml.create_element("Pause").with_attribute(("length", seconds.to_string().as_str())).write_empty()?;
    Ok(())
}

fn redirect(xml: &mut Xml, url: &str) -> std::io::Result<()> {
    xml.create_element("Redirect").with_attribute(("method", "POST")).write_text_content(BytesText::new(url))?;
    Ok(())
}

fn hang_up(xml: &mut Xml) -> std::io::Result<()> {
    xml.write_event(Event::Empty(quick_xml::events::BytesStart::new("Hangup")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::language::Language;
    use crate::domain::room_profile::{Record, Region, RoomProfile, Wait};
    use crate::voice::Seat;

    fn seat(profile: RoomProfile) -> Seat {
        Seat { starts_room: true, label: Some("leg_1-0".into()), max_participants: profile.max_participants, profile }
    }

    fn join() -> Join {
        Join {
            room: "room_<1>".into(),
            limit_seconds: 40,
            after_url: "https://talk.example/after?a=1&b=2".into(),
            conference_url: "https://talk.example/conference".into(),
            end_room_on_exit: true,
            muted: false,
            coaches: Some("CA1".into()),
            seat: seat(RoomProfile::default()),
            music_url: "https://talk.example/music".into(),
        }
    }

    fn words() -> Speech {
        Speech::Words { text: "Guten Tag & Gruß".into(), language: Language::German }
    }

    /// A Dial's limit runs from its own beginning, so nothing may stand before one: a whisper is a document by itself.
    #[test]
    fn a_whisper_is_spoken_by_the_voice_of_its_language_and_then_asks_again() {
        let again_url = "https://talk.example/document?n=1&x".to_owned();
        let text = document(&Document::Whisper { speech: words(), again_url: again_url.clone() });
        let xml = roxmltree::Document::parse(&text).unwrap();
        let verbs: Vec<_> = xml.root_element().children().map(|verb| (verb.tag_name().name(), verb.text())).collect();
        assert_eq!(verbs, [("Say", Some("Guten Tag & Gruß")), ("Redirect", Some(again_url.as_str()))]);
        assert_eq!(xml.root_element().first_child().unwrap().attribute("language"), Some("de-DE"));
    }

    fn piece(seconds: i64) -> Music {
        let again_url = "https://talk.example/document?n=1&x".to_owned();
        Music { seconds, sound: "https://talk.example/hold.wav".into(), sound_seconds: 8, again_url }
    }

    #[test]
    fn music_never_lasts_longer_than_it_may() {
        let verbs = |seconds| {
            let text = document(&Document::Music(piece(seconds)));
            let xml = roxmltree::Document::parse(&text).unwrap();
            let verbs = xml.root_element().children();
            verbs
                .map(|verb| (verb.tag_name().name().to_owned(), verb.attribute("length").map(str::to_owned)))
                .collect::<Vec<_>>()
        };
        assert_eq!(verbs(8), [("Play".to_owned(), None), ("Redirect".to_owned(), None)]);
        assert_eq!(verbs(7), [("Pause".to_owned(), Some("7".to_owned())), ("Redirect".to_owned(), None)]);
    }

    #[test]
    fn joining_is_one_dial_with_one_conference_and_everything_escaped() {
        let text = document(&Document::Join(join()));
        let xml = roxmltree::Document::parse(&text).unwrap();
        let dial = xml.root_element().first_element_child().unwrap();
        assert_eq!((dial.tag_name().name(), dial.attribute("timeLimit")), ("Dial", Some("40")));
        assert_eq!(dial.attribute("action"), Some("https://talk.example/after?a=1&b=2"));
        let conference = dial.first_element_child().unwrap();
        assert_eq!(conference.text(), Some("room_<1>"));
        assert_eq!(conference.attribute("endConferenceOnExit"), Some("true"));
        assert_eq!(conference.attribute("waitUrl"), Some(""));
    }

    /// Names from the official Python library's TwiML classes.
    #[test]
    fn every_element_and_attribute_exists() {
        let known = [
            ("Response", &[][..]),
            ("Dial", &["timeLimit", "timeout", "action", "method"][..]),
            (
                "Gather",
                &["input", "numDigits", "timeout", "finishOnKey", "actionOnEmptyResult", "action", "method"][..],
            ),
            ("Enqueue", &["action", "method", "waitUrl", "waitUrlMethod"][..]),
            ("Queue", &[][..]),
            (
                "Conference",
                &[
                    "beep",
                    "waitUrl",
                    "startConferenceOnEnter",
                    "endConferenceOnExit",
                    "muted",
                    "jitterBufferSize",
                    "statusCallback",
                    "statusCallbackMethod",
                    "statusCallbackEvent",
                    "coach",
                    "waitMethod",
                    "maxParticipants",
                    "participantLabel",
                    "region",
                    "record",
                    "trim",
                ][..],
            ),
            ("Say", &["language"][..]),
            ("Play", &["loop"][..]),
            ("Pause", &["length"][..]),
            ("Redirect", &["method"][..]),
            ("Hangup", &[][..]),
        ];
        let whole =
            RoomProfile { wait: Wait::Music, region: Region::Ie1, record: Record::FromStart, ..RoomProfile::default() };
        let documents = [
            Document::Join(join()),
            Document::Join(Join { seat: seat(whole), ..join() }),
            Document::Announce(words()),
            Document::Farewell(words()),
            Document::Farewell(Speech::Sound("https://talk.example/bye.mp3".into())),
            Document::Whisper { speech: words(), again_url: "https://talk.example/document?n=1&x".into() },
            Document::Music(piece(8)),
            Document::Music(piece(2)),
            Document::HoldMusic { sound: "https://talk.example/hold.wav".into() },
            gather::tests::asking(),
            queue::tests::waiting(),
            queue::tests::dialling(),
            Document::HangUp,
        ];
        for text in documents.iter().map(document).chain([nothing()]) {
            let xml = roxmltree::Document::parse(&text).unwrap();
            for element in xml.descendants().filter(|node| node.is_element()) {
                let name = element.tag_name().name();
                let (_, attributes) = known.iter().find(|(known, _)| *known == name).expect(name);
                assert!(element.attributes().all(|attribute| attributes.contains(&attribute.name())), "{name}");
            }
        }
    }
}
