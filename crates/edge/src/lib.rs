//! HOW IT IS SPOKEN: each face translates a protocol into the gate's calls, and the way onward speaks to next hops.
//!
//! The binary calls [`smtp::serve`] (SMTP on TCP), [`lmtp::serve_tcp`] and [`lmtp::serve_unix`] with an
//! `Arc<checkpoint::Gate>`, settings in an `Arc<ArcSwap<SmtpSettings>>` (swap them to reload) and a
//! `CancellationToken` (cancel it to stop; the call returns when sessions ended or their bound passed), and gives the
//! gate an [`onward::Ways`]. [`rspamd_http`] and [`metrics_http`] are routers with a `serve` of their own; [`spamd`] is the
//! protocol of SpamAssassin's clients.

mod at_once;
mod listening;
pub mod lmtp;
mod marks;
pub mod metrics_http;
pub mod milter;
pub mod onward;
mod paths;
pub mod policyd;
mod prompt;
pub mod rspamd_http;
pub mod smtp;
pub mod spamd;
pub mod symbols;

pub use listening::Listener;
