//! What a DKIM-Signature or an ARC-Message-Signature says (RFC 6376 §3.5, RFC 8617 §4.1.2).

use mail_auth::common::crypto::Algorithm;
use mail_auth::dkim::Canonicalization;
use mail_parser::decoders::base64::base64_decode;

use super::tags::{BadTags, Strictness, Tags, compact};

/// Names in one `h=` that are read; nobody signs more.
const MOST_NAMES: usize = 500;

/// A signature that could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// `a=`.
    pub algorithm: Algorithm,
    /// `b=`.
    pub octets: Vec<u8>,
    /// The start of `b=` as written, for reports (RFC 6008).
    pub start: String,
    /// `bh=`.
    pub body_hash: Vec<u8>,
    /// `c=`, first half.
    pub header_form: Canonicalization,
    /// `c=`, second half.
    pub body_form: Canonicalization,
    /// `d=`, lower case.
    pub domain: String,
    /// `h=`, lower case, empty names left out.
    pub names: Vec<String>,
    /// The domain of `i=`, lower case.
    pub identity: Option<String>,
    /// `l=`.
    pub length: Option<u64>,
    /// `s=`, lower case.
    pub selector: String,
    /// `t=`, seconds since 1970.
    pub signed_at: Option<u64>,
    /// `x=`, seconds since 1970.
    pub expires_at: Option<u64>,
}

/// Why a signature could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    /// It is no tag list.
    #[error("the signature cannot be read: {0}")]
    Tags(#[from] BadTags),
    /// A tag that must be there is not.
    #[error("{0}= is missing")]
    Missing(&'static str),
    /// A tag that cannot be read or is not supported.
    #[error("{0}= cannot be read")]
    Value(&'static str),
    /// `h=` without From (RFC 6376 §5.4).
    #[error("From is not signed")]
    FromNotSigned,
    /// `i=` outside of `d=`.
    #[error("i= is not within d=")]
    Identity,
    /// An ARC message signature over seals (RFC 8617 §4.1.2).
    #[error("a seal is signed")]
    SealSigned,
}

impl Signature {
    /// Reads the value of a DKIM-Signature.
    pub fn parse(value: &[u8]) -> Result<Self, BadSignature> {
        let tags = Tags::parse(value, Strictness::Signature)?;
        if tags.get("v").ok_or(BadSignature::Missing("v"))? != "1" {
            return Err(BadSignature::Value("v"));
        }
        if tags.get("q").is_some_and(|methods| !compact(methods).split(':').any(|method| method == "dns/txt")) {
            return Err(BadSignature::Value("q"));
        }
        let signature = Self::from_tags(&tags, Canonicalization::Simple)?;
        if !signature.names.iter().any(|name| name == "from") {
            return Err(BadSignature::FromNotSigned);
        }
        Ok(signature)
    }

    /// Reads the value of an ARC-Message-Signature. Its `i=` is the instance, which the chain looks at. Without `c=`
    /// sealers mean relaxed, and so does the suite of ARC's authors, although RFC 6376 would say simple.
    pub fn parse_arc(value: &[u8]) -> Result<Self, BadSignature> {
        let tags = Tags::parse(value, Strictness::Signature)?;
        let signature = Self { identity: None, ..Self::from_tags(&tags, Canonicalization::Relaxed)? };
        if signature.names.iter().any(|name| name == "arc-seal") {
            return Err(BadSignature::SealSigned);
        }
        Ok(signature)
    }

    fn from_tags(tags: &Tags<'_>, unsaid: Canonicalization) -> Result<Self, BadSignature> {
        let need = |name: &'static str| tags.get(name).ok_or(BadSignature::Missing(name));
        let (octets, start) = base64(need("b")?).ok_or(BadSignature::Value("b"))?;
        let (body_hash, _) = base64(need("bh")?).ok_or(BadSignature::Value("bh"))?;
        let (header_form, body_form) =
            tags.get("c").map_or(Some((unsaid, unsaid)), forms).ok_or(BadSignature::Value("c"))?;
        let domain = name(need("d")?).ok_or(BadSignature::Value("d"))?;
        let selector = name(need("s")?).ok_or(BadSignature::Value("s"))?;
        let identity = tags.get("i").map(|identity| identity.rsplit_once('@').map_or("", |(_, domain)| domain));
        let identity = identity.map(|domain| compact(domain).to_ascii_lowercase());
        let names = compact(need("h")?).to_ascii_lowercase();
        let signed_at = number(tags, "t")?;
        let expires_at = number(tags, "x")?;
        if matches!((signed_at, expires_at), (Some(from), Some(until)) if until <= from) {
            return Err(BadSignature::Value("x"));
        }
        Ok(Self {
            algorithm: algorithm(need("a")?).ok_or(BadSignature::Value("a"))?,
            octets,
            start,
            body_hash,
            header_form,
            body_form,
            domain,
            names: names.split(':').filter(|name| !name.is_empty()).take(MOST_NAMES).map(str::to_owned).collect(),
            identity,
            length: number(tags, "l")?,
            selector,
            signed_at,
            expires_at,
        })
    }

    /// Whether `i=` agrees with `d=`: within it, or with `t=s` in the key exactly it (RFC 6376 §3.5, §3.6.1).
    pub fn identity_agrees(&self, exactly: bool) -> bool {
        let Some(identity) = &self.identity else { return true };
        match identity.strip_suffix(self.domain.as_str()) {
            Some("") => true,
            Some(head) => !exactly && head.ends_with('.'),
            None => false,
        }
    }
}

/// `a=` as the RFCs write it; tag values are case-sensitive.
pub(crate) fn algorithm(value: &str) -> Option<Algorithm> {
    match value {
        "rsa-sha256" => Some(Algorithm::RsaSha256),
        "rsa-sha1" => Some(Algorithm::RsaSha1),
        "ed25519-sha256" => Some(Algorithm::Ed25519Sha256),
        _ => None,
    }
}

/// The octets and the first characters of a base64 value with blanks.
pub(crate) fn base64(value: &str) -> Option<(Vec<u8>, String)> {
    let text = compact(value);
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b)) {
        return None;
    }
    let octets = base64_decode(text.as_bytes())?;
    Some((octets, text.chars().take(8).collect()))
}

