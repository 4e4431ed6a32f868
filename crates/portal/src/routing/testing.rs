//! Hands for tests: a pass by hand instead of a worker.

use super::flow::{Next, pass};
use crate::Parts;

/// Gives out all that can be given out now.
pub(crate) async fn pass_all(parts: &Parts) {
    while pass(parts).await.unwrap() == Next::Now {}
}
