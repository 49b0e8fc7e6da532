//! Puts the web's parts together behind a listener. What they do is theirs.

use std::net::TcpListener;

use actix_web::dev::Server;
use actix_web::{HttpServer, web};

use super::auth::throttle::Throttle;
use super::{auth, pages};
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
            .configure(super::routes)
            .service(pages::scope(&app, key.clone()))
    });
    Ok(server.workers(2).shutdown_timeout(STOP_WITHIN_SECONDS).listen(listener)?.run())
}
