//! The orders of the API about the numbers that the customer owns.

use chrono::{DateTime, Utc};

use super::World;
use super::call_orders::{hook, is_address};
use super::form::{Form, Refusal};
use super::inbound::OwnedNumber;

impl World {
    pub fn own_number(&mut self, form: &Form, now: DateTime<Utc>) -> Result<OwnedNumber, Refusal> {
        let wanted = form.filled("PhoneNumber").ok_or_else(|| Refusal::bad(21421, "PhoneNumber is required"))?;
        if !wanted.starts_with('+') || !is_address(wanted) {
            return Err(Refusal::bad(21421, &format!("PhoneNumber {wanted} is invalid")));
        }
        if self.owned(wanted).is_some() {
            return Err(Refusal::bad(21422, &format!("PhoneNumber {wanted} is not available")));
        }
        let number = OwnedNumber {
            sid: String::new(),
            number: wanted.to_owned(),
            friendly_name: wanted.to_owned(),
            voice: None,
            fallback: None,
            callback: None,
            created_at: now,
            updated_at: now,
        };
        let number = changed(number, form, now)?;
        let sid = self.new_sid("PN");
        let number = OwnedNumber { sid: sid.clone(), ..number };
        self.numbers.insert(sid, number.clone());
        Ok(number)
    }

    pub fn update_number(&mut self, sid: &str, form: &Form, now: DateTime<Utc>) -> Result<OwnedNumber, Refusal> {
        let number = self.numbers.get(sid).cloned().ok_or_else(|| Refusal::not_found(sid))?;
        let number = changed(number, form, now)?;
        self.numbers.insert(sid.to_owned(), number.clone());
        Ok(number)
    }

    pub fn release_number(&mut self, sid: &str) -> Result<(), Refusal> {
        self.numbers.remove(sid).map(|_| ()).ok_or_else(|| Refusal::not_found(sid))
    }

    pub fn number(&self, sid: &str) -> Option<&OwnedNumber> {
        self.numbers.get(sid)
    }

    /// Oldest first.
    pub fn numbers(&self) -> impl DoubleEndedIterator<Item = &OwnedNumber> {
        self.numbers.values()
    }
}

/// What is not named stays; an address that is named and empty is taken away.
fn changed(was: OwnedNumber, form: &Form, now: DateTime<Utc>) -> Result<OwnedNumber, Refusal> {
    let read = |old, url: &str, method: &str| match form.get(url) {
        None => Ok(old),
        Some(_) => hook(form, url, method, 21402),
    };
    Ok(OwnedNumber {
        voice: read(was.voice, "VoiceUrl", "VoiceMethod")?,
        fallback: read(was.fallback, "VoiceFallbackUrl", "VoiceFallbackMethod")?,
        callback: read(was.callback, "StatusCallback", "StatusCallbackMethod")?,
        friendly_name: form.filled("FriendlyName").map_or(was.friendly_name, str::to_owned),
        updated_at: now,
        ..was
    })
}
