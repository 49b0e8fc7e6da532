//! The one place that sends a request. It knows time-outs and size limits, and tells what was certainly not sent from
//! what perhaps arrived; what requests and answers mean belongs to `voice` and `payments`, trying again to the jobs.

use std::error::Error;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use crate::clock::Clock;
use crate::wire::{HttpRequest, HttpResponse, Method};

/// Where some processors want their key, which is as secret as an authorization.
const API_KEY: &str = "api-key";

/// A peer that cannot be reached at once will not be reached while a caller waits.
const CONNECT: Duration = Duration::from_secs(3);

/// From connecting to the last byte of the answer.
const TOTAL: Duration = Duration::from_secs(10);

/// A fast clock does not make the network faster.
const SHORTEST: Duration = Duration::from_secs(2);

/// An idle connection that the peer has closed looks like a lost answer, so idle ones are not kept for long: enough
/// for the next step of the same payment.
const IDLE: Duration = Duration::from_secs(5);

/// Far above any answer we ask for.
const LARGEST_ANSWER: usize = 256 * 1024;

/// Cheap to clone; all clones share their connections.
#[derive(Clone)]
pub struct Outbound {
    client: reqwest::Client,
    clock: Clock,
}

#[derive(Debug, Clone, thiserror::Error)]
#[error("the HTTP client cannot be set up: {0}")]
pub struct CannotSend(String);

impl Outbound {
    pub fn new(clock: Clock) -> Result<Self, CannotSend> {
        let on_machine = |duration| clock.on_machine(duration).max(SHORTEST);
        let (connect, total) = (on_machine(CONNECT), on_machine(TOTAL));
        Self::with_limits(clock, connect, total)
    }

    /// Nothing is sent twice, nowhere but where it was addressed, and through nobody who could answer in its place:
    /// a proxy's "bad gateway" would say nothing about whether money moved.
    fn with_limits(clock: Clock, connect: Duration, total: Duration) -> Result<Self, CannotSend> {
        // Fails if the process has a provider already, and then that one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .user_agent(concat!("talktime/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(connect)
            .timeout(total)
            .pool_idle_timeout(IDLE)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .build()
            .map_err(|error| CannotSend(in_full(&error)))?;
        Ok(Self { client, clock })
    }

    /// Time stands still for a stepped clock until the answer is here.
    pub async fn send(&self, request: &HttpRequest) -> HttpResponse {
        let _busy = self.clock.busy();
        let headers = match headers(request) {
            Ok(headers) => headers,
            Err(why) => return HttpResponse::NotSent(why),
        };
        let sending = match request.method {
            Method::Get => self.client.get(&request.url),
            Method::Post => self.client.post(&request.url).body(request.body.clone()),
            Method::Delete => self.client.delete(&request.url),
        };
        match sending.headers(headers).send().await {
            Ok(answer) => read(answer).await,
            Err(error) if error.is_connect() || error.is_builder() => HttpResponse::NotSent(why(error)),
            Err(error) => HttpResponse::Lost(why(error)),
        }
    }
}

/// The header that proves who we are is marked, so that no log of any layer shows it.
fn headers(request: &HttpRequest) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        let name = HeaderName::try_from(*name).map_err(|_| format!("{name:?} cannot be the name of a header"))?;
        let mut value = HeaderValue::try_from(value).map_err(|_| format!("the value of {name} cannot be sent"))?;
        value.set_sensitive(name == AUTHORIZATION || name == API_KEY);
        headers.append(name, value);
    }
    Ok(headers)
}

async fn read(mut answer: reqwest::Response) -> HttpResponse {
    let status = answer.status().as_u16();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = answer.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let mut body = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > LARGEST_ANSWER => {
                return HttpResponse::Lost(format!("the answer is longer than {LARGEST_ANSWER} bytes"));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return HttpResponse::Answered { status, headers, body },
            Err(error) => return HttpResponse::Lost(why(error)),
        }
    }
}

/// Addresses carry names of accounts and payments, which a log of failures names better itself.
fn why(error: reqwest::Error) -> String {
    in_full(&error.without_url())
}

