//! The appender: whatever waits goes into one transaction of five statements, however many events it holds.

use std::collections::{BTreeMap, HashSet};

use openlines_base::Tasks;
use openlines_protocol::{ConnectionId, SiteId};
use sqlx::postgres::PgPool;
use sqlx::{Postgres, Row as _, Transaction};
use tokio::sync::mpsc;

use super::{LINE, Waiting, line_row};
use crate::queue::text::key;
use crate::queue::{Append, Appended, Form, LineId, LineRow, QueueError};

/// Appends in one transaction.
const GROUP_MAX: usize = 512;

type Tx = Transaction<'static, Postgres>;

/// Ends when the queue is closed, after what waited then.
pub(super) async fn run(pool: PgPool, mut waiting: mpsc::Receiver<Waiting>, tasks: Tasks) {
    let mut group = Vec::new();
    loop {
        let taken = tokio::select! {
            biased;
            taken = waiting.recv_many(&mut group, GROUP_MAX) => taken,
            () = tasks.cancelled(), if !waiting.is_closed() => {
                waiting.close();
                continue;
            }
        };
        if taken == 0 {
            return;
        }
        metrics::histogram!("openlines_hub_queue_group_size").record(u32::try_from(group.len()).unwrap_or(u32::MAX));
        let (appends, replies): (Vec<_>, Vec<_>) = group.drain(..).unzip();
        match append(&pool, &appends).await {
            Ok(done) => replies.into_iter().zip(done).for_each(|(reply, it)| drop(reply.send(it))),
            // One append must not fail its neighbours: each on its own.
            Err(_) if appends.len() > 1 => {
                for (append_one, reply) in appends.iter().zip(replies) {
                    let done = append(&pool, std::slice::from_ref(append_one)).await;
                    drop(reply.send(done.and_then(|mut it| it.remove(0))));
                }
            }
            Err(cause) => replies.into_iter().for_each(|it| drop(it.send(Err(cause.clone())))),
        }
    }
}

async fn append(pool: &PgPool, group: &[Append]) -> Result<Vec<Result<Appended, QueueError>>, QueueError> {
    let mut tx = pool.begin().await?;
    let mut lines = lock_lines(&mut tx, group).await?;
    let fresh = insert_keys(&mut tx, group, &lines).await?;

    let mut rows = Rows::default();
    let mut changed = BTreeMap::new();
    let mut done = Vec::with_capacity(group.len());
    for (n, append) in group.iter().enumerate() {
        let Some(row) = lines.get_mut(&append.line).filter(|it| !it.is_closed) else {
            done.push(Err(QueueError::Closed));
            continue;
        };
        let mut seqs = Vec::with_capacity(append.events.len());
        for (m, event) in append.events.iter().enumerate() {
            if !fresh.contains(&(n, m)) {
                seqs.push(None);
                continue;
            }
            seqs.push(Some(row.next_seq));
            rows.push(append.line, row.next_seq, event.at.ms(), append.now.ms(), &event.body);
            row.next_seq += 1;
            row.pending += 1;
            row.is_quiet = false;
            *changed.entry(append.line).or_insert(0_i64) += 1;
        }
        done.push(Ok(Appended { seqs, line: *row }));
    }
    if !changed.is_empty() {
        rows.insert(&mut tx).await?;
        raise_lines(&mut tx, &changed).await?;
    }
    tx.commit().await?;
    Ok(done)
}

/// Locks the lines in one order everywhere, so that two nodes never wait for each other in a circle.
async fn lock_lines(tx: &mut Tx, group: &[Append]) -> Result<BTreeMap<LineId, LineRow>, QueueError> {
    let mut wanted: Vec<_> = group.iter().map(|it| it.line).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let (sites, connections) = columns(&wanted);
    let mut found = BTreeMap::new();
    for is_first in [true, false] {
        let select = format!(
            "-- queue.lock_lines
             SELECT {LINE} FROM queue_line
             WHERE (site, connection) IN (SELECT * FROM UNNEST($1::BIGINT[], $2::BIGINT[]))
             ORDER BY site, connection FOR UPDATE"
        );
        let rows =
            sqlx::query(sqlx::AssertSqlSafe(select)).bind(&sites).bind(&connections).fetch_all(&mut **tx).await?;
        found = rows.iter().map(line_row).map(|it| (it.line, it)).collect();
        if found.len() == wanted.len() || !is_first {
            break;
        }
        sqlx::query(
            "-- queue.make_lines
             INSERT INTO queue_line (site, connection) SELECT * FROM UNNEST($1::BIGINT[], $2::BIGINT[])
             ON CONFLICT DO NOTHING",
        )
        .bind(&sites)
        .bind(&connections)
        .execute(&mut **tx)
        .await?;
    }
    Ok(found)
}

