//! A log or checkpoint of the door: never a panic, whatever the file holds; memory stays bounded, and what was read can
//! be used and written again.
#![no_main]

use door::{Bounds, Door, GreylistSettings, Limit, Source, Triplet, UnknownSettings, network_of};
use libfuzzer_sys::fuzz_target;
use message::UnixMillis;

const NOW: UnixMillis = UnixMillis(1_780_000_000_000);
const BOUNDS: Bounds = Bounds { octets: 4 << 20 };

fuzz_target!(|data: &[u8]| {
    // Checksums would keep nearly everything out; entries are tried behind them.
    let door = Door::in_memory(BOUNDS).expect("memory alone");
    door.restore_from(data, NOW);
    assert!(door.usage().octets <= BOUNDS.octets);
    let ip = std::net::IpAddr::from([192, 0, 2, 7]);
    for limited in door.windows.limited(NOW, 100) {
        let text = limited.name.unwrap_or_default();
        if let Ok(source) = Source::parse(&text) {
            door.windows.take(&source, Limit { most: 1_000, window_ms: limited.window_ms }, NOW);
        }
    }
    door.windows.take(&Source::Ip(ip), Limit { most: 3, window_ms: 1_000 }, NOW);
    door.unknown.pressed(&UnknownSettings::default(), NOW, 100);
    let of = Triplet { network: network_of(ip, 24, 48), identity: "example.com", recipient: "taro@example.jp" };
    door.greylist.ask(&of, &GreylistSettings::default(), NOW);
    door.greylist.waiting(None, NOW, 100);
});
