//! Twilio Programmable Voice, API version 2010-04-01.

mod digits;
mod recordings;
mod requests;
mod responses;
mod room;
mod signature;
mod twiml;
mod urls;
mod webhook;

use secrecy::SecretString;

use super::{Body, Carrier, Document, Order, Outcome, Place, Report, Unreadable};
use crate::wire::{HttpRequest, HttpResponse, Incoming};

pub struct Twilio {
    settings: TwilioSettings,
}

#[derive(Clone, Debug)]
pub struct TwilioSettings {
    pub account_sid: String,
    pub auth_token: SecretString,
    /// Without a slash at the end.
    pub api_base: String,
    /// Where Twilio reaches us, without a slash at the end.
    pub public_url: String,
}

impl Twilio {
    pub fn new(settings: TwilioSettings) -> Self {
        Self { settings }
    }
}

impl Carrier for Twilio {
    fn url(&self, place: &Place) -> String {
        urls::url(&self.settings.public_url, place)
    }

    fn verify(&self, incoming: &Incoming) -> bool {
        signature::verify(incoming, &self.settings.auth_token)
    }

    fn read(&self, incoming: &Incoming) -> Result<Report, Unreadable> {
        webhook::read(incoming)
    }

    fn document(&self, document: &Document) -> Body {
        Body { content_type: "text/xml; charset=utf-8", text: twiml::document(document) }
    }

    /// An empty document: the answer to a callback never controls the call.
    fn acknowledgement(&self) -> Body {
        Body { content_type: "text/xml; charset=utf-8", text: twiml::nothing() }
    }

    fn request(&self, order: &Order) -> HttpRequest {
        requests::request(order, &self.settings)
    }

    fn response(&self, order: &Order, response: &HttpResponse) -> Outcome {
        responses::outcome(order, response)
    }
}
