//! 7z: the header at the end of the file (7zFormat.txt). Nothing is unpacked but the header itself.

use super::reader::{Reader, size};
use super::{Entry, Format, Inside, Look};

pub(super) const SIGNATURE: &[u8] = b"7z\xBC\xAF\x27\x1C";

/// Octets of the header at the start; offsets count from its end.
const START: usize = 32;
/// Octets that a header may have when it is unpacked.
const HEADER: usize = 1024 * 1024;
/// The first octet of a packed header.
const PACKED: u8 = 0x17;
/// Coders by their ids.
const LZMA: &[u8] = &[0x03, 0x01, 0x01];
const AES: &[u8] = &[0x06, 0xF1, 0x07, 0x01];

pub(super) fn list(octets: &[u8], look: &mut Look<'_>) -> Inside {
    let mut inside = Inside::new(Format::SevenZip);
    let mut reader = Reader::from(octets, 12);
    let place = reader.u64().zip(reader.u64());
    let header = place.and_then(|(offset, length)| piece(octets, size(offset), size(length)));
    let Some(header) = header else {
        inside.cut = true;
        return inside;
    };
    // Coders' ids stand in the plain: of the header where it is packed, of the files where it is not.
    inside.encrypted = holds(header, AES);
    let unpacked = if header.first() == Some(&PACKED) { unpack(octets, header) } else { None };
    let header = unpacked.as_deref().unwrap_or(header);
    inside.encrypted |= holds(header, AES);
    inside.cut = names(header, &mut inside, look).is_none();
    inside
}

fn holds(octets: &[u8], id: &[u8]) -> bool {
    memchr::memmem::find(octets, id).is_some()
}

/// A piece of the file; offsets count from the end of the header at the start.
fn piece(octets: &[u8], offset: usize, length: usize) -> Option<&[u8]> {
    let start = offset.checked_add(START)?;
    octets.get(start..start.checked_add(length)?)
}

/// The header out of its packed form: one stream, one folder, one LZMA coder, as 7-Zip writes it.
fn unpack(octets: &[u8], header: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader::from(header, 1);
    let expect = |reader: &mut Reader<'_>, wanted: u8| (reader.u8()? == wanted).then_some(());
    expect(&mut reader, 0x06)?;
    let (offset, streams) = (number(&mut reader)?, number(&mut reader)?);
    expect(&mut reader, 0x09)?;
    let length = number(&mut reader)?;
    if streams != 1 {
        return None;
    }
    // The end of the sizes, perhaps with checksums before it.
    if reader.u8()? == 0x0A {
        reader.skip(5)?;
        expect(&mut reader, 0)?;
    }
    for wanted in [0x07, 0x0B, 1, 0, 1] {
        expect(&mut reader, wanted)?;
    }
    let flags = reader.u8()?;
    if reader.take(usize::from(flags & 0x0F))? != LZMA || flags & 0x20 == 0 {
        return None;
    }
    let properties_length = number(&mut reader)?;
    let properties = reader.take(size(properties_length))?;
    expect(&mut reader, 0x0C)?;
    let unpacked = number(&mut reader).map(size).filter(|&unpacked| unpacked <= HEADER)?;
    super::lzma::undo(piece(octets, size(offset), size(length))?, properties, unpacked)
}

/// Names of a header that is not packed.
fn names(header: &[u8], inside: &mut Inside, look: &mut Look<'_>) -> Option<()> {
    let [1, ..] = header else { return None };
    // The property of names (0x11), its length, and 0 for "not elsewhere", then UTF-16.
    let mut from = 1;
    while let Some(at) = header.get(from..).and_then(|rest| memchr::memchr(0x11, rest)) {
        from += at + 1;
        let mut reader = Reader::from(header, from);
        let Some(length) = number(&mut reader).map(size) else { continue };
        let Some((0, text)) = reader.take(length).and_then(|field| field.split_first().map(|(a, b)| (*a, b))) else {
            continue;
        };
        if length < 5 || !text.len().is_multiple_of(2) || !text.ends_with(&[0, 0]) {
            continue;
        }
        let (text, _) = encoding_rs::UTF_16LE.decode_without_bom_handling(text);
        for name in text.split('\0').filter(|name| !name.is_empty()) {
            let mut entry = Entry::new(super::shortened(name), 0, 0);
            entry.encrypted = inside.encrypted;
            if !inside.take(entry, |_| None, look) {
                break;
            }
        }
        return Some(());
    }
    None
}

/// As many octets follow the first as it has leading ones.
fn number(reader: &mut Reader<'_>) -> Option<u64> {
    let first = reader.u8()?;
    let more = first.leading_ones();
    let mut value = 0u64;
    for place in 0..more {
        value |= u64::from(reader.u8()?) << (8 * place);
    }
    let own = u64::from(first) & (0x7Fu64 >> more);
    Some(if more >= 8 { value } else { value | own << (8 * more) })
}
