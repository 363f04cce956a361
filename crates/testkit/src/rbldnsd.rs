//! An rbldnsd of its own for one test: DNS lists from a few lines of text, on loopback, stopped when dropped.

use std::net::{SocketAddr, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::{peers, place, wait};

/// The list server.
pub struct Rbldnsd {
    folder: TempDir,
    child: Child,
    address: SocketAddr,
}

impl Rbldnsd {
    /// Serves these zones: name, type (`ip4set`, `ip6trie`, `dnset`, `combined` …) and text of the file. Where rbldnsd is
    /// not installed, that is said.
    pub fn start(zones: &[(&str, &str, &str)]) -> Option<Self> {
        let program = peers::find("rbldnsd")?;
        let folder = tempfile::Builder::new().prefix("sekisho-rbldnsd").tempdir().expect("a temporary folder");
        let address = free_of_both();
        let mut command = Command::new(program);
        command.args(["-n", "-q", "-t", "60", "-c", "1s", "-w"]).arg(folder.path());
        command.arg("-b").arg(format!("{}/{}", address.ip(), address.port()));
        if peers::is_root("rbldnsd as a user of its own") {
            command.args(["-u", "nobody"]);
            allow(folder.path());
        }
        for (name, kind, text) in zones {
            let file = format!("{name}.{kind}");
            std::fs::write(folder.path().join(&file), text).expect("the temporary folder can be written");
            command.arg(format!("{name}:{kind}:{file}"));
        }
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let server = Self { folder, child: child.expect("rbldnsd can be started"), address };
        let first = zones.first().map(|zone| zone.0).unwrap_or_default();
        wait::until("answer of rbldnsd", Duration::from_secs(20), || answers(address, first));
        Some(server)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Replaces the file of a zone; it is read again within a second or two.
    pub fn replace(&self, name: &str, kind: &str, text: &str) {
        let path = self.folder.path().join(format!("{name}.{kind}"));
        std::fs::write(path, text).expect("the temporary folder can be written");
    }

    /// Ends it: the operator of the lists is gone.
    pub fn kill(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Drop for Rbldnsd {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port of an address of our own that is free for UDP and TCP.
pub(crate) fn free_of_both() -> SocketAddr {
    place::free(place::address())
}

/// Lets a user of another name read the folder.
#[cfg(unix)]
pub(crate) fn allow(folder: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).expect("it is our folder");
}

/// Whether a server answers a question for the A record of `name` in whatever way.
pub(crate) fn answers(server: SocketAddr, name: &str) -> Option<()> {
    let socket = UdpSocket::bind((server.ip(), 0)).ok()?;
    socket.set_read_timeout(Some(Duration::from_millis(200))).ok()?;
    let mut question = vec![0x53, 0x4b, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.').filter(|label| !label.is_empty()) {
        question.push(u8::try_from(label.len()).ok()?);
        question.extend_from_slice(label.as_bytes());
    }
    question.extend_from_slice(&[0, 0, 1, 0, 1]);
    socket.send_to(&question, server).ok()?;
    socket.recv(&mut [0; 512]).ok().map(drop)
}
