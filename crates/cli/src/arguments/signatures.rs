//! What is asked about signatures of spam.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use super::Asking;

/// What to do with signatures.
#[derive(Debug, Subcommand)]
pub enum SignaturesCommand {
    /// Make signatures of mail that was reported: files, Maildirs, mbox files, folders. In force at once.
    Add {
        /// Where the mail is.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// The kind of mail.
        #[arg(long, value_enum, default_value = "spam")]
        class: ClassArgument,
        /// Who reported it, one word: staff, trap, report …
        #[arg(long, default_value = "staff")]
        origin: String,
        #[command(flatten)]
        file: Asking,
    },
    /// Withdraw a signature of our own set.
    Withdraw {
        /// Its number, such as local:12.
        number: String,
        #[command(flatten)]
        file: Asking,
    },
    /// Sets in force, and the signatures of our own set.
    List {
        #[command(flatten)]
        file: Asking,
    },
    /// Print the public key that others trust to take our set.
    Key {
        #[command(flatten)]
        file: Asking,
    },
    /// Write our own set to a file, signed.
    Export {
        /// The file.
        path: PathBuf,
        /// Only what came after this state, as an earlier export named it.
        #[arg(long, value_name = "STATE", default_value_t = 0)]
        since: u64,
        #[command(flatten)]
        file: Asking,
    },
    /// Take the file of a set in: checked against the trusted keys, kept, and in force.
    Import {
        /// The file.
        path: PathBuf,
        #[command(flatten)]
        file: Asking,
    },
}

/// The kind of reported mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ClassArgument {
    /// Unwanted bulk.
    Spam,
    /// Poses as somebody to steal.
    Phishing,
    /// A made-up bill or claim.
    FeeFraud,
    /// Dating solicitation.
    Dating,
    /// Carries something harmful.
    Malware,
}

impl ClassArgument {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Spam => "spam",
            Self::Phishing => "phishing",
            Self::FeeFraud => "fee_fraud",
            Self::Dating => "dating",
            Self::Malware => "malware",
        }
    }
}
