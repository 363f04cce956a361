//! RAR, both formats: the headers before each entry (RAR 4 technote; RAR 5.0 archive format). Nothing is unpacked.

use super::reader::{Reader, size};
use super::{Entry, Format, Inside, Look, name};

pub(super) const SIGNATURE_4: &[u8] = b"Rar!\x1A\x07\x00";
pub(super) const SIGNATURE_5: &[u8] = b"Rar!\x1A\x07\x01\x00";

pub(super) fn list(octets: &[u8], look: &mut Look<'_>) -> Inside {
    let mut finds = Inside::new(Format::Rar);
    let read = if octets.starts_with(SIGNATURE_5) { five } else { four };
    if read(octets, &mut finds, look).is_none() {
        finds.cut = true;
    }
    finds
}

/// Blocks with a type, flags and a size. `None`: the file ends before its end is told.
fn four(octets: &[u8], finds: &mut Inside, look: &mut Look<'_>) -> Option<()> {
    let mut at = SIGNATURE_4.len();
    loop {
        let mut reader = Reader::from(octets, at.checked_add(2)?);
        let (kind, flags, length) = (reader.u8()?, reader.u16()?, size(reader.u16()?));
        if length < 7 {
            finds.broken = true;
            return Some(());
        }
        let mut next = at.checked_add(length)?;
        if flags & 0x8000 != 0 || kind == 0x74 {
            next = next.checked_add(size(reader.clone().u32()?))?;
        }
        match kind {
            // The headers themselves are encrypted.
            0x73 if flags & 0x0080 != 0 => {
                finds.encrypted = true;
                return Some(());
            }
            0x74 => {
                let (entry, high) = four_file(&mut reader, flags)?;
                next = next.checked_add(size(high).checked_mul(1 << 32)?)?;
                if !finds.take(entry, |_| None, look) {
                    return Some(());
                }
            }
            0x7B => return Some(()),
            _ => {}
        }
        at = next;
    }
}

/// A file header; gives the upper half of its packed size as well.
fn four_file(reader: &mut Reader<'_>, flags: u16) -> Option<(Entry, u32)> {
    let (packed, unpacked) = (reader.u32()?, reader.u32()?);
    reader.skip(11)?;
    let name_length = size(reader.u16()?);
    reader.skip(4)?;
    let (high, high_unpacked) = if flags & 0x0100 != 0 { (reader.u32()?, reader.u32()?) } else { (0, 0) };
    let written = reader.take(name_length)?;
    // Before the NUL stands the name in the packer's charset, behind it a compressed Unicode one.
    let plain = if flags & 0x0200 != 0 { written.split(|&octet| octet == 0).next()? } else { written };
    let whole = |high: u32, low: u32| u64::from(high) << 32 | u64::from(low);
    let mut entry = Entry::new(name(plain), whole(high_unpacked, unpacked), whole(high, packed));
    entry.encrypted = flags & 0x0004 != 0;
    Some((entry, high))
}

/// Headers of variable-length numbers.
fn five(octets: &[u8], finds: &mut Inside, look: &mut Look<'_>) -> Option<()> {
    let mut at = SIGNATURE_5.len();
    loop {
        let mut reader = Reader::from(octets, at.checked_add(4)?);
        let length = number(&mut reader)?;
        let start = reader.at();
        let header = reader.take(size(length))?;
        let mut fields = Reader::new(header);
        let (kind, flags) = (number(&mut fields)?, number(&mut fields)?);
        let extra = if flags & 1 != 0 { number(&mut fields)? } else { 0 };
        let data = if flags & 2 != 0 { number(&mut fields)? } else { 0 };
        match kind {
            2 => {
                let entry = five_file(&mut fields, header, size(extra), data)?;
                if !finds.take(entry, |_| None, look) {
                    return Some(());
                }
            }
            // Everything behind this header is encrypted.
            4 => {
                finds.encrypted = true;
                return Some(());
            }
            5 => return Some(()),
            _ => {}
        }
        at = start.checked_add(header.len())?.checked_add(size(data))?;
    }
}

fn five_file(fields: &mut Reader<'_>, header: &[u8], extra: usize, packed: u64) -> Option<Entry> {
    let flags = number(fields)?;
    let unpacked = number(fields)?;
    number(fields)?;
    fields.skip(if flags & 2 != 0 { 4 } else { 0 } + if flags & 4 != 0 { 4 } else { 0 })?;
    number(fields)?;
    number(fields)?;
    let length = number(fields)?;
    let mut entry = Entry::new(name(fields.take(size(length))?), unpacked, packed);
    let mut records = Reader::from(header, header.len().saturating_sub(extra));
    while let Some(record) = number(&mut records).and_then(|length| records.take(size(length))) {
        entry.encrypted |= record.first() == Some(&1);
    }
    Some(entry)
}

/// Seven bits to the octet, the lowest first.
fn number(reader: &mut Reader<'_>) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..63).step_by(7) {
        let octet = reader.u8()?;
        value |= u64::from(octet & 0x7F) << shift;
        if octet & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
