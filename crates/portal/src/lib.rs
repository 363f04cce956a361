//! WEB: the pages for subscribers and for an operator's staff, rendered here, without JavaScript.
//!
//! [`app`] is everything, callable without a socket; [`serve`] puts it on a listener. Who may open which page stands
//! in one table, [`routes::table`]. A page is a `.rs` file and the template beside it.

pub mod account;
pub mod api;
pub mod assets;
pub mod charts;
pub mod digest;
pub mod forms;
pub mod frame;
pub mod furigana;
pub mod language;
pub mod mailer;
pub mod message_view;
pub mod moment;
pub mod operator;
pub mod problem;
pub mod public;
pub mod routes;
pub mod security;
pub mod serve;
pub mod state;
pub mod subscriber;
pub mod visit;

pub use mailer::{CodeMail, CodeMessage};
pub use routes::app;
pub use serve::{Unsafe, serve, serve_tls};
pub use state::{Options, Portal, Services};
