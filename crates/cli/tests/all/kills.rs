//! `kill -9` under load, 50 times: what was answered with 250 is found downstream, at least once, and no oftener than
//! broken tries allow.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use testkit::{Client, NextHop, Sekisho};

use crate::house::{HOLDS_ALL, junk};

const ROUNDS: usize = 50;
const WORKERS: usize = 4;
const MAILDIR: &str = "hanako@shirakaba.example.jp";
const HELD: &str = "held@shirakaba.example.jp";
const HOP: &str = "ken@minato.example.jp";
const MIXES: [&[&str]; 5] = [&[MAILDIR], &[HOP], &[HELD], &[MAILDIR, HOP], &[HELD, MAILDIR, HOP]];

/// One message as its sender knows it.
struct Sent {
    id: String,
    recipients: &'static [&'static str],
    /// Whether a 250 came.
    answered: bool,
    /// Tries of which the sender never heard the end, or that were put off.
    broken: usize,
}

#[derive(Default)]
struct Load {
    sent: Mutex<Vec<Sent>>,
    answered: AtomicUsize,
    stop: AtomicBool,
}

fn message(id: &str) -> Vec<u8> {
    format!("From: <{id}@load.example.com>\nSubject: load {id}\nMessage-ID: <{id}@load.example.com>\n\nthis is {id}.\n")
        .into_bytes()
}

/// Sends one message after the other, each again and again until it is taken, as mail servers do.
fn work(worker: usize, smtp: SocketAddr, load: &Load) {
    let mut client: Option<Client> = None;
    for number in 0.. {
        let id = format!("w{worker}n{number}");
        let recipients = MIXES[(worker + number) % MIXES.len()];
        let (mut broken, mut answered) = (0, false);
        while !answered && !load.stop.load(Ordering::Acquire) {
            let open = match client.take() {
                Some(open) => Ok(open),
                None => Client::connect(smtp),
            };
            // Not let in: nothing was begun, nothing can have been delivered.
            let Ok(mut open) = open else {
                std::thread::yield_now();
                continue;
            };
            match open.send_message(&format!("{id}@load.example.com"), recipients, &message(&id)) {
                Ok(reply) if reply.code == 250 => {
                    answered = true;
                    load.answered.fetch_add(1, Ordering::AcqRel);
                    client = Some(open);
                }
                Ok(reply) => {
                    assert!(reply.is_later(), "load is never refused: {}", reply.text());
                    broken += 1;
                }
                Err(_) => broken += 1,
            }
        }
        load.sent.lock().unwrap().push(Sent { id, recipients, answered, broken });
        if load.stop.load(Ordering::Acquire) {
            return;
        }
    }
}

/// How often each message is found for an address, by its id.
fn found(texts: impl Iterator<Item = String>) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for text in texts {
        let id = text.split("this is ").nth(1).and_then(|rest| rest.split('.').next()).unwrap_or_default().to_owned();
        assert!(!id.is_empty(), "a message came that was cut short: {text}");
        *counts.entry(id).or_insert(0) += 1;
    }
    counts
}

#[test]
fn nothing_answered_with_250_is_ever_lost() {
    let hop = NextHop::start();
    let mut sekisho = crate::house::maildirs()
        .domain("minato.example.jp", &hop.as_value(), &[("known", "\"any\"")])
        .key("log", "level", "\"warn\"")
        .start();
    sekisho.subscriber(HELD, HOLDS_ALL);
    let load = Arc::new(Load::default());
    let smtp = sekisho.smtp;
    let workers: Vec<_> = (0..WORKERS)
        .map(|worker| {
            let load = load.clone();
            std::thread::spawn(move || work(worker, smtp, &load))
        })
        .collect();
    let began = Instant::now();
    for round in 0..ROUNDS {
        kill_after(&mut sekisho, &load, 1 + round % 7);
        sekisho.start_again();
    }
    load.stop.store(true, Ordering::Release);
    for worker in workers {
        worker.join().expect("a worker ended in order");
    }
    let sent = load.sent.lock().unwrap();
    let answered = sent.iter().filter(|one| one.answered).count();
    println!(
        "{ROUNDS} kills in {:?}: {answered} messages answered with 250, {} tries broken off",
        began.elapsed(),
        sent.iter().map(|one| one.broken).sum::<usize>()
    );
    assert!(answered > ROUNDS, "too few messages passed to prove anything: {answered}");
    assert!(sent.iter().any(|one| one.broken > 0), "no kill met a message under way");
    account(&sekisho, &hop, &sent);
    sekisho.must_not_have_panicked();
}

/// Waits until so many more messages passed, then kills; the next message is then somewhere in the middle.
fn kill_after(sekisho: &mut Sekisho, load: &Load, more: usize) {
    let goal = load.answered.load(Ordering::Acquire) + more;
    testkit::wait::until("messages under way", Duration::from_secs(60), || {
        (load.answered.load(Ordering::Acquire) >= goal).then_some(())
    });
    sekisho.kill();
}

fn account(sekisho: &Sekisho, hop: &NextHop, sent: &[Sent]) {
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let in_maildir = found(sekisho.maildir(MAILDIR).messages().into_iter().map(text));
    let at_hop = found(
        hop.taken()
            .into_iter()
            .filter(|taken| taken.recipients.iter().any(|r| r == HOP))
            .map(|taken| text(taken.message)),
    );
    let mut in_junk = HashMap::new();
    for row in junk(sekisho, HELD) {
        let id = row.mail_from.split('@').next().unwrap_or_default().trim_start_matches('<').to_owned();
        *in_junk.entry(id).or_insert(0) += 1;
    }
    let mut wrong = Vec::new();
    for one in sent {
        for recipient in one.recipients {
            let places = match *recipient {
                MAILDIR => &in_maildir,
                HELD => &in_junk,
                _ => &at_hop,
            };
            let copies = places.get(&one.id).copied().unwrap_or(0);
            let least = usize::from(one.answered);
            let most = least + one.broken;
            if copies < least || copies > most {
                wrong.push(format!("{} for {recipient}: {copies} copies, not {least} to {most}", one.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
