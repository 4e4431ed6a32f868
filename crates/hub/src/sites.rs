//! Sites: the portals that this hub serves.

use openlines_base::Time;
use openlines_protocol::{Keys, LicenceKey, SiteId};
use openlines_store::Conn;
use sqlx::Row as _;
use url::Url;

use crate::error::HubError;
use crate::vault::Vault;

/// Longest address of a portal, in bytes.
const ADDRESS_MAX_BYTES: usize = 512;
/// Longest name of a site or of its software, in characters.
pub(crate) const NAME_MAX_CHARS: usize = 200;

/// A site, ready for use.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) id: SiteId,
    /// Where batches go; none until the portal said hello.
    pub(crate) address: Option<Url>,
    pub(crate) keys: Keys,
    pub(crate) is_active: bool,
}

/// A site for a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteInfo {
    /// Its number.
    pub id: SiteId,
    /// For the hub's admin.
    pub name: String,
    /// Where batches go; empty until the portal said hello.
    pub address: String,
    /// What the portal runs, in its own words.
    pub software: String,
    /// When it last said hello; zero: never.
    pub greeted_at: Time,
}

/// Reads the address of a portal: http or https, no user, no query.
pub(crate) fn parse_address(text: &str, field: &str) -> Result<Url, HubError> {
    let wrong = |text: &str| HubError::wrong(field, text);
    if text.len() > ADDRESS_MAX_BYTES {
        return Err(wrong("at most 512 bytes"));
    }
    let mut url = Url::parse(text).map_err(|_| wrong("give the whole address: https://portal.example"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(wrong("an address that begins with https:// or http://"));
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("the bare address: no user name, no ? and no #"));
    }
    // So that joining a path keeps a folder.
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

fn place(site: SiteId) -> String {
    format!("site/{site}/licence_keys")
}

/// Makes a site with one licence key.
pub(crate) async fn insert(
    conn: &mut Conn,
    vault: &Vault,
    name: &str,
    address: Option<&Url>,
    key: &LicenceKey,
    now: Time,
) -> Result<SiteId, HubError> {
    let id: i64 = sqlx::query_scalar(
        "-- hub.insert_site
         INSERT INTO site (name, address, licence_keys, state, created_at) VALUES ($1, $2, $3, 'active', $4)
         RETURNING id",
    )
    .bind(name)
    .bind(address.map_or("", Url::as_str))
    .bind(Vec::new())
    .bind(now.ms())
    .fetch_one(&mut *conn)
    .await?;
    let site = SiteId(id);
    let keys = serde_json::to_vec(&[key.text()]).map_err(|_| HubError::Damaged { what: "licence keys" })?;
    sqlx::query("-- hub.insert_site\n UPDATE site SET licence_keys = $2 WHERE id = $1")
        .bind(id)
        .bind(vault.seal(&place(site), &keys))
        .execute(conn)
        .await?;
    Ok(site)
}

/// Reads a site.
pub(crate) async fn find(conn: &mut Conn, vault: &Vault, site: SiteId) -> Result<Option<Site>, HubError> {
    let row = sqlx::query("-- hub.find_site\n SELECT address, licence_keys, state FROM site WHERE id = $1")
        .bind(site.get())
        .fetch_optional(conn)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let (address, sealed, state): (String, Vec<u8>, String) = (row.get(0), row.get(1), row.get(2));
    let damaged = |_| HubError::Damaged { what: "licence keys" };
    let texts: Vec<String> = serde_json::from_slice(&vault.open(&place(site), &sealed)?)
        .map_err(|_| HubError::Damaged { what: "licence keys" })?;
    let keys = texts.iter().map(|it| it.parse()).collect::<Result<Vec<LicenceKey>, _>>().map_err(damaged)?;
    let keys = Keys::several(&keys).map_err(|_| HubError::Damaged { what: "licence keys" })?;
    Ok(Some(Site { id: site, address: Url::parse(&address).ok(), keys, is_active: state == "active" }))
}

/// Notes a hello.
pub(crate) async fn greet(
    conn: &mut Conn,
    site: SiteId,
    address: &Url,
    software: &str,
    now: Time,
) -> Result<(), HubError> {
    sqlx::query("-- hub.greet_site\n UPDATE site SET address = $2, software = $3, greeted_at = $4 WHERE id = $1")
        .bind(site.get())
        .bind(address.as_str())
        .bind(software)
        .bind(now.ms())
        .execute(conn)
        .await?;
    Ok(())
}

/// Lists sites by rising number from the one behind `after`.
pub(crate) async fn list(conn: &mut Conn, after: SiteId, limit: i64) -> Result<Vec<SiteInfo>, HubError> {
    let rows = sqlx::query(
        "-- hub.list_sites
         SELECT id, name, address, software, greeted_at FROM site WHERE id > $1 AND state = 'active'
         ORDER BY id LIMIT $2",
    )
    .bind(after.get())
    .bind(limit)
    .fetch_all(conn)
    .await?;
    let sites = rows.iter().map(|row| SiteInfo {
        id: SiteId(row.get(0)),
        name: row.get(1),
        address: row.get(2),
        software: row.get(3),
        greeted_at: Time::from_ms(row.get(4)),
    });
    Ok(sites.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_whole_or_refused_with_a_hint() {
        for (text, expected) in [
            ("https://portal.example", Some("https://portal.example/")),
            ("http://127.0.0.1:8080/lines", Some("http://127.0.0.1:8080/lines/")),
            ("portal.example", None),
            ("ftp://portal.example", None),
            ("https://user:word@portal.example", None),
            ("https://portal.example/?a=1", None),
            ("", None),
        ] {
            let read = parse_address(text, "address");
            assert_eq!(read.as_ref().ok().map(Url::as_str), expected, "{text}");
        }
    }
}
