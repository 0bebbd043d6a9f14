//! Git itself, on the same input: the same tree, or the deviation is listed here with its reason.
//!
//! Deviations that are accepted:
//! - Git notices that a directory was renamed and moves added files along (`merge.directoryRenames`); pq leaves them where the patch puts
//!   them. The baseline runs with that turned off.
//! - Pq may carry what git calls a conflict, where it finds that upstream has the change already; it may hold what git merges only where
//!   this file says so.

mod series;
