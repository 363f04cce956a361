//! The skeleton of attached files: their octets, and for archives what is in them, whatever the archive calls itself.

use message::Message;
use message::attachment::Attachment;

use super::hash::{hash, join};

/// Files that are read.
const FILES: usize = 8;

/// Octets that a file must have: what is smaller is a card or a seal.
const LEAST: usize = 256;

/// Encoded octets of a file up to which it is decoded for this.
const MOST: usize = 12 * 1024 * 1024;

/// Members of an archive that are read.
const MEMBERS: usize = 32;

/// Short strings of one file: all must be found, so that chance has no say.
pub(super) const STRINGS: u64 = 3;

/// The hashes of what is attached: one for each file, and one for each telling member of an archive.
pub(super) fn hashes(message: &Message) -> Vec<u64> {
    let mut found = Vec::new();
    for attachment in message.attachments.iter().filter(|attachment| is_telling(attachment)).take(FILES) {
        let octets = attachment.contents.octets();
        if octets.starts_with(b"PK\x03\x04") {
            members(octets, &mut found);
        } else {
            found.push(hash(0x6669_6c65, octets));
        }
    }
    found
}

/// Neither text nor picture nor seal: text is read as text, and a picture is known by its looks.
fn is_telling(attachment: &Attachment) -> bool {
    const SEALS: [&str; 5] = [
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/ms-tnef",
        "application/pgp-encrypted",
    ];
    let kind = attachment.actual.as_deref().unwrap_or(&attachment.declared);
    attachment.size >= LEAST
        && attachment.contents.travelled() <= MOST
        && !kind.starts_with("image/")
        && !attachment.declared.starts_with("text/")
        && !attachment.declared.starts_with("message/")
        && !SEALS.contains(&attachment.declared.as_str())
}

/// Checksum and size of each member, from the central directory (APPNOTE 4.3.12): names and times are noise.
fn members(octets: &[u8], found: &mut Vec<u64>) {
    let before = found.len();
    for at in memmem(octets, b"PK\x01\x02").take(MEMBERS) {
        let number = |from: usize| {
            let four = octets.get(at + from..at + from + 4)?.first_chunk::<4>()?;
            Some(u32::from_le_bytes(*four))
        };
        let (Some(checksum), Some(size)) = (number(16), number(24)) else { break };
        // Members without content, and those whose sizes stand elsewhere, tell nothing.
        if checksum != 0 && size >= 128 {
            found.push(join(u64::from(checksum), u64::from(size)));
        }
    }
    if found.len() == before {
        found.push(hash(0x6669_6c65, octets));
    }
}

fn memmem<'a>(octets: &'a [u8], needle: &'a [u8; 4]) -> impl Iterator<Item = usize> + 'a {
    let from = octets.len().saturating_sub(1024 * 1024);
    octets
        .get(from..)
        .unwrap_or_default()
        .windows(4)
        .enumerate()
        .filter(move |(_, four)| four == needle)
        .map(move |(at, _)| from + at)
}
