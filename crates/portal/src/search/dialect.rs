//! The one place where the engines differ: how a full-text question is asked.
//!
//! SQLite has FTS5 over the table `search_text`, PostgreSQL a GIN index over `to_tsvector('simple', words)`. Both get
//! words of letters and digits only, so nothing of a query can be an operator.

use openlines_store::Engine;

/// The condition on a row `t` of `search_text`, with the question as `$1`.
pub(super) const fn condition(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "t.rowid IN (SELECT rowid FROM search_index WHERE search_index MATCH $1)",
        Engine::Postgres => "to_tsvector('simple', t.words) @@ to_tsquery('simple', $1)",
    }
}

/// The question: all of these words, as beginnings.
pub(super) fn question(engine: Engine, terms: &[String]) -> String {
    let (each, between) = match engine {
        Engine::Sqlite => ("\"{}\"*", " AND "),
        Engine::Postgres => ("'{}':*", " & "),
    };
    let terms: Vec<String> = terms.iter().map(|it| each.replace("{}", it)).collect();
    terms.join(between)
}
