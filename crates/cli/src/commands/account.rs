//! `sekisho account`: how somebody signs in, for whoever helps them.

use clap::Subcommand;

use crate::arguments::Asking;
use crate::control::Request;

/// What to do about an account. WHO is an address, or `staff:` with a sign-in name.
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// What is set up, and where they are signed in.
    Show {
        /// An address, or staff:NAME.
        who: String,
        #[command(flatten)]
        file: Asking,
    },
    /// End every session, and forget the browsers they have used. They are told by mail.
    SignOut {
        /// An address, or staff:NAME.
        who: String,
        /// Why, for the audit and for them.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        file: Asking,
    },
    /// Take the second factor away: app, recovery codes, passkeys. They are told by mail.
    Reset {
        /// An address, or staff:NAME.
        who: String,
        /// Why, for the audit and for them.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        file: Asking,
    },
    /// Forget wrong tries from all over, so that networks they never came from may try again.
    Unlock {
        /// An address, or staff:NAME.
        who: String,
        /// Why, for the audit.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        file: Asking,
    },
}

/// Runs it.
pub async fn run(what: AccountCommand) -> Result<(), String> {
    match what {
        AccountCommand::Show { who, file } => super::ask::ask(Request::AccountShow { who }, &file).await,
        AccountCommand::SignOut { who, reason, file } => {
            super::ask::ask(Request::AccountSignOut { who, reason }, &file).await
        }
        AccountCommand::Reset { who, reason, file } => {
            super::ask::ask(Request::AccountReset { who, reason }, &file).await
        }
        AccountCommand::Unlock { who, reason, file } => {
            super::ask::ask(Request::AccountUnlock { who, reason }, &file).await
        }
    }
}
