//! What an operator can set about authentication.

/// Settings of one operator. What it says of DNS servers stands in [`crate::dns::ResolverSettings`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthSettings {
    /// Our name in `Authentication-Results` (RFC 8601 §2.5) and in SPF explanations.
    pub authserv_id: String,
    /// Evaluate Sender ID's PRA too (RFC 4407). Off by default: it was never widely used.
    pub sender_id: bool,
    /// DKIM signatures of one message that are looked at, from the top.
    pub most_signatures: usize,
    /// RSA keys with fewer bits do not count (RFC 8301 §3.2).
    pub shortest_rsa_key: usize,
    /// Let a signature count that leaves the end of the body unsigned (`l=`). Off by default: anybody can add text.
    pub accept_partial_body: bool,
}

impl Default for AuthSettings {
    fn default() -> Self {
        Self {
            authserv_id: "localhost".into(),
            sender_id: false,
            most_signatures: 10,
            shortest_rsa_key: 1024,
            accept_partial_body: false,
        }
    }
}
