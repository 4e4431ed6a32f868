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
/// Ports from 1024 on where databases, caches and remote desktops listen, never pages and files.
const SERVICE_PORTS: [u16; 16] =
    [1433, 1521, 2049, 2375, 2376, 2379, 3306, 3389, 5432, 5900, 5984, 6379, 9042, 9200, 11211, 27017];
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
                match check_redirect(&policy, attempt.previous().last(), attempt.url()) {
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
            // It would tell the next host the address that we come from, token and all.
            .referer(false)
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
        self.stream(request).await?.read(limit).await
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
        Ok(Streaming::of(response))
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
        let request = Outgoing::new(Method::POST, url, timeout);
        self.send_form_with(request, form, limit).await
    }

    /// As [`Client::send_form`], with the method and headers of a request; its body is not used.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn send_form_with(
        &self,
        request: Outgoing,
        form: reqwest::multipart::Form,
        limit: usize,
    ) -> Result<Answer, ClientError> {
        let url =
            Url::parse(&request.url).map_err(|_| ClientError::Refused("not an absolute http or https address"))?;
        check(&self.policy, &url)?;
        let sent = self
            .inner
            .request(request.method, url)
            .headers(request.headers)
            .multipart(form)
            .timeout(request.timeout)
            .send()
            .await;
        Streaming::of(sent.map_err(|cause| translate(&cause))?).read(limit).await
    }
}

impl Streaming {
    fn of(response: reqwest::Response) -> Self {
        Self {
            status: response.status(),
            headers: response.headers().clone(),
            length: response.content_length(),
            response,
        }
    }

    /// Reads the whole body, at most `limit` bytes.
    async fn read(self, limit: usize) -> Result<Answer, ClientError> {
        let (status, headers) = (self.status, self.headers.clone());
        if self.length.is_some_and(|it| it > limit as u64) {
            return Err(ClientError::TooLarge { limit });
        }
        let mut body = BytesMut::new();
        let mut parts = self.bytes();
        while let Some(part) = parts.next().await {
            let part = part?;
            if body.len() + part.len() > limit {
                return Err(ClientError::TooLarge { limit });
            }
            body.extend_from_slice(&part);
        }
        Ok(Answer { status, headers, body: body.freeze() })
    }

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
        Some(port @ (80 | 443 | 1024..)) if !SERVICE_PORTS.contains(&port) => Ok(()),
        _ => Err(ClientError::Refused("a port of another service")),
    }
}

/// A listed private host may be asked, but nobody else may send us to it: only the host itself redirects within itself.
fn check_redirect(policy: &Policy, from: Option<&Url>, to: &Url) -> Result<(), ClientError> {
    if policy.allow_private || from.is_some_and(|it| it.origin() == to.origin()) {
        return check(policy, to);
    }
    if to.host_str().is_some_and(|host| names_listed(policy, host)) {
        return Err(ClientError::Refused("a private address"));
    }
    check(&Policy::default(), to)
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
#[path = "client_tests.rs"]
mod tests;
