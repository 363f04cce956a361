//! A Postfix of its own for one test: own configuration, own queue, own port; stopped when dropped.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::{Maildir, peers, place, wait};

/// The server.
pub struct Postfix {
    folder: TempDir,
    program: PathBuf,
    /// Where it speaks SMTP.
    pub smtp: SocketAddr,
    /// Where it takes mail past all filters: what they hand back, and what is released.
    pub back: SocketAddr,
}

/// What it does with mail.
pub enum Role<'a> {
    /// Delivers these domains to Maildirs; only these addresses are known.
    Final {
        /// Domain.
        domain: &'a str,
        /// Known addresses.
        known: &'a [&'a str],
    },
    /// Takes mail for this domain and hands it to this server.
    Front {
        /// Domain.
        domain: &'a str,
        /// Where it goes.
        to: SocketAddr,
    },
}

impl Postfix {
    /// Starts one, where Postfix is installed and the test runs as root; else says that it is not here.
    pub fn start(role: &Role<'_>) -> Option<Self> {
        Self::start_with(role, "")
    }

    /// The same with further lines in `main.cf`: `smtpd_milters`, `smtpd_proxy_filter`, restrictions, aliases. Lines
    /// about filters hold where it speaks SMTP, and not where mail comes back.
    pub fn start_with(role: &Role<'_>, more: &str) -> Option<Self> {
        let program = peers::find("postfix")?;
        if !peers::is_root("postfix") {
            return None;
        }
        let folder = tempfile::Builder::new().prefix("sekisho-postfix").tempdir().expect("a temporary folder");
        let [smtp, back] = place::free_ports(place::address());
        let postfix = Self { folder, program, smtp, back };
        postfix.configure(role, more);
        postfix.postfix("start");
        wait::until("greeting of Postfix", Duration::from_secs(30), || {
            std::net::TcpStream::connect(smtp).ok().map(drop)
        });
        Some(postfix)
    }

    fn configure(&self, role: &Role<'_>, more: &str) {
        let root = self.folder.path();
        for part in ["etc", "queue", "data", "mail"] {
            std::fs::create_dir(root.join(part)).expect("the temporary folder can be written");
        }
        // The daemons run as other users and have to pass through.
        for (owner, part) in [("postfix", "data"), ("nobody", "mail")] {
            let owned = Command::new("chown").arg(owner).arg(root.join(part)).status().expect("chown can be started");
            assert!(owned.success(), "{part} has no owner {owner}");
        }
        let opened = Command::new("chmod").arg("755").arg(root).status().expect("chmod can be started");
        assert!(opened.success(), "the folder cannot be opened");
        let own = match role {
            Role::Final { domain, known } => {
                let known: Vec<String> = known.iter().map(|address| format!("{{{address}={address}/}}")).collect();
                format!(
                    "virtual_mailbox_domains = {domain}\nvirtual_mailbox_base = {}/mail\n\
                     virtual_mailbox_maps = inline:{{ {} }}\nvirtual_uid_maps = static:65534\n\
                     virtual_gid_maps = static:65534\nvirtual_minimum_uid = 1\n",
                    root.display(),
                    known.join(", ")
                )
            }
            Role::Front { domain, to } => format!(
                "relay_domains = {domain}\nrelay_recipient_maps =\n\
                 transport_maps = inline:{{ {{{domain}=smtp:[{}]:{}}} }}\n",
                to.ip(),
                to.port()
            ),
        };
        let main = format!(
            "compatibility_level = 3.6\nmyhostname = postfix.example.jp\nmydestination =\nmynetworks = 127.0.0.0/8\n\
             inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\n\
             queue_directory = {root}/queue\ndata_directory = {root}/data\n\
             maillog_file = {root}/log\nmaillog_file_prefixes = {root}\n\
             smtpd_authorized_xforward_hosts = 127.0.0.0/8\nsmtpd_authorized_xclient_hosts = 127.0.0.0/8\nsmtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination\n\
             smtpd_recipient_restrictions = reject_unlisted_recipient\nlocal_recipient_maps =\nalias_maps =\n\
             smtp_tls_security_level = none\nsmtpd_tls_security_level = none\nbiff = no\n\
             minimal_backoff_time = 1s\nmaximal_backoff_time = 2s\nqueue_run_delay = 1s\n{own}{more}\n",
            root = root.display(),
        );
        std::fs::write(root.join("etc/main.cf"), main).expect("the temporary folder can be written");
        std::fs::write(root.join("etc/master.cf"), master(self.smtp, self.back))
            .expect("the temporary folder can be written");
    }

