//! The address of a link in a digest, as anybody can change it: what we signed is read again as it was, what was not is
//! refused, and no two texts are the same link (a used one could be pressed again).
#![no_main]

use libfuzzer_sys::fuzz_target;
use message::UnixMillis;
use portal::digest::links::{Deed, Link, Links};
use store::{JunkId, OperatorId, SubscriberId};

const ALL: [Deed; 3] = [Deed::Take, Deed::Allow, Deed::Stop];

fuzz_target!(|given: (u8, i64, i64, u128, u32, usize, &str)| {
    let (deed, operator, subscriber, message, seconds, at, put) = given;
    let links = Links::new(&[1; 32]);
    // Nobody has the key: whatever it looks like, it is forged.
    assert!(links.read(put, &ALL, UnixMillis(0)).is_err());
    let link = Link {
        deed: ALL[usize::from(deed) % ALL.len()],
        operator: OperatorId(operator),
        subscriber: SubscriberId(subscriber),
        message: JunkId(uuid::Uuid::from_u128(message)),
        expires_at: UnixMillis(i64::from(seconds) * 1000),
    };
    let text = links.sign(&link);
    assert_eq!(links.read(&text, &ALL, UnixMillis(-1)).ok(), Some(link));
    // A part of it is replaced, as far as it goes.
    let at = at % (text.len() + 1);
    let rest = text.get(at + put.len()..).unwrap_or_default();
    let changed = format!("{}{put}{rest}", &text[..at]);
    assert_eq!(links.read(&changed, &ALL, UnixMillis(-1)).is_ok(), changed == text, "{changed}");
    let _ = links.name(put);
});
