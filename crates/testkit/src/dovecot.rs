//! A Dovecot of its own for one test: IMAP on loopback with Pigeonhole's Sieve, a Maildir for whoever signs in, and the
//! scripts of `docs/with/dovecot/` in place; stopped when dropped.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::{peers, place, wait};

/// What everybody signs in with.
const PASSWORD: &str = "secret";

/// How long one answer may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// The mail server.
pub struct Dovecot {
    folder: TempDir,
    child: Child,
    imap: SocketAddr,
}

impl Dovecot {
    /// Starts one whose mailboxes teach the Sekisho that speaks rspamd's dialect there. Where it is not installed, or
    /// the test does not run as root, that is said.
    pub fn start(teaches: SocketAddr) -> Option<Self> {
        let program = peers::find("dovecot")?;
        peers::find("curl")?;
        if !Path::new("/usr/lib/dovecot/modules/lib95_imap_sieve_plugin.so").exists() {
            eprintln!("not here, skipped: dovecot-sieve");
            return None;
        }
        if !peers::is_root("dovecot") {
            return None;
        }
        let folder = tempfile::Builder::new().prefix("sekisho-dovecot").tempdir().expect("a temporary folder");
        let root = folder.path();
        open(root);
        for part in ["base", "state", "mail", "sieve", "bin"] {
            std::fs::create_dir(root.join(part)).expect("the temporary folder can be written");
            open(&root.join(part));
        }
        let owned = Command::new("chown").arg("nobody").arg(root.join("mail")).arg(root.join("sieve")).status();
        assert!(owned.expect("chown can be started").success(), "there is no user nobody");
        bring_scripts(root, teaches);
        let imap = place::free(place::address());
        let file = root.join("dovecot.conf");
        std::fs::write(&file, configuration(root, imap)).expect("the temporary folder can be written");
        let child = Command::new(program)
            .args(["-F", "-c"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("dovecot can be started");
        let server = Self { folder, child, imap };
        wait::until("greeting of Dovecot", PATIENCE, || TcpStream::connect(imap).ok().map(drop));
        Some(server)
    }

    /// A session of this person.
    pub fn session(&self, user: &str) -> Session {
        let stream = TcpStream::connect(self.imap).expect("Dovecot listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time above zero");
        let reader = BufReader::new(stream.try_clone().expect("a socket has two ends"));
        let mut session = Session { stream, reader, number: 0 };
        session.line();
        session.command(&format!("LOGIN {user} {PASSWORD}"));
        session
    }

    /// Its log.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        // Its master ends the others.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        drop(self.child.wait());
        if std::thread::panicking() {
            eprintln!("--- log of Dovecot\n{}", self.log());
        }
    }
}

/// One IMAP session.
pub struct Session {
    stream: TcpStream,
    reader: BufReader<TcpStream>,
    number: u32,
}

impl Session {
    /// A command and its answer, which has to be OK.
    pub fn command(&mut self, command: &str) -> Vec<String> {
        self.number += 1;
        let tag = format!("a{}", self.number);
        self.stream.write_all(format!("{tag} {command}\r\n").as_bytes()).expect("Dovecot reads");
        let mut lines = Vec::new();
        loop {
            let line = self.line();
            if let Some(outcome) = line.strip_prefix(&format!("{tag} ")) {
                assert!(outcome.starts_with("OK"), "{command}: {outcome}");
                return lines;
            }
            lines.push(line);
        }
    }

    /// Puts a message into a mailbox, and opens that mailbox.
    pub fn append(&mut self, mailbox: &str, message: &[u8]) {
        let text = String::from_utf8_lossy(message);
        self.command(&format!("APPEND {mailbox} {{{}+}}\r\n{text}", message.len()));
        self.command(&format!("SELECT {mailbox}"));
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        let read = self.reader.read_line(&mut line).expect("Dovecot answers");
        assert!(read > 0, "Dovecot has closed the connection");
        line.trim_end().to_owned()
    }
}

fn open(folder: &Path) {
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).expect("the folder is ours");
}

/// The scripts as they stand in the manual, but for where Sekisho is.
fn bring_scripts(root: &Path, teaches: SocketAddr) {
    let manual = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/with/dovecot");
    for name in ["report-spam.sieve", "report-ham.sieve"] {
        std::fs::copy(manual.join(name), root.join("sieve").join(name)).expect("the manual has it");
    }
    let script = std::fs::read_to_string(manual.join("sekisho-report")).expect("the manual has it");
    let shipped = "http://127.0.0.1:11334";
    assert!(script.contains(shipped), "where Sekisho is, is not where the test looks for it");
    let target = root.join("bin/sekisho-report");
    std::fs::write(&target, script.replace(shipped, &format!("http://{teaches}"))).expect("the folder is ours");
    open(&target);
}

fn configuration(root: &Path, imap: SocketAddr) -> String {
    let manual = include_str!("../../../docs/with/dovecot.md");
    let shown = manual.split("```").find_map(|part| part.strip_prefix("conf\n")).expect("the manual has the lines");
    let lines = shown.replace("/etc/dovecot/sieve", &format!("{}/sieve", root.display()));
    let lines = lines.replace("/usr/local/lib/dovecot-sieve", &format!("{}/bin", root.display()));
    format!(
        "base_dir = {root}/base\nstate_dir = {root}/state\nlog_path = {root}/log\nprotocols = imap\nlisten = {ip}\nssl = no\n\
         disable_plaintext_auth = no\nmail_location = maildir:~/Maildir\nfirst_valid_uid = 1\nfirst_valid_gid = 1\n\
         passdb {{\n driver = static\n args = password={PASSWORD}\n}}\n\
         userdb {{\n driver = static\n args = uid=nobody gid=nogroup home={root}/mail/%u\n}}\n\
         service imap-login {{\n inet_listener imap {{\n port = {port}\n }}\n inet_listener imaps {{\n port = 0\n }}\n}}\n\
         namespace inbox {{\n inbox = yes\n mailbox Junk {{\n auto = create\n special_use = \\Junk\n }}\n \
         mailbox Trash {{\n auto = create\n special_use = \\Trash\n }}\n}}\n{lines}",
        root = root.display(),
        ip = imap.ip(),
        port = imap.port(),
    )
}
