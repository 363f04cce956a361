//! Small fictional mail for the tests.

use message::{Body, Envelope, Limits, Message, Peer, ReversePath, UnixMillis};

/// A message of these header lines and body, in UTF-8.
pub(crate) fn mail(headers: &str, body: &str) -> Message {
    let text =
        format!("{headers}\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{body}\n");
    Message::parse(text.replace('\n', "\r\n").into_bytes().into(), &Limits::default())
}

/// A message of a sender, subject and body.
pub(crate) fn letter(from: &str, subject: &str, body: &str) -> Message {
    mail(&format!("From: {from}\nTo: hanako@example.jp\nSubject: {subject}"), body)
}

/// An envelope from that address.
pub(crate) fn envelope(sender: &str) -> Envelope {
    Envelope {
        peer: Peer::at(std::net::IpAddr::from([192, 0, 2, 1])),
        mail_from: ReversePath::parse(sender).expect("an address of a test"),
        smtp_utf8: false,
        body: Body::SevenBit,
        received_at: UnixMillis(0),
    }
}

/// Wanted letters: enough of them, all a little different.
pub(crate) fn wanted(count: usize) -> Vec<Message> {
    let subjects = ["meeting on monday", "the minutes", "lunch together", "draft of the report"];
    let bodies =
        ["please find the agenda for our meeting", "thank you for the draft, two remarks below", "shall we walk"];
    (0..count)
        .map(|at| {
            let (subject, body) = (subjects[at % 4], bodies[at % 3]);
            letter(&format!("p{at}@office.example.jp"), subject, &format!("{body} number{at} see you then, regards"))
        })
        .collect()
}

/// Spam: enough of it, all a little different.
pub(crate) fn spam(count: usize) -> Vec<Message> {
    let subjects = ["you have won", "cheap pills", "hot offer for you", "earn at home"];
    let bodies = ["buy cheap pills from our pharmacy", "claim your prize money now", "earn thousands from home today"];
    (0..count)
        .map(|at| {
            let (subject, body) = (subjects[at % 4], bodies[at % 3]);
            letter(
                &format!("x{at}@bulk.example.com"),
                subject,
                &format!("{body} code{at} click http://pills{at}.example.net/buy"),
            )
        })
        .collect()
}
