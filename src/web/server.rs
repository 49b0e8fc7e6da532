//! Puts the web's parts together behind a listener. What they do is theirs.

use std::net::TcpListener;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::{HttpServer, web};

use super::auth::throttle::Throttle;
use super::{auth, health, pages};
use crate::app::App;

/// Far above any form, webhook or order; a rate deck has a limit of its own.
pub const LARGEST_BODY: usize = 256 * 1024;

/// An open event stream must not hold up a stop for long: browsers come back by themselves.
const STOP_WITHIN_SECONDS: u64 = 5;

pub fn serve(app: App, listener: TcpListener) -> std::io::Result<Server> {
    let key = auth::session::cookie_key(app.config.session_secret.as_ref());
    let throttle = web::Data::new(Throttle::new());
    let server = HttpServer::new(move || {
        actix_web::App::new()
            .app_data(web::Data::new(app.clone()))
            .app_data(throttle.clone())
            .app_data(web::PayloadConfig::new(LARGEST_BODY))
            .wrap(from_fn(health::count))
            .configure(super::routes)
            .service(pages::scope(&app, key.clone()))
    });
    Ok(server.workers(2).shutdown_timeout(STOP_WITHIN_SECONDS).disable_signals().listen(listener)?.run())
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
