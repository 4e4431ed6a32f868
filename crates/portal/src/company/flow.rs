//! The first run, and changing the company later.

use openlines_base::Secret;
use openlines_store::{Conn, StoreError};
use serde_json::json;

use super::{Company, CompanyError};
use crate::audit::{self, Act};
use crate::check::{self, BadField};
use crate::staff::{self, Language, NewLogin, NewOperator, Role, Signed, StaffError, Visitor, tries};
use crate::{OperatorId, Parts};

/// What the first run asks for.
#[derive(Debug)]
pub(crate) struct FirstRun {
    pub(crate) company: Company,
    pub(crate) admin_name: String,
    pub(crate) email: String,
    pub(crate) password: Secret<String>,
}

/// The company; `None` before the first run.
pub(crate) async fn load(conn: &mut Conn) -> Result<Option<Company>, StoreError> {
    let row: Option<(String, String, String)> =
        sqlx::query_as("-- company.load\n SELECT name, time_zone, language FROM company WHERE id = 1")
            .fetch_optional(conn)
            .await?;
    Ok(row.map(|(name, time_zone, language)| Company {
        name,
        time_zone,
        language: Language::of(&language).unwrap_or(Language::En),
    }))
}

/// Whether the first run is over.
pub(crate) async fn exists(parts: &Parts) -> Result<bool, StoreError> {
    let mut read = parts.db.read().await?;
    Ok(load(&mut read).await?.is_some())
}

/// The first run over the network: whoever knows the code from the terminal makes the company and becomes its admin.
pub(crate) async fn claim(
    parts: &Parts,
    code: &str,
    first: FirstRun,
    visitor: &Visitor,
) -> Result<(OperatorId, NewLogin), CompanyError> {
    if exists(parts).await? {
        return Err(CompanyError::AlreadySetUp);
    }
    let this = tries::Try::at_setup(visitor.address.0);
    let mut tx = parts.db.tx("begin_setup").await?;
    tries::begin(&mut tx, &this, parts.clock.now()).await?;
    tx.commit().await?;
    if !parts.setup.matches(code) {
        let text = "this is not the code that the server printed at its last start";
        return Err(BadField::new("code", text).into());
    }
    let mut tx = parts.db.tx("setup_code_right").await?;
    tries::forgive(&mut tx, &this).await?;
    tx.commit().await?;

    let operator = set_up(parts, first).await?;
    let mut tx = parts.db.tx("setup_sign_in").await?;
    let login = staff::open_login(&mut tx, parts, operator, &visitor.user_agent).await?;
    tx.commit().await?;
    Ok((operator, login))
}

/// Makes the company and its first admin. Of two at once one gets [`CompanyError::AlreadySetUp`].
pub(crate) async fn set_up(parts: &Parts, first: FirstRun) -> Result<OperatorId, CompanyError> {
    let company = Company {
        name: check::name("company.name", &first.company.name)?,
        time_zone: check_zone("company.time_zone", &first.company.time_zone)?,
        language: first.company.language,
    };
    let name = check::name("admin.name", &first.admin_name)?;
    let email = check::email("admin.email", &first.email)?;
    staff::check_password("admin.password", first.password.expose(), &email)?;
    let hash = parts.passwords.hash(&first.password, &*parts.rng).await.map_err(StaffError::from)?;
    let now = parts.clock.now();
    let mut tx = parts.db.tx("set_up").await?;
    let made = sqlx::query(
        "-- company.set_up
         INSERT INTO company (id, name, time_zone, language, created_at) VALUES (1, $1, $2, $3, $4)
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(&company.name)
    .bind(&company.time_zone)
    .bind(company.language.word())
    .bind(now.ms())
    .execute(&mut *tx)
    .await?;
    if made.rows_affected() == 0 {
        return Err(CompanyError::AlreadySetUp);
    }
    let new = NewOperator { name: &name, email: &email, password_hash: &hash, role: Role::Admin };
    let operator = staff::insert_operator(&mut tx, &new, now).await?.ok_or(StaffError::EmailTaken)?;
    let act = Act { act: "company.set_up", entity: "company", id: Some(1) };
    audit::note(&mut tx, now, Some(operator), act, &json!({"name": company.name})).await?;
    tx.commit().await?;
    Ok(operator)
}

/// What changes; absent stays.
#[derive(Debug, Default)]
pub(crate) struct Change {
    pub(crate) name: Option<String>,
    pub(crate) time_zone: Option<String>,
    pub(crate) language: Option<Language>,
}

/// Changes the company.
pub(crate) async fn change(parts: &Parts, admin: &Signed, change: Change) -> Result<Company, CompanyError> {
    let name = change.name.as_deref().map(|it| check::name("name", it)).transpose()?;
    let zone = change.time_zone.as_deref().map(|it| check_zone("time_zone", it)).transpose()?;
    let language = change.language.map(Language::word);
    let mut tx = parts.db.tx("change_company").await?;
    sqlx::query(
        "-- company.change
         UPDATE company SET name = COALESCE($1, name), time_zone = COALESCE($2, time_zone),
             language = COALESCE($3, language) WHERE id = 1",
    )
    .bind(&name)
    .bind(&zone)
    .bind(language)
    .execute(&mut *tx)
    .await?;
    let act = Act { act: "company.change", entity: "company", id: Some(1) };
    let detail = json!({"name": name, "time_zone": zone, "language": language});
    audit::note(&mut tx, parts.clock.now(), Some(admin.operator), act, &detail).await?;
    let company = load(&mut tx).await?.ok_or(StaffError::NotFound("company"))?;
    tx.commit().await?;
    Ok(company)
}

fn check_zone(field: &str, typed: &str) -> Result<String, BadField> {
    let typed = typed.trim();
    // A name of the database only: an offset like `+03:00` would not know of summer time.
    let known = typed.len() <= 64 && jiff::tz::TimeZone::get(typed).is_ok();
    if known { Ok(typed.to_owned()) } else { Err(BadField::new(field, "a time zone like Europe/Moscow")) }
}
