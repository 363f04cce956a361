//! The command line. What has commands of its own below it stands by subject in the files beside.

mod mail;
mod settings;
mod signatures;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

pub use mail::{DigestCommand, DoorCommand, JunkCommand};
pub use settings::{ConfigCommand, ProfileCommand, SettingsCommand};
pub use signatures::SignaturesCommand;

/// Sekisho, a checkpoint for mail: judges what passes, acts for each recipient, and can say why.
#[derive(Debug, Parser)]
#[command(name = "sekisho", version, arg_required_else_help = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the whole system on loopback with sample mail, to look at.
    Demo {
        /// Folder for its data.
        #[arg(long, value_name = "DIR", default_value = "./sekisho-data")]
        data: PathBuf,
        /// Where SMTP is listened for.
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:2525")]
        smtp: SocketAddr,
        /// Where the pages are.
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
        portal: SocketAddr,
        /// Where rspamd's HTTP dialect is spoken.
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:11333")]
        rspamd: SocketAddr,
    },
    /// Run the checkpoint.
    Serve {
        #[command(flatten)]
        file: File,
    },
    /// Look at the configuration.
    Config {
        #[command(subcommand)]
        what: ConfigCommand,
    },
    /// Why a decision came out as it did, by its reference.
    Explain {
        /// The reference, such as 7K3Q-92MX-4TDA.
        reference: String,
        /// Language of the answer: ja or en; by default that of LANG.
        #[arg(long)]
        language: Option<String>,
        #[command(flatten)]
        file: Asking,
    },
    /// Teach the Bayesian filter labelled mail: files, Maildirs, mbox files, folders.
    Learn {
        /// What the mail is.
        label: LabelArgument,
        /// Teach only this person's filter.
        #[arg(long = "for", value_name = "ADDRESS")]
        person: Option<String>,
        /// Where the mail is.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        #[command(flatten)]
        file: Asking,
    },
    /// Take back what was taught of some mail.
    Unlearn {
        /// Only in this person's filter.
        #[arg(long = "for", value_name = "ADDRESS")]
        person: Option<String>,
        /// Where the mail is.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        #[command(flatten)]
        file: Asking,
    },
    /// How far the filter has learned, and whether the server runs.
    Status {
        #[command(flatten)]
        file: Asking,
    },
    /// Who sent a message: SPF, Sender ID, DKIM, ARC, DMARC.
    Auth {
        /// File with the message; `-` for standard input.
        message: PathBuf,
        /// Address of the peer that handed it over.
        #[arg(long)]
        ip: std::net::IpAddr,
        /// What it called itself.
        #[arg(long, default_value = "")]
        helo: String,
        /// Envelope sender; empty for the null sender.
        #[arg(long, default_value = "")]
        mail_from: String,
        /// Print a table instead of JSON and a table.
        #[arg(long, value_enum, default_value = "both")]
        output: Output,
        /// Resolvers as address:port; by default those of the configuration or the machine.
        #[arg(long, value_name = "ADDR")]
        dns: Vec<SocketAddr>,
        #[command(flatten)]
        file: File,
    },
    /// Add a member of staff, or give one a new password.
    StaffAdd {
        /// Sign-in name.
        login: String,
        /// Name shown.
        #[arg(long, default_value = "")]
        name: String,
        /// viewer, support or administrator.
        #[arg(long, default_value = "administrator")]
        role: String,
        #[command(flatten)]
        file: Asking,
    },
    /// Add a subscriber with an address, or give one a new password.
    SubscriberAdd {
        /// The address, which is also the sign-in name.
        address: String,
        /// Name shown.
        #[arg(long, default_value = "")]
        name: String,
        /// Group of settings.
        #[arg(long, default_value = "")]
        group: String,
        #[command(flatten)]
        file: Asking,
    },
    /// Take in a CSV list of subscribers, however long: first all of it is looked at, then it is taken in.
    SubscriberImport {
        /// The list: login, and as wanted name, group, language, addresses, aliases, contract_begins (2026-04-01),
        /// contract_options (name=2026-04-01..2027-03-31;…). UTF-8 or Shift_JIS.
        list: PathBuf,
        /// Only look what is wrong with it.
        #[arg(long)]
        check: bool,
        #[command(flatten)]
        file: Asking,
    },
    /// Take in entries of many people's receive and refuse lists from one CSV list.
    ListImport {
        /// The list: login, list, entry, and as wanted even_if_unverified, then, expires, note.
        list: PathBuf,
        /// Why; each of them sees it.
        #[arg(long)]
        reason: String,
        /// Only look what is wrong with it.
        #[arg(long)]
        check: bool,
        #[command(flatten)]
        file: Asking,
    },
    /// Make a token with which a program can use the API in somebody's name; it is printed this once.
    TokenAdd {
        /// An address of a subscriber, or the sign-in name of a member of staff.
        owner: String,
        /// What its owner calls it.
        #[arg(long)]
        name: String,
        /// What it opens, such as mail:read; several times for several.
        #[arg(long = "scope", required = true)]
        scopes: Vec<String>,
        /// How many days it is good for.
        #[arg(long, default_value_t = 90)]
        days: u32,
        #[command(flatten)]
        file: Asking,
    },
    /// Do what the pages and the API do, by the operation's name; without one, list them.
    Call {
        /// The operation, such as list-entry-put.
        operation: Option<String>,
        /// Its fields, as name=value; lists as a,b,c or JSON.
        #[arg(value_name = "NAME=VALUE")]
        fields: Vec<String>,
        /// For whom: an address of the subscriber.
        #[arg(long = "as", visible_alias = "for", value_name = "ADDRESS")]
        person: Option<String>,
        /// Why, where it is for somebody; they see that it happened.
        #[arg(long, default_value = "")]
        reason: String,
        /// The legal ground on which senders, subjects and text open: asked, warrant, necessity or company.
        #[arg(long, default_value = "")]
        ground: String,
        /// The version that the change was made from; without it the one in force now.
        #[arg(long, value_name = "VERSION")]
        if_match: Option<i64>,
        /// A file, where the operation takes one.
        #[arg(long = "file", value_name = "FILE")]
        sent: Option<PathBuf>,
        /// Language of the answer: ja or en; by default that of LANG.
        #[arg(long)]
        language: Option<String>,
        #[command(flatten)]
        file: Asking,
    },
    /// Settings of a person, a group or the operator.
    Settings {
        #[command(subcommand)]
        what: SettingsCommand,
    },
    /// What subscribers are offered: lists and their sizes, presets, kinds of sender, defaults.
    Profile {
        #[command(subcommand)]
        what: ProfileCommand,
    },
    /// Digests of held mail.
    Digest {
        #[command(subcommand)]
        what: DigestCommand,
    },
    /// Held mail.
    Junk {
        #[command(subcommand)]
        what: JunkCommand,
    },
    /// How somebody signs in: what is set up, their sessions, help when they are locked out.
    Account {
        #[command(subcommand)]
        what: crate::commands::account::AccountCommand,
    },
    /// The door: who is known there, and what it asks.
    Door {
        #[command(subcommand)]
        what: DoorCommand,
    },
    /// Signatures of reported mail: found again in every variant.
    Signatures {
        #[command(subcommand)]
        what: SignaturesCommand,
    },
    /// An operator's own rules.
    Rules {
        #[command(subcommand)]
        what: RulesCommand,
    },
    /// What rules would have done to the mail of the last days, before they act: which decisions flip, for whom.
    Replay {
        /// Files with the rules to try; where an id is in force already, the one tried takes its place.
        #[arg(long = "with", value_name = "RULES", required = true)]
        with: Vec<PathBuf>,
        /// How far back: a number with h or d.
        #[arg(long, default_value = "7d")]
        since: String,
        /// Decisions that are shown one by one.
        #[arg(long, default_value_t = 50)]
        show: u32,
        #[command(flatten)]
        file: Asking,
    },
    /// Tell the running server to read its configuration again.
    Reload {
        #[command(flatten)]
        file: Asking,
    },
}

/// What to do with rules.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Run the tests that stand beside the rules.
    Test {
        /// Files with rules.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

/// Which configuration.
#[derive(Clone, Debug, clap::Args)]
pub struct File {
    /// The configuration file.
    #[arg(short = 'c', long = "config", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Data folder, instead of the configuration's.
    #[arg(long = "data-dir", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
}

/// Which configuration, and how the answer is printed.
#[derive(Clone, Debug, clap::Args)]
pub struct Asking {
    #[command(flatten)]
    file: File,
    /// Print the answer as JSON on one line.
    #[arg(long)]
    pub json: bool,
}

impl std::ops::Deref for Asking {
    type Target = File;

    fn deref(&self) -> &File {
        &self.file
    }
}

/// Spam or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LabelArgument {
    /// Unwanted.
    Spam,
    /// Wanted.
    Ham,
}

/// How to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// JSON.
    Json,
    /// A table.
    Table,
    /// The table, then JSON.
    Both,
}
