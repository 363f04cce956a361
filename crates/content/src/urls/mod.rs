//! What an address on the web tells by its looks: whom it poses as, where it really leads, what it resembles, and in
//! which category somebody has put it. Pure: nothing is ever fetched.

pub mod brands;
pub mod categories;
mod features;
mod host;
mod model;
mod redirect;
mod resemble;
mod tables;

pub use features::{DIMENSIONS, each_feature};
pub use host::Host;
pub use model::{Example, Model, ModelError};
pub use redirect::inner;
pub use resemble::{Manner, Resemblance};
pub(crate) use tables::TABLES;
