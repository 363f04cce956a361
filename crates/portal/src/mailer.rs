//! One-time codes go out by mail. The letter is written here; whoever starts the portal brings the way to send it.

use async_trait::async_trait;
use mail_builder::MessageBuilder;
use message::{Address, UnixMillis};
use store::OperatorId;

use crate::language::Words;

/// A letter with a one-time code, ready to be handed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeMessage {
    /// Whose subscriber asks.
    pub operator: OperatorId,
    /// Envelope recipient. The envelope sender is null: nobody answers this letter.
    pub to: Address,
    /// The message, CRLF line ends.
    pub raw: Vec<u8>,
}

/// A person passes on a message to the address that the operator named for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Whose subscriber.
    pub operator: OperatorId,
    /// Who passes it on: the envelope sender, so that who reports hears what came of it.
    pub from: Address,
    /// The operator's address for reports.
    pub to: Address,
    /// The message, CRLF line ends.
    pub raw: Vec<u8>,
}

/// Sends letters with one-time codes, past the filter.
#[async_trait]
pub trait CodeMail: Send + Sync {
    /// Sends one. The text says what went wrong, for the log.
    async fn send(&self, letter: CodeMessage) -> Result<(), String>;

    /// Sends a person's report of a message, which may go to an address elsewhere.
    async fn report(&self, report: Report) -> Result<(), String>;
}

/// Writes the letter.
pub fn write(
    operator: OperatorId,
    to: &Address,
    code: &str,
    at: UnixMillis,
    words: Words,
) -> Result<CodeMessage, String> {
    let raw = MessageBuilder::new()
        .from((words.say("product"), format!("no-reply@{}", to.domain())))
        .to(to.to_string())
        .subject(words.say("code-mail-subject"))
        .date(at.0 / 1000)
        .header("Auto-Submitted", mail_builder::headers::raw::Raw::new("auto-generated"))
        .text_body(words.say1("code-mail-body", "code", code.to_owned()))
        .write_to_vec()
        .map_err(|fault| format!("the letter cannot be written: {fault}"))?;
    Ok(CodeMessage { operator, to: to.clone(), raw })
}
