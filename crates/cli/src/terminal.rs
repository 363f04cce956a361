//! What commands print. A reader that has seen enough (`| head`) is no error.

use std::io::Write as _;

/// Prints a line.
pub fn line(text: impl AsRef<str>) {
    let mut out = std::io::stdout().lock();
    // Nothing is left to tell when nobody listens any more.
    let _ = out.write_all(text.as_ref().as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
}
