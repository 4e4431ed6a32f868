//! Making, changing and deleting a line.

use std::collections::HashSet;

use openlines_base::{Fault, Kind, Time};
use openlines_store::{Conn, StoreError, Tx};
use serde::Deserialize;
use utoipa::ToSchema;

use super::rules::{
    ACCEPT_TIME_MAX_S, ACCEPT_TIME_MIN_S, CAPACITY_MAX, NAME_MAX, QUEUE_MAX, TARGET_WAIT_MAX_S, TEXT_MAX, VARIABLES,
    unknown_variable,
};
use super::store::{self, Columns};
use super::{AutoText, Line, LineTexts, Mode, Texts};
use crate::audit::{self, Act};
use crate::dialogs::{self, Changes};
use crate::staff::Language;
use crate::{LineId, OperatorId, Parts};

/// Settings of a line to set; absent ones stay as they are.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LineChange {
    /// Name, 1 to 100 characters. A new line needs one.
    pub name: Option<String>,
    /// How dialogs are given out.
    pub mode: Option<Mode>,
    /// Seconds to accept, 30 to 43200.
    pub accept_time_s: Option<i64>,
    /// Open dialogs of one operator at once, 1 to 100; 0 for no limit.
    pub capacity: Option<i64>,
    /// Give dialogs only to those who are available and online.
    pub check_presence: Option<bool>,
    /// Seconds within which a customer should be answered.
    pub target_wait_s: Option<i64>,
    /// The whole queue in its order.
    pub operator_ids: Option<Vec<OperatorId>>,
    /// Said when a session begins.
    pub greeting: Option<AutoText>,
    /// Said when a session ends.
    pub closing: Option<AutoText>,
    /// Language of automatic texts.
    pub language: Option<Language>,
}

/// Why a line was not changed.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// A setting is wrong.
    #[error("{text}")]
    Field {
        /// Which.
        field: &'static str,
        /// What is wrong and what to do.
        text: String,
    },
    /// It is not there.
    #[error("there is no such line, or it is not yours to see")]
    NotFound,
    /// Channels or customers still need it.
    #[error(
        "the line has {connections} connected channels and {dialogs} open dialogs: move the channels and finish the dialogs first"
    )]
    InUse {
        /// Connections.
        connections: i64,
        /// Open dialogs.
        dialogs: i64,
    },
    /// The database.
    #[error("the database did not do it")]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for LineError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Store(cause.into())
    }
}

impl Fault for LineError {
    fn kind(&self) -> Kind {
        match self {
            Self::Field { .. } => Kind::BadInput,
            Self::NotFound => Kind::NotFound,
            Self::InUse { .. } => Kind::Conflict,
            Self::Store(cause) => cause.kind(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Field { field, .. } => Some(field),
            _ => None,
        }
    }

    fn code(&self) -> Option<&'static str> {
        matches!(self, Self::InUse { .. }).then_some("line_in_use")
    }
}

/// Makes a line.
///
/// # Errors
/// A setting is wrong, or the database is away.
pub(super) async fn create(parts: &Parts, by: OperatorId, change: LineChange) -> Result<Line, LineError> {
    let change = checked(change)?;
    let Some(name) = change.name.clone() else {
        return Err(LineError::Field { field: "name", text: "give the line a name".to_owned() });
    };
    let now = parts.clock.now();
    let mut tx = parts.db.tx("create_line").await?;
    let language = store::company_language(&mut tx).await?;
    let line = store::insert(&mut tx, now.ms(), &name, &language).await?;
    let changes = apply(&mut tx, now, line, &change).await?;
    note(&mut tx, now, by, "line.create", line).await?;
    commit(tx, parts, line, changes).await
}

/// Changes a line.
///
/// # Errors
/// A setting is wrong, the line is gone, or the database is away.
pub(super) async fn change(parts: &Parts, by: OperatorId, line: LineId, change: LineChange) -> Result<Line, LineError> {
    let change = checked(change)?;
    let now = parts.clock.now();
    let mut tx = parts.db.tx("change_line").await?;
    if !store::lock(&mut tx, line).await? {
        return Err(LineError::NotFound);
    }
    let changes = apply(&mut tx, now, line, &change).await?;
    note(&mut tx, now, by, "line.change", line).await?;
    commit(tx, parts, line, changes).await
}

/// Deletes a line that nothing needs any more. Its old dialogs stay.
///
/// # Errors
/// The line is gone or in use, or the database is away.
pub(super) async fn delete(parts: &Parts, by: OperatorId, line: LineId) -> Result<(), LineError> {
    let now = parts.clock.now();
    let mut tx = parts.db.tx("delete_line").await?;
    if !store::lock(&mut tx, line).await? {
        return Err(LineError::NotFound);
    }
    let (connections, dialogs) = store::users(&mut tx, line).await?;
    if connections + dialogs > 0 {
        return Err(LineError::InUse { connections, dialogs });
    }
    let members = store::queue(&mut tx, line).await?;
    store::mark_deleted(&mut tx, line, now.ms()).await?;
    note(&mut tx, now, by, "line.delete", line).await?;
    let mut changes = Changes::default();
    for operator in members {
        changes.operator(operator);
    }
    changes.line(line);
    changes.write(&mut tx, now).await?;
    tx.commit().await?;
    changes.ring(parts);
    Ok(())
}

async fn note(conn: &mut Conn, now: Time, by: OperatorId, act: &str, line: LineId) -> Result<(), StoreError> {
    let act = Act { act, entity: "line", id: Some(line.get()) };
    audit::note(conn, now, Some(by), act, &serde_json::json!({})).await
}

