//! `/api/search`.

use axum::extract::State;
use openlines_base::Time;
use openlines_edge::{Json, Problem};
use openlines_protocol::markup;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::fold::{Asked, asked, words};
use super::store;
use crate::dialogs::{Actor, Dialog, DialogError, Message, load_messages, load_rows};
use crate::staff::Signed;
use crate::{DialogId, MessageId, Parts, Query};

/// Answers of one kind when the caller names no number.
const LIMIT: i64 = 20;
/// Answers of one kind at most.
const LIMIT_MAX: i64 = 100;
/// Characters of a snippet on either side of what was found.
const SNIPPET: usize = 60;

/// All endpoints of search.
pub(crate) fn routes() -> OpenApiRouter<Parts> {
    OpenApiRouter::new().routes(routes!(search))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asking {
    /// Words, a phone, or `#214` for a session.
    q: String,
    /// Answers of each kind, 1 to 100.
    limit: Option<i64>,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SearchResult {
    /// Dialogs by customer or session.
    dialogs: Vec<Dialog>,
    /// Messages by text, newest first.
    messages: Vec<FoundMessage>,
}

/// A message that was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FoundMessage {
    dialog_id: DialogId,
    message_id: MessageId,
    /// The words around what was found.
    snippet: String,
    #[schema(value_type = String, format = DateTime)]
    at: Time,
    /// Name of whoever wrote it.
    author: String,
}

/// Finds dialogs by name, phone or `#session`, and messages by words. Case, ё and е are equal; words match by their
/// beginning.
#[utoipa::path(get, path = "/api/search", tag = "search", params(Asking), responses((status = 200, body = SearchResult)))]
async fn search(
    signed: Signed,
    State(parts): State<Parts>,
    Query(asking): Query<Asking>,
) -> Result<Json<SearchResult>, Problem> {
    let viewer = Actor::of(&signed);
    let limit = asking.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
    let engine = parts.db.engine();
    let mut read = parts.db.read().await?;
    let conn = &mut *read;
    let wrap = |cause: sqlx::Error| Problem::from(DialogError::from(cause));
    let (dialogs, messages, terms) = match asked(&asking.q) {
        Asked::Nothing => (Vec::new(), Vec::new(), Vec::new()),
        Asked::Session(number) => {
            let found = store::dialog_of_session(conn, viewer, number).await.map_err(wrap)?;
            (found.into_iter().collect(), Vec::new(), Vec::new())
        }
        Asked::Words(terms) => {
            let dialogs = store::find(conn, engine, viewer, "dialog", &terms, limit).await.map_err(wrap)?;
            let messages = store::find(conn, engine, viewer, "message", &terms, limit).await.map_err(wrap)?;
            let dialogs = dialogs.into_iter().map(|(id, _)| DialogId(id)).collect();
            (dialogs, messages.into_iter().map(|(id, _)| MessageId(id)).collect(), terms)
        }
    };
    let dialogs = load_rows(conn, &dialogs).await.map_err(wrap)?;
    let messages = load_messages(conn, &messages).await.map_err(wrap)?;
    let messages = messages.into_iter().map(|it| found_message(it, &terms)).collect();
    Ok(Json(SearchResult { dialogs, messages }))
}

fn found_message(message: Message, terms: &[String]) -> FoundMessage {
    FoundMessage {
        dialog_id: message.dialog_id,
        message_id: message.id,
        snippet: snippet(&markup::to_plain(&markup::parse(&message.text)), terms),
        at: message.at,
        author: message.author.name,
    }
}

/// The words around the first one that was asked for.
fn snippet(plain: &str, terms: &[String]) -> String {
    let line: Vec<&str> = plain.split_whitespace().collect();
    let is_hit = |word: &&str| {
        let folded = words(word);
        folded.split(' ').any(|it| terms.iter().any(|term| it.starts_with(term.as_str())))
    };
    let hit = line.iter().position(is_hit).unwrap_or(0);
    let mut start = hit;
    let mut before = 0;
    while start > 0 && before + line[start - 1].chars().count() < SNIPPET {
        start -= 1;
        before += line[start].chars().count() + 1;
    }
    let text = line[start..].join(" ");
    let cut: String = text.chars().take(before + SNIPPET * 2).collect();
    let lead = if start > 0 { "…" } else { "" };
    let tail = if cut.len() < text.len() { "…" } else { "" };
    format!("{lead}{cut}{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_shows_the_words_around_the_hit() {
        let terms = vec!["заказ".to_owned()];
        assert_eq!(snippet("Где мой Заказ?", &terms), "Где мой Заказ?");
        let long = format!("{} заказ {}", "слово ".repeat(50), "конец ".repeat(50));
        let found = snippet(&long, &terms);
        assert!(found.starts_with('…') && found.ends_with('…') && found.contains(" заказ "), "{found}");
        assert!(found.chars().count() < 200);
    }
}
