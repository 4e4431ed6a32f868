//! The use cases of connections: save, test, remove, list.

use std::collections::BTreeMap;
use std::sync::Arc;

use openlines_base::{Clock, Rng, Secret, Time};
use openlines_connectors::{AttachError, Attached, Connector, Health as Found, Inbound, Net, Refusal};
use openlines_protocol::{
    Account, Body, ConnectionId, ConnectionInfo, ConnectionState, SaveSettings, SiteId, StageState, TestConnect,
    TestReport, TestStage, UsedBy,
};
use openlines_store::Db;

use super::store::{self, Announcement, Record};
use super::{States, fields};
use crate::accept::Ingest;
use crate::deliver::{Dispatcher, Probe};
use crate::directory::{Directory, Entry};
use crate::error::HubError;
use crate::files::Files;
use crate::outgoing::Outbox;
use crate::poll::Pollers;
use crate::sites::NAME_MAX_CHARS;
use crate::vault::Vault;

/// Bytes of chance in a hash: 43 characters.
const HASH_BYTES: usize = 32;
/// Connections of one site, drafts not counted.
const CONNECTIONS_MAX: usize = 1000;
/// Tries of the transaction that makes a connection the one of its account, when another portal does it too.
const DISPLACE_TRIES: usize = 5;

/// See the module. Clones share it.
#[derive(Clone)]
pub(crate) struct Connections(Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) db: Db,
    pub(crate) vault: Arc<Vault>,
    pub(crate) directory: Arc<Directory>,
    pub(crate) dispatcher: Dispatcher,
    pub(crate) states: States,
    pub(crate) pollers: Pollers,
    pub(crate) outbox: Outbox,
    pub(crate) ingest: Ingest,
    pub(crate) files: Files,
    pub(crate) net: Arc<dyn Net>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
}

impl Connections {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Makes a connection or changes one: checks the settings, asks the channel, then makes it the one of its account.
    pub(crate) async fn save(&self, site: SiteId, params: SaveSettings) -> Result<ConnectionInfo, HubError> {
        if params.line.is_empty() || params.line.chars().count() > NAME_MAX_CHARS {
            return Err(HubError::wrong("line", "the portal's line, 1 to 200 characters"));
        }
        let connector = self.connector(&params.channel)?;
        let old = match params.connection {
            Some(id) => Some(self.own(site, id, "connection").await?),
            None => None,
        };
        if let Some(old) = &old
            && old.record.channel != params.channel
        {
            return Err(HubError::wrong("channel", "a connection keeps its channel; make a new one for another"));
        }
        let kept = old.as_ref().map(|it| it.connection.settings.clone()).unwrap_or_default();
        let settings = fields::check(connector.about(), kept, params.settings)?;
        let (record, is_new) = match &old {
            Some(old) => (old.record.clone(), false),
            None => (self.draft(site, &params.channel, &params.line).await?, true),
        };
        let draft = record.id;
        let saved = self.attach(connector, record, &params.line, settings, params.take_over).await;
        if saved.is_err() && is_new {
            let mut tx = self.0.db.tx("delete_draft").await?;
            store::delete_draft(&mut tx, draft).await?;
            tx.commit().await?;
            self.0.directory.forget(draft);
        }
        let (id, attached) = saved?;
        if let Some(old) = old.filter(|it| it.record.identity != attached.identity && it.takes_events()) {
            // Another account in the same connection: the former one is let go.
            self.detach(connector, &old).await;
        }
        match attached.inbound {
            Inbound::Polling => self.0.pollers.restart(id),
            Inbound::Webhook => self.0.pollers.stop(id),
        }
        self.0.outbox.wake_connection(id).await?;
        let entry = self.own(site, id, "connection").await?;
        self.info(&entry.record).await
    }

