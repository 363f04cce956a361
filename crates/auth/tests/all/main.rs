//! The conformance suites of the authentication standards, read from the shared folder where it is there.

#[cfg(test)]
mod arc_suite;
#[cfg(test)]
mod authenticate;
#[cfg(test)]
mod dkim_suite;
#[cfg(test)]
mod psl_suite;
#[cfg(test)]
mod resolver;
#[cfg(test)]
mod results;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod shared;
#[cfg(test)]
mod spf_bounds;
#[cfg(test)]
mod spf_suite;
