//! A clamd of its own for one test: own configuration, own small signatures, own socket; stopped when dropped.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::{peers, wait};

/// The daemon.
pub struct Clamd {
    folder: TempDir,
    program: PathBuf,
    child: Option<Child>,
}

/// What our own signature finds: words that nobody writes.
pub const MARKER: &str = "sekisho-fictional-marker-of-a-virus-that-is-none";
/// What it calls it.
pub const MARKER_NAME: &str = "Sekisho.Fictional.Marker";
/// What EICAR's signature is called.
pub const EICAR_NAME: &str = "Sekisho.Eicar.Test";

/// The test file that every scanner agreed on (eicar.org), put together here so that no file of ours holds it.
pub fn eicar() -> Vec<u8> {
    let turned = br"*H+H$!ELIF-TSET-SURIVITNA-DRADNATS-RACIE$}7)CC7)^P(45XZP\4[PA@%P!O5X";
    turned.iter().rev().copied().collect()
}

impl Clamd {
    /// Starts one, where clamd is installed; else says that it is not here.
    pub fn start() -> Option<Self> {
        let program = peers::find("clamd")?;
        let folder = tempfile::Builder::new().prefix("sekisho-clamd").tempdir().expect("a temporary folder");
        let mut clamd = Self { folder, program, child: None };
        clamd.configure();
        clamd.start_again();
        Some(clamd)
    }

    fn configure(&self) {
        let root = self.folder.path();
        std::fs::create_dir(root.join("signatures")).expect("the temporary folder can be written");
        let signatures = format!(
            "{MARKER_NAME}:0:*:{}\n{EICAR_NAME}:0:0:{}\n",
            hexadecimal(MARKER.as_bytes()),
            hexadecimal(&eicar())
        );
        std::fs::write(root.join("signatures/own.ndb"), signatures).expect("the temporary folder can be written");
        let text = format!(
            "LocalSocket {root}/clamd.sock\nDatabaseDirectory {root}/signatures\nTemporaryDirectory {root}\n\
             Foreground yes\nLogFile {root}/log\nStreamMaxLength 10M\nMaxThreads 4\nConcurrentDatabaseReload no\n",
            root = root.display()
        );
        std::fs::write(root.join("clamd.conf"), text).expect("the temporary folder can be written");
    }

    /// Starts it on the same folder, and waits until it answers.
    pub fn start_again(&mut self) {
        let child = Command::new(&self.program)
            .arg("-c")
            .arg(self.folder.path().join("clamd.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.child = Some(child.expect("clamd can be started"));
        let socket = self.socket();
        wait::until("answer of clamd", Duration::from_secs(60), || {
            let mut stream = UnixStream::connect(&socket).ok()?;
            stream.write_all(b"zPING\0").ok()?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).ok()?;
            answer.starts_with("PONG").then_some(())
        });
    }

    /// Where it listens.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("clamd.sock")
    }

    /// As `clamd.address`.
    pub fn as_value(&self) -> String {
        format!("\"{}\"", self.socket().display())
    }

    /// Stops it at once.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("it can be killed");
            child.wait().expect("it can be waited for");
        }
    }
}

impl Drop for Clamd {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            eprintln!("--- log of clamd\n{log}");
        }
    }
}

fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
