//! SMTP smuggling: no look-alike of CRLF.CRLF ends a message here, and none reaches the next hop as it was sent.

use std::path::PathBuf;
use std::sync::Arc;

use edge::onward::{OnwardSettings, Ways};
use edge::smtp::BareLineEnds;

use crate::dialogues::unescape;
use crate::hop::{Hop, Script};
use crate::house::{House, Recorder, settings};

/// Our own, which run also where the shared list is not here.
const OWN: &[&str] =
    &["\\r\\n.\\r", "\\n.\\n", "\\n.\\r\\n", "\\r.\\r", "\\r\\n.\\n", "\\r\\n\\0.\\r\\n", "\\r\\n.\\0\\r\\n"];

fn sequences() -> Vec<Vec<u8>> {
    let shared = std::env::var_os("SEKISHO_SHARED").map(PathBuf::from);
    let shared = shared.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"));
    let mut all: Vec<Vec<u8>> = OWN.iter().map(|text| unescape(text)).collect();
    match std::fs::read_to_string(shared.join("suites/smtp-smuggling.txt")) {
        Ok(text) => {
            let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
            assert!(lines.len() >= 10, "the list of sequences is empty");
            all.extend(lines.iter().map(|line| unescape(line)));
        }
        Err(_) => eprintln!("not here, skipped: suites/smtp-smuggling.txt"),
    }
    all
}

fn smuggled(sequence: &[u8]) -> Vec<u8> {
    let mut octets = b"Subject: outer\r\n\r\nbefore".to_vec();
    octets.extend(sequence);
    octets.extend(b"MAIL FROM:<smuggled@client.example>\r\nRCPT TO:<hanako@example.jp>\r\nDATA\r\ninner\r\n.\r\n");
    octets
}

async fn send_all(bare: BareLineEnds) -> (Hop, Vec<(Vec<u8>, String)>) {
    let hop = Hop::start(Script::smtp()).await;
    let ways = Arc::new(Ways::new(OnwardSettings::new("mx.example.jp")));
    let house = House::with(ways, hop.way(), Arc::new(Recorder::default())).await;
    let mut settings = settings();
    settings.bare_line_ends = bare;
    let served = house.serve(settings).await;
    let mut outcomes = Vec::new();
    for sequence in sequences() {
        let mut client = served.connect().await;
        client.up_to_data().await;
        client.say(smuggled(&sequence)).await;
        let answer = client.reply().await;
        // One message, one answer: the next reply is that to NOOP.
        assert_eq!(client.ask("NOOP").await, "250 2.0.0 Ok", "{}", sequence.escape_ascii());
        outcomes.push((sequence, answer));
    }
    (hop, outcomes)
}

#[tokio::test]
async fn look_alikes_are_refused() {
    let (hop, outcomes) = send_all(BareLineEnds::Refuse).await;
    for (sequence, answer) in &outcomes {
        // CRLF and a dot before other text is ordinary stuffing.
        let wanted = if sequence == b"\r\n." { "250 " } else { "554 5.6.0 " };
        assert!(answer.starts_with(wanted), "{}: {answer}", sequence.escape_ascii());
    }
    assert_nothing_smuggled(&hop, &outcomes);
}

#[tokio::test]
async fn look_alikes_are_normalised() {
    let (hop, outcomes) = send_all(BareLineEnds::Normalise).await;
    for (sequence, answer) in &outcomes {
        assert!(answer.starts_with("250 "), "{}: {answer}", sequence.escape_ascii());
    }
    assert_nothing_smuggled(&hop, &outcomes);
}

fn assert_nothing_smuggled(hop: &Hop, outcomes: &[(Vec<u8>, String)]) {
    let accepted: Vec<_> = outcomes.iter().filter(|(_, answer)| answer.starts_with("250 ")).collect();
    let messages = hop.messages();
    assert_eq!(messages.len(), accepted.len());
    for (message, (sequence, _)) in messages.iter().zip(accepted) {
        let body = message.strip_suffix(b"\r\n.\r\n").unwrap_or(message);
        let bare = body.windows(2).any(|w| (w[0] == b'\r') != (w[1] == b'\n')) || body.contains(&0);
        assert!(!bare, "bare line ends went on: {}", body.escape_ascii());
        let sent = body.windows(sequence.len()).any(|window| window == sequence);
        assert!(!sent, "{} went on in {}", sequence.escape_ascii(), body.escape_ascii());
    }
    let commands = hop.commands();
    let smuggled = commands.iter().find(|line| line.contains("smuggled") || line.contains("hanako"));
    assert_eq!(smuggled, None);
}
