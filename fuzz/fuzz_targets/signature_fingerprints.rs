//! Fingerprints of any bytes: bounded, and the same message finds its own signature.
#![no_main]

use content::heuristics::ClassHint;
use content::signatures::{Entry, Fingerprints, Library, PROBES, Segment, Set};
use libfuzzer_sys::fuzz_target;
use message::{Limits, Message};

fuzz_target!(|data: &[u8]| {
    let message = Message::parse(data.to_vec().into(), &Limits::default());
    let fingerprints = Fingerprints::of(&message);
    assert!(fingerprints.probes().len() <= PROBES);
    let entries: Vec<Entry> = fingerprints
        .signatures()
        .into_iter()
        .zip(1..)
        .map(|(signature, number)| Entry { number, class: ClassHint::Spam, expires: 9, origin: "fuzz".into(), signature })
        .collect();
    let Ok(segment) = Segment::of(&entries) else { panic!("few entries fit") };
    let set = Set { name: "fuzz".into(), segments: vec![segment.into()], withdrawn: Default::default() };
    let found = Library { sets: vec![set] }.look_up(&fingerprints, 1);
    assert!(entries.is_empty() || !found.is_empty());
});
