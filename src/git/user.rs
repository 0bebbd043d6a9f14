//! The repository as git opens it for this user: with the configuration of the system, the user, the repository and the environment.
//!
//! What pq makes of a queue does not depend on a user's configuration, so it is left out everywhere but here: where a worktree is compared
//! or written, which git must find as it would have left it, and for merge drivers, which only the user can define (decision 7).

use std::path::Path;
use std::sync::{Arc, OnceLock};

use gix::open::permissions::Environment;
use gix::open::{Options, Permissions};

use super::GitError;

/// Opened when it is first needed, and shared by all readers of a repository.
#[derive(Clone, Default)]
pub(super) struct UserView(Arc<OnceLock<gix::ThreadSafeRepository>>);

impl UserView {
    /// The repository of that git directory.
    pub fn get(&self, git_dir: &Path) -> Result<gix::Repository, GitError> {
        if self.0.get().is_none() {
            let opened = options().open(git_dir).map_err(GitError::gix("read the git configuration"))?;
            // Another thread may have been faster: both opened the same.
            let _ = self.0.set(opened);
        }
        Ok(self.0.get().expect("just set").to_thread_local())
    }
}

/// What git reads, but for variables that put other objects or another identity in place. Files that the configuration includes are part of
/// it. Of a repository that belongs to somebody else, gix takes no setting that names a program or a file.
pub(super) fn options() -> Options {
    let env = Environment {
        objects: gix::sec::Permission::Deny,
        identity: gix::sec::Permission::Deny,
        http_transport: gix::sec::Permission::Deny,
        ssh_prefix: gix::sec::Permission::Deny,
        ..Environment::all()
    };
    // git asks for round trips of line ends when files are added, which pq never does.
    Options::isolated().permissions(Permissions { env, ..Permissions::all() }).config_overrides(["core.safecrlf=false"])
}

/// Whether a section of the configuration is the user's: in a repository of somebody else, that repository's own sections are not.
pub(super) fn is_trusted(section: &gix::config::file::Metadata) -> bool {
    section.trust == gix::sec::Trust::Full
}
