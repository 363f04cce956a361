//! The way a message came, from its first server to us, and what of it can be trusted.

use message::{Message, UnixMillis};

/// The path, oldest step first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path {
    /// The steps.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// What handed the message over called itself.
    pub from: String,
    /// Its address, as the receiving server wrote it.
    pub ip: String,
    /// The server that wrote this down.
    pub by: String,
    /// The protocol.
    pub with: String,
    /// When.
    pub at: Option<UnixMillis>,
    /// Seconds since the step before, where both times are known; negative where a clock is wrong.
    pub seconds: Option<i64>,
    /// We saw this ourselves. Everything else was written by others and can be made up.
    pub ours: bool,
}

/// Reads the path from the Received fields; the last step is what we saw ourselves.
pub fn path(message: &Message, peer: Option<(String, String)>, arrived: UnixMillis) -> Path {
    let mut steps: Vec<Step> = message
        .headers
        .hops()
        .into_iter()
        .rev()
        .map(|hop| Step {
            from: hop.name.or(hop.helo).unwrap_or_else(|| "?".into()),
            ip: hop.ip.map(|ip| ip.to_string()).unwrap_or_default(),
            by: hop.by.unwrap_or_else(|| "?".into()),
            with: hop.with.unwrap_or_default(),
            at: hop.at,
            seconds: None,
            ours: false,
        })
        .collect();
    if let Some((ip, helo)) = peer {
        let from = if helo.is_empty() { ip.clone() } else { helo };
        steps.push(Step { from, ip, at: Some(arrived), ours: true, ..Step::default() });
    }
    for at in 1..steps.len() {
        if let (Some(before), Some(now)) = (steps[at - 1].at, steps[at].at) {
            steps[at].seconds = Some((now.0 - before.0) / 1000);
        }
    }
    Path { steps }
}
