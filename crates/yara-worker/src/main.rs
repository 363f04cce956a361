//! Runs YARA rules over attachments for Sekisho, in a process of its own: what goes wrong in here, or takes too much
//! memory, ends this process and nothing else.
//!
//! It takes rules and octets on standard input and says one line for each on standard output; see `conversation`.

mod conversation;
mod limits;
mod rules;

use std::io::{BufReader, BufWriter, stdin, stdout};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [memory, milliseconds] = arguments.as_slice() else {
        eprintln!("usage: sekisho-yara-worker MEMORY-IN-OCTETS MILLISECONDS, started by sekisho");
        return ExitCode::from(2);
    };
    let (Ok(memory), Ok(milliseconds)) = (memory.parse(), milliseconds.parse()) else {
        eprintln!("sekisho-yara-worker: memory and milliseconds are numbers");
        return ExitCode::from(2);
    };
    if let Err(fault) = limits::set(memory) {
        eprintln!("sekisho-yara-worker: the limit on memory cannot be set: {fault}");
        return ExitCode::FAILURE;
    }
    let (mut from, mut to) = (BufReader::new(stdin().lock()), BufWriter::new(stdout().lock()));
    match conversation::hold(&mut from, &mut to, std::time::Duration::from_millis(milliseconds)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("sekisho-yara-worker: {fault}");
            ExitCode::FAILURE
        }
    }
}
