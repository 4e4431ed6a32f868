//! Oneself.

use axum::extract::State;
use openlines_base::Secret;
use openlines_edge::{Json, Problem, ProblemBody};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::MeAnswer;
use crate::Parts;
use crate::check::BadField;
use crate::request::Address;
use crate::staff::people::{self, OwnChange};
use crate::staff::presence::{self, OpenDialogs};
use crate::staff::{Admin, Language, Operator, Presence, Settings, Signed, StaffError, Theme, logins, me, store};

/// Oneself, the company, what is left to set up.
#[utoipa::path(get, path = "/api/me", tag = "staff", responses((status = 200, body = MeAnswer)))]
pub(super) async fn show(State(parts): State<Parts>, signed: Signed) -> Result<Json<MeAnswer>, Problem> {
    let mut tx = parts.db.tx("touch_login").await?;
    logins::touch_login(&mut tx, signed.login, parts.clock.now()).await?;
    tx.commit().await?;
    answer(&parts, &signed).await
}

async fn answer(parts: &Parts, signed: &Signed) -> Result<Json<MeAnswer>, Problem> {
    let mut read = parts.db.read().await?;
    Ok(Json(MeAnswer { me: me::load(&mut read, parts, signed).await? }))
}

/// What changes about oneself; absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MeChange {
    name: Option<String>,
    settings: Option<SettingsChange>,
    password: Option<PasswordChange>,
}

/// What changes about one's settings; absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingsChange {
    /// `null` = as the browser.
    #[serde(default, deserialize_with = "crate::request::present")]
    #[schema(value_type = Option<Language>)]
    language: Option<Option<Language>>,
    theme: Option<Theme>,
    enter_sends: Option<bool>,
    shortcuts: Option<bool>,
    sound: Option<bool>,
}

/// A new password and the proof that it is oneself who asks.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChange {
    #[schema(value_type = String, format = Password)]
    current: Secret<String>,
    #[schema(value_type = String, format = Password)]
    new: Secret<String>,
}

/// Changes oneself. A new password signs all other browsers out.
#[utoipa::path(patch, path = "/api/me", tag = "staff", request_body = MeChange, responses(
    (status = 200, body = MeAnswer),
    (status = 400, body = ProblemBody, description = "A wrong field is named: `password.current`"),
))]
pub(super) async fn change(
    State(parts): State<Parts>,
    signed: Signed,
    address: Address,
    Json(it): Json<MeChange>,
) -> Result<Json<MeAnswer>, Problem> {
    let settings = match it.settings {
        None => None,
        Some(change) => {
            let mut read = parts.db.read().await?;
            let (old, _) = store::private_of(&mut read, signed.operator).await?.unwrap_or_default();
            Some(change.onto(old))
        }
    };
    let password = it.password.map(|it| (it.current, it.new));
    people::change_self(&parts, &signed, address, OwnChange { name: it.name, settings, password }).await?;
    answer(&parts, &signed).await
}

impl SettingsChange {
    fn onto(self, old: Settings) -> Settings {
        Settings {
            language: self.language.unwrap_or(old.language),
            theme: self.theme.unwrap_or(old.theme),
            enter_sends: self.enter_sends.unwrap_or(old.enter_sends),
            shortcuts: self.shortcuts.unwrap_or(old.shortcuts),
            sound: self.sound.unwrap_or(old.sound),
        }
    }
}

/// A new status of oneself.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PresenceChange {
    status: Presence,
    /// Needed to go `off` with open dialogs.
    open_dialogs: Option<OpenDialogs>,
}

/// One person.
#[derive(Serialize, ToSchema)]
pub(crate) struct OperatorAnswer {
    pub(super) operator: Operator,
}

/// Says whether one takes dialogs.
#[utoipa::path(post, path = "/api/me/presence", tag = "staff", request_body = PresenceChange, responses(
    (status = 200, body = OperatorAnswer),
    (status = 409, body = ProblemBody, description = "`open_dialogs`: say what becomes of them"),
))]
pub(super) async fn set_presence(
    State(parts): State<Parts>,
    signed: Signed,
    Json(it): Json<PresenceChange>,
) -> Result<Json<OperatorAnswer>, Problem> {
    let operator = presence::set_status(&parts, &signed, it.status, it.open_dialogs).await?;
    Ok(Json(OperatorAnswer { operator }))
}

/// Puts the checklist of the first run away.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChecklistChange {
    dismissed: bool,
}

/// Puts the checklist of the first run away, for all admins.
#[utoipa::path(post, path = "/api/me/checklist", tag = "staff", request_body = ChecklistChange, responses(
    (status = 200, body = MeAnswer),
))]
pub(super) async fn dismiss_checklist(
    State(parts): State<Parts>,
    Admin(signed): Admin,
    Json(it): Json<ChecklistChange>,
) -> Result<Json<MeAnswer>, Problem> {
    if !it.dismissed {
        return Err(BadField::new("dismissed", "only `true`: what is put away stays away").into());
    }
    let mut tx = parts.db.tx("dismiss_checklist").await?;
    sqlx::query("-- company.dismiss_checklist\n UPDATE company SET checklist_dismissed = 1 WHERE id = 1")
        .execute(&mut *tx)
        .await
        .map_err(StaffError::from)?;
    tx.commit().await?;
    answer(&parts, &signed).await
}
