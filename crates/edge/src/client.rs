//! The one way out. Bounds size, time and redirects; connects to public addresses only, unless configured otherwise.
//!
//! The guard works where the connection is made: names are resolved by our own resolver, which drops private addresses,
//! so a name that changes between check and connect gains nothing; addresses written as numbers are checked in the URL;
//! each redirect passes the same checks.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};
use http::{HeaderMap, Method, StatusCode};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Redirects followed at most.
const REDIRECTS_MAX: usize = 5;
/// Time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Idle connections kept for a host.
const IDLE_PER_HOST: usize = 32;

/// What a client may reach.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Any address, also private: for traffic to hosts that the administrator configured, never for links from outside.
    pub allow_private: bool,
    /// Hosts (as `host` or `host:port`) that may be private: our own hub, a portal in the local network.
    pub allow_hosts: BTreeSet<String>,
    /// Follow redirects, each checked. Off: a redirect is an answer like any other.
    pub follow_redirects: bool,
}

/// An HTTP client under a [`Policy`]. Clones share connections.
#[derive(Debug, Clone)]
pub struct Client {
    inner: reqwest::Client,
    policy: Arc<Policy>,
}

/// Why a request gave no answer. Texts never hold the address: it may carry a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// Not an address that we go to.
    #[error("the address is refused: {0}")]
    Refused(&'static str),
    /// Nothing was sent.
    #[error("cannot connect: {0}")]
    Connect(String),
    /// It may have arrived; no whole answer came in time.
    #[error("no answer in time")]
    Timeout,
    /// It may have arrived; the connection broke.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The answer is larger than asked for.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The limit that was passed.
        limit: usize,
    },
}

/// An answer read whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body within the limit.
    pub body: Bytes,
}

/// An answer whose body is still coming.
#[derive(Debug)]
pub struct Streaming {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Bytes promised, if told.
    pub length: Option<u64>,
    response: reqwest::Response,
}

/// A request to send.
#[derive(Debug)]
pub struct Outgoing {
    /// Method.
    pub method: Method,
    /// Whole address.
    pub url: String,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: reqwest::Body,
    /// For the whole exchange, body included.
    pub timeout: Duration,
}

impl Outgoing {
    /// A request without headers and body.
    #[must_use]
    pub fn new(method: Method, url: impl Into<String>, timeout: Duration) -> Self {
        Self { method, url: url.into(), headers: HeaderMap::new(), body: reqwest::Body::from(""), timeout }
    }

    /// With this body.
    #[must_use]
    pub fn body(mut self, body: impl Into<reqwest::Body>) -> Self {
        self.body = body.into();
        self
    }

    /// With this header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = http::HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }
}

impl Client {
    /// Makes a client.
    ///
    /// # Panics
    /// If the machine has no usable TLS set-up, at start.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that makes clients")]
    pub fn new(policy: Policy) -> Self {
        // Installing twice is refused and harmless.
        drop(rustls::crypto::ring::default_provider().install_default());
        let policy = Arc::new(policy);
        let redirects = if policy.follow_redirects {
            let policy = Arc::clone(&policy);
            reqwest::redirect::Policy::custom(move |attempt| {
                if attempt.previous().len() > REDIRECTS_MAX {
                    return attempt.error(ClientError::Refused("too many redirects"));
                }
                match check(&policy, attempt.url()) {
                    Ok(()) => attempt.follow(),
                    Err(cause) => attempt.error(cause),
                }
            })
        } else {
            reqwest::redirect::Policy::none()
        };
        let inner = reqwest::Client::builder()
            .dns_resolver(Arc::new(Guard(Arc::clone(&policy))))
            .redirect(redirects)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .no_proxy()
            .user_agent(concat!("OpenLines/", env!("CARGO_PKG_VERSION")))
            .build()
            .expect("the TLS set-up of this machine is usable");
        Self { inner, policy }
    }

    /// Sends and reads the whole answer, at most `limit` bytes.
    ///
    /// # Errors
    /// See [`ClientError`]. Any status is an answer, not an error.
    pub async fn send(&self, request: Outgoing, limit: usize) -> Result<Answer, ClientError> {
        let streaming = self.stream(request).await?;
        let (status, headers) = (streaming.status, streaming.headers.clone());
        if streaming.length.is_some_and(|it| it > limit as u64) {
            return Err(ClientError::TooLarge { limit });
        }
        let mut body = BytesMut::new();
        let mut parts = streaming.bytes();
        while let Some(part) = parts.next().await {
            let part = part?;
            if body.len() + part.len() > limit {
                return Err(ClientError::TooLarge { limit });
            }
            body.extend_from_slice(&part);
        }
        Ok(Answer { status, headers, body: body.freeze() })
    }

    /// Sends and hands over the answer as soon as its head is there.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn stream(&self, request: Outgoing) -> Result<Streaming, ClientError> {
        let url =
            Url::parse(&request.url).map_err(|_| ClientError::Refused("not an absolute http or https address"))?;
        check(&self.policy, &url)?;
        let sent = self
            .inner
            .request(request.method, url)
            .headers(request.headers)
            .body(request.body)
            .timeout(request.timeout)
            .send()
            .await;
        let response = sent.map_err(|cause| translate(&cause))?;
        Ok(Streaming {
            status: response.status(),
            headers: response.headers().clone(),
            length: response.content_length(),
            response,
        })
    }

    /// Sends a form with files. The parts stream.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn send_form(
        &self,
        url: &str,
        form: reqwest::multipart::Form,
        timeout: Duration,
        limit: usize,
    ) -> Result<Answer, ClientError> {
        let url = Url::parse(url).map_err(|_| ClientError::Refused("not an absolute http or https address"))?;
        check(&self.policy, &url)?;
        let response =
            self.inner.post(url).multipart(form).timeout(timeout).send().await.map_err(|cause| translate(&cause))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.map_err(|cause| translate(&cause))?;
        if body.len() > limit {
            return Err(ClientError::TooLarge { limit });
        }
        Ok(Answer { status, headers, body })
    }
}

