//! Reads the verbs about queues: Enqueue, and the Queue noun of a Dial. What a name may be is the model's to judge.

use roxmltree::Node;

use super::{Hook, Reader, Wait, text_of};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enqueue {
    pub name: String,
    pub action: Option<Hook>,
    pub wait: Wait,
    /// Only for a queue that this very verb brings into being.
    pub max_size: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueNoun {
    pub name: String,
    /// Heard by the queued leg before the two are connected.
    pub before: Option<Hook>,
}

impl Reader {
    pub(super) fn enqueue(&mut self, element: Node, name: &str) -> Enqueue {
        self.know(element, &ENQUEUE_ATTRIBUTES);
        self.check_method(element, "method", 14201);
        self.check_method(element, "waitUrlMethod", 14206);
        let wait = match element.attribute("waitUrl") {
            None => Wait::Music,
            Some("") => Wait::Silence,
            Some(url) => Wait::Document(self.hook(url, element.attribute("waitUrlMethod"))),
        };
        Enqueue {
            name: name.to_owned(),
            action: element.attribute("action").map(|action| self.hook(action, element.attribute("method"))),
            wait,
            max_size: element.attribute("maxQueueSize").map(|_| self.number(element, "maxQueueSize", 1_000, 12200)),
        }
    }

    pub(super) fn queue_noun(&mut self, dial: Node) -> Option<QueueNoun> {
        let noun = dial.children().find(|child| child.has_tag_name("Queue"))?;
        self.know(noun, &["url", "method", "reservationSid", "postWorkActivitySid"]);
        self.check_method(noun, "method", 14210);
        Some(QueueNoun {
            name: text_of(noun),
            before: noun.attribute("url").map(|url| self.hook(url, noun.attribute("method"))),
        })
    }

    fn check_method(&mut self, element: Node, attribute: &str, code: u32) {
        if let Some(other) = element.attribute(attribute).filter(|given| !["GET", "POST"].contains(given)) {
            self.warn(code, &format!("{attribute} is '{other}', not GET or POST"));
        }
    }
}

const ENQUEUE_ATTRIBUTES: [&str; 6] = ["action", "method", "maxQueueSize", "waitUrl", "waitUrlMethod", "workflowSid"];
