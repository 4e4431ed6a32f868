//! All but appending. What a decision rests on is locked first (`FOR UPDATE` on the line).

use openlines_base::Time;
use openlines_protocol::ConnectionId;
use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Postgres, Row as _, Transaction};

use super::{LINE, line_row};
use crate::deliver::Lock;
use crate::queue::text::{Told, key};
use crate::queue::{
    ATTEMPTS_KEPT, Attempt, DEDUPE_KEPT, DROPPED_KEPT, Drop, DroppedRange, Form, LineId, LineRow, NewEvent, QueueError,
    Queued, ReadLimit, SWEEP_ROWS, Settle, Stats,
};

type Tx = Transaction<'static, Postgres>;
type Result<T> = std::result::Result<T, QueueError>;

pub(super) async fn read(pool: &PgPool, line: LineId, after: i64, limit: ReadLimit) -> Result<Vec<Queued>> {
    let rows = sqlx::query(
        "-- queue.read
         SELECT seq, stored_at, body FROM queue_event
         WHERE site = $1 AND connection = $2
             AND seq > GREATEST($3, (SELECT floor FROM queue_line WHERE site = $1 AND connection = $2))
         ORDER BY seq LIMIT $4",
    )
    .bind(line.site.get())
    .bind(line.connection.get())
    .bind(after)
    .bind(i64::try_from(limit.events).unwrap_or(i64::MAX))
    .fetch_all(pool)
    .await?;
    let (mut all, mut bytes) = (Vec::with_capacity(rows.len()), 0);
    for row in rows {
        let body: Vec<u8> = row.get(2);
        bytes += body.len();
        if !all.is_empty() && bytes > limit.bytes {
            break;
        }
        all.push(Queued { seq: row.get(0), stored_at: Time::from_ms(row.get(1)), body: body.into() });
    }
    Ok(all)
}

pub(super) async fn line(pool: &PgPool, line: LineId) -> Result<Option<LineRow>> {
    let select = format!("-- queue.line\n SELECT {LINE} FROM queue_line WHERE site = $1 AND connection = $2");
    let row = sqlx::query(AssertSqlSafe(select))
        .bind(line.site.get())
        .bind(line.connection.get())
        .fetch_optional(pool)
        .await?;
    Ok(row.as_ref().map(line_row))
}

pub(super) async fn lines(pool: &PgPool, after: ConnectionId, limit: i64) -> Result<Vec<LineRow>> {
    let select = format!(
        "-- queue.lines
         SELECT {LINE} FROM queue_line WHERE pending > 0 AND connection > $1 ORDER BY connection LIMIT $2"
    );
    let rows = sqlx::query(AssertSqlSafe(select)).bind(after.get()).bind(limit).fetch_all(pool).await?;
    Ok(rows.iter().map(line_row).collect())
}

pub(super) async fn begin_try(pool: &PgPool, line: LineId, epoch: i64, lock: Lock) -> Result<Option<i64>> {
    let epoch = sqlx::query_scalar(
        "-- queue.begin_try
         UPDATE queue_line SET epoch = epoch + 1, attempt = $4, first_failed_at = $5, locked_until = $6, quiet = 0
         WHERE site = $1 AND connection = $2 AND epoch = $3 RETURNING epoch",
    )
    .bind(line.site.get())
    .bind(line.connection.get())
    .bind(epoch)
    .bind(i64::from(lock.attempt))
    .bind(lock.first_failed_at.ms())
    .bind(lock.locked_until.ms())
    .fetch_optional(pool)
    .await?;
    Ok(epoch)
}

