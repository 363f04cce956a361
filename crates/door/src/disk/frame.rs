//! A frame: what one shard of one table holds or changed, with its number and a checksum.

use std::hash::Hasher as _;
use std::io::Read;

use siphasher::sip::SipHasher13;

const MAGIC: [u8; 4] = *b"SKD1";
/// Magic, table, shard, number, length, checksum.
const HEAD: usize = 4 + 1 + 1 + 8 + 4 + 8;
/// No frame is longer: a shard's part of the largest memory is far below.
const LONGEST: u32 = 256 << 20;

/// The first frame of a checkpoint: its number says from which log on one has to go on.
pub(super) const BEGIN: u8 = 0xFE;
/// The last frame of a checkpoint: its number says how many frames came before.
pub(super) const END: u8 = 0xFF;

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) table: u8,
    pub(super) shard: u8,
    pub(super) number: u64,
    pub(super) entries: Vec<u8>,
}

/// What reading came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Frame(Frame),
    /// Nothing more.
    End,
    /// What follows is not whole.
    Bad(&'static str),
}

impl Frame {
    /// Reads one frame. Memory is taken as octets arrive, not as the length promises.
    pub(super) fn read(from: &mut impl Read) -> std::io::Result<Next> {
        let mut head = Vec::with_capacity(HEAD);
        from.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
        if head.is_empty() {
            return Ok(Next::End);
        }
        let Some((said, sum)) = parse(&head) else { return Ok(Next::Bad("it does not begin like a frame")) };
        let (mut frame, length) = said;
        if length > LONGEST {
            return Ok(Next::Bad("a frame is longer than any"));
        }
        from.by_ref().take(length.into()).read_to_end(&mut frame.entries)?;
        if frame.entries.len() != length as usize {
            return Ok(Next::Bad("a frame ends early"));
        }
        if checksum(frame.table, frame.shard, frame.number, &frame.entries) != sum {
            return Ok(Next::Bad("a checksum is wrong"));
        }
        Ok(Next::Frame(frame))
    }
}

fn parse(head: &[u8]) -> Option<((Frame, u32), u64)> {
    let rest = head.strip_prefix(&MAGIC)?;
    let (&[table, shard], rest) = rest.split_first_chunk::<2>()?;
    let (number, rest) = rest.split_first_chunk::<8>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let sum = rest.first_chunk::<8>()?;
    let frame = Frame { table, shard, number: u64::from_le_bytes(*number), entries: Vec::new() };
    Some(((frame, u32::from_le_bytes(*length)), u64::from_le_bytes(*sum)))
}

pub(super) fn write(out: &mut Vec<u8>, table: u8, shard: u8, number: u64, entries: &[u8]) {
    // A shard is bounded far below; one that is not would be cut and then fail its checksum.
    let length = u32::try_from(entries.len()).unwrap_or(LONGEST);
    out.extend(MAGIC);
    out.extend([table, shard]);
    out.extend(number.to_le_bytes());
    out.extend(length.to_le_bytes());
    out.extend(checksum(table, shard, number, entries).to_le_bytes());
    out.extend(&entries[..length as usize]);
}

/// Against torn and rotten files, not against people.
fn checksum(table: u8, shard: u8, number: u64, entries: &[u8]) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(u64::from(table) << 8 | u64::from(shard), number);
    hasher.write(entries);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_that_was_touched_anywhere_is_bad() {
        let frame = Frame { table: 2, shard: 7, number: 9, entries: b"some entries".to_vec() };
        let mut octets = Vec::new();
        write(&mut octets, frame.table, frame.shard, frame.number, &frame.entries);
        let mut from = octets.as_slice();
        assert_eq!(Frame::read(&mut from).unwrap(), Next::Frame(frame));
        assert_eq!(Frame::read(&mut from).unwrap(), Next::End);
        for place in 0..octets.len() {
            let mut touched = octets.clone();
            touched[place] ^= 1;
            assert!(matches!(Frame::read(&mut touched.as_slice()).unwrap(), Next::Bad(_)), "octet {place}");
            assert_eq!(
                matches!(Frame::read(&mut &octets[..place]).unwrap(), Next::Bad(_)),
                place > 0,
                "cut at {place}"
            );
        }
    }
}