    fn connector(&self, channel: &str) -> Result<&'static dyn Connector, HubError> {
        self.0.directory.connector(channel).ok_or_else(|| {
            let known: Vec<_> = self.0.directory.connectors().iter().map(|it| it.about().code).collect();
            HubError::wrong("channel", format!("this hub has the channels {}", known.join(", ")))
        })
    }

    /// A connection of this site that is not removed.
    async fn own(&self, site: SiteId, id: ConnectionId, field: &str) -> Result<Arc<Entry>, HubError> {
        let entry = self.0.directory.connection(id).await?;
        let is_own = |it: &Arc<Entry>| {
            it.record.site == site && !matches!(it.record.state, ConnectionState::Draft | ConnectionState::Removed)
        };
        entry.filter(is_own).ok_or_else(|| HubError::NoSuchConnection { field: field.to_owned() })
    }

    async fn draft(&self, site: SiteId, channel: &str, line: &str) -> Result<Record, HubError> {
        let hash = self.0.rng.token(HASH_BYTES);
        let mut tx = self.0.db.tx("make_draft").await?;
        if store::of_site(&mut tx, site).await?.len() >= CONNECTIONS_MAX {
            return Err(HubError::wrong("connection", "this site has 1000 connections; remove some that are not used"));
        }
        let id = store::insert_draft(&mut tx, site, channel, line, &hash, self.0.clock.now()).await?;
        let record = store::find(&mut tx, id).await?.ok_or(HubError::Damaged { what: "draft" })?;
        tx.commit().await?;
        Ok(record)
    }

    /// Asks the channel, then writes all of it in one transaction.
    async fn attach(
        &self,
        connector: &dyn Connector,
        record: Record,
        line: &str,
        settings: BTreeMap<String, Secret<String>>,
        take_over: bool,
    ) -> Result<(ConnectionId, Attached), HubError> {
        // Its line is closed for good; the account comes back as a new connection.
        if record.state == ConnectionState::Displaced {
            return Err(HubError::Displaced { field: "connection".to_owned() });
        }
        let mut entry = self.0.directory.entry(record, settings)?;
        entry.connection.fresh_secret = Secret::new(self.0.rng.token(HASH_BYTES));
        entry.connection.take_over = take_over;
        let attached = connector.attach(&*self.0.net, &entry.connection).await.map_err(attach_error)?;
        let mut tries = 0;
        let (id, displaced) = loop {
            tries += 1;
            match self.activate(&entry, line, &attached).await {
                // Another portal connected the same account in the same moment: the later of both wins.
                Err(HubError::Sql(sqlx::Error::Database(cause)))
                    if cause.is_unique_violation() && tries < DISPLACE_TRIES => {}
                done => break done?,
            }
        };
        self.0.states.changed(id);
        for old in displaced {
            tracing::info!(connection.id = %old.id, by = %id, "Connection displaced");
            metrics::counter!("openlines_hub_displaced_total").increment(1);
            self.0.pollers.stop(old.id);
            self.0.states.changed(old.id);
        }
        Ok((id, attached))
    }

    /// The connection becomes the one of its account; older ones are displaced and their portals told. A draft of an
    /// account that this line has already becomes that connection: a portal may ask twice.
    async fn activate(
        &self,
        entry: &Entry,
        line: &str,
        attached: &Attached,
    ) -> Result<(ConnectionId, Vec<Record>), HubError> {
        let (mut id, site) = (entry.record.id, entry.record.site);
        let now = self.0.clock.now();
        let mut tx = self.0.db.tx("activate_connection").await?;
        if entry.record.state == ConnectionState::Draft
            && let Some(same) = store::find_same(&mut tx, site, line, &attached.identity).await?
        {
            store::delete_draft(&mut tx, id).await?;
            store::set_hash(&mut tx, same.id, &entry.record.hash).await?;
            id = same.id;
        }
        let displaced = store::displace_others(&mut tx, &attached.identity, id, now).await?;
        for old in &displaced {
            store::erase(&mut tx, old.id).await?;
            let by_same_site = old.site == site;
            let taken_by_line = by_same_site.then(|| line.to_owned());
            let body = Body::Deactivated { by_same_site, taken_by_line };
            store::announce(&mut tx, &self.last_word(old, Some(body), now)).await?;
        }
        store::save_settings(&mut tx, &self.0.vault, id, &entry.connection.settings).await?;
        if !store::activate(&mut tx, &self.0.vault, id, line, attached, now).await? {
            return Err(HubError::NoSuchConnection { field: "connection".to_owned() });
        }
        tx.commit().await?;
        self.0.directory.forget(entry.record.id);
        Ok((id, displaced))
    }

    fn last_word(&self, record: &Record, body: Option<Body>, now: Time) -> Announcement {
        Announcement {
            id: 0,
            site: record.site,
            connection: record.id,
            closes: true,
            external_id: self.0.states.event_id("last"),
            occurred_at: now,
            body,
        }
    }

    /// Removes a connection and all of its data; the channel is told if it can be.
    pub(crate) async fn remove(&self, site: SiteId, id: ConnectionId) -> Result<(), HubError> {
        let entry = self.own(site, id, "connection").await?;
        self.0.pollers.stop(id);
        // A displaced one is not let go: that would cut off whoever has the account now.
        if let Some(connector) = entry.connector.filter(|_| entry.takes_events()) {
            self.detach(connector, &entry).await;
        }
        let now = self.0.clock.now();
        let mut tx = self.0.db.tx("remove_connection").await?;
        store::remove(&mut tx, id, now).await?;
        store::announce(&mut tx, &self.last_word(&entry.record, None, now)).await?;
        tx.commit().await?;
        self.0.states.changed(id);
        Ok(())
    }

    async fn detach(&self, connector: &dyn Connector, entry: &Entry) {
        if let Err(refusal) = connector.detach(&*self.0.net, &entry.connection).await {
            tracing::info!(connection.id = %entry.record.id, refusal = %refusal, "The channel did not let go");
        }
    }

    /// All connections of a site, or one of them.
    pub(crate) async fn list(&self, site: SiteId, only: Option<ConnectionId>) -> Result<Vec<ConnectionInfo>, HubError> {
        let mut read = self.0.db.read().await?;
        let mut records = store::of_site(&mut read, site).await?;
        drop(read);
        if let Some(only) = only {
            records.retain(|it| it.id == only);
            if records.is_empty() {
                return Err(HubError::NoSuchConnection { field: "connection".to_owned() });
            }
        }
        let mut infos = Vec::with_capacity(records.len());
        for record in &records {
            infos.push(self.info(record).await?);
        }
        Ok(infos)
    }

    async fn info(&self, record: &Record) -> Result<ConnectionInfo, HubError> {
        let filled = |text: &str| Some(text.to_owned()).filter(|it| !it.is_empty());
        let picture = match filled(&record.picture) {
            Some(reference) => Some(self.0.files.sign(record.id, &reference).await?),
            None => None,
        };
        let last = self.0.ingest.touched_at(record.id).unwrap_or(record.last_event_at);
        Ok(ConnectionInfo {
            id: record.id,
            channel: record.channel.clone(),
            line: record.line.clone(),
            title: record.title.clone(),
            url: filled(&record.url),
            picture,
            state: record.state,
            reason: filled(&record.reason),
            inbound: record.inbound.map(|it| store::inbound_word(it).to_owned()),
            last_event_at: Some(last).filter(|it| *it > Time::default()),
        })
    }

    /// Tries everything that a connection needs: the messenger, the way in, the way to the portal and back.
    pub(crate) async fn test(&self, site: SiteId, params: TestConnect) -> Result<TestReport, HubError> {
        let mut report = match (params.connection, params.channel) {
            (Some(id), _) => self.test_saved(site, id).await?,
            (None, Some(channel)) => self.test_unsaved(site, channel, params.settings).await?,
            (None, None) => {
                return Err(HubError::wrong("connection", "give `connection`, or `channel` and `settings`"));
            }
        };
        report.stages.push(match self.0.dispatcher.probe(site).await {
            Probe::Awake { took_ms } => stage("portal", StageState::Ok, "", took_ms),
            Probe::Asleep(text) => stage("portal", StageState::Failed, &text, 0),
        });
        Ok(report)
    }

    async fn test_saved(&self, site: SiteId, id: ConnectionId) -> Result<TestReport, HubError> {
        let entry = self.own(site, id, "connection").await?;
        if entry.record.state == ConnectionState::Displaced {
            return Err(HubError::Displaced { field: "connection".to_owned() });
        }
        let connector = self.connector(&entry.record.channel)?;
        let began_at = self.0.clock.now();
        let checked = connector.check(&*self.0.net, &entry.connection).await;
        let took_ms = self.since_ms(began_at);
        let stages = match checked {
            Err(refusal) => failed_stages(&refusal, took_ms),
            Ok(health) => {
                let inbound = match health {
                    Found::Good => (StageState::Ok, entry.record.inbound.map_or("", store::inbound_word).to_owned()),
                    Found::Complains(text) | Found::Taken(text) => (StageState::Failed, text),
                };
                vec![
                    stage("messenger", StageState::Ok, &entry.record.title, took_ms),
                    stage("inbound", inbound.0, &inbound.1, 0),
                ]
            }
        };
        Ok(TestReport { stages, account: None, used_by: None })
    }

    /// Settings before they are saved: whose they are, and who would lose the account. Changes nothing.
    async fn test_unsaved(
        &self,
        site: SiteId,
        channel: String,
        settings: BTreeMap<String, Secret<String>>,
    ) -> Result<TestReport, HubError> {
        let connector = self.connector(&channel)?;
        let settings = fields::check(connector.about(), BTreeMap::new(), settings)?;
        let entry = self.0.directory.entry(unsaved(site, channel), settings)?;
        let began_at = self.0.clock.now();
        let account = match connector.account(&*self.0.net, &entry.connection).await {
            Ok(account) => account,
            Err(AttachError::Refused(refusal)) => {
                let stages = failed_stages(&refusal, self.since_ms(began_at));
                return Ok(TestReport { stages, account: None, used_by: None });
            }
            Err(cause) => return Err(attach_error(cause)),
        };
        let mut read = self.0.db.read().await?;
        let holder = store::find_living(&mut read, &account.identity).await?;
        drop(read);
        let used_by = match (holder, account.used_by) {
            (Some(holder), _) if holder.site == site => Some(UsedBy::Line(holder.line)),
            (Some(_), _) => Some(UsedBy::Portal),
            (None, host) => host.map(UsedBy::Host),
        };
        let stages = vec![
            stage("messenger", StageState::Ok, &account.title, self.since_ms(began_at)),
            stage("inbound", StageState::Skipped, "known once it is saved", 0),
        ];
        let account = Some(Account { title: account.title, url: account.url });
        Ok(TestReport { stages, account, used_by })
    }

    fn since_ms(&self, began_at: Time) -> u64 {
        u64::try_from(self.0.clock.now().since(began_at).as_millis()).unwrap_or(0)
    }
}

