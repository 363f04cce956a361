//! Any bytes under any label become text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use message::charset;

const LABELS: [Option<&str>; 10] = [
    None,
    Some("iso-2022-jp"),
    Some("shift_jis"),
    Some("euc-jp"),
    Some("utf-8"),
    Some("us-ascii"),
    Some("utf-7"),
    Some("hz-gb-2312"),
    Some("iso-8859-1"),
    Some("utf-16"),
];

fuzz_target!(|data: &[u8]| {
    let Some((&first, bytes)) = data.split_first() else { return };
    let label = LABELS[usize::from(first) % LABELS.len()];
    let decoded = charset::decode(bytes, label);
    // No charset of mail gives more than three octets of text for one, and the longest picture is known.
    assert!(decoded.text.len() <= 32 * bytes.len() + 16);
    if decoded.lost > 0 {
        assert!(decoded.text.contains('\u{FFFD}'));
    }
});
