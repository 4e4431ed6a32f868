//! SQL of customers and identities.

use openlines_base::Time;
use openlines_protocol::ConnectionId;
use openlines_store::Conn;
use sqlx::FromRow;

use super::{Customer, Identity};
use crate::dialogs::Actor;
use crate::sql::{fetch_by_ids, in_order_of};
use crate::{CustomerId, DialogId, FileId, LeadId, LineId, files};

/// An identity as it is recognised.
#[derive(Debug, FromRow)]
pub(super) struct Found {
    pub(super) customer_id: i64,
    pub(super) data_hash: String,
    pub(super) picture: Option<String>,
    pub(super) name: String,
    pub(super) language: Option<String>,
}

/// Who this is to us.
pub(super) async fn find(
    conn: &mut Conn,
    connection: ConnectionId,
    external_id: &str,
) -> Result<Option<Found>, sqlx::Error> {
    sqlx::query_as(
        "-- customers.find
         SELECT i.customer_id, i.data_hash, i.picture, c.name, c.language
         FROM identity i JOIN customer c ON c.id = i.customer_id
         WHERE i.connection_id = $1 AND i.external_id = $2",
    )
    .bind(connection.get())
    .bind(external_id)
    .fetch_optional(conn)
    .await
}

/// What a channel tells about a person, cleaned.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) name: String,
    pub(super) phone: Option<String>,
    pub(super) email: Option<String>,
    pub(super) language: Option<String>,
    pub(super) login: Option<String>,
    pub(super) url: Option<String>,
    pub(super) picture: Option<String>,
    pub(super) data_hash: String,
}

pub(super) async fn insert(conn: &mut Conn, now: Time, told: &Told) -> Result<CustomerId, sqlx::Error> {
    let id: i64 = sqlx::query_scalar(
        "-- customers.insert
         INSERT INTO customer (name, phone, email, language, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING id",
    )
    .bind(&told.name)
    .bind(&told.phone)
    .bind(&told.email)
    .bind(&told.language)
    .bind(now.ms())
    .fetch_one(conn)
    .await?;
    Ok(CustomerId(id))
}

/// Ties a person of a connection to a customer. If another transaction was first, its customer is the one: returns it.
pub(super) async fn claim_identity(
    conn: &mut Conn,
    now: Time,
    connection: ConnectionId,
    external_id: &str,
    customer: CustomerId,
    told: &Told,
) -> Result<CustomerId, sqlx::Error> {
    let holder: i64 = sqlx::query_scalar(
        "-- customers.claim_identity
         INSERT INTO identity (customer_id, connection_id, external_id, login, url, data_hash, picture, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (connection_id, external_id) DO UPDATE SET external_id = excluded.external_id
         RETURNING customer_id",
    )
    .bind(customer.get())
    .bind(connection.get())
    .bind(external_id)
    .bind(&told.login)
    .bind(&told.url)
    .bind(&told.data_hash)
    .bind(&told.picture)
    .bind(now.ms())
    .fetch_one(conn)
    .await?;
    Ok(CustomerId(holder))
}

pub(super) async fn remove(conn: &mut Conn, customer: CustomerId) -> Result<(), sqlx::Error> {
    sqlx::query("-- customers.remove\n DELETE FROM customer WHERE id = $1")
        .bind(customer.get())
        .execute(conn)
        .await
        .map(drop)
}

/// Takes over what the channel tells now. A name typed by staff stays; a phone or address is only filled in.
pub(super) async fn update_told(conn: &mut Conn, customer: CustomerId, told: &Told) -> Result<(), sqlx::Error> {
    sqlx::query(
        "-- customers.update_told
         UPDATE customer SET version = version + 1,
             name = CASE WHEN name_by_staff = 1 THEN name ELSE $2 END,
             phone = COALESCE(phone, $3), email = COALESCE(email, $4), language = COALESCE($5, language)
         WHERE id = $1",
    )
    .bind(customer.get())
    .bind(&told.name)
    .bind(&told.phone)
    .bind(&told.email)
    .bind(&told.language)
    .execute(conn)
    .await
    .map(drop)
}

pub(super) async fn update_identity(
    conn: &mut Conn,
    connection: ConnectionId,
    external_id: &str,
    told: &Told,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "-- customers.update_identity
         UPDATE identity SET login = $3, url = $4, data_hash = $5, picture = $6
         WHERE connection_id = $1 AND external_id = $2",
    )
    .bind(connection.get())
    .bind(external_id)
    .bind(&told.login)
    .bind(&told.url)
    .bind(&told.data_hash)
    .bind(&told.picture)
    .execute(conn)
    .await
    .map(drop)
}

pub(super) async fn set_picture(conn: &mut Conn, customer: CustomerId, file: FileId) -> Result<(), sqlx::Error> {
    sqlx::query("-- customers.set_picture\n UPDATE customer SET picture_file_id = $2 WHERE id = $1")
        .bind(customer.get())
        .bind(file.get())
        .execute(conn)
        .await
        .map(drop)
}

/// Fills in a phone where none is known. True if it was.
pub(super) async fn fill_phone(conn: &mut Conn, customer: CustomerId, phone: &str) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "-- customers.fill_phone
         UPDATE customer SET phone = $2, version = version + 1 WHERE id = $1 AND phone IS NULL",
    )
    .bind(customer.get())
    .bind(phone)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// What staff changed; `None` leaves a field as it is, an empty text clears it.
#[derive(Debug, Default)]
pub(super) struct ByStaff<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) phone: Option<&'a str>,
    pub(super) email: Option<&'a str>,
    pub(super) note: Option<&'a str>,
}

