//! The conformance suites of the authentication standards, read from the shared folder where it is there.

#[cfg(test)]
mod shared;
#[cfg(test)]
mod spf_suite;
