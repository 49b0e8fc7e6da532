//! The documents about queues: waiting in one, and talking with who waits there.

use quick_xml::events::BytesText;

use super::Xml;
use crate::voice::{DialQueue, Enqueue};

pub fn enqueue(xml: &mut Xml, enqueue: &Enqueue) -> std::io::Result<()> {
    xml.create_element("Enqueue")
        .with_attribute(("action", enqueue.after_url.as_str()))
        .with_attribute(("method", "POST"))
        .with_attribute(("waitUrl", enqueue.music_url.as_str()))
        .with_attribute(("waitUrlMethod", "POST"))
        .write_text_content(BytesText::new(&enqueue.queue))?;
    Ok(())
}

/// The limit counts from when the two are connected, so an empty queue is hardly waited at: whom it is for is in it, or
/// has gone.
pub fn dial(xml: &mut Xml, dial: &DialQueue) -> std::io::Result<()> {
    xml.create_element("Dial")
        .with_attribute(("timeLimit", dial.limit_seconds.to_string().as_str()))
        .with_attribute(("timeout", "1"))
        .with_attribute(("action", dial.after_url.as_str()))
        .with_attribute(("method", "POST"))
        .write_inner_content(|xml| {
            xml.create_element("Queue").write_text_content(BytesText::new(&dial.queue))?;
            Ok(())
        })?;
    Ok(())
}

#[cfg(test)]
pub mod tests {
    use super::super::document;
    use super::*;
    use crate::voice::Document;

    pub fn waiting() -> Document {
        Document::Enqueue(Enqueue {
            queue: "room_<1>".into(),
            music_url: "https://talk.example/queue-music?a=1&b=2".into(),
            after_url: "https://talk.example/after-queue".into(),
        })
    }

    pub fn dialling() -> Document {
        let after_url = "https://talk.example/after?a=1&b=2".into();
        Document::DialQueue(DialQueue { queue: "room_<1>".into(), limit_seconds: 40, after_url })
    }

    #[test]
    fn one_waits_in_the_queue_that_the_other_dials_with_a_limit() {
        let (waiting, dialling) = (document(&waiting()), document(&dialling()));
        let waiting = roxmltree::Document::parse(&waiting).unwrap();
        let enqueue = waiting.root_element().first_element_child().unwrap();
        assert_eq!(enqueue.attribute("waitUrl"), Some("https://talk.example/queue-music?a=1&b=2"));
        let dialling = roxmltree::Document::parse(&dialling).unwrap();
        let dial = dialling.root_element().first_element_child().unwrap();
        assert_eq!(dial.attribute("timeLimit"), Some("40"));
        assert_eq!((enqueue.text(), dial.first_element_child().unwrap().text()), (Some("room_<1>"), Some("room_<1>")));
    }
}
