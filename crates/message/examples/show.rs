//! Prints what is understood of a message: `cargo run -p sekisho-message --example show FILE…`

use bytes::Bytes;
use message::{Limits, Message};

#[expect(clippy::print_stdout, reason = "printing is what it is for")]
fn main() -> std::io::Result<()> {
    for path in std::env::args().skip(1) {
        let message = Message::parse(Bytes::from(std::fs::read(&path)?), &Limits::default());
        println!("== {path}");
        println!("Subject: {}", message.subject());
        for mailbox in message.headers.mailboxes("From") {
            println!("From: {} <{}>", mailbox.name, mailbox.spec);
        }
        println!("Date: {:?}", message.headers.date());
        for hop in message.headers.hops() {
            println!("Hop: {hop:?}");
        }
        println!("{} in {} parts, charsets {:?}", message.content_type, message.parts, message.charsets);
        println!("Faults: {:?}", message.faults);
        println!("-- text\n{}", message.text);
        if let Some(html) = &message.html {
            println!("-- html\n{}\n-- hidden\n{}", html.visible, html.hidden);
            println!(
                "{} remote images, {} tracking, {} forms, {} scripts, {} noise",
                html.remote_images, html.tracking_images, html.forms, html.scripts, html.noise
            );
        }
        for link in &message.links {
            println!(
                "Link: {:?} {} shown as {:?}{}",
                link.place,
                link.target,
                link.shown,
                if link.lies() { " (lies)" } else { "" }
            );
        }
        for attachment in &message.attachments {
            println!("Attachment: {attachment:?}");
        }
        println!("-- normal\n{}\n{}", message.normal.subject, message.normal.body);
    }
    Ok(())
}
