//! What an order came to, from Twilio's answer.

use std::time::Duration;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::recordings::{Recording, Recordings};
use super::webhook::progress;
use crate::domain::money::Money;
use crate::voice::{CallSeen, CarrierPrice, ConferenceSeen, LegProgress, ListedCall, Order, Outcome, ParticipantSeen};
use crate::wire::HttpResponse;

/// "Call is not in progress": too late to redirect, and as good as done for a hang-up.
const NOT_IN_PROGRESS: i64 = 21220;
const NOT_FOUND: i64 = 20404;
const TOO_MANY_REQUESTS: i64 = 20429;

pub fn outcome(order: &Order, response: &HttpResponse) -> Outcome {
    match response {
        HttpResponse::NotSent(_) => Outcome::NotDone { retry_after: None },
        HttpResponse::Lost(why) => Outcome::Unknown(why.clone()),
        HttpResponse::Answered { status: 200..=299, body, .. } => done(order, body),
        HttpResponse::Answered { status, headers, body } => refused(*status, headers, body),
    }
}

fn done(order: &Order, body: &[u8]) -> Outcome {
    match order {
        Order::CreateCall { .. }
        | Order::LimitCall { .. }
        | Order::CreateCallWithDocument { .. }
        | Order::Redirect { .. }
        | Order::RedirectTo { .. }
        | Order::Complete { .. }
        | Order::Cancel { .. }
        | Order::FetchCall { .. } => read::<Call>(body).and_then(Call::seen).map_or_else(unreadable, Outcome::Call),
        Order::FindCalls { .. } | Order::FindChildren { .. } => read::<Calls>(body)
            .and_then(|list| list.calls.into_iter().filter(Call::is_ours).map(Call::seen).collect())
            .map_or_else(unreadable, Outcome::Calls),
        Order::ListCalls { .. } => read::<CallPage>(body)
            .map(CallPage::listed)
            .map_or_else(unreadable, |(calls, next)| Outcome::CallsListed { calls, next }),
        Order::FindConference { .. } => read::<Conferences>(body)
            .map(|list| list.conferences.into_iter().filter(Conference::lives).map(Conference::seen).collect())
            .map_or_else(unreadable, Outcome::Conferences),
        Order::ListParticipants { .. } => read::<Participants>(body)
            .map(|list| list.participants.into_iter().map(|one| one.call_sid).collect())
            .map_or_else(unreadable, Outcome::Participants),
        Order::FetchParticipant { .. } | Order::UpdateParticipant { .. } | Order::Announce { .. } => {
            read::<Participant>(body).map(Participant::seen).map_or_else(unreadable, Outcome::Participant)
        }
        Order::StartRecording { .. } | Order::UpdateRecording { .. } | Order::FetchRecording { .. } => {
            read::<Recording>(body)
                .and_then(Recording::seen)
                .map_or_else(unreadable, |seen| Outcome::Recordings(vec![seen]))
        }
        Order::FindRecordings { .. } => {
            read::<Recordings>(body).map(Recordings::seen).map_or_else(unreadable, Outcome::Recordings)
        }
        Order::AddParticipant { .. }
        | Order::DeleteRecording { .. }
        | Order::EndConference { .. }
        | Order::AnnounceRoom { .. }
        | Order::RemoveParticipant { .. } => Outcome::Done,
    }
}

fn refused(status: u16, headers: &[(String, String)], body: &[u8]) -> Outcome {
    let problem = read::<Problem>(body).unwrap_or_default();
    let code = problem.code.unwrap_or_else(|| status.into());
    match (status, code) {
        (429, _) | (_, TOO_MANY_REQUESTS) => Outcome::NotDone { retry_after: retry_after(headers) },
        // By the carrier's own code only: somebody else's 404 says nothing of a call.
        (_, NOT_FOUND | NOT_IN_PROGRESS) => Outcome::Gone,
        (400..=499, _) => Outcome::Refused { code, message: problem.message.unwrap_or_default() },
        _ => Outcome::Unknown(format!("HTTP {status}")),
    }
}

