//! One socket: greets, fills the gap, sends what its person may see, listens for signs of life.
//!
//! It never holds more than the shared news that it has not sent yet. A socket that cannot keep up is closed; its
//! browser comes back with `since` and gets the gap in one piece.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use openlines_base::{Clock, Time};
use openlines_store::StoreError;
use tokio::sync::broadcast::error::RecvError;

use super::access::dialog_access;
use super::build::{self, Prepared, What};
use super::frame::{ByeReason, ClientFrame, ServerFrame};
use super::rights::{Sight, Viewer};
use super::sockets::{News, Seat};
use super::viewers::load_viewer;
use super::{log, viewers};
use crate::staff::{Signed, presence};
use crate::{DialogId, Parts};

/// Time for one frame to leave.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
/// A socket that is silent for so long is dead: browsers ping each 20 seconds.
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// How often silence is looked for.
const SILENCE_LOOK: Duration = Duration::from_secs(15);
/// Changed things that a gap may have; a longer one is cheaper to load as a snapshot.
const GAP_MAX: usize = 2_000;
/// Rows of the log read at once for a gap.
const GAP_PAGE: usize = 5_000;
/// Things loaded at once for a gap.
const GAP_STEP: usize = 200;
/// Frames that a browser may send within [`SILENCE_LOOK`].
const CLIENT_FRAMES_MAX: u32 = 300;

/// Why a socket ends.
#[derive(Debug)]
enum End {
    /// The browser left or cannot be reached.
    Left,
    /// The login is no more.
    Revoked,
    /// The server stops.
    Shutdown,
    /// It could not keep up, or was silent.
    TooSlow,
    /// The browser does not keep to the rules.
    Unruly,
    /// The database is away; coming back later helps.
    Away(StoreError),
}

impl From<StoreError> for End {
    fn from(cause: StoreError) -> Self {
        Self::Away(cause)
    }
}

/// Serves a socket to its end.
pub(super) async fn serve(parts: Parts, signed: Signed, since: Option<i64>, mut socket: WebSocket) {
    let Some(seat) = parts.live.enter(signed.operator, signed.login, parts.clock.now()) else {
        return close(&mut socket, close_code::AGAIN, "too many sockets").await;
    };
    let mut this = Line { parts: &parts, signed: &signed, socket, seat, sent: 0, position: 0, viewer: None };
    let end = this.run(since).await;
    this.leave(end).await;
}

struct Line<'a> {
    parts: &'a Parts,
    signed: &'a Signed,
    socket: WebSocket,
    seat: Seat,
    /// Number of the last frame sent, or where the last `hello` said that frames go on from.
    sent: i64,
    /// Up to which number of the log this socket knows all.
    position: i64,
    viewer: Option<Arc<Viewer>>,
}

