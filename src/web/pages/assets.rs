//! The files that pages need beside themselves. Their addresses carry a digest of their content, so a browser may keep
//! them for ever.

use std::sync::LazyLock;

use actix_web::http::header::{self, EntityTag, IfNoneMatch};
use actix_web::web::{self, Header, Path, ServiceConfig};
use actix_web::{HttpResponse, http::StatusCode};
use sha2::{Digest, Sha256};

use super::error::PageError;

pub struct Asset {
    name: &'static str,
    content_type: &'static str,
    content: &'static str,
    digest: String,
    url: String,
}

pub static CSS: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("talktime.css", "text/css; charset=utf-8", include_str!("../assets/talktime.css")));
pub static JS: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("talktime.js", "text/javascript; charset=utf-8", include_str!("../assets/talktime.js"))
});

impl Asset {
    fn new(name: &'static str, content_type: &'static str, content: &'static str) -> Self {
        let digest = hex::encode(&Sha256::digest(content)[..8]);
        let url = format!("/assets/{name}?{digest}");
        Self { name, content_type, content, digest, url }
    }

    pub fn url(&self) -> &str {
        &self.url
    }
}

pub fn routes(service: &mut ServiceConfig) {
    service.route("/assets/{name}", web::get().to(get));
}

async fn get(name: Path<String>, known: Header<IfNoneMatch>) -> Result<HttpResponse, PageError> {
    let asset = [&*CSS, &*JS].into_iter().find(|asset| asset.name == *name).ok_or(PageError::NotFound)?;
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
