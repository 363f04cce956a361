//! The way a message came, from its first server to us, and what of it can be trusted.
//!
//! We vouch for one step: the server that handed the message to us, by its address. Every other line was written by others
//! and can be made up; where a line cannot be true beside its neighbours, it is said.

use std::net::IpAddr;

use message::{Message, UnixMillis};

use crate::state::Countries;

/// Clocks of honest servers differ by so much, milliseconds.
const CLOCKS: i64 = 120_000;

/// The path, oldest step first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path {
    /// The steps.
    pub steps: Vec<Step>,
}

/// What can be said of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// We saw this ourselves.
    Ours,
    /// Written by the very server that handed the message to us: as good as that server.
    Neighbour,
    /// Written by others, and can be made up.
    #[default]
    Claimed,
    /// It names another server than the next line came from.
    DoesNotFit,
    /// Its time lies after the message was here, or after the next line.
    WrongTime,
    /// It poses as one of our own servers.
    PosesAsOurs,
}

impl Trust {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Neighbour => "neighbour",
            Self::Claimed => "claimed",
            Self::DoesNotFit => "does-not-fit",
            Self::WrongTime => "wrong-time",
            Self::PosesAsOurs => "poses-as-ours",
        }
    }
}

/// One step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// What handed the message over called itself.
    pub from: String,
    /// Its address, as the receiving server wrote it.
    pub ip: String,
    /// The country of that address, where the operator's table has it.
    pub country: Option<String>,
    /// The server that wrote this down.
    pub by: String,
    /// The protocol.
    pub with: String,
    /// When.
    pub at: Option<UnixMillis>,
    /// Seconds since the step before, where both times are known; negative where a clock is wrong.
    pub seconds: Option<i64>,
    /// What can be said of it.
    pub trust: Trust,
    /// Every name of the host that handed it over, lower case.
    names: Vec<String>,
}

/// What we saw ourselves of the server that handed a message to us.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Its address.
    pub ip: String,
    /// What it called itself.
    pub helo: String,
    /// When the message was here.
    pub arrived: Option<UnixMillis>,
    /// Domains of ours.
    pub ours: Vec<String>,
}

impl Step {
    /// The id of the sentence about its trust.
    pub fn sentence(&self) -> &'static str {
        match self.trust {
            Trust::Ours => "path-ours",
            Trust::Neighbour => "path-neighbour",
            Trust::Claimed => "path-claimed",
            Trust::DoesNotFit => "path-does-not-fit",
            Trust::WrongTime => "path-wrong-time",
            Trust::PosesAsOurs => "path-poses",
        }
    }

    /// The class of its line on the page.
    pub fn tone(&self) -> &'static str {
        match self.trust {
            Trust::Ours => "ours",
            Trust::Neighbour | Trust::Claimed => "claimed",
            Trust::DoesNotFit | Trust::WrongTime | Trust::PosesAsOurs => "doubtful",
        }
    }

    /// How long the step took, in the largest unit that says something: its words' id and the number.
    pub fn took(&self) -> Option<(&'static str, i64)> {
        self.seconds.map(|seconds| match seconds {
            ..0 => ("path-clock", 0),
            0..120 => ("path-seconds", seconds),
            120..7_200 => ("path-minutes", seconds / 60),
            _ => ("path-hours", seconds / 3_600),
        })
    }
}

/// Reads the path from the Received fields; the last step is what we saw ourselves.
pub fn path(message: &Message, seen: Option<&Seen>, countries: &Countries) -> Path {
    let mut steps: Vec<Step> = message
        .headers
        .hops()
        .into_iter()
        .rev()
        .map(|hop| {
            let names = [&hop.helo, &hop.name].into_iter().flatten().map(|name| bare(name)).collect();
            Step {
                from: hop.name.or(hop.helo).unwrap_or_else(|| "?".into()),
                country: hop.ip.and_then(|ip| countries.of(ip)),
                ip: hop.ip.map(|ip| ip.to_string()).unwrap_or_default(),
                by: hop.by.unwrap_or_else(|| "?".into()),
                with: hop.with.unwrap_or_default(),
                at: hop.at,
                names,
                ..Step::default()
            }
        })
        .collect();
    let claimed = steps.len();
    if let Some(seen) = seen {
        let from = if seen.helo.is_empty() { seen.ip.clone() } else { seen.helo.clone() };
        steps.push(Step {
            names: vec![bare(&from)],
            country: seen.ip.parse::<IpAddr>().ok().and_then(|ip| countries.of(ip)),
            from,
            ip: seen.ip.clone(),
            at: seen.arrived,
            trust: Trust::Ours,
            ..Step::default()
        });
    }
    for at in 1..steps.len() {
        if let (Some(before), Some(now)) = (steps[at - 1].at, steps[at].at) {
            steps[at].seconds = Some((now.0 - before.0) / 1000);
        }
    }
    for at in 0..claimed {
        let next = steps.get(at + 1).cloned();
        let trust = trust(&steps[at], next.as_ref(), seen, at + 1 == claimed);
        steps[at].trust = trust;
    }
    Path { steps }
}

