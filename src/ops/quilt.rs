//! Queues of quilt(1) and of Debian's source packages, in and out.
//!
//! | file | what it does |
//! |---|---|
//! | `import` | a series of patches becomes part of the queue |
//! | `export` | the queue becomes a series of patches |
//! | `told` | what is said of a patch that was imported |
//! | `text` | the text of a patch that quilt takes |
//! | `report` | what both say |

mod error;
mod export;
mod import;
mod report;
mod text;
mod told;

pub use error::QuiltError;
pub use export::{Flavor, Options as ExportOptions, export};
pub(super) use export::{chosen, materialized};
pub use import::{Mode, Options as ImportOptions, import};
pub use report::{
    ExportReport, ExportSummary, Exported, Guarded, ImportReport, ImportSummary, Imported, Loss, Moved, Placing, Proof,
    Said, Skipped,
};
