//! An Exim of its own for one test: own configuration, own spool, own port; asks Sekisho at DATA, delivers to Maildirs.
//!
//! Exim and Postfix cannot be installed side by side on Debian. `.ci/packages` unpacks Exim's packages into a cache folder
//! instead; `SEKISHO_TEST_EXIM` names another folder with the same tree.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::{Maildir, peers, place, wait};

/// The user that Debian's Exim is built for.
const USER: &str = "Debian-exim";

/// The server. Stopped when dropped.
pub struct Exim {
    folder: TempDir,
    child: Child,
    /// Where it speaks SMTP.
    pub smtp: SocketAddr,
}

/// How it asks.
pub enum Asks {
    /// `variant=rspamd`, at this address.
    Rspamd(SocketAddr),
    /// As spamd, at this address.
    Spamd(SocketAddr),
    /// As spamd, at this Unix socket.
    SpamdSocket(PathBuf),
}

impl Exim {
    /// Starts one for these local parts of a domain, where Exim is here and the test runs as root; else says that it is
    /// not here. `acl` is what stands in the ACL of DATA.
    pub fn start(domain: &str, locals: &[&str], asks: &Asks, acl: &str) -> Option<Self> {
        let tree = tree()?;
        if !peers::is_root("exim") {
            return None;
        }
        let folder = tempfile::Builder::new().prefix("sekisho-exim").tempdir().expect("a temporary folder");
        let root = folder.path();
        std::fs::set_permissions(root, std::fs::Permissions::from_mode(0o755)).expect("the folder can be opened");
        let program = bring(&tree, root);
        for part in ["spool", "log", "mail"] {
            std::fs::create_dir(root.join(part)).expect("the temporary folder can be written");
            let owned = Command::new("chown").arg(USER).arg(root.join(part)).status().expect("chown can be started");
            if !owned.success() {
                eprintln!("not here, skipped: the user {USER}, for exim");
                return None;
            }
        }
        let smtp = place::free(place::address());
        let text = configuration(root, &program, smtp, domain, locals, asks, acl);
        let file = root.join("exim.conf");
        std::fs::write(&file, text).expect("the temporary folder can be written");
        let child = Command::new(&program)
            .arg("-C")
            .arg(&file)
            .args(["-bdf", "-q1s"])
            .env("LD_LIBRARY_PATH", root.join("lib"))
            .stdin(Stdio::null())
            .spawn()
            .expect("exim can be started");
        let exim = Self { folder, child, smtp };
        wait::until("greeting of Exim", Duration::from_secs(30), || std::net::TcpStream::connect(smtp).ok().map(drop));
        Some(exim)
    }

    /// The Maildir of an address.
    pub fn maildir(&self, address: &str) -> Maildir {
        Maildir::at(self.folder.path().join("mail").join(address))
    }

    /// Its log.
    pub fn log(&self) -> String {
        ["main", "reject", "panic"]
            .map(|name| std::fs::read_to_string(self.folder.path().join(format!("log/{name}log"))).unwrap_or_default())
            .concat()
    }
}

impl Drop for Exim {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        if std::thread::panicking() {
            eprintln!("--- log of Exim\n{}", self.log());
        }
    }
}

/// Where Exim lies.
fn tree() -> Option<PathBuf> {
    let named = std::env::var_os("SEKISHO_TEST_EXIM").map(PathBuf::from);
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))
        .map(|cache| cache.join("sekisho-tests/exim"));
    let found = [named, cache, Some(PathBuf::from("/"))].into_iter().flatten().find(|tree| program(tree).is_file());
    if found.is_none() {
        eprintln!("not here, skipped: exim");
    }
    found
}

fn program(tree: &Path) -> PathBuf {
    tree.join("usr/sbin/exim4")
}

/// Copies the program and its libraries to where its own user can reach them: a home folder is closed to it.
fn bring(tree: &Path, root: &Path) -> PathBuf {
    let (own, libraries) = (root.join("exim"), root.join("lib"));
    std::fs::copy(program(tree), &own).expect("exim can be copied");
    std::fs::set_permissions(&own, std::fs::Permissions::from_mode(0o755)).expect("exim can be opened");
    std::fs::create_dir(&libraries).expect("the temporary folder can be written");
    if tree != Path::new("/") {
        for part in ["usr/lib", "usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu"] {
            for entry in std::fs::read_dir(tree.join(part)).into_iter().flatten().flatten() {
                if entry.file_name().to_string_lossy().contains(".so.") {
                    std::fs::copy(entry.path(), libraries.join(entry.file_name())).expect("a library can be copied");
                }
            }
        }
    }
    own
}

fn configuration(
    root: &Path,
    program: &Path,
    smtp: SocketAddr,
    domain: &str,
    locals: &[&str],
    asks: &Asks,
    acl: &str,
) -> String {
    let root = root.display();
    let asked = match asks {
        Asks::Rspamd(address) => format!("{} {} variant=rspamd", address.ip(), address.port()),
        Asks::Spamd(address) => format!("{} {}", address.ip(), address.port()),
        Asks::SpamdSocket(path) => path.display().to_string(),
    };
    format!(
        "primary_hostname = exim.example.jp\nexim_path = {program}\nkeep_environment = LD_LIBRARY_PATH\n\
         spool_directory = {root}/spool\nlog_file_path = {root}/log/%slog\npid_file_path = {root}/spool/exim.pid\n\
         local_interfaces = <; [{ip}]:{port}\ndeliver_drop_privilege = true\ntls_advertise_hosts =\n\
         rfc1413_query_timeout = 0s\nhost_lookup =\nspamd_address = {asked}\n\
         acl_smtp_rcpt = accept_rcpt\nacl_smtp_data = check_data\n\
         begin acl\naccept_rcpt:\n  accept\ncheck_data:\n{acl}\n  accept\n\
         begin routers\nours:\n  driver = accept\n  domains = {domain}\n  local_parts = {locals}\n  transport = maildir\n\
         begin transports\nmaildir:\n  driver = appendfile\n  directory = {root}/mail/$local_part_data@$domain_data\n\
         \x20 maildir_format\n  create_directory\n  delivery_date_add = false\n  user = {USER}\n\
         begin retry\n* * F,1m,1s\n",
        program = program.display(),
        ip = smtp.ip(),
        port = smtp.port(),
        locals = locals.join(" : "),
    )
}
