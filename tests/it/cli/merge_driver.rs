//! git calls `pq merge-driver` where two people edited a pq.toml.

use super::fork::Fork;
use crate::support::{git, git_output};

/// Two people, each of whom adds a patch at the end of the queue; `ours` and `theirs` change the file further.
pub fn merged(ours: &dyn Fn(String) -> String, theirs: &dyn Fn(String) -> String) -> (Fork, bool) {
    let fork = Fork::queue();
    let dir = fork.dir();
    git(&dir, &["init", "-q", "-b", "main"]);
    let driver = format!("{} merge-driver %O %A %B %P", env!("CARGO_BIN_EXE_pq"));
    git(&dir, &["config", "merge.pq.driver", &driver]);
    std::fs::write(dir.join(".gitattributes"), "pq.toml merge=pq\n").unwrap();
    git(&dir, &["add", "-A"]);
    git(&dir, &["commit", "-q", "-m", "start"]);
    for (branch, edit) in [("theirs", theirs), ("ours", ours)] {
        git(&dir, &["checkout", "-q", "-b", branch, "main"]);
        let empty = format!("From: A <a@b>\nDate: Mon, 3 Apr 2023 10:00:00 +0000\nSubject: {branch}\n\n");
        std::fs::write(dir.join(format!("patches/{branch}.patch")), empty).unwrap();
        let manifest = std::fs::read_to_string(dir.join("pq.toml")).unwrap();
        let manifest = manifest.replace("  \"net-retry\",\n", &format!("  \"net-retry\",\n  \"{branch}\",\n"));
        std::fs::write(dir.join("pq.toml"), edit(manifest)).unwrap();
        git(&dir, &["add", "-A"]);
        git(&dir, &["commit", "-q", "-m", branch]);
    }
    let is_clean = git_output(&dir, &["merge", "-q", "-m", "merge", "theirs"]).status.success();
    (fork, is_clean)
}

#[test]
fn who_disagrees_is_told() {
    let owner = |name: &'static str| move |text: String| format!("{text}\n[patch.net-retry]\nowner = \"{name}\"\n");
    let (fork, is_clean) = merged(&owner("us"), &owner("them"));
    assert!(!is_clean);
    let output = fork.run(&["status"]);
    assert_eq!(output.code, Some(2), "{output}");
    let text = std::fs::read_to_string(fork.dir().join("pq.toml")).unwrap();
    assert!(text.contains("# owner of net-retry: ours \"us\", theirs \"them\"\n"), "{text}");
}

#[test]
fn installing_is_told_and_not_done() {
    let fork = Fork::queue();
    let output = fork.run(&["merge-driver", "--install"]);
    assert!(output.stdout().contains("merge.pq.driver"), "{output}");
    assert!(!fork.dir().join(".gitattributes").exists());
    assert_eq!(fork.run(&["merge-driver", "x"]).code, Some(2));
}
