//! A clock that stands still until a test moves it.

use std::time::Duration;

use async_trait::async_trait;
use openlines_base::{Clock, Time};
use tokio::sync::watch;

/// Sleepers wake when the clock is moved past their time.
#[derive(Debug)]
pub(crate) struct ManualClock(watch::Sender<Time>);

impl ManualClock {
    pub(crate) fn at(start: Time) -> Self {
        Self(watch::Sender::new(start))
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.0.send_modify(|it| *it = *it + by);
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Time {
        *self.0.borrow()
    }

    async fn sleep(&self, pause: Duration) {
        let until = self.now() + pause;
        let mut now = self.0.subscribe();
        drop(now.wait_for(|it| *it >= until).await);
    }
}
