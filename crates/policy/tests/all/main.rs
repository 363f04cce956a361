//! Tests of what is wanted.