    fn postfix(&self, what: &str) {
        let output = Command::new(&self.program).arg("-c").arg(self.folder.path().join("etc")).arg(what).output();
        let output = output.expect("postfix can be started");
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() || what != "start", "postfix {what}: {complaint}\n{}", self.log());
    }

    /// Its log.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// The Maildir of an address.
    pub fn maildir(&self, address: &str) -> Maildir {
        Maildir::at(self.folder.path().join("mail").join(address))
    }

    /// Lets everything in the hold queue go on, as staff do: `postsuper -H ALL`.
    pub fn release_held(&self) {
        let program = peers::find("postsuper").expect("it comes with postfix");
        let output = Command::new(program).arg("-c").arg(self.folder.path().join("etc")).args(["-H", "ALL"]).output();
        let output = output.expect("it can be started");
        assert!(output.status.success(), "postsuper -H: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// As `next_hop` of a domain whose mail Postfix filters by asking: what is released goes past the asking.
    pub fn back_as_value(&self) -> String {
        format!("smtp:{}", self.back)
    }

    /// As `next_hop` of a domain.
    pub fn as_value(&self) -> String {
        format!("smtp:{}", self.smtp)
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        self.postfix("abort");
        if std::thread::panicking() {
            eprintln!("--- log of Postfix\n{}", self.log());
        }
    }
}

fn master(smtp: SocketAddr, back: SocketAddr) -> String {
    let rows = [
        ("cleanup", "unix n - n - 0 cleanup"),
        ("qmgr", "unix n - n 1 1 qmgr"),
        ("rewrite", "unix - - n - - trivial-rewrite"),
        ("bounce", "unix - - n - 0 bounce"),
        ("defer", "unix - - n - 0 bounce"),
        ("trace", "unix - - n - 0 bounce"),
        ("verify", "unix - - n - 1 verify"),
        ("flush", "unix n - n 1000? 0 flush"),
        ("proxymap", "unix - - n - - proxymap"),
        ("smtp", "unix - - n - - smtp"),
        ("relay", "unix - - n - - smtp"),
        ("showq", "unix n - n - - showq"),
        ("error", "unix - - n - - error"),
        ("retry", "unix - - n - - error"),
        ("discard", "unix - - n - - discard"),
        ("local", "unix - n n - - local"),
        ("virtual", "unix - n n - - virtual"),
        ("lmtp", "unix - - n - - lmtp"),
        ("anvil", "unix - - n - 1 anvil"),
        ("scache", "unix - - n - 1 scache"),
        ("tlsmgr", "unix - - n 1000? 1 tlsmgr"),
        ("postlog", "unix-dgram n - n - 1 postlogd"),
    ];
    let mut text = format!(
        "{}:{} inet n - n - - smtpd\n{}:{} inet n - n - - smtpd\n  -o smtpd_proxy_filter= -o smtpd_milters=\n  \
         -o smtpd_recipient_restrictions=reject_unlisted_recipient -o smtpd_end_of_data_restrictions=\n  \
         -o smtpd_client_restrictions= -o smtpd_sender_restrictions=\n",
        smtp.ip(),
        smtp.port(),
        back.ip(),
        back.port()
    );
    for (name, row) in rows {
        text.push_str(&format!("{name} {row}\n"));
    }
    text
}
