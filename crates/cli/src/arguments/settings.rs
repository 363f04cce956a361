//! What is asked about settings, profiles and the configuration.

use std::path::PathBuf;

use clap::Subcommand;

use super::{Asking, File};

/// What to do with settings.
#[derive(Debug, Subcommand)]
pub enum SettingsCommand {
    /// Print a layer as JSON.
    Show {
        /// An address, `operator`, or `group:NAME`.
        owner: String,
        #[command(flatten)]
        file: Asking,
    },
    /// Put a new version of a layer into force.
    Set {
        /// An address, `operator`, or `group:NAME`.
        owner: String,
        /// File with the layer as JSON; `-` for standard input.
        #[arg(long = "file", value_name = "JSON")]
        layer: PathBuf,
        /// Reason or note, kept with the version.
        #[arg(long, default_value = "")]
        note: String,
        #[command(flatten)]
        file: Asking,
    },
}

/// What to do with the operator's profile.
#[derive(Debug, Subcommand)]
pub enum ProfileCommand {
    /// Print the profile in force as TOML.
    Show {
        #[command(flatten)]
        file: Asking,
    },
    /// Read a profile and say what is wrong with it; nothing changes.
    Check {
        /// The profile (TOML).
        profile: PathBuf,
    },
    /// Put a profile into force from the next message on; what subscribers have set stays theirs.
    Set {
        /// The profile (TOML).
        profile: PathBuf,
        /// A table of the domains of mobile operators to take in: lines of kind, tab, domain.
        #[arg(long, value_name = "TSV")]
        domains: Option<PathBuf>,
        /// Reason or note, kept with the version.
        #[arg(long, default_value = "")]
        note: String,
        #[command(flatten)]
        file: Asking,
    },
}

/// What to look at.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Say what is wrong with a configuration.
    Check {
        #[command(flatten)]
        file: File,
    },
    /// Print every value in force and where it came from.
    Show {
        #[command(flatten)]
        file: Asking,
    },
    /// Print the shipped sekisho.toml: every key with its default.
    Shipped,
}
