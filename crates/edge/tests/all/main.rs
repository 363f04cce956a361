//! The faces and the ways onward, tried over loopback with a real gate, real stores and a next hop that records.

mod bounds;
mod command;
mod delayed_acks;
mod dialogues;
mod door;
mod faces_agree;
mod forwarded;
mod history;
mod hop;
mod house;
mod maildir;
mod milter;
mod names;
mod onward;
mod policyd;
mod reading;
mod slow;
mod smuggling;
mod tls;
mod trusted;
mod unfinished;
