//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

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
