//! Customers who write English.

use super::Answer::{Phone, Words};
use super::Step::{Album, Corrects, Paper, Photo, Reacts, Replies, Says, Sticker, Voice, Waits};
use super::{Fact, Persona, Step};
use crate::telegram::media::{
    FACES, INVOICE, PHOTO_CHAIR, PHOTO_LABEL, PHOTO_MUG, PHOTO_PARCEL, PHOTO_PHONE, STICKER_HEART, STICKER_SMILE,
    VOICE_2S, VOICE_4S,
};

const ORDER: &[&str] = &["order number", "which order", "number of your order", "what order"];
const PHONE: &[&str] = &["phone", "call you", "reach you"];
const ADDRESS: &[&str] = &["address", "which city", "where do you live", "deliver to", "postcode"];
const NAME: &[&str] = &["your name", "who am i", "full name"];

const fn words(heard: &'static [&'static str], answer: &'static str) -> Fact {
    Fact { heard, answer: Words(answer) }
}

const fn phone(number: &'static str) -> Fact {
    Fact { heard: PHONE, answer: Phone(number) }
}

const YES_NO: &[(&[&str], &str)] = &[
    (
        &["sorry", "unfortunately", "out of stock", "cannot", "can't"],
        "Oh, that's a pity. Any idea when it will work out?",
    ),
    (&["how many", "which", "what colour", "what color", "what size"], "Not sure yet, what would you suggest?"),
    (&["?"], "Yes, please"),
];

pub(super) const PEOPLE: &[Persona] = &[
    Persona {
        first_name: "Emily",
        last_name: "Clark",
        username: Some("emily_clark"),
        language: "en",
        face: FACES[2],
        facts: &[
            words(ORDER, "It's 2210"),
            phone("+447700900001"),
            words(ADDRESS, "14 Mill Lane, Bristol"),
            words(NAME, "Emily Clark"),
        ],
        talks: &[LATE_ORDER, GIFT_CARD],
        impatient: "Hello? Is anyone there?",
        leaving: "I'll try again later then",
        polite: "No, that's all, thank you!",
    },
    Persona {
        first_name: "James",
        last_name: "Miller",
        username: None,
        language: "en",
        face: FACES[3],
        facts: &[words(ORDER, "2187 I think"), phone("+447700900002"), words(ADDRESS, "Leeds, LS1")],
        talks: &[CHAIR_PARTS, APP_DOWN],
        impatient: "still waiting…",
        leaving: "never mind",
        polite: "all good mate",
    },
    Persona {
        first_name: "Sofia",
        last_name: "Martinez",
        username: Some("sofi_m"),
        language: "en",
        face: FACES[0],
        facts: &[words(ORDER, "No order yet"), words(ADDRESS, "Valencia, Spain"), words(NAME, "Sofia")],
        talks: &[SHIP_ABROAD, PHOTO_REVIEW],
        impatient: "Sorry to push, I need to decide today",
        leaving: "I will write tomorrow, bye!",
        polite: "Everything is clear, gracias!",
    },
    Persona {
        first_name: "Oliver",
        last_name: "Brown",
        username: Some("oli_brown"),
        language: "en",
        face: FACES[1],
        facts: &[words(ORDER, "2301"), phone("+447700900004"), words(ADDRESS, "22 Harbour Road, Cardiff")],
        talks: &[WRONG_SIZE, INVOICE_COPY],
        impatient: "Any news?",
        leaving: "OK, I'll call instead",
        polite: "Yes, sorted, cheers",
    },
    Persona {
        first_name: "Grace",
        last_name: "Okafor",
        username: None,
        language: "en",
        face: FACES[4],
        facts: &[words(ORDER, "The one from last Friday, 2275"), phone("+447700900005"), words(NAME, "Grace Okafor")],
        talks: &[DENTED_BOX, LOYALTY],
        impatient: "Is this a good time?",
        leaving: "Thank you anyway",
        polite: "I'm fine, thank you kindly",
    },
    Persona {
        first_name: "Liam",
        last_name: "Walker",
        username: Some("liamw"),
        language: "en",
        face: FACES[5],
        facts: &[words(ORDER, "2290"), words(ADDRESS, "Manchester"), phone("+447700900006")],
        talks: &[PRICE_MATCH, VOICE_QUESTION],
        impatient: "hellooo",
        leaving: "too slow, bye",
        polite: "yep thx",
    },
];

