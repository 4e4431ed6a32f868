//! Asking the hub to try a connection, stage by stage.

use openlines_protocol::{KnownMethods, StageState, TestConnect, TestReport, UsedBy};

use super::model::{Account, Stage};
use super::{ChannelError, flow};
use crate::{LineId, Parts, lines};

/// The hub does not tell one company about another.
const ANOTHER_PORTAL: &str = "openlines";

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) stages: Vec<Stage>,
    pub(crate) account: Option<Account>,
    pub(crate) used_by: Option<String>,
}

/// Tries a connection, or settings that are not saved yet.
pub(crate) async fn run(parts: &Parts, what: &TestConnect) -> Result<Report, ChannelError> {
    let answer: TestReport = flow::ask(parts, KnownMethods::TestConnect, what).await?;
    let stages = answer.stages.into_iter().map(|stage| Stage {
        name: stage.name,
        ok: match stage.state {
            StageState::Ok => Some(true),
            StageState::Failed => Some(false),
            StageState::Skipped => None,
        },
        text: stage.text,
    });
    let account = answer.account.map(|it| Account { title: it.title, url: it.url, picture: None });
    let used_by = match answer.used_by {
        Some(UsedBy::Host(host)) => Some(host),
        Some(UsedBy::Line(line)) => Some(line_name(parts, &line).await?),
        Some(UsedBy::Portal) => Some(ANOTHER_PORTAL.to_owned()),
        None => None,
    };
    Ok(Report { stages: stages.collect(), account, used_by })
}

/// The name of a line by what the hub knows of it.
async fn line_name(parts: &Parts, line: &str) -> Result<String, ChannelError> {
    let Ok(id) = line.parse() else { return Ok(line.to_owned()) };
    let found = lines::load(&mut *parts.db.read().await?, &[LineId(id)]).await?;
    Ok(found.into_iter().next().map_or_else(|| line.to_owned(), |it| it.name))
}
