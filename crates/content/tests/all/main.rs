//! What the content room promises, tested from outside.

mod bayes;
mod campaigns;
mod delta;
mod heuristics;
mod japanese;
mod keywords;
mod mail;
mod signatures;
