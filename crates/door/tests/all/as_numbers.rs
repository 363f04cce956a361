//! The longest prefix wins: against a plain list, and in the forms that files have.

use std::net::{IpAddr, Ipv4Addr};

use door::AsTable;
use ipnet::Ipv4Net;
use proptest::prelude::*;

proptest! {
    #[test]
    fn the_longest_prefix_wins(
        prefixes in prop::collection::vec((any::<u32>(), 0_u8..=32, 1_u32..100), 0..60),
        near in prop::collection::vec((0_usize..60, any::<u16>()), 50),
    ) {
        let nets: Vec<(Ipv4Net, u32)> = prefixes
            .iter()
            .map(|(ip, bits, number)| (Ipv4Net::new_assert(Ipv4Addr::from(*ip), *bits).trunc(), *number))
            .collect();
        let text: String = nets.iter().map(|(net, number)| format!("{net} {number}\n")).collect();
        let table = AsTable::parse(&text).unwrap();
        for (which, off) in near {
            let around = nets.get(which).map_or(0, |(net, _)| u32::from(net.network()));
            for ip in [around, around.wrapping_sub(1), around.wrapping_add(off.into())] {
                let ip = Ipv4Addr::from(ip);
                let best = nets.iter().filter(|(net, _)| net.contains(&ip)).map(|(net, _)| net.prefix_len()).max();
                let wanted = nets.iter().rfind(|(net, _)| net.contains(&ip) && Some(net.prefix_len()) == best);
                prop_assert_eq!(table.number(IpAddr::V4(ip)), wanted.map(|(_, number)| *number), "{} in {}", ip, text);
            }
        }
    }
}

#[test]
fn the_usual_forms_are_read() {
    let text = "# prefix, number\n192.0.2.0/24 AS64496 Example\n198.51.100.0\t24\t64497_64500\n\n\
                2001:db8::/32,64498,Example\n2001:db8:7::/48 64499 ; nearer\n";
    let table = AsTable::parse(text).unwrap();
    let number = |ip: &str| table.number(ip.parse().unwrap());
    assert_eq!(table.prefixes(), 4);
    assert_eq!(number("192.0.2.255"), Some(64_496));
    assert_eq!(number("::ffff:192.0.2.1"), Some(64_496));
    assert_eq!(number("198.51.100.1"), Some(64_497));
    assert_eq!(number("2001:db8:7::1"), Some(64_499));
    assert_eq!(number("2001:db8:8::1"), Some(64_498));
    assert_eq!((number("192.0.3.0"), number("2001:db9::"), number("203.0.113.7")), (None, None, None));
}

#[test]
fn a_bad_line_is_named() {
    for (text, line) in [
        ("192.0.2.0/24 64496\n192.0.2.0/33 64496\n", 2),
        ("192.0.2.0/24\n", 1),
        ("192.0.2.0 64496\n", 1),
        ("\n\nexample.com 64496\n", 3),
        ("192.0.2.0/24 ASx\n", 1),
    ] {
        assert_eq!(AsTable::parse(text).unwrap_err().line, line, "{text}");
    }
}

#[test]
fn the_ends_of_the_address_space_are_found() {
    let table = AsTable::parse("0.0.0.0/0 1\n255.255.255.255/32 2\nffff::/16 3\n").unwrap();
    assert_eq!(table.number("255.255.255.255".parse().unwrap()), Some(2));
    assert_eq!(table.number("255.255.255.254".parse().unwrap()), Some(1));
    assert_eq!(table.number("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff".parse().unwrap()), Some(3));
}
