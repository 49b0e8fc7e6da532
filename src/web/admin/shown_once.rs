//! A password that was made for somebody else: wished for, hashed, and shown once. It answers the form itself instead of
//! a page to be fetched, since nothing keeps the words; reloading makes another one.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use crate::web::auth::password;
use crate::web::pages::error::PageError;
use crate::web::pages::form::Fields;
use crate::web::pages::layout::Layout;
use crate::web::pages::{html, see_other};

/// Chosen by who asks, or made here.
pub struct Wish {
    words: String,
    made: bool,
}

impl Wish {
    /// Empty: one is made.
    pub fn read(fields: &Fields) -> Result<Self, String> {
        let typed = fields.raw("password");
        if typed.is_empty() {
            return Ok(Self::made());
        }
        match password::objection(typed) {
            Some(objection) => Err(objection),
            None => Ok(Self { words: typed.to_owned(), made: false }),
        }
    }

    pub fn made() -> Self {
        Self { words: password::make(), made: true }
    }

    pub async fn hash(&self) -> String {
        password::hashed(self.words.clone()).await
    }
}

#[derive(Template)]
#[template(path = "admin/shown_once.html")]
struct ShownOnce<'a> {
    layout: Layout,
    email: &'a str,
    words: &'a str,
    back: &'a str,
}

/// Who typed the words knows them.
pub fn page(layout: Layout, email: &str, wish: &Wish, back: &str) -> Result<HttpResponse, PageError> {
    if !wish.made {
        return Ok(see_other(back));
    }
    html(StatusCode::OK, &ShownOnce { layout, email, words: &wish.words, back })
}