pub(super) async fn settle(pool: &PgPool, settle: &Settle) -> Result<bool> {
    // One round trip. The lower bound is the batch's first number, which is the floor plus one while the epoch holds:
    // an open one would walk index entries of all that was deleted before.
    let attempt = &settle.attempt;
    let done = sqlx::query(
        "-- queue.settle
         WITH held AS (
             UPDATE queue_line SET floor = $5, pending = pending - ($5 - floor), attempt = 0, first_failed_at = 0,
                 locked_until = 0
             WHERE site = $1 AND connection = $2 AND epoch = $3 AND floor < $5 AND next_seq > $5
             RETURNING site, connection, epoch
         ), gone AS (
             DELETE FROM queue_event WHERE site = $1 AND connection = $2 AND seq BETWEEN $4 AND $5
                 AND EXISTS (SELECT 1 FROM held)
         )
         INSERT INTO queue_attempt (site, connection, slot, epoch, at, first_seq, last_seq, code, took_ms, outcome,
             answer)
         SELECT site, connection, epoch % $6, epoch, $7, $4, $8, $9, $10, $11, $12 FROM held
         ON CONFLICT (site, connection, slot) DO UPDATE SET epoch = EXCLUDED.epoch, at = EXCLUDED.at,
             first_seq = EXCLUDED.first_seq, last_seq = EXCLUDED.last_seq, code = EXCLUDED.code,
             took_ms = EXCLUDED.took_ms, outcome = EXCLUDED.outcome, answer = EXCLUDED.answer",
    )
    .bind(settle.line.site.get())
    .bind(settle.line.connection.get())
    .bind(settle.epoch)
    .bind(attempt.first_seq)
    .bind(settle.upto)
    .bind(ATTEMPTS_KEPT)
    .bind(attempt.at.ms())
    .bind(attempt.last_seq)
    .bind(i64::from(attempt.code))
    .bind(attempt.took_ms)
    .bind(&attempt.outcome)
    .bind(storable(&attempt.answer))
    .execute(pool)
    .await?;
    Ok(done.rows_affected() > 0)
}

pub(super) async fn note(pool: &PgPool, line: LineId, epoch: i64, attempt: &Attempt) -> Result<()> {
    sqlx::query(
        "-- queue.note
         INSERT INTO queue_attempt (site, connection, slot, epoch, at, first_seq, last_seq, code, took_ms, outcome,
             answer)
         VALUES ($1, $2, $3::BIGINT % $4, $3, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (site, connection, slot) DO UPDATE SET epoch = EXCLUDED.epoch, at = EXCLUDED.at,
             first_seq = EXCLUDED.first_seq, last_seq = EXCLUDED.last_seq, code = EXCLUDED.code,
             took_ms = EXCLUDED.took_ms, outcome = EXCLUDED.outcome, answer = EXCLUDED.answer",
    )
    .bind(line.site.get())
    .bind(line.connection.get())
    .bind(epoch)
    .bind(ATTEMPTS_KEPT)
    .bind(attempt.at.ms())
    .bind(attempt.first_seq)
    .bind(attempt.last_seq)
    .bind(i64::from(attempt.code))
    .bind(attempt.took_ms)
    .bind(&attempt.outcome)
    .bind(storable(&attempt.answer))
    .execute(pool)
    .await?;
    Ok(())
}

/// PostgreSQL's text has no zero byte; a strange portal's answer may.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

async fn locked(tx: &mut Tx, line: LineId) -> Result<Option<LineRow>> {
    let select =
        format!("-- queue.locked\n SELECT {LINE} FROM queue_line WHERE site = $1 AND connection = $2 FOR UPDATE");
    let row = sqlx::query(AssertSqlSafe(select))
        .bind(line.site.get())
        .bind(line.connection.get())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.as_ref().map(line_row))
}

async fn save(tx: &mut Tx, row: &LineRow) -> Result<()> {
    sqlx::query(
        "-- queue.save
         UPDATE queue_line SET next_seq = $3, floor = $4, pending = $5, attempt = $6, first_failed_at = $7,
             locked_until = $8, epoch = $9, quiet = $10, closed = $11
         WHERE site = $1 AND connection = $2",
    )
    .bind(row.line.site.get())
    .bind(row.line.connection.get())
    .bind(row.next_seq)
    .bind(row.floor)
    .bind(row.pending)
    .bind(i64::from(row.lock.attempt))
    .bind(row.lock.first_failed_at.ms())
    .bind(row.lock.locked_until.ms())
    .bind(row.epoch)
    .bind(i64::from(row.is_quiet))
    .bind(i64::from(row.is_closed))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A row that waits to be written.
struct Entry<'a> {
    seq: i64,
    at: Time,
    now: Time,
    form: Form,
    body: &'a [u8],
}

