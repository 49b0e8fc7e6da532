//! HTTP messages as values, so that carriers and card processors can be built and tested without a network.

/// A request that reached us, as the sender made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// The public URL the sender used: our public base plus the raw path and query, untouched.
    pub url: String,
    /// The path below our public base, without the query.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// When it arrived.
    pub now: chrono::DateTime<chrono::Utc>,
}

impl Incoming {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A request to be sent by `outbound.rs`. It carries credentials, so only where it goes is ever printed.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    pub method: Method,
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    /// As its content type says; empty for a GET.
    pub body: String,
}

impl std::fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {}", self.method, self.url)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Delete,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpResponse {
    Answered {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// The connection could not be made: certainly nothing was done.
    NotSent(String),
    /// Sent, but no answer could be read: perhaps it was done.
    Lost(String),
}
