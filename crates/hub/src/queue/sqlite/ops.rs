//! The statements. Each function runs inside the thread's transaction.

use openlines_base::Time;
use openlines_protocol::{ConnectionId, SiteId};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::thread::Done;
use crate::deliver::Lock;
use crate::queue::text::{Told, key};
use crate::queue::{
    ATTEMPTS_KEPT, Append, Appended, Attempt, DEDUPE_KEPT, DROPPED_KEPT, Drop, DroppedRange, Form, LineId, LineRow,
    NewEvent, QueueError, Queued, ReadLimit, SWEEP_ROWS, Settle, Stats,
};

const LINE: &str =
    "connection, site, next_seq, floor, pending, attempt, first_failed_at, locked_until, epoch, quiet, closed";

fn line_row(row: &Row<'_>) -> rusqlite::Result<LineRow> {
    Ok(LineRow {
        line: LineId { connection: ConnectionId(row.get(0)?), site: SiteId(row.get(1)?) },
        next_seq: row.get(2)?,
        floor: row.get(3)?,
        pending: row.get(4)?,
        lock: Lock {
            attempt: row.get(5)?,
            first_failed_at: Time::from_ms(row.get(6)?),
            locked_until: Time::from_ms(row.get(7)?),
        },
        epoch: row.get(8)?,
        is_quiet: row.get::<_, i64>(9)? != 0,
        is_closed: row.get::<_, i64>(10)? != 0,
    })
}

fn find(db: &Connection, line: LineId) -> rusqlite::Result<Option<LineRow>> {
    db.prepare_cached(&format!("SELECT {LINE} FROM line WHERE connection = ?1"))?
        .query_row([line.connection.get()], line_row)
        .optional()
}

fn find_or_make(db: &Connection, line: LineId) -> rusqlite::Result<LineRow> {
    if let Some(row) = find(db, line)? {
        return Ok(row);
    }
    db.prepare_cached(&format!("INSERT INTO line (connection, site) VALUES (?1, ?2) RETURNING {LINE}"))?
        .query_row([line.connection.get(), line.site.get()], line_row)
}

fn save(db: &Connection, row: &LineRow) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE line SET next_seq = ?2, floor = ?3, pending = ?4, attempt = ?5, first_failed_at = ?6,
             locked_until = ?7, epoch = ?8, quiet = ?9, closed = ?10 WHERE connection = ?1",
    )?
    .execute(params![
        row.line.connection.get(),
        row.next_seq,
        row.floor,
        row.pending,
        row.lock.attempt,
        row.lock.first_failed_at.ms(),
        row.lock.locked_until.ms(),
        row.epoch,
        i64::from(row.is_quiet),
        i64::from(row.is_closed),
    ])?;
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

fn insert(db: &Connection, line: LineId, entry: &Entry<'_>) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO event (connection, seq, at, stored_at, form, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        line.connection.get(),
        entry.seq,
        entry.at.ms(),
        entry.now.ms(),
        entry.form as i64,
        entry.body
    ])?;
    Ok(())
}

fn is_new(db: &Connection, line: LineId, external_id: &str, now: Time) -> rusqlite::Result<bool> {
    let inserted = db
        .prepare_cached(
            "INSERT INTO dedupe (connection, external_id, at) VALUES (?1, ?2, ?3)
             ON CONFLICT (connection, external_id) DO NOTHING",
        )?
        .execute(params![line.connection.get(), key(external_id), now.ms()])?;
    Ok(inserted == 1)
}

/// Numbers one event at the end of the line, unless it was there before.
fn push(db: &Connection, row: &mut LineRow, event: &NewEvent, now: Time) -> rusqlite::Result<Option<i64>> {
    if !is_new(db, row.line, &event.external_id, now)? {
        return Ok(None);
    }
    let seq = row.next_seq;
    insert(db, row.line, &Entry { seq, at: event.at, now, form: Form::Event, body: &event.body })?;
    row.next_seq += 1;
    row.pending += 1;
    row.is_quiet = false;
    Ok(Some(seq))
}

pub(super) fn append(db: &Connection, append: &Append) -> Done<Appended> {
    let mut row = find_or_make(db, append.line)?;
    if row.is_closed {
        return Ok(Err(QueueError::Closed));
    }
    let before = row.next_seq;
    let seqs = append
        .events
        .iter()
        .map(|event| push(db, &mut row, event, append.now))
        .collect::<rusqlite::Result<Vec<_>>>()?;
    if row.next_seq != before {
        save(db, &row)?;
    }
    Ok(Ok(Appended { seqs, line: row }))
}

