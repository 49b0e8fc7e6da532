//! What the process counts about itself, for Prometheus. Counters are increased where things happen, by the functions
//! here; gauges of the database are set when somebody asks.

use std::sync::LazyLock;

use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry, TextEncoder};

struct Metrics {
    registry: Registry,
    webhooks: IntCounterVec,
    webhook_seconds: HistogramVec,
    requests: IntCounterVec,
    in_books: IntGaugeVec,
}

/// Upper ends in seconds: the figures' own.
const WEBHOOK_BUCKETS: [f64; 16] =
    [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0];

static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
    let registry = Registry::new();
    let counter = |name: &str, help: &str, labels: &[&str]| {
        let counter = IntCounterVec::new(Opts::new(name, help), labels).expect("the name is a valid one");
        registry.register(Box::new(counter.clone())).expect("no name is used twice");
        counter
    };
    let in_books = IntGaugeVec::new(Opts::new("talktime_in_books", "What the database has open, by kind"), &["kind"])
        .expect("the name is a valid one");
    registry.register(Box::new(in_books.clone())).expect("no name is used twice");
    let help =
        "From a webhook's receipt to our answer; stripe_delivery, hyperswitch_delivery: from its making to its receipt";
    let opts = HistogramOpts::new("talktime_webhook_seconds", help).buckets(WEBHOOK_BUCKETS.to_vec());
    let webhook_seconds = HistogramVec::new(opts, &["source"]).expect("the name is a valid one");
    registry.register(Box::new(webhook_seconds.clone())).expect("no name is used twice");
    Metrics {
        webhook_seconds,
        webhooks: counter(
            "talktime_webhooks_total",
            "Webhooks, by source and what became of them",
            &["source", "result"],
        ),
        requests: counter("talktime_http_requests_total", "Requests answered, by class of status", &["class"]),
        in_books,
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

pub fn webhook_took(source: &str, micros: i64) {
    METRICS.webhook_seconds.with_label_values(&[source]).observe(micros as f64 / 1e6);
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

/// What the database has open: the same on every node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InBooks {
    pub live_calls: i64,
    pub open_payments: i64,
    pub waiting_jobs: i64,
    /// Jobs whose last attempt failed.
    pub failing_jobs: i64,
    /// Alerts that nobody has looked at.
    pub open_alerts: i64,
    /// What the newest comparisons with others found.
    pub differences: i64,
    /// Things of nobody's that nobody has looked at.
    pub unassigned: i64,
    /// Card processors with which no payment is begun as usual.
    pub open_breakers: i64,
    /// 1: the operator has stopped automatic charges; 2: all.
    pub charging_stopped: i64,
}

pub fn in_books(counts: InBooks) {
    for (kind, count) in [
        ("live_calls", counts.live_calls),
        ("open_payments", counts.open_payments),
        ("waiting_jobs", counts.waiting_jobs),
        ("failing_jobs", counts.failing_jobs),
        ("open_alerts", counts.open_alerts),
        ("differences", counts.differences),
        ("unassigned", counts.unassigned),
        ("open_breakers", counts.open_breakers),
        ("charging_stopped", counts.charging_stopped),
    ] {
        METRICS.in_books.with_label_values(&[kind]).set(count);
    }
}

/// Everything counted, in Prometheus' text format.
pub fn text() -> String {
    TextEncoder::new().encode_to_string(&METRICS.registry.gather()).expect("counters and gauges are text")
}
