//! `sekisho demo`: one command shows the whole system, and a second start finds everything again.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use testkit::{http, place, wait};

use crate::house::{PROGRAM, SOON};

struct Demonstration {
    child: Child,
    /// Kept open: what it says when it stops has to go somewhere.
    _out: BufReader<ChildStdout>,
    said: String,
    portal: SocketAddr,
}

impl Demonstration {
    /// Starts it and reads what it says until it is up.
    fn start(data: &Path) -> Self {
        let ip = place::address();
        let [smtp, portal, rspamd] = place::free_ports(ip);
        let mut child =
            command(data, [smtp, portal, rspamd]).stdout(Stdio::piped()).spawn().expect("it can be started");
        let mut said = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("its output is ours"));
        while !said.contains("Ctrl-C") {
            assert!(out.read_line(&mut said).expect("it prints text") > 0, "it ended instead of starting: {said}");
        }
        Self { child, _out: out, said, portal }
    }

    fn stop(mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", "TERM", &id]).status().expect("kill can be started").success());
        let status =
            wait::until("end of the demonstration", SOON, || self.child.try_wait().expect("it can be waited for"));
        assert!(status.success(), "it ended in order");
    }
}

fn command(data: &Path, [smtp, portal, rspamd]: [SocketAddr; 3]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.arg("demo").arg("--data").arg(data);
    command.args(["--smtp", &smtp.to_string(), "--portal", &portal.to_string(), "--rspamd", &rspamd.to_string()]);
    command.stdin(Stdio::null());
    command
}

/// Sign-in names with their passwords, as printed.
fn sign_ins(said: &str) -> Vec<(String, String)> {
    let rows = said.lines().filter(|line| line.contains(".example.jp  ") || line.trim_start().starts_with("admin "));
    rows.filter_map(|line| {
        let mut words = line.split_whitespace();
        Some((words.next()?.to_owned(), words.next()?.to_owned()))
    })
    .collect()
}

#[test]
fn it_shows_mail_and_sign_ins_and_finds_its_data_again() {
    let folder = tempfile::tempdir().unwrap();
    let first = Demonstration::start(&folder.path().join("one"));
    let samples = testkit::corpus::samples().len();
    assert!(first.said.contains(&format!("{samples} ")), "{}", first.said);
    assert!(first.said.contains(&format!("http://{}", first.portal)), "{}", first.said);
    let people = sign_ins(&first.said);
    assert!(people.len() >= 5, "four subscribers and staff sign in: {}", first.said);
    let (status, _) = http::get(first.portal, "/").expect("the portal answers");
    assert!(status < 400, "the portal answers with {status}");
    first.stop();

    let second = Demonstration::start(&folder.path().join("one"));
    assert_eq!(sign_ins(&second.said), people, "the same people sign in as before");
    assert!(!second.said.contains(&format!("{samples} ")), "mail is sent once: {}", second.said);
    second.stop();

    let other = Demonstration::start(&folder.path().join("two"));
    for ((_, password), (_, before)) in sign_ins(&other.said).iter().zip(&people) {
        assert_ne!(password, before, "passwords are random for each data folder");
    }
    other.stop();
}

#[test]
fn a_taken_port_is_named_with_the_flag_that_changes_it() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind((place::address(), 0)).unwrap();
    let taken_at = taken.local_addr().unwrap();
    let [one, two] = place::free_ports(taken_at.ip());
    for (ports, flag) in
        [([taken_at, one, two], "--smtp"), ([one, taken_at, two], "--portal"), ([one, two, taken_at], "--rspamd")]
    {
        let output = command(&folder.path().join("data"), ports).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success());
        assert!(said.contains(&taken_at.port().to_string()) && said.contains(flag), "{flag}: {said}");
    }
}
