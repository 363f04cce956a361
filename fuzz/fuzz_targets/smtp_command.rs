//! Any line is a command or has a reply; an address that was read can be written and read again.
#![no_main]

use edge::smtp::command::{Command, Recipient};
use edge::smtp::xclient;
use libfuzzer_sys::fuzz_target;
use message::{Address, Peer, ReversePath};

fn same_again(address: &Address) {
    assert_eq!(Address::parse(&address.to_string()).as_ref(), Ok(address));
}

fuzz_target!(|data: &[u8]| {
    match Command::parse(data) {
        Ok(Command::Mail { from: ReversePath::Address(address), .. }) => same_again(&address),
        Ok(Command::Rcpt { to: Recipient::Address(address), .. }) => same_again(&address),
        Ok(Command::Xclient(attributes)) => {
            let _ = xclient::apply(&attributes, &Peer::at(std::net::Ipv4Addr::LOCALHOST.into()));
        }
        Ok(_) => {}
        Err(bad) => assert!((400..600).contains(&bad.reply().code)),
    }
});
