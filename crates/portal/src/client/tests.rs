//! The exchange with the hub: nothing lost, doubled or reordered, whatever goes wrong.

mod exchange;
mod output;
