//! Pages as a browser meets them, over a database of their own. [`browser`] is the browser.

mod admin;
pub(super) mod browser;
pub(super) mod charged;
mod dialling;
mod money;
mod payments;
mod signing_in;
