//! Pictures of pages: README's are made by these tests when somebody names a folder for them in TEST_PICTURES.

use std::path::Path;

use crate::chromium::Browser;

pub async fn keep_picture(browser: &Browser, name: &str) {
    let picture = browser.picture().await;
    assert!(picture.starts_with(b"\x89PNG"));
    if let Ok(folder) = std::env::var("TEST_PICTURES") {
        std::fs::write(Path::new(&folder).join(format!("{name}.png")), picture).expect("the folder is there");
    }
}