pub(super) fn read(db: &Connection, line: LineId, after: i64, limit: ReadLimit) -> Done<Vec<Queued>> {
    let mut statement = db.prepare_cached(
        "SELECT seq, stored_at, body FROM event
         WHERE connection = ?1 AND seq > MAX(?2, (SELECT floor FROM line WHERE connection = ?1))
         ORDER BY seq LIMIT ?3",
    )?;
    let events_max = i64::try_from(limit.events).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![line.connection.get(), after, events_max])?;
    let (mut all, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let body: Vec<u8> = row.get(2)?;
        bytes += body.len();
        if !all.is_empty() && bytes > limit.bytes {
            break;
        }
        all.push(Queued { seq: row.get(0)?, stored_at: Time::from_ms(row.get(1)?), body: body.into() });
    }
    Ok(Ok(all))
}

pub(super) fn line(db: &Connection, line: LineId) -> Done<Option<LineRow>> {
    find(db, line).map(Ok)
}

pub(super) fn lines(db: &Connection, after: ConnectionId, limit: i64) -> Done<Vec<LineRow>> {
    db.prepare_cached(&format!(
        "SELECT {LINE} FROM line WHERE pending > 0 AND connection > ?1 ORDER BY connection LIMIT ?2"
    ))?
    .query_map([after.get(), limit], line_row)?
    .collect::<rusqlite::Result<Vec<_>>>()
    .map(Ok)
}

pub(super) fn begin_try(db: &Connection, line: LineId, epoch: i64, lock: Lock) -> Done<Option<i64>> {
    db.prepare_cached(
        "UPDATE line SET epoch = epoch + 1, attempt = ?3, first_failed_at = ?4, locked_until = ?5, quiet = 0
         WHERE connection = ?1 AND epoch = ?2 RETURNING epoch",
    )?
    .query_row(
        params![line.connection.get(), epoch, lock.attempt, lock.first_failed_at.ms(), lock.locked_until.ms()],
        |row| row.get(0),
    )
    .optional()
    .map(Ok)
}

/// The line, if this epoch still holds it.
fn held(db: &Connection, line: LineId, epoch: i64) -> rusqlite::Result<Option<LineRow>> {
    Ok(find(db, line)?.filter(|row| row.epoch == epoch))
}

fn delete_upto(db: &Connection, row: &mut LineRow, upto: i64) -> rusqlite::Result<i64> {
    let upto = upto.min(row.next_seq - 1);
    if upto <= row.floor {
        return Ok(0);
    }
    db.prepare_cached("DELETE FROM event WHERE connection = ?1 AND seq BETWEEN ?2 AND ?3")?.execute([
        row.line.connection.get(),
        row.floor + 1,
        upto,
    ])?;
    // Numbers have no holes above the floor.
    let gone = upto - row.floor;
    row.floor = upto;
    row.pending -= gone;
    Ok(gone)
}

pub(super) fn settle(db: &Connection, settle: &Settle) -> Done<bool> {
    let Some(mut row) = held(db, settle.line, settle.epoch)? else { return Ok(Ok(false)) };
    delete_upto(db, &mut row, settle.upto)?;
    row.lock = Lock::OPEN;
    save(db, &row)?;
    write_attempt(db, settle.line, settle.epoch, &settle.attempt)?;
    Ok(Ok(true))
}

pub(super) fn note(db: &Connection, line: LineId, epoch: i64, attempt: &Attempt) -> Done<()> {
    write_attempt(db, line, epoch, attempt).map(Ok)
}

fn write_attempt(db: &Connection, line: LineId, epoch: i64, attempt: &Attempt) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO attempt
             (connection, slot, epoch, at, first_seq, last_seq, code, took_ms, outcome, answer)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        line.connection.get(),
        epoch % ATTEMPTS_KEPT,
        epoch,
        attempt.at.ms(),
        attempt.first_seq,
        attempt.last_seq,
        attempt.code,
        attempt.took_ms,
        attempt.outcome,
        attempt.answer
    ])?;
    Ok(())
}

/// Ranges whose notice waits itself, in one sum: how many notices, what they tell.
fn untold(db: &Connection, row: &LineRow) -> rusqlite::Result<(i64, Option<Told>)> {
    db.prepare_cached(
        "SELECT COUNT(DISTINCT notice_seq), SUM(count), MIN(from_at), MAX(to_at) FROM dropped
         WHERE connection = ?1 AND notice_seq > ?2",
    )?
    .query_row([row.line.connection.get(), row.floor], |it| {
        let told = match (it.get(1)?, it.get(2)?, it.get(3)?) {
            (Some(count), Some(from), Some(to)) => {
                Some(Told { count, from: Time::from_ms(from), to: Time::from_ms(to) })
            }
            _ => None,
        };
        Ok((it.get(0)?, told))
    })
}

