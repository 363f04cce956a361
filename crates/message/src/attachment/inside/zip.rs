//! ZIP: the list at the end of the file, or where there is none, the headers before each entry (APPNOTE 6.3.10).

use super::reader::{Reader, size};
use super::{Entry, Format, Inside, Look, name};

const END: &[u8] = b"PK\x05\x06";
const LISTED: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";
/// Octets of the record at the end, and of the longest comment behind it (4.3.16).
const END_LENGTH: usize = 22;
const COMMENT: usize = 65_535;
/// Bits of the general purpose flags (4.4.4).
const ENCRYPTED: u16 = 1;
const UTF_8: u16 = 1 << 11;
const LIST_ENCRYPTED: u16 = 1 << 13;
/// Extra field with sizes of 64 bits (4.5.3).
const LARGE: u16 = 0x0001;
/// Extra field with the name in UTF-8 (4.6.9).
const UNICODE_PATH: u16 = 0x7075;

/// One row of the list, or one header before an entry.
struct Row<'a> {
    flags: u16,
    method: u16,
    packed: u64,
    size: u64,
    name: &'a [u8],
    extra: &'a [u8],
    /// Where the entry's own header stands.
    header: usize,
}

pub(super) fn list(octets: &[u8], look: &mut Look<'_>) -> Inside {
    let mut finds = Inside::new(Format::Zip);
    let rows = listed(octets).unwrap_or_else(|| {
        finds.broken = true;
        local(octets)
    });
    let office = rows.iter().any(|row| row.name == b"[Content_Types].xml");
    let packed: u64 = rows.iter().fold(0, |sum, row| sum.saturating_add(row.packed));
    // Entries that share their octets are more than the file holds.
    finds.bomb |= packed > octets.len() as u64;
    for row in rows {
        let encrypted = row.flags & (ENCRYPTED | LIST_ENCRYPTED) != 0;
        let mut entry = Entry::new(entry_name(&row), row.size, row.packed);
        entry.encrypted = encrypted;
        let data = if encrypted || office { None } else { data(octets, &row) };
        let open = |bound: usize| data.and_then(|data| unpacked(row.method, data, bound));
        if !finds.take(entry, open, look) {
            break;
        }
    }
    finds
}

/// Names without the UTF-8 flag are in the charset of the machine that packed them: here, Shift_JIS.
fn entry_name(row: &Row<'_>) -> String {
    if row.flags & UTF_8 == 0
        && let Some(unicode) = extra(row.extra, UNICODE_PATH).and_then(|field| field.get(5..))
    {
        return name(unicode);
    }
    name(row.name)
}

fn extra(octets: &[u8], wanted: u16) -> Option<&[u8]> {
    let mut reader = Reader::new(octets);
    loop {
        let (id, length) = (reader.u16()?, reader.u16()?);
        let field = reader.take(size(length))?;
        if id == wanted {
            return Some(field);
        }
    }
}

/// Whether the list of a ZIP stands at the end, whatever stands before: packers open such files by their end.
pub(super) fn ends(octets: &[u8]) -> bool {
    listed(octets).is_some()
}

/// The rows of the list at the end.
fn listed(octets: &[u8]) -> Option<Vec<Row<'_>>> {
    let tail = octets.len().saturating_sub(END_LENGTH + COMMENT);
    let end = tail + memchr::memmem::rfind(octets.get(tail..)?, END)?;
    let mut reader = Reader::from(octets, end + 12);
    let (length, offset) = (size(reader.u32()?), size(reader.u32()?));
    // What stands before the archive (a self-extracting program) moves the list; it always ends where the end begins.
    let start = end.checked_sub(length).filter(|&at| at_signature(octets, at, LISTED)).unwrap_or(offset);
    let moved = start.wrapping_sub(offset);
    let mut reader = Reader::from(octets, start);
    let mut rows = Vec::new();
    while reader.rest().starts_with(LISTED) {
        let Some(mut row) = listed_row(&mut reader) else { break };
        row.header = row.header.wrapping_add(moved);
        rows.push(row);
        if rows.len() > super::ROWS {
            break;
        }
    }
    (!rows.is_empty() || length == 0).then_some(rows)
}

fn at_signature(octets: &[u8], at: usize, signature: &[u8]) -> bool {
    octets.get(at..).is_some_and(|rest| rest.starts_with(signature))
}

/// 4.3.12.
fn listed_row<'a>(reader: &mut Reader<'a>) -> Option<Row<'a>> {
    reader.skip(8)?;
    let (flags, method) = (reader.u16()?, reader.u16()?);
    reader.skip(8)?;
    let (packed, unpacked) = (reader.u32()?, reader.u32()?);
    let (name, extended, comment) = (reader.u16()?, reader.u16()?, reader.u16()?);
    reader.skip(8)?;
    let header = size(reader.u32()?);
    let (name, extended) = (reader.take(size(name))?, reader.take(size(extended))?);
    reader.skip(size(comment))?;
    // 4.5.3: what does not fit into 32 bits stands in an extra field, in this order.
    let mut large = Reader::new(extra(extended, LARGE).unwrap_or_default());
    let mut whole = |short: u32| if short == u32::MAX { large.u64().unwrap_or(0) } else { short.into() };
    let (unpacked, packed) = (whole(unpacked), whole(packed));
    Some(Row { flags, method, packed, size: unpacked, name, extra: extended, header })
}

/// Entries one after the other, by their own headers (4.3.7): for a file that was cut or hides its list.
fn local(octets: &[u8]) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    let mut at = 0;
    while let Some(found) = octets.get(at..).and_then(|rest| memchr::memmem::find(rest, LOCAL)) {
        let header = at + found;
        at = header + LOCAL.len();
        let Some((row, end)) = local_row(octets, header) else { continue };
        // With the sizes behind the data, the next header is searched for.
        at = if row.packed == 0 { end } else { end.saturating_add(size(row.packed)) };
        rows.push(row);
        if rows.len() > super::ROWS {
            break;
        }
    }
    rows
}

fn local_row(octets: &[u8], header: usize) -> Option<(Row<'_>, usize)> {
    let mut reader = Reader::from(octets, header + 6);
    let (flags, method) = (reader.u16()?, reader.u16()?);
    reader.skip(8)?;
    let (packed, unpacked) = (reader.u32()?, reader.u32()?);
    let (name, extra) = (reader.u16()?, reader.u16()?);
    let (name, extra) = (reader.take(size(name))?, reader.take(size(extra))?);
    let row = Row { flags, method, packed: packed.into(), size: unpacked.into(), name, extra, header };
    Some((row, reader.at()))
}

/// The packed octets of an entry.
fn data<'a>(octets: &'a [u8], row: &Row<'_>) -> Option<&'a [u8]> {
    if !at_signature(octets, row.header, LOCAL) {
        return None;
    }
    let (_, start) = local_row(octets, row.header)?;
    let rest = octets.get(start..)?;
    Some(rest.get(..size(row.packed)).filter(|_| row.packed > 0).unwrap_or(rest))
}

/// At most `bound` octets of what was packed; `None` for methods that are not read (4.4.5).
fn unpacked(method: u16, data: &[u8], bound: usize) -> Option<Vec<u8>> {
    match method {
        0 => Some(data.get(..bound).unwrap_or(data).to_vec()),
        8 => Some(super::inflate(data, bound)),
        _ => None,
    }
}