pub(super) async fn update_by_staff(
    conn: &mut Conn,
    customer: CustomerId,
    change: &ByStaff<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "-- customers.update_by_staff
         UPDATE customer SET version = version + 1,
             name = COALESCE($2, name), name_by_staff = CASE WHEN $2 IS NULL THEN name_by_staff ELSE 1 END,
             phone = CASE WHEN $3 IS NULL THEN phone ELSE NULLIF($3, '') END,
             email = CASE WHEN $4 IS NULL THEN email ELSE NULLIF($4, '') END,
             note = COALESCE($5, note)
         WHERE id = $1",
    )
    .bind(customer.get())
    .bind(change.name)
    .bind(change.phone)
    .bind(change.email)
    .bind(change.note)
    .execute(conn)
    .await
    .map(drop)
}

#[derive(FromRow)]
struct Row {
    id: i64,
    version: i64,
    name: String,
    phone: Option<String>,
    email: Option<String>,
    language: Option<String>,
    note: String,
    created_at: i64,
    picture_id: Option<i64>,
    picture_name: Option<String>,
    lead_id: Option<i64>,
}

#[derive(FromRow)]
struct IdentityRow {
    customer_id: i64,
    connection_id: i64,
    external_id: String,
    login: Option<String>,
    url: Option<String>,
    channel: Option<String>,
}

/// Loads customers with their identities, in the order asked; unknown ids are left out.
///
/// # Errors
/// The database is away.
pub async fn load(conn: &mut Conn, ids: &[CustomerId]) -> Result<Vec<Customer>, sqlx::Error> {
    let ids: Vec<i64> = ids.iter().map(|it| it.get()).collect();
    let rows: Vec<Row> = fetch_by_ids(
        conn,
        "-- customers.load
         SELECT c.id, c.version, c.name, c.phone, c.email, c.language, c.note, c.created_at,
                f.id AS picture_id, f.name AS picture_name, l.id AS lead_id
         FROM customer c
         LEFT JOIN file f ON f.id = c.picture_file_id AND f.state = 'ready'
         LEFT JOIN lead l ON l.customer_id = c.id
         WHERE c.id IN ({ids})",
        &ids,
    )
    .await?;
    let identities: Vec<IdentityRow> = fetch_by_ids(
        conn,
        "-- customers.load_identities
         SELECT i.customer_id, i.connection_id, i.external_id, i.login, i.url, n.channel
         FROM identity i LEFT JOIN connection n ON n.id = i.connection_id
         WHERE i.customer_id IN ({ids})",
        &ids,
    )
    .await?;
    let rows = in_order_of(&ids, rows, |it| it.id);
    Ok(rows
        .into_iter()
        .map(|row| Customer {
            id: row.id.into(),
            version: row.version,
            name: row.name,
            phone: row.phone,
            email: row.email,
            language: row.language,
            picture: row.picture_id.zip(row.picture_name).map(|(id, name)| files::address(id.into(), &name)),
            note: row.note,
            created_at: Time::from_ms(row.created_at),
            identities: identities.iter().filter(|it| it.customer_id == row.id).map(identity).collect(),
            lead_id: row.lead_id.map(LeadId),
        })
        .collect())
}

fn identity(row: &IdentityRow) -> Identity {
    Identity {
        channel: row.channel.clone().unwrap_or_default(),
        connection_id: ConnectionId(row.connection_id),
        external_id: row.external_id.clone(),
        login: row.login.clone(),
        url: row.url.clone(),
    }
}

/// What a dialog of this customer is found by: names, logins, phone, address.
///
/// # Errors
/// The database is away.
pub(crate) async fn search_words(conn: &mut Conn, customer: CustomerId) -> Result<Vec<String>, sqlx::Error> {
    let own: Option<(String, Option<String>, Option<String>)> =
        sqlx::query_as("-- customers.search_words\n SELECT name, phone, email FROM customer WHERE id = $1")
            .bind(customer.get())
            .fetch_optional(&mut *conn)
            .await?;
    let logins: Vec<Option<String>> =
        sqlx::query_scalar("-- customers.logins\n SELECT login FROM identity WHERE customer_id = $1")
            .bind(customer.get())
            .fetch_all(conn)
            .await?;
    let mut words: Vec<String> = logins.into_iter().flatten().collect();
    if let Some((name, phone, email)) = own {
        words.push(name);
        words.extend(phone);
        words.extend(email);
    }
    Ok(words)
}

/// Whether a customer has a dialog that this person may see.
pub(crate) async fn is_visible(conn: &mut Conn, by: Actor, customer: CustomerId) -> Result<bool, sqlx::Error> {
    let found: Option<i64> = sqlx::query_scalar(
        "-- customers.is_visible
         SELECT d.id FROM dialog d WHERE d.customer_id = $1
           AND ($2 = 1 OR d.operator_id = $3
                OR d.line_id IN (SELECT line_id FROM line_operator WHERE operator_id = $3))
         LIMIT 1",
    )
    .bind(customer.get())
    .bind(i64::from(by.admin))
    .bind(by.operator.get())
    .fetch_optional(conn)
    .await?;
    Ok(found.is_some())
}

/// The customer's dialogs and their lines, newest first.
pub(crate) async fn dialogs_of(conn: &mut Conn, customer: CustomerId) -> Result<Vec<(DialogId, LineId)>, sqlx::Error> {
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "-- customers.dialogs_of
         SELECT id, line_id FROM dialog WHERE customer_id = $1 ORDER BY id DESC LIMIT 100",
    )
    .bind(customer.get())
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|(dialog, line)| (DialogId(dialog), LineId(line))).collect())
}