fn retry_after(headers: &[(String, String)]) -> Option<Duration> {
    let (_, value) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("retry-after"))?;
    value.trim().parse().ok().map(|seconds: u64| Duration::from_secs(seconds.min(60)))
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Option<T> {
    serde_json::from_slice(body).ok()
}

/// Done, by its status, but nobody can tell what.
fn unreadable() -> Outcome {
    Outcome::Unknown("the answer cannot be read".to_owned())
}

#[derive(Deserialize)]
struct Call {
    sid: String,
    status: String,
    /// Whole seconds, as text.
    duration: Option<String>,
    date_created: Option<String>,
    direction: Option<String>,
    to: Option<String>,
    start_time: Option<String>,
    /// A negative amount, as text; what was paid back would be positive.
    price: Option<String>,
    price_unit: Option<String>,
}

impl Call {
    /// We made it. A call to a number of our own is in the list twice: as ours, and as the one that came in there.
    fn is_ours(&self) -> bool {
        self.direction.as_deref() != Some("inbound")
    }

    fn seen(self) -> Option<CallSeen> {
        let progress = progress(&self.status, self.duration.as_deref()).ok()?;
        let created_at = self.date_created.as_deref().and_then(rfc2822);
        let price = self.price();
        Some(CallSeen { call_sid: self.sid, progress, created_at, price })
    }

    fn listed(self) -> ListedCall {
        let when = self.start_time.as_deref().or(self.date_created.as_deref());
        let end = match progress(&self.status, self.duration.as_deref()) {
            Ok(LegProgress::Ended(end)) => Some(end),
            Ok(LegProgress::Queued | LegProgress::Ringing | LegProgress::Answered) | Err(_) => None,
        };
        ListedCall {
            at: when.and_then(rfc2822),
            came_in: !self.is_ours(),
            to: self.to.clone().unwrap_or_default(),
            end,
            price: self.price(),
            call_sid: self.sid,
        }
    }

    /// Rounded up to what we count in.
    fn price(&self) -> Option<CarrierPrice> {
        let amount = Decimal::from_str_exact(self.price.as_deref()?).ok()?;
        Some(CarrierPrice { price: Money::round_up(-amount)?, currency: self.price_unit.as_deref()?.parse().ok()? })
    }
}

fn rfc2822(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text).ok().map(|time| time.to_utc())
}

#[derive(Deserialize)]
struct Calls {
    calls: Vec<Call>,
}

#[derive(Deserialize)]
struct CallPage {
    calls: Vec<Call>,
    next_page_uri: Option<String>,
}

impl CallPage {
    fn listed(self) -> (Vec<ListedCall>, Option<String>) {
        (self.calls.into_iter().map(Call::listed).collect(), self.next_page_uri)
    }
}

#[derive(Deserialize)]
struct Conferences {
    conferences: Vec<Conference>,
}

#[derive(Deserialize)]
struct Conference {
    sid: String,
    friendly_name: Option<String>,
    status: Option<String>,
}

impl Conference {
    fn lives(&self) -> bool {
        self.status.as_deref() != Some("completed")
    }

    fn seen(self) -> ConferenceSeen {
        ConferenceSeen { conference_sid: self.sid, room: self.friendly_name.unwrap_or_default() }
    }
}

#[derive(Deserialize)]
struct Participant {
    end_conference_on_exit: bool,
    hold: bool,
    muted: bool,
    #[serde(default)]
    coaching: bool,
    call_sid_to_coach: Option<String>,
}

impl Participant {
    fn seen(self) -> ParticipantSeen {
        let coaches = self.call_sid_to_coach.filter(|_| self.coaching);
        ParticipantSeen { end_room_on_exit: self.end_conference_on_exit, hold: self.hold, muted: self.muted, coaches }
    }
}

#[derive(Deserialize)]
struct Participants {
    participants: Vec<Present>,
}

#[derive(Deserialize)]
struct Present {
    call_sid: String,
}

