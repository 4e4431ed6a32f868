//! Where the hub is, which site we are to it, and the key that we share. One row; the key is sealed at rest.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use openlines_base::{Fault, Kind, Rng, Secret, Time};
use openlines_protocol::{Keys, LicenceKey, OpenError, Opened, ReplayGuard, SiteId};
use openlines_store::{Conn, Db, StoreError};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use tokio::sync::Notify;
use url::Url;

/// What is sealed names its use, so that no sealed value can be put in another's place.
const SEALED_FOR: &[u8] = b"openlines/portal/hub_link";

/// The link to the hub, kept in memory once it was read. Clones share it.
#[derive(Clone, Default)]
pub struct HubLink {
    now: Arc<RwLock<Option<Arc<Linked>>>>,
    /// Letters that came lately: none is taken twice.
    replays: Arc<Mutex<ReplayGuard>>,
    /// Rung when the link changed.
    pub(super) changed: Arc<Notify>,
}

/// A link ready for use.
pub(super) struct Linked {
    pub(super) url: Url,
    pub(super) site: SiteId,
    pub(super) keys: Keys,
}

impl fmt::Debug for HubLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.get() {
            Some(linked) => write!(f, "HubLink(site {} at {})", linked.site, linked.url),
            None => f.write_str("HubLink(none)"),
        }
    }
}

/// Why there is no link.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The stored key does not open with this machine's master key.
    #[error("the stored licence key cannot be opened: the master key file is not the one that it was sealed with")]
    WrongMasterKey,
    /// The stored row makes no sense.
    #[error("the stored link to the hub cannot be read: {0}")]
    Damaged(&'static str),
    /// The database.
    #[error("the database did not do it")]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for LinkError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Store(cause.into())
    }
}

impl Fault for LinkError {
    fn kind(&self) -> Kind {
        match self {
            Self::Store(cause) => cause.kind(),
            Self::WrongMasterKey | Self::Damaged(_) => Kind::Bug,
        }
    }
}

impl HubLink {
    /// The link, if there is one.
    pub(super) fn get(&self) -> Option<Arc<Linked>> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes note of an opened letter; refuses one that came before.
    pub(super) fn admit(&self, opened: &Opened, now: Time) -> Result<(), OpenError> {
        self.replays.lock().unwrap_or_else(PoisonError::into_inner).admit(opened, now)
    }

    fn set(&self, linked: Option<Linked>) {
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = linked.map(Arc::new);
        self.changed.notify_one();
    }

    /// Reads the stored link. True if there is one.
    ///
    /// # Errors
    /// See [`LinkError`].
    pub async fn load(&self, db: &Db, master_key: &Secret<[u8; 32]>) -> Result<bool, LinkError> {
        let mut read = db.read().await?;
        let row: Option<(String, i64, Vec<u8>)> =
            sqlx::query_as("-- link.load\n SELECT url, site_id, licence_key FROM hub_link WHERE id = 1")
                .fetch_optional(&mut *read)
                .await?;
        drop(read);
        let Some((url, site, sealed)) = row else { return Ok(false) };
        let text = open(master_key, &sealed).ok_or(LinkError::WrongMasterKey)?;
        let url = Url::parse(&url).map_err(|_| LinkError::Damaged("its address"))?;
        self.set(Some(Linked { url, site: SiteId(site), keys: read_keys(&text)? }));
        Ok(true)
    }

    /// Notes that the hub has another address now. False if there is no link.
    ///
    /// # Errors
    /// See [`LinkError`].
    pub async fn relocate(&self, db: &Db, master_key: &Secret<[u8; 32]>, url: &Url) -> Result<bool, LinkError> {
        let mut tx = db.tx("relocate_hub").await?;
        sqlx::query("-- link.relocate\n UPDATE hub_link SET url = $1 WHERE id = 1")
            .bind(url.as_str())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        self.load(db, master_key).await
    }

    /// Stores a link and uses it from now on. `licence_keys` is one key, or several while they are changed: the first
    /// seals, all open.
    ///
    /// # Errors
    /// See [`LinkError`].
    pub async fn save(
        &self,
        db: &Db,
        master_key: &Secret<[u8; 32]>,
        rng: &dyn Rng,
        now: Time,
        link: &NewLink,
    ) -> Result<(), LinkError> {
        let texts: Vec<String> = link.licence_keys.iter().map(|it| it.text().expose().clone()).collect();
        let keys = Keys::several(&link.licence_keys).map_err(|_| LinkError::Damaged("the number of its keys"))?;
        let sealed = seal(master_key, rng, texts.join("\n").into_bytes());
        let mut tx = db.tx("save_link").await?;
        write(&mut tx, now, link, sealed).await?;
        tx.commit().await?;
        self.set(Some(Linked { url: link.url.clone(), site: link.site, keys }));
        Ok(())
    }
}

