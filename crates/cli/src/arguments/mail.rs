//! What is asked about held mail, its digest, and the door.

use clap::Subcommand;

use super::Asking;

/// What to do with held mail.
#[derive(Debug, Subcommand)]
pub enum JunkCommand {
    /// Held mail of an address: reference, state, time, class, points, size, sender.
    List {
        /// The address.
        address: String,
        #[command(flatten)]
        file: Asking,
    },
    /// Deliver a held message after all.
    Release {
        /// Its reference.
        reference: String,
        #[command(flatten)]
        file: Asking,
    },
    /// Throw a held message away; its bytes can never be read again.
    Delete {
        /// Its reference.
        reference: String,
        #[command(flatten)]
        file: Asking,
    },
}

/// What to do with digests of held mail.
#[derive(Debug, Subcommand)]
pub enum DigestCommand {
    /// What a person has chosen, what waits to be told, and when the next digest is due. Subjects stay closed.
    Show {
        /// An address of the person.
        address: String,
        #[command(flatten)]
        file: Asking,
    },
    /// Send a person's digest now, of what they were not told of yet.
    Send {
        /// An address of the person.
        address: String,
        #[command(flatten)]
        file: Asking,
    },
    /// Send what is due, instead of waiting for the running server to look.
    Run {
        /// What would be due at this time (RFC 3339), such as 2026-11-24T07:00:00+09:00.
        #[arg(long, value_name = "TIME")]
        as_of: Option<String>,
        #[command(flatten)]
        file: Asking,
    },
}

/// What to do at the door.
#[derive(Debug, Subcommand)]
pub enum DoorCommand {
    /// Who is slowed, put off or refused now, why, since when and until when; and what the door did lately.
    List {
        /// Language of the reasons: ja or en; by default that of LANG.
        #[arg(long)]
        language: Option<String>,
        #[command(flatten)]
        file: Asking,
    },
    /// Everything about one address: what holds it, its limits, its history.
    Explain {
        /// The address.
        ip: String,
        /// Language of the reasons: ja or en; by default that of LANG.
        #[arg(long)]
        language: Option<String>,
        #[command(flatten)]
        file: Asking,
    },
    /// Let a source begin anew.
    Reset {
        /// 192.0.2.7, 192.0.2.0/24, sender:hanako@example.com, sender_domain:example.com, recipient:taro@example.jp …
        source: String,
        /// Why, for the audit.
        #[arg(long, default_value = "")]
        reason: String,
        #[command(flatten)]
        file: Asking,
    },
    /// DNS lists: which are asked, which are not and why, questions and listings so far.
    Lists {
        #[command(flatten)]
        file: Asking,
    },
}
