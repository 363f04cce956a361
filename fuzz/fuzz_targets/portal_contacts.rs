//! An address book as phones (vCard) and spreadsheets (CSV) write it, in any charset: what is taken are addresses, with
//! names of one line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use portal::subscriber::address_book::contacts_of;

fuzz_target!(|bytes: &[u8]| {
    for (address, name) in contacts_of(bytes) {
        assert!(message::Address::parse(&address).is_ok_and(|read| read.key() == address), "{address:?}");
        assert!(name.chars().count() <= 100 && !name.chars().any(char::is_control), "{name:?}");
    }
});
