//! Connections that wait for the next message, a few for each next hop.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use checkpoint::NextHop;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use super::client::{Client, ClientFault, within};
use super::connect::connect;
use super::settings::OnwardSettings;

/// The pool.
#[derive(Default)]
pub(super) struct Pool {
    hops: Mutex<HashMap<NextHop, Connections>>,
}

struct Connections {
    idle: Vec<Client>,
    places: Arc<Semaphore>,
}

impl Pool {
    /// A connection on which a transaction may begin: one that waited and still answers, or a fresh one.
    pub(super) async fn take(
        &self,
        hop: &NextHop,
        settings: &OnwardSettings,
        deadline: Instant,
    ) -> Result<Client, ClientFault> {
        let places = Arc::clone(&self.of(&mut self.lock(), hop, settings).places);
        let place = match timeout_at(deadline, places.acquire_owned()).await {
            Ok(Ok(place)) => place,
            Ok(Err(_)) | Err(_) => return Err(ClientFault::Busy),
        };
        while let Some(mut client) = self.pop(hop, settings) {
            let answer = client.say("RSET", within(settings.command, deadline)).await;
            if answer.is_ok_and(|reply| reply.is_positive()) {
                client.reused = true;
                client.place = Some(place);
                return Ok(client);
            }
        }
        let mut client = connect(hop, settings, deadline).await?;
        client.place = Some(place);
        Ok(client)
    }

    /// Keeps a connection for the next message, unless it has served enough.
    pub(super) fn put(&self, hop: &NextHop, mut client: Client, settings: &OnwardSettings) {
        client.uses += 1;
        client.place = None;
        if client.closing || client.uses >= settings.uses {
            tokio::spawn(client.quit());
            return;
        }
        client.idle_since = Instant::now();
        let mut old = Vec::new();
        {
            let mut hops = self.lock();
            self.of(&mut hops, hop, settings).idle.push(client);
            for connections in hops.values_mut() {
                let stale = connections.idle.extract_if(.., |waiting| waiting.idle_since.elapsed() > settings.idle);
                old.extend(stale);
            }
        }
        for client in old {
            tokio::spawn(client.quit());
        }
    }

    /// Drops the waiting connections to a next hop: one of them was dead, the others likely are.
    pub(super) fn forget(&self, hop: &NextHop) {
        if let Some(connections) = self.lock().get_mut(hop) {
            connections.idle.clear();
        }
    }

    fn pop(&self, hop: &NextHop, settings: &OnwardSettings) -> Option<Client> {
        let mut hops = self.lock();
        let idle = &mut hops.get_mut(hop)?.idle;
        while let Some(client) = idle.pop() {
            if client.idle_since.elapsed() <= settings.idle {
                return Some(client);
            }
        }
        None
    }

    fn of<'a>(
        &self,
        hops: &'a mut HashMap<NextHop, Connections>,
        hop: &NextHop,
        settings: &OnwardSettings,
    ) -> &'a mut Connections {
        let fresh = || Connections { idle: Vec::new(), places: Arc::new(Semaphore::new(settings.connections.max(1))) };
        hops.entry(hop.clone()).or_insert_with(fresh)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<NextHop, Connections>> {
        self.hops.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.lock().iter().map(|(hop, kept)| (hop, kept.idle.len()))).finish()
    }
}
