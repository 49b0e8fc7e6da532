//! Which address on the network a request came from: for the throttle, consents and the audit. Proxies that the operator
//! trusts are looked behind; what anybody else claims in a header counts for nothing.

use std::future::{Ready, ready};
use std::net::{IpAddr, SocketAddr};

use actix_web::dev::Payload;
use actix_web::{Error, FromRequest, HttpRequest, web};

use crate::app::App;

const FORWARDED: &str = "x-forwarded-for";

/// Where a request came from, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub Option<IpAddr>);

impl FromRequest for Peer {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(address(request))))
    }
}

pub fn address(request: &HttpRequest) -> Option<IpAddr> {
    let app = request.app_data::<web::Data<App>>();
    let trusted = app.map_or(&[][..], |app| &app.config.trusted_proxies);
    let headers = request.headers().get_all(FORWARDED).map(|value| value.to_str().unwrap_or_default());
    behind(request.peer_addr()?.ip(), &headers.collect::<Vec<_>>().join(","), trusted)
}

/// Each proxy appends whom it heard, so the list is read from its end, and only as far as those who wrote it are
/// trusted. Something unreadable there ends it: then the last proxy is all that is known.
fn behind(peer: IpAddr, forwarded: &str, trusted: &[IpAddr]) -> Option<IpAddr> {
    let mut nearest = peer.to_canonical();
    for heard in forwarded.rsplit(',') {
        if !trusted.contains(&nearest) {
            break;
        }
        let Some(heard) = read(heard.trim()) else { break };
        nearest = heard;
    }
    Some(nearest)
}

/// Some proxies add a port.
fn read(text: &str) -> Option<IpAddr> {
    let address = text.parse().or_else(|_| text.parse::<SocketAddr>().map(|socket| socket.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &str, trusted: &[&str]) -> String {
        let trusted: Vec<IpAddr> = trusted.iter().map(|proxy| proxy.parse().unwrap()).collect();
        behind(peer.parse().unwrap(), forwarded, &trusted).unwrap().to_string()
    }

    #[test]
    fn the_rightmost_address_that_no_trusted_proxy_has_counts() {
        let proxies = ["10.0.0.1", "10.0.0.2"];
        assert_eq!(seen("10.0.0.1", "6.6.6.6, 203.0.113.7", &proxies), "203.0.113.7");
        assert_eq!(seen("10.0.0.1", "6.6.6.6,203.0.113.7 , 10.0.0.2", &proxies), "203.0.113.7");
        assert_eq!(seen("::ffff:10.0.0.1", "[2001:db8::1]:4711", &proxies), "2001:db8::1");
        assert_eq!(seen("10.0.0.1", "203.0.113.7:80", &proxies), "203.0.113.7");
    }

    #[test]
    fn what_a_stranger_claims_or_nobody_can_read_counts_for_nothing() {
        assert_eq!(seen("203.0.113.9", "1.1.1.1", &["10.0.0.1"]), "203.0.113.9");
        assert_eq!(seen("203.0.113.9", "1.1.1.1", &[]), "203.0.113.9");
        for nonsense in ["", "unknown", "1.1.1.1, unknown", "1.1.1.1,"] {
            assert_eq!(seen("10.0.0.1", nonsense, &["10.0.0.1"]), "10.0.0.1", "{nonsense:?}");
        }
    }
}