fn edge_at(db: &Connection, row: &LineRow, order: &str) -> rusqlite::Result<Time> {
    db.prepare_cached(&format!(
        "SELECT at FROM event WHERE connection = ?1 AND seq > ?2 AND form = ?3 ORDER BY seq {order} LIMIT 1"
    ))?
    .query_row([row.line.connection.get(), row.floor, Form::Event as i64], |it| it.get(0).map(Time::from_ms))
}

struct Range {
    last: i64,
    told: Told,
    reason: &'static str,
    notice_seq: i64,
    now: Time,
    kept_until: Time,
}

fn write_range(db: &Connection, row: &LineRow, range: &Range) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO dropped (site, connection, first_seq, last_seq, count, from_at, to_at, reason, notice_seq,
             dropped_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        row.line.site.get(),
        row.line.connection.get(),
        row.floor + 1,
        range.last,
        range.told.count,
        range.told.from.ms(),
        range.told.to.ms(),
        range.reason,
        range.notice_seq,
        range.now.ms(),
        range.kept_until.ms()
    ])?;
    Ok(())
}

pub(super) fn expire(db: &Connection, line: LineId, epoch: i64, now: Time) -> Done<Option<Drop>> {
    let Some(mut row) = held(db, line, epoch)? else { return Ok(Ok(None)) };
    let (notices, earlier) = untold(db, &row)?;
    let count = row.pending - notices;
    row.lock = Lock::OPEN;
    row.epoch += 1;
    row.is_quiet = true;
    if count > 0 {
        let told = Told { count, from: edge_at(db, &row, "ASC")?, to: edge_at(db, &row, "DESC")? };
        let (last, notice_seq) = (row.next_seq - 1, row.next_seq);
        db.prepare_cached("UPDATE dropped SET notice_seq = ?3 WHERE connection = ?1 AND notice_seq > ?2")?
            .execute([line.connection.get(), row.floor, notice_seq])?;
        let kept_until = now + DROPPED_KEPT;
        write_range(db, &row, &Range { last, told, reason: "expired", notice_seq, now, kept_until })?;
        let body = told.and(earlier).body(now);
        insert(db, line, &Entry { seq: notice_seq, at: now, now, form: Form::Notice, body: &body })?;
        row.floor = last;
        row.next_seq += 1;
        row.pending = 1;
    }
    save(db, &row)?;
    Ok(Ok(Some(Drop { count, line: row })))
}

pub(super) fn park(db: &Connection, line: LineId, epoch: i64, seq: i64, now: Time) -> Done<Option<Drop>> {
    let Some(mut row) = held(db, line, epoch)?.filter(|row| row.floor + 1 == seq && row.pending > 0) else {
        return Ok(Ok(None));
    };
    let (at, form): (i64, i64) = db
        .prepare_cached("SELECT at, form FROM event WHERE connection = ?1 AND seq = ?2")?
        .query_row([line.connection.get(), seq], |it| Ok((it.get(0)?, it.get(1)?)))?;
    let at = Time::from_ms(at);
    let is_event = form == Form::Event as i64;
    let told = Told { count: i64::from(is_event), from: at, to: at };
    // A notice that the portal cannot take is given up without another one: it would meet the same fate.
    let notice_seq = if is_event { row.next_seq } else { 0 };
    let kept_until = now + DROPPED_KEPT;
    write_range(db, &row, &Range { last: seq, told, reason: "poison", notice_seq, now, kept_until })?;
    if is_event {
        let body = told.body(now);
        insert(db, line, &Entry { seq: notice_seq, at: now, now, form: Form::Notice, body: &body })?;
        row.next_seq += 1;
    } else {
        row.pending -= 1;
    }
    row.floor = seq;
    row.lock = Lock::OPEN;
    row.epoch += 1;
    save(db, &row)?;
    Ok(Ok(Some(Drop { count: told.count, line: row })))
}

pub(super) fn acknowledge(db: &Connection, line: LineId, upto: i64) -> Done<i64> {
    let Some(mut row) = find(db, line)? else { return Ok(Ok(0)) };
    let gone = delete_upto(db, &mut row, upto)?;
    if gone > 0 {
        row.lock = Lock::OPEN;
        row.epoch += 1;
        save(db, &row)?;
    }
    Ok(Ok(gone))
}

