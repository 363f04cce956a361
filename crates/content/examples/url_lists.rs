//! What a million entries of category lists cost: octets, and time for a look-up.
//!
//! usage: url_lists [ENTRIES]

#![expect(clippy::print_stdout, reason = "a program for the command line: its figures are its output")]

use std::fmt::Write as _;
use std::time::Instant;

use content::urls::categories::Builder;
use message::links::{Link, Place};

fn main() {
    let entries: usize = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let before = resident();
    let start = Instant::now();
    let mut builder = Builder::default();
    // In pieces, so that what is measured is the table and not the text of a list.
    for piece in 0..100 {
        let mut text = String::new();
        for number in (piece * entries / 100)..((piece + 1) * entries / 100) {
            let mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let written = match number % 3 {
                0 => writeln!(text, "h{mixed:x}.example.com,adult"),
                1 => writeln!(text, "*.d{mixed:x}.example.net,gambling"),
                _ => writeln!(text, "http://www.p{mixed:x}.example.org/a/{mixed:x},fraud"),
            };
            written.expect("memory");
        }
        builder.add("list.csv", None, "listed", &text).expect("a list");
    }
    let categories = builder.build();
    println!("{} entries read and built in {:.1} s", categories.len(), start.elapsed().as_secs_f64());
    println!("table {:.1} MB", categories.octets() as f64 / 1e6);
    println!("resident grew by {:.1} MB", (resident() - before) / 1e6);

    let links: Vec<Link> = (0..100_000_usize)
        .map(|number| {
            // Half of them are listed.
            let listed = (number * 7 % entries) / 3 * 3 + number % 3;
            let mixed =
                if number % 2 == 0 { listed } else { listed + 10 * entries }.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let target = match number % 3 {
                0 => format!("https://h{mixed:x}.example.com/index.html?a=b&c=d"),
                1 => format!("https://www.a.d{mixed:x}.example.net/x/y/z/page.html?a=b&c=d"),
                _ => format!("https://www.p{mixed:x}.example.org/a/{mixed:x}/b/c?d=e"),
            };
            Link::new(&target, "", Place::Anchor)
        })
        .collect();
    let mut times: Vec<f64> = Vec::with_capacity(links.len());
    let mut found = 0;
    for link in &links {
        let start = Instant::now();
        categories.of(link, |_| found += 1);
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get((share * times.len() as f64) as usize).copied().unwrap_or_default();
    println!(
        "{} look-ups, {found} found: mean {:.2} µs, median {:.2}, p99 {:.2}",
        links.len(),
        times.iter().sum::<f64>() / times.len() as f64,
        at(0.5),
        at(0.99)
    );
}

/// Octets of this process in memory.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: f64 = status.split_whitespace().nth(1).and_then(|text| text.parse().ok()).unwrap_or_default();
    pages * 4096.0
}
