//! Small helps for statements over lists of ids.

use openlines_store::Conn;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, FromRow};

/// Ids of one statement at most; longer lists go in several.
const IDS_MAX: usize = 512;

/// Runs `statement` for all ids, in as few goes as possible. `{ids}` in it becomes `$1, $2, …`.
///
/// The list is filled up to the next power of two by repeating its last id, so that few texts exist and the prepared
/// ones are found again. Rows come back in any order.
pub(crate) async fn fetch_by_ids<T>(conn: &mut Conn, statement: &str, ids: &[i64]) -> Result<Vec<T>, sqlx::Error>
where
    T: for<'r> FromRow<'r, AnyRow> + Send + Unpin,
{
    let mut rows = Vec::with_capacity(ids.len());
    for some in ids.chunks(IDS_MAX) {
        let text = statement.replace("{ids}", &marks(1, some.len().next_power_of_two()));
        let mut query = sqlx::query_as(AssertSqlSafe(text));
        let last = some.last().copied().unwrap_or_default();
        for id in some.iter().copied().chain(std::iter::repeat(last)).take(some.len().next_power_of_two()) {
            query = query.bind(id);
        }
        rows.extend(query.fetch_all(&mut *conn).await?);
    }
    Ok(rows)
}

/// `$first, $first+1, …`, `count` of them.
pub(crate) fn marks(first: usize, count: usize) -> String {
    let marks: Vec<String> = (first..first + count).map(|it| format!("${it}")).collect();
    marks.join(", ")
}

/// Puts rows into the order of the ids that were asked for; ids without a row are left out.
pub(crate) fn in_order_of<T>(ids: &[i64], rows: Vec<T>, id_of: impl Fn(&T) -> i64) -> Vec<T> {
    let mut found: std::collections::HashMap<i64, T> = rows.into_iter().map(|it| (id_of(&it), it)).collect();
    ids.iter().filter_map(|id| found.remove(id)).collect()
}
