//! Messengers: many keep-alive connections that send webhooks, as fast as they are taken or at a steady rate.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::measure::{Spread, cpu_s, now_us};
use crate::telegram::Hook;
use crate::{Result, answer, plan};

/// Longest answer of the hub that we read.
const ANSWER_MAX_BYTES: usize = 64 * 1024;

/// What to send.
#[derive(Debug, Deserialize)]
struct Plan {
    /// Host and port of the hub.
    hub: String,
    hooks: Vec<Hook>,
    /// Connections at once.
    senders: usize,
    /// Messages in all.
    count: usize,
    /// Bytes of one webhook's body, about.
    size_bytes: usize,
    /// Messages a second in all; absent: each sender waits for nothing but the answer.
    rate: Option<u32>,
}

/// What became of it.
#[derive(Debug, Serialize)]
struct Report {
    accepted: usize,
    refused: usize,
    seconds: f64,
    /// When the first was sent.
    started_us: u64,
    /// From sending to the hub's 200.
    ack_ms: Spread,
    cpu_s: f64,
}

/// What one sender did.
#[derive(Default)]
struct Sent {
    times_us: Vec<u64>,
    refused: usize,
}

/// Reads the plan, sends, reports.
pub(crate) async fn run() -> Result<()> {
    let plan: Arc<Plan> = Arc::new(plan().await?);
    if plan.hooks.is_empty() || plan.senders == 0 {
        return Err("a plan needs hooks and senders".into());
    }
    let started_us = now_us();
    let start = Instant::now();
    let mut senders = JoinSet::new();
    for number in 0..plan.senders {
        senders.spawn(sender(number, start, Arc::clone(&plan)));
    }
    let mut all = Sent::default();
    while let Some(sent) = senders.join_next().await {
        let sent = sent??;
        all.times_us.extend(sent.times_us);
        all.refused += sent.refused;
    }
    let seconds = start.elapsed().as_secs_f64();
    let accepted = all.times_us.len();
    let ack_ms = Spread::of(all.times_us);
    answer(&Report { accepted, refused: all.refused, seconds, started_us, ack_ms, cpu_s: cpu_s() })
}

async fn sender(number: usize, start: Instant, plan: Arc<Plan>) -> Result<Sent> {
    let hook = &plan.hooks[number % plan.hooks.len()];
    let mut stream = TcpStream::connect(&plan.hub).await?;
    stream.set_nodelay(true)?;
    let mut sent = Sent::default();
    let mut buffer = Vec::with_capacity(4096);
    for n in (number..plan.count).step_by(plan.senders) {
        if let Some(rate) = plan.rate {
            #[expect(clippy::cast_precision_loss, reason = "counts of a run are far below 2^52")]
            let due = start + Duration::from_secs_f64(n as f64 / f64::from(rate));
            tokio::time::sleep_until(due).await;
        }
        let at = now_us();
        let body = update(number, n, at, plan.size_bytes);
        buffer.clear();
        buffer.extend_from_slice(
            format!(
                "POST /in?line={} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
                 X-Telegram-Bot-Api-Secret-Token: {}\r\nContent-Length: {}\r\n\r\n{body}",
                hook.hash,
                plan.hub,
                hook.secret,
                body.len()
            )
            .as_bytes(),
        );
        stream.write_all(&buffer).await?;
        if status(&mut stream, &mut buffer).await? == 200 {
            sent.times_us.push(now_us().saturating_sub(at));
        } else {
            sent.refused += 1;
        }
    }
    Ok(sent)
}

/// A text message as Telegram sends it. Its text says who sent it as which, and when.
fn update(sender: usize, n: usize, at_us: u64, size_bytes: usize) -> String {
    let (chat, date) = (500_000_000 + sender, at_us / 1_000_000);
    let person = format!(r#""id":{chat},"first_name":"Anna","last_name":"Load","username":"load_{sender}""#);
    let head = format!(
        r#"{{"update_id":{id},"message":{{"message_id":{id},"from":{{{person},"is_bot":false,"language_code":"en"}},"chat":{{{person},"type":"private"}},"date":{date},"text":"{sender} {n} {at_us} "#,
        id = n + 1,
    );
    let padding = "x".repeat(size_bytes.saturating_sub(head.len() + 3));
    format!("{head}{padding}\"}}}}")
}

/// Reads one answer to its end; its status.
async fn status(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<u16> {
    buffer.clear();
    loop {
        if stream.read_buf(buffer).await? == 0 {
            return Err("the hub closed a connection".into());
        }
        if let Some((status, size)) = head(buffer) {
            if buffer.len() >= size {
                return Ok(status);
            }
        } else if buffer.len() > ANSWER_MAX_BYTES {
            return Err("the hub's answer has no end".into());
        }
    }
}

/// Status and whole size of an answer, once its head is there.
fn head(answer: &[u8]) -> Option<(u16, usize)> {
    let end = answer.windows(4).position(|it| it == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&answer[..end]).ok()?.to_ascii_lowercase();
    let status = text.split_whitespace().nth(1)?.parse().ok()?;
    let length =
        text.lines().find_map(|it| it.strip_prefix("content-length:")).map_or(Ok(0), |it| it.trim().parse::<usize>());
    Some((status, end + length.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_to_its_end() {
        let table = [
            ("HTTP/1.1 200 OK\r\nContent-Le", None),
            ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", Some((200, 38))),
            ("HTTP/1.1 503 Busy\r\ncontent-length: 2\r\n\r\n", Some((503, 42))),
            ("HTTP/1.1 200 OK\r\nContent-Length: none\r\n\r\n", None),
        ];
        for (text, expected) in table {
            assert_eq!(head(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn a_message_is_json_of_the_size_asked_for() {
        let update = update(3, 17, 1_763_625_600_000_000, 1024);
        assert_eq!(update.len(), 1024);
        let read: serde_json::Value = serde_json::from_str(&update).unwrap();
        assert!(read["message"]["text"].as_str().unwrap().starts_with("3 17 1763625600000000 x"));
    }
}
