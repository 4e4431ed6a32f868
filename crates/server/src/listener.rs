//! Taking connections, with bounds that axum's own loop does not have: how many at once, and how long a client may dawdle
//! over its head or pause within its body.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use openlines_base::{Clock as _, SystemClock, Tasks};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::ServiceExt as _;
use tower_http::timeout::RequestBodyTimeoutLayer;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Connections at once; more wait in the system's queue. Far above what one process serves well, below its file limit.
const CONNECTIONS_MAX: usize = 8192;
/// From the first byte of a request to the end of its head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// Between two pieces of a body.
const BODY_PAUSE_MAX: Duration = Duration::from_secs(30);
/// After a failure to accept: out of file handles, mostly.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Requests in hand get so long at shutdown.
const DRAIN_PATIENCE: Duration = Duration::from_secs(10);

/// Serves until the tasks are asked to stop; requests in hand are finished.
pub(crate) fn serve(tasks: &Tasks, name: &'static str, listener: TcpListener, router: Router) {
    let router = router.layer(RequestBodyTimeoutLayer::new(BODY_PAUSE_MAX));
    let work = accept(tasks.clone(), listener, router);
    drop(tasks.spawn(name, work));
}

async fn accept(tasks: Tasks, listener: TcpListener, router: Router) {
    let (graceful, places) = (GracefulShutdown::new(), Arc::new(Semaphore::new(CONNECTIONS_MAX)));
    loop {
        let place = Arc::clone(&places).acquire_owned();
        let next = async { (place.await, listener.accept().await) };
        let (place, accepted) = tokio::select! {
            next = next => next,
            () = tasks.cancelled() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let connection = connection(stream, peer, router.clone());
                let watched = graceful.watch(connection);
                drop(tasks.spawn("connection", async move {
                    // A client that hangs up or talks nonsense is its own business.
                    drop(watched.await);
                    drop(place);
                }));
            }
            Err(cause) => {
                tracing::warn!(%cause, "Cannot take a connection");
                SystemClock.sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    drop(tokio::time::timeout(DRAIN_PATIENCE, graceful.shutdown()).await);
}

fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
) -> impl GracefulConnection<Error = BoxError, Output = Result<(), BoxError>> + Send + 'static {
    // Small answers go out at once.
    drop(stream.set_nodelay(true));
    let service = service_fn(move |request: Request<Incoming>| {
        let (router, mut request) = (router.clone(), request.map(Body::new));
        request.extensions_mut().insert(ConnectInfo(peer));
        router.oneshot(request)
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(HEAD_TIMEOUT).keep_alive_timeout(HEAD_TIMEOUT);
    builder.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned()
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn a_request_in_hand_is_finished_and_then_nobody_is_taken() {
        let (started, start) = tokio::sync::oneshot::channel();
        let (release, released) = tokio::sync::oneshot::channel::<()>();
        let cell = Arc::new(std::sync::Mutex::new(Some((started, released))));
        let slow = get(move || async move {
            let taken = cell.lock().expect("no panic before").take();
            let (started, released) = taken.expect("asked once");
            started.send(()).expect("the test waits");
            drop(released.await);
            "done"
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let tasks = Tasks::new();
        serve(&tasks, "http", listener, Router::new().route("/", slow));
        let mut client = TcpStream::connect(address).await.expect("connects");
        client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("asks");
        start.await.expect("the request came in");
        let group = tasks.clone();
        let stopping = tasks.spawn("stop", async move { group.token().cancel() });
        stopping.await.expect("stops");
        drop(release);
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.expect("an answer, then the end");
        assert!(answer.ends_with("done"), "{answer}");
        assert!(tasks.stop(Duration::from_secs(5)).await);
        assert!(TcpStream::connect(address).await.is_err());
    }
}
