//! Letting in a phone that another account pays for: asked by callers, administrators and programs alike. It takes three
//! transactions, since none touches two accounts: is the guest's account good for it, a place is kept, and the guest's
//! call. Before them the host is asked whether it would have a place. After a crash between them the place is free again in a minute, and asking again goes on.

use std::net::IpAddr;

use crate::app::App;
use crate::domain::admission::Refusal;
use crate::domain::call::guest::GuestRefusal;
use crate::domain::invitation::Standing;
use crate::flows::FlowError;
use crate::flows::guests::{
    MayPay, NoPlace, Seated, Wish, give_up_seat, keep_no_place, may_pay, place_guest, take_seat, would_seat,
};
use crate::flows::place_call::Placed;
use crate::storage::Tx;

pub enum Joined {
    /// The guest's own call.
    Call {
        id: String,
    },
    /// This request was carried out before.
    Already {
        id: String,
    },
    /// The key was used for another request.
    OtherRequest,
    /// The host takes no guest.
    NoPlace(GuestRefusal),
    NotInvited(Standing),
    /// The guest's account cannot pay.
    Refused(Refusal),
}

impl From<NoPlace> for Joined {
    fn from(no: NoPlace) -> Self {
        match no {
            NoPlace::Refused(refusal) => Self::NoPlace(refusal),
            NoPlace::NotInvited(standing) => Self::NotInvited(standing),
        }
    }
}

/// `by` says that the account pays, and `from` where.
pub async fn join(app: &App, wish: Wish, by: String, from: Option<IpAddr>) -> Result<Joined, FlowError> {
    let (forms, rules, now) = (app.forms.clone(), app.config.rules, app.clock.now());
    let asked = wish.clone();
    if let Err(no) = app.db.read(move |tx| would_seat(tx, &asked, &rules, now)).await? {
        return no_place(app, wish, by, no).await;
    }
    let (asked, actor) = (wish.clone(), by.clone());
    match app.db.write(move |tx| may_pay(tx, &asked, &actor, &forms, &rules, now)).await? {
        MayPay::Yes => {}
        MayPay::Already { id } => return Ok(Joined::Already { id }),
        MayPay::OtherRequest => return Ok(Joined::OtherRequest),
        MayPay::Refused(refusal) => return Ok(Joined::Refused(refusal)),
    }
    let (asked, actor) = (wish.clone(), by.clone());
    let take = app.db.write_from(from, move |tx| take_seat(tx, &asked, &actor, &rules, now));
    let seat = match take.await? {
        Seated::Seat(seat) => seat,
        Seated::OtherRequest => return Ok(Joined::OtherRequest),
        Seated::No(no) => return no_place(app, wish, by, no).await,
    };
    let (forms, asked, leg) = (app.forms.clone(), wish.clone(), seat.host.leg.clone());
    let place = app.db.write_from(from, move |tx| place_guest(tx, &asked, &seat, &by, &forms, &rules, now));
    match place.await? {
        Placed::Call { id, .. } => Ok(Joined::Call { id }),
        Placed::Already { id } => Ok(Joined::Already { id }),
        Placed::Refused(refusal) => {
            app.db.write(move |tx| give_up_seat(tx, &wish, &leg, now)).await?;
            Ok(Joined::Refused(refusal))
        }
    }
}

async fn no_place(app: &App, wish: Wish, by: String, no: NoPlace) -> Result<Joined, FlowError> {
    let now = app.clock.now();
    let keep = move |tx: &mut Tx| {
        keep_no_place(tx, &wish, &by, &no, now)?;
        Ok::<_, FlowError>(no.into())
    };
    app.db.write(keep).await
}
