//! What stands around every page: who is signed in, where they may go, and the token of the forms.

use actix_session::Session;

use super::assets;
use crate::storage::users::User;
use crate::web::auth::csrf;

pub struct Layout {
    pub email: Option<String>,
    pub administrator: bool,
    /// For the hidden field `csrf` of each form.
    pub csrf: String,
}

impl Layout {
    pub fn of(session: &Session, user: Option<&User>) -> Self {
        Self {
            email: user.map(|user| user.email.clone()),
            administrator: user.is_some_and(|user| user.account.is_none()),
            csrf: csrf::token(session),
        }
    }

    /// Without anybody: for error pages, which know no session.
    pub fn plain() -> Self {
        Self { email: None, administrator: false, csrf: String::new() }
    }

    pub fn css(&self) -> &'static str {
        assets::CSS.url()
    }

    pub fn js(&self) -> &'static str {
        assets::JS.url()
    }
}
