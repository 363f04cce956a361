//! What is counted of the gate, for `/metrics`. Names that dashboards of other filters know stand beside ours.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::apply::Settled;
use crate::record::action;
use crate::transaction::Face;

/// Upper bounds of the time classes, seconds.
const BOUNDS: [f64; 8] = [0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0];

/// Counts since the start of the program.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Per class and action.
    decisions: Mutex<BTreeMap<(String, &'static str), u64>>,
    transactions: AtomicU64,
    refused_early: AtomicU64,
    faults: AtomicU64,
    /// Messages per time class, and the sum of times in microseconds.
    times: [AtomicU64; BOUNDS.len() + 1],
    time_sum: AtomicU64,
    /// Connections of mail servers that ask, by face: how many there were, and how many we had to close.
    asked_by: Mutex<BTreeMap<&'static str, [u64; 2]>>,
}

impl Metrics {
    /// A mail server connected to ask.
    pub fn asked_by(&self, face: Face) {
        self.asked_by.lock().unwrap_or_else(PoisonError::into_inner).entry(face.name()).or_default()[0] += 1;
    }

    /// A mail server that asked was not understood, and its connection was closed.
    pub fn not_understood(&self, face: Face) {
        self.asked_by.lock().unwrap_or_else(PoisonError::into_inner).entry(face.name()).or_default()[1] += 1;
    }

    /// A transaction ended.
    pub fn transaction(&self, settled: &[Settled], took: Duration) {
        self.transactions.fetch_add(1, Ordering::Relaxed);
        let class = BOUNDS.iter().position(|bound| took.as_secs_f64() <= *bound).unwrap_or(BOUNDS.len());
        self.times[class].fetch_add(1, Ordering::Relaxed);
        self.time_sum.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
        let mut decisions = self.decisions.lock().unwrap_or_else(PoisonError::into_inner);
        for one in settled {
            let class = one.judged.decision.verdict.class.name().to_owned();
            *decisions.entry((class, action(one))).or_default() += 1;
        }
    }

    /// A recipient was refused before there was a message.
    pub fn refused_early(&self) {
        self.refused_early.fetch_add(1, Ordering::Relaxed);
    }

    /// A message had to come again because of us.
    pub fn fault(&self) {
        self.faults.fetch_add(1, Ordering::Relaxed);
    }

    /// Messages judged so far.
    pub fn transactions(&self) -> u64 {
        self.transactions.load(Ordering::Relaxed)
    }

    /// Decisions per class and action so far.
    pub fn decisions(&self) -> BTreeMap<(String, &'static str), u64> {
        self.decisions.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All of it in Prometheus's text form (version 0.0.4).
    pub fn prometheus(&self) -> String {
        let mut out = String::new();
        let decisions = self.decisions();
        let one = |out: &mut String, name: &str, kind: &str, help: &str, value: u64| {
            let _ = write!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n");
        };
        one(&mut out, "sekisho_transactions_total", "counter", "Messages that passed the gate.", self.transactions());
        let _ = write!(
            out,
            "# HELP sekisho_decisions_total Decisions, one per recipient.\n# TYPE sekisho_decisions_total counter\n"
        );
        for ((class, action), count) in &decisions {
            let _ = writeln!(out, "sekisho_decisions_total{{class=\"{class}\",action=\"{action}\"}} {count}");
        }
        let refused = self.refused_early.load(Ordering::Relaxed);
        one(&mut out, "sekisho_recipients_refused_total", "counter", "Recipients refused before DATA.", refused);
        let faults = self.faults.load(Ordering::Relaxed);
        one(&mut out, "sekisho_faults_total", "counter", "Messages deferred because of a fault of our own.", faults);
        let asked_by = self.asked_by.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let helps = [
            ("sekisho_asking_connections_total", "Connections of mail servers that ask."),
            ("sekisho_asking_closed_total", "Connections of mail servers that were not understood, and closed."),
        ];
        for (at, (name, help)) in helps.into_iter().enumerate() {
            let _ = write!(out, "# HELP {name} {help}\n# TYPE {name} counter\n");
            for (face, counts) in &asked_by {
                let _ = writeln!(out, "{name}{{face=\"{face}\"}} {}", counts[at]);
            }
        }
        self.times(&mut out);
        let spam: u64 = decisions.iter().filter(|((class, _), _)| is_spam(class)).map(|(_, count)| count).sum();
        let all: u64 = decisions.values().sum();
        one(
            &mut out,
            "rspamd_scanned_total",
            "counter",
            "The same as sekisho_transactions_total.",
            self.transactions(),
        );
        one(&mut out, "rspamd_spam_total", "counter", "Decisions of an unwanted class.", spam);
        one(&mut out, "rspamd_ham_total", "counter", "Decisions of a wanted class.", all - spam);
        out
    }

    fn times(&self, out: &mut String) {
        let name = "sekisho_transaction_seconds";
        let _ = write!(out, "# HELP {name} From the end of DATA to the reply.\n# TYPE {name} histogram\n");
        let mut below = 0;
        for (at, bound) in BOUNDS.iter().enumerate() {
            below += self.times[at].load(Ordering::Relaxed);
            let _ = writeln!(out, "{name}_bucket{{le=\"{bound}\"}} {below}");
        }
        below += self.times[BOUNDS.len()].load(Ordering::Relaxed);
        let sum = self.time_sum.load(Ordering::Relaxed) as f64 / 1e6;
        let _ = write!(out, "{name}_bucket{{le=\"+Inf\"}} {below}\n{name}_sum {sum}\n{name}_count {below}\n");
    }
}

fn is_spam(class: &str) -> bool {
    !matches!(class, "wanted" | "newsletter" | "suspect")
}
