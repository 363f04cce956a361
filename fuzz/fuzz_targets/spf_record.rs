//! Any octets as an SPF record: reading and walking it ends, within the bounds of RFC 7208 §4.6.4.
#![no_main]

use auth::dns::Zone;
use auth::spf::{Question, Versions, check_host};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    let zone = Zone::new()
        .txt("example.jp", [b"v=spf1 ", octets].concat())
        .txt("explanation.example.jp", octets)
        .a("example.jp", [192, 0, 2, 2])
        .mx("example.jp", 10, "mail.example.jp")
        .ptr([192, 0, 2, 1], "mail.example.jp")
        .a("mail.example.jp", [192, 0, 2, 1]);
    let question = Question {
        ip: [192, 0, 2, 1].into(),
        domain: "example.jp",
        sender: "a.b+c@example.jp",
        helo: "mail.example.jp",
        receiver: "mx.example.com",
        now: 0,
        versions: Versions::Spf1,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(check_host(&zone, &question));
    assert!(zone.asked().len() <= 1 + 10 * 11 + 11 + 1, "{:?}", zone.asked());
});
