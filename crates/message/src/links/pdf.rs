//! Links in PDF files (ISO 32000-1 §12.6.4.7), by an own bounded scan: see docs/decisions/pdf-links.md.
//!
//! Annotations stand in plain objects or in object streams. Both are scanned for the names that carry an address, name
//! escapes undone; page contents are not read, for nothing there can be clicked. Never fails.

use std::io::Read;

use flate2::read::ZlibDecoder;

use super::{Link, Place, text};

/// Octets that object streams may unfold to, all together.
const UNFOLDED: u64 = 4 * 1024 * 1024;
/// Object streams that are opened.
const STREAMS: usize = 500;
/// Octets of one string.
const STRING: usize = 4096;
/// References that are followed: each costs a search through the file.
const REFERENCES: usize = 50;
/// Octets before `stream` in which its dictionary is looked for.
const DICTIONARY: usize = 1024;

/// The links of a PDF file, at most `limit`.
pub(super) fn find(content: &[u8], limit: usize) -> Vec<Link> {
    let mut found = Vec::new();
    let mut references = REFERENCES;
    scan(content, content, &mut references, limit, &mut found);
    let mut left = UNFOLDED;
    for at in memchr::memmem::find_iter(content, b"stream").filter(|&at| is_object_stream(content, at)).take(STREAMS) {
        if found.len() >= limit || left == 0 {
            break;
        }
        let data = content.get(at + 6..).unwrap_or_default();
        let data = data.strip_prefix(b"\r").unwrap_or(data);
        let data = data.strip_prefix(b"\n").unwrap_or(data);
        let mut unfolded = Vec::new();
        // A stream that breaks off has given what it had.
        let _broken = ZlibDecoder::new(data).take(left).read_to_end(&mut unfolded);
        left -= left.min(unfolded.len() as u64);
        scan(&unfolded, content, &mut references, limit, &mut found);
    }
    found
}

/// Whether the `stream` at `at` follows the dictionary of a deflated object stream (§7.5.7).
fn is_object_stream(content: &[u8], at: usize) -> bool {
    let before = content.get(at.saturating_sub(DICTIONARY)..at).unwrap_or_default();
    if before.ends_with(b"end") {
        return false;
    }
    let start = memchr::memmem::rfind(before, b" obj").unwrap_or(0);
    let dictionary = before.get(start..).unwrap_or_default();
    let has = |name: &[u8]| memchr::memmem::find(dictionary, name).is_some();
    has(b"ObjStm") && (has(b"FlateDecode") || has(b"/Fl"))
}

/// Adds the addresses that names in `octets` carry; references are looked up in the file.
fn scan(octets: &[u8], file: &[u8], references: &mut usize, limit: usize, found: &mut Vec<Link>) {
    for at in memchr::memchr_iter(b'/', octets) {
        if found.len() >= limit {
            return;
        }
        let Some((key, rest)) = name(octets.get(at + 1..).unwrap_or_default()) else { continue };
        let value = string(rest).or_else(|| {
            let (object, generation) = reference(rest)?;
            *references = references.checked_sub(1)?;
            referred(object, generation, file)
        });
        let Some(value) = value else { continue };
        match key {
            Key::Address => add(&value, limit, found),
            Key::File if is_address(&value) => add(&value, limit, found),
            Key::Script => {
                for link in text::find(&value, limit.saturating_sub(found.len())) {
                    add(&link.target, limit, found);
                }
            }
            Key::File => {}
        }
    }
}

fn is_address(value: &str) -> bool {
    let start = value.get(..8).unwrap_or(value).to_ascii_lowercase();
    ["http:", "https:", "ftp:", "www."].iter().any(|scheme| start.starts_with(scheme))
}

fn add(value: &str, limit: usize, found: &mut Vec<Link>) {
    let target = value.trim();
    if target.is_empty() || found.iter().any(|known| known.target == target) || found.len() >= limit {
        return;
    }
    // Readers take an address without a scheme for a web address.
    let bare = target.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www."));
    let link =
        if bare { Link::new(&format!("http://{target}"), "", Place::Pdf) } else { Link::new(target, "", Place::Pdf) };
    found.push(link);
}

/// What a name carries.
#[derive(Clone, Copy)]
enum Key {
    /// `/URI (…)`.
    Address,
    /// `/F (…)` of a form or of a file that is opened.
    File,
    /// `/JS (…)`.
    Script,
}

/// The name at the start, escapes undone (§7.3.5), if it is one that carries an address.
fn name(octets: &[u8]) -> Option<(Key, &[u8])> {
    let mut plain = [0_u8; 3];
    let mut length = 0;
    let mut rest = octets;
    loop {
        let (octet, after) = match rest {
            [b'#', high, low, after @ ..] => (digit(*high)? * 16 + digit(*low)?, after),
            [octet, after @ ..] if octet.is_ascii_alphanumeric() => (*octet, after),
            _ => break,
        };
        *plain.get_mut(length)? = octet;
        length += 1;
        rest = after;
    }
    let key = match plain.get(..length)? {
        b"URI" => Key::Address,
        b"F" => Key::File,
        b"JS" => Key::Script,
        _ => return None,
    };
    Some((key, rest.trim_ascii_start()))
}

/// The string at the start: literal (§7.3.4.2) or hexadecimal (§7.3.4.3).
fn string(octets: &[u8]) -> Option<String> {
    match octets {
        [b'(', rest @ ..] => Some(as_text(&literal(rest))),
        [b'<', next, ..] if *next != b'<' => Some(as_text(&hexadecimal(octets.get(1..)?))),
        _ => None,
    }
}

