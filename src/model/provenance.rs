//! Where a change came from and what it has to do with others, as its message states it.

use bstr::BString;
use serde::{Deserialize, Serialize};

/// What a commit message says about the origin of its change. All ids are as written, in lower case; nobody has looked them up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The upstream commits that the change comes from, in order of authority: the original before its picks.
    pub refs: Vec<Reference>,
    /// Whether the message says that there is no upstream commit, and names none.
    pub explicitly_none: bool,
    /// How far the change has come upstream, if the message says so.
    pub state: Option<UpstreamState>,
    /// The commits that it reverts. Where one of them is a revert itself, this brings a change back.
    pub reverts: Vec<Reference>,
    /// The pull requests that it reverts.
    pub reverted_prs: Vec<PullRequest>,
    /// The title that its subject says it reverts or brings back.
    pub reverted_title: Option<RevertedTitle>,
    /// The commits that it says to bring back, named by their original ids.
    pub reapplies: Vec<Reference>,
    /// The commits that it corrects, or reverts in part.
    pub fixes: Vec<Reference>,
    /// The commits that must be there before it.
    pub depends: Vec<Reference>,
    /// The commits that need it: for their sake it was taken to a stable branch.
    pub needed_by: Vec<Reference>,
    /// The first versions that it is meant for, as written.
    pub stable_since: Vec<BString>,
    /// Whether its author asks not to have it picked by machines.
    pub no_auto_pick: bool,
    /// Gerrit's id, the same across rebases: `I` and 40 digits.
    pub change_id: Option<String>,
    /// Chromium's number of the commit on a branch: `refs/heads/main@{#1234}`.
    pub commit_position: Option<BString>,
    /// The vulnerabilities that it names in a field made for them.
    pub cves: Vec<String>,
    /// Its pull requests, in the order of the text. In a subject with several numbers the last one is its own, the others are those of
    /// the commits it was picked from.
    pub prs: Vec<PullRequest>,
    /// Issues, reviews and discussions: numbers and addresses, as written.
    pub tickets: Vec<BString>,
    /// The branch that it was made for.
    pub target: Option<BString>,
    /// What it says about its differences from the original.
    pub deviations: Vec<BString>,
    /// The name of its patch file, where a tool keeps that in the message.
    pub file_name: Option<BString>,
    /// The folder of its patch file.
    pub topic: Option<BString>,
}

/// A commit that a message names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reference {
    /// Its id: 7 to 40 digits, or 64, in lower case.
    pub id: String,
    /// How it was written.
    pub notation: Notation,
    /// The line of the message, from 0 for the subject.
    pub line: u32,
}

/// A pull request that a message names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PullRequest {
    /// Its number.
    pub number: u64,
    /// `owner/name` of its repository, if stated.
    pub repo: Option<BString>,
    /// How it was written.
    pub notation: Notation,
}

/// The title in `Revert "title"`, freed from all revert and reapply marks.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RevertedTitle {
    /// The title of the change that all began with.
    pub title: BString,
    /// How often it was reverted, this time included; a reapply counts twice. After an odd number it is out, after an even one back in.
    pub times: u32,
    /// The subject of the commit that this one takes back: of `Revert "x"` it is `x`, of `Reapply "x"` it is `Revert "x"`.
    pub of: BString,
}

/// How far a change has come upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum UpstreamState {
    /// It is in.
    Accepted,
    /// Upstream has taken it, into a branch that will be merged.
    Queued,
    /// It was sent.
    Submitted,
    /// It is meant to be sent.
    Pending,
    /// Upstream does not want it.
    Denied,
    /// There is no upstream any more.
    Inactive,
    /// It is not meant for upstream.
    Local,
}

