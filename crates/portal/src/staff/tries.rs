//! Failed tries, counted by account and by address.
//!
//! A try is written down before the password is looked at and struck off when it was right: many tries sent at once
//! cannot all pass the count.

use std::net::IpAddr;

use openlines_base::Time;
use openlines_store::{Conn, StoreError};

use super::StaffError;
use super::rules::{CountedBy, FAILURES_KEPT, Failures, wait_left};

/// Who tries.
#[derive(Debug)]
pub(crate) struct Try {
    account: String,
    address: String,
}

impl Try {
    /// At an account, by its address in lower case. Which part of us is asked does not matter: one count for all.
    pub(crate) fn at(email: &str, address: IpAddr) -> Self {
        Self { account: format!("email:{email}"), address: of_address(address) }
    }

    /// At a thing of the server's that has no account: the setup code.
    pub(crate) fn at_setup(address: IpAddr) -> Self {
        Self { account: "setup".to_owned(), address: of_address(address) }
    }
}

/// A whole /64 of IPv6 belongs to one subscriber, who may pick a new address for each try.
fn of_address(address: IpAddr) -> String {
    match address {
        IpAddr::V4(ip) => format!("ip:{ip}"),
        IpAddr::V6(ip) => match ip.to_ipv4_mapped() {
            Some(ip) => format!("ip:{ip}"),
            None => {
                let [a, b, c, d, ..] = ip.segments();
                format!("ip:{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        },
    }
}

/// Writes the try down, unless it comes too soon. Call it first in the transaction.
pub(crate) async fn begin(conn: &mut Conn, it: &Try, now: Time) -> Result<(), StaffError> {
    queue_up(&mut *conn).await?;
    let by_account = wait_left(CountedBy::Account, failures(conn, &it.account, now).await?, now);
    let by_address = wait_left(CountedBy::Address, failures(conn, &it.address, now).await?, now);
    let wait = by_account.max(by_address);
    if !wait.is_zero() {
        let wait_s = u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX);
        return Err(StaffError::TooManyTries { wait_s });
    }
    for subject in [&it.account, &it.address] {
        sqlx::query("-- staff.begin_try\n INSERT INTO login_failure (subject, failed_at) VALUES ($1, $2)")
            .bind(subject.as_str())
            .bind(now.ms())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

/// On PostgreSQL tries of many connections would all count before any of them is written. This row is what they queue
/// at; the password is looked at after the transaction, so nobody waits for long.
async fn queue_up(conn: &mut Conn) -> Result<(), StoreError> {
    sqlx::query(
        "-- staff.queue_up
         INSERT INTO lease (name, holder, held_until) VALUES ('sign_in', '', 0)
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder",
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The try was right: the account is forgiven all, the address only this one, or a thief with an account of their own
/// could clear the count.
pub(crate) async fn forgive(conn: &mut Conn, it: &Try) -> Result<(), StoreError> {
    sqlx::query("-- staff.forgive_account\n DELETE FROM login_failure WHERE subject = $1")
        .bind(it.account.as_str())
        .execute(&mut *conn)
        .await?;
    sqlx::query(
        "-- staff.forgive_address
         DELETE FROM login_failure WHERE id = (SELECT MAX(id) FROM login_failure WHERE subject = $1)",
    )
    .bind(it.address.as_str())
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets failures that no longer count.
pub(crate) async fn sweep_tries(conn: &mut Conn, now: Time) -> Result<(), StoreError> {
    sqlx::query("-- staff.sweep_tries\n DELETE FROM login_failure WHERE failed_at < $1")
        .bind((now - FAILURES_KEPT).ms())
        .execute(conn)
        .await?;
    Ok(())
}

async fn failures(conn: &mut Conn, subject: &str, now: Time) -> Result<Failures, StoreError> {
    let (count, last_at): (i64, i64) = sqlx::query_as(
        "-- staff.failures
         SELECT COUNT(*), COALESCE(MAX(failed_at), 0) FROM login_failure WHERE subject = $1 AND failed_at >= $2",
    )
    .bind(subject)
    .bind((now - FAILURES_KEPT).ms())
    .fetch_one(conn)
    .await?;
    Ok(Failures { count: u32::try_from(count).unwrap_or(u32::MAX), last_at: Time::from_ms(last_at) })
}
