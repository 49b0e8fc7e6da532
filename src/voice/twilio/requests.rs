//! Orders as requests to Twilio's REST API. A parameter it does not know is silently ignored there, so a test holds
//! every request against Twilio's own description.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{NaiveDate, TimeDelta};
use secrecy::ExposeSecret;

use super::{TwilioSettings, recordings, twiml};
use crate::domain::call::machine::MOST_SECONDS;
use crate::voice::{Coaching, Detection, Order, ParticipantChange};
use crate::wire::{HttpRequest, Method};

/// On calls every event is a parameter of its own; a list in one is accepted and then nothing is delivered.
const LEG_EVENTS: [&str; 4] = ["initiated", "ringing", "answered", "completed"];
/// More calls to one number in a day than anybody makes.
const PAGE_SIZE: &str = "200";
/// An answer of so many calls is well below the longest that is taken.
const LISTED_AT_ONCE: &str = "100";

pub fn request(order: &Order, settings: &TwilioSettings) -> HttpRequest {
    let (method, path, parameters) = parts(order);
    let base = format!("{}/2010-04-01/Accounts/{}", settings.api_base, settings.account_sid);
    let form = serde_urlencoded::to_string(&parameters).expect("names and values are text");
    let (url, body) = match method {
        Method::Get if !form.is_empty() => (format!("{base}/{path}?{form}"), String::new()),
        Method::Get | Method::Delete => (format!("{base}/{path}"), String::new()),
        Method::Post => (format!("{base}/{path}"), form),
    };
    let credentials = format!("{}:{}", settings.account_sid, settings.auth_token.expose_secret());
    let headers = vec![
        ("authorization", format!("Basic {}", STANDARD.encode(credentials))),
        ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ("accept", "application/json".to_owned()),
    ];
    HttpRequest { method, url, headers, body }
}