const LATE_ORDER: &[Step] = &[
    Says("Hi there! My order 2210 should have arrived on Monday"),
    Says("Tracking hasn't moved since"),
    Waits,
    Replies(
        &[
            (&["tomorrow", "today"], "Great, morning or afternoon?"),
            (&["sorry", "delay", "apolog"], "I understand, but it's a birthday present. Can you speed it up?"),
        ],
        "So when can I expect it?",
    ),
    Waits,
    Says("Perfect, thank you so much"),
    Sticker(STICKER_HEART, "❤️"),
];

const GIFT_CARD: &[Step] = &[
    Says("Do you sell gift cards?"),
    Waits,
    Replies(
        &[(&["no", "don't", "not"], "Ah OK. Could you wrap a mug instead?")],
        "Lovely, one for 50 please. By e-mail?",
    ),
    Waits,
    Reacts("👍"),
];

const CHAIR_PARTS: &[Step] = &[
    Says("one leg of my chair came without screws"),
    Photo(PHOTO_CHAIR, "this one"),
    Waits,
    Replies(&[(&["send", "post", "parts"], "nice, how long will that take?")], "can you post me some?"),
    Waits,
    Says("cheers 👍"),
];

const APP_DOWN: &[Step] = &[
    Photo(PHOTO_PHONE, "your app says this when I pay"),
    Waits,
    Replies(&[(&["update", "reinstall", "restart"], "done that already")], "ok so what now?"),
    Waits,
    Says("works now, weird"),
];

const SHIP_ABROAD: &[Step] = &[
    Says("Hello! Do you ship to Spein?"),
    Corrects("Hello! Do you ship to Spain?"),
    Waits,
    Replies(
        &[
            (&["yes", "sure", "we do"], "Wonderful! How much for two mugs, and how many days?"),
            (&["no", "unfortunately", "don't"], "Oh no. Maybe you know a shop here that has them?"),
        ],
        "And how much would it be for two mugs?",
    ),
    Waits,
    Replies(YES_NO, "Great, I'll take them!"),
    Waits,
    Sticker(STICKER_SMILE, "😄"),
];

const PHOTO_REVIEW: &[Step] = &[
    Album(&[PHOTO_MUG, PHOTO_LABEL], "They came! One is cracked, but I love them"),
    Says("Is it OK if I glue it? 😅"),
    Waits,
    Replies(&[(&["replace", "new one", "refund"], "You are too kind! Yes please")], "Ha, I will try"),
];

const WRONG_SIZE: &[Step] = &[
    Says("Morning. Ordered a jacket in L, got M"),
    Photo(PHOTO_LABEL, "the label"),
    Waits,
    Replies(
        &[(&["exchange", "swap", "replace"], "Exchange please. Do I pay for the return?")],
        "How do we sort it out?",
    ),
    Waits,
    Replies(YES_NO, "Fair enough, thanks"),
];

const INVOICE_COPY: &[Step] = &[
    Says("Could you put my company's name on this invoice?"),
    Paper(INVOICE, "invoice-5.pdf", "Brown & Sons Ltd"),
    Waits,
    Says("Much appreciated"),
    Reacts("👍"),
];

const DENTED_BOX: &[Step] = &[
    Says("Good afternoon, I received a box with a dent"),
    Photo(PHOTO_PARCEL, "I have not opened it yet"),
    Says("Should I open it or send it back?"),
    Waits,
    Replies(
        &[
            (&["open"], "I opened it, everything inside is fine. What a relief!"),
            (&["back", "return"], "All right, will the courier come to me?"),
        ],
        "I see. What would you do?",
    ),
    Waits,
    Says("Thank you for your patience with me"),
];

const LOYALTY: &[Step] = &[
    Says("How many points do I have on my card?"),
    Waits,
    Replies(YES_NO, "Can I use them for my next order?"),
    Waits,
    Sticker(STICKER_HEART, "❤️"),
];

const PRICE_MATCH: &[Step] = &[
    Says("saw the same chair 10% cheaper elsewhere, can you match?"),
    Waits,
    Replies(
        &[
            (&["link", "where", "which shop"], "can't find the link now, it was on sale"),
            (&["no", "sorry", "can't"], "free delivery then? 😏"),
        ],
        "deal! how do I order?",
    ),
    Waits,
    Says("alright"),
];

const VOICE_QUESTION: &[Step] = &[Voice(VOICE_4S), Waits, Voice(VOICE_2S), Waits, Says("sweet, thx")];
