//! The door's memory as its users see it.

mod disk;
mod greylist;
mod reputation;
mod unknown;
mod windows;
