//! Cabinet files: the list of names at their start ([MS-CAB] 2.3). Nothing is unpacked.

use super::reader::{Reader, size};
use super::{Entry, Format, Inside, Look, name};

pub(super) fn list(octets: &[u8], look: &mut Look<'_>) -> Inside {
    let mut finds = Inside::new(Format::Cab);
    if entries(octets, &mut finds, look).is_none() {
        finds.cut = true;
    }
    finds
}

fn entries(octets: &[u8], finds: &mut Inside, look: &mut Look<'_>) -> Option<()> {
    let first = size(Reader::from(octets, 16).u32()?);
    let count = Reader::from(octets, 28).u16()?;
    let mut reader = Reader::from(octets, first);
    for _ in 0..count {
        let unpacked = reader.u32()?;
        reader.skip(12)?;
        let entry = Entry::new(name(reader.text()?), unpacked.into(), 0);
        if !finds.take(entry, |_| None, look) {
            break;
        }
    }
    Some(())
}
