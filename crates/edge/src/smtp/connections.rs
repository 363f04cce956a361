//! How many sessions stand, in all and for each network, and how much they are receiving together.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ipnet::IpNet;

use super::settings::{SmtpSettings, is_listed};

/// The sessions of one listener.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    all: AtomicUsize,
    networks: Mutex<HashMap<IpNet, usize>>,
    receiving: AtomicUsize,
}

/// One session's place among all; given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    of: Arc<Connections>,
}

/// One session's place in its network; given back when dropped.
#[derive(Debug)]
pub(crate) struct NetworkPlace {
    of: Arc<Connections>,
    network: IpNet,
}

/// Memory that a message being received takes; given back when dropped.
#[derive(Debug)]
pub(crate) struct Room {
    of: Arc<Connections>,
    octets: usize,
}

impl Connections {
    /// A place among all sessions, if there is one.
    pub(crate) fn enter(self: &Arc<Self>, most: usize) -> Option<Place> {
        take(&self.all, 1, most).then(|| Place { of: Arc::clone(self) })
    }

    /// A place in the network of `ip`. `Ok(None)`: the bound does not apply to it.
    pub(crate) fn enter_network(
        self: &Arc<Self>,
        ip: IpAddr,
        settings: &SmtpSettings,
    ) -> Result<Option<NetworkPlace>, TooMany> {
        if is_listed(&settings.many_connections_from, ip) {
            return Ok(None);
        }
        let prefix = if ip.is_ipv4() { settings.limits.ipv4_prefix } else { settings.limits.ipv6_prefix };
        let network = IpNet::new(ip, prefix).unwrap_or(IpNet::from(ip)).trunc();
        let mut networks = self.networks.lock().unwrap_or_else(PoisonError::into_inner);
        let count = networks.entry(network).or_insert(0);
        if *count >= settings.limits.connections_per_network {
            return Err(TooMany);
        }
        *count += 1;
        Ok(Some(NetworkPlace { of: Arc::clone(self), network }))
    }

    /// Room for a message being received; grows with [`Room::grow`].
    pub(crate) fn room(self: &Arc<Self>) -> Room {
        Room { of: Arc::clone(self), octets: 0 }
    }
}

/// The network has all the sessions it may have.
#[derive(Debug)]
pub(crate) struct TooMany;

impl Room {
    /// Makes the room `octets` large in all. `false`: there is none.
    pub(crate) fn grow(&mut self, octets: usize, most: usize) -> bool {
        let more = octets.saturating_sub(self.octets);
        let fits = take(&self.of.receiving, more, most);
        if fits {
            self.octets += more;
        }
        fits
    }
}

fn take(counter: &AtomicUsize, count: usize, most: usize) -> bool {
    counter
        .try_update(Ordering::AcqRel, Ordering::Acquire, |now| now.checked_add(count).filter(|sum| *sum <= most))
        .is_ok()
}

impl Drop for Place {
    fn drop(&mut self) {
        self.of.all.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.of.receiving.fetch_sub(self.octets, Ordering::AcqRel);
    }
}

impl Drop for NetworkPlace {
    fn drop(&mut self) {
        let mut networks = self.of.networks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = networks.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                networks.remove(&self.network);
            }
        }
    }
}
