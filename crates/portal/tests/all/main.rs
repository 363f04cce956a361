//! Tests of the pages: the router without sockets, the language files, and a browser where there is one.

mod browser;
mod held;
mod house;
mod language;
mod security;
mod settings;
mod sign_in;
mod staff;
mod sweep;
