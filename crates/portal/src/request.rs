//! Extractors that answer with a [`Problem`] where axum's own would answer plain text.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use http::request::Parts as Head;
use openlines_edge::Problem;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::Parts;

/// Values of the path. One that cannot be read names nothing that we have: 404.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(head: &mut Head, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::<T>::from_request_parts(head, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(_) => Err(Problem::not_found("address")),
        }
    }
}

/// Values of the query. Derive `#[serde(deny_unknown_fields)]` to refuse names that we do not know.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(head: &mut Head, state: &S) -> Result<Self, Problem> {
        let pairs = head.uri.query().unwrap_or_default().split('&').map(|it| it.split_once('=').unwrap_or((it, "")));
        if let Some((name, _)) = pairs.into_iter().find(|(name, value)| name.contains("%00") || value.contains("%00")) {
            return Err(Problem::bad_field(name.replace("%00", ""), "leave the NUL character out of texts"));
        }
        match axum::extract::Query::<T>::from_request_parts(head, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(cause) => {
                let text = std::error::Error::source(&cause).map_or_else(|| cause.to_string(), ToString::to_string);
                // `view: unknown variant …` and "missing field `q`": the name stands before the colon or in quotes.
                let field = text.split_once(": ").map(|(name, _)| name.to_owned());
                let quoted = text.split('`').nth(1).filter(|_| text.contains("field `")).map(str::to_owned);
                match quoted.or(field) {
                    Some(name) => Err(Problem::bad_field(name, text)),
                    None => Err(Problem::bad_request(format!("the query cannot be read: {text}"))),
                }
            }
        }
    }
}

/// Where the request came from, for limits by address.
///
/// `X-Forwarded-For` counts only when the peer is a configured proxy, and then only the entry that the proxy itself
/// wrote: the last that is not a configured proxy too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address(pub IpAddr);

impl FromRequestParts<Parts> for Address {
    type Rejection = Problem;

    async fn from_request_parts(head: &mut Head, parts: &Parts) -> Result<Self, Problem> {
        let peer = head.extensions.get::<ConnectInfo<SocketAddr>>().map(|it| it.0.ip());
        // Without a peer (a test, a socket file) all callers share one bucket: stricter, never looser.
        let peer = peer.unwrap_or(IpAddr::from([0, 0, 0, 0]));
        let forwarded = head.headers.get_all("x-forwarded-for").iter().filter_map(|it| it.to_str().ok());
        Ok(Self(real_address(peer, forwarded, &parts.config.trusted_proxies)))
    }
}

fn real_address<'a>(peer: IpAddr, forwarded: impl Iterator<Item = &'a str>, proxies: &[IpAddr]) -> IpAddr {
    // A socket for both families shows a proxy at 127.0.0.1 as ::ffff:127.0.0.1.
    let peer = peer.to_canonical();
    if !proxies.contains(&peer) {
        return peer;
    }
    let entries: Vec<&str> = forwarded.flat_map(|it| it.split(',')).map(str::trim).collect();
    let named = entries.iter().rev().map_while(|it| it.parse::<IpAddr>().ok()).map(|it| it.to_canonical());
    named.into_iter().find(|it| !proxies.contains(it)).unwrap_or(peer)
}

/// For fields where `null` says something else than absence: absent is `None`, `null` is `Some(None)`.
///
/// # Errors
/// The value's own.
pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forwarded_address_counts_only_from_a_configured_proxy() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let rows = [
            ("a stranger writes the header", "9.9.9.9", vec!["1.1.1.1"], "9.9.9.9"),
            ("our proxy wrote the last entry", "10.0.0.1", vec!["1.1.1.1, 2.2.2.2"], "2.2.2.2"),
            ("two proxies of ours", "10.0.0.1", vec!["2.2.2.2", "10.0.0.2"], "2.2.2.2"),
            ("junk behind the proxy", "10.0.0.1", vec!["1.1.1.1, nonsense"], "10.0.0.1"),
            ("no header", "10.0.0.1", vec![], "10.0.0.1"),
            ("our proxy, met on a socket for both families", "::ffff:10.0.0.1", vec!["2.2.2.2"], "2.2.2.2"),
        ];
        let proxies = [ip("10.0.0.1"), ip("10.0.0.2")];
        for (name, peer, header, expected) in rows {
            assert_eq!(real_address(ip(peer), header.into_iter(), &proxies), ip(expected), "{name}");
        }
    }
}