fn failed_stages(refusal: &Refusal, took_ms: u64) -> Vec<TestStage> {
    vec![stage("messenger", StageState::Failed, &words(refusal), took_ms), stage("inbound", StageState::Skipped, "", 0)]
}

fn stage(name: &str, state: StageState, text: &str, took_ms: u64) -> TestStage {
    TestStage { name: name.to_owned(), state, text: text.to_owned(), took_ms }
}

/// A connection that stands nowhere, for a test of settings.
fn unsaved(site: SiteId, channel: String) -> Record {
    Record {
        id: ConnectionId(0),
        site,
        channel,
        line: String::new(),
        hash: String::new(),
        identity: String::new(),
        state: ConnectionState::Draft,
        reason: String::new(),
        title: String::new(),
        url: String::new(),
        picture: String::new(),
        inbound: None,
        memory: None,
        poll_cursor: String::new(),
        last_event_at: Time::default(),
    }
}

fn attach_error(cause: AttachError) -> HubError {
    match cause {
        AttachError::Field { name, text } => HubError::wrong(format!("settings.{name}"), text.en),
        AttachError::Confirm { used_by } => HubError::InUse { used_by },
        AttachError::Refused(refusal) => {
            let is_passing = matches!(refusal, Refusal::Later { .. });
            HubError::Refused { text: words(&refusal), is_passing }
        }
    }
}

/// The channel's own words.
pub(super) fn words(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Later { text, .. } | Refusal::Never { text, .. } | Refusal::Revoked { text } => text.clone(),
    }
}
