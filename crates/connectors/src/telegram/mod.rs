//! Telegram by the Bot API: private chats of one bot.
//!
//! It knows nothing of groups (ignored and counted), of queues and of portals. Read `README.md` for the quirks, then
//! `parse` for what comes in, `render` for what goes out, `verdict` for what Telegram answers.

mod api;
mod attach;
mod files;
mod outfiles;
mod parse;
mod render;
mod text;
mod verdict;
mod wire;

use async_trait::async_trait;
use openlines_protocol::Outgoing;

use crate::{
    About, Account, AttachError, Attached, Call, Can, Connection, Connector, Field, FieldKind, FileSource, Health,
    Hook, Limits, Net, ParseError, Parsed, Polled, Rate, Refusal, Reply, Texts, Verdict,
};

/// The connector for `telegram`.
pub(crate) struct Telegram;

static ABOUT: About = About {
    code: "telegram",
    title: "Telegram",
    mark: "TG",
    color: "#1d7fb8",
    icon: include_str!("icon.svg"),
    summary: Texts {
        en: "Customers write to your bot; nothing to install, a token is enough.",
        ru: "Клиенты пишут вашему боту; ничего не нужно ставить, хватит токена.",
    },
    steps: &[
        Texts {
            en: "Open @BotFather in Telegram and send /newbot, or /mybots for a bot that you have.",
            ru: "Откройте в Telegram @BotFather и отправьте /newbot, а для готового бота — /mybots.",
        },
        Texts {
            en: "Give the bot a name that your customers will see.",
            ru: "Дайте боту имя, которое увидят клиенты.",
        },
        Texts {
            en: "Copy the token that BotFather shows and paste it here.",
            ru: "Скопируйте токен от BotFather и вставьте сюда.",
        },
        Texts {
            en: "Write “hello” to your bot: the message appears here.",
            ru: "Напишите боту «привет»: сообщение появится здесь.",
        },
    ],
    fields: &[Field {
        name: api::TOKEN,
        kind: FieldKind::Secret,
        label: Texts { en: "Bot token", ru: "Токен бота" },
        help: Texts {
            en: "Looks like 7000000001:AAF… Whoever has it can write as your bot.",
            ru: "Выглядит как 7000000001:AAF… Кто его знает, может писать от имени бота.",
        },
        pattern: Some(r"\s*[1-9][0-9]{4,15}:[A-Za-z0-9_-]{30,64}\s*"),
        required: true,
    }],
    can: Can {
        edit: true,
        delete: true,
        typing: true,
        read: false,
        reply: true,
        buttons: true,
        files: true,
        formatting: true,
        write_first: false,
        delivered: true,
        seen: false,
    },
    limits: Limits {
        text_max: render::TEXT_MAX,
        files_max: outfiles::ALBUM_MAX,
        image_max_bytes: outfiles::PHOTO_UPLOAD_MAX,
        file_max_bytes: outfiles::UPLOAD_MAX,
        delete_within_s: Some(48 * 3600),
        // Source: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
        connection_rate: Rate { calls: 30, per_ms: 1000, burst: 30 },
        chat_rate: Rate { calls: 1, per_ms: 1000, burst: 3 },
    },
};

#[async_trait]
impl Connector for Telegram {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn parse(&self, connection: &Connection, hook: &Hook) -> Result<Parsed, ParseError> {
        parse::webhook(connection, hook)
    }

    fn render(&self, connection: &Connection, outgoing: &Outgoing) -> Result<Vec<Call>, Refusal> {
        render::outgoing(connection, outgoing)
    }

    fn verdict(&self, connection: &Connection, call: &Call, reply: &Reply) -> Verdict {
        verdict::verdict(connection, call, reply)
    }

    async fn account(&self, net: &dyn Net, connection: &Connection) -> Result<Account, AttachError> {
        Ok(attach::account(net, connection).await?.0)
    }

    async fn attach(&self, net: &dyn Net, connection: &Connection) -> Result<Attached, AttachError> {
        attach::attach(net, connection).await
    }

    async fn detach(&self, net: &dyn Net, connection: &Connection) -> Result<(), Refusal> {
        attach::detach(net, connection).await
    }

    async fn check(&self, net: &dyn Net, connection: &Connection) -> Result<Health, Refusal> {
        attach::check(net, connection).await
    }

    async fn poll(&self, net: &dyn Net, connection: &Connection, cursor: Option<&str>) -> Result<Polled, Refusal> {
        attach::poll(net, connection, cursor).await
    }

    async fn file(&self, net: &dyn Net, connection: &Connection, reference: &str) -> Result<FileSource, Refusal> {
        files::source(net, connection, reference).await
    }
}
