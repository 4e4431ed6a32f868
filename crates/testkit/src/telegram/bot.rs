//! A bot account as its owner and as Telegram see it.

use std::sync::Arc;

use openlines_base::DAY;
use serde_json::Value;

use super::customer::Customer;
use super::fault::{Fault, Plan};
use super::rates::Rates;
use super::shared::Shared;
use super::talk::{self, Talk};
use super::world::{self, Delivery, Seen, Sent, WebHook, World};

/// One bot of the fake. Cheap to clone.
#[derive(Clone)]
pub struct FakeBot {
    shared: Arc<Shared>,
    id: i64,
}

impl FakeBot {
    pub(super) const fn new(shared: Arc<Shared>, id: i64) -> Self {
        Self { shared, id }
    }

    pub(super) const fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// The bot's number.
    #[must_use]
    pub const fn id(&self) -> i64 {
        self.id
    }

    /// The token that works now.
    #[must_use]
    pub fn token(&self) -> String {
        self.shared.lock().bots.get(&self.id).map(|it| it.token.clone()).unwrap_or_default()
    }

    /// The name that people search for, without `@`.
    #[must_use]
    pub fn username(&self) -> String {
        self.shared.lock().bots.get(&self.id).map(|it| it.username.clone()).unwrap_or_default()
    }

    /// The person of this name in the chat with this bot: `Anna`, or `Anna Ivanova`; made on first use. The same name
    /// is the same person for all bots.
    #[must_use]
    pub fn customer(&self, name: &str) -> Customer {
        let id = self.shared.lock().person(name);
        Customer::new(self.clone(), id)
    }

    /// The text of the newest message to a person; empty if there is none.
    #[must_use]
    pub fn last_to(&self, name: &str) -> String {
        self.customer(name).last().map(|it| it.text).unwrap_or_default()
    }

    /// All messages to a person, in order, also those taken back.
    #[must_use]
    pub fn all_to(&self, name: &str) -> Vec<Sent> {
        self.customer(name).all()
    }

    /// Revokes the token, as its owner does at BotFather: from now on 401.
    pub fn revoke(&self) {
        self.change(|it| it.is_revoked = true);
    }

    /// Makes the revoked token work again.
    pub fn restore(&self) {
        self.change(|it| it.is_revoked = false);
    }

    /// Gives the bot a new token; the old one is no more.
    pub fn renew_token(&self) -> String {
        let version = u32::try_from(self.shared.lock().serial()).unwrap_or(1);
        let token = world::token(self.id, version);
        self.change(|it| {
            it.is_revoked = false;
            it.token.clone_from(&token);
        });
        token
    }

    /// Another program takes the bot: it sets its own webhook.
    pub fn is_taken_by(&self, url: &str) {
        self.change(|it| it.hook = Some(WebHook { url: url.to_owned(), secret: None, connections_max: 40 }));
    }

    /// The next call in a chat goes wrong.
    pub fn fail_next(&self, fault: Fault) {
        self.fail_times(1, fault);
    }

    /// So many calls in chats go wrong, one after another.
    pub fn fail_times(&self, times: u32, fault: Fault) {
        self.plan(Plan { chat_id: None, method: None, times: Some(times), fault });
    }

    /// All calls in this person's chat go wrong until [`FakeBot::heal`].
    pub fn fail_chat(&self, name: &str, fault: Fault) {
        let chat_id = Some(self.customer(name).id());
        self.plan(Plan { chat_id, method: None, times: None, fault });
    }

    /// All calls of a method go wrong until [`FakeBot::heal`]: `setWebhook`, `getUpdates`, `sendPhoto`.
    pub fn fail_method(&self, method: &str, fault: Fault) {
        self.plan(Plan { chat_id: None, method: Some(method.to_owned()), times: None, fault });
    }

    /// From now on calls that come too fast are answered by 429: 30 messages a second in all, one a second to a chat
    /// after a burst of five.
    pub fn keeps_the_pace(&self) {
        self.change(|it| it.rates = Some(Rates::default()));
    }

    /// All goes well again.
    pub fn heal(&self) {
        self.change(|it| it.plans.clear());
    }

    /// All calls, in order.
    #[must_use]
    pub fn calls(&self) -> Vec<Seen> {
        self.shared.lock().bots.get(&self.id).map(|it| it.calls.iter().cloned().collect()).unwrap_or_default()
    }

