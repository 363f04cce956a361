//! Tests that need a process of their own run this same binary again: an ignored test that reads its folder from
//! the environment and speaks on standard error (standard output is the test harness's).

use std::io::{BufRead as _, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

const FOLDER: &str = "SEKISHO_TEST_FOLDER";
const ROUND: &str = "SEKISHO_TEST_ROUND";

/// A running child and what it says, line by line.
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) lines: Lines<BufReader<ChildStderr>>,
}

impl Running {
    /// Starts the ignored test of that name.
    pub(crate) fn start(test: &str, folder: &Path, round: u64) -> Self {
        Self::spawn(Command::new(std::env::current_exe().unwrap()), test, folder, round)
    }

    /// The same, with the signal for too large files ignored: writing then fails as it does on a full disk.
    pub(crate) fn start_without_size_signal(test: &str, folder: &Path) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(std::env::current_exe().unwrap());
        Self::spawn(shell, test, folder, 0)
    }

    fn spawn(mut command: Command, test: &str, folder: &Path, round: u64) -> Self {
        let mut child = command
            .args(["--exact", test, "--ignored", "--nocapture"])
            .env(FOLDER, folder)
            .env(ROUND, round.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, lines }
    }

    /// SIGKILL: no destructor runs, nothing is flushed. Returns what it had still said.
    pub(crate) fn kill(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.lines.map_while(Result::ok).collect()
    }

    /// Waits for its end; panics with what it said where it failed.
    pub(crate) fn succeed(mut self) {
        let said: Vec<String> = self.lines.map_while(Result::ok).collect();
        assert!(self.child.wait().unwrap().success(), "{}", said.join("\n"));
    }
}

/// The child's folder.
pub(crate) fn folder() -> PathBuf {
    std::env::var_os(FOLDER).expect("the parent sets it").into()
}

/// Which run of the child this is.
pub(crate) fn round() -> u64 {
    std::env::var(ROUND).unwrap().parse().unwrap()
}
