//! One suite over both stores.

use std::sync::Arc;
use std::time::Duration;

use openlines_base::SECOND;
use openlines_protocol::{ConnectionId, SiteId};

use super::*;

const START: Time = Time::from_s(1_800_000_000);
const LINE: LineId = LineId { site: SiteId(1), connection: ConnectionId(7) };
const OTHER: LineId = LineId { site: SiteId(1), connection: ConnectionId(8) };
const ALL: ReadLimit = ReadLimit { events: 10_000, bytes: usize::MAX };

/// Opens the same store again and again, as after kills.
struct Place {
    folder: tempfile::TempDir,
    postgres: Option<String>,
}

impl Place {
    async fn open(&self) -> Arc<dyn QueueStore> {
        match &self.postgres {
            Some(url) => Arc::new(PostgresQueue::open(url).await.expect("opens")),
            None => Arc::new(SqliteQueue::open(&self.folder.path().join("queue.db")).expect("opens")),
        }
    }
}

async fn place(is_postgres: bool) -> Place {
    let postgres = if is_postgres { Some(openlines_testkit::postgres().await) } else { None };
    Place { folder: tempfile::tempdir().expect("a folder"), postgres }
}

/// Declares each case once and runs it on both.
macro_rules! on_both {
    ($($name:ident)+) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name(super::place(false).await).await;
            }
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name(super::place(true).await).await;
            }
        }
    )+};
}

on_both! {
    numbers_follow_each_other_and_a_second_delivery_is_left_out
    many_callers_at_once_leave_no_hole_and_no_double
    three_redeliveries_at_once_are_one_message
    a_receipt_deletes_what_it_names_and_lifts_the_lock
    who_slept_past_his_turn_changes_nothing
    all_is_there_after_a_restart
    a_drop_leaves_one_notice_that_sums_up
    a_poison_event_is_parked_alone
    a_closed_line_says_its_last_word_and_takes_nothing
    tidying_takes_rows_away_piece_by_piece
    a_late_receipt_counts_once
    figures_tell_open_from_locked
    tries_are_kept_the_newest_only
    lines_are_listed_page_by_page
}

