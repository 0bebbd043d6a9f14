//! Patches from other places become part of the queue, and the queue goes to other places.
//!
//! | file | what it does |
//! |---|---|
//! | `intake` | what every import ends with: the patches are carried to their place, checked, and written in one operation |
//! | `commits` | commits of the repository, in |
//! | `mails` | mailed patches, in |
//! | `outgoing` | mails, a branch, an archive, out |
//! | `stacks` | stacks of StGit, in and out |
//! | `report` | what they say |

mod commits;
mod error;
mod intake;
mod mails;
mod outgoing;
mod report;
mod stacks;

pub use commits::import_commits;
pub use error::ExchangeError;
pub use intake::{Conflicts, How};
pub use mails::{MailOptions, import_mails};
pub use outgoing::{Destination, OutgoingOptions, archive, export_to, mailbox};
pub use report::{
    Fate, IntakeReport, IntakeSummary, Loss, OutgoingReport, OutgoingSummary, Outgone, PassedOver, Proof, Taken,
};
pub use stacks::{StackOptions, export_stack, import_stack};