/// The outermost error alone says only that something failed.
fn in_full(error: &dyn Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        said = format!("{said}: {error}");
        cause = error.source();
    }
    said
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpSocket, TcpStream};
    use tokio::sync::oneshot;

    use super::*;

    fn outbound() -> Outbound {
        Outbound::new(Clock::running(1)).unwrap()
    }

    fn post(url: &str) -> HttpRequest {
        HttpRequest {
            method: Method::Post,
            url: url.to_owned(),
            headers: vec![("authorization", "Bearer sk_very_secret".to_owned()), ("idempotency-key", "k".to_owned())],
            body: "amount=2500".to_owned(),
        }
    }

    async fn listen() -> (TcpListener, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1/things", listener.local_addr().unwrap());
        (listener, url)
    }

    /// Accepts once and reads one whole request with the body of [`post`].
    async fn hear(listener: TcpListener) -> (TcpStream, String) {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut heard = Vec::new();
        while !heard.ends_with(b"amount=2500") {
            assert_ne!(stream.read_buf(&mut heard).await.unwrap(), 0, "the request ended early");
        }
        (stream, String::from_utf8(heard).unwrap())
    }

    /// What comes of a request when the peer reads it all, answers this and closes.
    async fn answered_with(answer: Vec<u8>) -> HttpResponse {
        let (listener, url) = listen().await;
        let peer = tokio::spawn(async move {
            let (mut stream, _) = hear(listener).await;
            // We may have stopped reading, which is what some of the tests are about.
            let _ = stream.write_all(&answer).await;
        });
        let response = outbound().send(&post(&url)).await;
        peer.await.unwrap();
        response
    }

    fn is_lost(response: &HttpResponse) -> bool {
        matches!(response, HttpResponse::Lost(_))
    }

    #[tokio::test]
    async fn an_answer_comes_back_whole_and_the_request_arrived_as_it_was() {
        let (listener, url) = listen().await;
        let peer = tokio::spawn(async move {
            let (mut stream, heard) = hear(listener).await;
            stream.write_all(b"HTTP/1.1 402 No\r\nRetry-After: 2\r\ncontent-length: 2\r\n\r\n{}").await.unwrap();
            heard
        });
        let HttpResponse::Answered { status, headers, body } = outbound().send(&post(&url)).await else {
            panic!("the peer answers")
        };
        assert_eq!((status, body.as_slice()), (402, b"{}".as_slice()));
        assert!(headers.contains(&("retry-after".to_owned(), "2".to_owned())));
        let heard = peer.await.unwrap();
        assert!(heard.starts_with("POST /v1/things HTTP/1.1\r\n"), "{heard}");
        assert!(heard.contains("authorization: Bearer sk_very_secret\r\n"), "{heard}");
        assert!(heard.contains("idempotency-key: k\r\n"), "{heard}");
    }

    #[tokio::test]
    async fn a_refused_connection_is_certainly_not_sent() {
        // Bound, so that nobody else gets the port, but not listening.
        let taken = TcpSocket::new_v4().unwrap();
        taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let url = format!("http://{}/v1/things", taken.local_addr().unwrap());
        let HttpResponse::NotSent(why) = outbound().send(&post(&url)).await else { panic!("nobody listens") };
        assert!(!why.contains("very_secret") && !why.contains("/v1/things"), "{why}");
    }

    #[tokio::test]
    async fn a_peer_without_a_certificate_is_sent_nothing() {
        let (listener, url) = listen().await;
        let peer = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut heard = Vec::new();
            stream.read_buf(&mut heard).await.unwrap();
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
            heard
        });
        let response = outbound().send(&post(&url.replace("http:", "https:"))).await;
        assert!(matches!(response, HttpResponse::NotSent(_)), "{response:?}");
        let heard = peer.await.unwrap();
        assert!(!heard.windows(11).any(|part| part == b"very_secret"));
    }

    #[tokio::test]
    async fn what_cannot_be_a_request_is_not_sent() {
        let mut forged = post("http://127.0.0.1:1/");
        forged.headers.push(("x-note", "a\r\nb: c".to_owned()));
        assert!(matches!(outbound().send(&forged).await, HttpResponse::NotSent(_)));
        assert!(matches!(outbound().send(&post("no address")).await, HttpResponse::NotSent(_)));
    }

    #[tokio::test]
    async fn a_peer_that_reads_and_hangs_up_may_have_done_it() {
        assert!(is_lost(&answered_with(Vec::new()).await));
        assert!(is_lost(&answered_with(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".to_vec()).await));
        assert!(is_lost(&answered_with(b"what?\r\n\r\n".to_vec()).await));
    }

    #[tokio::test]
    async fn an_answer_beyond_the_limit_is_lost_and_one_at_the_limit_is_not() {
        let sized = |size: usize| {
            let mut answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {size}\r\n\r\n").into_bytes();
            answer.resize(answer.len() + size, b' ');
            answer
        };
        assert!(matches!(answered_with(sized(LARGEST_ANSWER)).await, HttpResponse::Answered { .. }));
        assert!(is_lost(&answered_with(sized(LARGEST_ANSWER + 1)).await));
        let mut endless = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
        endless.resize(4 * LARGEST_ANSWER, b' ');
        assert!(is_lost(&answered_with(endless).await));
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer_and_not_followed() {
        let (elsewhere, url) = listen().await;
        let moved = format!("HTTP/1.1 307 Moved\r\nlocation: {url}\r\ncontent-length: 0\r\n\r\n").into_bytes();
        assert!(matches!(answered_with(moved).await, HttpResponse::Answered { status: 307, .. }));
        let visit = elsewhere.into_std().unwrap().accept();
        assert_eq!(visit.unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "nobody came");
    }

    #[tokio::test]
    async fn a_peer_that_says_nothing_in_time_may_have_done_it() {
        let (listener, url) = listen().await;
        let peer = tokio::spawn(hear(listener));
        let hurried = Outbound::with_limits(Clock::running(1), CONNECT, Duration::from_millis(200)).unwrap();
        assert!(is_lost(&hurried.send(&post(&url)).await));
        peer.await.unwrap();
    }

    #[tokio::test]
    async fn time_stands_still_until_the_answer_is_here() {
        let start = chrono::DateTime::UNIX_EPOCH;
        let (clock, busy) = Clock::stepped(start);
        let outbound = Outbound::new(clock.clone()).unwrap();
        let (listener, url) = listen().await;
        let (heard, was_heard) = oneshot::channel();
        let (go_on, told) = oneshot::channel::<()>();
        let peer = tokio::spawn(async move {
            let (mut stream, _) = hear(listener).await;
            heard.send(()).unwrap();
            told.await.unwrap();
            stream.write_all(b"HTTP/1.1 204 Done\r\n\r\n").await.unwrap();
        });
        let sending = tokio::spawn(async move { outbound.send(&post(&url)).await });
        was_heard.await.unwrap();
        let other = clock.clone();
        let sleeper = tokio::spawn(async move { drop(other.sleep(Duration::from_secs(60)).await) });
        tokio::task::yield_now().await;
        drop(busy);
        assert_eq!(clock.now(), start);
        go_on.send(()).unwrap();
        assert!(matches!(sending.await.unwrap(), HttpResponse::Answered { status: 204, .. }));
        sleeper.await.unwrap();
        peer.await.unwrap();
        assert_eq!(clock.now(), start + chrono::TimeDelta::seconds(60));
    }
}
