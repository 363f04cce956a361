//! How often the source asked for recipients that do not exist (IN-02). The counting stands in the door's memory.

use std::net::IpAddr;

use ::door::{Pressure, Source, network_of};
use controls::facts::door::UnknownAsks;
use controls::{Fact, Stage};
use message::UnixMillis;

use super::gather::Asking;

/// A host with IPv6 has a whole /64 to ask from.
const IPV6_HOST: u8 = 64;

/// Who is counted: the address, or the /64 that one host has.
pub(super) fn source_of(ip: IpAddr) -> Source<'static> {
    match ip.to_canonical() {
        ip @ IpAddr::V4(_) => Source::Ip(ip),
        ip @ IpAddr::V6(_) => Source::Network(network_of(ip, 32, IPV6_HOST)),
    }
}

/// Counts this recipient, and says how the source stands.
pub(super) async fn gather(asking: &Asking<'_>) -> Fact<UnknownAsks> {
    let source = source_of(asking.envelope.peer.ip);
    let settings = &asking.settings.unknown;
    let unknown = &asking.door.memory.unknown;
    let counts = asking.stage == Stage::Rcpt && asking.takes("unknown_recipients");
    let pressure = match (counts, asking.recipient, asking.is_unknown) {
        (true, Some(_), _) => unknown.asked_known(&source, settings, asking.now),
        (true, None, true) => unknown.asked_unknown(&source, settings, asking.now),
        _ => unknown.pressure(&source, settings, asking.now),
    };
    Fact::Known(asks(asking, pressure))
}

fn asks(asking: &Asking<'_>, pressure: Pressure) -> UnknownAsks {
    let known = u32::try_from(asking.known).unwrap_or(u32::MAX);
    let most = asking.settings.unknown_in_message;
    UnknownAsks {
        this_one: asking.is_unknown,
        lately: pressure.unknown.round().clamp(0.0, f64::from(u32::MAX)) as u32,
        in_message: asking.unknown,
        known_in_message: known,
        pause_ms: u32::try_from(pressure.slow_ms.max(0)).unwrap_or(u32::MAX),
        // A list with a few stale addresses has more that exist.
        too_many_in_message: asking.is_unknown && most > 0 && asking.unknown >= most && asking.unknown > known,
        refused_until: pressure.refused_until.map(UnixMillis),
    }
}
