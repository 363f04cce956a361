//! What this process may use at most, whatever a rule or a file makes it do.

use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, setrlimit};

/// Sets the bounds: memory in octets, no core files, no files written, no other processes' worth of open files.
///
/// Memory is counted as written-to (RLIMIT_DATA) and not as address space: the WebAssembly engine reserves much more
/// address space than it ever uses.
pub(crate) fn set(memory: u64) -> Result<(), Errno> {
    let at_most = |limit: u64| Rlimit { current: Some(limit), maximum: Some(limit) };
    setrlimit(Resource::Data, at_most(memory))?;
    setrlimit(Resource::Core, at_most(0))?;
    setrlimit(Resource::Fsize, at_most(0))?;
    setrlimit(Resource::Nofile, at_most(16))
}
