//! The DATA reader gives the same result however its input is split, and never lets a bare line end or a NUL through.
#![no_main]

use edge::smtp::BareLineEnds;
use edge::smtp::data::{Fault, Framing, MessageReader};
use libfuzzer_sys::fuzz_target;

fn read(
    framing: Framing,
    bare: BareLineEnds,
    limit: usize,
    input: &[u8],
    step: usize,
) -> (Result<Vec<u8>, Fault>, usize) {
    let mut reader = MessageReader::new(framing, bare, limit);
    let mut taken = 0;
    for piece in input.chunks(step) {
        let fed = reader.feed(piece);
        taken += fed.taken;
        if fed.ended {
            break;
        }
    }
    (reader.finish().map(|bytes| bytes.to_vec()), taken)
}

fuzz_target!(|data: &[u8]| {
    let Some(([how, limit], input)) = data.split_first_chunk::<2>().map(|(head, rest)| (*head, rest)) else { return };
    let framing = if how & 1 == 0 { Framing::Dots } else { Framing::Counted };
    let bare = if how & 2 == 0 { BareLineEnds::Refuse } else { BareLineEnds::Normalise };
    let limit = usize::from(limit) * 4;
    let once = read(framing, bare, limit, input, usize::MAX);
    for step in [1, 2, usize::from(how >> 2) + 1] {
        assert_eq!(read(framing, bare, limit, input, step), once);
    }
    if let Ok(message) = once.0 {
        assert!(message.len() <= limit && !message.contains(&0));
        assert!(message.first() != Some(&b'\n') && message.last() != Some(&b'\r'));
        assert!(message.windows(2).all(|pair| (pair[0] == b'\r') == (pair[1] == b'\n')));
    }
});