/// `12 0 R`: object 12, generation 0 (§7.3.10).
fn reference(octets: &[u8]) -> Option<(u32, u16)> {
    let written = octets.get(..20).unwrap_or(octets);
    let end = written.iter().position(|octet| *octet == b'R')?;
    let mut numbers = std::str::from_utf8(written.get(..end)?).ok()?.split_ascii_whitespace();
    let reference = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
    numbers.next().is_none().then_some(reference)
}

/// The string that is that object.
fn referred(object: u32, generation: u16, file: &[u8]) -> Option<String> {
    let header = format!("{object} {generation} obj");
    let at = memchr::memmem::find_iter(file, header.as_bytes())
        .find(|&at| at == 0 || file.get(at - 1).is_some_and(u8::is_ascii_whitespace))?;
    string(file.get(at + header.len()..)?.trim_ascii_start())
}

fn literal(octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut depth = 0_usize;
    let mut rest = octets;
    while let [octet, after @ ..] = rest {
        if out.len() >= STRING {
            break;
        }
        rest = after;
        match octet {
            b'\\' => rest = escape(after, &mut out),
            b'(' => {
                depth += 1;
                out.push(b'(');
            }
            b')' if depth == 0 => break,
            b')' => {
                depth -= 1;
                out.push(b')');
            }
            other => out.push(*other),
        }
    }
    out
}

/// What stands after a backslash.
fn escape<'o>(octets: &'o [u8], out: &mut Vec<u8>) -> &'o [u8] {
    match octets {
        [b'\r', b'\n', rest @ ..] | [b'\r' | b'\n', rest @ ..] => rest,
        [b'0'..=b'7', ..] => {
            let digits = octets.iter().take(3).take_while(|octet| matches!(octet, b'0'..=b'7')).count();
            let (code, rest) = octets.split_at(digits);
            let value = code.iter().fold(0_u32, |value, octet| value * 8 + u32::from(octet - b'0'));
            out.push((value & 0xFF) as u8);
            rest
        }
        [letter, rest @ ..] => {
            out.push(match letter {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                other => *other,
            });
            rest
        }
        [] => octets,
    }
}

fn hexadecimal(octets: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> =
        octets.iter().take(2 * STRING).take_while(|octet| **octet != b'>').filter_map(|octet| digit(*octet)).collect();
    digits.chunks(2).map(|pair| pair[0] * 16 + pair.get(1).copied().unwrap_or(0)).collect()
}

fn digit(octet: u8) -> Option<u8> {
    char::from(octet).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// A string of octets as text: UTF-16 where it says so (§7.9.2.2).
fn as_text(octets: &[u8]) -> String {
    match octets {
        [0xFE, 0xFF, rest @ ..] => {
            let units: Vec<u16> = rest.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            String::from_utf16_lossy(&units)
        }
        _ => String::from_utf8_lossy(octets).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn targets(content: &[u8]) -> Vec<String> {
        find(content, 50).into_iter().map(|link| link.target).collect()
    }

    #[test]
    fn actions_are_found_in_every_way_of_writing() {
        for (written, expected) in [
            (&b"<< /S /URI /URI (https://example.jp/a\\(b\\)) >>"[..], "https://example.jp/a(b)"),
            (b"<</S/URI/URI(https://example.jp/(x))>>", "https://example.jp/(x)"),
            (b"<< /S /URI /URI <68747470733a2f2f6578616d706c652e6a70> >>", "https://example.jp"),
            (b"<< /S /#55RI /#55#52I (https://example.jp/) >>", "https://example.jp/"),
            (b"<< /URI (https://exam\\\nple.jp/\\141) >>", "https://example.jp/a"),
            (b"<< /S /SubmitForm /F (http://example.com/post) >>", "http://example.com/post"),
            (b"/URI 12 0 R\n12 0 obj\n(http://example.org/)\nendobj", "http://example.org/"),
            (b"<< /S /JavaScript /JS (app.launchURL\\(\"http://example.net/x\"\\)) >>", "http://example.net/x"),
            (b"/URI (\xFE\xFF\0h\0t\0t\0p\0:\0/\0/\0a\0.\0j\0p)", "http://a.jp"),
            (b"/URI (www.example.jp)", "http://www.example.jp"),
        ] {
            assert_eq!(targets(written), [expected], "{}", String::from_utf8_lossy(written));
        }
        assert!(targets(b"/F (report.pdf) /Font (http) /URIS (http://example.jp)").is_empty());
    }

    #[test]
    fn object_streams_are_opened_within_a_bound() {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(b"5 0 << /A << /S /URI /URI (https://example.jp/inside) >> >>").expect("memory");
        let packed = encoder.finish().expect("memory");
        let mut file =
            b"%PDF-1.7\n7 0 obj\n<< /Type /ObjStm /Filter /FlateDecode /N 1 /First 4 >>\nstream\r\n".to_vec();
        file.extend(packed);
        file.extend(b"\nendstream\nendobj\n");
        assert_eq!(targets(&file), ["https://example.jp/inside"]);

        let mut bomb = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        for _ in 0..64 {
            bomb.write_all(&[b' '; 1024 * 1024]).expect("memory");
        }
        let mut file = b"1 0 obj <</Type/ObjStm/Filter/FlateDecode>> stream\n".to_vec();
        file.extend(bomb.finish().expect("memory"));
        assert!(targets(&file).is_empty());
    }
}
