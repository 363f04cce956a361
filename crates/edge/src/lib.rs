//! HOW IT IS SPOKEN: each face translates a protocol into the gate's calls, and the way onward speaks to next hops.

pub mod metrics_http;
pub mod rspamd_http;
