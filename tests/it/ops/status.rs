//! What the policy of a line finds.

use pq::ops::status::{Rule, StatusReport};

use crate::support::{Fork, lines};

/// Three patches on v1.1.0: `one`, `two` and `three`.
fn fork() -> Fork {
    let fork = Fork::new();
    let base = fork.on("main").write("a.txt", lines(20)).commit("Start");
    fork.tag("v1.1.0", base);
    fork.branch("ours", base);
    for name in ["one", "two", "three"] {
        fork.on("ours").write(&format!("{name}.txt"), name).commit(name);
    }
    fork.init("v1.1.0", "ours");
    fork
}

fn policy(fork: &Fork, keys: &str) {
    fork.edit_manifest(|text| format!("{text}\n[policy]\n{keys}\n"));
}

fn report(fork: &Fork) -> StatusReport {
    fork.status()
}

/// Patch, rule and release of each breach.
fn found(fork: &Fork) -> Vec<(String, Rule, Option<String>)> {
    let report = report(fork);
    assert_eq!(report.problems, Vec::<String>::new());
    report.breaches.into_iter().map(|breach| (breach.patch.to_string(), breach.rule, breach.drop_after)).collect()
}

fn lacks(patch: &str, rule: Rule) -> (String, Rule, Option<String>) {
    (patch.to_owned(), rule, None)
}

#[test]
fn without_a_policy_nothing_is_demanded() {
    let fork = fork();
    assert_eq!(found(&fork), []);
    policy(&fork, "require = []");
    assert_eq!(found(&fork), []);
}

#[test]
fn what_a_policy_demands_of_every_patch_is_missing_rule_by_rule_in_the_order_of_the_queue() {
    let fork = fork();
    fork.set_meta("two", "owner = \"net\"\nreason = \" \"");
    fork.set_meta("three", "reason = \"we sell it\"");
    policy(&fork, "require = [\"reason\", \"owner\"]");
    let owners = [lacks("one", Rule::Owner), lacks("three", Rule::Owner)];
    assert_eq!(found(&fork), [&owners[..], &[lacks("one", Rule::Reason), lacks("two", Rule::Reason)]].concat());
}

#[test]
fn what_a_policy_demands_of_a_kind_is_missing_in_no_other() {
    let fork = fork();
    fork.set_meta("one", "kind = \"pending\"");
    fork.set_meta("two", "upstream = [\"0123456789\"]");
    policy(&fork, "require-for.pending = [\"drop-after\"]\nrequire-for.backport = [\"reason\", \"deviation\"]");
    assert_eq!(found(&fork), [lacks("two", Rule::Reason), lacks("one", Rule::DropAfter)]);
}

#[test]
fn a_patch_outlives_its_time_when_the_base_has_passed_the_release_with_or_without_a_policy() {
    let fork = fork();
    fork.set_meta("one", "drop-after = \"v1.0.9\"");
    fork.set_meta("two", "drop-after = \"v1.1.0\"");
    fork.set_meta("three", "drop-after = \"v1.1\"");
    let expired = [("one".to_owned(), Rule::Expired, Some("v1.0.9".to_owned()))];
    assert_eq!(found(&fork), expired);
    policy(&fork, "require = [\"drop-after\"]");
    assert_eq!(found(&fork), expired);
}

/// A held patch needs an owner more than any other.
#[test]
fn held_patches_are_not_spared() {
    let fork = fork();
    let next = fork.on("main").write("one.txt", "upstream's").commit("one of upstream");
    fork.tag("v1.2.0", next);
    fork.rebase("v1.2.0");
    policy(&fork, "require = [\"owner\"]");
    let report = report(&fork);
    assert_eq!(report.summary.held, 1);
    assert_eq!(report.breaches.len(), 3);
}
