//! Recognising who writes.

use openlines_base::Time;
use openlines_protocol::{ConnectionId, FileKind, User};
use openlines_store::Conn;

use super::rules::{data_hash, kept, name_of, unsigned};
use super::store::{self, Told};
use crate::CustomerId;
use crate::files;

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
    let file = files::expect_file(conn, now, None, 0, &file).await?;
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
