//! How a talking customer behaves: types, waits, reads, answers, loses patience.

use std::sync::Arc;
use std::time::Duration;

use openlines_base::{Rng as _, Time};

use super::{Answer, Persona, Step};
use crate::TestRng;
use crate::telegram::customer::Customer;
use crate::telegram::shared::Shared;
use crate::telegram::world::Sent;

/// Milliseconds to type a letter.
const LETTER_MS: u64 = 45;
/// Nobody types longer at a stretch.
const TYPING_MAX_MS: u64 = 9000;
/// Words that come sooner after one's own are a machine's: a greeting, an "all operators are busy".
const MACHINE_WITHIN: Duration = Duration::from_secs(3);
/// When a person asks whether anybody is there, and when they go.
const PATIENCE: [Duration; 2] = [Duration::from_secs(240), Duration::from_secs(2400)];
/// How often a talk may be led aside by questions about facts.
const FACTS_MAX: u32 = 4;

/// One of the people, with what they remember.
pub(super) struct Person {
    persona: &'static Persona,
    customer: Customer,
    shared: Arc<Shared>,
    rng: TestRng,
    rest: Duration,
    /// The newest message of the bot that was read.
    read: i64,
    /// The last words of an operator, in lower case.
    heard: String,
    /// The operator's last message.
    last_heard: Option<i64>,
    /// The own last message, and when it was written.
    wrote: (i64, Time),
}

/// The operator did not come, or the fake stops.
struct Leaves;

impl Person {
    pub(super) fn new(
        persona: &'static Persona,
        customer: Customer,
        shared: Arc<Shared>,
        rng: TestRng,
        rest: Duration,
    ) -> Self {
        let (heard, wrote) = (String::new(), (0, Time::default()));
        Self { persona, customer, shared, rng, rest, read: 0, heard, last_heard: None, wrote }
    }

    /// Talks, rests, talks again, until the fake stops.
    pub(super) async fn live(mut self, first_after: Duration) {
        let shared = Arc::clone(&self.shared);
        tokio::select! {
            () = self.talks(first_after) => {}
            () = shared.tasks.cancelled() => {}
        }
    }

    async fn talks(&mut self, first_after: Duration) {
        self.until_bot_is_connected().await;
        self.shared.clock.sleep(first_after).await;
        loop {
            for talk in self.persona.talks {
                self.read = self.customer.last().map_or(0, |it| it.message_id).max(self.read);
                if self.play(talk).await.is_err() {
                    self.says(self.persona.leaving).await;
                }
                self.rests().await;
            }
        }
    }

    async fn until_bot_is_connected(&self) {
        let mut changes = self.shared.changes();
        loop {
            changes.mark_unchanged();
            let is_connected = self
                .shared
                .lock()
                .bots
                .get(&self.customer.bot().id())
                .is_some_and(|it| it.hook.is_some() || it.poll > 0);
            if is_connected {
                return;
            }
            // The sender lives as long as `self`.
            drop(changes.changed().await);
        }
    }

    async fn play(&mut self, talk: &'static [Step]) -> Result<(), Leaves> {
        for step in talk {
            match step {
                Step::Says(words) => self.says(words).await,
                Step::Corrects(words) => {
                    self.types(words).await;
                    self.customer.edits(self.wrote.0, words);
                }
                Step::Photo(photo, caption) => {
                    self.pauses(3000, 6000).await;
                    let written = self.customer.sends_photo(*photo, caption).message_id();
                    self.wrote(written);
                }
                Step::Album(photos, caption) => {
                    self.pauses(4000, 8000).await;
                    let written = self.customer.sends_album(photos, caption);
                    self.wrote(written.last().map_or(0, |it| it.message_id()));
                }
                Step::Video(caption) => {
                    self.pauses(4000, 8000).await;
                    let written = self.customer.sends_video(caption).message_id();
                    self.wrote(written);
                }
                Step::Voice(voice) => {
                    self.pauses(2000, 3000).await;
                    self.shared.clock.sleep(Duration::from_secs(u64::from(voice.duration_s))).await;
                    let written = self.customer.sends_voice(*voice).message_id();
                    self.wrote(written);
                }
                Step::Sticker(sticker, emoji) => {
                    self.pauses(1500, 3000).await;
                    let written = self.customer.sends_sticker(*sticker, emoji).message_id();
                    self.wrote(written);
                }
                Step::Paper(paper, name, caption) => {
                    self.pauses(4000, 8000).await;
                    let written = self.customer.sends_document(*paper, name, caption).message_id();
                    self.wrote(written);
                }
                Step::Place(latitude, longitude) => {
                    self.pauses(3000, 5000).await;
                    let written = self.customer.sends_location(*latitude, *longitude).message_id();
                    self.wrote(written);
                }
                Step::Reacts(emoji) => {
                    self.pauses(1000, 2500).await;
                    if let Some(message_id) = self.last_heard {
                        self.customer.reacts(message_id, emoji);
                    }
                }
                Step::Waits => self.waits().await?,
                Step::Replies(replies, otherwise) => {
                    let fitting = replies.iter().find(|(parts, _)| parts.iter().any(|it| self.heard.contains(it)));
                    self.says(fitting.map_or(*otherwise, |it| it.1)).await;
                }
            }
        }
        Ok(())
    }

