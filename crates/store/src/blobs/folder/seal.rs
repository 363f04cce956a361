//! How a message becomes a record of a segment: compressed, then encrypted under a key of its own, and how that key
//! is wrapped for each holder.

use aws_lc_rs::aead::{Aad, Nonce};
use aws_lc_rs::digest::{SHA256, digest};

use crate::keys::random;
pub(super) use crate::sealing::{DataKey, Wrapping};
use crate::sealing::{NONCE, TAG, cipher};
use crate::{BlobName, OperatorId, StoreError};

const MAGIC: &[u8; 4] = b"SKB1";
/// Magic, packing, operator, name and length of the message: what the encryption vouches for besides the body.
const VOUCHED: usize = 4 + 1 + 8 + 32 + 8;
/// After those: length of the body, nonce, checksum of the body, checksum of all before it.
pub(super) const HEAD: usize = VOUCHED + 8 + NONCE + SUM + SUM;
const SUM: usize = 8;

const AS_IT_IS: u8 = 0;
const LZ4: u8 = 1;

/// A holder of a blob.
pub(super) struct Whose<'a> {
    pub(super) operator: OperatorId,
    pub(super) name: BlobName,
    pub(super) holder: &'a str,
}

impl Whose<'_> {
    /// What a wrapped key is bound to.
    pub(super) fn octets(&self) -> Vec<u8> {
        let mut octets = self.operator.0.to_le_bytes().to_vec();
        octets.extend(self.name.0);
        octets.extend(self.holder.as_bytes());
        octets
    }
}

/// Makes the record of a message. One buffer: it is compressed into its place and encrypted there.
pub(super) fn seal(
    operator: OperatorId,
    name: BlobName,
    message: &[u8],
    data_key: &DataKey,
) -> Result<Vec<u8>, StoreError> {
    let mut record = vec![0; HEAD + lz4_flex::block::get_maximum_output_size(message.len())];
    let packed = lz4_flex::block::compress_into(message, &mut record[HEAD..]);
    let packing = match packed {
        Ok(length) if length < message.len() => {
            record.truncate(HEAD + length);
            LZ4
        }
        Ok(_) | Err(_) => {
            record.truncate(HEAD);
            record.extend_from_slice(message);
            AS_IT_IS
        }
    };
    record.reserve_exact(TAG);
    let mut head = Vec::with_capacity(HEAD);
    head.extend(MAGIC);
    head.push(packing);
    head.extend(operator.0.to_le_bytes());
    head.extend(name.0);
    head.extend((message.len() as u64).to_le_bytes());
    let nonce: [u8; NONCE] = random()?;
    let tag = cipher(data_key)?
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(&head), &mut record[HEAD..])
        .map_err(|_| unreadable("blob", "it could not be encrypted"))?;
    record.extend(tag.as_ref());
    head.extend(((record.len() - HEAD) as u64).to_le_bytes());
    head.extend(nonce);
    head.extend(checksum(&record[HEAD..]));
    head.extend(checksum(&head));
    record[..HEAD].copy_from_slice(&head);
    Ok(record)
}

/// Whether a record lies on the disk as it was written. It says nothing of who may read it.
pub(super) fn check(record: &[u8]) -> Result<(), StoreError> {
    let (head, body) = record.split_at_checked(HEAD).ok_or_else(|| unreadable("blob", "its record is cut short"))?;
    let (summed, sum) = head.split_at(HEAD - SUM);
    if !head.starts_with(MAGIC) || checksum(summed) != sum {
        return Err(unreadable("blob", "the head of its record is damaged"));
    }
    if checksum(body) != summed[summed.len() - SUM..] {
        return Err(unreadable("blob", "its record is damaged"));
    }
    Ok(())
}

/// The message of a record, which is used up.
pub(super) fn open(
    operator: OperatorId,
    name: BlobName,
    mut record: Vec<u8>,
    data_key: &DataKey,
) -> Result<Vec<u8>, StoreError> {
    check(&record)?;
    let (head, body) = record.split_at_mut(HEAD);
    let vouched = &head[..VOUCHED];
    let whose = [&operator.0.to_le_bytes()[..], &name.0[..]].concat();
    if vouched[5..45] != whose {
        return Err(unreadable("blob", "its record is another blob's"));
    }
    let mut nonce = [0; NONCE];
    nonce.copy_from_slice(&head[VOUCHED + 8..VOUCHED + 8 + NONCE]);
    let mut length = [0; 8];
    length.copy_from_slice(&vouched[45..53]);
    let length = usize::try_from(u64::from_le_bytes(length)).map_err(|_| unreadable("blob", "it is too large"))?;
    let opened = cipher(data_key)?
        .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(vouched), body)
        .map_err(|_| unreadable("blob", "it does not decrypt"))?;
    match vouched[4] {
        AS_IT_IS => Ok(opened.to_vec()),
        LZ4 => lz4_flex::block::decompress(opened, length).map_err(|e| unreadable("blob", &e.to_string())),
        other => Err(unreadable("blob", &format!("packing {other} is not known"))),
    }
}

fn checksum(bytes: &[u8]) -> [u8; SUM] {
    let mut sum = [0; SUM];
    for (to, from) in sum.iter_mut().zip(digest(&SHA256, bytes).as_ref()) {
        *to = *from;
    }
    sum
}

fn unreadable(what: &'static str, why: &str) -> StoreError {
    StoreError::Corrupt { what, why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHO: OperatorId = OperatorId(7);
    const NAME: BlobName = BlobName([9; 32]);

    #[test]
    fn a_record_opens_with_its_key_only_and_shows_damage() {
        let key = DataKey::random().unwrap();
        for message in [&b""[..], b"x", &[b'a'; 100_000], &random::<4096>().unwrap()] {
            let record = seal(WHO, NAME, message, &key).unwrap();
            assert_eq!(open(WHO, NAME, record.clone(), &key).unwrap(), message);
            assert!(open(WHO, NAME, record.clone(), &DataKey::random().unwrap()).is_err());
            assert!(open(OperatorId(8), NAME, record.clone(), &key).is_err());
            assert!(open(WHO, BlobName([8; 32]), record.clone(), &key).is_err());
            for place in [0, 4, 6, 20, VOUCHED + 1, VOUCHED + 9, HEAD - 1, HEAD, record.len() - 1] {
                let mut damaged = record.clone();
                damaged[place] ^= 1;
                assert!(open(WHO, NAME, damaged, &key).is_err(), "octet {place} of {}", record.len());
            }
            for length in [0, HEAD - 1, HEAD, record.len() - 1] {
                assert!(open(WHO, NAME, record[..length].to_vec(), &key).is_err());
            }
        }
        assert!(seal(WHO, NAME, &[b'a'; 100_000], &key).unwrap().len() < 2_000);
    }
}