/// A link to be stored.
#[derive(Debug, Clone)]
pub struct NewLink {
    /// Where the hub is.
    pub url: Url,
    /// Our number there.
    pub site: SiteId,
    /// The keys that we share, the one that seals first.
    pub licence_keys: Vec<LicenceKey>,
}

async fn write(conn: &mut Conn, now: Time, link: &NewLink, sealed: Vec<u8>) -> Result<(), sqlx::Error> {
    sqlx::query(
        "-- link.save
         INSERT INTO hub_link (id, url, site_id, licence_key, changed_at) VALUES (1, $1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET url = excluded.url, site_id = excluded.site_id,
             licence_key = excluded.licence_key, changed_at = excluded.changed_at",
    )
    .bind(link.url.as_str())
    .bind(link.site.get())
    .bind(sealed)
    .bind(now.ms())
    .execute(conn)
    .await
    .map(drop)
}

fn read_keys(text: &[u8]) -> Result<Keys, LinkError> {
    let damaged = LinkError::Damaged("its licence key");
    let Ok(text) = std::str::from_utf8(text) else { return Err(damaged) };
    let keys: Result<Vec<LicenceKey>, _> = text.lines().map(str::parse).collect();
    keys.ok().and_then(|it| Keys::several(&it).ok()).ok_or(damaged)
}

fn key(master_key: &Secret<[u8; 32]>) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, master_key.expose()).expect("32 bytes are a key of AES-256"))
}

/// Nonce, then ciphertext with its tag.
fn seal(master_key: &Secret<[u8; 32]>, rng: &dyn Rng, mut plain: Vec<u8>) -> Vec<u8> {
    let mut nonce = [0; NONCE_LEN];
    rng.fill(&mut nonce);
    key(master_key)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(SEALED_FOR), &mut plain)
        .expect("a key is far below the limit of AES-GCM");
    let mut sealed = nonce.to_vec();
    sealed.append(&mut plain);
    sealed
}

fn open(master_key: &Secret<[u8; 32]>, sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, text) = sealed.split_at_checked(NONCE_LEN)?;
    let (nonce, mut text) = (nonce.try_into().ok()?, text.to_vec());
    let nonce = Nonce::assume_unique_for_key(nonce);
    let plain = key(master_key).open_in_place(nonce, Aad::from(SEALED_FOR), &mut text).ok()?.len();
    text.truncate(plain);
    Some(text)
}

#[cfg(test)]
mod tests {
    use openlines_base::SystemRng;

    use super::*;
    use crate::test::Office;

    #[tokio::test]
    async fn a_link_is_read_back_and_only_with_its_master_key() {
        for office in Office::on_each_engine().await {
            let parts = &office.parts;
            let link = HubLink::default();
            assert!(!link.load(&parts.db, &parts.master_key).await.unwrap());
            let new = NewLink {
                url: "http://hub.test/".parse().unwrap(),
                site: SiteId(7),
                licence_keys: vec![LicenceKey::generate(&SystemRng), LicenceKey::generate(&SystemRng)],
            };
            link.save(&parts.db, &parts.master_key, &SystemRng, Time::from_s(1), &new).await.unwrap();
            let again = HubLink::default();
            assert!(again.load(&parts.db, &parts.master_key).await.unwrap());
            let ids: Vec<String> = again.get().unwrap().keys.ids().map(str::to_owned).collect();
            assert_eq!(ids, new.licence_keys.iter().map(LicenceKey::id).collect::<Vec<_>>());
            let wrong = HubLink::default().load(&parts.db, &Secret::new([8; 32])).await;
            assert!(matches!(wrong, Err(LinkError::WrongMasterKey)));
        }
    }

    #[test]
    fn a_cut_or_changed_seal_does_not_open() {
        let master = Secret::new([7; 32]);
        let sealed = seal(&master, &SystemRng, b"secret".to_vec());
        assert_eq!(open(&master, &sealed).as_deref(), Some(&b"secret"[..]));
        for end in 0..sealed.len() {
            assert_eq!(open(&master, &sealed[..end]), None);
        }
        let mut changed = sealed;
        changed[NONCE_LEN] ^= 1;
        assert_eq!(open(&master, &changed), None);
    }
}
