//! The end of a session and its second beginning.

use serde_json::json;

use super::{Actor, Desk, send_automatic};
use crate::dialogs::store;
use crate::dialogs::{Dialog, DialogError, SessionState};
use crate::lines::{self, Names};
use crate::{DialogId, Parts, customers};

/// Ends the session, with the line's closing text if it has one.
pub(crate) async fn finish(parts: &Parts, by: Actor, dialog: DialogId) -> Result<Dialog, DialogError> {
    let mut desk = Desk::open(parts, "finish_dialog", dialog, by).await?;
    desk.mine_or_admin()?;
    say_goodbye(&mut desk).await?;
    let (session, before) = (desk.held.session(), desk.held.operator);
    store::clear_offers(&mut desk.tx, session).await?;
    store::close(&mut desk.tx, desk.now, session, Some(by.operator)).await?;
    desk.system(json!({"code": "finished", "operator_id": by.operator})).await?;
    desk.held.state = SessionState::Closed;
    desk.held.waiting_since = None;
    desk.held.unread_count = 0;
    desk.moved(before);
    desk.close().await
}

/// The closing text goes only to customers whom somebody served: who was never answered is not told goodbye.
async fn say_goodbye(desk: &mut Desk<'_>) -> Result<(), DialogError> {
    if desk.held.state != SessionState::Active || !desk.held.reachable {
        return Ok(());
    }
    let Some(settings) = lines::settings(&mut desk.tx, desk.held.line).await? else { return Ok(()) };
    if !settings.texts.closing.enabled {
        return Ok(());
    }
    let Some(customer) = customers::load(&mut desk.tx, &[desk.held.customer]).await?.pop() else { return Ok(()) };
    let operator: Option<String> = match desk.held.operator {
        Some(operator) => {
            sqlx::query_scalar("-- dialogs.serving_name\n SELECT name FROM operator WHERE id = $1")
                .bind(operator.get())
                .fetch_optional(&mut *desk.tx)
                .await?
        }
        None => None,
    };
    let names = Names {
        customer: &customer.name,
        operator: operator.as_deref(),
        line: &settings.name,
        company: &settings.company,
    };
    let text = lines::automatic_text(&settings.texts.closing, customer.language.as_deref(), settings.language, names);
    if let Some(text) = text {
        send_automatic(&mut desk.tx, desk.parts.rng.as_ref(), desk.now, &desk.held, &text, &mut desk.changes).await?;
    }
    Ok(())
}

/// Opens the last session again, for whoever asks.
pub(crate) async fn reopen(parts: &Parts, by: Actor, dialog: DialogId) -> Result<Dialog, DialogError> {
    let mut desk = Desk::open(parts, "reopen_dialog", dialog, by).await?;
    if desk.held.state != SessionState::Closed {
        return Err(DialogError::SessionOpen);
    }
    let session = desk.held.session();
    store::reopen(&mut desk.tx, desk.now, session, by.operator).await?;
    desk.held.state = SessionState::Active;
    desk.held.operator = Some(by.operator);
    desk.held.last_activity_at = desk.now;
    desk.system(json!({"code": "reopened", "operator_id": by.operator})).await?;
    desk.moved(None);
    desk.close().await
}