pub(super) type Parameters = Vec<(&'static str, String)>;

fn parts(order: &Order) -> (Method, String, Parameters) {
    match order {
        Order::CreateCall { to, from, document_url, status_url, ring_seconds, limit_seconds, detection } => {
            let mut parameters = leg(to.as_str(), from.as_str(), status_url);
            parameters.extend([
                ("Url", document_url.clone()),
                ("Method", "POST".to_owned()),
                ("Timeout", ring_seconds.to_string()),
            ]);
            parameters.extend(limit_seconds.map(|seconds| ("TimeLimit", seconds.to_string())));
            parameters.extend(listening(*detection));
            (Method::Post, "Calls.json".to_owned(), parameters)
        }
        Order::CreateCallWithDocument { to, from, document, status_url } => {
            let mut parameters = leg(to.as_str(), from.as_str(), status_url);
            parameters.push(("Twiml", twiml::document(document)));
            (Method::Post, "Calls.json".to_owned(), parameters)
        }
        Order::Redirect { call_sid, document_url } => (
            Method::Post,
            format!("Calls/{call_sid}.json"),
            vec![("Url", document_url.clone()), ("Method", "POST".to_owned())],
        ),
        Order::RedirectTo { call_sid, document } => {
            (Method::Post, format!("Calls/{call_sid}.json"), vec![("Twiml", twiml::document(document))])
        }
        Order::LimitCall { call_sid, limit_seconds } => {
            (Method::Post, format!("Calls/{call_sid}.json"), vec![("TimeLimit", limit_seconds.to_string())])
        }
        Order::Complete { call_sid } => status(call_sid, "completed"),
        Order::Cancel { call_sid } => status(call_sid, "canceled"),
        Order::FetchCall { call_sid } => (Method::Get, format!("Calls/{call_sid}.json"), vec![]),
        Order::FindCalls { to, since } => {
            // The filter knows days only; one more for a call made just before midnight.
            let day = (*since - TimeDelta::minutes(5)).format("%Y-%m-%d").to_string();
            let filter = vec![("To", to.to_string()), ("StartTime>", day), ("PageSize", PAGE_SIZE.to_owned())];
            (Method::Get, "Calls.json".to_owned(), filter)
        }
        Order::ListCalls { from, to, page } => {
            (Method::Get, "Calls.json".to_owned(), days(*from, *to, page.as_deref()))
        }
        Order::FindChildren { parent_sid } => {
            let filter = vec![("ParentCallSid", parent_sid.clone()), ("Status", "in-progress".to_owned())];
            (Method::Get, "Calls.json".to_owned(), filter)
        }
        Order::FindConference { room } => {
            // No filter by status: the room of a payer alone has not started yet.
            let filter = vec![("FriendlyName", room.clone())];
            (Method::Get, "Conferences.json".to_owned(), filter)
        }
        Order::EndConference { conference_sid } => {
            (Method::Post, format!("Conferences/{conference_sid}.json"), vec![("Status", "completed".to_owned())])
        }
        Order::ListParticipants { conference_sid } => {
            let path = format!("Conferences/{conference_sid}/Participants.json");
            (Method::Get, path, vec![("PageSize", PAGE_SIZE.to_owned())])
        }
        Order::FetchParticipant { conference_sid, call_sid } => {
            (Method::Get, participant(conference_sid, call_sid), vec![])
        }
        Order::UpdateParticipant { conference_sid, call_sid, change } => {
            (Method::Post, participant(conference_sid, call_sid), changes(change))
        }
        Order::AddParticipant { conference_sid, to, from, status_url, conference_url, limit_seconds } => (
            Method::Post,
            format!("Conferences/{conference_sid}/Participants.json"),
            vec![
                ("To", to.to_string()),
                ("From", from.to_string()),
                ("TimeLimit", limit_seconds.to_string()),
                ("Beep", "false".to_owned()),
                ("EndConferenceOnExit", "false".to_owned()),
                ("StatusCallback", status_url.clone()),
                ("StatusCallbackMethod", "POST".to_owned()),
                ("StatusCallbackEvent", LEG_EVENTS.join(" ")),
                ("ConferenceStatusCallback", conference_url.clone()),
                ("ConferenceStatusCallbackMethod", "POST".to_owned()),
                ("ConferenceStatusCallbackEvent", "start end join leave mute hold modify".to_owned()),
            ],
        ),
        Order::RemoveParticipant { conference_sid, call_sid } => {
            (Method::Delete, participant(conference_sid, call_sid), vec![])
        }
        Order::Announce { conference_sid, call_sid, announcement_url } => {
            (Method::Post, participant(conference_sid, call_sid), announcement(announcement_url))
        }
        Order::StartRecording { call_sid, trim, status_url } => recordings::start(call_sid, *trim, status_url),
        Order::UpdateRecording { of, recording_sid, change } => recordings::update(of, recording_sid, *change),
        Order::FindRecordings { of } => (Method::Get, recordings::all_of(of), vec![]),
        Order::FetchRecording { recording_sid } => (Method::Get, format!("Recordings/{recording_sid}.json"), vec![]),
        Order::DeleteRecording { recording_sid } => {
            (Method::Delete, format!("Recordings/{recording_sid}.json"), vec![])
        }
        Order::AnnounceRoom { conference_sid, announcement_url } => {
            (Method::Post, format!("Conferences/{conference_sid}.json"), announcement(announcement_url))
        }
    }
}

/// A later page is asked for by the query that the page before has named.
fn days(from: NaiveDate, to: NaiveDate, page: Option<&str>) -> Parameters {
    let place = page.and_then(|next| next.split_once('?')).map(|(_, query)| query.to_owned()).unwrap_or_default();
    let mut places = ["Page", "PageToken"].map(|name| (name, None));
    for (name, value) in url::form_urlencoded::parse(place.as_bytes()) {
        places.iter_mut().filter(|(known, _)| *known == name).for_each(|(_, place)| *place = Some(value.to_string()));
    }
    // Until midnight, so one day more.
    let until = to.succ_opt().unwrap_or(to);
    let mut parameters = vec![
        ("StartTime>", from.to_string()),
        ("StartTime<", until.to_string()),
        ("PageSize", LISTED_AT_ONCE.to_owned()),
    ];
    parameters.extend(places.into_iter().filter_map(|(name, value)| Some((name, value?))));
    parameters
}

fn leg(to: &str, from: &str, status_url: &str) -> Parameters {
    let mut parameters = vec![
        ("To", to.to_owned()),
        ("From", from.to_owned()),
        ("StatusCallback", status_url.to_owned()),
        ("StatusCallbackMethod", "POST".to_owned()),
    ];
    parameters.extend(LEG_EVENTS.map(|event| ("StatusCallbackEvent", event.to_owned())));
    parameters
}

/// Without `AsyncAmd` the document waits for the verdict and is asked for with it.
fn listening(detection: Detection) -> Parameters {
    let kind = match detection {
        Detection::Off => return vec![],
        Detection::Detect => "Enable",
        Detection::GreetingEnd => "DetectMessageEnd",
    };
    vec![("MachineDetection", kind.to_owned()), ("MachineDetectionTimeout", MOST_SECONDS.to_string())]
}

fn status(call_sid: &str, status: &str) -> (Method, String, Parameters) {
    (Method::Post, format!("Calls/{call_sid}.json"), vec![("Status", status.to_owned())])
}

fn announcement(url: &str) -> Parameters {
    vec![("AnnounceUrl", url.to_owned()), ("AnnounceMethod", "POST".to_owned())]
}

fn participant(conference_sid: &str, call_sid: &str) -> String {
    format!("Conferences/{conference_sid}/Participants/{call_sid}.json")
}

fn changes(change: &ParticipantChange) -> Parameters {
    let flags = [("EndConferenceOnExit", change.end_room_on_exit), ("Hold", change.hold), ("Muted", change.muted)];
    let flags = flags.into_iter().filter_map(|(name, value)| value.map(|value| (name, value.to_string())));
    let music = change.hold_url.iter().flat_map(|url| [("HoldUrl", url.clone()), ("HoldMethod", "POST".to_owned())]);
    let coaching = match &change.coaching {
        None => vec![],
        Some(Coaching::Nobody) => vec![("Coaching", "false".to_owned())],
        Some(Coaching::Of(call_sid)) => vec![("Coaching", "true".to_owned()), ("CallSidToCoach", call_sid.clone())],
    };
    flags.chain(music).chain(coaching).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::language::Language;
    use crate::voice::{Document, Recorded, RecordingChange, Speech, Trim};
    use std::collections::HashMap;

    #[derive(serde::Deserialize)]
    struct Operation {
        method: String,
        path: String,
        required: Vec<String>,
        parameters: HashMap<String, Parameter>,
    }

    #[derive(serde::Deserialize)]
    struct Parameter {
        r#type: String,
        r#enum: Option<Vec<String>>,
    }

    fn every_order() -> Vec<Order> {
        let number = |text: &str| text.parse::<crate::domain::phone_number::PhoneNumber>().unwrap();
        let (to, from) = (number("+14155550101"), number("+15005550006"));
        let status_url = "https://talk.example/status#rc=3".to_owned();
        let conference_sid = format!("CF{:032}", 1);
        let call_sid = format!("CA{:032}", 1);
        let recording_sid = format!("RE{:032}", 1);
        let change = ParticipantChange {
            end_room_on_exit: Some(false),
            hold: Some(true),
            hold_url: Some("https://talk.example/music".to_owned()),
            muted: Some(true),
            coaching: Some(Coaching::Of(call_sid.clone())),
        };
        let speech = Speech::Words { text: "Goodbye.".into(), language: Language::English };
        let plain = ParticipantChange { coaching: Some(Coaching::Nobody), ..Default::default() };
        let url = "https://talk.example/document?n=1".to_owned();
        let since = chrono::DateTime::UNIX_EPOCH;
        vec![
            Order::CreateCall {
                to: to.clone(),
                from: from.clone(),
                document_url: url.clone(),
                status_url: status_url.clone(),
                ring_seconds: 45,
                limit_seconds: Some(40),
                detection: Detection::Detect,
            },
            Order::CreateCall {
                to: to.clone(),
                from: from.clone(),
                document_url: url.clone(),
                status_url: status_url.clone(),
                ring_seconds: 45,
                limit_seconds: None,
                detection: Detection::GreetingEnd,
            },
            Order::LimitCall { call_sid: call_sid.clone(), limit_seconds: 90 },
            Order::CreateCallWithDocument {
                to: to.clone(),
                from: from.clone(),
                document: Document::Farewell(speech.clone()),
                status_url: status_url.clone(),
            },
            Order::CreateCallWithDocument {
                to: to.clone(),
                from: from.clone(),
                document: Document::Announce(speech),
                status_url: status_url.clone(),
            },
            Order::Redirect { call_sid: call_sid.clone(), document_url: url.clone() },
            Order::RedirectTo { call_sid: call_sid.clone(), document: Document::HangUp },
            Order::FindChildren { parent_sid: call_sid.clone() },
            Order::Complete { call_sid: call_sid.clone() },
            Order::Cancel { call_sid: call_sid.clone() },
            Order::FetchCall { call_sid: call_sid.clone() },
            Order::FindCalls { to: to.clone(), since },
            Order::ListCalls { from: since.date_naive(), to: since.date_naive(), page: None },
            Order::ListCalls {
                from: since.date_naive(),
                to: since.date_naive(),
                page: Some("/2010-04-01/Accounts/AC1/Calls.json?PageSize=1000&Page=1&PageToken=PACA1".to_owned()),
            },
            Order::FindConference { room: "room_1".into() },
            Order::EndConference { conference_sid: conference_sid.clone() },
            Order::ListParticipants { conference_sid: conference_sid.clone() },
            Order::FetchParticipant { conference_sid: conference_sid.clone(), call_sid: call_sid.clone() },
            Order::UpdateParticipant { conference_sid: conference_sid.clone(), call_sid: call_sid.clone(), change },
            Order::UpdateParticipant {
                conference_sid: conference_sid.clone(),
                call_sid: call_sid.clone(),
                change: plain,
            },
            Order::AddParticipant {
                conference_sid: conference_sid.clone(),
                to,
                from,
                status_url: status_url.clone(),
                conference_url: status_url,
                limit_seconds: 60,
            },
            Order::RemoveParticipant { conference_sid: conference_sid.clone(), call_sid: call_sid.clone() },
            Order::AnnounceRoom { conference_sid: conference_sid.clone(), announcement_url: url.clone() },
            Order::StartRecording { call_sid: call_sid.clone(), trim: Trim::Silence, status_url: url.clone() },
            Order::UpdateRecording {
                of: Recorded::Call(call_sid.clone()),
                recording_sid: recording_sid.clone(),
                change: RecordingChange::Pause,
            },
            Order::UpdateRecording {
                of: Recorded::Conference(conference_sid.clone()),
                recording_sid: recording_sid.clone(),
                change: RecordingChange::Resume,
            },
            Order::UpdateRecording {
                of: Recorded::Conference(conference_sid.clone()),
                recording_sid: "Twilio.CURRENT".into(),
                change: RecordingChange::Stop,
            },
            Order::FindRecordings { of: Recorded::Conference(conference_sid.clone()) },
            Order::FindRecordings { of: Recorded::Call(call_sid.clone()) },
            Order::FetchRecording { recording_sid: recording_sid.clone() },
            Order::DeleteRecording { recording_sid },
            Order::Announce { conference_sid, call_sid, announcement_url: url },
        ]
    }

    /// `fixtures/twilio/parameters.json`: operations and parameters, from Twilio's published API description.
    fn described() -> Vec<Operation> {
        serde_json::from_str(include_str!("../../../fixtures/twilio/parameters.json")).unwrap()
    }

    fn fits(path: &str, template: &str) -> bool {
        let (path, template): (Vec<_>, Vec<_>) = (path.split('/').collect(), template.split('/').collect());
        path.len() == template.len()
            && path.iter().zip(template).all(|(part, wanted)| match wanted.strip_suffix(".json") {
                _ if !wanted.starts_with('{') => *part == wanted,
                Some(_) => part.ends_with(".json"),
                None => !part.is_empty(),
            })
    }

    #[test]
    fn a_later_page_is_asked_for_as_the_one_before_named_it() {
        let day: NaiveDate = "2026-11-21".parse().unwrap();
        let asked = |page: Option<&str>| {
            days(day, day, page)
                .into_iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect::<Vec<_>>()
                .join("&")
        };
        assert_eq!(asked(None), "StartTime>=2026-11-21&StartTime<=2026-11-22&PageSize=100");
        let next = "/2010-04-01/Accounts/AC1/Calls.json?StartTime%3E=2026-11-21&PageSize=50&Page=2&PageToken=PA%2B1";
        assert_eq!(asked(Some(next)), "StartTime>=2026-11-21&StartTime<=2026-11-22&PageSize=100&Page=2&PageToken=PA+1");
    }

    #[test]
    fn every_request_satisfies_twilios_own_description() {
        let settings = TwilioSettings {
            account_sid: format!("AC{:032}", 1),
            auth_token: "token".to_owned().into(),
            api_base: "https://api.twilio.com".into(),
            public_url: "https://talk.example".into(),
        };
        let described = described();
        for order in every_order() {
            let request = request(&order, &settings);
            let url = url::Url::parse(&request.url).unwrap();
            let method = match request.method {
                Method::Get => "GET",
                Method::Post => "POST",
                Method::Delete => "DELETE",
            };
            let operation = described
                .iter()
                .find(|operation| operation.method == method && fits(url.path(), &operation.path))
                .unwrap_or_else(|| panic!("{order:?}: no operation {method} {}", url.path()));
            let form = url::form_urlencoded::parse(request.body.as_bytes());
            let sent: Vec<(String, String)> =
                url.query_pairs().chain(form).map(|(n, v)| (n.into(), v.into())).collect();
            for required in &operation.required {
                assert!(sent.iter().any(|(name, _)| name == required), "{order:?} lacks {required}");
            }
            for (name, value) in &sent {
                let known = operation.parameters.get(name).unwrap_or_else(|| panic!("{order:?}: {name} is unknown"));
                let right = match known.r#type.as_str() {
                    "integer" => value.parse::<i64>().is_ok(),
                    "boolean" => value == "true" || value == "false",
                    "uri" => url::Url::parse(value).is_ok(),
                    _ => true,
                };
                assert!(right, "{order:?}: {name}={value} is not {}", known.r#type);
                assert!(known.r#enum.as_ref().is_none_or(|values| values.contains(value)), "{order:?}: {name}={value}");
            }
            let both = |a: &str, b: &str| [a, b].iter().all(|n| sent.iter().any(|(name, _)| name == n));
            assert!(!both("Url", "Twiml"), "{order:?}: the two exclude each other");
            assert!(sent.iter().all(|(name, value)| name != "Twiml" || value.chars().count() <= 4000));
        }
    }
}
