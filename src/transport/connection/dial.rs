//! From a host name to a TCP connection.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::deadlines::Deadlines;
use super::network;
use super::progress::{Progress, Watch};
use super::transcript::Transcript;
use crate::domain::fault::{NetworkFault, NetworkKind};
use crate::domain::reply::{Cause, Stage, Trouble};

/// Addresses tried at most.
const MOST_ADDRESSES: usize = 8;
/// How long an address is tried alone before the next is tried beside it.
///
/// # Source
/// RFC 8305 section 5: 250 ms.
const HEAD_START: Duration = Duration::from_millis(250);

/// Looks `host` up and connects to the first address that answers.
pub(in crate::transport) async fn dial(
    host: &str,
    port: u16,
    deadlines: &Deadlines,
    transcript: &mut Transcript,
    watch: Watch<'_>,
) -> Result<TcpStream, Trouble> {
    let at = |stage: Stage| move |cause: Cause| Trouble { stage, cause };
    let addresses = timeout(deadlines.resolve, resolve(host, port))
        .await
        .map_err(|_| Cause::TimedOut)
        .and_then(|found| found.map_err(|why| unknown(host, &why)))
        .map_err(at(Stage::Resolve))?;
    if addresses.is_empty() {
        let why = format!("no address is known for \"{host}\"");
        return Err(at(Stage::Resolve)(Cause::Network(NetworkFault::new(NetworkKind::UnknownHost, why))));
    }
    watch(Progress::Found(addresses.clone()));
    let stream = timeout(deadlines.connect, race(&addresses))
        .await
        .map_err(|_| Cause::TimedOut)
        .and_then(|won| won.map_err(|why| network(&why)))
        .map_err(at(Stage::Connect))?;
    if let Ok(peer) = stream.peer_addr() {
        transcript.note('-', &format!("connected to {host} at {peer}"));
        watch(Progress::Connected(peer));
    }
    Ok(stream)
}

/// [`dial`] with nobody looking on.
pub(in crate::transport) async fn reach(host: &str, port: u16) -> Result<TcpStream, Trouble> {
    dial(host, port, &Deadlines::default(), &mut Transcript::new(), &|_| ()).await
}

/// Whether something at `host` takes connections on `port`; nothing is said to it.
pub async fn answers(host: &str, port: u16, patience: Duration) -> bool {
    let dialled = timeout(patience, async {
        let addresses = resolve(host, port).await?;
        // Asking the system for a route sends nothing.
        if addresses.iter().any(|address| has_route(*address)) {
            race(&addresses).await
        } else {
            Err(unreachable())
        }
    });
    matches!(dialled.await, Ok(Ok(_)))
}

fn has_route(to: SocketAddr) -> bool {
    let any: IpAddr = if to.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    std::net::UdpSocket::bind((any, 0)).and_then(|socket| socket.connect(to)).is_ok()
}

fn unreachable() -> io::Error {
    io::ErrorKind::NetworkUnreachable.into()
}

async fn resolve(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let found: Vec<SocketAddr> = tokio::net::lookup_host((host, port)).await?.collect();
    Ok(in_turn(&found))
}

/// The two families in turn, the system's first choice first: where IPv6 leads nowhere, IPv4 is next.
fn in_turn(found: &[SocketAddr]) -> Vec<SocketAddr> {
    let first_is_v6 = found.first().is_some_and(SocketAddr::is_ipv6);
    let (a, b): (Vec<SocketAddr>, Vec<SocketAddr>) =
        found.iter().copied().partition(|x| x.is_ipv6() == first_is_v6);
    let mut mixed = Vec::with_capacity(found.len());
    for n in 0..found.len() {
        mixed.extend(a.get(n).copied());
        mixed.extend(b.get(n).copied());
    }
    mixed.truncate(MOST_ADDRESSES);
    mixed
}

/// Tries the addresses one after another, each beside those still trying; the first to answer wins.
async fn race(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut waiting = addresses.iter().copied();
    let mut running = JoinSet::new();
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    loop {
        if let Some(address) = waiting.next() {
            running.spawn(connect(address));
        }
        let done = tokio::select! {
            done = running.join_next() => done,
            () = sleep(HEAD_START), if waiting.len() > 0 => continue,
        };
        match done {
            Some(Ok(Ok(stream))) => return Ok(stream),
            Some(Ok(Err(why))) => last = why,
            Some(Err(why)) => last = io::Error::other(why),
            None => return Err(last),
        }
    }
}

async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    // Without it every small message waits for the other side's delayed acknowledgement.
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Whether the name is unknown or nobody could be asked for it. The system says so only in words: its
/// number does not come through the standard library.
fn unknown(host: &str, why: &io::Error) -> Cause {
    let said = why.to_string();
    // glibc, musl, macOS; 11001 and 11004 are WSAHOST_NOT_FOUND and WSANO_DATA.
    let no_such_name = [
        "Name or service not known",
        "No address associated",
        "Name does not resolve",
        "nodename nor servname",
    ]
    .iter()
    .any(|words| said.contains(words))
        || matches!(why.raw_os_error(), Some(11001 | 11004));
    let kind = if no_such_name { NetworkKind::UnknownHost } else { NetworkKind::Offline };
    Cause::Network(NetworkFault::new(kind, format!("the name \"{host}\" could not be looked up ({said})")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_take_turns() {
        let found: Vec<SocketAddr> = ["[::1]:1", "[::2]:1", "1.1.1.1:1", "2.2.2.2:1", "3.3.3.3:1"]
            .iter()
            .map(|a| a.parse().unwrap())
            .collect();
        let shown: Vec<String> = in_turn(&found).iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["[::1]:1", "1.1.1.1:1", "[::2]:1", "2.2.2.2:1", "3.3.3.3:1"]);
    }

    #[tokio::test]
    async fn an_address_nobody_answers_at_does_not_hide_the_next() {
        let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let dead = gone.local_addr().unwrap();
        drop(gone);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let live = listener.local_addr().unwrap();
        let stream = race(&[dead, live]).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), live);
        assert!(stream.nodelay().unwrap());
        assert_eq!(race(&[dead]).await.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    }
}
