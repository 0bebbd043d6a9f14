//! What can go wrong in a use case, beside what the layers below report.

use std::path::PathBuf;

use crate::error::{Hint, Kind};
use crate::format::diff::ParseError;
use crate::format::manifest::Problem;
use crate::model::text::visible;
use crate::model::{Oid, PatchName};

/// Why a command cannot do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum OpError {
    /// A patch file cannot be read.
    #[error("patches/{patch}.patch: {source}")]
    BadPatch {
        /// The patch.
        patch: PatchName,
        /// Where and why.
        source: ParseError,
    },
    /// A recorded resolution cannot be read.
    #[error("{file}: {source}")]
    BadResolution {
        /// The file, relative to the queue's directory.
        file: String,
        /// Where and why.
        source: crate::format::resolution::BadResolution,
    },
    /// What git recorded cannot be read.
    #[error("{} cannot be read as git's rr-cache: {why}", directory.display())]
    NoRrCache {
        /// The directory.
        directory: PathBuf,
        /// Why.
        why: String,
    },
    /// A word too many or too few.
    #[error("{0}")]
    ResolutionWords(&'static str),
    /// No resolution has that name.
    #[error("no recorded resolution is named {0:?}, or several start like that")]
    NoSuchResolution(String),
    /// No patch has that name.
    #[error("no patch is named {name:?}")]
    NoSuchPatch {
        /// As typed.
        name: String,
        /// Names that are close.
        near: Vec<String>,
    },
    /// Several patches have names that start like that.
    #[error("{name:?} could be {}", candidates.join(" or "))]
    AmbiguousPatch {
        /// As typed.
        name: String,
        /// The names that start with it: the first of them.
        candidates: Vec<String>,
    },
    /// A name that is taken.
    #[error("there is a patch named {0} already")]
    NameTaken(PatchName),
    /// A text that is no name.
    #[error("{name:?} cannot name a patch: {why}")]
    BadName {
        /// As typed.
        name: String,
        /// Why.
        why: crate::model::name::NotAName,
    },
    /// The recorded base is not in the repository.
    #[error("the base commit {commit} ({release}) is not in {}", repo.display())]
    NoBase {
        /// Its id.
        commit: Oid,
        /// Its name in pq.toml.
        release: String,
        /// The repository.
        repo: PathBuf,
        /// Whether the clone is shallow.
        shallow: bool,
    },
    /// A held patch's file is not what was held.
    #[error("patches/{0}.patch was changed while it is held")]
    HeldTextChanged(PatchName),
    /// The new queue would not be valid.
    #[error("the new queue cannot be made: {0}")]
    NewQueue(#[source] crate::format::manifest::ManifestError),
    /// The directory has a queue.
    #[error("{} has a queue already", .0.display())]
    QueueExists(PathBuf),
    /// The fork's branch does not stand on the base.
    #[error("{from} does not contain {base}")]
    NotOnBase {
        /// The branch.
        from: String,
        /// The base.
        base: String,
        /// Where they part, if anywhere.
        fork_point: Option<Oid>,
    },
    /// The published branch holds something that pq did not make.
    #[error("the branch {branch} is at {found}, which pq did not put there")]
    ForeignBranch {
        /// The branch.
        branch: String,
        /// What it points at.
        found: Oid,
    },
    /// An edit breaks dependencies.
    #[error("{what} would break dependencies:\n{}", reasons.join("\n"))]
    BreaksDependencies {
        /// What was asked for.
        what: String,
        /// A line for each.
        reasons: Vec<String>,
    },
    /// A patch that does not go past others.
    #[error("{patch} does not go past the patches between{}{}", if paths.is_empty() { "" } else { ": " }, paths.join(", "))]
    DoesNotCommute {
        /// The patch.
        patch: PatchName,
        /// Where.
        paths: Vec<String>,
    },
    /// A patch that cannot be written down.
    #[error("no text of {0} gives the files as they are")]
    NoText(PatchName),
    /// Patches conflict where somebody wants them.
    #[error("{what} makes {} conflict: {}", patches.iter().map(|p| p.as_str()).collect::<Vec<_>>().join(", "), paths.join(", "))]
    EditConflicts {
        /// What was asked for.
        what: String,
        /// Which.
        patches: Vec<PatchName>,
        /// Where.
        paths: Vec<String>,
    },
    /// Nothing to undo or redo.
    #[error("there is nothing to {0}")]
    NothingTo(&'static str),
    /// The log has no such operation.
    #[error("the log has no operation {0:?}")]
    NoSuchOperation(String),
    /// A held patch whose trees are gone.
    #[error("the held patch {patch} needs the commit {commit}, which the repository does not have")]
    HeldCommitMissing {
        /// The patch.
        patch: PatchName,
        /// Its commit on its old base.
        commit: Oid,
    },
    /// A command that needs patches that are not held.
    #[error("{0} is held")]
    IsHeld(PatchName),
    /// Several lines, none chosen.
    #[error("this workspace has several lines: {}", .0.join(", "))]
    WhichLine(Vec<String>),
    /// A move was typed that cannot be, or that contradicts what pq.toml states.
    #[error("--moved: {}", .0.message)]
    BadMove(Problem),
    /// A word that names neither a patch of a workspace nor a commit.
    #[error("no line has a patch `{}`, and it is no commit", visible(.0.as_bytes()))]
    Neither(String),
    /// A workspace has no line of that name.
    #[error("this workspace has no line `{}`", visible(.line.as_bytes()))]
    NoLine {
        /// As typed.
        line: String,
        /// Those that it has.
        lines: Vec<String>,
    },
    /// The queue is that of another line.
    #[error("this is the line {here}, not {asked}")]
    OtherLine {
        /// As typed.
        asked: String,
        /// The line that was found.
        here: String,
    },
    /// The series has patches in front of what they require.
    #[error("the order of the series breaks dependencies:\n{}", reasons.join("\n"))]
    BrokenOrder {
        /// A line for each.
        reasons: Vec<String>,
        /// A patch that stands too early, and the one it requires.
        first: (PatchName, PatchName),
    },
    /// No release fits.
    #[error("no release {0}")]
    NoRelease(String),
    /// A branch of upstream is not in the repository, or none is stated.
    #[error("{}", match .0 { Some(name) => format!("the repository has no branch {name:?} of upstream"), None => "pq.toml names no branch of upstream that the repository has".to_owned() })]
    NoUpstreamBranch(Option<String>),
    /// The record of operations is damaged.
    #[error("the operation {0} in the log cannot be read")]
    BadOperation(Oid),
    /// The demo's directory is not empty.
    #[error("{} exists and is not empty", .0.display())]
    NotEmpty(PathBuf),
    /// A text that a person gave cannot be used.
    #[error("{0}")]
    Usage(String),
}

impl Hint for OpError {
    fn kind(&self) -> Kind {
        match self {
            OpError::NoBase { .. } | OpError::HeldCommitMissing { .. } | OpError::BadOperation(_) => Kind::Environment,
            _ => Kind::User,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            OpError::BadPatch { patch, .. } => {
                format!("mend patches/{patch}.patch there, or take back the last change with `pq undo`")
            }
            OpError::BadResolution { file, .. } => {
                format!("mend it, restore it (`git restore {file}`), or delete it; `--no-resolutions` does without")
            }
            OpError::NoRrCache { .. } => "name the directory: `pq resolutions import DIR`".into(),
            OpError::ResolutionWords(_) => {
                "`pq resolutions`, `pq resolutions show NAME`, `pq resolutions prune`, `pq resolutions import [DIR]`"
                    .into()
            }
            OpError::NoSuchResolution(_) => "`pq resolutions` lists them".into(),
            OpError::NoSuchPatch { near, .. } if near.is_empty() => "`pq series` lists the patches".into(),
            OpError::NoSuchPatch { near, .. } => format!("did you mean {}?", near.join(" or ")),
            OpError::AmbiguousPatch { .. } => "write more of the name".into(),
            OpError::OtherLine { .. } => "leave --line out, or name another directory with --queue".into(),
            OpError::BrokenOrder { first: (patch, needed), .. } => format!("`pq move {patch} --after {needed}`"),
            OpError::NameTaken(_) | OpError::BadName { .. } => "choose another name".into(),
            OpError::NoBase { shallow: true, .. } => "complete the clone with `git fetch --unshallow --tags`".into(),
            OpError::NoBase { .. } => "fetch it: `git fetch --tags` in the upstream repository".into(),
            OpError::HeldTextChanged(patch) => format!(
                "if the new text settles it on the base in pq.toml, delete [patch.{patch}.held] there; else restore the file"
            ),
            OpError::NewQueue(_) => "choose another --name or --branch".into(),
            OpError::QueueExists(_) => "name another directory".into(),
            OpError::NotOnBase { fork_point: Some(point), base, .. } => {
                format!("they part at {point}: `pq init --base {point} …`, then `pq rebase {base}`")
            }
            OpError::NotOnBase { .. } => "name a base that the branch was made from".into(),
            OpError::ForeignBranch { branch, .. } => format!(
                "`pq refresh --adopt` takes it into the queue (`--dry-run` shows how); look with `git log {branch}`; `--force` moves the branch \
                 all the same (`pq undo` brings it back)"
            ),
            OpError::BreaksDependencies { .. } => "`--with-dependents` takes those patches along".into(),
            OpError::DoesNotCommute { .. } => "take the patches between as well: `pq squash A..B`".into(),
            OpError::NoText(_) => "this is a bug: please report it with the patch".into(),
            OpError::EditConflicts { .. } => "nothing was changed; leave those patches out".into(),
            OpError::HeldCommitMissing { .. } => {
                "fetch it from where the patch was held: `git fetch REMOTE 'refs/pq/*:refs/pq/*'`".into()
            }
            OpError::IsHeld(patch) => format!("`pq show {patch}` shows its text for the old base"),
            OpError::WhichLine(lines) => format!("choose one: --line {}", lines.first().map_or("NAME", String::as_str)),
            OpError::BadMove(problem) => return problem.hint.clone(),
            OpError::Neither(_) => {
                "`pq series --lines` lists the patches; an upstream commit may have to be fetched".into()
            }
            OpError::NoLine { lines, .. } => format!("it has {}", lines.join(", ")),
            OpError::NoRelease(_) => {
                "`git fetch --tags` brings new ones; `releases` in pq.toml says which tags count".into()
            }
            OpError::NoUpstreamBranch(_) => {
                "fetch it, or correct `mainline` and `stable` under [upstream] in pq.toml".into()
            }
            OpError::NotEmpty(_) => "name a directory that does not exist yet".into(),
            OpError::NothingTo(_) | OpError::NoSuchOperation(_) => "`pq log` lists what was done".into(),
            OpError::BadOperation(_) | OpError::Usage(_) => return None,
        })
    }
}
