//! Changing people: role, access, limit; and oneself.

use openlines_base::Secret;
use serde_json::json;

use super::rules::check_password;
use super::store::{self, NewOperator, OperatorChange};
use super::tries::{self, Try};
use super::{Operator, Role, Settings, Signed, StaffError, logins};
use crate::audit::{self, Act};
use crate::check::{self, BadField};
use crate::dialogs::{Changes, return_all_of};
use crate::live::{Audience, Entity, record};
use crate::request::Address;
use crate::{OperatorId, Parts};

/// Most dialogs that one person's own limit allows.
const LIMIT_MAX: i64 = 100;

/// What an admin changes about a person; absent stays.
#[derive(Debug, Default)]
pub(crate) struct Change {
    pub(crate) name: Option<String>,
    pub(crate) role: Option<Role>,
    pub(crate) active: Option<bool>,
    pub(crate) limit: Option<i64>,
}

/// Changes a person. One who is deactivated is signed out everywhere, and their open dialogs go back to the queue.
pub(crate) async fn change(
    parts: &Parts,
    admin: &Signed,
    operator: OperatorId,
    change: Change,
) -> Result<Operator, StaffError> {
    let name = change.name.as_deref().map(|it| check::name("name", it)).transpose()?;
    if change.limit.is_some_and(|it| !(0..=LIMIT_MAX).contains(&it)) {
        return Err(BadField::new("limit", format!("0 for the line's own limit, or 1 to {LIMIT_MAX}")).into());
    }
    let mut tx = parts.db.tx("change_operator").await?;
    let row = OperatorChange { name: name.as_deref(), role: change.role, active: change.active, limit: change.limit };
    let mut changes = Changes::default();
    if change.active == Some(false) {
        return_all_of(&mut tx, parts.clock.now(), &[operator], None, &mut changes).await?;
    }
    // Before the count, so that two admins who demote each other are counted one after the other.
    lock_admins(&mut tx).await?;
    if !store::change_operator(&mut tx, operator, &row).await? {
        return Err(StaffError::NotFound("operator"));
    }
    let after = store::load_operator(&mut tx, operator).await?.ok_or(StaffError::NotFound("operator"))?;
    if !(after.active && after.role == Role::Admin) && store::other_admins(&mut tx, operator).await? == 0 {
        return Err(StaffError::LastAdmin);
    }
    let now = parts.clock.now();
    if change.active == Some(false) {
        logins::close_logins(&mut tx, operator, None).await?;
    }
    let detail = json!({"name": name, "role": change.role, "active": change.active, "limit": change.limit});
    let act = Act { act: "operator.change", entity: "operator", id: Some(operator.get()) };
    audit::note(&mut tx, now, Some(admin.operator), act, &detail).await?;
    changes.operator(operator);
    changes.write(&mut tx, now).await?;
    let after = store::load_operator(&mut tx, operator).await?.ok_or(StaffError::NotFound("operator"))?;
    tx.commit().await?;
    ring(parts);
    Ok(after)
}

/// Makes a person from outside the API: the command line, the sample company. An empty password lets only links in.
pub(crate) async fn add(
    parts: &Parts,
    name: &str,
    email: &str,
    role: Role,
    password: Option<&Secret<String>>,
) -> Result<OperatorId, StaffError> {
    let (name, email) = (check::name("name", name)?, check::email("email", email)?);
    let hash = match password {
        Some(password) => {
            check_password("password", password.expose(), &email)?;
            parts.passwords.hash(password, &*parts.rng).await?
        }
        None => String::new(),
    };
    let now = parts.clock.now();
    let mut tx = parts.db.tx("add_operator").await?;
    let new = NewOperator { name: &name, email: &email, password_hash: &hash, role };
    let id = store::insert_operator(&mut tx, &new, now).await?.ok_or(StaffError::EmailTaken)?;
    let act = Act { act: "operator.add", entity: "operator", id: Some(id.get()) };
    audit::note(&mut tx, now, None, act, &json!({"name": name, "role": role})).await?;
    record(&mut tx, now, Entity::Operator(id), Audience::All).await?;
    tx.commit().await?;
    ring(parts);
    Ok(id)
}

