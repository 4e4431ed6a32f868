//! Customers who talk by themselves, for `openlines demo`: a dozen people with a shop's everyday questions.
//!
//! They write, wait for an operator, answer back in character, send pictures, voices and stickers, press buttons, get
//! impatient, thank and come again later. All by the clock and the seed: equal seeds and answers give equal talks.
//! Who they are stands in `ru` and `en`; how a person behaves in `person`.

mod en;
mod person;
mod ru;

use std::sync::Arc;
use std::time::Duration;

use openlines_base::Rng as _;

use super::bot::FakeBot;
use super::media::Asset;
use crate::TestRng;

/// How the customers talk.
#[derive(Debug, Clone)]
pub struct Talk {
    /// Chance of all of them.
    pub seed: u64,
    /// How many take part, at most [`Talk::PEOPLE_MAX`]. Every second one writes Russian, the others English.
    pub people: usize,
    /// About how long until everybody has written once.
    pub everybody_within: Duration,
    /// About how long a person rests between two talks.
    pub rest: Duration,
}

impl Talk {
    /// All who are there.
    pub const PEOPLE_MAX: usize = ru::PEOPLE.len() + en::PEOPLE.len();
}

impl Default for Talk {
    /// Everybody, the first at once, all within eight minutes, again after a quarter of an hour.
    fn default() -> Self {
        let (everybody_within, rest) = (Duration::from_secs(480), Duration::from_secs(900));
        Self { seed: 1, people: Self::PEOPLE_MAX, everybody_within, rest }
    }
}

/// Somebody with questions.
#[derive(Debug)]
struct Persona {
    first_name: &'static str,
    last_name: &'static str,
    username: Option<&'static str>,
    language: &'static str,
    face: Asset,
    /// What the person knows when asked, whatever the talk is about.
    facts: &'static [Fact],
    talks: &'static [&'static [Step]],
    /// Said when nobody answers for some minutes.
    impatient: &'static str,
    /// Said when nobody answers at all.
    leaving: &'static str,
    /// Said to words that come after the talk.
    polite: &'static str,
}

/// What to answer when one of the words is heard.
#[derive(Debug)]
struct Fact {
    /// Parts of words, in lower case.
    heard: &'static [&'static str],
    answer: Answer,
}

/// Something known.
#[derive(Debug)]
enum Answer {
    Words(&'static str),
    Phone(&'static str),
    Place(f64, f64),
}

/// One turn of a talk.
#[derive(Debug)]
enum Step {
    Says(&'static str),
    /// Changes the words said last.
    Corrects(&'static str),
    Photo(Asset, &'static str),
    Album(&'static [Asset], &'static str),
    Video(&'static str),
    Voice(Asset),
    Sticker(Asset, &'static str),
    Paper(Asset, &'static str, &'static str),
    Place(f64, f64),
    /// Puts a reaction on the operator's last words.
    Reacts(&'static str),
    /// Waits for an operator.
    Waits,
    /// Answers by what was heard; the last is for anything else.
    Replies(&'static [(&'static [&'static str], &'static str)], &'static str),
}

/// Starts the people; they end with the fake.
pub(super) fn start(bot: &FakeBot, talk: &Talk) {
    let people = talk.people.min(Talk::PEOPLE_MAX);
    let chance = TestRng::new(talk.seed);
    let step = talk.everybody_within / u32::try_from(people.max(1)).unwrap_or(1);
    // Both languages from the start.
    let longest = ru::PEOPLE.len().max(en::PEOPLE.len());
    let everybody = (0..longest).flat_map(|i| [ru::PEOPLE.get(i), en::PEOPLE.get(i)]).flatten();
    for (i, persona) in everybody.take(people).enumerate() {
        let jitter = Duration::from_millis(chance.below(3000));
        let first_after = step * u32::try_from(i).unwrap_or(0) + jitter;
        let rng = TestRng::new(talk.seed ^ (u64::try_from(i).unwrap_or(0) + 1).wrapping_mul(0x9E37_79B9));
        let shared = Arc::clone(bot.shared());
        let name = format!("{} {}", persona.first_name, persona.last_name);
        let customer = bot.customer(&name);
        customer.looks(persona.last_name, persona.username, persona.language, persona.face);
        let person = person::Person::new(persona, customer, Arc::clone(&shared), rng, talk.rest);
        shared.tasks.spawn("talking customer", person.live(first_after));
    }
}

#[cfg(test)]
mod tests;
