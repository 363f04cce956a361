//! Any message with signatures and chains: verifying it ends, and nothing passes without a key that fits.
#![no_main]

use auth::AuthSettings;
use auth::dns::Zone;
use auth::fields::Fields;
use libfuzzer_sys::fuzz_target;
use message::authentication::{ArcOutcome, DkimOutcome};

fuzz_target!(|message: &[u8]| {
    // The first line is a key record, the rest the message.
    let (key, message) = message.split_at(message.iter().position(|&octet| octet == b'\n').unwrap_or(0));
    let zone = Zone::new().txt("s._domainkey.example.jp", key);
    let mail = Fields::split(message);
    let settings = AuthSettings::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(async {
        let dkim = auth::dkim::verify(&zone, &mail, &settings, 0).await;
        let arc = auth::arc::verify(&zone, &mail, &settings).await;
        if key.is_empty() {
            assert!(dkim.iter().all(|one| one.outcome != DkimOutcome::Pass) && arc.outcome != ArcOutcome::Pass);
        }
    });
});
