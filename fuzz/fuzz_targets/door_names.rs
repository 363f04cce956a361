//! Names from a peer (HELO, reverse name) and answers of DNS lists are judged without a panic, whatever they are; a
//! name that holds no address in any form is never numbered.
#![no_main]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use controls::names::dynamic::look;
use controls::names::helo::shape;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: (u32, u128, &str)| {
    let (four, six, name) = data;
    for ip in [IpAddr::from(Ipv4Addr::from(four)), IpAddr::from(Ipv6Addr::from(six))] {
        let _ = (look(name, ip), shape(name, ip));
    }
});
