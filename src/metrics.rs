//! What the process counts about itself, for Prometheus. Counters are increased where things happen, by the functions
//! here; gauges of the database are set when somebody asks.

use std::sync::LazyLock;

use prometheus::{IntCounterVec, IntGaugeVec, Opts, Registry, TextEncoder};

struct Metrics {
    registry: Registry,
    webhooks: IntCounterVec,
    requests: IntCounterVec,
    calls: IntCounterVec,
    payments: IntCounterVec,
    jobs: IntGaugeVec,
}

static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
    let registry = Registry::new();
    let counter = |name: &str, help: &str, labels: &[&str]| {
        let counter = IntCounterVec::new(Opts::new(name, help), labels).expect("the name is a valid one");
        registry.register(Box::new(counter.clone())).expect("no name is used twice");
        counter
    };
    let jobs = IntGaugeVec::new(Opts::new("talktime_jobs", "Jobs in the queue, by state"), &["state"])
        .expect("the name is a valid one");
    registry.register(Box::new(jobs.clone())).expect("no name is used twice");
    Metrics {
        webhooks: counter(
            "talktime_webhooks_total",
            "Webhooks, by source and what became of them",
            &["source", "result"],
        ),
        requests: counter("talktime_http_requests_total", "Requests answered, by class of status", &["class"]),
        calls: counter("talktime_calls_total", "Calls started and settled by this process", &["event"]),
        payments: counter("talktime_payments_total", "Payments that came to an end, by state", &["state"]),
        jobs,
        registry,
    }
});

/// What became of a webhook.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Webhook {
    Accepted,
    /// The signature is wrong: nothing but this count remains of it.
    Forged,
    Unreadable,
}

impl Webhook {
    fn label(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Forged => "forged",
            Self::Unreadable => "unreadable",
        }
    }
}

pub fn webhook(source: &str, result: Webhook) {
    METRICS.webhooks.with_label_values(&[source, result.label()]).inc();
}

pub fn request_answered(status: u16) {
    let class = match status {
        100..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    };
    METRICS.requests.with_label_values(&[class]).inc();
}

pub fn call_started() {
    METRICS.calls.with_label_values(&["started"]).inc();
}

pub fn call_settled() {
    METRICS.calls.with_label_values(&["settled"]).inc();
}

/// `state`: the code of the payment's last state.
pub fn payment_ended(state: &str) {
    METRICS.payments.with_label_values(&[state]).inc();
}

pub fn jobs(waiting: i64, failing: i64) {
    METRICS.jobs.with_label_values(&["waiting"]).set(waiting);
    METRICS.jobs.with_label_values(&["failing"]).set(failing);
}

/// Everything counted, in Prometheus' text format.
pub fn text() -> String {
    TextEncoder::new().encode_to_string(&METRICS.registry.gather()).expect("counters and gauges are text")
}