async fn commit(mut tx: Tx, parts: &Parts, line: LineId, mut changes: Changes) -> Result<Line, LineError> {
    let found = store::load(&mut tx, &[line]).await?.pop().ok_or(LineError::NotFound)?;
    changes.line(line);
    changes.wants_routing();
    changes.write(&mut tx, parts.clock.now()).await?;
    tx.commit().await?;
    changes.ring(parts);
    Ok(found)
}

async fn apply(conn: &mut Conn, now: Time, line: LineId, change: &LineChange) -> Result<Changes, LineError> {
    let mut changes = Changes::default();
    let texts = match (&change.greeting, &change.closing) {
        (None, None) => None,
        (greeting, closing) => {
            let old = store::settings(conn, line).await?.map(|it| it.texts).unwrap_or_default();
            let texts = LineTexts {
                greeting: greeting.clone().unwrap_or(old.greeting),
                closing: closing.clone().unwrap_or(old.closing),
            };
            serde_json::to_string(&texts).ok()
        }
    };
    let columns = Columns {
        name: change.name.as_deref(),
        mode: change.mode.map(Mode::word),
        accept_time_s: change.accept_time_s,
        capacity: change.capacity,
        check_presence: change.check_presence.map(i64::from),
        target_wait_s: change.target_wait_s,
        language: change.language.map(Language::word),
        texts,
    };
    store::update(conn, line, &columns).await?;
    if let Some(queue) = &change.operator_ids {
        set_queue(conn, now, line, queue, &mut changes).await?;
    }
    Ok(changes)
}

async fn set_queue(
    conn: &mut Conn,
    now: Time,
    line: LineId,
    queue: &[OperatorId],
    changes: &mut Changes,
) -> Result<(), LineError> {
    let existing: HashSet<OperatorId> = store::existing(conn, queue).await?.into_iter().collect();
    if let Some(missing) = queue.iter().find(|it| !existing.contains(it)) {
        return Err(LineError::Field { field: "operator_ids", text: format!("there is no operator {missing}") });
    }
    let before = store::queue(conn, line).await?;
    let gone: Vec<OperatorId> = before.iter().filter(|it| !queue.contains(it)).copied().collect();
    let come: Vec<OperatorId> = queue.iter().filter(|it| !before.contains(it)).copied().collect();
    // First the dialogs, as everyone locks them before places in a queue.
    dialogs::return_all_of(conn, now, &gone, Some(line), changes).await?;
    for operator in &gone {
        store::take_out(conn, line, *operator).await?;
    }
    for (position, operator) in (0_i64..).zip(queue) {
        store::place(conn, line, *operator, position).await?;
    }
    for operator in gone.into_iter().chain(come) {
        changes.operator(operator);
    }
    Ok(())
}

/// Trims what people typed and refuses what no line can have.
fn checked(change: LineChange) -> Result<LineChange, LineError> {
    let wrong = |field, text: String| Err(LineError::Field { field, text });
    let mut change = change;
    change.name = change.name.map(|it| it.trim().to_owned());
    if change.name.as_ref().is_some_and(|it| it.is_empty() || it.chars().count() > NAME_MAX) {
        return wrong("name", format!("write 1 to {NAME_MAX} characters"));
    }
    let within = |value: Option<i64>, min, max| value.is_none_or(|it| (min..=max).contains(&it));
    if !within(change.accept_time_s, ACCEPT_TIME_MIN_S, ACCEPT_TIME_MAX_S) {
        return wrong("accept_time_s", format!("choose {ACCEPT_TIME_MIN_S} to {ACCEPT_TIME_MAX_S} seconds"));
    }
    if !within(change.capacity, 0, CAPACITY_MAX) {
        return wrong("capacity", format!("choose 1 to {CAPACITY_MAX} dialogs, or 0 for no limit"));
    }
    if !within(change.target_wait_s, 1, TARGET_WAIT_MAX_S) {
        return wrong("target_wait_s", format!("choose 1 to {TARGET_WAIT_MAX_S} seconds"));
    }
    if let Some(queue) = &change.operator_ids {
        if queue.len() > QUEUE_MAX {
            return wrong("operator_ids", format!("at most {QUEUE_MAX} people can be in one queue"));
        }
        if queue.iter().collect::<HashSet<_>>().len() != queue.len() {
            return wrong("operator_ids", "somebody stands in the queue twice".to_owned());
        }
    }
    check_text("greeting.texts", change.greeting.as_ref())?;
    check_text("closing.texts", change.closing.as_ref())?;
    if change.closing.as_ref().is_some_and(|it| it.when.is_some()) {
        return wrong("closing.when", "only the greeting has a choice of sessions".to_owned());
    }
    Ok(change)
}

fn check_text(field: &'static str, text: Option<&AutoText>) -> Result<(), LineError> {
    let Some(AutoText { enabled, texts, .. }) = text else { return Ok(()) };
    let Texts { ru, en } = texts;
    let wrong = |text: String| Err(LineError::Field { field, text });
    if [ru, en].into_iter().any(|it| it.chars().count() > TEXT_MAX) {
        return wrong(format!("at most {TEXT_MAX} characters"));
    }
    if let Some(word) = unknown_variable(texts) {
        return wrong(format!("{{{word}}} is not known; there are {{{}}}", VARIABLES.join("}, {")));
    }
    if *enabled && ru.trim().is_empty() && en.trim().is_empty() {
        return wrong("write the text in at least one language, or switch it off".to_owned());
    }
    Ok(())
}
