//! Compound documents ([MS-CFB]): the names of their storages tell whether there are macros, and what they are.

use super::reader::{Reader, size};
use super::{Format, Inside};

pub(super) const SIGNATURE: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
/// Sectors of the directory that are read.
const SECTORS: usize = 512;
/// Octets of one directory entry (2.6.1).
const ENTRY: usize = 128;
/// Windows Installer's class of the root storage.
const INSTALLER: &[u8] = &[0x84, 0x10, 0x0C, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46];

/// Streams that tell what a document is.
const KINDS: [(&str, &str); 6] = [
    ("WordDocument", "application/msword"),
    ("Workbook", "application/vnd.ms-excel"),
    ("Book", "application/vnd.ms-excel"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
    ("__properties_version1.0", "application/vnd.ms-outlook"),
    ("EncryptedPackage", "application/vnd.ms-office.encrypted"),
];

pub(super) fn list(octets: &[u8]) -> Inside {
    let mut inside = Inside::new(Format::Ole);
    let Some(file) = File::new(octets) else {
        inside.broken = true;
        return inside;
    };
    let mut sector = file.directory;
    for _ in 0..SECTORS {
        let Some(entries) = file.sector(sector) else { break };
        for entry in entries.chunks_exact(ENTRY) {
            look_at(entry, &mut inside);
        }
        let Some(next) = file.next(sector) else { break };
        sector = next;
    }
    inside
}

fn look_at(entry: &[u8], inside: &mut Inside) {
    let length = Reader::from(entry, 64).u16().map_or(0, size).min(64).saturating_sub(2);
    let (name, _) = encoding_rs::UTF_16LE.decode_without_bom_handling(entry.get(..length).unwrap_or_default());
    match name.as_ref() {
        "VBA" | "_VBA_PROJECT" | "_VBA_PROJECT_CUR" => inside.macros = true,
        "EncryptedPackage" => inside.encrypted = true,
        "Root Entry" if entry.get(80..96) == Some(INSTALLER) => inside.kind = Some("application/x-msi"),
        _ => {}
    }
    let kind = KINDS.iter().find(|(stream, _)| *stream == name).map(|(_, kind)| *kind);
    inside.kind = inside.kind.or(kind);
}

/// The header (2.2), and the ways through the file.
struct File<'a> {
    octets: &'a [u8],
    sector_size: usize,
    /// First sector of the directory.
    directory: u32,
}

impl<'a> File<'a> {
    fn new(octets: &'a [u8]) -> Option<Self> {
        let sector_size = match Reader::from(octets, 30).u16()? {
            9 => 512,
            12 => 4096,
            _ => return None,
        };
        Some(Self { octets, sector_size, directory: Reader::from(octets, 48).u32()? })
    }

    fn sector(&self, number: u32) -> Option<&'a [u8]> {
        let start = size(number).checked_add(1)?.checked_mul(self.sector_size)?;
        let rest = self.octets.get(start..).filter(|rest| !rest.is_empty())?;
        Some(rest.get(..self.sector_size).unwrap_or(rest))
    }

    /// The sector after one in its chain (2.3). The list in the header names the first 109 sectors of the table,
    /// enough for the directory of any file of seven megabytes; larger ones are read as far as that.
    fn next(&self, number: u32) -> Option<u32> {
        let each = self.sector_size / 4;
        let (table, at) = (size(number) / each, size(number) % each);
        if table >= 109 {
            return None;
        }
        let sector = Reader::from(self.octets, 76 + table * 4).u32()?;
        let next = Reader::from(self.sector(sector)?, at * 4).u32()?;
        (next < 0xFFFF_FFFA).then_some(next)
    }
}
