//! A Telegram that is not there: a real HTTP server that plays the Bot API for many bots and many customers.
//!
//! It refuses what Telegram refuses, in Telegram's words, checks every call against the Bot API's schema, fetches the
//! links that it is given, and can be told to fail. It knows nothing of hubs: a bot's program sees no difference but
//! the address. Start with [`FakeTelegram::start`], [`Customer`] for the people and [`Fault`] for bad days.
//!
//! ```no_run
//! # async fn story() {
//! # use std::sync::Arc;
//! # use openlines_testkit::{FakeTelegram, TestClock};
//! let telegram = FakeTelegram::start(Arc::new(TestClock::new())).await;
//! let anna = telegram.customer("Anna");
//! anna.writes("Hello").await; // waits until the bot has taken it
//! anna.until_reads("Good day").await;
//! telegram.finish().await; // fails on wrong calls, waiting updates, unanswered presses
//! # }
//! ```

mod bot;
mod customer;
mod deliver;
mod fault;
mod html;
mod incoming;
pub mod media;
mod methods;
mod rates;
mod schema;
mod server;
mod shared;
mod talk;
mod world;

use std::sync::Arc;
use std::time::Duration;

use openlines_base::Clock;
use openlines_edge::client::{Client, Policy};
use tokio::net::TcpListener;

pub use bot::FakeBot;
pub use customer::{Customer, Written};
pub use fault::Fault;
pub use talk::Talk;
pub use world::{Delivery, Seen, Sent, SentButton, SentFile};

use shared::Shared;

/// How long the server may take to stop.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// A fake of the whole Telegram. It has one bot from the start; ends when dropped.
pub struct FakeTelegram {
    shared: Arc<Shared>,
    bot: FakeBot,
}

impl FakeTelegram {
    /// Starts on a free port of the loopback. Redeliveries and polls wait on `clock`.
    ///
    /// # Panics
    /// If the machine gives no port.
    pub async fn start(clock: Arc<dyn Clock>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("the loopback has a free port");
        Self::start_on(listener, clock)
    }

    /// Starts on this socket.
    ///
    /// # Panics
    /// If the socket has no address.
    #[must_use]
    pub fn start_on(listener: TcpListener, clock: Arc<dyn Clock>) -> Self {
        let address = listener.local_addr().expect("a bound socket has an address");
        // It calls the hub and the portal of this machine.
        let client = Client::new(Policy { allow_private: true, follow_redirects: true, ..Policy::default() });
        let shared = Arc::new(Shared::new(clock, client, format!("http://{address}")));
        let (router, token) = (server::router(Arc::clone(&shared)), shared.tasks.token());
        let server = axum::serve(listener, router).with_graceful_shutdown(token.cancelled_owned());
        shared.tasks.spawn("fake telegram", async move {
            if let Err(cause) = server.await {
                tracing::error!(%cause, "the fake Telegram ended");
            }
        });
        let bot = new_bot(&shared, "Shop support");
        Self { shared, bot }
    }

    /// The address for `channels.telegram.api_base`.
    #[must_use]
    pub fn url(&self) -> String {
        self.shared.url.clone()
    }

    /// The bot that is there from the start: "Shop support".
    #[must_use]
    pub const fn bot(&self) -> &FakeBot {
        &self.bot
    }

    /// Makes another bot.
    #[must_use]
    pub fn new_bot(&self, title: &str) -> FakeBot {
        new_bot(&self.shared, title)
    }

    /// The token of the first bot.
    #[must_use]
    pub fn token(&self) -> String {
        self.bot.token()
    }

    /// A person in the chat with the first bot, see [`FakeBot::customer`].
    #[must_use]
    pub fn customer(&self, name: &str) -> Customer {
        self.bot.customer(name)
    }

    /// The text of the newest message of the first bot to a person; empty if there is none.
    #[must_use]
    pub fn last_to(&self, name: &str) -> String {
        self.bot.last_to(name)
    }

    /// All messages of the first bot to a person, in order, also those taken back.
    #[must_use]
    pub fn all_to(&self, name: &str) -> Vec<Sent> {
        self.bot.all_to(name)
    }

    /// Lets a dozen customers talk to the first bot by themselves, as soon as it has a webhook or is polled.
    pub fn start_talking(&self, talk: &Talk) {
        self.bot.start_talking(talk);
    }

    /// What was wrong so far: calls against the schema, lost updates, waiting updates, unanswered button presses.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let world = self.shared.lock();
        let mut problems = world.problems.clone();
        for bot in world.bots.values() {
            if !bot.updates.is_empty() {
                problems.push(format!("{} has not taken {} updates", bot.title, bot.updates.len()));
            }
            let unanswered = bot.presses.values().filter(|it| !it.is_answered).count();
            if unanswered > 0 {
                problems.push(format!("{} left {unanswered} button presses unanswered", bot.title));
            }
        }
        problems
    }

    /// Forgets the problems so far, and the updates and presses behind them: the test wanted them.
    pub fn forgive(&self) {
        let mut world = self.shared.lock();
        world.problems.clear();
        for bot in world.bots.values_mut() {
            bot.updates.clear();
            bot.presses.clear();
        }
        drop(world);
        self.shared.tell();
    }

    /// Stops, whatever was wrong.
    pub async fn stop(&self) {
        self.shared.tasks.stop(STOP_PATIENCE).await;
    }

    /// Ends the story.
    ///
    /// # Panics
    /// If there are [`FakeTelegram::problems`].
    pub async fn finish(self) {
        let problems = self.problems();
        self.stop().await;
        assert!(problems.is_empty(), "Telegram has complaints:\n{}", problems.join("\n"));
    }
}

impl Drop for FakeTelegram {
    fn drop(&mut self) {
        self.shared.tasks.token().cancel();
    }
}

fn new_bot(shared: &Arc<Shared>, title: &str) -> FakeBot {
    let id = shared.lock().add_bot(title);
    shared.tasks.spawn("fake telegram deliveries", deliver::run(Arc::clone(shared), id));
    FakeBot::new(Arc::clone(shared), id)
}

#[cfg(test)]
mod tests;
