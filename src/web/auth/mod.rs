//! Who is at the browser: passwords, sessions, and the guards in front of every page and form.

pub mod csrf;
pub mod password;
pub mod rights;
pub mod session;
pub mod sign_in;
pub mod sign_out;
pub mod throttle;
pub mod who;

use actix_web::web::{self, ServiceConfig};

pub use rights::{Right, Role};
pub use who::{Administrator, SignedIn};

pub fn routes(service: &mut ServiceConfig) {
    service
        .service(web::resource("/sign-in").get(sign_in::form).post(sign_in::submit))
        .route("/sign-out", web::post().to(sign_out::submit));
}