fn columns(lines: &[LineId]) -> (Vec<i64>, Vec<i64>) {
    lines.iter().map(|it| (it.site.get(), it.connection.get())).unzip()
}

/// Writes the dedupe keys; gives the places (append, event) of those that were not there.
async fn insert_keys(
    tx: &mut Tx,
    group: &[Append],
    lines: &BTreeMap<LineId, LineRow>,
) -> Result<HashSet<(usize, usize)>, QueueError> {
    let mut first: BTreeMap<(LineId, String), (usize, usize)> = BTreeMap::new();
    let mut at = Vec::new();
    for (n, append) in group.iter().enumerate() {
        if lines.get(&append.line).is_some_and(|it| !it.is_closed) {
            for (m, event) in append.events.iter().enumerate() {
                first.entry((append.line, key(&event.external_id))).or_insert((n, m));
            }
        }
    }
    if first.is_empty() {
        return Ok(HashSet::new());
    }
    let keys: Vec<_> = first.keys().map(|it| it.1.clone()).collect();
    let lines: Vec<_> = first.keys().map(|it| it.0).collect();
    at.extend(first.values().map(|(n, _)| group[*n].now.ms()));
    let (sites, connections) = columns(&lines);
    let inserted = sqlx::query(
        "-- queue.insert_keys
         INSERT INTO queue_dedupe (site, connection, external_id, at)
         SELECT * FROM UNNEST($1::BIGINT[], $2::BIGINT[], $3::TEXT[], $4::BIGINT[])
         ON CONFLICT (site, connection, external_id) DO NOTHING
         RETURNING site, connection, external_id",
    )
    .bind(sites)
    .bind(connections)
    .bind(keys)
    .bind(at)
    .fetch_all(&mut **tx)
    .await?;
    let places = inserted.iter().filter_map(|row| {
        let line = LineId { site: SiteId(row.get(0)), connection: ConnectionId(row.get(1)) };
        first.get(&(line, row.get(2))).copied()
    });
    Ok(places.collect())
}

/// Columns of the events to insert.
#[derive(Default)]
struct Rows<'a> {
    lines: Vec<LineId>,
    seqs: Vec<i64>,
    at: Vec<i64>,
    stored_at: Vec<i64>,
    bodies: Vec<&'a [u8]>,
}

impl<'a> Rows<'a> {
    fn push(&mut self, line: LineId, seq: i64, at: i64, stored_at: i64, body: &'a [u8]) {
        self.lines.push(line);
        self.seqs.push(seq);
        self.at.push(at);
        self.stored_at.push(stored_at);
        self.bodies.push(body);
    }

    async fn insert(self, tx: &mut Tx) -> Result<(), QueueError> {
        let (sites, connections) = columns(&self.lines);
        sqlx::query(
            "-- queue.insert_events
             INSERT INTO queue_event (site, connection, seq, at, stored_at, form, body)
             SELECT site, connection, seq, at, stored_at, $7, body FROM
                 UNNEST($1::BIGINT[], $2::BIGINT[], $3::BIGINT[], $4::BIGINT[], $5::BIGINT[], $6::BYTEA[])
                 AS new (site, connection, seq, at, stored_at, body)",
        )
        .bind(sites)
        .bind(connections)
        .bind(self.seqs)
        .bind(self.at)
        .bind(self.stored_at)
        .bind(self.bodies)
        .bind(Form::Event as i64)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}

async fn raise_lines(tx: &mut Tx, changed: &BTreeMap<LineId, i64>) -> Result<(), QueueError> {
    let lines: Vec<_> = changed.keys().copied().collect();
    let (sites, connections) = columns(&lines);
    let counts: Vec<i64> = changed.values().copied().collect();
    sqlx::query(
        "-- queue.raise_lines
         UPDATE queue_line SET next_seq = next_seq + new.count, pending = pending + new.count, quiet = 0
         FROM UNNEST($1::BIGINT[], $2::BIGINT[], $3::BIGINT[]) AS new (site, connection, count)
         WHERE queue_line.site = new.site AND queue_line.connection = new.connection",
    )
    .bind(sites)
    .bind(connections)
    .bind(counts)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
