//! Sample: text messages of one account, by a made-up API that stands here until the channel's own takes its place.
//!
//! It knows nothing of queues and portals. Read `README.md` for the quirks, then `parse` for what comes in, `render`
//! for what goes out, `verdict` for what the channel answers, `attach` for how an account is connected.

mod attach;
mod parse;
mod render;
mod verdict;

use async_trait::async_trait;
use openlines_protocol::Outgoing;

use crate::{
    About, Account, AttachError, Attached, Call, Can, Connection, Connector, Field, FieldKind, Health, Hook, Limits,
    Net, ParseError, Parsed, Rate, Refusal, Reply, Texts, Verdict,
};

/// Name of the setting with the channel's token.
const TOKEN: &str = "token";
/// Key of [`Connection::memory`] with the secret that proves a webhook.
const SECRET: &str = "secret";

/// The connector for `sample`.
pub(crate) struct Sample;

static ABOUT: About = About {
    code: "sample",
    title: "Sample",
    mark: "SA",
    color: "#5b6270",
    icon: include_str!("icon.svg"),
    summary: Texts {
        en: "Customers write to your Sample account.", ru: "Клиенты пишут в ваш аккаунт Sample."
    },
    steps: &[Texts {
        en: "Open the settings of your account and copy the token.",
        ru: "Откройте настройки аккаунта и скопируйте токен.",
    }],
    fields: &[Field {
        name: TOKEN,
        kind: FieldKind::Secret,
        label: Texts { en: "Token", ru: "Токен" },
        help: Texts {
            en: "Whoever has it can write as your company.",
            ru: "Кто его знает, может писать от имени компании.",
        },
        pattern: Some(r"\s*[A-Za-z0-9_-]{20,200}\s*"),
        required: true,
    }],
    can: Can {
        edit: false,
        delete: false,
        typing: false,
        read: false,
        reply: false,
        buttons: false,
        files: false,
        formatting: false,
        write_first: false,
        delivered: true,
        seen: false,
    },
    limits: Limits {
        text_max: render::TEXT_MAX,
        files_max: 0,
        image_max_bytes: 0,
        file_max_bytes: 0,
        delete_within_s: None,
        connection_rate: Rate { calls: 10, per_ms: 1000, burst: 10 },
        chat_rate: Rate { calls: 1, per_ms: 1000, burst: 3 },
    },
};

#[async_trait]
impl Connector for Sample {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn parse(&self, connection: &Connection, hook: &Hook) -> Result<Parsed, ParseError> {
        parse::webhook(connection, hook)
    }

    fn render(&self, connection: &Connection, outgoing: &Outgoing) -> Result<Vec<Call>, Refusal> {
        render::outgoing(connection, outgoing)
    }

    fn verdict(&self, _connection: &Connection, _call: &Call, reply: &Reply) -> Verdict {
        verdict::verdict(reply)
    }

    async fn account(&self, net: &dyn Net, connection: &Connection) -> Result<Account, AttachError> {
        attach::account(net, connection).await
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
}
