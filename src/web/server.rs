//! The HTTP server.

use std::net::TcpListener;

use actix_web::web::Data;
use actix_web::{HttpServer, dev};

use crate::app::App;

pub fn serve(app: App, listener: TcpListener) -> std::io::Result<dev::Server> {
    let data = Data::new(app);
    let server = HttpServer::new(move || actix_web::App::new().app_data(data.clone()).configure(super::routes))
        .workers(2)
        .shutdown_timeout(5)
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}