    /// Waits for an operator's words, telling facts when asked for them.
    async fn waits(&mut self) -> Result<(), Leaves> {
        for _ in 0..=FACTS_MAX {
            self.waits_for_words().await?;
            let is_asked = self.heard.contains('?');
            let facts = self.persona.facts.iter();
            let known = facts.filter(|_| is_asked).find(|it| it.heard.iter().any(|part| self.heard.contains(part)));
            let Some(fact) = known else { return Ok(()) };
            match fact.answer {
                Answer::Words(words) => self.says(words).await,
                Answer::Phone(phone) => {
                    self.pauses(2000, 4000).await;
                    let written = self.customer.shares_phone(phone).message_id();
                    self.wrote(written);
                }
                Answer::Place(latitude, longitude) => {
                    self.pauses(3000, 5000).await;
                    let written = self.customer.sends_location(latitude, longitude).message_id();
                    self.wrote(written);
                }
            }
        }
        Ok(())
    }

    async fn waits_for_words(&mut self) -> Result<(), Leaves> {
        let since = self.shared.clock.now();
        let mut nudges = PATIENCE.iter();
        let mut until = since + *nudges.next().unwrap_or(&PATIENCE[0]);
        loop {
            let Some(news) = self.news_until(until).await else {
                let Some(patience) = nudges.next() else { return Err(Leaves) };
                until = since + *patience;
                self.says(self.persona.impatient).await;
                continue;
            };
            if self.hears(&news).await {
                return Ok(());
            }
        }
    }

    /// Messages not read so far, as soon as there are some; nothing if none come in time.
    async fn news_until(&mut self, until: Time) -> Option<Vec<Sent>> {
        let mut changes = self.shared.changes();
        loop {
            changes.mark_unchanged();
            let news = self.customer.newer_than(self.read);
            if let Some(last) = news.last() {
                self.read = last.message_id;
                return Some(news);
            }
            if self.shared.clock.now() >= until {
                return None;
            }
            tokio::select! {
                _ = changes.changed() => {}
                () = self.shared.clock.sleep_until(until) => {}
            }
        }
    }

    /// Reads messages, presses a button if there are some. Whether a person has spoken.
    async fn hears(&mut self, news: &[Sent]) -> bool {
        let letters: usize = news.iter().map(|it| it.text.chars().count()).sum();
        let reading_ms = 1500 + u64::try_from(letters).unwrap_or(0) * 30;
        self.pauses(reading_ms.min(8000), reading_ms.min(8000) + 2500).await;
        let mut has_spoken = false;
        for message in news {
            let buttons: Vec<&str> =
                message.buttons.iter().flatten().filter(|it| it.data.is_some()).map(|it| it.text.as_str()).collect();
            if let Some(last) = buttons.len().checked_sub(1) {
                // People like the last ones: "5", "Great".
                let place = last - usize::try_from(self.rng.below(2)).unwrap_or(0).min(last);
                self.customer.tries_to_press(buttons[place]);
                continue;
            }
            if message.at.since(self.wrote.1) <= MACHINE_WITHIN {
                continue;
            }
            has_spoken = true;
            self.heard = message.text.to_lowercase();
            self.last_heard = Some(message.message_id);
        }
        has_spoken
    }

    /// Rests between two talks, but is polite to late words and presses late buttons.
    async fn rests(&mut self) {
        let half = u64::try_from(self.rest.as_millis() / 2).unwrap_or(u64::MAX / 4);
        let until = self.shared.clock.now() + Duration::from_millis(half + self.rng.below(2 * half + 1));
        let mut is_polite = true;
        while let Some(news) = self.news_until(until).await {
            if self.hears(&news).await && is_polite && self.heard.contains('?') {
                self.says(self.persona.polite).await;
                is_polite = false;
            }
        }
    }

    async fn says(&mut self, words: &str) {
        self.types(words).await;
        let written = self.customer.writes(words).message_id();
        self.wrote(written);
    }

    fn wrote(&mut self, message_id: i64) {
        self.wrote = (message_id, self.shared.clock.now());
    }

    async fn types(&self, words: &str) {
        let letters = u64::try_from(words.chars().count()).unwrap_or(0);
        let ms = (letters * LETTER_MS).min(TYPING_MAX_MS);
        self.pauses(ms + 400, ms + 1500).await;
    }

    async fn pauses(&self, from_ms: u64, to_ms: u64) {
        let ms = from_ms + self.rng.below(to_ms.saturating_sub(from_ms) + 1);
        self.shared.clock.sleep(Duration::from_millis(ms)).await;
    }
}