#[derive(Deserialize, Default)]
struct Problem {
    code: Option<i64>,
    message: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voice::LegEnd;

    fn answered(status: u16, body: &str) -> HttpResponse {
        HttpResponse::Answered { status, headers: vec![("Retry-After".into(), "2".into())], body: body.into() }
    }

    fn fetch() -> Order {
        Order::FetchCall { call_sid: "CA1".into() }
    }

    #[test]
    fn a_call_is_read_with_its_seconds() {
        let body = r#"{"sid":"CA1","status":"completed","duration":"61","date_created":"Tue, 31 Aug 2010 20:36:28 +0000","price":null}"#;
        let Outcome::Call(seen) = outcome(&fetch(), &answered(200, body)) else { panic!() };
        assert_eq!(seen.progress, LegProgress::Ended(LegEnd::Completed { seconds: 61 }));
        assert_eq!(seen.created_at.unwrap().to_rfc3339(), "2010-08-31T20:36:28+00:00");
    }

    #[test]
    fn a_price_is_what_we_pay_and_nothing_until_it_is_known() {
        let price = |price: &str, unit: &str| {
            let body =
                format!(r#"{{"sid":"CA1","status":"completed","duration":"61","price":{price},"price_unit":{unit}}}"#);
            let Outcome::Call(seen) = outcome(&fetch(), &answered(200, &body)) else { panic!() };
            seen.price.map(|price| (price.price.micros(), price.currency.code()))
        };
        assert_eq!(price("\"-0.03000\"", "\"USD\""), Some((30_000, "USD")));
        assert_eq!(price("\"-0.0000001\"", "\"EUR\""), Some((1, "EUR")), "rounded up");
        assert_eq!(price("\"0.01\"", "\"USD\""), Some((-10_000, "USD")));
        for (amount, unit) in
            [("null", "\"USD\""), ("\"-0.1\"", "null"), ("\"much\"", "\"USD\""), ("\"-1\"", "\"dollars\"")]
        {
            assert_eq!(price(amount, unit), None, "{amount} {unit}");
        }
    }

    #[test]
    fn a_list_of_calls_to_a_number_of_ours_leaves_out_those_that_came_in_there() {
        let body = r#"{"calls":[{"sid":"CA2","status":"in-progress","direction":"inbound"},
            {"sid":"CA1","status":"in-progress","direction":"outbound-api"}]}"#;
        let order = Order::FindCalls { to: "+15005550009".parse().unwrap(), since: DateTime::UNIX_EPOCH };
        let Outcome::Calls(found) = outcome(&order, &answered(200, body)) else { panic!() };
        assert_eq!(found.iter().map(|seen| seen.call_sid.as_str()).collect::<Vec<_>>(), ["CA1"]);
    }

    #[test]
    fn each_kind_of_refusal_has_its_meaning() {
        let cases = [
            (answered(400, r#"{"code":21220,"message":"Call is not in-progress","status":400}"#), Outcome::Gone),
            (answered(404, r#"{"code":20404,"message":"not found","status":404}"#), Outcome::Gone),
            (answered(429, r#"{"code":20429}"#), Outcome::NotDone { retry_after: Some(Duration::from_secs(2)) }),
            (
                answered(400, r#"{"code":21211,"message":"Invalid 'To'"}"#),
                Outcome::Refused { code: 21211, message: "Invalid 'To'".into() },
            ),
            (answered(404, "<html>"), Outcome::Refused { code: 404, message: String::new() }),
            (answered(401, ""), Outcome::Refused { code: 401, message: String::new() }),
            (answered(503, "<html>"), Outcome::Unknown("HTTP 503".into())),
            (answered(200, "<html>"), Outcome::Unknown("the answer cannot be read".into())),
            (HttpResponse::Lost("reset".into()), Outcome::Unknown("reset".into())),
            (HttpResponse::NotSent("refused".into()), Outcome::NotDone { retry_after: None }),
        ];
        for (response, expected) in cases {
            assert_eq!(outcome(&fetch(), &response), expected, "{response:?}");
        }
    }
}
