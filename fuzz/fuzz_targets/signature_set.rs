//! The file of a signature set: never a panic, whatever it holds; and what was never signed is never believed.
#![no_main]

use content::signatures::file::{SigningKey, load};
use content::signatures::journal::Record;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let key = SigningKey::from_secret(&[7; 32]);
    assert!(load(|| Ok(data), &[key.public()]).is_err());
    for line in String::from_utf8_lossy(data).lines() {
        if let Ok(record) = Record::parse(line) {
            assert_eq!(Record::parse(&record.to_string()), Ok(record));
        }
    }
});
