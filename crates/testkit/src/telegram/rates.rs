//! Telegram's limits of pace, for tests that prove that a bot keeps them. Off unless asked for.
//!
//! Telegram tells no exact numbers; these are those of <https://core.telegram.org/bots/faq>, with the short bursts that
//! it forgives.

use std::collections::BTreeMap;
use std::time::Duration;

use openlines_base::Time;

/// Messages a second of one bot.
const BOT_PER_S: u32 = 30;
/// Messages a second to one chat, once the burst is used up.
const CHAT_PER_S: u32 = 1;
/// Messages to one chat at once after silence.
const CHAT_BURST: u32 = 5;

/// Counts the messages of one bot.
#[derive(Debug, Default)]
pub(super) struct Rates {
    bot: Bucket,
    chats: BTreeMap<i64, Bucket>,
}

/// When the messages so far will be forgotten.
#[derive(Debug, Default, Clone, Copy)]
struct Bucket {
    empty_at: Time,
}

impl Bucket {
    /// The wait if `count` more are too many now.
    fn wait(self, now: Time, count: u32, per_s: u32, burst: u32) -> Option<Duration> {
        let after = self.filled(now, count, per_s).since(now);
        let most = Duration::from_secs(1) * burst / per_s;
        // An album larger than the whole bucket goes when the bucket is empty.
        let is_empty = self.empty_at <= now;
        (after > most && !is_empty).then(|| after.saturating_sub(most))
    }

    fn filled(self, now: Time, count: u32, per_s: u32) -> Time {
        self.empty_at.max(now) + Duration::from_secs(1) * count / per_s
    }
}

impl Rates {
    /// Counts `count` messages to a chat, or says how many seconds to wait. Refused ones are not counted.
    pub(super) fn take(&mut self, now: Time, chat_id: i64, count: u32) -> Result<(), u32> {
        let chat = self.chats.entry(chat_id).or_default();
        let waits = [self.bot.wait(now, count, BOT_PER_S, BOT_PER_S), chat.wait(now, count, CHAT_PER_S, CHAT_BURST)];
        if let Some(wait) = waits.into_iter().flatten().max() {
            let whole_s = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            return Err(u32::try_from(whole_s).unwrap_or(u32::MAX).max(1));
        }
        self.bot.empty_at = self.bot.filled(now, count, BOT_PER_S);
        chat.empty_at = chat.filled(now, count, CHAT_PER_S);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_forgiven_a_flood_is_not() {
        let mut rates = Rates::default();
        let start = Time::from_s(1000);
        for i in 0..CHAT_BURST {
            assert_eq!(rates.take(start, 1, 1), Ok(()), "{i}");
        }
        assert_eq!(rates.take(start, 1, 1), Err(1));
        assert_eq!(rates.take(start, 2, 1), Ok(()), "another chat is another matter");
        assert_eq!(rates.take(start + Duration::from_secs(1), 1, 1), Ok(()));
        assert_eq!(rates.take(start + Duration::from_secs(1), 1, 3), Err(3));
        let quiet = start + Duration::from_secs(3600);
        assert_eq!(rates.take(quiet, 1, 10), Ok(()), "a whole album goes after silence");
        let busy = start + Duration::from_secs(7200);
        let taken = (10..100).filter(|it| rates.take(busy, *it, 1).is_ok()).count();
        assert_eq!(taken, 30);
    }
}
