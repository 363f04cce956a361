//! Sender ID's purported responsible address (RFC 4407), verified only and off by default.

use message::authentication::{SpfIdentity, SpfOutcome, SpfResult};
use message::header::Header;
use message::{Address, Headers};

use crate::dns::Dns;
use crate::spf::{Peer, Versions};

/// Who is responsible for the newest sending of a message (RFC 4407 §2); `None` where that cannot be said.
pub fn responsible(headers: &Headers) -> Option<Address> {
    let field = resent_sender(headers)
        .or_else(|| filled(headers, "Resent-From").next())
        .map_or_else(|| only_originator(headers), Some)?;
    // Step 5: the field must hold exactly one mailbox.
    let mut mailboxes = headers.mailboxes_of(field).into_iter();
    match (mailboxes.next(), mailboxes.next()) {
        (Some(only), None) => only.address,
        _ => None,
    }
}

/// Evaluates the responsible address: `spf2.0/pra`, or `v=spf1` where there is none.
pub async fn check(dns: &dyn Dns, peer: Peer<'_>, headers: &Headers) -> SpfResult {
    let Some(address) = responsible(headers) else {
        return SpfResult {
            identity: SpfIdentity::Pra,
            domain: None,
            // RFC 4406 §4.2: without a responsible address the result is "permerror".
            outcome: SpfOutcome::PermError,
            explanation: None,
            mechanism: None,
            why: "the header does not say who is responsible".into(),
        };
    };
    let (sender, domain) = (address.to_string(), address.domain().as_str());
    crate::spf::check(dns, peer, SpfIdentity::Pra, &sender, domain, Versions::Pra).await
}

/// Step 1: the first Resent-Sender, unless a Resent-From above it belongs to a later sending.
fn resent_sender(headers: &Headers) -> Option<&Header> {
    let is = |field: &Header, name: &str| field.name.eq_ignore_ascii_case(name);
    let at = headers.fields.iter().position(|field| is(field, "Resent-Sender") && is_filled(field))?;
    let above = &headers.fields[..at];
    let from = above.iter().position(|field| is(field, "Resent-From") && is_filled(field));
    let between = from.map_or(&[][..], |from| &above[from..]);
    let later = between.iter().any(|field| is(field, "Received") || is(field, "Return-Path"));
    (!later).then(|| &headers.fields[at])
}

/// Steps 3 and 4: the one Sender, or without any the one From.
fn only_originator(headers: &Headers) -> Option<&Header> {
    let name = if filled(headers, "Sender").next().is_some() { "Sender" } else { "From" };
    let mut fields = filled(headers, name);
    match (fields.next(), fields.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

fn filled<'a>(headers: &'a Headers, name: &'a str) -> impl Iterator<Item = &'a Header> {
    headers.all(name).filter(|field| is_filled(field))
}

fn is_filled(field: &Header) -> bool {
    !field.value.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use message::Limits;

    use super::*;
    use crate::dns::Zone;

    fn headers(text: &str) -> Headers {
        Headers::parse(text.replace('\n', "\r\n").into_bytes().into(), &Limits::default())
    }

    #[test]
    fn the_newest_sender_is_responsible() {
        for (text, expected) in [
            ("From: a@one.example\n\n", Some("a@one.example")),
            ("From: a@one.example\nSender: b@two.example\n\n", Some("b@two.example")),
            ("From: a@one.example\nSender:\n\n", Some("a@one.example")),
            ("From: a@one.example\nFrom: b@two.example\n\n", None),
            ("From: a@one.example, b@two.example\n\n", None),
            ("Sender: a@one.example\nSender: b@two.example\nFrom: c@three.example\n\n", None),
            ("Resent-From: r@four.example\nFrom: a@one.example\n\n", Some("r@four.example")),
            (
                "Resent-Sender: s@five.example\nResent-From: r@four.example\nFrom: a@one.example\n\n",
                Some("s@five.example"),
            ),
            // The Resent-Sender belongs to an earlier sending than the Resent-From above the Received.
            (
                "Resent-From: r@four.example\nReceived: by x\nResent-Sender: s@five.example\nFrom: a@one.example\n\n",
                Some("r@four.example"),
            ),
            ("From: nonsense\n\n", None),
            ("Subject: nobody\n\n", None),
        ] {
            assert_eq!(responsible(&headers(text)).map(|a| a.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[tokio::test]
    async fn its_own_record_goes_before_that_of_spf() {
        let zone = Zone::new()
            .txt("both.example", "v=spf1 -all")
            .txt("both.example", "spf2.0/mfrom,pra ip4:192.0.2.1 -all")
            .txt("spf.example", "v=spf1 ip4:192.0.2.1 -all")
            .txt("mfrom.example", "spf2.0/mfrom ip4:192.0.2.1 -all");
        let peer = Peer { ip: [192, 0, 2, 1].into(), helo: "mail.example.jp", receiver: "mx.example.jp", now: 0 };
        for (domain, outcome) in [("both", SpfOutcome::Pass), ("spf", SpfOutcome::Pass), ("mfrom", SpfOutcome::None)] {
            let result = check(&zone, peer, &headers(&format!("From: a@{domain}.example\n\n"))).await;
            assert_eq!(result.outcome, outcome, "{result:?}");
        }
        assert_eq!(check(&zone, peer, &headers("Subject: x\n\n")).await.outcome, SpfOutcome::PermError);
    }
}
