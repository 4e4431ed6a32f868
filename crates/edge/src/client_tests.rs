//! The guard, the bounds and the silence about addresses.

use super::*;

const TIME: Duration = Duration::from_secs(5);

#[tokio::test]
async fn addresses_that_are_not_of_the_open_internet_are_refused_at_connect() {
    let client = Client::new(Policy { follow_redirects: true, ..Policy::default() });
    let refused = [
        "http://127.0.0.1/",
        "http://0.0.0.0/",
        "http://169.254.169.254/latest/meta-data",
        "http://10.1.2.3/",
        "http://172.16.0.1/",
        "http://192.168.1.1/",
        "http://100.64.0.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[fd00::1]/",
        "http://[fe80::1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://017700000001/",
        "http://127.1/",
        "http://localhost/",
        "http://localhost./",
        "http://user@example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "data:text/plain,hi",
        "http://8.8.8.8:22/",
        "http://8.8.8.8:25/",
        "http://8.8.8.8:6379/",
        "http://8.8.8.8:5432/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "ftp://8.8.8.8/",
        "not an address",
    ];
    for url in refused {
        let sent = client.send(Outgoing::new(Method::GET, url, TIME), 10).await;
        assert!(matches!(sent, Err(ClientError::Refused(_))), "{url} gave {sent:?}");
    }
}

#[test]
fn public_addresses_pass() {
    for text in ["8.8.8.8", "149.154.167.220", "2a00:1450:4010:c0f::71", "64:ff9b::808:808"] {
        assert!(is_public(text.parse().expect("an address")), "{text}");
    }
}

/// Answers every request with this text, until dropped.
async fn server(answer: &'static str) -> SocketAddr {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let tasks = openlines_base::Tasks::new();
    drop(tasks.spawn("server", async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut buffer = [0; 2048];
            drop(socket.read(&mut buffer).await);
            drop(socket.write_all(answer.as_bytes()).await);
        }
    }));
    address
}

fn only(address: SocketAddr) -> Policy {
    Policy { allow_hosts: [address.to_string()].into(), follow_redirects: true, allow_private: false }
}

#[tokio::test]
async fn a_redirect_to_a_private_address_is_refused() {
    let address = server("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n").await;
    let sent =
        Client::new(only(address)).send(Outgoing::new(Method::GET, format!("http://{address}/"), TIME), 10).await;
    assert_eq!(sent.expect_err("refused"), ClientError::Refused("a private address"));
}

#[tokio::test]
async fn a_redirect_loop_ends() {
    let address =
        server("HTTP/1.1 302 Found\r\nlocation: /again\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
    let sent =
        Client::new(only(address)).send(Outgoing::new(Method::GET, format!("http://{address}/"), TIME), 10).await;
    assert_eq!(sent.expect_err("ends"), ClientError::Refused("too many redirects"));
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_told_or_not() {
    let told = server("HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n01234567890123456789").await;
    let untold = server("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n01234567890123456789").await;
    for address in [told, untold] {
        let sent =
            Client::new(only(address)).send(Outgoing::new(Method::GET, format!("http://{address}/"), TIME), 10).await;
        assert_eq!(sent.expect_err("refused"), ClientError::TooLarge { limit: 10 });
    }
}

#[tokio::test]
async fn the_answer_to_a_form_is_bounded_while_it_is_read() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let endless = async {
        let (mut socket, _) = listener.accept().await.expect("a caller");
        let mut buffer = [0; 2048];
        drop(socket.read(&mut buffer).await);
        drop(socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await);
        while socket.write_all(&[b'x'; 1024]).await.is_ok() {}
    };
    let form = reqwest::multipart::Form::new().text("a", "b");
    let client = Client::new(only(address));
    let url = format!("http://{address}/");
    let (sent, ()) = tokio::join!(client.send_form(&url, form, TIME, 10_000), endless);
    assert_eq!(sent.expect_err("refused"), ClientError::TooLarge { limit: 10_000 });
}

#[tokio::test]
async fn an_address_with_a_token_is_not_told_to_where_it_redirects() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let client = Client::new(only(address));
    let url = format!("http://{address}/file/bot123:secret/photo.jpg");
    let asking = client.send(Outgoing::new(Method::GET, url, TIME), 10);
    let answering = async {
        let mut heard = String::new();
        for answer in ["302 Found\r\nlocation: /other", "200 OK"] {
            let (mut socket, _) = listener.accept().await.expect("a caller");
            let mut buffer = [0; 2048];
            let size = socket.read(&mut buffer).await.expect("a request");
            heard = String::from_utf8_lossy(&buffer[..size]).into_owned();
            let answer = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            socket.write_all(answer.as_bytes()).await.expect("answers");
        }
        heard
    };
    let (sent, heard) = tokio::join!(asking, answering);
    assert_eq!(sent.expect("an answer").status, StatusCode::OK);
    assert!(heard.starts_with("GET /other ") && !heard.contains("secret"), "{heard}");
}

#[tokio::test]
async fn errors_never_hold_the_address() {
    let client = Client::new(Policy { allow_private: true, ..Policy::default() });
    let sent = client.send(Outgoing::new(Method::GET, "http://127.0.0.1:9/bot123:secret/getMe", TIME), 10).await;
    let error = sent.expect_err("nobody listens");
    assert!(matches!(error, ClientError::Connect(_)));
    assert!(!error.to_string().contains("secret"), "{error}");
}