/// Beside the next line: does its time fit, and is its server the one that the next line came from?
fn trust(step: &Step, next: Option<&Step>, seen: Option<&Seen>, last: bool) -> Trust {
    let arrived = seen.and_then(|seen| seen.arrived);
    let bound = [next.and_then(|next| next.at), arrived].into_iter().flatten().map(|at| at.0).min();
    if step.at.zip(bound).is_some_and(|(at, bound)| at.0 > bound + CLOCKS) {
        return Trust::WrongTime;
    }
    let by = bare(&step.by);
    // Behind a server of ours the line before is ours too; a server of others that says it is ours is not.
    if let Some(seen) = seen.filter(|seen| last && !is_near(&seen.ip)) {
        let ours = |name: &str| seen.ours.iter().any(|domain| name == domain || name.ends_with(&format!(".{domain}")));
        if ours(&by) && !ours(&bare(&seen.helo)) {
            return Trust::PosesAsOurs;
        }
    }
    let Some(next) = next else { return Trust::Claimed };
    let fits = next.names.iter().any(|name| kin(name, &by));
    match (fits, last && seen.is_some()) {
        (true, true) => Trust::Neighbour,
        (false, _) if is_name(&by) && next.names.iter().any(|name| is_name(name)) => Trust::DoesNotFit,
        (_, _) => Trust::Claimed,
    }
}

/// Our own networks and this machine: a server of ours stands before us there.
fn is_near(ip: &str) -> bool {
    match ip.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
        Err(_) => false,
    }
}

fn bare(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// A name that can be compared: not an address, not a bare machine's name.
fn is_name(name: &str) -> bool {
    name.contains('.') && name.parse::<IpAddr>().is_err() && !name.starts_with('[')
}

/// The same host, or hosts of one organisation as far as the last two labels (three where they are short) tell.
fn kin(one: &str, other: &str) -> bool {
    let top = |name: &str| -> Option<String> {
        let labels: Vec<&str> = name.split('.').collect();
        let short = labels.len() >= 3 && labels.get(labels.len() - 2).is_some_and(|label| label.len() <= 3);
        let many = if short { 3 } else { 2 };
        (labels.len() >= many).then(|| labels[labels.len() - many..].join("."))
    };
    one == other || (is_name(one) && is_name(other) && top(one).is_some() && top(one) == top(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(fields: &str, ip: &str, helo: &str) -> Vec<(String, Trust)> {
        let raw = format!("{fields}From: a@example.com\r\n\r\n");
        let seen = Seen {
            ip: ip.into(),
            helo: helo.into(),
            arrived: Some(UnixMillis(1_795_334_650_000)),
            ours: vec!["ours.example.jp".into()],
        };
        let message = super::super::parse(raw.into_bytes().into());
        let path = path(&message, Some(&seen), &Countries::default());
        path.steps.into_iter().map(|step| (step.from, step.trust)).collect()
    }

    const AT: &str = "Sun, 22 Nov 2026 17:04:04 +0900";

    #[test]
    fn only_our_own_step_is_vouched_for_and_its_neighbour_is_named() {
        let fields = format!(
            "Received: from pc (pc.example.net [192.0.2.9]) by out.example.com with ESMTP; {AT}\r\n\
             Received: from a.b (unknown [192.0.2.7]) by pc.example.net with SMTP; {AT}\r\n"
        );
        let expected =
            [("a.b", Trust::Claimed), ("pc.example.net", Trust::Neighbour), ("mail.example.com", Trust::Ours)];
        let found = steps(&fields, "198.51.100.7", "mail.example.com");
        assert_eq!(found, expected.map(|(from, trust)| (from.to_owned(), trust)));
    }

    #[test]
    fn what_cannot_be_true_is_said() {
        let one = |by: &str, at: &str, ip: &str| {
            let fields =
                format!("Received: from x.example.net (x.example.net [192.0.2.9]) by {by} with SMTP; {at}\r\n");
            steps(&fields, ip, "vps.example.org")[0].1
        };
        assert_eq!(one("mx.bank.example", AT, "198.51.100.7"), Trust::DoesNotFit);
        assert_eq!(one("mx.ours.example.jp", AT, "198.51.100.7"), Trust::PosesAsOurs);
        assert_eq!(one("vps.example.org", "Sun, 22 Nov 2026 19:04:04 +0900", "198.51.100.7"), Trust::WrongTime);
        assert_eq!(one("localhost", AT, "198.51.100.7"), Trust::Claimed);
        // A server of our own stands before us.
        assert_ne!(one("mx.ours.example.jp", AT, "10.0.0.2"), Trust::PosesAsOurs);
    }
}
