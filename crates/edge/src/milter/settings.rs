//! How a milter listener behaves. Swapped whole while it runs; a session keeps what it began with.

use std::time::Duration;

/// Settings of a milter listener.
#[derive(Clone, Debug)]
pub struct MilterSettings {
    /// Sessions in all. A mail server has one for each of its own sessions.
    pub connections: usize,
    /// Octets of a message.
    pub message: usize,
    /// Octets of messages being received, all sessions together.
    pub receiving: usize,
    /// Recipients of a transaction.
    pub recipients: usize,
    /// How long a mail server may say nothing: its own client may be slow.
    pub idle: Duration,
    /// How long a packet that began may take to come.
    pub packet: Duration,
    /// What happens where we cannot judge.
    pub on_fault: OnFault,
    /// What happens to mail of senders that gave a password.
    pub authenticated: Authenticated,
    /// How long sessions may go on after a stop was asked for.
    pub stop_within: Duration,
}

/// What the mail server is told where we cannot judge (disk full, store gone).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OnFault {
    /// The sender comes again.
    #[default]
    Defer,
    /// It passes unjudged.
    Accept,
    /// It lies in the mail server's own quarantine (Postfix: the hold queue) until somebody looks.
    Quarantine,
}

/// Mail of senders that gave a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Authenticated {
    /// Passes: it is the operator's own users', and leaves.
    #[default]
    Pass,
    /// Is judged like any other for recipients that are ours.
    Judge,
}

impl Default for MilterSettings {
    fn default() -> Self {
        Self {
            connections: 1_000,
            message: ::message::limits::LIMITS.message,
            receiving: 1024 * 1024 * 1024,
            recipients: 1_000,
            idle: Duration::from_secs(7_210),
            packet: Duration::from_secs(60),
            on_fault: OnFault::default(),
            authenticated: Authenticated::default(),
            stop_within: Duration::from_secs(30),
        }
    }
}
