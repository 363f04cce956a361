//! WHO SENT IT: SPF, Sender ID, DKIM, ARC, DMARC and the reverse name. Its only output is `message::authentication`.
//!
//! [`authenticate`] asks everything at once through a [`dns::Dns`] and ends by a deadline; [`results`] writes the
//! header fields, [`report`] the text for people. DNS that does not answer is an outcome of its own, never a pass.

pub mod arc;
pub mod dkim;
pub mod dmarc;
pub mod dns;
pub mod fields;
pub mod iprev;
pub mod pra;
pub mod report;
pub mod results;
pub mod settings;
pub mod spf;
pub mod verify;

pub use settings::AuthSettings;
pub use verify::authenticate;
