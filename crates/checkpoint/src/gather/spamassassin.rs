//! SpamAssassin's rules on a message. They see it as a mail server would have given it on: with a Received field of
//! ours on top, from which they know who is connected.

use std::sync::Arc;
use std::time::Duration;

use ::spamassassin::RuleSet;
use controls::facts::RuleHit;
use controls::{Fact, Why};
use message::{Authentication, Envelope, Headers, ReversePath};
use tokio::time::Instant;

/// How long the rules may take for one message; then nothing is known of them.
const TIME: Duration = Duration::from_secs(2);

/// Octets of a message that the rules look at. SpamAssassin is not given larger ones either.
const SIZE: usize = 512 * 1024;

/// Rules that apply and have points of their own.
pub async fn hits(
    rules: &Arc<RuleSet>,
    envelope: &Envelope,
    headers: &Headers,
    authentication: Option<&Authentication>,
    receiver: &str,
    deadline: Instant,
) -> Fact<Vec<RuleHit>> {
    if headers.raw.len() > SIZE {
        return Fact::Unknown(Why::TooLarge);
    }
    let mut message = received(envelope, authentication, receiver).into_bytes();
    message.extend_from_slice(&headers.raw);
    let rules = Arc::clone(rules);
    let until = deadline.min(Instant::now() + TIME);
    let work = move || {
        super::guarded("spamassassin", || {
            let outcome = rules.evaluate(&message, &|| Instant::now() >= until);
            (outcome.cut, outcome.hits.iter().filter(|hit| !hit.rule.is_part()).map(|hit| told(hit.rule)).collect())
        })
    };
    // Milliseconds of work: not on a thread that serves connections.
    match tokio::task::spawn_blocking(work).await {
        Ok(Fact::Known((false, hits))) => Fact::Known(hits),
        Ok(Fact::Known((true, _))) => Fact::Unknown(Why::Deadline),
        Ok(Fact::Unknown(why)) => Fact::Unknown(why),
        Ok(Fact::NotAsked) => Fact::NotAsked,
        Err(_) => Fact::Unknown(Why::Panicked),
    }
}

fn told(rule: &::spamassassin::Rule) -> RuleHit {
    RuleHit { rule: rule.name.clone(), description: rule.description.clone(), score: rule.score }
}

/// A Received field for the connection that the message comes over (RFC 5321, section 4.4).
fn received(envelope: &Envelope, authentication: Option<&Authentication>, receiver: &str) -> String {
    let peer = &envelope.peer;
    let plain =
        |text: &str| text.chars().filter(|c| c.is_ascii_graphic() && !"()[]<>;".contains(*c)).collect::<String>();
    let helo = peer.helo.as_deref().map(plain).filter(|helo| !helo.is_empty()).unwrap_or_else(|| "unknown".into());
    let looked_up = authentication.and_then(|known| known.iprev_name.as_ref().map(ToString::to_string));
    let name = match looked_up.or_else(|| peer.name.clone()) {
        Some(name) => plain(&name),
        // Nobody looked: what it calls itself is not held against it.
        None if authentication.is_none() => helo.clone(),
        None => "unknown".into(),
    };
    let sender = match &envelope.mail_from {
        ReversePath::Null => String::new(),
        ReversePath::Address(address) => plain(&address.to_string()),
    };
    let by = plain(receiver);
    format!(
        "Received: from {helo} ({name} [{ip}])\r\n\tby {by} (Sekisho) with ESMTP id 0\r\n\t(envelope-from <{sender}>)\r\n",
        ip = peer.ip
    )
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use ::spamassassin::RuleFile;
    use message::{Address, Body, Domain, Limits, Peer, UnixMillis};

    use super::*;

    const RULES: &str = "header FROM_THERE X-Spam-Relays-External =~ /^\\[ ip=192\\.0\\.2\\.1 rdns=mail\\.example\\.com /\n\
        header BY_THEM EnvelopeFrom =~ /^taro\\@example\\.com$/\nbody __PART /free/\nbody FREE /free/\n\
        describe FREE Something is free\nscore FREE 1.5\n";

    fn rules() -> Arc<RuleSet> {
        let file = RuleFile { name: "own.cf".into(), text: RULES.into() };
        Arc::new(RuleSet::parse(&[file]).expect("rules of this test"))
    }

    fn envelope() -> Envelope {
        let mut peer = Peer::at(IpAddr::from([192, 0, 2, 1]));
        peer.helo = Some("mail.example.com".into());
        peer.name = Some("mail.example.com".into());
        Envelope {
            peer,
            mail_from: ReversePath::Address(Address::parse("taro@example.com").expect("an address")),
            smtp_utf8: false,
            body: Body::SevenBit,
            received_at: UnixMillis(0),
        }
    }

    #[tokio::test]
    async fn rules_see_who_is_connected() {
        let _ = Domain::parse("example.com");
        let raw = b"From: taro@example.com\r\nSubject: hello\r\n\r\nThis is free.\r\n";
        let headers = Headers::parse(bytes::Bytes::from_static(raw), &Limits::default());
        let until = Instant::now() + Duration::from_secs(60);
        let Fact::Known(hits) = hits(&rules(), &envelope(), &headers, None, "mx.example.jp", until).await else {
            unreachable!("the rules are done in time");
        };
        let names: Vec<&str> = hits.iter().map(|hit| hit.rule.as_str()).collect();
        assert_eq!(names, ["FROM_THERE", "BY_THEM", "FREE"]);
        let free = hits.last().expect("three hits");
        assert_eq!((free.score, free.description.as_str()), (1.5, "Something is free"));
    }

    #[tokio::test]
    async fn what_is_not_done_in_time_is_unknown() {
        let headers = Headers::parse(bytes::Bytes::from_static(b"Subject: free\r\n\r\nfree\r\n"), &Limits::default());
        let hits = hits(&rules(), &envelope(), &headers, None, "mx.example.jp", Instant::now()).await;
        assert_eq!(hits, Fact::Unknown(Why::Deadline));
    }
}
