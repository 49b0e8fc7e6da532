//! The orders of the API about queues and who waits in them.

use chrono::{DateTime, Utc};

use super::World;
use super::call_orders::hook;
use super::form::{Form, Refusal};
use super::queue::{LARGEST_SIZE, LONGEST_NAME, Member, Queue, USUAL_SIZE};

impl World {
    pub fn create_queue(&mut self, form: &Form, now: DateTime<Utc>) -> Result<Queue, Refusal> {
        let name = self.free_name(form, None)?;
        let name = name.ok_or_else(|| Refusal::bad(20001, "FriendlyName is required"))?.to_owned();
        let size = size_of(form)?.unwrap_or(USUAL_SIZE);
        let sid = self.new_queue(&name, size, now);
        Ok(self.queues[&sid].clone())
    }

    pub fn update_queue(&mut self, sid: &str, form: &Form, now: DateTime<Utc>) -> Result<Queue, Refusal> {
        let was = self.queues.get(sid).ok_or_else(|| Refusal::not_found(sid))?;
        let name = self.free_name(form, Some(sid))?.unwrap_or(&was.name).to_owned();
        let size = size_of(form)?.unwrap_or(was.max_size);
        let queue = self.queue_mut(sid);
        queue.name = name;
        queue.max_size = size;
        queue.updated_at = now;
        Ok(queue.clone())
    }

    /// A queue at which somebody waits for the first to come is as good as one with somebody in it.
    pub fn delete_queue(&mut self, sid: &str) -> Result<(), Refusal> {
        let queue = self.queues.get(sid).ok_or_else(|| Refusal::not_found(sid))?;
        let is_heard = |queued: &str| self.calls.values().any(|call| call.queue() == Some(queued));
        if !queue.members.is_empty() || !queue.dialled_by.is_empty() || is_heard(sid) {
            return Err(conflict("The queue is not empty"));
        }
        self.queues.remove(sid);
        Ok(())
    }

    /// By CallSid, or whoever is at the `Front`.
    pub fn member(&self, queue: &str, who: &str) -> Result<Member, Refusal> {
        let queue = self.queues.get(queue).ok_or_else(|| Refusal::not_found(queue))?;
        let found = match who {
            "Front" => queue.members.front(),
            sid => queue.members.iter().find(|member| member.call_sid == sid),
        };
        found.cloned().ok_or_else(|| Refusal::not_found(who))
    }

    /// Takes a member out and sends its leg to a document. Answers with the member and where it stood.
    pub fn dequeue(
        &mut self,
        queue: &str,
        who: &str,
        form: &Form,
        now: DateTime<Utc>,
    ) -> Result<(Member, usize), Refusal> {
        let member = self.member(queue, who)?;
        let to = hook(form, "Url", "Method", 21205)?;
        let to = to.ok_or_else(|| Refusal::bad(21205, "Url parameter is required."))?;
        let position = self.queues[queue].position(&member.call_sid).unwrap_or_default();
        self.dequeue_to(&member.call_sid, to, now);
        Ok((member, position))
    }

    fn free_name<'a>(&self, form: &'a Form, own: Option<&str>) -> Result<Option<&'a str>, Refusal> {
        let Some(name) = form.filled("FriendlyName") else { return Ok(None) };
        if name.chars().count() > LONGEST_NAME {
            return Err(Refusal::bad(20001, "FriendlyName has at most 64 characters"));
        }
        if self.queue_named(name).is_some_and(|other| own != Some(other.sid.as_str())) {
            return Err(conflict("A queue of that name exists"));
        }
        Ok(Some(name))
    }
}

fn size_of(form: &Form) -> Result<Option<usize>, Refusal> {
    match form.number("MaxSize", 20001)?.map(usize::try_from) {
        None => Ok(None),
        Some(Ok(size @ 1..=LARGEST_SIZE)) => Ok(Some(size)),
        Some(_) => Err(Refusal::bad(20001, "MaxSize is between 1 and 5000")),
    }
}

/// The dictionary of the carrier has no number of its own for these, only the general one.
fn conflict(message: &str) -> Refusal {
    Refusal { http: 409, code: 20409, message: message.to_owned() }
}
