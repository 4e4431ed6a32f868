//! Recognising who writes, and changing their card by hand.

use openlines_base::Time;
use openlines_protocol::{ConnectionId, FileKind, User};
use openlines_store::Conn;

use super::rules::{CONTACT_MAX, NOTE_MAX, data_hash, kept, name_of, unsigned};
use super::store::{self, ByStaff, Told};
use super::{Customer, CustomerError};
use crate::check::{self, BadField};
use crate::dialogs::{Actor, Changes};
use crate::{CustomerId, Parts};

/// Who writes.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// The customer.
    pub(crate) id: CustomerId,
    /// Made just now.
    pub(crate) is_new: bool,
    /// Something that screens show is different from before.
    pub(crate) has_changed: bool,
    /// A picture waits to be downloaded.
    pub(crate) wants_picture: bool,
    /// Current name, for texts with variables.
    pub(crate) name: String,
    /// Language told last.
    pub(crate) language: Option<String>,
}

/// Finds the customer of a channel's user, making or updating them when needed. Two at once make one customer.
///
/// # Errors
/// The database is away.
pub(crate) async fn recognise(
    conn: &mut Conn,
    now: Time,
    connection: ConnectionId,
    user: &User,
) -> Result<Known, sqlx::Error> {
    let told = Told {
        name: name_of(user),
        phone: kept(user.phone.as_deref()),
        email: kept(user.email.as_deref()),
        language: kept(user.language.as_deref()),
        login: kept(user.login.as_deref()),
        url: user.url.clone(),
        picture: user.picture.as_deref().map(|it| unsigned(it).to_owned()),
        data_hash: data_hash(user),
    };
    let Some(found) = store::find(conn, connection, &user.id).await? else {
        return make(conn, now, connection, user, &told).await;
    };
    let id = CustomerId(found.customer_id);
    let has_changed = found.data_hash != told.data_hash;
    let mut known =
        Known { id, is_new: false, has_changed, wants_picture: false, name: found.name, language: found.language };
    if has_changed {
        store::update_told(conn, id, &told).await?;
        store::update_identity(conn, connection, &user.id, &told).await?;
        if told.picture != found.picture {
            known.wants_picture = fetch_picture(conn, now, id, user).await?;
        }
        known.language = told.language.or(known.language);
    }
    Ok(known)
}

async fn make(
    conn: &mut Conn,
    now: Time,
    connection: ConnectionId,
    user: &User,
    told: &Told,
) -> Result<Known, sqlx::Error> {
    let own = store::insert(conn, now, told).await?;
    let id = store::claim_identity(conn, now, connection, &user.id, own, told).await?;
    let is_new = id == own;
    let mut wants_picture = false;
    if is_new {
        wants_picture = fetch_picture(conn, now, id, user).await?;
    } else {
        store::remove(conn, own).await?;
    }
    let (name, language) = (told.name.clone(), told.language.clone());
    Ok(Known { id, is_new, has_changed: false, wants_picture, name, language })
}

async fn fetch_picture(conn: &mut Conn, now: Time, id: CustomerId, user: &User) -> Result<bool, sqlx::Error> {
    let Some(link) = &user.picture else { return Ok(false) };
    let file = openlines_protocol::File {
        url: Some(link.clone()),
        name: "photo".to_owned(),
        mime: "image/jpeg".to_owned(),
        size: None,
        kind: FileKind::Image,
        duration_s: None,
        width: None,
        height: None,
        unique_id: None,
    };
    let file = crate::dialogs::expect_file(conn, now, None, 0, &file).await?;
    store::set_picture(conn, id, file).await?;
    Ok(true)
}

/// What became of a phone that the customer sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SavePhone {
    /// It stands in the record now.
    Filled,
    /// There was one already, or it is none.
    Left,
}

/// Takes the phone of the customer's own contact card where none is known.
///
/// # Errors
/// The database is away.
pub(crate) async fn save_phone(
    conn: &mut Conn,
    customer: CustomerId,
    phone: Option<&str>,
) -> Result<SavePhone, sqlx::Error> {
    match kept(phone) {
        Some(phone) if store::fill_phone(conn, customer, &phone).await? => Ok(SavePhone::Filled),
        _ => Ok(SavePhone::Left),
    }
}

/// What staff typed; absent fields stay as they are.
#[derive(Debug, Default)]
pub(super) struct StaffChange {
    pub(super) name: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) email: Option<String>,
    pub(super) note: Option<String>,
}

/// Changes a card by hand. What staff typed as the name stays, whatever the channel tells later.
///
/// # Errors
/// See [`CustomerError`].
pub(super) async fn change(
    parts: &Parts,
    by: Actor,
    id: CustomerId,
    change: StaffChange,
) -> Result<Customer, CustomerError> {
    let change = checked(change)?;
    let now = parts.clock.now();
    let mut tx = parts.db.tx("change_customer").await?;
    if !store::is_visible(&mut tx, by, id).await? {
        return Err(CustomerError::NotFound);
    }
    let by_staff = ByStaff {
        name: change.name.as_deref(),
        phone: change.phone.as_deref(),
        email: change.email.as_deref(),
        note: change.note.as_deref(),
    };
    store::update_by_staff(&mut tx, id, &by_staff).await?;
    let mut changes = Changes::default();
    crate::dialogs::refresh_search(&mut tx, id).await?;
    for (dialog, line) in store::dialogs_of(&mut tx, id).await? {
        changes.dialog(dialog, line);
        changes.customer(id, line);
    }
    let customer = store::load(&mut tx, &[id]).await?.pop().ok_or(CustomerError::NotFound)?;
    changes.write(&mut tx, now).await?;
    tx.commit().await?;
    changes.ring(parts);
    Ok(customer)
}

fn checked(change: StaffChange) -> Result<StaffChange, BadField> {
    let name = change.name.map(|it| check::name("name", &it)).transpose()?;
    let phone = change.phone.map(|it| it.trim().to_owned());
    let is_phone = |it: &str| it.is_empty() || (it.len() <= CONTACT_MAX && it.chars().any(|it| it.is_ascii_digit()));
    if phone.as_deref().is_some_and(|it| !is_phone(it)) {
        return Err(BadField::new("phone", "a phone has digits, like +7 916 123-45-67"));
    }
    let email = match change.email.as_deref().map(str::trim) {
        None => None,
        Some("") => Some(String::new()),
        Some(typed) => Some(check::email("email", typed)?),
    };
    if change.note.as_ref().is_some_and(|it| it.chars().count() > NOTE_MAX) {
        return Err(BadField::new("note", format!("at most {NOTE_MAX} characters")));
    }
    Ok(StaffChange { name, phone, email, note: change.note })
}
