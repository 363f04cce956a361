//! The Bayesian filter of IN-06: it learns from labelled mail, site-wide and for each person.
//!
//! A labelled example is a bag of hashed [`Features`]; the [`Model`] is integer counts that one gets by folding
//! examples, so that unlearning subtracts exactly. A person's [`Delta`] lies on top of the site's model.
//! A [`Score`] is in points (log-odds). It stands beside the points of the rules: mail that the model knows the like
//! of is judged by what was learned, mail unlike anything learned by the rules alone.

mod delta;
mod familiar;
mod features;
mod gather;
mod hash;
mod model;
mod rice;
mod score;
mod snapshot;
mod table;

pub use delta::{DELTA_LIMIT, Delta};
pub use features::{FEATURES_LIMIT, FEATURES_VERSION, Features};
pub use hash::Kind;
pub use model::{Counts, Label, Model, Progress};
pub use score::{Beside, Deciding, SHIPPED, Score, Tuning};
pub use snapshot::SnapshotError;
