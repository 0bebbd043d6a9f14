//! Bytes to model and back, exactly. Pure: no disk, no clock, no repository.
//!
//! | module | what it knows |
//! |---|---|
//! | [`manifest`] | `pq.toml`: read with every mistake at its place, edited without losing a comment |
//! | [`patchfile`] | a whole patch file: mail header, message, notes, diff |
//! | [`stgit`], [`tar`] | stacks of StGit, archives |
//! | [`charset`] | charsets of mails and old commits |
//! | [`mailbox`] | mails with patches, as git-am(1) reads them, and as it takes them |
//! | [`mail`] | mail headers: folding, encoded words (RFC 2047), dates (RFC 2822) |
//! | [`diff`] | the parts of a diff: files, hunks, lines, binary content |
//! | [`section`] | the parser of diffs |
//! | [`binary`] | `GIT binary patch`: base 85, zlib, deltas |
//! | [`lines`] | the line differ, what counts as binary, similarity |
//! | [`apply`] | applies a diff, without fuzz |
//! | [`render`] | writes a diff |
//! | [`refresh`] | rewrites a diff only where its meaning asks for it |
//! | [`merge`] | three-way merges of texts |
//! | [`marks`] | the same with markers around what conflicts |
//! | [`union`] | the same with both sides' lines where they conflict |
//! | [`resolution`] | a recorded answer to a conflict |
//! | [`settle`] | where recorded answers settle the conflicts of a merge, and what is to be recorded of one |
//! | [`rerere`] | the answers that git itself recorded |
//! | [`deviation`] | how two versions of one change differ |
//! | [`patch_id`] | the id of a change, wherever it stands |
//! | [`signature`] | the lines of a change, for comparing it with many others |
//! | [`words`] | what the words of a message say beside its trailers |
//! | [`excluded`] | paths that no comparison of changes looks at |
//! | [`moves`] | where a path may be in a tree of another time |
//! | [`upstream_index`] | the file of what pq keeps of upstream's commits |
//! | [`history`] | a small history as steps, for building it from patch files |
//! | [`provenance`] | where a change came from, as its message says |
//! | [`quote`] | git's quoting of paths; which paths are safe |

pub mod apply;
pub mod binary;
pub mod charset;
pub mod compressed;
pub mod dep3;
pub mod deviation;
pub mod diff;
pub mod excluded;
pub mod history;
pub mod lines;
pub mod loose;
pub mod mail;
pub mod mailbox;
pub mod manifest;
pub mod marks;
pub mod merge;
pub mod moves;
pub mod patch_id;
pub mod patchfile;
pub mod provenance;
pub mod quilt;
pub mod quote;
pub mod refresh;
pub mod render;
pub mod rerere;
pub mod resolution;
pub mod section;
pub mod settle;
pub mod signature;
pub mod stgit;
pub mod tar;
pub mod union;
pub mod upstream_index;
pub mod words;
