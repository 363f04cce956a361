//! gzip: one file, with its name where the packer kept it (RFC 1952); often a TAR.

use super::reader::{Reader, size};
use super::{Entry, Format, Inside, Look, name, tar};

/// Octets that are unpacked to see what it is.
const START: usize = 1024;

pub(super) fn list(octets: &[u8], own_name: &str, look: &mut Look<'_>) -> Inside {
    let mut finds = Inside::new(Format::Gzip);
    let Some((inner, data)) = header(octets) else {
        finds.broken = true;
        return finds;
    };
    if tar::is(&super::inflate(data, START)) {
        let bound = look.budget;
        let unpacked = super::inflate(data, bound);
        look.budget -= unpacked.len().min(look.budget);
        let mut finds = Inside { format: Format::Gzip, ..tar::list(&unpacked, look) };
        finds.cut |= unpacked.len() >= bound;
        return finds;
    }
    // The size modulo 2^32 stands in the last four octets (2.3.1).
    let length = octets.len().checked_sub(4).and_then(|at| Reader::from(octets, at).u32()).unwrap_or(0);
    let inner = inner.map_or_else(|| without_extension(own_name), name);
    let entry = Entry::new(inner, length.into(), octets.len() as u64);
    finds.take(entry, |bound| Some(super::inflate(data, bound)), look);
    finds
}

/// The name, and what follows the header (2.3).
fn header(octets: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    let mut reader = Reader::from(octets, 3);
    let flags = reader.u8()?;
    reader.skip(6)?;
    if flags & 4 != 0 {
        let length = reader.u16()?;
        reader.skip(size(length))?;
    }
    let name = if flags & 8 == 0 { None } else { Some(reader.text()?) };
    if flags & 16 != 0 {
        reader.text()?;
    }
    if flags & 2 != 0 {
        reader.skip(2)?;
    }
    Some((name, reader.rest()))
}

fn without_extension(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((stem, extension)) if extension.eq_ignore_ascii_case("tgz") => format!("{stem}.tar"),
        Some((stem, _)) => stem.to_owned(),
        None => name.to_owned(),
    }
}
