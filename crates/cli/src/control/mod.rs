//! How other commands speak to the running Sekisho: a Unix socket, frames of a JSON request and the bytes it is about.
//!
//! A command that finds nobody listening opens the data folder itself and does the same work.

pub mod client;
pub mod server;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Octets of the largest frame: a message and some.
const LARGEST: u32 = 64 * 1024 * 1024;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "ask", deny_unknown_fields)]
pub enum Request {
    /// Is anybody there?
    Status,
    /// Why a decision came out as it did.
    Explain {
        /// The reference.
        reference: String,
        /// `ja` or `en`.
        language: String,
    },
    /// Teach the message in the frame.
    Learn {
        /// It is spam.
        spam: bool,
        /// Whose filter; `None`: everybody's.
        person: Option<String>,
    },
    /// Take back what was taught of the message in the frame.
    Unlearn {
        /// Whose filter; `None`: everybody's.
        person: Option<String>,
    },
    /// How far the filter has learned.
    Progress,
    /// A new member of staff.
    StaffAdd {
        /// Sign-in name.
        login: String,
        /// Name shown.
        name: String,
        /// `viewer`, `support` or `administrator`.
        role: String,
    },
    /// A new subscriber with an address.
    SubscriberAdd {
        /// The address, which is also the sign-in name.
        address: String,
        /// Name shown.
        name: String,
        /// Group of settings.
        group: String,
    },
    /// The settings layer of an address, `operator`, or `group:NAME`, as JSON.
    SettingsShow {
        /// Whose.
        owner: String,
    },
    /// A new version of a settings layer; the JSON is in the frame.
    SettingsSet {
        /// Whose.
        owner: String,
        /// Reason or note.
        note: String,
    },
    /// The operator's profile in force, as TOML.
    ProfileShow,
    /// A new profile; the TOML is in the frame.
    ProfileSet {
        /// Reason or note.
        note: String,
    },
    /// An operation of the API, asked from the command line; a file it takes is in the frame.
    Call {
        /// Its id.
        operation: String,
        /// For whom, by address; `None`: nobody in particular.
        person: Option<String>,
        /// Why, for the record.
        reason: String,
        /// The legal ground on which senders, subjects and text open; empty: they stay closed.
        #[serde(default)]
        ground: String,
        /// The version a change is made from; `None`: the one in force.
        version: Option<i64>,
        /// Fields with their values.
        fields: Vec<(String, String)>,
        /// `ja` or `en`.
        language: String,
    },
    /// A token for a program of a subscriber or of staff.
    TokenAdd {
        /// An address of a subscriber, or the sign-in name of staff.
        owner: String,
        /// What its owner calls it.
        name: String,
        /// What it opens.
        scopes: Vec<String>,
        /// How many days it is good for.
        days: u32,
        /// `ja` or `en`.
        language: String,
    },
    /// A part of a list of subscribers, with its heading; the CSV is in the frame.
    SubscriberImport {
        /// Lines of the file before this part's first line of data.
        before: u64,
        /// Only look what is wrong with it.
        check: bool,
        /// `ja` or `en`.
        language: String,
    },
    /// Held mail of an address, a line each.
    JunkList {
        /// Whose.
        address: String,
    },
    /// Deliver a held message after all.
    JunkRelease {
        /// Its reference.
        reference: String,
    },
    /// Throw a held message away.
    JunkDelete {
        /// Its reference.
        reference: String,
    },
    /// How somebody signs in.
    AccountShow {
        /// An address, or `staff:` with a sign-in name.
        who: String,
    },
    /// End every session of somebody.
    AccountSignOut {
        /// Who.
        who: String,
        /// Why, for the audit and for them.
        reason: String,
    },
    /// Take somebody's second factor away.
    AccountReset {
        /// Who.
        who: String,
        /// Why, for the audit and for them.
        reason: String,
    },
    /// Forget wrong tries at an account.
    AccountUnlock {
        /// Who.
        who: String,
        /// Why, for the audit.
        reason: String,
    },
    /// Who is held at the door, and what it did lately.
    DoorList {
        /// `ja` or `en`.
        language: String,
    },
    /// Everything that the door knows about one address.
    DoorExplain {
        /// The address.
        ip: String,
        /// `ja` or `en`.
        language: String,
    },
    /// Let a source begin anew.
    DoorReset {
        /// Address, network, `sender:` … with a name.
        source: String,
        /// Why, for the audit.
        note: String,
    },
    /// How each DNS list of the door stands.
    DoorLists,
    /// Make signatures of the message in the frame.
    SignatureAdd {
        /// `spam`, `phishing`, `fee_fraud`, `dating` or `malware`.
        class: String,
        /// Who reported it, one word.
        origin: String,
    },
    /// Withdraw a signature of our own set.
    SignatureWithdraw {
        /// Its number.
        number: u32,
    },
    /// Sets, and signatures of our own set, a line each.
    SignatureList,
    /// Our public key.
    SignatureKey,
    /// Write our own set to a file.
    SignatureExport {
        /// The file, absolute.
        path: PathBuf,
        /// Only what came after this state; 0: all.
        since: u64,
    },
    /// Take the file of a set in.
    SignatureImport {
        /// The file, absolute.
        path: PathBuf,
    },
    /// What the rules in the frame (JSON: a list of name and text) would have done to the mail of the last hours.
    Replay {
        /// Hours back from now.
        hours: u32,
        /// Decisions that are shown one by one.
        shown: u32,
    },
    /// What is planned of a person's digest.
    DigestShow {
        /// An address of theirs.
        address: String,
    },
    /// Send a person's digest now.
    DigestSend {
        /// An address of theirs.
        address: String,
    },
    /// Send what is due.
    DigestRun {
        /// As of this time, UTC milliseconds; `None`: now.
        as_of: Option<i64>,
    },
    /// Read the configuration again.
    Reload,
}

