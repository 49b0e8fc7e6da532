//! What the names in the addresses of pages stand for in made-up books: found in the books, so that each page has
//! something to show, and lists are entered where they are longest.

use chrono::{Days, NaiveDate};
use talktime::domain::call::{Call, Phase};
use talktime::domain::checkout::State;
use talktime::flows::seed::{BOT, CALL_LINK, DISPUTE, DRAFT, INVITATION, RECONCILIATION};
use talktime::storage::audit_search::{self, Filter};
use talktime::storage::{
    StorageError, Tx, access_numbers, accounts, call_links, calls, cash_receipts, checkouts, deck_drafts, events,
    greetings, payments, rates, receipts, reconciliations, users, voucher_batches, vouchers,
};

use super::Who;

/// Rows of a list that are looked through to find its end.
const AT_ONCE: i64 = 1000;

/// What stands for the names in braces.
pub struct Names(Vec<(&'static str, String)>);

impl Names {
    pub fn find(tx: &mut Tx) -> Result<Self, StorageError> {
        let caller = users::by_email(tx, Who::Caller.email().expect("it has one"))?.expect("the books are made up");
        let account = caller.account.expect("callers have one");
        let its = calls::list(tx, Some(&account), None, 100)?;
        let is_over = |call: &&Call| matches!(call.phase, Phase::Settled(_));
        let call = its.iter().find(is_over).expect("many are over").id.clone();
        let live_call = its.iter().find(|call| !is_over(call)).expect("one is live").id.clone();
        let older_call = near_the_end(|after| {
            let some = calls::list(tx, Some(&account), after, AT_ONCE)?;
            Ok(some.into_iter().map(|call| call.id).collect())
        })?;
        let older_account = near_the_end(|after| {
            let some = accounts::search(tx, &accounts::Wanted::Any, None, after, AT_ONCE)?;
            Ok(some.into_iter().map(|(account, _)| account.id).collect())
        })?;
        let mut names = vec![
            ("{call}", call),
            ("{live_call}", live_call),
            ("{older_call}", older_call),
            ("{day}", its[its.len() / 2].created_at.date_naive().to_string()),
            ("{account}", older_account.clone()),
            ("{older_account}", older_account),
        ];
        names.extend(Self::of_money(tx, &account)?);
        names.extend(Self::of_office(tx)?);
        let older_link = near_the_end(|after| {
            let some = call_links::list(tx, &account, after, AT_ONCE)?;
            Ok(some.into_iter().map(|link| link.id).collect())
        })?;
        names.extend([("{call_link}", CALL_LINK.to_owned()), ("{older_link}", older_link)]);
        names.extend(Self::of_vouchers(tx, &account)?);
        names.push(("{dispute}", DISPUTE.to_owned()));
        names.push(("{reconciliation}", RECONCILIATION.to_owned()));
        let older_reconciliation = near_the_end(|after| {
            let some = reconciliations::list(tx, after, AT_ONCE)?;
            Ok(some.into_iter().map(|made| made.id).collect())
        })?;
        names.push(("{older_reconciliation}", older_reconciliation));
        names.push(("{invitation}", INVITATION.to_owned()));
        names.push(("{busy_account}", account));
        Ok(Self(names))
    }

    fn of_money(tx: &mut Tx, account: &str) -> Result<Vec<(&'static str, String)>, StorageError> {
        let charge = near_the_end(|after| {
            let some = receipts::page(tx, account, after, AT_ONCE)?;
            Ok(some.into_iter().map(|charge| charge.id).collect())
        })?;
        let payment = payments::list(tx, Some(account), 1)?.pop().expect("a card was charged").id;
        let visits = checkouts::list(tx, account, None, 100)?;
        let visit = |state: State| visits.iter().find(|visit| visit.state == state).expect("there is one").id.clone();
        Ok(vec![
            ("{charge}", charge),
            ("{payment}", payment),
            ("{checkout}", visit(State::Complete)),
            ("{open_checkout}", visit(State::Open)),
        ])
    }

    fn of_office(tx: &mut Tx) -> Result<Vec<(&'static str, String)>, StorageError> {
        let mut entry_day = NaiveDate::default();
        let older_entry = near_the_end(|after| {
            let some = audit_search::find(tx, &Filter::default(), after, 1000, 1000)?.entries;
            entry_day = some.last().map_or(entry_day, |entry| entry.at.date_naive());
            Ok(some.into_iter().map(|entry| entry.id).collect())
        })?;
        // Of two plans the first has decks of the past and one that waits.
        let draft = deck_drafts::find(tx, DRAFT)?.expect("one waits");
        let deck = rates::decks_of(tx, &draft.plan, 1)?.pop().expect("the plan has rates");
        let older_delivery = near_the_end(|after| {
            let some = events::deliveries(tx, None, after, AT_ONCE)?;
            Ok(some.into_iter().map(|(delivery, _)| delivery.id).collect())
        })?;
        let older_greeting = near_the_end(|after| {
            let some = greetings::list(tx, None, after, AT_ONCE)?;
            Ok(some.into_iter().map(|greeting| greeting.call_sid).collect())
        })?;
        let failed = events::deliveries(tx, Some("failed"), None, 1)?.pop().expect("one has failed");
        Ok(vec![
            ("{older_entry}", older_entry),
            ("{entry_day}", (entry_day + Days::new(1)).to_string()),
            ("{deck}", deck.id),
            ("{room}", "room_moderated".to_owned()),
            ("{bot}", BOT.to_owned()),
            ("{draft}", draft.id),
            ("{plan}", draft.plan),
            ("{access_number}", access_numbers::list(tx, None, 1)?.pop().expect("there is one").id),
            ("{older_greeting}", older_greeting),
            ("{older_delivery}", older_delivery),
            ("{failed_delivery}", failed.0.id),
        ])
    }

    fn of_vouchers(tx: &mut Tx, agent: &str) -> Result<Vec<(&'static str, String)>, StorageError> {
        let batches = voucher_batches::list(tx, None, 1000)?;
        let batch = batches.into_iter().find(|batch| batch.printed_at.is_some()).expect("one is printed").id;
        let serial = vouchers::of_batch(tx, &batch, None, 1)?.remove(0).serial;
        let receipt = cash_receipts::list(tx, Some(agent), None, 1)?.remove(0).id;
        Ok(vec![("{batch}", batch), ("{serial}", serial), ("{receipt}", receipt)])
    }

    pub fn fill(&self, page: &str) -> String {
        self.0.iter().fold(page.to_owned(), |page, (name, value)| page.replace(name, value))
    }
}

/// The oldest but a tenth of a list that is read page by page: where it is slow, if it is slow anywhere.
fn near_the_end(
    mut page: impl FnMut(Option<&str>) -> Result<Vec<String>, StorageError>,
) -> Result<String, StorageError> {
    let mut all = vec![];
    loop {
        let some = page(all.last().map(String::as_str))?;
        if some.is_empty() {
            return Ok(all.swap_remove(all.len() * 9 / 10));
        }
        all.extend(some);
    }
}
