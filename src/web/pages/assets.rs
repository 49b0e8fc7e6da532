//! The files that pages need beside themselves. Their addresses carry a digest of their content, so a browser may keep
//! them for ever.

use std::sync::LazyLock;

use actix_web::http::header::{self, EntityTag, IfNoneMatch};
use actix_web::web::{self, Header, Path, ServiceConfig};
use actix_web::{HttpResponse, http::StatusCode};
use sha2::{Digest, Sha256};

use super::error::PageError;

struct Asset {
    name: &'static str,
    content_type: &'static str,
    content: &'static str,
    digest: String,
    url: String,
}

/// A file under its name, with its content type and what is in it.
macro_rules! asset {
    ($name:literal, $content_type:literal) => {
        Asset::new($name, $content_type, include_str!(concat!("../assets/", $name)))
    };
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    vec![
        asset!("talktime.css", "text/css; charset=utf-8"),
        asset!("talktime.js", "text/javascript; charset=utf-8"),
        asset!("call.js", "text/javascript; charset=utf-8"),
        asset!("feed.js", "text/javascript; charset=utf-8"),
        asset!("live.js", "text/javascript; charset=utf-8"),
        asset!("dial.js", "text/javascript; charset=utf-8"),
        asset!("progress.js", "text/javascript; charset=utf-8"),
        asset!("upload.js", "text/javascript; charset=utf-8"),
        asset!("again.js", "text/javascript; charset=utf-8"),
        asset!("favicon.svg", "image/svg+xml"),
    ]
});

/// Where a page finds the file of this name.
pub fn url(name: &str) -> &'static str {
    let asset = ASSETS.iter().find(|asset| asset.name == name);
    &asset.expect("templates name files of the list above").url
}

impl Asset {
    fn new(name: &'static str, content_type: &'static str, content: &'static str) -> Self {
        let digest = hex::encode(&Sha256::digest(content)[..8]);
        let url = format!("/assets/{name}?{digest}");
        Self { name, content_type, content, digest, url }
    }
}

pub fn routes(service: &mut ServiceConfig) {
    service.route("/assets/{name}", web::get().to(get));
}

async fn get(name: Path<String>, known: Header<IfNoneMatch>) -> Result<HttpResponse, PageError> {
    let asset = ASSETS.iter().find(|asset| asset.name == *name).ok_or(PageError::NotFound)?;
    let tag = EntityTag::new_weak(asset.digest.clone());
    let same = match &*known {
        IfNoneMatch::Any => true,
        IfNoneMatch::Items(tags) => tags.iter().any(|known| known.weak_eq(&tag)),
    };
    let mut response = HttpResponse::build(if same { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
    response
        .insert_header((header::ETAG, tag.to_string()))
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .content_type(asset.content_type);
    Ok(if same { response.finish() } else { response.body(asset.content) })
}
