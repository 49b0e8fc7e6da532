//! The live page of a call; afterwards what it cost, and the way to its bill.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use super::add::AddForm;
use super::snapshot::{Moving, Snapshot, snapshot};
use super::supervise::SuperviseForm;
use crate::app::App;
use crate::domain::call::supervision::Onlooker;
use crate::domain::call_link::masked;
use crate::domain::invitation::{Invitation, Standing};
use crate::flows::FlowError;
use crate::flows::guests::company_of;
use crate::ids;
use crate::storage::Tx;
use crate::storage::bots::{self, NamedBot};
use crate::storage::invitations;
use crate::storage::users::User;
use crate::web::auth::who::{Person, onlooker};
use crate::web::auth::{Right, Role};
use crate::web::pages::error::PageError;
use crate::web::pages::html;
use crate::web::pages::layout::Layout;
use crate::web::pages::show::Moment;

/// A page stays light with many.
const MOST_BOTS: i64 = 50;

#[derive(Template)]
#[template(path = "user/call.html")]
struct CallPage {
    layout: Layout,
    call: Snapshot,
    moving: Moving,
    /// The ends of the numbers of who else is in the room of a guest.
    company: Vec<String>,
    /// Made with the page, so that sending it twice invites once.
    invitation_key: String,
    /// Those by which somebody may still come.
    invitations: Vec<OpenInvitation>,
    /// Only whose call it is may add to it.
    form: Option<AddForm>,
    /// Those that may be added, and where that is asked for.
    bots: Vec<NamedBot>,
    bots_place: String,
    bot_key: String,
    /// May this person do things to it? A guest may only hang up.
    steers: bool,
    /// May this person delete its recordings?
    deletes: bool,
    /// Made with the page, so that sending it twice transfers once.
    transfer_key: String,
    /// Somebody of the house names the account that pays for a guest.
    lets_in: bool,
    /// Only for those who may listen in.
    supervising: Option<SuperviseForm>,
    /// Without JavaScript the page loads itself again and again, but not while somebody types.
    reloads: bool,
}

struct OpenInvitation {
    id: String,
    made_by: String,
    until: Moment,
}

pub async fn get(app: Data<App>, person: Person, id: Path<String>) -> Result<HttpResponse, PageError> {
    let id = super::allowed(&app, &person, Right::SeeCalls, &id).await?;
    let form = person.account.is_some().then(AddForm::fresh);
    let eyes = Eyes::of(&person.user);
    page(&app, StatusCode::OK, person.layout, id, form, eyes, true).await
}

/// What somebody may see of a call and do to it.
#[derive(Clone, Copy, Debug)]
pub struct Eyes {
    onlooker: Onlooker,
    steers: bool,
    supervises: bool,
}

impl Eyes {
    /// Whose call it is.
    pub const CALLER: Self = Self { onlooker: Onlooker::Caller, steers: true, supervises: false };

    fn of(user: &User) -> Self {
        match Role::of(user) {
            None => Self::CALLER,
            Some(role) => Self {
                onlooker: onlooker(user),
                steers: role.may(Right::SteerCalls),
                supervises: role.may(Right::Supervise),
            },
        }
    }
}

pub async fn page(
    app: &App,
    status: StatusCode,
    layout: Layout,
    id: String,
    form: Option<AddForm>,
    eyes: Eyes,
    reloads: bool,
) -> Result<HttpResponse, PageError> {
    let now = app.clock.now();
    let read = move |tx: &mut Tx| {
        let (call, moving) = snapshot(tx, &id, eyes.onlooker, now)?;
        let company = if call.guest { company_of(tx, &id)? } else { vec![] };
        let invited = invitations::of_call(tx, &call.id)?;
        Ok::<_, FlowError>((call, moving, company, invited, bots::list(tx, None, MOST_BOTS)?))
    };
    let (call, moving, company, invited, bots) = app.db.read(read).await?;
    let steers = eyes.steers && call.running && !call.guest;
    let invitations = invited.into_iter().filter(|invitation| steers && invitation.standing(now) == Standing::Open);
    // Whose call it is adds them as numbers; the house adds nothing else.
    let bots_place = match eyes.onlooker {
        Onlooker::House => format!("/admin/live/{}/bots", call.id),
        Onlooker::Caller => format!("/calls/{}/legs", call.id),
    };
    let reloads = reloads && !call.over;
    html(
        status,
        &CallPage {
            layout,
            company: company.iter().map(masked).collect(),
            invitation_key: ids::new("req"),
            form: form.filter(|_| call.running && !call.guest),
            invitations: invitations.map(open_invitation).collect(),
            bots: if steers { bots } else { vec![] },
            bots_place,
            bot_key: ids::new("req"),
            steers,
            deletes: eyes.steers && eyes.onlooker == Onlooker::House,
            lets_in: steers && eyes.onlooker == Onlooker::House,
            supervising: (eyes.supervises && call.running && !call.guest).then(|| SuperviseForm::fresh(&call)),
            call,
            transfer_key: ids::new("req"),
            moving,
            reloads,
        },
    )
}

fn open_invitation(invitation: Invitation) -> OpenInvitation {
    OpenInvitation { id: invitation.id, made_by: invitation.made_by, until: Moment(invitation.expires_at) }
}