    /// The calls of one method.
    #[must_use]
    pub fn calls_of(&self, method: &str) -> Vec<Seen> {
        self.calls().into_iter().filter(|it| it.method == method).collect()
    }

    /// All tries to deliver to the webhook, in order.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared.lock().bots.get(&self.id).map(|it| it.deliveries.iter().cloned().collect()).unwrap_or_default()
    }

    /// The webhook that is set.
    #[must_use]
    pub fn webhook_url(&self) -> Option<String> {
        self.shared.lock().bots.get(&self.id).and_then(|it| Some(it.hook.as_ref()?.url.clone()))
    }

    /// Updates that the bot has not taken.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.shared.lock().bots.get(&self.id).map_or(0, |it| it.updates.len())
    }

    /// Takes the updates that wait away, in order: the test brings them to the bot itself, in its own way.
    #[must_use]
    pub fn take_pending(&self) -> Vec<Value> {
        let mut taken = Vec::new();
        self.change(|it| {
            it.updates.retain(|update| {
                if !update.is_in_flight {
                    taken.push(update.body.clone());
                }
                update.is_in_flight
            });
        });
        taken
    }

    /// The secret that the webhook's calls must carry.
    #[must_use]
    pub fn webhook_secret(&self) -> Option<String> {
        self.shared.lock().bots.get(&self.id).and_then(|it| it.hook.as_ref()?.secret.clone())
    }

    /// Waits until the bot has taken all updates.
    pub async fn until_all_taken(&self) {
        let is_empty = |it: &World| it.bots.get(&self.id).is_none_or(|it| it.updates.is_empty());
        self.shared.until("all updates are taken", is_empty).await;
    }

    /// Waits until a poll of this bot is open.
    pub async fn until_polled(&self) {
        let is_polled = |it: &World| it.bots.get(&self.id).is_some_and(|it| it.poll > 0);
        self.shared.until("the bot is polled", is_polled).await;
    }

    /// Waits until there have been at least so many calls of a method.
    pub async fn until_called(&self, method: &str, count: usize) {
        let is_called = |it: &World| {
            let calls = it.bots.get(&self.id).map(|it| it.calls.iter().filter(|it| it.method == method).count());
            calls.unwrap_or(0) >= count
        };
        self.shared.until(&format!("{method} is called {count} times"), is_called).await;
    }

    /// Waits until there have been at least so many tries to deliver.
    pub async fn until_tried(&self, count: usize) {
        let is_tried = |it: &World| it.bots.get(&self.id).is_some_and(|it| it.deliveries.len() >= count);
        self.shared.until(&format!("{count} deliveries are tried"), is_tried).await;
    }

    /// Sends any update, also a kind that nobody knows. `queue` keeps it in order with others of equal queue.
    pub fn sends_update(&self, kind: &str, queue: &str, content: Value) -> Option<i64> {
        let expires_at = self.shared.clock.now() + DAY;
        let id = self.shared.lock().push(self.id, kind, queue, content, expires_at);
        self.shared.tell();
        id
    }

    /// Sends the newest taken update of this number once more, as Telegram may do after a lost answer.
    ///
    /// The update must still be pending or be given whole: Telegram keeps none that was confirmed.
    pub fn repeats(&self, body: &Value) {
        let now = self.shared.clock.now();
        let mut world = self.shared.lock();
        if let Some(bot) = world.bots.get_mut(&self.id) {
            bot.updates.push_back(world::Pending {
                id: body["update_id"].as_i64().unwrap_or(0),
                queue: "repeats".to_owned(),
                body: body.clone(),
                expires_at: now + DAY,
                not_before: now,
                attempts: 0,
                is_in_flight: false,
            });
        }
        drop(world);
        self.shared.tell();
    }

    /// Lets a dozen customers talk to this bot by themselves, as soon as it has a webhook or is polled.
    pub fn start_talking(&self, talk: &Talk) {
        talk::start(self, talk);
    }

    fn plan(&self, plan: Plan) {
        self.change(|it| it.plans.push(plan));
    }

    fn change(&self, change: impl FnOnce(&mut world::Bot)) {
        if let Some(bot) = self.shared.lock().bots.get_mut(&self.id) {
            change(bot);
        }
        self.shared.tell();
    }
}
