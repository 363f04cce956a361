//! Runs the conversations of `dialogues/*.txt`. `C:` is what the client says (CRLF added, C escapes understood; lines
//! that stand together go out in one write), `C>` the same without CRLF, `S:` what the server must say (`*` at the end:
//! anything may follow). `!` sets a setting, `=` is checked at the end.

use std::path::Path;
use std::time::Duration;

use edge::smtp::{BareLineEnds, Dialect, SmtpSettings};

use crate::house::{House, octets, settings};

#[derive(Default)]
struct Wanted {
    handed: Option<usize>,
    holds: Vec<Vec<u8>>,
    lacks: Vec<Vec<u8>>,
    peer: Option<String>,
    helo: Option<String>,
    early: Option<String>,
    sender: Option<String>,
    recipients: Option<String>,
}

#[tokio::test]
async fn conversations_go_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("dialogues");
    let mut paths: Vec<_> =
        std::fs::read_dir(&folder).expect("the folder").map(|entry| entry.expect("it").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ext| ext == "txt"));
    paths.sort();
    assert!(paths.len() > 10, "the dialogues are missing");
    let mut wrong = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("a dialogue");
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let one = name.clone();
        // Each on its own, so that all that fail are told.
        if tokio::spawn(async move { run(&one, &text).await }).await.is_err() {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "these did not go as written: {}", wrong.join(", "));
}

async fn run(name: &str, text: &str) {
    let mut wanted = Wanted::default();
    let mut settings = settings();
    let mut dialect = Dialect::Smtp;
    let house = House::recording().await;
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("! ") {
            match rest {
                "lmtp" => dialect = Dialect::Lmtp,
                _ => set(&mut settings, rest),
            }
        } else if let Some(rest) = line.strip_prefix("= ") {
            want(&mut wanted, rest);
        }
    }
    let served = house.serve_as(settings, dialect).await;
    let mut client = served.connect().await;
    let mut outgoing = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if let Some(said) = line.strip_prefix("C: ").or((line == "C:").then_some("")) {
            outgoing.extend(unescape(said));
            outgoing.extend(b"\r\n");
        } else if let Some(said) = line.strip_prefix("C> ") {
            outgoing.extend(unescape(said));
        } else if let Some(expected) = line.strip_prefix("S: ") {
            if !outgoing.is_empty() {
                client.say(std::mem::take(&mut outgoing)).await;
            }
            let got = client.line().await;
            let fits = match expected.strip_suffix('*') {
                Some(start) => got.starts_with(start),
                None => got == expected,
            };
            assert!(fits, "{name}, line {}: wanted \"{expected}\", got \"{got}\"", number + 1);
        } else {
            let known = line.is_empty() || ["#", "! ", "= "].iter().any(|mark| line.starts_with(mark));
            assert!(known, "{name}, line {}: what is this?", number + 1);
        }
    }
    check(name, &house, &wanted);
}

fn set(settings: &mut SmtpSettings, text: &str) {
    let (key, value) = text.split_once(' ').expect("a key and a value");
    let number = || value.parse::<usize>().expect("a number");
    let networks = || vec![value.parse().expect("a network")];
    let limits = &mut settings.limits;
    match key {
        "errors" => limits.errors = number(),
        "recipients" => limits.recipients = number(),
        "refused_recipients" => limits.refused_recipients = number(),
        "line" => limits.line = number(),
        "message" => limits.message = number(),
        "receiving" => limits.receiving = number(),
        "transactions" => limits.transactions = number(),
        "commands" => limits.commands = number(),
        "commands_per_minute" => limits.commands_per_minute = number(),
        "connections" => limits.connections = number(),
        "connections_per_network" => limits.connections_per_network = number(),
        "bare_line_ends" => settings.bare_line_ends = BareLineEnds::Normalise,
        "greet_delay" => settings.greet_delay = Duration::from_secs(number() as u64),
        "proxy_from" => settings.proxy_from = networks(),
        "xclient_from" => settings.xclient_from = networks(),
        other => unreachable!("no such setting: {other}"),
    }
}

fn want(wanted: &mut Wanted, text: &str) {
    let (key, value) = text.split_once(' ').expect("a key and a value");
    match key {
        "handed" => wanted.handed = Some(value.parse().expect("a number")),
        "holds" => wanted.holds.push(unescape(value)),
        "lacks" => wanted.lacks.push(unescape(value)),
        "peer" => wanted.peer = Some(value.into()),
        "helo" => wanted.helo = Some(value.into()),
        "early" => wanted.early = Some(value.into()),
        "sender" => wanted.sender = Some(value.into()),
        "recipients" => wanted.recipients = Some(value.into()),
        other => unreachable!("no such check: {other}"),
    }
}

fn check(name: &str, house: &House, wanted: &Wanted) {
    let handed = house.recorder.handed();
    if let Some(count) = wanted.handed {
        assert_eq!(handed.len(), count, "{name}: messages handed on");
    }
    let message: Vec<u8> = handed.iter().flat_map(octets).collect();
    let has = |part: &[u8]| message.windows(part.len()).any(|window| window == part);
    for part in &wanted.holds {
        assert!(has(part), "{name}: the message lacks {:?}", String::from_utf8_lossy(part));
    }
    for part in &wanted.lacks {
        assert!(!has(part), "{name}: the message holds {:?}", String::from_utf8_lossy(part));
    }
    let Some(first) = handed.first() else {
        let asked = [&wanted.peer, &wanted.helo, &wanted.early, &wanted.sender, &wanted.recipients];
        assert!(asked.iter().all(|one| one.is_none()), "{name}: nothing was handed on");
        return;
    };
    let peer = first.peer.as_ref().expect("a peer");
    let compare = |wanted: &Option<String>, got: String| {
        if let Some(wanted) = wanted {
            assert_eq!(&got, wanted, "{name}");
        }
    };
    compare(&wanted.peer, peer.ip.to_string());
    compare(&wanted.helo, peer.helo.clone().unwrap_or_default());
    compare(&wanted.early, if peer.early_talker { "yes" } else { "no" }.into());
    compare(&wanted.sender, format!("<{}>", first.mail_from));
    let recipients: Vec<String> = handed.iter().flat_map(|one| &one.recipients).map(ToString::to_string).collect();
    compare(&wanted.recipients, recipients.join(" "));
}

/// C escapes: `\r \n \0 \\ \xNN`.
pub(crate) fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut octets = text.bytes();
    while let Some(octet) = octets.next() {
        if octet != b'\\' {
            out.push(octet);
            continue;
        }
        match octets.next() {
            Some(b'r') => out.push(b'\r'),
            Some(b'n') => out.push(b'\n'),
            Some(b'0') => out.push(0),
            Some(b'\\') => out.push(b'\\'),
            Some(b'x') => {
                let mut digit = || octets.next().and_then(|d| char::from(d).to_digit(16)).expect("a hexadecimal digit");
                let value = digit() * 16 + digit();
                out.push(u8::try_from(value).expect("an octet"));
            }
            other => unreachable!("no such escape: {other:?}"),
        }
    }
    out
}