/// A domain or selector in A-labels and lower case; only what can be asked of DNS.
pub(crate) fn name(value: &str) -> Option<String> {
    let value = compact(value);
    let name = if value.is_ascii() { value.to_ascii_lowercase() } else { idna::domain_to_ascii(&value).ok()? };
    let characters = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    (characters && crate::dns::can_exist(&name)).then_some(name)
}

fn forms(value: &str) -> Option<(Canonicalization, Canonicalization)> {
    let form = |text: &str| match text {
        "simple" => Some(Canonicalization::Simple),
        "relaxed" => Some(Canonicalization::Relaxed),
        _ => None,
    };
    match value.split_once('/') {
        Some((header, body)) => Some((form(header)?, form(body)?)),
        None => Some((form(value)?, Canonicalization::Simple)),
    }
}

/// An unsigned decimal number of a tag; too large counts as the largest (RFC 6376 §3.5, `t=`).
pub(crate) fn number(tags: &Tags<'_>, name: &'static str) -> Result<Option<u64>, BadSignature> {
    match tags.get(name) {
        None => Ok(None),
        Some(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
            Ok(Some(digits.parse().unwrap_or(u64::MAX)))
        }
        Some(_) => Err(BadSignature::Value(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "v=1; a=rsa-sha256; d=Example.JP; s=sel; h=From:To; bh=YQ==; b=Y\r\n Q==";

    #[test]
    fn a_signature_is_read() {
        let signature = Signature::parse(GOOD.as_bytes()).expect("a signature");
        assert_eq!((signature.domain.as_str(), signature.start.as_str()), ("example.jp", "YQ=="));
        assert_eq!(signature.names, ["from", "to"]);
        assert_eq!((signature.header_form, signature.length), (Canonicalization::Simple, None));
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let rows = [
            (GOOD.replace("v=1; ", ""), BadSignature::Missing("v")),
            (GOOD.replace("v=1", "v=8"), BadSignature::Value("v")),
            (GOOD.replace("rsa-sha256", "rsa-md5"), BadSignature::Value("a")),
            (GOOD.replace("From:", ""), BadSignature::FromNotSigned),
            (GOOD.replace("d=Example.JP", "d=a..b"), BadSignature::Value("d")),
            (format!("{GOOD}; l=-1"), BadSignature::Value("l")),
            (format!("{GOOD}; t=5; x=5"), BadSignature::Value("x")),
            (format!("{GOOD}; q=dns/other"), BadSignature::Value("q")),
            (format!("{GOOD}; c=relaxed/"), BadSignature::Value("c")),
        ];
        for (text, why) in rows {
            assert_eq!(Signature::parse(text.as_bytes()), Err(why), "{text}");
        }
    }

    #[test]
    fn identities_lie_within_the_domain() {
        for (identity, exactly, agrees) in [
            ("@example.jp", true, true),
            ("a@sub.example.jp", false, true),
            ("a@sub.example.jp", true, false),
            ("a@notexample.jp", false, false),
            ("a@example.jp.evil.example", false, false),
            ("nobody", false, false),
        ] {
            let signature = Signature::parse(format!("{GOOD}; i={identity}").as_bytes()).expect("a signature");
            assert_eq!(signature.identity_agrees(exactly), agrees, "{identity} {exactly}");
        }
    }
}