/// Declares [`Notation`] with its list and its words, so that none can be left out.
macro_rules! notations {
    ($($(#[doc = $doc:literal])* $name:ident = $word:literal,)*) => {
        /// The ways in which messages name other commits and tell where a change is from.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Notation {
            $($(#[doc = $doc])* $name,)*
        }

        impl Notation {
            /// All of them, in the order of docs/reference/provenance.md.
            pub const ALL: &[Notation] = &[$(Notation::$name,)*];

            /// The word for it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Notation::$name => $word,)*
                }
            }
        }
    };
}

notations! {
    /// `[ upstream commit X ]`: Cilium, the stable branches of Linux.
    UpstreamCommit = "upstream-commit",
    /// `[ no upstream commit ]`.
    NoUpstreamCommit = "no-upstream-commit",
    /// `commit X upstream.`: the stable branches of Linux.
    CommitUpstream = "commit-upstream",
    /// `(cherry picked from commit X)`: `git cherry-pick -x`.
    CherryPicked = "cherry-picked",
    /// `(backported from commit X)`: Ubuntu's kernels.
    BackportedFrom = "backported-from",
    /// `[name: what was changed]` after one of the last two.
    PickerNote = "picker-note",
    /// `Git-commit: X`: SUSE.
    GitCommit = "git-commit",
    /// `Patch-mainline: v6.5-rc1`: SUSE.
    PatchMainline = "patch-mainline",
    /// `References: bsc#1 CVE-…`: SUSE.
    References = "references",
    /// `Upstream-Status: Backport [https://…/commit/X]`: Yocto.
    UpstreamStatus = "upstream-status",
    /// `CVE: CVE-…`: Yocto.
    CveField = "cve",
    /// `Origin: upstream, https://…/commit/X`: Debian, DEP-3.
    Origin = "origin",
    /// `Applied-Upstream: commit:X`: DEP-3.
    AppliedUpstream = "applied-upstream",
    /// `Forwarded: not-needed`: DEP-3.
    Forwarded = "forwarded",
    /// `Bug-Debian: https://…`: DEP-3.
    Bug = "bug",
    /// `Fixes: X ("subject")`.
    Fixes = "fixes",
    /// `This reverts commit X.`: `git revert`.
    Reverts = "reverts",
    /// `This partially reverts commit X.`
    RevertsPartly = "reverts-partly",
    /// `Reverts: #123`, `Reverts owner/name#123`.
    RevertsPull = "reverts-pull",
    /// The subject `Revert "title"` or `Reapply "title"`.
    RevertSubject = "revert-subject",
    /// `This reapplies commit X.`, `This is a reland of X`.
    Reapplies = "reapplies",
    /// `Stable-dep-of: X ("subject")`: the stable branches of Linux.
    StableDepOf = "stable-dep-of",
    /// `Cc: <stable@…> # 3.3.x: X: subject`: Linux.
    CcStable = "cc-stable",
    /// `Change-Id: I…`: Gerrit.
    ChangeId = "change-id",
    /// `Cr-Commit-Position: refs/heads/main@{#123}`: Chromium.
    CommitPosition = "cr-commit-position",
    /// `Reviewed-on: https://…`: Gerrit.
    ReviewedOn = "reviewed-on",
    /// The subject `Title (#123)`: GitHub's squash merges.
    SubjectPull = "subject-pull",
    /// The subject `Merge pull request #123 from …`.
    MergePull = "merge-pull",
    /// `PR-URL: https://…/pull/123`: Node.js.
    PrUrl = "pr-url",
    /// The subject `deps: V8: cherry-pick X`: Node.js.
    DepsSubject = "deps-subject",
    /// `Refs: https://…/commit/X` under such a subject.
    DepsRefs = "deps-refs",
    /// `Original commit message:` and the indented message.
    OriginalMessage = "original-message",
    /// The subject `UPSTREAM: 123: title` or `UPSTREAM: <carry>: title`: OpenShift.
    OpenShift = "openshift",
    /// The subject `BACKPORT: title`, `FROMGIT: title` and so on: Android's kernels.
    Android = "android",
    /// The subject `[3.11] title`, `[Backport v1.13] title` or `1.13: title`.
    TargetBranch = "target-branch",
    /// `[ Backporter's notes: … ]`: Cilium.
    BackporterNotes = "backporter-notes",
    /// `Conflicts:` and a block of paths: git.
    Conflicts = "conflicts",
    /// `upstream-diff …`: CIQ.
    UpstreamDiff = "upstream-diff",
    /// A code block `upstream-prs` with numbers, or `- [x] #123 (@author)`: bodies of backport pull requests.
    UpstreamPrs = "upstream-prs",
    /// `commit X` in a first paragraph with `jira`, `cve` or `commit-author`: CIQ.
    CiqCommit = "ciq-commit",
    /// `jira X` or `cve CVE-…` in the first paragraph: CIQ.
    CiqTicket = "ciq-ticket",
    /// `Gbp-Pq: Topic x`, `Gbp-Pq: Name x`: Debian's git-buildpackage.
    GbpPq = "gbp-pq",
    /// `Patch-Filename: x.patch`, `Patch-Dir: x`: Electron.
    PatchFilename = "patch-filename",
    /// `Upstream-PR: #123`.
    UpstreamPr = "upstream-pr",
    /// `Link:`, `Closes:`, `See:`.
    Link = "link",
}
