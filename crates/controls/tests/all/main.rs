//! Tests of the techniques.

mod cases;
mod facts;
mod sweep;
