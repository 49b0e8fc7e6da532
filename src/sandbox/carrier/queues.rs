//! The part of the REST API about queues and their members: which order is meant, and the answers in its shapes.

use std::sync::Arc;

use serde_json::Value;

use super::exchange::Exchange;
use super::json;
use super::lists::Page;
use super::model::{Form, Member, Queue, Refusal};
use super::rest::{Answered, refusal};

/// `at` is the path below the account: what stands before its last segment, and that.
pub fn answer(
    exchange: &Arc<Exchange>,
    method: &str,
    at: (&[&str], &str),
    form: &Form,
    page: Result<Page, Refusal>,
) -> Answered {
    let own = exchange.settings.account_sid.as_str();
    exchange.with(|model, now| {
        let found = |sid: &str| model.queue(sid).ok_or_else(|| Refusal::not_found(sid));
        let shown = |queue: &Queue| json::queue(own, queue, now);
        let standing = |queue: &str, member: &Member, at: usize| json::member(own, queue, member, at, now);
        match (method, at.0, at.1) {
            ("POST", [], "Queues") => model.create_queue(form, now).map(|queue| (201, shown(&queue))),
            ("GET", [], "Queues") => Ok((200, page?.envelope("queues", model.queues().rev().map(shown).collect()))),
            ("GET", ["Queues"], sid) => found(sid).map(|queue| (200, shown(queue))),
            ("POST", ["Queues"], sid) => model.update_queue(sid, form, now).map(|queue| (200, shown(&queue))),
            ("DELETE", ["Queues"], sid) => model.delete_queue(sid).map(|()| (204, Value::Null)),
            ("GET", ["Queues", sid], "Members") => {
                let members = found(sid)?.members.iter().zip(1..);
                let members = members.map(|(member, position)| standing(sid, member, position)).collect();
                Ok((200, page?.envelope("queue_members", members)))
            }
            ("GET", ["Queues", sid, "Members"], who) => {
                let member = model.member(sid, who)?;
                let position = found(sid)?.position(&member.call_sid).unwrap_or_default();
                Ok((200, standing(sid, &member, position)))
            }
            ("POST", ["Queues", sid, "Members"], who) => {
                let (member, position) = model.dequeue(sid, who, form, now)?;
                Ok((200, standing(sid, &member, position)))
            }
            (_, [], "Queues")
            | (_, ["Queues"], _)
            | (_, ["Queues", _], "Members")
            | (_, ["Queues", _, "Members"], _) => Err(refusal(405, 20004, "Method not allowed")),
            _ => Err(Refusal::not_found(at.1)),
        }
    })
}
