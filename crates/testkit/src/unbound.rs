//! An Unbound of its own for one test: a real resolver with a cache on loopback that asks nobody outside; stopped when
//! dropped.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::rbldnsd::{allow, answers, free_of_both};
use crate::{peers, wait};

/// The resolver.
pub struct Unbound {
    folder: TempDir,
    child: Child,
    address: SocketAddr,
}

impl Unbound {
    /// Starts one that knows these records (lines such as `mail.example.jp. A 192.0.2.1`), asks these servers for the
    /// zones beside them, and says of every other name that there is none. Where it is not installed, that is said.
    pub fn start(records: &[&str], zones: &[(&str, SocketAddr)]) -> Option<Self> {
        let program = peers::find("unbound")?;
        let folder = tempfile::Builder::new().prefix("sekisho-unbound").tempdir().expect("a temporary folder");
        allow(folder.path());
        let address = free_of_both();
        let mut text = format!(
            "server:\n interface: {}\n port: {}\n do-daemonize: no\n chroot: \"\"\n username: \"\"\n pidfile: \"\"\n \
             directory: \"{folder}\"\n use-syslog: no\n logfile: \"{folder}/log\"\n num-threads: 1\n \
             access-control: 127.0.0.0/8 allow\n do-not-query-localhost: no\n do-ip6: no\n module-config: \"iterator\"\n \
             local-zone: \".\" static\n",
            address.ip(),
            address.port(),
            folder = folder.path().display(),
        );
        for record in records {
            text.push_str(&format!(" local-data: '{record}'\n"));
        }
        for (zone, _) in zones {
            text.push_str(&format!(" local-zone: \"{zone}.\" transparent\n"));
        }
        for (zone, server) in zones {
            text.push_str(&format!("stub-zone:\n name: \"{zone}.\"\n stub-addr: {}@{}\n", server.ip(), server.port()));
        }
        text.push_str("remote-control:\n control-enable: no\n");
        let file = folder.path().join("unbound.conf");
        std::fs::write(&file, text).expect("the temporary folder can be written");
        let child = Command::new(program)
            .args(["-d", "-c"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let server = Self { folder, child: child.expect("unbound can be started"), address };
        wait::until("answer of unbound", Duration::from_secs(20), || answers(address, "none.example"));
        Some(server)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// As value of `dns.servers`.
    pub fn as_value(&self) -> String {
        format!("[\"{}\"]", self.address)
    }
}

impl Drop for Unbound {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            eprintln!("--- log of unbound\n{log}");
        }
    }
}
