//! Pages as a browser meets them, over a database of their own. [`browser`] is the browser.

mod admin;
pub(super) mod browser;
mod dialling;
mod live;
mod signing_in;
