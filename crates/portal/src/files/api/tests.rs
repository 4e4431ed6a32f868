//! Files as browsers, the hub and messengers meet them.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use http::{Request, StatusCode};
use openlines_base::{DAY, HOUR, MINUTE};
use openlines_edge::client::{Client, Policy};
use serde_json::{Value, json};

use crate::files::rules::{FILE_MAX, RETRY_STEPS};
use crate::files::{disk, download, public_link, sweep};
use crate::staff::Role;
use crate::test::{Answer, Browser, Office};
use crate::{FileId, MessageId};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n0123456789";

async fn upload(browser: &Browser, name: &str, mime: &str, bytes: &[u8]) -> Answer {
    let mut body = format!(
        "--xx\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: {mime}\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--xx--\r\n");
    let request = Request::post("/api/files").header("content-type", "multipart/form-data; boundary=xx");
    browser.send(request, body.into()).await
}

async fn attach(office: &Office, file: &Value, message: MessageId) {
    let mut tx = office.parts.db.tx("test").await.unwrap();
    sqlx::query("UPDATE file SET message_id = $2 WHERE id = $1")
        .bind(file["id"].as_i64().unwrap())
        .bind(message.get())
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn an_upload_is_kept_under_a_safe_name_and_its_real_type() {
    for office in Office::on_each_engine().await {
        let anna = office.sign_in("Anna", Role::Operator).await;
        let rows = [
            ("photo.png", "text/html", PNG, "photo.png", "image/png", "image"),
            ("../x\u{202e}gpj.exe", "image/jpeg", b"MZ..", "xgpj.exe", "application/octet-stream", "file"),
            ("page.html", "text/html", b"<script>alert(1)</script>", "page.html", "application/octet-stream", "file"),
            ("note.txt", "text/plain", "привет".as_bytes(), "note.txt", "text/plain", "file"),
        ];
        for (name, told, bytes, safe, mime, kind) in rows {
            let file = upload(&anna, name, told, bytes).await.expect(201).json()["file"].clone();
            assert_eq!((file["name"].as_str(), file["mime"].as_str()), (Some(safe), Some(mime)));
            assert_eq!((file["kind"].as_str(), file["size"].as_u64()), (Some(kind), Some(bytes.len() as u64)));
            let served = anna.get(file["url"].as_str().unwrap()).await.expect(200);
            assert_eq!(served.bytes, bytes);
            let header = |name: &str| served.headers[name].to_str().unwrap().to_owned();
            assert_eq!(header("x-content-type-options"), "nosniff");
            assert!(header("content-security-policy").starts_with("sandbox; default-src 'none'"));
            let shown = if kind == "image" { "inline" } else { "attachment" };
            assert!(header("content-disposition").starts_with(shown), "{name}");
        }
    }
}

#[tokio::test]
async fn parts_and_unchanged_files_are_answered_as_players_expect() {
    let office = Office::new().await;
    let anna = office.sign_in("Anna", Role::Operator).await;
    let file = upload(&anna, "a.png", "image/png", PNG).await.expect(201).json()["file"].clone();
    let url = file["url"].as_str().unwrap();
    let ask = |name: &'static str, value: String| anna.send(Request::get(url).header(name, value), "".into());
    let part = ask("range", "bytes=8-11".to_owned()).await.expect(206);
    assert_eq!(
        (part.bytes.as_slice(), part.headers["content-range"].to_str().unwrap()),
        (&b"0123"[..], "bytes 8-11/18")
    );
    ask("range", "bytes=99-".to_owned()).await.expect(416);
    let tag = part.headers["etag"].to_str().unwrap().to_owned();
    let same = ask("if-none-match", tag).await.expect(304);
    assert!(same.bytes.is_empty());
}

#[tokio::test]
async fn too_big_empty_and_formless_uploads_are_refused_and_leave_nothing() {
    let office = Office::new().await;
    let anna = office.sign_in("Anna", Role::Operator).await;
    let big = vec![7; usize::try_from(FILE_MAX).unwrap() + 1];
    assert_eq!(upload(&anna, "big", "x/y", &big).await.problem().1, "too_big");
    assert_eq!(upload(&anna, "empty", "x/y", b"").await.problem().2, "file");
    let other = Request::post("/api/files").header("content-type", "multipart/form-data; boundary=xx");
    let body = "--xx\r\ncontent-disposition: form-data; name=\"photo\"\r\n\r\nx\r\n--xx--\r\n";
    assert_eq!(anna.send(other, body.into()).await.problem().2, "file");
    let torn = Request::post("/api/files").header("content-type", "multipart/form-data; boundary=xx");
    let body = "--xx\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nhalf";
    anna.send(torn, body.into()).await.expect(400);
    assert_eq!(std::fs::read_dir(office.parts.files.join(disk::PART)).unwrap().count(), 0);
    assert!(!office.parts.files.join(disk::WHOLE).exists());
    office.stranger().post("/api/files", json!({})).await.expect(401);
}

#[tokio::test]
async fn a_file_is_seen_by_those_who_may_see_its_dialog() {
    for office in Office::on_each_engine().await {
        let anna = office.sign_in("Anna", Role::Operator).await;
        let ivan = office.sign_in("Ivan", Role::Operator).await;
        let boss = office.sign_in("Boss", Role::Admin).await;
        let sales = office.line("Sales", &[anna.operator]).await;
        let dialog = office.dialog(sales).await;
        let message = office.message(dialog, "hello").await;
        let file = upload(&anna, "a.png", "image/png", PNG).await.expect(201).json()["file"].clone();
        let url = file["url"].as_str().unwrap();
        // Nobody but its maker before it is sent.
        for (browser, status) in [(&anna, 200), (&ivan, 404), (&boss, 404)] {
            browser.get(url).await.expect(status);
        }
        attach(&office, &file, message).await;
        for (browser, status) in [(&anna, 200), (&ivan, 404), (&boss, 200)] {
            browser.get(url).await.expect(status);
        }
        office.stranger().get(url).await.expect(401);
        anna.get("/api/files/999999/x").await.expect(404);
    }
}

#[tokio::test]
async fn a_signed_link_opens_one_file_for_a_week_without_a_login() {
    let office = Office::new().await;
    let anna = office.sign_in("Anna", Role::Operator).await;
    let file = upload(&anna, "page.html", "text/html", b"<b>x</b>").await.expect(201).json()["file"].clone();
    let other = upload(&anna, "b.png", "image/png", PNG).await.expect(201).json()["file"].clone();
    let id = FileId(file["id"].as_i64().unwrap());
    let link = public_link(&office.parts, id, "page.html");
    let path = link.strip_prefix("http://desk.test").unwrap();
    let stranger = office.stranger();
    let served = stranger.get(path).await.expect(200);
    assert_eq!(served.bytes, b"<b>x</b>");
    assert!(served.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    assert_eq!(served.headers["content-type"], "application/octet-stream");
    let foreign = path.replacen(&format!("/f/{id}/"), &format!("/f/{}/", other["id"]), 1);
    stranger.get(&foreign).await.expect(404);
    stranger.get(&path.replacen("/page", "x/page", 1)).await.expect(404);
    office.clock.advance(6 * DAY).await;
    stranger.get(path).await.expect(200);
    office.clock.advance(DAY).await;
    stranger.get(path).await.expect(404);
}

/// A messenger's file server: answers as told, in order, then always with the last.
struct Source {
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
}

async fn source(answers: Vec<(u16, Vec<u8>)>) -> Source {
    let asked = Arc::new(AtomicUsize::new(0));
    let answers = Arc::new(Mutex::new(answers));
    let counter = Arc::clone(&asked);
    let handler = move || {
        counter.fetch_add(1, Ordering::SeqCst);
        let mut answers = answers.lock().unwrap();
        let answer = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
        async move { (StatusCode::from_u16(answer.0).unwrap(), answer.1) }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = axum::serve(listener, Router::new().route("/file", get(handler)));
    openlines_base::Tasks::new().spawn("source", async move { server.await.unwrap() });
    Source { address, asked }
}

async fn expect(office: &Office, message: MessageId, url: &str, kind: &str) -> FileId {
    let mut tx = office.parts.db.tx("test").await.unwrap();
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO file (message_id, name, mime, kind, state, source_url, created_at)
         VALUES ($1, 'a.png', 'image/png', $2, 'loading', $3, $4) RETURNING id",
    )
    .bind(message.get())
    .bind(kind)
    .bind(url)
    .bind(office.parts.clock.now().ms())
    .fetch_one(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    FileId(id)
}

async fn state(office: &Office, id: FileId) -> (String, String, i64) {
    let mut read = office.parts.db.read().await.unwrap();
    sqlx::query_as(
        "SELECT f.state, f.kind, m.version FROM file f JOIN message m ON m.id = f.message_id WHERE f.id = $1",
    )
    .bind(id.get())
    .fetch_one(&mut *read)
    .await
    .unwrap()
}

/// Works until nothing is due.
async fn work(office: &Office) -> Duration {
    loop {
        if let Some(pause) = download::step(&office.parts).await.unwrap() {
            return pause;
        }
    }
}

#[tokio::test]
async fn a_customers_file_comes_after_its_message_and_raises_its_version() {
    for office in Office::on_each_engine().await {
        let anna = office.sign_in("Anna", Role::Operator).await;
        let line = office.line("Sales", &[anna.operator]).await;
        let message = office.message(office.dialog(line).await, "look").await;
        let source = source(vec![(200, PNG.to_vec())]).await;
        let id = expect(&office, message, &format!("http://{}/file", source.address), "image").await;
        assert_eq!(anna.get(&format!("/api/files/{id}/a.png")).await.problem().1, "file_not_ready");
        work(&office).await;
        assert_eq!(state(&office, id).await, ("ready".to_owned(), "image".to_owned(), 2));
        assert_eq!(anna.get(&format!("/api/files/{id}/a.png")).await.expect(200).bytes, PNG);
        let mut read = office.parts.db.read().await.unwrap();
        let told: (String, i64, i64) =
            sqlx::query_as("SELECT kind, entity_id, line_id FROM live_event ORDER BY seq DESC LIMIT 1")
                .fetch_one(&mut *read)
                .await
                .unwrap();
        assert_eq!(told, ("message".to_owned(), message.get(), line.get()));
    }
}

#[tokio::test]
async fn a_source_that_is_unwell_is_asked_again_by_the_schedule_and_then_no_more() {
    for office in Office::on_each_engine().await {
        let line = office.line("Sales", &[]).await;
        let message = office.message(office.dialog(line).await, "look").await;
        let source = source(vec![(500, vec![])]).await;
        let id = expect(&office, message, &format!("http://{}/file", source.address), "image").await;
        for (tries, step) in RETRY_STEPS.iter().enumerate() {
            work(&office).await;
            assert_eq!(source.asked.load(Ordering::SeqCst), tries + 1);
            office.clock.advance(*step - Duration::from_secs(1)).await;
            work(&office).await;
            assert_eq!(source.asked.load(Ordering::SeqCst), tries + 1, "not before its time");
            office.clock.advance(Duration::from_secs(1)).await;
        }
        assert_eq!(state(&office, id).await.0, "loading");
        work(&office).await;
        assert_eq!(state(&office, id).await, ("failed".to_owned(), "image".to_owned(), 2));
        office.clock.advance(24 * HOUR).await;
        work(&office).await;
        assert_eq!(source.asked.load(Ordering::SeqCst), RETRY_STEPS.len() + 1);
    }
}

#[tokio::test]
async fn what_comes_is_judged_by_its_bytes_and_its_size() {
    let office = Office::new().await;
    let line = office.line("Sales", &[]).await;
    let message = office.message(office.dialog(line).await, "look").await;
    let huge = vec![0; usize::try_from(FILE_MAX).unwrap() + 1];
    let rows = [
        (200, b"<html><script>".to_vec(), ("ready", "file")),
        (410, vec![], ("failed", "image")),
        (413, vec![], ("too_big", "image")),
        (200, huge, ("too_big", "image")),
    ];
    for (status, body, expected) in rows {
        let source = source(vec![(status, body)]).await;
        let id = expect(&office, message, &format!("http://{}/file", source.address), "image").await;
        work(&office).await;
        let (state, kind, _) = state(&office, id).await;
        assert_eq!((state.as_str(), kind.as_str()), expected);
    }
    assert_eq!(std::fs::read_dir(office.parts.files.join(disk::PART)).unwrap().count(), 0);
}

#[tokio::test]
async fn private_addresses_are_never_fetched_unless_configured() {
    let mut office = Office::new().await;
    let source = source(vec![(200, PNG.to_vec())]).await;
    let line = office.line("Sales", &[]).await;
    let message = office.message(office.dialog(line).await, "look").await;
    office.parts.client = Client::new(Policy { follow_redirects: true, ..Policy::default() });
    let id = expect(&office, message, &format!("http://{}/file", source.address), "image").await;
    work(&office).await;
    assert_eq!(state(&office, id).await.0, "failed");
    assert_eq!(source.asked.load(Ordering::SeqCst), 0);
    // Our own hub, by its host and port.
    let hub = [source.address.to_string()].into();
    office.parts.client = Client::new(Policy { follow_redirects: true, allow_hosts: hub, ..Policy::default() });
    let id = expect(&office, message, &format!("http://{}/file", source.address), "image").await;
    work(&office).await;
    assert_eq!(state(&office, id).await.0, "ready");
}

#[tokio::test]
async fn a_fetch_cut_off_by_a_crash_is_done_again_after_its_lease() {
    for office in Office::on_each_engine().await {
        let line = office.line("Sales", &[]).await;
        let message = office.message(office.dialog(line).await, "look").await;
        let source = source(vec![(200, PNG.to_vec())]).await;
        let id = expect(&office, message, &format!("http://{}/file", source.address), "image").await;
        let mut tx = office.parts.db.tx("test").await.unwrap();
        let lease = 10 * MINUTE;
        let now = office.parts.clock.now();
        assert_eq!(crate::files::store::claim(&mut tx, now, lease, 10).await.unwrap().len(), 1);
        tx.commit().await.unwrap();
        // Killed here.
        work(&office).await;
        assert_eq!(state(&office, id).await.0, "loading");
        office.clock.advance(lease).await;
        work(&office).await;
        assert_eq!(state(&office, id).await.0, "ready");
    }
}

#[tokio::test]
async fn sweeping_removes_unsent_uploads_half_files_and_bytes_without_a_row() {
    let office = Office::new().await;
    // The age of bytes is told by the machine's clock, so this office lives today.
    let today = openlines_base::Clock::now(&openlines_base::SystemClock);
    office.clock.turn_forward(today.since(office.parts.clock.now()));
    office.clock.turn_back(office.parts.clock.now().since(today));
    let anna = office.sign_in("Anna", Role::Operator).await;
    let line = office.line("Sales", &[anna.operator]).await;
    let message = office.message(office.dialog(line).await, "look").await;
    let sent = upload(&anna, "sent.png", "image/png", PNG).await.expect(201).json()["file"].clone();
    attach(&office, &sent, message).await;
    let loose = upload(&anna, "loose.png", "image/png", PNG).await.expect(201).json()["file"].clone();
    let (half, orphan) = (office.parts.files.join("part/half"), office.parts.files.join("whole/zz/zzzz"));
    std::fs::create_dir_all(orphan.parent().unwrap()).unwrap();
    for path in [&half, &orphan] {
        std::fs::write(path, b"x").unwrap();
    }
    office.clock.turn_forward(HOUR);
    sweep::sweep(&office.parts).await.unwrap();
    assert!(half.exists() && orphan.exists());
    office.clock.turn_forward(2 * DAY);
    sweep::sweep(&office.parts).await.unwrap();
    assert!(!half.exists() && !orphan.exists());
    anna.get(sent["url"].as_str().unwrap()).await.expect(200);
    anna.get(loose["url"].as_str().unwrap()).await.expect(404);
}
