//! Sends files as messages by SMTP, for measuring: `send_mail ADDRESS:PORT SESSIONS RECIPIENT FILE-OF-PATHS`. Each message
//! goes over a connection of its own, as mail on the Internet mostly does. Prints messages, seconds, answers.
#![expect(clippy::panic, clippy::print_stdout, reason = "a program for the command line: its figures are its output")]

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use testkit::Client;
use testkit::smtp::stuffed;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, sessions, recipient, list] = arguments.as_slice() else {
        panic!("send_mail ADDRESS:PORT SESSIONS RECIPIENT FILE-OF-PATHS");
    };
    let address = address.parse().expect("ADDRESS:PORT");
    let paths = std::fs::read_to_string(list).expect("a list of paths");
    // Read and stuffed beforehand: what is measured is the server.
    let messages: Vec<Vec<u8>> = paths.lines().map(|path| stuffed(&std::fs::read(path).expect("a message"))).collect();
    let (next, codes) = (AtomicUsize::new(0), Mutex::new(BTreeMap::<u16, usize>::new()));
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..sessions.parse::<usize>().expect("a number of sessions") {
            scope.spawn(|| {
                while let Some(message) = messages.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let code = send(address, recipient, message).unwrap_or(0);
                    *codes.lock().expect("no thread panicked").entry(code).or_default() += 1;
                }
            });
        }
    });
    let codes = codes.into_inner().expect("no thread panicked");
    println!(
        "{{\"messages\":{},\"seconds\":{:.4},\"codes\":{codes:?}}}",
        messages.len(),
        began.elapsed().as_secs_f64()
    );
}

fn send(address: std::net::SocketAddr, recipient: &str, message: &[u8]) -> std::io::Result<u16> {
    let mut client = Client::connect(address)?;
    client.say("MAIL FROM:<sender@example.com> BODY=8BITMIME")?;
    client.say(&format!("RCPT TO:<{recipient}>"))?;
    client.say("DATA")?;
    client.send(message)?;
    let code = client.reply()?.code;
    client.ask("QUIT")?;
    Ok(code)
}