async fn insert(tx: &mut Tx, line: LineId, entry: &Entry<'_>) -> Result<()> {
    sqlx::query(
        "-- queue.insert
         INSERT INTO queue_event (site, connection, seq, at, stored_at, form, body)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(line.site.get())
    .bind(line.connection.get())
    .bind(entry.seq)
    .bind(entry.at.ms())
    .bind(entry.now.ms())
    .bind(entry.form as i64)
    .bind(entry.body)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Ranges whose notice waits itself, in one sum: how many notices, what they tell.
async fn untold(tx: &mut Tx, row: &LineRow) -> Result<(i64, Option<Told>)> {
    let sum = sqlx::query(
        "-- queue.untold
         SELECT COUNT(DISTINCT notice_seq), CAST(SUM(count) AS BIGINT), MIN(from_at), MAX(to_at) FROM queue_dropped
         WHERE site = $1 AND connection = $2 AND notice_seq > $3",
    )
    .bind(row.line.site.get())
    .bind(row.line.connection.get())
    .bind(row.floor)
    .fetch_one(&mut **tx)
    .await?;
    let told = match (sum.get(1), sum.get(2), sum.get(3)) {
        (Some(count), Some(from), Some(to)) => Some(Told { count, from: Time::from_ms(from), to: Time::from_ms(to) }),
        _ => None,
    };
    Ok((sum.get(0), told))
}

async fn edge_at(tx: &mut Tx, row: &LineRow, order: &str) -> Result<Time> {
    let select = format!(
        "-- queue.edge_at
         SELECT at FROM queue_event WHERE site = $1 AND connection = $2 AND seq > $3 AND form = $4
         ORDER BY seq {order} LIMIT 1"
    );
    let at = sqlx::query_scalar(AssertSqlSafe(select))
        .bind(row.line.site.get())
        .bind(row.line.connection.get())
        .bind(row.floor)
        .bind(Form::Event as i64)
        .fetch_one(&mut **tx)
        .await?;
    Ok(Time::from_ms(at))
}

struct Range {
    last: i64,
    told: Told,
    reason: &'static str,
    notice_seq: i64,
    now: Time,
    kept_until: Time,
}

async fn write_range(tx: &mut Tx, row: &LineRow, range: &Range) -> Result<()> {
    sqlx::query(
        "-- queue.write_range
         INSERT INTO queue_dropped (site, connection, first_seq, last_seq, count, from_at, to_at, reason, notice_seq,
             dropped_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(row.line.site.get())
    .bind(row.line.connection.get())
    .bind(row.floor + 1)
    .bind(range.last)
    .bind(range.told.count)
    .bind(range.told.from.ms())
    .bind(range.told.to.ms())
    .bind(range.reason)
    .bind(range.notice_seq)
    .bind(range.now.ms())
    .bind(range.kept_until.ms())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(super) async fn expire(pool: &PgPool, line: LineId, epoch: i64, now: Time) -> Result<Option<Drop>> {
    let mut tx = pool.begin().await?;
    let Some(mut row) = locked(&mut tx, line).await?.filter(|row| row.epoch == epoch) else { return Ok(None) };
    let (notices, earlier) = untold(&mut tx, &row).await?;
    let count = row.pending - notices;
    row.lock = Lock::OPEN;
    row.epoch += 1;
    row.is_quiet = true;
    if count > 0 {
        let (from, to) = (edge_at(&mut tx, &row, "ASC").await?, edge_at(&mut tx, &row, "DESC").await?);
        let told = Told { count, from, to };
        let (last, notice_seq) = (row.next_seq - 1, row.next_seq);
        sqlx::query(
            "-- queue.expire
             UPDATE queue_dropped SET notice_seq = $4 WHERE site = $1 AND connection = $2 AND notice_seq > $3",
        )
        .bind(line.site.get())
        .bind(line.connection.get())
        .bind(row.floor)
        .bind(notice_seq)
        .execute(&mut *tx)
        .await?;
        let kept_until = now + DROPPED_KEPT;
        write_range(&mut tx, &row, &Range { last, told, reason: "expired", notice_seq, now, kept_until }).await?;
        let body = told.and(earlier).body(now);
        insert(&mut tx, line, &Entry { seq: notice_seq, at: now, now, form: Form::Notice, body: &body }).await?;
        row.floor = last;
        row.next_seq += 1;
        row.pending = 1;
    }
    save(&mut tx, &row).await?;
    tx.commit().await?;
    Ok(Some(Drop { count, line: row }))
}

pub(super) async fn park(pool: &PgPool, line: LineId, epoch: i64, seq: i64, now: Time) -> Result<Option<Drop>> {
    let mut tx = pool.begin().await?;
    let row = locked(&mut tx, line).await?;
    let Some(mut row) = row.filter(|row| row.epoch == epoch && row.floor + 1 == seq && row.pending > 0) else {
        return Ok(None);
    };
    let head = sqlx::query(
        "-- queue.park
         SELECT at, form FROM queue_event WHERE site = $1 AND connection = $2 AND seq = $3",
    )
    .bind(line.site.get())
    .bind(line.connection.get())
    .bind(seq)
    .fetch_one(&mut *tx)
    .await?;
    let at = Time::from_ms(head.get(0));
    let is_event = head.get::<i64, _>(1) == Form::Event as i64;
    let told = Told { count: i64::from(is_event), from: at, to: at };
    // A notice that the portal cannot take is given up without another one: it would meet the same fate.
    let notice_seq = if is_event { row.next_seq } else { 0 };
    let kept_until = now + DROPPED_KEPT;
    write_range(&mut tx, &row, &Range { last: seq, told, reason: "poison", notice_seq, now, kept_until }).await?;
    if is_event {
        let body = told.body(now);
        insert(&mut tx, line, &Entry { seq: notice_seq, at: now, now, form: Form::Notice, body: &body }).await?;
        row.next_seq += 1;
    } else {
        row.pending -= 1;
    }
    row.floor = seq;
    row.lock = Lock::OPEN;
    row.epoch += 1;
    save(&mut tx, &row).await?;
    tx.commit().await?;
    Ok(Some(Drop { count: told.count, line: row }))
}

pub(super) async fn acknowledge(pool: &PgPool, line: LineId, upto: i64) -> Result<i64> {
    let mut tx = pool.begin().await?;
    let Some(mut row) = locked(&mut tx, line).await? else { return Ok(0) };
    let upto = upto.min(row.next_seq - 1);
    if upto <= row.floor {
        return Ok(0);
    }
    sqlx::query(
        "-- queue.acknowledge
         DELETE FROM queue_event WHERE site = $1 AND connection = $2 AND seq BETWEEN $3 AND $4",
    )
    .bind(line.site.get())
    .bind(line.connection.get())
    .bind(row.floor + 1)
    .bind(upto)
    .execute(&mut *tx)
    .await?;
    let gone = upto - row.floor;
    row.floor = upto;
    row.pending -= gone;
    row.lock = Lock::OPEN;
    row.epoch += 1;
    save(&mut tx, &row).await?;
    tx.commit().await?;
    Ok(gone)
}

pub(super) async fn close_line(pool: &PgPool, line: LineId, last_word: Option<NewEvent>, now: Time) -> Result<LineRow> {
    let mut tx = pool.begin().await?;
    sqlx::query(
        "-- queue.close_line\n INSERT INTO queue_line (site, connection) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    )
    .bind(line.site.get())
    .bind(line.connection.get())
    .execute(&mut *tx)
    .await?;
    let row = locked(&mut tx, line).await?;
    let mut row = row.ok_or_else(|| QueueError::Away("the line vanished".to_owned()))?;
    if !row.is_closed {
        row.is_closed = true;
        row.epoch += 1;
        row.lock = Lock::OPEN;
        // What was kept to be looked at leaves too.
        sqlx::query("UPDATE queue_dropped SET expires_at = $3 WHERE site = $1 AND connection = $2")
            .bind(line.site.get())
            .bind(line.connection.get())
            .bind(now.ms())
            .execute(&mut *tx)
            .await?;
        if row.pending > 0 {
            let told = Told { count: row.pending, from: now, to: now };
            let last = row.next_seq - 1;
            let range = Range { last, told, reason: "purged", notice_seq: 0, now, kept_until: now };
            write_range(&mut tx, &row, &range).await?;
            row.floor = last;
            row.pending = 0;
        }
    }
    if let Some(event) = last_word {
        let is_new = sqlx::query(
            "INSERT INTO queue_dedupe (site, connection, external_id, at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (site, connection, external_id) DO NOTHING",
        )
        .bind(line.site.get())
        .bind(line.connection.get())
        .bind(key(&event.external_id))
        .bind(now.ms())
        .execute(&mut *tx)
        .await?
        .rows_affected()
            > 0;
        if is_new {
            let entry = Entry { seq: row.next_seq, at: event.at, now, form: Form::Event, body: &event.body };
            insert(&mut tx, line, &entry).await?;
            row.next_seq += 1;
            row.pending += 1;
            row.is_quiet = false;
        }
    }
    save(&mut tx, &row).await?;
    tx.commit().await?;
    Ok(row)
}

pub(super) async fn attempts(pool: &PgPool, line: LineId) -> Result<Vec<Attempt>> {
    let rows = sqlx::query(
        "-- queue.attempts
         SELECT at, first_seq, last_seq, code, took_ms, outcome, answer FROM queue_attempt
         WHERE site = $1 AND connection = $2 ORDER BY epoch DESC",
    )
    .bind(line.site.get())
    .bind(line.connection.get())
    .fetch_all(pool)
    .await?;
    let attempts = rows.iter().map(|row| Attempt {
        at: Time::from_ms(row.get(0)),
        first_seq: row.get(1),
        last_seq: row.get(2),
        code: u16::try_from(row.get::<i64, _>(3)).unwrap_or(0),
        took_ms: row.get(4),
        outcome: row.get(5),
        answer: row.get(6),
    });
    Ok(attempts.collect())
}

pub(super) async fn dropped(pool: &PgPool, line: LineId) -> Result<Vec<DroppedRange>> {
    let rows = sqlx::query(
        "-- queue.dropped
         SELECT first_seq, last_seq, count, reason, dropped_at FROM queue_dropped
         WHERE site = $1 AND connection = $2 ORDER BY id DESC LIMIT $3",
    )
    .bind(line.site.get())
    .bind(line.connection.get())
    .bind(SWEEP_ROWS)
    .fetch_all(pool)
    .await?;
    let ranges = rows.iter().map(|row| DroppedRange {
        line,
        first_seq: row.get(0),
        last_seq: row.get(1),
        count: row.get(2),
        reason: row.get(3),
        dropped_at: Time::from_ms(row.get(4)),
    });
    Ok(ranges.collect())
}

pub(super) async fn stats(pool: &PgPool) -> Result<Stats> {
    let sums = sqlx::query(
        "-- queue.stats
         SELECT CAST(COALESCE(SUM(pending) FILTER (WHERE attempt = 0), 0) AS BIGINT),
             CAST(COALESCE(SUM(pending) FILTER (WHERE attempt > 0), 0) AS BIGINT),
             COUNT(*) FILTER (WHERE attempt > 0),
             MIN((SELECT stored_at FROM queue_event WHERE queue_event.site = queue_line.site
                 AND queue_event.connection = queue_line.connection AND queue_event.seq > queue_line.floor
                 ORDER BY seq LIMIT 1)) FILTER (WHERE attempt = 0 AND quiet = 0)
         FROM queue_line WHERE pending > 0",
    )
    .fetch_one(pool)
    .await?;
    Ok(Stats {
        open_events: sums.get(0),
        locked_events: sums.get(1),
        locked_lines: sums.get(2),
        oldest_open_at: sums.get::<Option<i64>, _>(3).map(Time::from_ms),
    })
}

pub(super) async fn sweep(pool: &PgPool, now: Time) -> Result<bool> {
    let mut tx = pool.begin().await?;
    let expired = sqlx::query(
        "-- queue.sweep
         SELECT id, site, connection, first_seq, last_seq FROM queue_dropped WHERE expires_at <= $1
         ORDER BY expires_at LIMIT 1 FOR UPDATE SKIP LOCKED",
    )
    .bind(now.ms())
    .fetch_optional(&mut *tx)
    .await?;
    if let Some(range) = expired {
        let (id, first, last): (i64, i64, i64) = (range.get(0), range.get(3), range.get(4));
        let upto = last.min(first + SWEEP_ROWS - 1);
        sqlx::query("DELETE FROM queue_event WHERE site = $1 AND connection = $2 AND seq BETWEEN $3 AND $4")
            .bind(range.get::<i64, _>(1))
            .bind(range.get::<i64, _>(2))
            .bind(first)
            .bind(upto)
            .execute(&mut *tx)
            .await?;
        let rest = if upto == last {
            sqlx::query("DELETE FROM queue_dropped WHERE id = $1").bind(id)
        } else {
            sqlx::query("UPDATE queue_dropped SET first_seq = $2 WHERE id = $1").bind(id).bind(upto + 1)
        };
        rest.execute(&mut *tx).await?;
        tx.commit().await?;
        return Ok(true);
    }
    let forgotten = sqlx::query(
        "DELETE FROM queue_dedupe WHERE at < $1 AND id IN (SELECT id FROM queue_dedupe ORDER BY id LIMIT $2)",
    )
    .bind((now - DEDUPE_KEPT).ms())
    .bind(SWEEP_ROWS)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(i64::try_from(forgotten.rows_affected()).unwrap_or(0) == SWEEP_ROWS)
}
