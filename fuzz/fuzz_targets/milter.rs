#![no_main]
//! Packets of the milter protocol, their commands, and the message put together from them.

use edge::milter::command::Command;
use edge::milter::message::Assembly;
use edge::milter::packet;
use libfuzzer_sys::fuzz_target;

const LIMIT: usize = 1 << 20;

fuzz_target!(|input: &[u8]| {
    let mut rest = input;
    let mut message = Assembly::default();
    while let Ok(Some((packet, octets))) = packet::first(rest) {
        assert!(octets <= rest.len() && octets == packet.data.len() + 5);
        match Command::read(packet) {
            Ok(Command::Header { name, value }) => message.field(name, value, true, LIMIT),
            Ok(Command::EndOfHeaders) => message.end_headers(LIMIT),
            Ok(Command::Body(piece) | Command::EndOfMessage(piece)) => message.body(piece, LIMIT),
            Ok(_) | Err(_) => {}
        }
        rest = &rest[octets..];
    }
    assert!(message.len() <= LIMIT);
    let _ = message.finish(LIMIT);
});
