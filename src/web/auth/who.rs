//! Who asks. A handler that takes [`SignedIn`] or [`Administrator`] runs for nobody else.

use actix_session::SessionExt;
use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::{FutureExt, LocalBoxFuture};

use super::rights::{Right, Role};
use super::session;
use crate::app::App;
use crate::domain::call::supervision::Onlooker;
use crate::storage::accounts::{self, Account};
use crate::storage::users::User;
use crate::storage::{StorageError, Tx};
use crate::web::pages::error::PageError;
use crate::web::pages::layout::Layout;

/// Somebody who has signed in: a caller with an account, or an administrator without.
pub struct Person {
    pub user: User,
    pub account: Option<Account>,
    pub layout: Layout,
}

/// A caller.
pub struct SignedIn {
    pub user: User,
    pub account: Account,
    pub layout: Layout,
}

pub struct Administrator {
    pub user: User,
    pub role: Role,
    pub layout: Layout,
}

impl Administrator {
    pub fn may(&self, right: Right) -> bool {
        self.role.may(right)
    }

    pub fn require(&self, right: Right) -> Result<(), PageError> {
        if self.may(right) { Ok(()) } else { Err(PageError::Forbidden(right.refusal())) }
    }
}

impl Person {
    async fn find(req: HttpRequest) -> Result<Self, PageError> {
        let app = req.app_data::<Data<App>>().ok_or(PageError::Internal)?;
        let session = req.get_session();
        let key_hash = session::key_hash(&session).ok_or(PageError::SignInFirst)?;
        let now = app.clock.now();
        let find = move |tx: &mut Tx| {
            let Some(user) = session::user(tx, &key_hash, now)? else { return Ok(None) };
            let account = match &user.account {
                Some(account) => accounts::find(tx, account)?,
                None => None,
            };
            Ok::<_, StorageError>(Some((user, account)))
        };
        let (user, account) = app.db.read(find).await?.ok_or(PageError::SignInFirst)?;
        Ok(Self { layout: Layout::of(&session, &user, req.path()), user, account })
    }

    /// Do they own this account, or have this right over all of them?
    pub fn may(&self, right: Right, account: &str) -> bool {
        may(&self.user, right, account)
    }
}

/// Does this user own the account, or have the right over all of them?
pub fn may(user: &User, right: Right, account: &str) -> bool {
    user.account.as_deref() == Some(account) || Role::of(user).is_some_and(|role| role.may(right))
}

/// Administrators know who listens to a call; whose call it is does not.
pub fn onlooker(user: &User) -> Onlooker {
    if Role::of(user).is_some() { Onlooker::House } else { Onlooker::Caller }
}

impl FromRequest for Person {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        Self::find(req.clone()).boxed_local()
    }
}

impl FromRequest for SignedIn {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let person = Person::find(req.clone());
        async move {
            let Person { user, account, layout } = person.await?;
            let account = account.ok_or(PageError::Forbidden("This page is for callers, who have an account."))?;
            Ok(Self { user, account, layout })
        }
        .boxed_local()
    }
}

impl FromRequest for Administrator {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let person = Person::find(req.clone());
        async move {
            let Person { user, layout, .. } = person.await?;
            let role = Role::of(&user).ok_or(PageError::Forbidden("This page is for administrators."))?;
            Ok(Self { user, role, layout })
        }
        .boxed_local()
    }
}
