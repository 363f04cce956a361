//! The stores, held to their contracts.

mod records_smoke;
