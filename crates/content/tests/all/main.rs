//! What the content room promises, tested from outside.

mod heuristics;
