//! The board as a page. Without JavaScript it loads itself again and again.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use super::board::{Board, MOST_ROWS, Moving, board};
use crate::app::App;
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::html;
use crate::web::pages::layout::Layout;

#[derive(Template)]
#[template(path = "admin/live.html")]
struct LivePage {
    layout: Layout,
    board: Board,
    moving: Vec<Moving>,
    most: usize,
    may_end: bool,
    may_supervise: bool,
}

pub async fn get(app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    who.require(Right::SeeCalls)?;
    let (may_end, may_supervise) = (who.may(Right::SteerCalls), who.may(Right::Supervise));
    let now = app.clock.now();
    let (board, moving) = app.db.read(move |tx| board(tx, now)).await?;
    html(StatusCode::OK, &LivePage { layout: who.layout, board, moving, most: MOST_ROWS, may_end, may_supervise })
}