/// What people change about themselves.
#[derive(Debug, Default)]
pub(crate) struct OwnChange {
    pub(crate) name: Option<String>,
    pub(crate) settings: Option<Settings>,
    pub(crate) password: Option<(Secret<String>, Secret<String>)>,
}

/// Changes oneself. A new password signs all other browsers out.
pub(crate) async fn change_self(
    parts: &Parts,
    signed: &Signed,
    address: Address,
    change: OwnChange,
) -> Result<(), StaffError> {
    let name = change.name.as_deref().map(|it| check::name("name", it)).transpose()?;
    let new_hash = match &change.password {
        Some((current, new)) => Some(prove_and_hash(parts, signed, address, current, new).await?),
        None => None,
    };
    let now = parts.clock.now();
    let mut tx = parts.db.tx("change_self").await?;
    if let Some(settings) = &change.settings {
        let text = serde_json::to_string(settings).unwrap_or_else(|_| "{}".to_owned());
        sqlx::query("-- staff.set_settings\n UPDATE operator SET settings = $2 WHERE id = $1")
            .bind(signed.operator.get())
            .bind(text)
            .execute(&mut *tx)
            .await?;
    }
    if let Some(hash) = &new_hash {
        store::set_password(&mut tx, signed.operator, hash).await?;
        logins::close_logins(&mut tx, signed.operator, Some(signed.login)).await?;
        let act = Act { act: "operator.password", entity: "operator", id: Some(signed.operator.get()) };
        audit::note(&mut tx, now, Some(signed.operator), act, &json!({})).await?;
    }
    let row = OperatorChange { name: name.as_deref(), ..OperatorChange::default() };
    store::change_operator(&mut tx, signed.operator, &row).await?;
    record(&mut tx, now, Entity::Operator(signed.operator), Audience::All).await?;
    tx.commit().await?;
    ring(parts);
    Ok(())
}

async fn prove_and_hash(
    parts: &Parts,
    signed: &Signed,
    address: Address,
    current: &Secret<String>,
    new: &Secret<String>,
) -> Result<String, StaffError> {
    let mut read = parts.db.read().await?;
    let me = store::load_operator(&mut read, signed.operator).await?.ok_or(StaffError::NotFound("operator"))?;
    let (_, stored) = store::private_of(&mut read, signed.operator).await?.ok_or(StaffError::NotFound("operator"))?;
    // Hashing may wait long for its turn: nothing is held meanwhile.
    drop(read);
    check_password("password.new", new.expose(), &me.email)?;
    // A person who came by a link has no password yet and proves nothing by one.
    if !stored.is_empty() {
        let this = Try::at(&me.email, address.0);
        let mut tx = parts.db.tx("prove_password").await?;
        tries::begin(&mut tx, &this, parts.clock.now()).await?;
        tx.commit().await?;
        if !parts.passwords.matches(current, Some(&stored)).await? {
            return Err(BadField::new("password.current", "this is not your password now").into());
        }
        let mut tx = parts.db.tx("password_proved").await?;
        tries::forgive(&mut tx, &this).await?;
        tx.commit().await?;
    }
    Ok(parts.passwords.hash(new, &*parts.rng).await?)
}

/// Changes of people change who may get dialogs and who may see them.
pub(super) fn ring(parts: &Parts) {
    parts.bells.live.notify_one();
    parts.bells.routing.notify_one();
}

/// On PostgreSQL two transactions could each count the other's admin. The company's row is what they queue at.
async fn lock_admins(conn: &mut openlines_store::Conn) -> Result<(), StaffError> {
    sqlx::query("-- staff.lock_admins\n UPDATE company SET name = name WHERE id = 1").execute(conn).await?;
    Ok(())
}
