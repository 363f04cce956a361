//! The hash of a body in its canonical form (RFC 6376 §3.4.3 to §3.4.5), made piece by piece, so that a message of
//! 50 MB does not hold up the others.

use mail_auth::common::crypto::{HashAlgorithm, HashContext, HashImpl, HashOutput, Sha1, Sha256};
use mail_auth::common::headers::Writer;
use mail_auth::dkim::Canonicalization;
use mail_auth::dkim::canonicalize::BodyHasher;

use super::signature::Signature;

/// Octets that are hashed before others get their turn.
const PIECE: usize = 128 * 1024;

/// The body's hashes, each made once however many signatures ask for it.
pub struct Bodies<'a> {
    body: &'a [u8],
    made: Vec<(Wanted, Body)>,
}

/// What was hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// Of the canonical body, or of its beginning.
    pub hash: Vec<u8>,
    /// Octets of the whole canonical body.
    pub length: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Wanted {
    form: Canonicalization,
    kind: HashAlgorithm,
    /// `l=`.
    length: Option<u64>,
}

impl<'a> Bodies<'a> {
    /// For the body of one message.
    pub fn new(body: &'a [u8]) -> Self {
        Self { body, made: Vec::new() }
    }

    /// The hash that a signature should hold in `bh=`.
    pub async fn hash(&mut self, signature: &Signature) -> Body {
        let kind = HashAlgorithm::from(signature.algorithm);
        let wanted = Wanted { form: signature.body_form, kind, length: signature.length };
        if let Some((_, body)) = self.made.iter().find(|(made, _)| *made == wanted) {
            return body.clone();
        }
        let digest = match kind {
            HashAlgorithm::Sha1 => Sha1::hasher(),
            HashAlgorithm::Sha256 => Sha256::hasher(),
        };
        let counted = Counted { digest, left: wanted.length.unwrap_or(u64::MAX), length: 0 };
        // mail-auth's own limit cuts before the body is made canonical; `l=` counts canonical octets.
        let mut hasher = BodyHasher::new(counted, wanted.form, 0);
        for piece in self.body.chunks(PIECE) {
            hasher.write(piece);
            if self.body.len() > PIECE {
                tokio::task::yield_now().await;
            }
        }
        let (counted, _) = hasher.finish();
        let length = counted.length;
        let body = Body { hash: counted.complete().as_ref().to_vec(), length };
        self.made.push((wanted, body.clone()));
        body
    }
}

/// Hashes the first `left` octets of what is written, and counts all of them.
struct Counted {
    digest: <Sha256 as HashImpl>::Context,
    left: u64,
    length: u64,
}

impl Writer for Counted {
    fn write(&mut self, octets: &[u8]) {
        self.length += octets.len() as u64;
        let taken = usize::try_from(self.left).unwrap_or(usize::MAX).min(octets.len());
        self.left -= taken as u64;
        self.digest.write(&octets[..taken]);
    }
}

impl HashContext for Counted {
    fn complete(self) -> HashOutput {
        self.digest.complete()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks for a body's hash in the way of `c=`.
    async fn hash(body: &[u8], form: &str, length: Option<u64>) -> Body {
        let tags = format!("v=1; a=rsa-sha256; d=example.jp; s=s; h=from; bh=YQ==; b=YQ==; c=simple/{form}");
        let mut signature = Signature::parse(tags.as_bytes()).expect("a signature");
        signature.length = length;
        Bodies::new(body).hash(&signature).await
    }

    /// The canonical bodies of RFC 6376 §3.4.5, and the cuts of `l=`.
    #[tokio::test]
    async fn bodies_are_made_canonical() {
        let digest = |canonical: &[u8]| HashAlgorithm::Sha256.hash(canonical).as_ref().to_vec();
        let given = b" C \r\nD \t E\r\n\r\n\r\n";
        for (form, canonical) in [("relaxed", &b" C\r\nD E\r\n"[..]), ("simple", b" C \r\nD \t E\r\n")] {
            let whole = hash(given, form, None).await;
            assert_eq!((whole.hash, whole.length), (digest(canonical), canonical.len() as u64), "{form}");
            for cut in [0, 3, 5, 100] {
                let part = hash(given, form, Some(cut)).await;
                let kept = &canonical[..canonical.len().min(cut as usize)];
                assert_eq!((part.hash, part.length), (digest(kept), canonical.len() as u64), "{form} {cut}");
            }
        }
        assert_eq!(hash(b"", "simple", None).await.hash, digest(b"\r\n"));
        assert_eq!(hash(b"", "relaxed", None).await.hash, digest(b""));
    }

    #[tokio::test]
    async fn pieces_do_not_change_the_hash() {
        for shift in 0..4 {
            let mut body = vec![b'x'; PIECE - shift];
            body.extend_from_slice(b"\r\n \t y\r\n\r\n\r\n");
            body.extend_from_slice(&b"z \r\n".repeat(PIECE / 3));
            for (form, kind) in [("simple", Canonicalization::Simple), ("relaxed", Canonicalization::Relaxed)] {
                let whole = HashAlgorithm::Sha256.hash(kind.canonical_body(&body, 0));
                assert_eq!(hash(&body, form, None).await.hash, whole.as_ref(), "{form} {shift}");
            }
        }
    }
}
