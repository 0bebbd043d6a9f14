//! Git itself, on the same input: the same tree, or the deviation is listed here with its reason.
//!
//! Deviations that are accepted:
//! - Git notices that a directory was renamed and moves added files along (`merge.directoryRenames`); pq leaves them where the patch puts
//!   them. The baseline runs with that turned off.
//! - A patch deletes a file that upstream has moved and otherwise left alone. Git calls it a conflict (rename/delete); pq deletes the file
//!   where it is now, as it follows it for an edit.
//! - In whole queues pq may find that upstream has a change already, or reduce the patch, where git sees a conflict.

mod patch;
mod series;
