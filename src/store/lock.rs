//! One process at a time.

use std::fs::TryLockError;
use std::io::{self, Write};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::StoreError;

/// A lock on a file, held until it is dropped or the process ends, however it ends. The file stays: deleting it would
/// let two processes lock two files of one name.
#[derive(Debug)]
pub struct Lock {
    _file: fs_err::File,
}

/// How long to wait for another process: most commands take less.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(20);

impl Lock {
    /// Takes the lock, and waits up to two seconds for it.
    ///
    /// # Errors
    /// Another process has it; or the file cannot be made.
    pub fn acquire(path: &Path) -> Result<Lock, StoreError> {
        Lock::acquire_within(path, PATIENCE)
    }

    pub(super) fn acquire_within(path: &Path, patience: Duration) -> Result<Lock, StoreError> {
        fs_err::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        let file = fs_err::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let start = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if start.elapsed() < patience => sleep(PAUSE),
                Err(TryLockError::WouldBlock) => {
                    return Err(StoreError::Locked { file: path.to_owned(), holder: holder(path) });
                }
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
        }
        note_holder(&file)?;
        Ok(Lock { _file: file })
    }
}

/// Writes who holds the lock, for the message to others.
fn note_holder(mut file: &fs_err::File) -> io::Result<()> {
    file.set_len(0)?;
    writeln!(file, "{}", std::process::id())
}

fn holder(path: &Path) -> Option<u32> {
    fs_err::read_to_string(path).ok()?.trim().parse().ok()
}
