//! Asking the hub to try a connection, stage by stage.

use openlines_protocol::{KnownMethods, StageState, TestConnect, TestReport};
use serde::Deserialize;

use super::model::{Account, Stage};
use super::{ChannelError, flow};
use crate::Parts;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) stages: Vec<Stage>,
    pub(crate) account: Option<Account>,
    pub(crate) used_by: Option<String>,
}

/// The hub's answer; a hub that also tells whose account it is makes the wizard's card.
#[derive(Deserialize)]
struct Answer {
    #[serde(flatten)]
    report: TestReport,
    #[serde(default)]
    account: Option<Account>,
    #[serde(default)]
    used_by: Option<String>,
}

/// Tries a connection, or settings that are not saved yet.
pub(crate) async fn run(parts: &Parts, what: &TestConnect) -> Result<Report, ChannelError> {
    let answer: Answer = flow::ask(parts, KnownMethods::TestConnect, what).await?;
    let stages = answer.report.stages.into_iter().map(|stage| Stage {
        name: stage.name,
        ok: match stage.state {
            StageState::Ok => Some(true),
            StageState::Failed => Some(false),
            StageState::Skipped => None,
        },
        text: stage.text,
    });
    Ok(Report { stages: stages.collect(), account: answer.account, used_by: answer.used_by })
}
