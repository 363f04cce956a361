//! The worker as Sekisho speaks with it: real process, real rules.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

const RULES: &str = r#"
rule fictional_marker { meta: points = 2.5 strings: $a = "fictional-marker-of-a-virus" condition: $a }
rule fictional_certain { meta: certain = true strings: $a = "certainly-one" condition: $a }
rule fictional_plain { strings: $a = "no-meta-at-all" condition: $a }
"#;

struct Worker {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Worker {
    fn start(memory: u64, rules: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sekisho-yara-worker"))
            .args([memory.to_string(), "2000".to_owned()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the worker can be started");
        let to = child.stdin.take().expect("a pipe");
        let from = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut worker = Self { child, to, from };
        worker.number(rules.len());
        for (name, text) in rules {
            worker.piece(name.as_bytes());
            worker.piece(text.as_bytes());
        }
        worker
    }

    fn number(&mut self, number: usize) {
        let number = u32::try_from(number).expect("a small number");
        self.to.write_all(&number.to_be_bytes()).expect("the worker listens");
    }

    fn piece(&mut self, octets: &[u8]) {
        self.number(octets.len());
        self.to.write_all(octets).expect("the worker listens");
        self.to.flush().expect("the worker listens");
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.from.read_line(&mut line).expect("the worker speaks");
        line.trim_end().to_owned()
    }

    fn ask(&mut self, octets: &[u8]) -> String {
        self.piece(octets);
        self.line()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const MEMORY: u64 = 512 * 1024 * 1024;

#[test]
fn rules_match_and_say_what_they_are_worth() {
    let mut worker = Worker::start(MEMORY, &[("own.yar", RULES)]);
    assert_eq!(worker.line(), "ready 3");
    assert_eq!(worker.ask(b"nothing of interest"), "clean");
    assert_eq!(worker.ask(b"a fictional-marker-of-a-virus here"), "found fictional_marker=2.5");
    assert_eq!(worker.ask(b"no-meta-at-all and certainly-one"), "found fictional_certain=certain fictional_plain=");
    assert_eq!(worker.ask(b""), "clean");
}

#[test]
fn a_bad_rule_file_is_told_with_file_and_line() {
    let mut worker = Worker::start(MEMORY, &[("good.yar", RULES), ("bad.yar", "rule a {\n condition: nothing_known }\n")]);
    let said = worker.line();
    assert!(said.starts_with("bad ") && said.contains("bad.yar:2"), "{said}");
}

#[test]
fn a_file_cannot_include_another() {
    let mut worker = Worker::start(MEMORY, &[("own.yar", "include \"/etc/passwd\"\n")]);
    let said = worker.line();
    assert!(said.starts_with("bad "), "{said}");
}

#[test]
fn memory_is_bounded() {
    let mut worker = Worker::start(64 * 1024 * 1024, &[("own.yar", RULES)]);
    assert_eq!(worker.line(), "ready 3");
    // More than it may hold: it ends, and does not take the machine with it.
    worker.number(60 * 1024 * 1024);
    let _ = worker.to.write_all(&vec![b'x'; 60 * 1024 * 1024]);
    let mut rest = String::new();
    worker.from.read_to_string(&mut rest).expect("the pipe ends");
    assert_eq!(rest, "");
    assert!(!worker.child.wait().expect("it can be waited for").success());
}
