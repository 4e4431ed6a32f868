//! Pages of dialogs and the counters of the views.

use openlines_store::Conn;
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;
use utoipa::ToSchema;

use crate::dialogs::Actor;
use crate::{DialogId, LineId, OperatorId};

/// Counted so far at most: more finished dialogs show as this many. Counting millions would slow down each list.
pub(crate) const FINISHED_COUNT_MAX: i64 = 10_000;
/// Stands for "nobody waits" in the order by waiting: after all who do.
const NEVER: i64 = 9_007_199_254_740_991;

/// Which dialogs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum View {
    /// Active with me, and offered to me.
    #[default]
    Mine,
    /// Waiting or offered, in my lines.
    Waiting,
    /// Not finished, in my lines.
    All,
    /// Finished, in my lines.
    Finished,
}

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sort {
    /// Longest unanswered first.
    Waiting,
    /// Last activity first.
    Activity,
}

/// What to list.
#[derive(Debug)]
pub(crate) struct Filter {
    pub(crate) viewer: Actor,
    pub(crate) view: View,
    pub(crate) line: Option<LineId>,
    pub(crate) channel: Option<String>,
    pub(crate) operator: Option<OperatorId>,
    pub(crate) unanswered: bool,
    pub(crate) sort: Sort,
    /// Key of the last row of the page before: order value and id.
    pub(crate) after: Option<(i64, i64)>,
    pub(crate) limit: i64,
}

/// A page of ids and the key to go on from.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) ids: Vec<DialogId>,
    pub(crate) next: Option<(i64, i64)>,
}

/// A value of a condition.
enum Value<'a> {
    Number(i64),
    Text(&'a str),
}

/// Conditions with their values, in step.
#[derive(Default)]
struct Conditions<'a> {
    texts: Vec<String>,
    values: Vec<Value<'a>>,
}

impl<'a> Conditions<'a> {
    fn fixed(&mut self, text: &str) {
        self.texts.push(text.to_owned());
    }

    /// `?` in the text becomes the number of this value's mark.
    fn with(&mut self, text: &str, value: Value<'a>) {
        self.values.push(value);
        self.texts.push(text.replace('?', &format!("${}", self.values.len())));
    }
}

/// Lists a page.
pub(crate) async fn page(conn: &mut Conn, filter: &Filter) -> Result<Page, sqlx::Error> {
    let mut conditions = Conditions::default();
    let me = filter.viewer.operator.get();
    match filter.view {
        View::Mine => conditions.with(
            "((d.operator_id = ? AND d.session_state = 'active')
              OR d.session_id IN (SELECT session_id FROM session_offer WHERE operator_id = ?))",
            Value::Number(me),
        ),
        View::Waiting => conditions.fixed("d.session_state IN ('waiting', 'offered')"),
        View::All => conditions.fixed("d.session_state <> 'closed'"),
        View::Finished => conditions.fixed("d.session_state = 'closed'"),
    }
    if filter.view != View::Mine && !filter.viewer.admin {
        conditions.with(
            "(d.line_id IN (SELECT line_id FROM line_operator WHERE operator_id = ?) OR d.operator_id = ?)",
            Value::Number(me),
        );
    }
    if let Some(line) = filter.line {
        conditions.with("d.line_id = ?", Value::Number(line.get()));
    }
    if let Some(channel) = &filter.channel {
        conditions.with("d.channel = ?", Value::Text(channel));
    }
    if let Some(operator) = filter.operator {
        conditions.with("d.operator_id = ?", Value::Number(operator.get()));
    }
    if filter.unanswered {
        conditions.fixed("d.waiting_since IS NOT NULL");
    }
    let (key, direction, beyond) = match filter.sort {
        Sort::Activity => ("d.last_activity_at".to_owned(), "DESC", "<"),
        Sort::Waiting => (format!("COALESCE(d.waiting_since, {NEVER})"), "ASC", ">"),
    };
    if let Some((value, id)) = filter.after {
        conditions.with(&format!("({key} {beyond} ? OR {key} = ?"), Value::Number(value));
        conditions.values.push(Value::Number(id));
        let mark = conditions.values.len();
        if let Some(last) = conditions.texts.last_mut() {
            last.push_str(&format!(" AND d.id {beyond} ${mark})"));
        }
    }
    conditions.values.push(Value::Number(filter.limit + 1));
    let text = format!(
        "-- dialogs.page
         SELECT d.id, {key} AS sort_key FROM dialog d WHERE {}
         ORDER BY {key} {direction}, d.id {direction} LIMIT ${}",
        conditions.texts.join(" AND "),
        conditions.values.len()
    );
    let mut query = sqlx::query_as::<_, (i64, i64)>(AssertSqlSafe(text));
    for value in &conditions.values {
        query = match value {
            Value::Number(number) => query.bind(*number),
            Value::Text(text) => query.bind(*text),
        };
    }
    let mut rows = query.fetch_all(conn).await?;
    let limit = usize::try_from(filter.limit).unwrap_or(0);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|(id, key)| (*key, *id));
    Ok(Page { ids: rows.into_iter().map(|(id, _)| DialogId(id)).collect(), next })
}

/// How many dialogs each view has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, ToSchema, sqlx::FromRow)]
pub(crate) struct Counts {
    /// Active with me, and offered to me.
    pub(crate) mine: i64,
    /// Waiting or offered, in my lines.
    pub(crate) waiting: i64,
    /// Not finished, in my lines.
    pub(crate) all: i64,
    /// Finished, in my lines; 10000 stands for that many or more.
    pub(crate) finished: i64,
    /// Offered to me.
    pub(crate) offered: i64,
}

#[derive(sqlx::FromRow)]
struct CountRow {
    active_mine: i64,
    offered_mine: i64,
    waiting: i64,
    open_all: i64,
    finished: i64,
}

/// Counts the views of one person, in one statement over indexes.
pub(crate) async fn counts(conn: &mut Conn, viewer: Actor) -> Result<Counts, sqlx::Error> {
    let mine = if viewer.admin {
        // The mark must be used, as PostgreSQL wants to know its type.
        "$1 = $1"
    } else {
        "(d.line_id IN (SELECT line_id FROM line_operator WHERE operator_id = $1) OR d.operator_id = $1)"
    };
    let text = format!(
        "-- dialogs.counts
         SELECT
           (SELECT COUNT(*) FROM dialog d WHERE d.operator_id = $1 AND d.session_state = 'active') AS active_mine,
           (SELECT COUNT(*) FROM session_offer WHERE operator_id = $1) AS offered_mine,
           (SELECT COUNT(*) FROM dialog d WHERE d.session_state IN ('waiting', 'offered') AND {mine}) AS waiting,
           (SELECT COUNT(*) FROM dialog d WHERE d.session_state <> 'closed' AND {mine}) AS open_all,
           (SELECT COUNT(*) FROM (SELECT 1 AS one FROM dialog d WHERE d.session_state = 'closed' AND {mine}
                                  LIMIT {FINISHED_COUNT_MAX}) closed) AS finished"
    );
    let row: CountRow = sqlx::query_as(AssertSqlSafe(text)).bind(viewer.operator.get()).fetch_one(conn).await?;
    Ok(Counts {
        mine: row.active_mine + row.offered_mine,
        waiting: row.waiting,
        all: row.open_all,
        finished: row.finished,
        offered: row.offered_mine,
    })
}
