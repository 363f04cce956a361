//! MAIL COMES IN: the ESMTP server (RFC 5321). `server` accepts, `session` holds the dialogue, the rest are its parts.

pub mod command;
pub(crate) mod connections;
pub mod data;
mod hello;
pub mod limits;
pub mod parameters;
pub mod proxy_protocol;
mod receive;
mod replies;
pub mod server;
pub mod session;
pub mod settings;
pub mod tls;
mod transaction;
pub(crate) mod wire;
pub mod xclient;

pub use data::BareLineEnds;
pub use limits::Limits;
pub use server::serve;
pub use session::Dialect;
pub use settings::SmtpSettings;
pub use wire::Stream;