fn event(n: i64) -> NewEvent {
    let body = format!(r#"{{"occurred_at":"2026-11-21T09:00:00.000Z","kind":"unknown","what":"{n}"}}"#);
    NewEvent { external_id: format!("e{n}"), at: START + SECOND * u32::try_from(n).unwrap(), body: body.into() }
}

fn append(line: LineId, numbers: impl IntoIterator<Item = i64>) -> Append {
    Append { line, events: numbers.into_iter().map(event).collect(), now: START }
}

fn attempt(first_seq: i64, last_seq: i64) -> Attempt {
    Attempt {
        at: START,
        first_seq,
        last_seq,
        code: 200,
        took_ms: 3,
        outcome: "received".to_owned(),
        answer: "fine \0".to_owned(),
    }
}

fn settle(epoch: i64, first_seq: i64, upto: i64) -> Settle {
    Settle { line: LINE, epoch, upto, attempt: attempt(first_seq, upto) }
}

fn failing(attempt: u32) -> Lock {
    Lock { attempt, first_failed_at: START, locked_until: START + 10 * SECOND }
}

async fn seqs(store: &dyn QueueStore, line: LineId) -> Vec<i64> {
    store.read(line, 0, ALL).await.unwrap().into_iter().map(|it| it.seq).collect()
}

async fn row(store: &dyn QueueStore) -> LineRow {
    store.line(LINE).await.unwrap().expect("the line is there")
}

async fn numbers_follow_each_other_and_a_second_delivery_is_left_out(place: Place) {
    let store = place.open().await;
    let first = store.append(append(LINE, [1, 2])).await.unwrap();
    assert_eq!(first.seqs, [Some(1), Some(2)]);
    let second = store.append(append(LINE, [2, 3, 3])).await.unwrap();
    assert_eq!(second.seqs, [None, Some(3), None]);
    assert_eq!((second.line.next_seq, second.line.pending), (4, 3));
    let other = store.append(append(OTHER, [1])).await.unwrap();
    assert_eq!(other.seqs, [Some(1)], "each line counts for itself");

    let all = store.read(LINE, 0, ALL).await.unwrap();
    assert_eq!(all.iter().map(|it| it.seq).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(all[2].body, event(3).body);
    assert_eq!(all[2].stored_at, START);
    let one_byte = ReadLimit { events: 10, bytes: 1 };
    assert_eq!(store.read(LINE, 1, one_byte).await.unwrap().len(), 1, "one event always fits");
}

async fn many_callers_at_once_leave_no_hole_and_no_double(place: Place) {
    let store = place.open().await;
    let mut callers = tokio::task::JoinSet::new();
    for n in 0..200 {
        let store = Arc::clone(&store);
        callers.spawn(async move {
            let line = if n % 2 == 0 { LINE } else { OTHER };
            store.append(append(line, [n, n + 1000])).await.unwrap()
        });
    }
    let mut given: Vec<i64> = Vec::new();
    while let Some(appended) = callers.join_next().await {
        let appended = appended.unwrap();
        let seqs: Vec<i64> = appended.seqs.into_iter().flatten().collect();
        assert_eq!(seqs[1], seqs[0] + 1, "one webhook's events stay together");
        if appended.line.line == LINE {
            given.extend(seqs);
        }
    }
    given.sort_unstable();
    assert_eq!(given, (1..=200).collect::<Vec<_>>());
    assert_eq!(seqs(&*store, LINE).await, given);
}

async fn three_redeliveries_at_once_are_one_message(place: Place) {
    let store = place.open().await;
    let (one, two, three) = tokio::join!(
        store.append(append(LINE, [5, 6])),
        store.append(append(LINE, [5, 6])),
        store.append(append(LINE, [6, 5]))
    );
    let new: usize = [one, two, three].into_iter().map(|it| it.unwrap().seqs.into_iter().flatten().count()).sum();
    assert_eq!(new, 2);
    assert_eq!(seqs(&*store, LINE).await, [1, 2]);
}

async fn a_receipt_deletes_what_it_names_and_lifts_the_lock(place: Place) {
    let store = place.open().await;
    store.append(append(LINE, 1..=5)).await.unwrap();
    let epoch = store.begin_try(LINE, 0, failing(3)).await.unwrap().expect("nobody else");
    assert_eq!(row(&*store).await.lock, failing(3), "written before the try");
    // Appends go on meanwhile.
    store.append(append(LINE, [6])).await.unwrap();
    assert!(store.settle(settle(epoch, 1, 2)).await.unwrap());
    let after = row(&*store).await;
    assert_eq!((after.floor, after.pending, after.lock.attempt), (2, 4, 0));
    assert_eq!(seqs(&*store, LINE).await, [3, 4, 5, 6]);
    let epoch = store.begin_try(LINE, after.epoch, failing(1)).await.unwrap().unwrap();
    assert!(store.settle(settle(epoch, 3, 6)).await.unwrap());
    assert_eq!(row(&*store).await.pending, 0);
    assert!(store.lines(ConnectionId(0), 10).await.unwrap().is_empty());
    assert_eq!(store.append(append(LINE, [7])).await.unwrap().seqs, [Some(7)], "numbers go on");
}

async fn who_slept_past_his_turn_changes_nothing(place: Place) {
    let store = place.open().await;
    store.append(append(LINE, 1..=3)).await.unwrap();
    let sleeper = store.begin_try(LINE, 0, failing(1)).await.unwrap().unwrap();
    let worker = store.begin_try(LINE, sleeper, failing(2)).await.unwrap().unwrap();
    assert_eq!(store.begin_try(LINE, sleeper, failing(9)).await.unwrap(), None);
    assert!(!store.settle(settle(sleeper, 1, 3)).await.unwrap());
    assert_eq!(store.expire(LINE, sleeper, START).await.unwrap(), None);
    assert_eq!(store.park(LINE, sleeper, 1, START).await.unwrap(), None);
    assert_eq!(seqs(&*store, LINE).await, [1, 2, 3]);
    assert_eq!(row(&*store).await.lock, failing(2));
    assert!(store.settle(settle(worker, 1, 3)).await.unwrap());
}

async fn all_is_there_after_a_restart(place: Place) {
    let before = {
        let store = place.open().await;
        store.append(append(LINE, 1..=3)).await.unwrap();
        store.begin_try(LINE, 0, failing(4)).await.unwrap().unwrap();
        store.settle(settle(1, 1, 1)).await.unwrap();
        store.begin_try(LINE, 1, failing(4)).await.unwrap().unwrap();
        row(&*store).await
        // Not closed: killed.
    };
    let store = place.open().await;
    assert_eq!(store.lines(ConnectionId(0), 10).await.unwrap(), [before]);
    assert_eq!(before.lock, failing(4));
    assert_eq!(seqs(&*store, LINE).await, [2, 3]);
    assert_eq!(store.append(append(LINE, [1, 4])).await.unwrap().seqs, [None, Some(4)], "remembers what was delivered");
    store.close().await;
}

async fn a_drop_leaves_one_notice_that_sums_up(place: Place) {
    let store = place.open().await;
    store.append(append(LINE, 1..=3)).await.unwrap();
    let epoch = store.begin_try(LINE, 0, failing(11)).await.unwrap().unwrap();
    let drop = store.expire(LINE, epoch, START).await.unwrap().expect("held");
    assert_eq!(drop.count, 3);
    assert!(drop.line.is_quiet && !drop.line.lock.is_failing());
    assert_eq!(drop.line, row(&*store).await);
    let told = |body: &Bytes| {
        let json: serde_json::Value = serde_json::from_slice(body).unwrap();
        (json["kind"].clone(), json["count"].clone(), json["from"].clone(), json["to"].clone())
    };
    let notice = store.read(LINE, 0, ALL).await.unwrap();
    assert_eq!(notice.len(), 1);
    assert_eq!(notice[0].seq, 4);
    let [from, to] = [1_u32, 3].map(|n| (START + SECOND * n).to_string());
    assert_eq!(told(&notice[0].body), ("dropped".into(), 3.into(), from.clone().into(), to.into()));

    // Nobody was there to hear it: two more messages, another day.
    assert!(!store.append(append(LINE, [5, 6])).await.unwrap().line.is_quiet);
    let epoch = store.begin_try(LINE, drop.line.epoch, failing(11)).await.unwrap().unwrap();
    let drop = store.expire(LINE, epoch, START).await.unwrap().unwrap();
    assert_eq!(drop.count, 2);
    let notice = store.read(LINE, 0, ALL).await.unwrap();
    assert_eq!(notice.len(), 1);
    let to = (START + SECOND * 6).to_string();
    assert_eq!(told(&notice[0].body), ("dropped".into(), 5.into(), from.into(), to.into()));

    // A notice alone is never dropped.
    let epoch = store.begin_try(LINE, drop.line.epoch, failing(11)).await.unwrap().unwrap();
    let again = store.expire(LINE, epoch, START).await.unwrap().unwrap();
    assert_eq!((again.count, again.line.pending, again.line.is_quiet), (0, 1, true));
    let ranges = store.dropped(LINE).await.unwrap();
    assert_eq!(
        ranges.iter().map(|it| (it.first_seq, it.last_seq, it.count)).collect::<Vec<_>>(),
        [(4, 6, 2), (1, 3, 3)]
    );

    let epoch = store.begin_try(LINE, again.line.epoch, failing(1)).await.unwrap().unwrap();
    assert!(store.settle(settle(epoch, 7, 7)).await.unwrap());
    assert_eq!(row(&*store).await.pending, 0);
}

async fn a_poison_event_is_parked_alone(place: Place) {
    let store = place.open().await;
    store.append(append(LINE, 1..=3)).await.unwrap();
    let epoch = store.begin_try(LINE, 0, failing(2)).await.unwrap().unwrap();
    assert_eq!(store.park(LINE, epoch, 2, START).await.unwrap(), None, "only the first can be parked");
    let parked = store.park(LINE, epoch, 1, START).await.unwrap().unwrap();
    assert_eq!((parked.count, parked.line.pending), (1, 3));
    assert_eq!(seqs(&*store, LINE).await, [2, 3, 4]);
    let dropped = store.dropped(LINE).await.unwrap();
    assert_eq!((dropped[0].reason.as_str(), dropped[0].count), ("poison", 1));
    // The portal cannot even take the notice: no notice about a notice.
    let epoch = store.begin_try(LINE, parked.line.epoch, failing(1)).await.unwrap().unwrap();
    store.settle(settle(epoch, 2, 3)).await.unwrap();
    let epoch = store.begin_try(LINE, epoch, failing(1)).await.unwrap().unwrap();
    let parked = store.park(LINE, epoch, 4, START).await.unwrap().unwrap();
    assert_eq!((parked.count, parked.line.pending), (0, 0));
    assert_eq!(seqs(&*store, LINE).await, [0_i64; 0]);
}

async fn a_closed_line_says_its_last_word_and_takes_nothing(place: Place) {
    let store = place.open().await;
    store.append(append(LINE, 1..=3)).await.unwrap();
    let epoch = store.begin_try(LINE, 0, failing(2)).await.unwrap().unwrap();
    let closed = store.close_line(LINE, Some(event(9)), START).await.unwrap();
    assert!(closed.is_closed && !closed.lock.is_failing());
    assert_eq!(store.close_line(LINE, Some(event(9)), START).await.unwrap(), closed, "twice is once");
    assert!(!store.settle(settle(epoch, 1, 3)).await.unwrap());
    assert_eq!(seqs(&*store, LINE).await, [4]);
    assert_eq!(store.append(append(LINE, [10])).await, Err(QueueError::Closed));
    let (closed, open) = tokio::join!(store.append(append(LINE, [11])), store.append(append(OTHER, [1])));
    assert_eq!(closed, Err(QueueError::Closed));
    assert!(open.is_ok(), "a neighbour in the same commit is untouched");
    let new = LineId { connection: ConnectionId(99), ..LINE };
    assert_eq!(store.close_line(new, None, START).await.unwrap().pending, 0);
}

async fn tidying_takes_rows_away_piece_by_piece(place: Place) {
    let store = place.open().await;
    for part in 0..5 {
        store.append(append(LINE, (part * 500)..((part + 1) * 500))).await.unwrap();
    }
    store.close_line(LINE, None, START).await.unwrap();
    assert!(seqs(&*store, LINE).await.is_empty());
    let mut steps = 0;
    while store.sweep(START).await.unwrap() {
        steps += 1;
    }
    assert_eq!(steps, 3, "2500 rows by 1000");
    assert!(store.dropped(LINE).await.unwrap().is_empty());

    store.append(append(OTHER, [1])).await.unwrap();
    let late = Append { now: START + DEDUPE_KEPT, ..append(OTHER, [1]) };
    store.sweep(START + DEDUPE_KEPT).await.unwrap();
    assert_eq!(store.append(late.clone()).await.unwrap().seqs, [None], "remembered to the last moment");
    while store.sweep(START + DEDUPE_KEPT + SECOND).await.unwrap() {}
    assert_eq!(store.append(late).await.unwrap().seqs, [Some(2)]);
}

async fn a_late_receipt_counts_once(place: Place) {
    let store = place.open().await;
    assert_eq!(store.acknowledge(LINE, 5).await.unwrap(), 0);
    store.append(append(LINE, 1..=3)).await.unwrap();
    let epoch = store.begin_try(LINE, 0, failing(1)).await.unwrap().unwrap();
    assert_eq!(store.acknowledge(LINE, 2).await.unwrap(), 2);
    assert_eq!(store.acknowledge(LINE, 2).await.unwrap(), 0);
    assert!(!store.settle(settle(epoch, 1, 3)).await.unwrap(), "the try that it answers is over");
    assert_eq!(seqs(&*store, LINE).await, [3]);
    assert_eq!(store.acknowledge(LINE, i64::MAX).await.unwrap(), 1, "never beyond what there is");
    assert_eq!(store.append(append(LINE, [4])).await.unwrap().seqs, [Some(4)]);
}

async fn figures_tell_open_from_locked(place: Place) {
    let store = place.open().await;
    assert_eq!(store.stats().await.unwrap(), Stats::default());
    store.append(append(LINE, 1..=3)).await.unwrap();
    store.begin_try(LINE, 0, failing(1)).await.unwrap().unwrap();
    let later = START + Duration::from_secs(60);
    store.append(Append { now: later, ..append(OTHER, [1, 2]) }).await.unwrap();
    let expected = Stats { open_events: 2, locked_events: 3, locked_lines: 1, oldest_open_at: Some(later) };
    assert_eq!(store.stats().await.unwrap(), expected);
}

async fn tries_are_kept_the_newest_only(place: Place) {
    let store = place.open().await;
    store.append(append(LINE, [1])).await.unwrap();
    for n in 0..ATTEMPTS_KEPT + 5 {
        store.begin_try(LINE, n, failing(1)).await.unwrap().unwrap();
        store.note(LINE, n + 1, Attempt { took_ms: n, ..attempt(1, 1) }).await.unwrap();
    }
    let kept = store.attempts(LINE).await.unwrap();
    assert_eq!(kept.len(), usize::try_from(ATTEMPTS_KEPT).unwrap());
    assert_eq!(kept[0].took_ms, ATTEMPTS_KEPT + 4);
    assert_eq!(kept[0].outcome, "received");
}

async fn lines_are_listed_page_by_page(place: Place) {
    let store = place.open().await;
    for n in 1..=5 {
        let line = LineId { site: SiteId(n % 2), connection: ConnectionId(n) };
        store.append(append(line, [1])).await.unwrap();
    }
    let page = |rows: Vec<LineRow>| rows.iter().map(|it| it.line.connection.get()).collect::<Vec<_>>();
    assert_eq!(page(store.lines(ConnectionId(0), 3).await.unwrap()), [1, 2, 3]);
    assert_eq!(page(store.lines(ConnectionId(3), 3).await.unwrap()), [4, 5]);
}
