//! What the content room promises, tested from outside.

mod bayes;
mod delta;
mod heuristics;
mod japanese;
mod keywords;
mod mail;
