//! The worker: rung by what happens, woken by the clock when an offer runs out, never asking in between.

use std::time::Duration;

use openlines_store::Conn;

use crate::staff::Role;
use crate::test::{Channel, Office};

async fn asked(conn: &mut Conn) -> Vec<i64> {
    sqlx::query_scalar("SELECT operator_id FROM session_offer ORDER BY operator_id").fetch_all(conn).await.unwrap()
}

/// Waits until these people are asked; with `step`, while the office's clock goes on.
async fn until_asked(office: &Office, expected: &[i64], step: Option<Duration>) {
    let waiting = async {
        loop {
            let mut read = office.parts.db.read().await.unwrap();
            if asked(&mut read).await == expected {
                return;
            }
            drop(read);
            match step {
                Some(step) => office.clock.advance(step).await,
                None => tokio::task::yield_now().await,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting).await.expect("somebody is asked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offer_that_runs_out_goes_on_by_itself() {
    for office in Office::on_each_engine().await {
        let (anna, ivan) = (office.add("Anna", Role::Operator).await, office.add("Ivan", Role::Operator).await);
        let line = office.line("Sales", &[anna, ivan]).await;
        let channel = Channel::new(&office, line, 1).await;
        super::start(&office.parts);
        channel.writes(&office, "Maria", "hello").await;
        until_asked(&office, &[anna.get()], None).await;
        // The worker sleeps until the offer is due; the clock alone wakes it.
        until_asked(&office, &[ivan.get()], Some(Duration::from_secs(20))).await;
        assert!(office.parts.tasks.stop(Duration::from_secs(10)).await, "it ends with the portal");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_never_give_one_slot_twice() {
    for office in Office::on_each_engine().await {
        let anna = office.add("Anna", Role::Operator).await;
        let line = office.line("Sales", &[anna]).await;
        let mut tx = office.parts.db.tx("test").await.unwrap();
        sqlx::query("UPDATE line SET capacity = 3").execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        let channel = Channel::new(&office, line, 1).await;
        for n in 0..10 {
            channel.writes(&office, &format!("Customer {n}"), "hello").await;
        }
        let passes = (0..6).map(|_| super::testing::pass_all(&office.parts));
        futures_util::future::join_all(passes).await;
        let mut read = office.parts.db.read().await.unwrap();
        assert_eq!(asked(&mut read).await, [anna.get(); 3]);
        let first: Vec<i64> = sqlx::query_scalar("SELECT number FROM session WHERE state = 'offered' ORDER BY number")
            .fetch_all(&mut *read)
            .await
            .unwrap();
        assert_eq!(first, [1, 2, 3], "who waits longest is served first");
    }
}
