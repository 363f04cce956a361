//! A [`Dns`] that stops waiting at a point in time: what has not answered by then never will.
//!
//! Everything built on the trait then ends by the deadline of its own accord, with what it learned until then.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use tokio::time::{Instant, timeout_at};

use super::{Dns, Failure, Lookup, Mx, Reply, Text};

/// Asks `inner` until `at`, and not after.
#[derive(Clone, Copy)]
pub struct Deadline<'d> {
    inner: &'d dyn Dns,
    at: Instant,
}

impl<'d> Deadline<'d> {
    /// Puts a deadline on `inner`.
    pub fn new(inner: &'d dyn Dns, at: Instant) -> Self {
        Self { inner, at }
    }

    fn until<'a, T: 'a>(&self, lookup: Lookup<'a, T>) -> Lookup<'a, T> {
        let at = self.at;
        Box::pin(async move { timeout_at(at, lookup).await.unwrap_or_else(|_| Reply::failed(Failure::Deadline)) })
    }
}

impl Dns for Deadline<'_> {
    fn txt<'a>(&'a self, name: &'a str) -> Lookup<'a, Text> {
        self.until(self.inner.txt(name))
    }

    fn a<'a>(&'a self, name: &'a str) -> Lookup<'a, Ipv4Addr> {
        self.until(self.inner.a(name))
    }

    fn aaaa<'a>(&'a self, name: &'a str) -> Lookup<'a, Ipv6Addr> {
        self.until(self.inner.aaaa(name))
    }

    fn mx<'a>(&'a self, name: &'a str) -> Lookup<'a, Mx> {
        self.until(self.inner.mx(name))
    }

    fn ptr(&self, ip: IpAddr) -> Lookup<'_, Box<str>> {
        self.until(self.inner.ptr(ip))
    }
}
