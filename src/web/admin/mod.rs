//! admin.

use actix_web::web::ServiceConfig;

pub fn routes(_service: &mut ServiceConfig) {}
