//! How a policy listener behaves. Swapped whole while it runs; a connection keeps what it began with.

use std::time::Duration;

/// Settings of a policy listener.
#[derive(Clone, Debug)]
pub struct PolicySettings {
    /// Connections in all. Postfix has one for each of its smtpd processes.
    pub connections: usize,
    /// How long Postfix may ask nothing (its own `smtpd_policy_service_max_ttl` is 1,000 seconds).
    pub idle: Duration,
    /// How long a request that began may take to come.
    pub request: Duration,
    /// How long connections may go on after a stop was asked for.
    pub stop_within: Duration,
}

impl Default for PolicySettings {
    fn default() -> Self {
        Self {
            connections: 1_000,
            idle: Duration::from_secs(1_200),
            request: Duration::from_secs(30),
            stop_within: Duration::from_secs(30),
        }
    }
}