impl Line<'_> {
    async fn run(&mut self, since: Option<i64>) -> End {
        match self.serve(since).await {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }

    async fn serve(&mut self, since: Option<i64>) -> Result<std::convert::Infallible, End> {
        // Listening begins before anything is read, so nothing falls between.
        let mut news = self.parts.live.listen();
        let mut read = self.parts.db.read().await?;
        self.viewer = load_viewer(&mut read, self.signed.operator).await?;
        let logins = std::iter::once((self.signed.operator, self.signed.login)).collect();
        let rights = viewers::load_rights(&mut read, &logins, self.parts.clock.now()).await?;
        if self.viewer.is_none() || !rights.gone.is_empty() {
            return Err(End::Revoked);
        }
        let head = log::head(&mut read).await.map_err(StoreError::from)?;
        drop(read);
        presence::note_alive(self.parts, &[self.signed.operator]).await?;
        self.greet(head, since).await?;

        let mut frames_left = CLIENT_FRAMES_MAX;
        let clock = Arc::clone(&self.parts.clock);
        let mut look = next_look(&clock);
        loop {
            tokio::select! {
                biased;
                () = self.parts.tasks.cancelled() => return Err(End::Shutdown),
                told = news.recv() => match told {
                    Ok(news) => self.tell(&news).await?,
                    Err(RecvError::Lagged(_)) => return Err(End::TooSlow),
                    Err(RecvError::Closed) => return Err(End::Shutdown),
                },
                heard = self.socket.recv() => {
                    frames_left = frames_left.checked_sub(1).ok_or(End::Unruly)?;
                    self.hear(heard).await?;
                }
                () = &mut look => {
                    if clock.now().since(self.seat.heard_at()) > SILENCE_MAX {
                        return Err(End::TooSlow);
                    }
                    frames_left = CLIENT_FRAMES_MAX;
                    look = next_look(&clock);
                }
            }
        }
    }

    /// Says hello and fills the gap since the browser's last number.
    async fn greet(&mut self, head: i64, since: Option<i64>) -> Result<(), End> {
        (self.sent, self.position) = (head, head);
        self.hello(head).await?;
        let Some(since) = since.filter(|it| *it != head) else { return Ok(()) };
        (self.sent, self.position) = (since, since);
        self.fill_gap(head).await
    }

    /// Sends what came after our position; or, when that cannot be told, a reset to `head`.
    async fn fill_gap(&mut self, head: i64) -> Result<(), End> {
        match gap(self.parts, self.position).await? {
            Some((changes, upto)) => {
                for some in changes.chunks(GAP_STEP) {
                    let mut read = self.parts.db.read().await?;
                    let list = build::prepare(&mut read, self.parts.clock.now(), some.to_vec()).await?;
                    drop(read);
                    self.send_changes(&list).await?;
                }
                self.position = upto;
                Ok(())
            }
            None => {
                self.position = head;
                self.reset().await
            }
        }
    }

    async fn tell(&mut self, news: &News) -> Result<(), End> {
        match news {
            News::Changes { from, upto, list } => {
                if *from > self.position {
                    self.fill_gap(*from).await?;
                }
                self.send_changes(list).await?;
                self.position = self.position.max(*upto);
            }
            News::Rights(rights) => {
                if rights.gone.contains(&self.signed.login) {
                    return Err(End::Revoked);
                }
                let now = rights.viewers.get(&self.signed.operator).filter(|it| self.viewer.as_ref() != Some(it));
                if let Some(viewer) = now {
                    self.viewer = Some(Arc::clone(viewer));
                    self.reset().await?;
                }
            }
            News::Hint { access, text, but } => {
                let sees = self.viewer.as_ref().is_some_and(|it| it.sees(access));
                if sees && *but != Some(self.signed.operator) {
                    self.send_text(text.to_string()).await?;
                }
            }
        }
        Ok(())
    }

    async fn send_changes(&mut self, list: &[Prepared]) -> Result<(), End> {
        for change in list {
            if change.seq <= self.position {
                continue;
            }
            let Some(viewer) = self.viewer.clone() else { return Err(End::Revoked) };
            let sight = viewer.sight(&change.needs, &change.audiences);
            let (seq, prev) = (change.seq, self.sent);
            match (&change.what, sight) {
                (_, Sight::Hidden) | (What::Frame { dialog: None, .. }, Sight::Gone) => continue,
                (What::Reset, _) => {
                    self.position = seq;
                    self.reset().await?;
                    continue;
                }
                (What::Frame { rest, .. }, Sight::Shown) => {
                    self.send_text(format!("{{\"seq\":{seq},\"prev\":{prev},{rest}")).await?;
                }
                (What::Frame { dialog: Some(dialog_id), .. }, Sight::Gone) => {
                    self.send(&ServerFrame::DialogGone { seq, prev, dialog_id: *dialog_id }).await?;
                }
            }
            self.sent = seq;
        }
        Ok(())
    }

    async fn hear(&mut self, heard: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        let Some(Ok(message)) = heard else { return Err(End::Left) };
        self.seat.heard(self.parts.clock.now());
        match message {
            Message::Text(text) => match serde_json::from_str(&text) {
                Ok(ClientFrame::Ping) => self.send(&ServerFrame::Pong).await,
                Ok(ClientFrame::Viewing { dialog_id }) => self.view(dialog_id).await,
                // A newer browser may say more than we know.
                Err(_) => Ok(()),
            },
            Message::Close(_) => Err(End::Left),
            Message::Binary(_) => Err(End::Unruly),
            Message::Ping(_) | Message::Pong(_) => Ok(()),
        }
    }

    async fn view(&mut self, dialog: Option<DialogId>) -> Result<(), End> {
        if let Some(id) = dialog {
            let mut read = self.parts.db.read().await?;
            let access = dialog_access(&mut read, &[id]).await?.remove(&id);
            let sees = access.is_some_and(|it| self.viewer.as_ref().is_some_and(|viewer| viewer.sees(&it)));
            if !sees {
                return Ok(());
            }
        }
        let before = self.seat.view(dialog);
        if before != dialog {
            for id in [before, dialog].into_iter().flatten() {
                self.parts.live.tell_viewers(self.parts, id).await?;
            }
        }
        Ok(())
    }

    /// What this person sees has changed as a whole.
    async fn reset(&mut self) -> Result<(), End> {
        self.sent = self.position;
        self.hello(self.position).await?;
        self.send(&ServerFrame::Reset).await
    }

    async fn hello(&mut self, seq: i64) -> Result<(), End> {
        let server_time: Time = self.parts.clock.now();
        self.send(&ServerFrame::Hello { seq, server_time }).await
    }

    async fn send(&mut self, frame: &ServerFrame) -> Result<(), End> {
        self.send_text(frame.text()).await
    }

    async fn send_text(&mut self, text: String) -> Result<(), End> {
        match tokio::time::timeout(SEND_TIMEOUT, self.socket.send(Message::Text(text.into()))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Left),
            Err(_) => Err(End::TooSlow),
        }
    }

    async fn leave(mut self, end: End) {
        let (code, words) = match &end {
            End::Left => (close_code::NORMAL, ""),
            End::Revoked => (close_code::POLICY, "revoked"),
            End::Shutdown => (close_code::AWAY, "shutdown"),
            End::TooSlow => (close_code::AGAIN, "too slow"),
            End::Unruly => (close_code::POLICY, "unruly"),
            End::Away(error) => {
                tracing::warn!(%error, "A socket ends because the database is away");
                (close_code::AGAIN, "try again")
            }
        };
        metrics::counter!("openlines_live_socket_ends_total", "why" => words).increment(1);
        let reason = match end {
            End::Revoked => Some(ByeReason::Revoked),
            End::Shutdown => Some(ByeReason::Shutdown),
            _ => None,
        };
        if let Some(reason) = reason {
            // Whether it arrives or not, the socket ends.
            drop(self.send(&ServerFrame::Bye { reason }).await);
        }
        close(&mut self.socket, code, words).await;
        let (parts, viewed) = (self.parts, self.seat.view(None));
        drop(self.seat);
        if let Some(dialog) = viewed
            && let Err(error) = parts.live.tell_viewers(parts, dialog).await
        {
            tracing::debug!(%error, "Could not tell that a viewer left");
        }
    }
}