/// What is answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// It was done.
    pub ok: bool,
    /// What a person reads.
    pub text: String,
    /// One word for programs: `new`, `already`, `changed`, `absent` …
    #[serde(default)]
    pub outcome: String,
    /// What was found, for programs; null where the text says it all.
    #[serde(default)]
    pub data: serde_json::Value,
}

impl Response {
    /// Done.
    pub fn ok(text: impl Into<String>) -> Self {
        Self { ok: true, text: text.into(), ..Self::default() }
    }

    /// Not done.
    pub fn no(text: impl Into<String>) -> Self {
        Self { ok: false, text: text.into(), ..Self::default() }
    }

    /// With what was found, for programs.
    #[must_use]
    pub fn found(mut self, data: serde_json::Value) -> Self {
        self.data = data;
        self
    }

    /// As a program reads it, on one line.
    pub fn as_json(&self) -> String {
        if !self.data.is_null() {
            return self.data.to_string();
        }
        let told = serde_json::json!({"done": self.ok, "outcome": self.outcome, "text": self.text});
        told.to_string()
    }

    /// With the word for programs.
    #[must_use]
    pub fn with(mut self, outcome: &str) -> Self {
        self.outcome = outcome.into();
        self
    }
}

/// Writes a frame: JSON, then bytes, each with its length before it.
pub async fn write_frame<T: Serialize>(
    to: &mut (impl AsyncWrite + Unpin),
    value: &T,
    bytes: &[u8],
) -> std::io::Result<()> {
    let json = serde_json::to_vec(value)?;
    for part in [json.as_slice(), bytes] {
        let length = u32::try_from(part.len()).ok().filter(|length| *length <= LARGEST);
        let length = length.ok_or_else(|| std::io::Error::other("larger than 64 MiB"))?;
        to.write_all(&length.to_be_bytes()).await?;
        to.write_all(part).await?;
    }
    to.flush().await
}

/// Reads a frame; `None` at the end of the connection.
pub async fn read_frame<T: for<'a> Deserialize<'a>>(
    from: &mut (impl AsyncRead + Unpin),
) -> std::io::Result<Option<(T, Vec<u8>)>> {
    let mut length = [0; 4];
    if let Err(fault) = from.read_exact(&mut length).await {
        return if fault.kind() == std::io::ErrorKind::UnexpectedEof { Ok(None) } else { Err(fault) };
    }
    let json = read_part(from, u32::from_be_bytes(length)).await?;
    from.read_exact(&mut length).await?;
    let bytes = read_part(from, u32::from_be_bytes(length)).await?;
    Ok(Some((serde_json::from_slice(&json)?, bytes)))
}

async fn read_part(from: &mut (impl AsyncRead + Unpin), length: u32) -> std::io::Result<Vec<u8>> {
    if length > LARGEST {
        return Err(std::io::Error::other("larger than 64 MiB"));
    }
    let mut part = vec![0; length as usize];
    from.read_exact(&mut part).await?;
    Ok(part)
}
