//! People at their browsers: Chromium, driven from here, meets the service and its sandbox as callers and administrators
//! do. Every page is also looked at by axe-core, at the width of a phone, in light and dark.

#[path = "browser/administrator.rs"]
mod administrator;
#[path = "browser/caller.rs"]
mod caller;
#[path = "browser/chromium.rs"]
mod chromium;
#[path = "browser/everywhere.rs"]
mod everywhere;
#[path = "browser/house.rs"]
mod house;
#[path = "browser/pictures.rs"]
mod pictures;
#[path = "browser/plain.rs"]
mod plain;
