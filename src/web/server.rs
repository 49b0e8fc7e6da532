//! Puts the web's parts together behind a listener. What they do is theirs.

use std::net::TcpListener;

use actix_web::body::MessageBody;
use actix_web::cookie::Key;
use actix_web::dev::{Server, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::{DefaultHeaders, from_fn};
use actix_web::{Error, HttpServer, web};

use super::auth::throttle::Throttle;
use super::{auth, health, pages};
use crate::app::App;
use crate::config::Config;

/// Far above any form, webhook or order; a rate deck has a limit of its own.
pub const LARGEST_BODY: usize = 256 * 1024;

/// An open event stream must not hold up a stop for long: browsers come back by themselves.
const STOP_WITHIN_SECONDS: u64 = 5;

pub fn serve(app: App, listener: TcpListener) -> std::io::Result<Server> {
    let key = auth::session::cookie_key(app.config.session_secret.as_ref());
    let throttle = web::Data::new(Throttle::new());
    let server = HttpServer::new(move || whole(app.clone(), key.clone(), throttle.clone()));
    Ok(server.workers(2).shutdown_timeout(STOP_WITHIN_SECONDS).disable_signals().listen(listener)?.run())
}

/// Everything that is served.
pub fn whole(
    app: App,
    key: Key,
    throttle: web::Data<Throttle>,
) -> actix_web::App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    actix_web::App::new()
        .app_data(web::Data::new(app.clone()))
        .app_data(throttle)
        .app_data(web::PayloadConfig::new(LARGEST_BODY))
        .wrap(from_fn(health::count))
        .wrap(headers(&app.config))
        .configure(super::routes)
        .service(pages::scope(&app, key))
}

/// What goes with every answer, to whomever. Pages have more: [`pages::headers`].
fn headers(config: &Config) -> DefaultHeaders {
    let headers = DefaultHeaders::new().add((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
    if !config.behind_tls() {
        return headers;
    }
    // For this host alone: what runs on hosts below it, and whether encrypted, we do not know.
    headers.add((header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use crate::web::tests::browser::House;

    #[actix_web::test]
    async fn a_listener_serves_pages_and_keeps_unknown_addresses_polite() {
        let house = House::build().await;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = super::serve(house.app.clone(), listener).unwrap();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        for (path, status) in [("/sign-in", "200 OK"), ("/nowhere", "404 Not Found"), ("/calls", "303 See Other")] {
            let mut line = tokio::net::TcpStream::connect(address).await.unwrap();
            let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
            line.write_all(request.as_bytes()).await.unwrap();
            let mut answer = String::new();
            line.read_to_string(&mut answer).await.unwrap();
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
            assert!(answer.to_lowercase().contains("content-security-policy"), "{answer}");
        }
        handle.stop(true).await;
    }
}
