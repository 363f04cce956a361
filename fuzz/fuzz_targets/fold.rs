//! Folding and squeezing twice is folding and squeezing once.
#![no_main]

use libfuzzer_sys::fuzz_target;
use message::normal::{fold, squeeze};

fuzz_target!(|data: &str| {
    let folded = fold(data);
    assert_eq!(fold(&folded), folded);
    let squeezed = squeeze(data);
    assert_eq!(squeeze(&squeezed), squeezed);
});