/// Ends when silence is to be looked for.
fn next_look(clock: &Arc<dyn Clock>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    let clock = Arc::clone(clock);
    Box::pin(async move { clock.sleep(SILENCE_LOOK).await })
}

/// What changed since then and up to which number; `None` if that cannot be told any more, or is too much.
async fn gap(parts: &Parts, since: i64) -> Result<Option<Gap>, End> {
    let mut read = parts.db.read().await?;
    if !log::is_whole_since(&mut read, since).await? {
        return Ok(None);
    }
    let (mut events, mut upto) = (Vec::new(), since);
    loop {
        let page = log::read_after(&mut read, upto, GAP_PAGE).await?;
        upto = page.last.unwrap_or(upto);
        events.extend(page.events);
        let changes = build::join(&events);
        if changes.len() > GAP_MAX {
            return Ok(None);
        }
        if !page.is_full {
            return Ok(Some((changes, upto)));
        }
    }
}

/// Changes joined by thing, and up to which number.
type Gap = (Vec<(i64, super::Entity, Vec<super::Audience>)>, i64);

async fn close(socket: &mut WebSocket, code: u16, words: &'static str) {
    let frame = CloseFrame { code, reason: words.into() };
    drop(tokio::time::timeout(SEND_TIMEOUT, socket.send(Message::Close(Some(frame)))).await);
}
