//! LZH, for twenty years the archive of Japan: the header before each entry, levels 0 to 2. Nothing is unpacked.

use super::reader::{Reader, size};
use super::{Entry, Format, Inside, Look, name};

/// `-lh5-`, `-lz4-` … after the first two octets.
pub(super) fn is(octets: &[u8]) -> bool {
    matches!(octets.get(2..7), Some([b'-', b'l', b'h' | b'z', _, b'-']))
}

pub(super) fn list(octets: &[u8], look: &mut Look<'_>) -> Inside {
    let mut finds = Inside::new(Format::Lzh);
    let mut rest = octets;
    while rest.first().is_some_and(|&octet| octet != 0) {
        let Some((entry, next)) = header(rest) else {
            finds.broken = true;
            break;
        };
        if entry.name.is_empty() || !finds.take(entry, |_| None, look) {
            break;
        }
        finds.cut |= next > rest.len();
        rest = rest.get(next..).unwrap_or_default();
    }
    finds
}

/// One header; gives where the next one begins.
fn header(octets: &[u8]) -> Option<(Entry, usize)> {
    if !is(octets) {
        return None;
    }
    let mut reader = Reader::from(octets, 7);
    let (packed, unpacked) = (reader.u32()?, reader.u32()?);
    reader.skip(5)?;
    let level = reader.u8()?;
    if level > 2 {
        return None;
    }
    if level == 2 {
        let length = size(Reader::new(octets).u16()?);
        let extensions = Reader::from(octets.get(..length)?, 24);
        let (name, _) = extended(extensions)?;
        return Some((Entry::new(name, unpacked.into(), packed.into()), length.checked_add(size(packed))?));
    }
    let length = 2 + size(*octets.first()?);
    let name_length = size(reader.u8()?);
    let own = name(reader.take(name_length)?);
    let end = length.checked_add(size(packed))?;
    if level == 0 {
        return Some((Entry::new(own, unpacked.into(), packed.into()), end));
    }
    // The last two octets of the header begin the extensions, which the packed size includes.
    let (long, _) = extended(Reader::from(octets, length.checked_sub(2)?)).unwrap_or_default();
    let name = if long.is_empty() { own } else { long };
    Some((Entry::new(name, unpacked.into(), packed.into()), end))
}

/// The name out of extension headers, and their length.
fn extended(mut reader: Reader<'_>) -> Option<(String, usize)> {
    let start = reader.at();
    let (mut file, mut folder) = (String::new(), String::new());
    for _ in 0..64 {
        let length = size(reader.u16()?);
        if length == 0 {
            break;
        }
        let field = reader.take(length.checked_sub(2)?)?;
        match field.split_first() {
            Some((1, text)) => file = name(text),
            // Folders are separated by FF.
            Some((2, text)) => {
                let slashed: Vec<u8> = text.iter().map(|&octet| if octet == 0xFF { b'/' } else { octet }).collect();
                folder = name(&slashed);
            }
            _ => {}
        }
    }
    Some((folder + &file, reader.at() - start))
}