impl Streaming {
    /// The body, part by part, without a bound of its own: count as you read.
    pub fn bytes(self) -> impl Stream<Item = Result<Bytes, ClientError>> + Send + Unpin + 'static {
        Box::pin(self.response.bytes_stream().map(|part| part.map_err(|cause| translate(&cause))))
    }
}

fn translate(cause: &reqwest::Error) -> ClientError {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(cause);
    while let Some(it) = source {
        if let Some(ours) = it.downcast_ref::<ClientError>() {
            return ours.clone();
        }
        if let Some(io) = it.downcast_ref::<io::Error>()
            && let Some(ours) = io.get_ref().and_then(|inner| inner.downcast_ref::<ClientError>())
        {
            return ours.clone();
        }
        source = it.source();
    }
    // The deepest cause tells most ("connection refused") and never holds the address.
    let mut deepest: &dyn std::error::Error = cause;
    while let Some(it) = deepest.source() {
        deepest = it;
    }
    let words = if std::ptr::addr_eq(deepest, std::ptr::from_ref(cause)) {
        "refused by the other side".to_owned()
    } else {
        deepest.to_string()
    };
    if cause.is_connect() {
        ClientError::Connect(words)
    } else if cause.is_timeout() {
        ClientError::Timeout
    } else {
        ClientError::Broken(words)
    }
}

/// Checks all that can be seen in the address itself.
fn check(policy: &Policy, url: &Url) -> Result<(), ClientError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(ClientError::Refused("only http and https"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(ClientError::Refused("a user name in the address"));
    }
    if policy.allow_private || is_listed(policy, url) {
        return Ok(());
    }
    // The URL parser has already turned 0x7f.1, 2130706433 and 017700000001 into 127.0.0.1.
    let ip = match url.host() {
        Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
        // The resolver lets a listed name through; another port of that host is not what was listed.
        Some(Host::Domain(name)) if names_listed(policy, name) => {
            return Err(ClientError::Refused("a port not listed"));
        }
        Some(Host::Domain(_)) => None,
        None => return Err(ClientError::Refused("no host")),
    };
    if ip.is_some_and(|ip| !is_public(ip)) {
        return Err(ClientError::Refused("a private address"));
    }
    match url.port_or_known_default() {
        Some(80 | 443 | 1024..) => Ok(()),
        _ => Err(ClientError::Refused("a port of another service")),
    }
}

fn is_listed(policy: &Policy, url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let with_port = url.port_or_known_default().map(|port| format!("{host}:{port}"));
    policy.allow_hosts.contains(host) || with_port.is_some_and(|it| policy.allow_hosts.contains(&it))
}

fn names_listed(policy: &Policy, host: &str) -> bool {
    let host = host.trim_end_matches('.');
    policy.allow_hosts.iter().any(|it| it == host || it.rsplit_once(':').is_some_and(|(name, _)| name == host))
}

/// Whether an address belongs to the open internet.
#[must_use]
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_documentation()
        || ip.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19)))
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let segments = ip.segments();
    // Addresses that carry an IPv4 one: mapped, compatible, 6to4, NAT64. The inner one decides.
    if let Some(inner) = ip.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    if segments[..6] == [0, 0, 0, 0, 0, 0] {
        return false;
    }
    if segments[0] == 0x2002 {
        return is_public_v4(v4_of(segments[1], segments[2]));
    }
    if segments[0] == 0x64 && segments[1] == 0xff9b {
        return segments[2..6] == [0, 0, 0, 0] && is_public_v4(v4_of(segments[6], segments[7]));
    }
    // 2000::/3 is the open internet; out of it documentation and Teredo.
    (segments[0] & 0xe000) == 0x2000
        && !(segments[0] == 0x2001 && (segments[1] == 0xdb8 || segments[1] == 0))
        && !ip.is_multicast()
}

fn v4_of(high: u16, low: u16) -> Ipv4Addr {
    let [a, b] = high.to_be_bytes();
    let [c, d] = low.to_be_bytes();
    Ipv4Addr::new(a, b, c, d)
}

/// Resolves names and drops addresses that the policy does not allow.
#[derive(Debug)]
struct Guard(Arc<Policy>);

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = Arc::clone(&self.0);
        Box::pin(async move {
            let host = name.as_str().trim_end_matches('.').to_owned();
            let open = policy.allow_private || names_listed(&policy, &host);
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            let all: Vec<SocketAddr> = found.filter(|it| open || is_public(it.ip())).collect();
            if all.is_empty() {
                return Err(Box::new(ClientError::Refused("a name of private addresses only")) as Box<_>);
            }
            Ok(Box::new(all.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
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
            let sent = Client::new(only(address))
                .send(Outgoing::new(Method::GET, format!("http://{address}/"), TIME), 10)
                .await;
            assert_eq!(sent.expect_err("refused"), ClientError::TooLarge { limit: 10 });
        }
    }

    #[tokio::test]
    async fn errors_never_hold_the_address() {
        let client = Client::new(Policy { allow_private: true, ..Policy::default() });
        let sent = client.send(Outgoing::new(Method::GET, "http://127.0.0.1:9/bot123:secret/getMe", TIME), 10).await;
        let error = sent.expect_err("nobody listens");
        assert!(matches!(error, ClientError::Connect(_)));
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