pub(super) fn close_line(db: &Connection, line: LineId, last_word: Option<&NewEvent>, now: Time) -> Done<LineRow> {
    let mut row = find_or_make(db, line)?;
    if !row.is_closed {
        row.is_closed = true;
        row.epoch += 1;
        row.lock = Lock::OPEN;
        // What was kept to be looked at leaves too.
        db.prepare_cached("UPDATE dropped SET expires_at = ?2 WHERE connection = ?1")?
            .execute([line.connection.get(), now.ms()])?;
        if row.pending > 0 {
            let told = Told { count: row.pending, from: now, to: now };
            let last = row.next_seq - 1;
            write_range(db, &row, &Range { last, told, reason: "purged", notice_seq: 0, now, kept_until: now })?;
            row.floor = last;
            row.pending = 0;
        }
    }
    if let Some(event) = last_word {
        push(db, &mut row, event, now)?;
    }
    save(db, &row)?;
    Ok(Ok(row))
}

pub(super) fn attempts(db: &Connection, line: LineId) -> Done<Vec<Attempt>> {
    db.prepare_cached(
        "SELECT at, first_seq, last_seq, code, took_ms, outcome, answer FROM attempt
         WHERE connection = ?1 ORDER BY epoch DESC",
    )?
    .query_map([line.connection.get()], |row| {
        Ok(Attempt {
            at: Time::from_ms(row.get(0)?),
            first_seq: row.get(1)?,
            last_seq: row.get(2)?,
            code: row.get(3)?,
            took_ms: row.get(4)?,
            outcome: row.get(5)?,
            answer: row.get(6)?,
        })
    })?
    .collect::<rusqlite::Result<Vec<_>>>()
    .map(Ok)
}

pub(super) fn dropped(db: &Connection, line: LineId) -> Done<Vec<DroppedRange>> {
    db.prepare_cached(
        "SELECT first_seq, last_seq, count, reason, dropped_at FROM dropped WHERE connection = ?1
         ORDER BY id DESC LIMIT ?2",
    )?
    .query_map([line.connection.get(), SWEEP_ROWS], |row| {
        Ok(DroppedRange {
            line,
            first_seq: row.get(0)?,
            last_seq: row.get(1)?,
            count: row.get(2)?,
            reason: row.get(3)?,
            dropped_at: Time::from_ms(row.get(4)?),
        })
    })?
    .collect::<rusqlite::Result<Vec<_>>>()
    .map(Ok)
}

pub(super) fn stats(db: &Connection) -> Done<Stats> {
    let mut stats = Stats::default();
    db.prepare_cached(
        "SELECT COALESCE(SUM(CASE WHEN attempt = 0 THEN pending END), 0),
             COALESCE(SUM(CASE WHEN attempt > 0 THEN pending END), 0),
             COALESCE(SUM(CASE WHEN attempt > 0 THEN 1 END), 0)
         FROM line WHERE pending > 0",
    )?
    .query_row([], |row| {
        (stats.open_events, stats.locked_events, stats.locked_lines) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(())
    })?;
    stats.oldest_open_at = db
        .prepare_cached(
            "SELECT MIN((SELECT stored_at FROM event WHERE event.connection = line.connection
                 AND event.seq > line.floor ORDER BY seq LIMIT 1))
             FROM line WHERE pending > 0 AND attempt = 0 AND quiet = 0",
        )?
        .query_row([], |row| row.get::<_, Option<i64>>(0))?
        .map(Time::from_ms);
    Ok(Ok(stats))
}

pub(super) fn sweep(db: &Connection, now: Time) -> Done<bool> {
    let expired = db
        .prepare_cached(
            "SELECT id, connection, first_seq, last_seq FROM dropped WHERE expires_at <= ?1
             ORDER BY expires_at LIMIT 1",
        )?
        .query_row([now.ms()], |row| -> rusqlite::Result<[i64; 4]> {
            Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?])
        })
        .optional()?;
    if let Some([id, connection, first, last]) = expired {
        let upto = last.min(first + SWEEP_ROWS - 1);
        db.prepare_cached("DELETE FROM event WHERE connection = ?1 AND seq BETWEEN ?2 AND ?3")?
            .execute([connection, first, upto])?;
        if upto == last {
            db.prepare_cached("DELETE FROM dropped WHERE id = ?1")?.execute([id])?;
        } else {
            db.prepare_cached("UPDATE dropped SET first_seq = ?2 WHERE id = ?1")?.execute([id, upto + 1])?;
        }
        return Ok(Ok(true));
    }
    let forgotten = db
        .prepare_cached("DELETE FROM dedupe WHERE at < ?1 AND id IN (SELECT id FROM dedupe ORDER BY id LIMIT ?2)")?
        .execute([(now - DEDUPE_KEPT).ms(), SWEEP_ROWS])?;
    Ok(Ok(i64::try_from(forgotten).unwrap_or(0) == SWEEP_ROWS))
}
