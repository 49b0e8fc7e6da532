//! Reading what a form sent. Only a form of ours, sent from a page of ours, becomes a [`Posted`].

use actix_session::SessionExt;
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::{FutureExt, LocalBoxFuture};

use super::error::PageError;
use crate::web::auth::csrf;

/// Our longest form has about twenty.
const MOST_FIELDS: usize = 100;
const LONGEST_VALUE: usize = 4096;

/// The fields of a form whose token was right.
#[derive(Debug)]
pub struct Posted(Fields);

#[derive(Debug, Default)]
pub struct Fields(Vec<(String, String)>);

impl std::ops::Deref for Posted {
    type Target = Fields;

    fn deref(&self) -> &Fields {
        &self.0
    }
}

impl Fields {
    pub fn read(encoded: &[u8]) -> Result<Self, PageError> {
        // Reading the pairs replaces bytes that are no text; here they are still seen.
        if percent_encoding::percent_decode(encoded).decode_utf8().is_err() {
            return Err(PageError::BadRequest("A field holds bytes that are not text."));
        }
        let fields: Vec<(String, String)> = serde_urlencoded::from_bytes(encoded)
            .map_err(|_| PageError::BadRequest("The fields could not be told apart."))?;
        if fields.len() > MOST_FIELDS {
            return Err(PageError::BadRequest("There are too many fields."));
        }
        for (_, value) in &fields {
            check(value)?;
        }
        Ok(Self(fields))
    }

    /// The first field of this name, without spaces around it; empty if there is none.
    pub fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// The first field of this name as it is: a password may begin with a space.
    pub fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.trim())
    }
}

/// PostgreSQL takes no NUL in a text, and nobody means one.
pub fn check(value: &str) -> Result<(), PageError> {
    if value.contains('\0') {
        return Err(PageError::BadRequest("A field holds a character that cannot be typed."));
    }
    if value.len() > LONGEST_VALUE {
        return Err(PageError::BadRequest("A field is too long."));
    }
    Ok(())
}

impl FromRequest for Posted {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = Bytes::from_request(req, payload);
        let req = req.clone();
        async move {
            let body = body.await.map_err(|error| match error.as_response_error().status_code().as_u16() {
                413 => PageError::TooLarge,
                _ => PageError::BadRequest("The form did not arrive whole."),
            })?;
            let kind = req.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
            if !kind.starts_with("application/x-www-form-urlencoded") {
                return Err(PageError::BadRequest("This is not how our forms are sent."));
            }
            let fields = Fields::read(&body)?;
            csrf::check(&req, &req.get_session(), fields.raw(csrf::FIELD))?;
            Ok(Self(fields))
        }
        .boxed_local()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_refused_and_not_repaired() {
        for bad in [&b"a=%ff"[..], b"a=\xff", b"a=%00", &[b'x'; 5000].map(|b| b)] {
            let read = Fields::read(&[b"b=1&a=", bad].concat());
            assert!(matches!(read, Err(PageError::BadRequest(_))), "{bad:?}");
        }
        let fields = Fields::read("n=+1&n=2%20&name=J%C3%B6rg".as_bytes()).unwrap();
        assert_eq!((fields.all("n").collect::<Vec<_>>(), fields.text("name")), (vec!["1", "2"], "Jörg"));
        assert_eq!(fields.text("missing"), "");
    }
}
