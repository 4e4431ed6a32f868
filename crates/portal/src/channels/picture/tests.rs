//! A browser, the portal and a hub that is a plain server with a picture.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use openlines_edge::client::{Client, Policy};
use openlines_protocol::ConnectionId;
use tokio::net::TcpListener;

use super::*;
use crate::staff::Role;
use crate::test::{Channel, Office};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\npicture";

/// A hub that gives these answers one after another, the last for ever.
struct Gallery {
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
}

type Answers = Arc<(Arc<AtomicUsize>, Vec<(u16, Vec<u8>)>)>;

async fn give(State(answers): State<Answers>) -> Response {
    let at = answers.0.fetch_add(1, Ordering::SeqCst).min(answers.1.len() - 1);
    let (status, body) = answers.1[at].clone();
    (StatusCode::from_u16(status).unwrap(), [("content-type", "text/html")], body).into_response()
}

async fn gallery(answers: Vec<(u16, Vec<u8>)>) -> Gallery {
    let asked = Arc::new(AtomicUsize::new(0));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/files/{*path}", get(give)).with_state(Arc::new((Arc::clone(&asked), answers)));
    #[expect(clippy::disallowed_methods, reason = "a server for one test")]
    tokio::spawn(async move { axum::serve(listener, router).await });
    Gallery { address, asked }
}

/// A connection whose picture the hub says to be there.
async fn hang(office: &Office, gallery: &Gallery, signature: &str) {
    let link = format!("http://{}/files/7/abc?s={signature}", gallery.address);
    let mut tx = office.parts.db.tx("test").await.unwrap();
    sqlx::query("UPDATE connection SET picture = $1 WHERE id = 7").bind(link).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

async fn office_with_channel() -> Office {
    let office = Office::new().await;
    let line = office.line("Sales", &[]).await;
    Channel::new(&office, line, 7).await;
    office
}

#[tokio::test]
async fn the_picture_comes_from_us_is_harmless_and_asked_for_once_a_day() {
    let office = office_with_channel().await;
    let anna = office.sign_in("Anna", Role::Operator).await;
    let gallery = gallery(vec![(200, PNG.to_vec())]).await;
    let shown = anna.get("/api/connections").await.json()["connections"][0]["picture"].clone();
    assert!(shown.is_null());
    anna.get(&address(ConnectionId(7))).await.expect(404);
    hang(&office, &gallery, "1").await;

    let shown = anna.get("/api/connections").await.json()["connections"][0]["picture"].clone();
    assert_eq!(shown, "/api/connections/7/picture");
    for _ in 0..2 {
        let answer = anna.get(shown.as_str().unwrap()).await.expect(200);
        assert_eq!(answer.bytes, PNG);
        let header = |name: &str| answer.headers.get(name).unwrap().to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), "image/png");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert!(header("content-security-policy").starts_with("sandbox"));
        assert_eq!(header("cache-control"), CACHE);
    }
    // A new signature of the same picture is no new picture.
    hang(&office, &gallery, "2").await;
    anna.get(shown.as_str().unwrap()).await.expect(200);
    assert_eq!(gallery.asked.load(Ordering::SeqCst), 1);
    office.clock.turn_forward(KEEP);
    anna.get(shown.as_str().unwrap()).await.expect(200);
    assert_eq!(gallery.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn what_is_no_picture_is_not_handed_out() {
    let mut large = PNG.to_vec();
    large.resize(PICTURE_MAX + 1, 0);
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec();
    let rows = [
        (200, b"<html><script>alert(1)</script>".to_vec(), 404),
        (200, svg, 404),
        (200, b"%PDF-1.7".to_vec(), 404),
        (200, large, 404),
        (404, Vec::new(), 404),
        (302, Vec::new(), 503),
        (500, Vec::new(), 503),
    ];
    for (status, body, expected) in rows {
        let office = office_with_channel().await;
        let anna = office.sign_in("Anna", Role::Operator).await;
        let gallery = gallery(vec![(status, body)]).await;
        hang(&office, &gallery, "1").await;
        for _ in 0..2 {
            anna.get("/api/connections/7/picture").await.expect(expected);
        }
        assert_eq!(gallery.asked.load(Ordering::SeqCst), 1, "a hub is not asked again at once");
    }
}

#[tokio::test]
async fn while_the_hub_is_away_yesterdays_picture_is_shown() {
    let office = office_with_channel().await;
    let anna = office.sign_in("Anna", Role::Operator).await;
    let gallery = gallery(vec![(500, Vec::new()), (200, PNG.to_vec()), (500, Vec::new())]).await;
    hang(&office, &gallery, "1").await;
    anna.get("/api/connections/7/picture").await.expect(503);
    office.clock.turn_forward(KEEP_AWAY);
    anna.get("/api/connections/7/picture").await.expect(200);
    office.clock.turn_forward(KEEP);
    anna.get("/api/connections/7/picture").await.expect(200);
    assert_eq!(gallery.asked.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_link_into_the_private_network_is_not_followed() {
    let mut office = office_with_channel().await;
    let gallery = gallery(vec![(200, PNG.to_vec())]).await;
    hang(&office, &gallery, "1").await;
    office.parts.client = Client::new(Policy::default());
    assert!(matches!(show(&office.parts, ConnectionId(7)).await, Err(ChannelError::NoPicture)));
    assert_eq!(gallery.asked.load(Ordering::SeqCst), 0);
    assert!(matches!(show(&office.parts, ConnectionId(8)).await, Err(ChannelError::NotFound)));
}

#[tokio::test]
async fn no_more_pictures_are_kept_than_agreed() {
    let pictures = Pictures::default();
    for id in 0..200 {
        drop(pictures.place(ConnectionId(id)));
        assert!(pictures.0.lock().unwrap().len() <= KEPT_MAX);
    }
}
