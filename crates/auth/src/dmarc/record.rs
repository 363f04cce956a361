//! The DMARC record (RFC 9989 §4.7, RFC 7489 §6.3). Unknown or broken optional tags are passed over.

use message::authentication::DmarcPolicy;

/// How closely two domains must agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Alignment {
    /// The same organizational domain.
    Relaxed,
    /// The same domain.
    Strict,
}

/// What a domain publishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// `p=`.
    pub policy: DmarcPolicy,
    /// `sp=`: for names below.
    pub subdomains: Option<DmarcPolicy>,
    /// `np=`: for names below that do not exist.
    pub absent_subdomains: Option<DmarcPolicy>,
    /// `adkim=`.
    pub dkim: Alignment,
    /// `aspf=`.
    pub spf: Alignment,
    /// `t=y`, or RFC 7489's `pct=0`: the domain is only trying out.
    pub testing: bool,
}

/// What a TXT record at `_dmarc` turns out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Something else.
    NotDmarc,
    /// Begins like one, but has no readable policy.
    Broken(&'static str),
    /// A policy.
    Record(Record),
}

/// Reads one TXT record.
pub fn read(text: &[u8]) -> Reading {
    let Ok(text) = std::str::from_utf8(text) else { return Reading::NotDmarc };
    let mut tags = text.split(';').map(|piece| {
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        (name.trim().to_ascii_lowercase(), value.trim())
    });
    // `v=DMARC1` comes first and is case-sensitive; everything else is not a DMARC record (RFC 7489 §6.3).
    if tags.next() != Some(("v".into(), "DMARC1")) {
        return Reading::NotDmarc;
    }
    let tags: Vec<(String, &str)> = tags.collect();
    let tag = |name: &str| tags.iter().find(|(known, _)| known == name).map(|&(_, value)| value);
    let reports = tag("rua").is_some_and(|uris| !uris.is_empty());
    let policy = match (tag("p"), tag("p").and_then(policy)) {
        (_, Some(policy)) => policy,
        // Without a readable p= the record still counts as p=none if it asks for reports (RFC 9989 §4.10.1).
        _ if reports => DmarcPolicy::None,
        (None, None) => return Reading::Broken("p= is missing"),
        (Some(_), None) => return Reading::Broken("p= cannot be read"),
    };
    let nobody = tag("pct").is_some_and(|digits| digits.parse::<u8>() == Ok(0));
    Reading::Record(Record {
        policy,
        subdomains: tag("sp").and_then(self::policy),
        absent_subdomains: tag("np").and_then(self::policy),
        dkim: alignment(tag("adkim")),
        spf: alignment(tag("aspf")),
        testing: tag("t").is_some_and(|t| t.eq_ignore_ascii_case("y")) || nobody,
    })
}

fn policy(value: &str) -> Option<DmarcPolicy> {
    match value.to_ascii_lowercase().as_str() {
        "none" => Some(DmarcPolicy::None),
        "quarantine" => Some(DmarcPolicy::Quarantine),
        "reject" => Some(DmarcPolicy::Reject),
        _ => None,
    }
}

fn alignment(value: Option<&str>) -> Alignment {
    match value {
        Some(value) if value.eq_ignore_ascii_case("s") => Alignment::Strict,
        _ => Alignment::Relaxed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read() {
        let Reading::Record(record) = read(b"v=DMARC1; P=Reject;sp=none; np = quarantine; adkim=s; aspf=R; t=y; x=1;")
        else {
            panic!("not read")
        };
        assert_eq!(record.policy, DmarcPolicy::Reject);
        assert_eq!(
            (record.subdomains, record.absent_subdomains),
            (Some(DmarcPolicy::None), Some(DmarcPolicy::Quarantine))
        );
        assert_eq!((record.dkim, record.spf, record.testing), (Alignment::Strict, Alignment::Relaxed, true));
    }

    #[test]
    fn what_is_no_policy_is_told_apart() {
        for text in ["", "v=spf1 -all", "v=dmarc1; p=none", "p=none; v=DMARC1", "v=DMARC10; p=none", "v=DMARC1 p=none"]
        {
            assert_eq!(read(text.as_bytes()), Reading::NotDmarc, "{text}");
        }
        assert_eq!(read(b"v=DMARC1"), Reading::Broken("p= is missing"));
        assert_eq!(read(b"v=DMARC1; p=maybe"), Reading::Broken("p= cannot be read"));
        assert!(matches!(
            read(b"v=DMARC1; p=maybe; rua=mailto:r@example.jp"),
            Reading::Record(Record { policy: DmarcPolicy::None, .. })
        ));
        assert!(matches!(read(b"v=DMARC1; p=reject; pct=0"), Reading::Record(Record { testing: true, .. })));
        assert!(matches!(read(b"v=DMARC1; p=reject; pct=300"), Reading::Record(Record { testing: false, .. })));
    }
}
