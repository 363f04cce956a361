//! Disc images: the folders of ISO 9660, by the Joliet names where there are any (ECMA-119; Joliet 1995).

use super::reader::{Reader, size};
use super::{Entry, Format, Inside, Look, name};

const SECTOR: usize = 2048;
/// Folders that are walked, and records of one that are read.
const FOLDERS: usize = 64;
const RECORDS: usize = 4096;

/// Where the first descriptor stands.
pub(in crate::attachment) const DESCRIPTORS: usize = 16 * SECTOR;

pub(super) fn is(octets: &[u8]) -> bool {
    octets.get(DESCRIPTORS + 1..DESCRIPTORS + 6) == Some(b"CD001")
}

pub(super) fn list(octets: &[u8], look: &mut Look<'_>) -> Inside {
    let mut finds = Inside::new(Format::Iso);
    let Some((root, joliet)) = root(octets) else {
        finds.broken = true;
        return finds;
    };
    let mut open = vec![(root, String::new())];
    let mut walked = 0;
    while let Some((place, path)) = open.pop() {
        walked += 1;
        if walked > FOLDERS {
            finds.cut = true;
            break;
        }
        for record in records(octets, place) {
            let written = if joliet { utf_16_be(record.name) } else { name(record.name) };
            let written = written.split(';').next().unwrap_or_default().trim_end_matches('.');
            let full = format!("{path}{written}");
            if record.folder {
                open.push((record.place, format!("{full}/")));
                continue;
            }
            let content = content(octets, record.place);
            let entry = Entry::new(full, record.place.1 as u64, record.place.1 as u64);
            let unpack = |bound: usize| content.map(|content| content.get(..bound).unwrap_or(content).to_vec());
            if !finds.take(entry, unpack, look) {
                return finds;
            }
        }
    }
    finds
}

/// First octet and length.
type Place = (usize, usize);

struct Record<'a> {
    place: Place,
    folder: bool,
    name: &'a [u8],
}

/// The root folder: of the Joliet descriptor where there is one.
fn root(octets: &[u8]) -> Option<(Place, bool)> {
    let mut found = None;
    for descriptor in octets.get(DESCRIPTORS..)?.chunks_exact(SECTOR).take(16) {
        if descriptor.get(1..6) != Some(b"CD001") {
            break;
        }
        let escape = descriptor.get(88..91);
        match descriptor.first() {
            Some(1) => found = record(descriptor.get(156..)?).map(|(record, _)| (record.place, false)).or(found),
            Some(2) if matches!(escape, Some(b"%/@" | b"%/C" | b"%/E")) => {
                return record(descriptor.get(156..)?).map(|(record, _)| (record.place, true));
            }
            _ => {}
        }
    }
    found
}

/// The records of a folder but for itself and the one above.
fn records(octets: &[u8], place: Place) -> Vec<Record<'_>> {
    let mut found = Vec::new();
    let Some(sectors) = content(octets, place) else { return found };
    for sector in sectors.chunks(SECTOR) {
        let mut rest = sector;
        while let Some((record, length)) = record(rest).filter(|_| found.len() < RECORDS) {
            if record.name.len() > 1 || record.name.first().is_some_and(|&octet| octet > 1) {
                found.push(record);
            }
            rest = rest.get(length..).unwrap_or_default();
        }
    }
    found
}

/// One directory record (ECMA-119 9.1) and its length.
fn record(octets: &[u8]) -> Option<(Record<'_>, usize)> {
    let length = size(*octets.first()?);
    if length < 34 {
        return None;
    }
    let start = size(Reader::from(octets, 2).u32()?).checked_mul(SECTOR)?;
    let bytes = size(Reader::from(octets, 10).u32()?);
    let folder = octets.get(25)? & 2 != 0;
    let name = octets.get(33..33 + size(*octets.get(32)?))?;
    Some((Record { place: (start, bytes), folder, name }, length))
}

fn content(octets: &[u8], (start, length): Place) -> Option<&[u8]> {
    let rest = octets.get(start..)?;
    Some(rest.get(..length).unwrap_or(rest))
}

fn utf_16_be(octets: &[u8]) -> String {
    let (text, _) = encoding_rs::UTF_16BE.decode_without_bom_handling(octets);
    super::shortened(&text)
}
