//! The two streams. Nothing else in pq writes to them.

use std::io::{self, ErrorKind, Write};

/// Writes to standard output. A reader that has gone away, as `head` does, is no error: it has what it wanted.
///
/// # Errors
/// The disk is full, or the stream is broken in another way.
pub fn data(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Writes to standard error. There is nobody to tell when that fails.
pub fn error(text: &[u8]) {
    io::stderr().lock().write_all(text).ok();
}
