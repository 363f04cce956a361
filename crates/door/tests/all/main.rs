//! The door's memory as its users see it.
