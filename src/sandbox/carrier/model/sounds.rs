//! Who hears what: a sound goes down a line to its phone, and from a phone to whoever is at the carrier's end of it.
//! Of what people say to each other nothing is known; what is played, said by a document or pressed is passed on.

use chrono::{DateTime, Utc};

use super::World;

/// A sound at one end of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Ear {
    /// It is heard by the phone.
    Phone(String),
    /// It was made at the phone, and whoever is at the carrier's end hears it.
    Carrier(String),
}

impl World {
    /// The call's phone hears a line; if it is a sound, so does everybody who is joined to that phone.
    pub(super) fn sound(&mut self, sid: &str, line: &str, now: DateTime<Utc>) {
        if is_sound(line) {
            self.spread(Ear::Phone(sid.to_owned()), line, now);
        } else {
            self.call_mut(sid).hear(line, now);
        }
    }

    /// A sound is made at the call's phone.
    pub(super) fn utter(&mut self, sid: &str, line: &str, now: DateTime<Utc>) {
        self.spread(Ear::Carrier(sid.to_owned()), line, now);
    }

    /// Each end hears a sound once, also where two sides of one line meet in one conference.
    fn spread(&mut self, first: Ear, line: &str, now: DateTime<Utc>) {
        let (mut seen, mut next) = (Vec::new(), vec![first]);
        while let Some(ear) = next.pop() {
            let (Ear::Phone(sid) | Ear::Carrier(sid)) = &ear;
            if seen.contains(&ear) || self.calls.get(sid).is_none_or(|call| call.status.is_final()) {
                continue;
            }
            match &ear {
                Ear::Phone(sid) => {
                    self.call_mut(sid).hear(line, now);
                    next.extend(self.far_side(sid).map(Ear::Carrier));
                }
                Ear::Carrier(sid) => {
                    if !seen.is_empty() {
                        self.call_mut(sid).hear(&format!("the other side, {line}"), now);
                    }
                    next.extend(self.listeners(sid).into_iter().map(Ear::Phone));
                }
            }
            seen.push(ear);
        }
        // What digits bring about comes after everybody has heard them.
        let Some(digits) = line.strip_prefix(TONES) else { return };
        for ear in seen {
            if let Ear::Carrier(sid) = ear {
                self.digits_arrive(&sid, digits, now);
            }
        }
    }

    fn far_side(&self, sid: &str) -> Option<String> {
        let far = self.calls[sid].line.far_side.clone()?;
        self.calls.get(&far).filter(|call| !call.status.is_final()).map(|call| call.sid.clone())
    }

    /// Who hears this call's phone. The other side of its own line is where the sound came from, or goes by itself.
    fn listeners(&self, sid: &str) -> Vec<String> {
        let far_side = self.calls[sid].line.far_side.as_ref();
        let others = self.calls.keys().filter(|one| Some(*one) != far_side && self.hears(one, sid));
        others.cloned().collect()
    }
}

/// How a line about pressed digits begins.
pub(super) const TONES: &str = "tones ";

fn is_sound(line: &str) -> bool {
    line.contains("Say: ") || line.contains("Play: ") || line.starts_with(TONES)
}
