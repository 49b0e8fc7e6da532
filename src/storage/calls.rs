//! Calls with their legs, as `domain::call` knows them.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::caps::Whose;
use super::schema::{accounts, calls, holds, legs};
use super::{StorageError, Tx, dialect, utc, utc_option};
use crate::domain::call::bill::Charge;
use crate::domain::call::guest::Host;
use crate::domain::call::machine::{AnsweredBy, MachineTerms, Verdict};
use crate::domain::call::recording::CallRecording;
use crate::domain::call::{Call, EndReason, Leg, LegEnd, LegState, Phase, Role, Stance, Whereabouts};
use crate::domain::money::Money;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::setting::Choice;

/// The kind of a leg that mirrors another account's call.
const GUEST: &str = "guest";

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = calls, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(super) struct CallRow {
    pub(super) id: String,
    account_id: String,
    room: String,
    phase: String,
    end_reason: Option<String>,
    created_at: NaiveDateTime,
    started_at: Option<NaiveDateTime>,
    deadline: Option<NaiveDateTime>,
    extension: i32,
    checkpoint_at: Option<NaiveDateTime>,
    warned: bool,
    conference_sid: Option<String>,
    records: i64,
    terms: String,
    told: i32,
    transfer: Option<String>,
    alone_since: Option<NaiveDateTime>,
    host_call_id: Option<String>,
    host_leg_id: Option<String>,
    recording: Option<String>,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = legs, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(super) struct LegRow {
    id: String,
    pub(super) call_id: String,
    account_id: String,
    position: i32,
    role: String,
    number: String,
    rate: String,
    call_sid: Option<String>,
    state: String,
    ended_how: Option<String>,
    carrier_seconds: Option<i64>,
    started_at: Option<NaiveDateTime>,
    authorised_until: Option<NaiveDateTime>,
    served: Option<i32>,
    joined: bool,
    hold: bool,
    muted: bool,
    added_at: Option<NaiveDateTime>,
    kind: String,
    turn: i32,
    away: bool,
    coaches: Option<String>,
    whereabouts: Option<String>,
    call_limit: Option<i64>,
    called_in_at: Option<NaiveDateTime>,
    machine: Option<String>,
    answered_by: Option<String>,
    detection_seconds: Option<i64>,
    guest_call_id: Option<String>,
}

/// `request_key` makes dialling again harmless: the second insert of one key is a duplicate.
pub fn insert(tx: &mut Tx, call: &Call, request_key: &str) -> Result<(), StorageError> {
    diesel::insert_into(calls::table).values((call_row(call), calls::request_key.eq(request_key))).execute(tx.conn)?;
    let rows: Vec<_> = call.legs.iter().enumerate().map(|(position, leg)| leg_row(call, position, leg)).collect();
    dialect::insert_legs(tx.conn, &rows)?;
    Ok(())
}

/// Writes a leg that was added at the end of a call. `request_key` makes adding again harmless.
pub fn insert_leg(tx: &mut Tx, call: &Call, request_key: &str) -> Result<(), StorageError> {
    let (position, leg) = call.legs.iter().enumerate().next_back().expect("a leg was added");
    let row = (leg_row(call, position, leg), legs::request_key.eq(request_key));
    diesel::insert_into(legs::table).values(row).execute(tx.conn)?;
    Ok(())
}

/// The call and the leg that were made by this request of the account.
pub fn leg_by_request_key(tx: &mut Tx, account: &str, key: &str) -> Result<Option<(String, String)>, StorageError> {
    let query = legs::table.filter(legs::account_id.eq(account)).filter(legs::request_key.eq(key));
    Ok(query.select((legs::call_id, legs::id)).first(tx.conn).optional()?)
}

/// Writes what differs between the call as it was loaded and as it is now.
pub fn save(tx: &mut Tx, before: &Call, after: &Call) -> Result<(), StorageError> {
    for (position, leg) in
        after.legs.iter().enumerate().filter(|(position, leg)| before.legs.get(*position) != Some(leg))
    {
        diesel::update(legs::table.find(&leg.id)).set(leg_row(after, position, leg)).execute(tx.conn)?;
    }
    if call_changed(before, after) {
        diesel::update(calls::table.find(&after.id)).set(call_row(after)).execute(tx.conn)?;
    }
    Ok(())
}

/// Writes the call as it is at its end, with what each leg is charged.
pub fn save_settled(tx: &mut Tx, call: &Call, charges: &[Charge], now: DateTime<Utc>) -> Result<(), StorageError> {
    for (position, (leg, charge)) in call.legs.iter().zip(charges).enumerate() {
        let charged = (legs::billed_seconds.eq(charge.billed_seconds), legs::cost.eq(charge.cost.micros()));
        diesel::update(legs::table.find(&leg.id)).set((leg_row(call, position, leg), charged)).execute(tx.conn)?;
    }
    let settled = (call_row(call), calls::settled_at.eq(now.naive_utc()));
    diesel::update(calls::table.find(&call.id)).set(settled).execute(tx.conn)?;
    Ok(())
}

pub fn settled_at(tx: &mut Tx, call: &str) -> Result<Option<DateTime<Utc>>, StorageError> {
    let at: Option<Option<NaiveDateTime>> =
        calls::table.find(call).select(calls::settled_at).first(tx.conn).optional()?;
    Ok(utc_option(at.flatten()))
}

fn call_changed(before: &Call, after: &Call) -> bool {
    let without_legs = |call: &Call| Call { legs: vec![], held: Money::ZERO, ..call.clone() };
    without_legs(before) != without_legs(after)
}

pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Call>, StorageError> {
    let rows: Vec<(CallRow, i64, LegRow)> = calls::table
        .inner_join(holds::table.on(holds::call_id.eq(calls::id)))
        .inner_join(legs::table.on(legs::call_id.eq(calls::id)))
        .filter(calls::id.eq(id))
        .order(legs::position)
        .select((call_columns(), holds::amount, leg_columns()))
        .load(tx.conn)?;
    // Every row says the same of the call, and no call is without legs.
    let (mut found, mut legs) = (None, vec![]);
    for (row, held, its_leg) in rows {
        found = Some((row, held));
        legs.push(leg(its_leg)?);
    }
    found.map(|(row, held)| call(row, held, legs)).transpose()
}

pub(super) fn with_legs(tx: &mut Tx, row: CallRow, held: i64) -> Result<Call, StorageError> {
    let rows: Vec<LegRow> =
        legs::table.filter(legs::call_id.eq(&row.id)).order(legs::position).select(leg_columns()).load(tx.conn)?;
    call(row, held, rows.into_iter().map(leg).collect::<Result<_, _>>()?)
}

/// Whose call a leg or a call is: to lock the account before reading the rest.
pub fn account_of(tx: &mut Tx, call: &str) -> Result<Option<String>, StorageError> {
    Ok(calls::table.find(call).select(calls::account_id).first(tx.conn).optional()?)
}

/// The call of a leg, and whose it is.
pub fn of_leg(tx: &mut Tx, leg: &str) -> Result<Option<(String, String)>, StorageError> {
    Ok(legs::table.find(leg).select((legs::call_id, legs::account_id)).first(tx.conn).optional()?)
}

pub fn by_request_key(tx: &mut Tx, account: &str, key: &str) -> Result<Option<String>, StorageError> {
    let query = calls::table.filter(calls::account_id.eq(account)).filter(calls::request_key.eq(key));
    Ok(query.select(calls::id).first(tx.conn).optional()?)
}

pub fn count_live(tx: &mut Tx, account: &str) -> Result<i64, StorageError> {
    Ok(calls::table.filter(calls::account_id.eq(account)).filter(is_live()).count().get_result(tx.conn)?)
}

/// Calls of an account that are not settled yet.
pub fn live(tx: &mut Tx, account: &str) -> Result<Vec<String>, StorageError> {
    let query = calls::table.filter(calls::account_id.eq(account)).filter(is_live());
    Ok(query.select(calls::id).load(tx.conn)?)
}

/// Dialled since then; of one account, or of all.
pub fn count_since(tx: &mut Tx, account: Option<&str>, since: DateTime<Utc>) -> Result<i64, StorageError> {
    let since = calls::table.filter(calls::created_at.gt(since.naive_utc()));
    Ok(match account {
        Some(account) => since.filter(calls::account_id.eq(account)).count().get_result(tx.conn)?,
        None => since.count().get_result(tx.conn)?,
    })
}

pub fn count_all_live(tx: &mut Tx) -> Result<i64, StorageError> {
    Ok(calls::table.filter(is_live()).count().get_result(tx.conn)?)
}

/// Written out, since SQLite takes the index of live calls only where it can read the condition.
pub(super) fn is_live() -> SqlLiteral<Bool> {
    sql::<Bool>("calls.phase <> 'settled'")
}

fn is_running() -> SqlLiteral<Bool> {
    sql::<Bool>("calls.phase <> 'settled' AND calls.phase = 'running' AND calls.deadline IS NOT NULL")
}

/// Running calls of an account, earliest deadline first.
pub fn running(tx: &mut Tx, account: &str) -> Result<Vec<String>, StorageError> {
    let theirs = calls::table.filter(calls::account_id.eq(account)).filter(is_running());
    Ok(theirs.order((calls::deadline, calls::id)).select(calls::id).load(tx.conn)?)
}

/// Those of them whose last look at the money found none.
pub fn without_money(tx: &mut Tx, account: &str) -> Result<Vec<String>, StorageError> {
    let theirs = calls::table.filter(calls::account_id.eq(account)).filter(is_running());
    let waiting = theirs.filter(calls::checkpoint_at.is_null());
    Ok(waiting.order((calls::deadline, calls::id)).select(calls::id).load(tx.conn)?)
}

/// Who has such calls.
pub fn accounts_without_money(tx: &mut Tx, whose: &Whose) -> Result<Vec<String>, StorageError> {
    let waiting = calls::table.filter(is_running()).filter(calls::checkpoint_at.is_null());
    let query = waiting.select(calls::account_id).distinct().order(calls::account_id).into_boxed();
    let query = match whose {
        Whose::House => query,
        Whose::Plan(plan) => {
            let theirs = accounts::table.filter(accounts::plan_id.eq(plan)).select(accounts::id);
            query.filter(calls::account_id.eq_any(theirs))
        }
        Whose::Account(account) => query.filter(calls::account_id.eq(account)),
    };
    Ok(query.load(tx.conn)?)
}

/// Newest first; of one account, or of all.
pub fn list(tx: &mut Tx, account: Option<&str>, after: Option<&str>, most: i64) -> Result<Vec<Call>, StorageError> {
    let mut query = calls::table
        .inner_join(holds::table.on(holds::call_id.eq(calls::id)))
        .order(calls::id.desc())
        .limit(most)
        .select((call_columns(), holds::amount))
        .into_boxed();
    if let Some(account) = account {
        query = query.filter(calls::account_id.eq(account.to_owned()));
    }
    if let Some(after) = after {
        query = query.filter(calls::id.lt(after.to_owned()));
    }
    let rows: Vec<(CallRow, i64)> = query.load(tx.conn)?;
    rows.into_iter().map(|(row, held)| with_legs(tx, row, held)).collect()
}

pub(super) fn call_columns() -> diesel::dsl::AsSelect<CallRow, super::connection::AnyBackend> {
    CallRow::as_select()
}

pub(super) fn leg_columns() -> diesel::dsl::AsSelect<LegRow, super::connection::AnyBackend> {
    LegRow::as_select()
}

pub(super) fn call_row(call: &Call) -> CallRow {
    let (phase, reason) = match call.phase {
        Phase::Running => ("running", None),
        Phase::Ending(reason) => ("ending", Some(reason)),
        Phase::Settled(reason) => ("settled", Some(reason)),
    };
    CallRow {
        id: call.id.clone(),
        account_id: call.account.clone(),
        room: call.room.clone(),
        phase: phase.to_owned(),
        end_reason: reason.map(|reason| reason.code().to_owned()),
        created_at: call.created_at.naive_utc(),
        started_at: call.started_at.map(|at| at.naive_utc()),
        deadline: call.deadline.map(|at| at.naive_utc()),
        extension: call.extension,
        checkpoint_at: call.checkpoint_at.map(|at| at.naive_utc()),
        warned: call.warned,
        conference_sid: call.conference_sid.clone(),
        records: call.records,
        terms: serde_json::to_string(&call.terms).expect("terms are plain data"),
        told: call.told,
        transfer: call
            .transfer
            .as_ref()
            .map(|transfer| serde_json::to_string(transfer).expect("a transfer is plain data")),
        alone_since: call.alone_since.map(|at| at.naive_utc()),
        host_call_id: call.host.as_ref().map(|host| host.call.clone()),
        host_leg_id: call.host.as_ref().map(|host| host.leg.clone()),
        recording: (call.recording != CallRecording::default())
            .then(|| serde_json::to_string(&call.recording).expect("a wish is plain data")),
    }
}

pub(super) fn call(row: CallRow, held: i64, legs: Vec<Leg>) -> Result<Call, StorageError> {
    let reason = EndReason::ALL.into_iter().find(|reason| Some(reason.code()) == row.end_reason.as_deref());
    let phase = match (row.phase.as_str(), reason) {
        ("running", None) => Phase::Running,
        ("ending", Some(reason)) => Phase::Ending(reason),
        ("settled", Some(reason)) => Phase::Settled(reason),
        (phase, _) => return Err(StorageError::unreadable("calls", format!("{}: phase {phase}", row.id))),
    };
    let bad = |error: serde_json::Error| StorageError::unreadable("calls", format!("{}: {error}", row.id));
    let terms = serde_json::from_str(&row.terms).map_err(bad)?;
    let transfer = row.transfer.as_deref().map(serde_json::from_str).transpose().map_err(bad)?;
    let recording = row.recording.as_deref().map(serde_json::from_str).transpose().map_err(bad)?;
    Ok(Call {
        id: row.id,
        account: row.account_id,
        room: row.room,
        created_at: utc(row.created_at),
        started_at: utc_option(row.started_at),
        deadline: utc_option(row.deadline),
        held: Money::from_micros(held),
        extension: row.extension,
        phase,
        checkpoint_at: utc_option(row.checkpoint_at),
        warned: row.warned,
        conference_sid: row.conference_sid,
        records: row.records,
        terms,
        told: row.told,
        transfer,
        alone_since: utc_option(row.alone_since),
        host: row.host_call_id.zip(row.host_leg_id).map(|(call, leg)| Host { call, leg }),
        recording: recording.unwrap_or_default(),
        legs,
    })
}

pub(super) fn leg_row(call: &Call, position: usize, leg: &Leg) -> LegRow {
    let (state, ended) = match leg.state {
        LegState::Planned => ("planned", None),
        LegState::Calling => ("calling", None),
        LegState::Ringing => ("ringing", None),
        LegState::Answered => ("answered", None),
        LegState::Over(end) => ("over", Some(end)),
    };
    LegRow {
        id: leg.id.clone(),
        call_id: call.id.clone(),
        account_id: call.account.clone(),
        position: i32::try_from(position).expect("a call has few legs"),
        role: if leg.role == Role::Payer { "payer" } else { "other" }.to_owned(),
        kind: match leg.role {
            Role::Payer | Role::Other => "party",
            Role::Bot => "bot",
            Role::Supervisor => "supervisor",
            Role::Guest => GUEST,
        }
        .to_owned(),
        number: leg.number.to_string(),
        rate: serde_json::to_string(&leg.rate).expect("a rate is plain data"),
        call_sid: leg.call_sid.clone(),
        state: state.to_owned(),
        ended_how: ended.map(|end| end.code().to_owned()),
        carrier_seconds: ended.map(|_| leg.carrier_seconds()),
        started_at: leg.started_at.map(|at| at.naive_utc()),
        authorised_until: leg.authorised_until.map(|at| at.naive_utc()),
        served: leg.served,
        joined: leg.joined,
        turn: leg.turn,
        call_limit: leg.call_limit,
        called_in_at: leg.called_in_at.map(|at| at.naive_utc()),
        guest_call_id: leg.guest.clone(),
        away: leg.away,
        hold: leg.stance.hold,
        muted: leg.stance.muted,
        coaches: leg.stance.coaches.clone(),
        whereabouts: (leg.whereabouts != Whereabouts::Room)
            .then(|| serde_json::to_string(&leg.whereabouts).expect("a whereabouts is plain data")),
        added_at: leg.added_at.map(|at| at.naive_utc()),
        machine: (leg.machine != MachineTerms::default())
            .then(|| serde_json::to_string(&leg.machine).expect("terms are plain data")),
        answered_by: leg.answered_by().map(|by| by.code().to_owned()),
        detection_seconds: leg.verdict.map(|verdict| verdict.seconds),
    }
}

pub(super) fn leg(row: LegRow) -> Result<Leg, StorageError> {
    let bad = |what: String| StorageError::unreadable("legs", what);
    let state = match row.state.as_str() {
        "planned" => LegState::Planned,
        "calling" => LegState::Calling,
        "ringing" => LegState::Ringing,
        "answered" => LegState::Answered,
        "over" => LegState::Over(
            leg_end(row.ended_how.as_deref(), row.carrier_seconds)
                .ok_or_else(|| bad(format!("{}: ended_how", row.id)))?,
        ),
        state => return Err(bad(format!("{}: state {state}", row.id))),
    };
    let role = match (row.role.as_str(), row.kind.as_str()) {
        ("payer", _) => Role::Payer,
        (_, "party") => Role::Other,
        (_, "bot") => Role::Bot,
        (_, "supervisor") => Role::Supervisor,
        (_, GUEST) => Role::Guest,
        (_, kind) => return Err(bad(format!("{}: kind {kind}", row.id))),
    };
    let whereabouts = row.whereabouts.as_deref().map(serde_json::from_str).transpose();
    let machine = row.machine.as_deref().map(serde_json::from_str).transpose();
    let by = row.answered_by.as_deref().map(AnsweredBy::read).transpose();
    let by = by.map_err(|why| bad(format!("{}: answered_by {why}", row.id)))?;
    Ok(Leg {
        role,
        whereabouts: whereabouts.map_err(|error| bad(format!("{}: {error}", row.id)))?.unwrap_or_default(),
        machine: machine.map_err(|error| bad(format!("{}: {error}", row.id)))?.unwrap_or_default(),
        number: PhoneNumber::kept(&row.number).map_err(|error| bad(format!("{}: {error}", row.id)))?,
        rate: serde_json::from_str(&row.rate).map_err(|error| bad(format!("{}: {error}", row.id)))?,
        id: row.id,
        added_at: utc_option(row.added_at),
        call_sid: row.call_sid,
        state,
        started_at: utc_option(row.started_at),
        authorised_until: utc_option(row.authorised_until),
        served: row.served,
        joined: row.joined,
        turn: row.turn,
        call_limit: row.call_limit,
        called_in_at: utc_option(row.called_in_at),
        verdict: by.map(|by| Verdict { by, seconds: row.detection_seconds.unwrap_or(0) }),
        guest: row.guest_call_id,
        away: row.away,
        stance: Stance { hold: row.hold, muted: row.muted, coaches: row.coaches },
    })
}

pub(super) fn leg_end(how: Option<&str>, carrier_seconds: Option<i64>) -> Option<LegEnd> {
    let completed = LegEnd::Completed { seconds: carrier_seconds.unwrap_or(0) };
    [completed, LegEnd::Busy, LegEnd::NoAnswer, LegEnd::Failed, LegEnd::Canceled]
        .into_iter()
        .find(|end| Some(end.code()) == how)
}

/// Legs older than `before` of unsettled calls that are not over, and whether they were ordered. A leg not ordered is
/// listed only once its call has its payer in, since the others wait for that.
pub fn legs_not_over(tx: &mut Tx, before: DateTime<Utc>) -> Result<Vec<(String, bool)>, StorageError> {
    let rows: Vec<(String, String)> = legs::table
        .inner_join(calls::table.on(calls::id.eq(legs::call_id)))
        .filter(is_live())
        .filter(calls::created_at.lt(before.naive_utc()))
        .filter(legs::added_at.is_null().or(legs::added_at.lt(before.naive_utc()).assume_not_null()))
        .filter(legs::state.ne("over"))
        .filter(legs::kind.ne(GUEST))
        .filter(legs::role.eq("payer").or(legs::state.ne("planned")).or(calls::started_at.is_not_null()))
        .select((legs::id, legs::state))
        .load(tx.conn)?;
    Ok(rows.into_iter().map(|(leg, state)| (leg, state != "planned")).collect())
}

/// The legs that mirror guests who were in or coming at `before`, as either side has it.
pub fn guests_not_over(tx: &mut Tx, before: DateTime<Utc>) -> Result<Vec<String>, StorageError> {
    let mirrors: Vec<String> = legs::table
        .filter(sql::<Bool>("legs.kind = 'guest' AND legs.state <> 'over'"))
        .filter(legs::added_at.lt(before.naive_utc()).assume_not_null())
        .select(legs::id)
        .load(tx.conn)?;
    let guests: Vec<Option<String>> = calls::table
        .filter(is_live())
        .filter(calls::created_at.lt(before.naive_utc()))
        .filter(calls::host_leg_id.is_not_null())
        .select(calls::host_leg_id)
        .load(tx.conn)?;
    Ok(mirrors.into_iter().chain(guests.into_iter().flatten()).collect())
}

/// Calls whose checkpoint should have run by `before`.
pub fn past_checkpoint(tx: &mut Tx, before: DateTime<Utc>) -> Result<Vec<String>, StorageError> {
    let running = calls::table.filter(is_live()).filter(calls::phase.eq("running"));
    let query = running.filter(calls::checkpoint_at.lt(before.naive_utc()));
    Ok(query.select(calls::id).load(tx.conn)?)
}

/// Which of these calls of the carrier's are legs of ours already.
pub fn known_sids(tx: &mut Tx, sids: &[String]) -> Result<Vec<String>, StorageError> {
    let sids: Vec<Option<String>> = sids.iter().cloned().map(Some).collect();
    let known: Vec<Option<String>> =
        legs::table.filter(legs::call_sid.eq_any(sids)).select(legs::call_sid).load(tx.conn)?;
    Ok(known.into_iter().flatten().collect())
}
