//! Follow-ups and lost fixes, on small histories; and against a reader that only knows `git log` and lines.

use std::collections::{BTreeMap, BTreeSet};

use pq::model::{Oid, Silent};
use pq::ops::audit::{AuditReport, Options, Relation, Severity, Trouble, Why, audit};
use proptest::prelude::*;

use crate::support::{Fork, lines};

const TODAY: &str = "2030-06-15";

/// v1.0.0 on main, `early` behind it, and the fork's branch.
pub struct Story {
    pub fork: Fork,
    pub early: Oid,
}

pub fn story() -> Story {
    let fork = Fork::new();
    let early = fork.on("main").write("a.txt", lines(20)).commit("Start");
    let base = fork.on("main").write("b.txt", lines(20)).commit("More");
    fork.tag("v1.0.0", base);
    fork.branch("v1.0", base);
    fork.branch("ours", base);
    Story { fork, early }
}

impl Story {
    pub fn main(&self, message: &str) -> Oid {
        self.commit("main", message)
    }

    /// A commit with a file of its own.
    pub fn commit(&self, branch: &str, message: &str) -> Oid {
        let name = format!("{branch}-{}.txt", self.fork.git(&["rev-list", "--count", "--all"]));
        self.fork.on(branch).write(&name, "x\n").commit(message)
    }

    pub fn backport(&self, branch: &str, of: Oid) -> Oid {
        let message = self.fork.git(&["log", "-1", "--format=%B", &of.to_string()]);
        let (subject, body) = message.split_once('\n').unwrap_or((&message, ""));
        self.commit(branch, &format!("{subject}\n\n[ upstream commit {of} ]\n{body}"))
    }

    /// pq finds `main` and the stable branch `v1.0` itself.
    fn init(&self) {
        self.init_on("v1.0.0");
    }

    pub fn init_on(&self, base: &str) {
        self.fork.init(base, "ours");
        let text = self.fork.manifest_text();
        assert!(text.contains("mainline = \"main\"") && text.contains("stable = \"v{major}.{minor}\""), "{text}");
    }

    pub fn audit(&self) -> AuditReport {
        self.audit_with(|_| {})
    }

    fn audit_with(&self, change: impl FnOnce(&mut Options)) -> AuditReport {
        let mut options = Options { since: None, onto: None, today: TODAY.parse().unwrap() };
        change(&mut options);
        audit(&self.fork.open(), &options, &Silent).unwrap()
    }

    fn onto(&self, release: &str) -> AuditReport {
        let commit = self.fork.repo().resolve(release).unwrap();
        self.audit_with(|options| options.onto = Some((release.to_owned(), commit)))
    }
}

type Row = (Option<String>, String, Oid, Relation);

/// Patch, carried commit, follow-up and relation of each.
fn rows(report: &AuditReport) -> Vec<Row> {
    let row = |one: &pq::ops::audit::Followup| {
        (one.patch.as_ref().map(ToString::to_string), one.carried.clone(), one.commit, one.relation)
    };
    report.followups.iter().map(row).collect()
}

fn row(patch: Option<&str>, carried: Oid, commit: Oid, relation: Relation) -> Row {
    (patch.map(str::to_owned), carried.to_string(), commit, relation)
}

fn short(id: Oid) -> String {
    id.short()
}

#[test]
fn each_relation_to_a_patch_is_found() {
    let it = story();
    let carried = it.main("net: retry");
    it.backport("ours", carried);
    let fixes = it.main(&format!("net: retry less\n\nFixes: {} (\"net: retry\")", short(carried)));
    let needed = it.main(&format!("net: prepare\n\nStable-dep-of: {} (\"net: retry\")", short(carried)));
    let mentions = it.main(&format!("net: tidy\n\nAfter commit {} nobody calls it.", &carried.to_string()[..10]));
    let reverts = it.main(&format!("Revert \"net: retry\"\n\nThis reverts commit {carried}."));
    it.main(&format!("net: too short\n\nSee {}.", &carried.to_string()[..9]));
    it.main("net: something else\n\nFixes: #12");
    it.init();
    let report = it.audit();
    let patch = Some("net-retry");
    assert_eq!(
        rows(&report),
        [
            row(patch, carried, reverts, Relation::Reverts),
            row(patch, carried, fixes, Relation::Fixes),
            row(patch, carried, mentions, Relation::Mentions),
            row(patch, carried, needed, Relation::Depends),
        ]
    );
    let severities: Vec<Severity> = report.followups.iter().map(|one| one.severity).collect();
    assert_eq!(severities, [Severity::Revert, Severity::Fix, Severity::Note, Severity::Note]);
    assert_eq!(report.followups[1].author, "A U Thor <author@example.com>");
    assert_eq!(report.followups[1].subject, "net: retry less");
}

#[test]
fn a_shallow_clone_is_an_error_and_not_a_clean_bill() {
    let it = story();
    it.init_on("v1.0.0");
    let base = it.fork.git(&["rev-parse", "v1.0.0"]);
    std::fs::write(it.fork.upstream().join(".git/shallow"), format!("{base}\n")).unwrap();
    let options = Options { since: None, onto: None, today: TODAY.parse().unwrap() };
    let error = audit(&it.fork.open(), &options, &Silent).unwrap_err();
    assert!(error.to_string().contains("shallow clone"), "{error}");
}

#[test]
fn what_the_base_has_is_judged_by_fixes_and_reverts_only() {
    let it = story();
    let fixes = it.main(&format!("Start better\n\nFixes: {} (\"Start\")", short(it.early)));
    it.main(&format!("Tell history\n\nThis is old: {}", it.early));
    let danger = it.main(&format!("Check sizes\n\nThis is CVE-2030-1.\n\nFixes: {} (\"Start\")", short(it.early)));
    it.init();
    let report = it.audit();
    let wanted = [row(None, it.early, danger, Relation::Fixes), row(None, it.early, fixes, Relation::Fixes)];
    assert_eq!(rows(&report), wanted);
    assert_eq!(report.followups[0].severity, Severity::Security);
    assert_eq!(report.followups[1].severity, Severity::Base);
}

#[test]
fn what_the_base_or_the_queue_has_is_no_news() {
    let it = story();
    let carried = it.main("net: retry");
    let one = it.main(&format!("net: fix one\n\nFixes: {} (\"net: retry\")", short(carried)));
    let two = it.main(&format!("net: fix two\n\nFixes: {} (\"net: retry\")", short(carried)));
    let three = it.main(&format!("net: fix three\n\nFixes: {} (\"net: retry\")", short(carried)));
    let picked = it.backport("v1.0", one);
    it.fork.tag("v1.0.1", picked);
    it.fork.branch("ours", picked);
    it.backport("ours", carried);
    it.backport("ours", two);
    it.init_on("v1.0.1");
    assert_eq!(rows(&it.audit()), [row(Some("net-retry"), carried, three, Relation::Fixes)]);
}

/// Picked without a word about it, which keeps author, date and subject.
#[test]
fn a_pick_without_a_trailer_is_known_by_author_date_and_subject() {
    let it = story();
    let pick = |branch: &str, of: Oid| {
        let minute: i64 = it.fork.git(&["log", "-1", "--format=%at", &of.to_string()]).parse().unwrap();
        let message = it.fork.git(&["log", "-1", "--format=%B", &of.to_string()]);
        let work = it.fork.on(branch).write(&format!("{branch}-{minute}.txt"), "x\n");
        work.at((minute - 1_600_000_000) / 60).commit(&message)
    };
    let carried = it.main("net: retry");
    let fix = |n: u32| it.main(&format!("net: fix {n}\n\nFixes: {} (\"net: retry\")", short(carried)));
    let (one, two, three) = (fix(1), fix(2), fix(3));
    let of_base = pick("v1.0", one);
    it.fork.tag("v1.0.1", of_base);
    it.fork.branch("ours", of_base);
    pick("ours", carried);
    pick("ours", two);
    let backport = pick("v1.0", three);
    it.init_on("v1.0.1");
    let report = it.audit();
    assert_eq!(rows(&report), [row(Some("net-retry"), carried, three, Relation::Fixes)]);
    assert_eq!(report.followups[0].backports, [backport]);
}

#[test]
fn upstream_s_own_backports_count_as_the_commit() {
    let it = story();
    let carried = it.main("net: retry");
    it.backport("ours", carried);
    let sibling = it.backport("v1.0", carried);
    let reverts = it.commit("v1.0", &format!("Revert \"net: retry\"\n\nThis reverts commit {sibling}."));
    let fixes = it.main(&format!("net: retry less\n\nFixes: {} (\"net: retry\")", short(carried)));
    let backport = it.backport("v1.0", fixes);
    it.init();
    let report = it.audit();
    let patch = Some("net-retry");
    let wanted = [row(patch, carried, reverts, Relation::Reverts), row(patch, carried, fixes, Relation::Fixes)];
    assert_eq!(rows(&report), wanted);
    assert_eq!(report.followups[1].backports, [backport], "once, with upstream's backport of it");
}

#[test]
fn a_fix_to_what_the_base_has_by_backport_is_one_to_the_base() {
    let it = story();
    let original = it.main("net: retry");
    let picked = it.backport("v1.0", original);
    it.fork.tag("v1.0.0-x", picked);
    let one = it.main(&format!("net: one\n\nFixes: {} (\"net: retry\")", short(original)));
    let two = it.commit("v1.0", &format!("net: two\n\nFixes: {} (\"net: retry\")", short(picked)));
    it.fork.branch("ours", picked);
    it.commit("ours", "our own");
    it.init_on("v1.0.0-x");
    let found: BTreeSet<Row> = rows(&it.audit()).into_iter().collect();
    let wanted = [row(None, original, one, Relation::Fixes), row(None, original, two, Relation::Fixes)];
    assert_eq!(found, BTreeSet::from(wanted));
}

#[test]
fn a_follow_up_that_upstream_took_back_is_a_note() {
    let it = story();
    let carried = it.main("net: retry");
    it.backport("ours", carried);
    let fixes = it.main(&format!("net: retry less\n\nFixes: {} (\"net: retry\")", short(carried)));
    let by = it.main(&format!("Revert \"net: retry less\"\n\nThis reverts commit {fixes}."));
    it.init();
    let report = it.audit();
    assert_eq!(rows(&report), [row(Some("net-retry"), carried, fixes, Relation::Fixes)]);
    assert_eq!(report.followups[0].taken_back_by, Some(by));
    assert_eq!(report.followups[0].severity, Severity::Note);
}

#[test]
fn a_fix_and_its_revert_that_the_base_has_both_are_no_news() {
    let it = story();
    let fixes = it.main(&format!("Start better\n\nFixes: {} (\"Start\")", short(it.early)));
    let by = it.main(&format!("Revert \"Start better\"\n\nThis reverts commit {fixes}."));
    it.backport("v1.0", fixes);
    let tip = it.backport("v1.0", by);
    it.fork.tag("v1.0.0-x", tip);
    it.fork.branch("ours", tip);
    it.commit("ours", "our own");
    it.init_on("v1.0.0-x");
    assert_eq!(rows(&it.audit()), []);
}

#[test]
fn a_revert_of_a_revert_brings_back() {
    let it = story();
    let carried = it.main("net: retry");
    it.backport("ours", carried);
    let first = it.main(&format!("Revert \"net: retry\"\n\nThis reverts commit {carried}."));
    let second = it.main(&format!("Reapply \"net: retry\"\n\nThis reverts commit {first}."));
    it.init();
    let report = it.audit();
    let patch = Some("net-retry");
    let wanted = [row(patch, carried, second, Relation::Reapplies), row(patch, carried, first, Relation::Reverts)];
    assert_eq!(rows(&report), wanted);
    assert_eq!(report.followups[1].taken_back_by, Some(second));
    assert!(report.followups.iter().all(|one| one.severity == Severity::Note), "upstream has it again");
}

/// The queue carries a revert, upstream has it on the stable branch, too, and has taken it back on the mainline.
#[test]
fn a_revert_on_another_branch_does_not_hide_a_revert_of_the_revert() {
    let it = story();
    let first = it.main(&format!("Revert \"Start\"\n\nThis reverts commit {}.", it.early));
    it.backport("ours", first);
    let second = it.main(&format!("Revert \"Revert \"Start\"\"\n\nThis reverts commit {first}."));
    it.backport("v1.0", first);
    it.init();
    let report = it.audit();
    assert_eq!(rows(&report), [row(Some("revert-start"), first, second, Relation::Reverts)]);
    assert_eq!(report.followups[0].taken_back_by, None);
}

#[test]
fn a_revert_by_title_of_what_a_patch_carries_is_found() {
    let it = story();
    let carried = it.main("net: retry (#12)");
    it.backport("ours", carried);
    let sibling = it.backport("v1.0", carried);
    let first = it.main("Revert \"net: retry\" (#15)");
    let second = it.main("Reapply \"net: retry\" (#16)");
    let third = it.main("Do without retries (#17)\n\nReverts owner/name#12");
    let stable = it.commit("v1.0", "Revert \"net: retry (#12)\"");
    it.init();
    let report = it.audit();
    let found: BTreeSet<Row> = rows(&report).into_iter().collect();
    let patch = Some("net-retry-12");
    let wanted = [
        row(patch, carried, first, Relation::Reverts),
        row(patch, carried, second, Relation::Reapplies),
        row(patch, carried, third, Relation::Reverts),
        row(patch, carried, stable, Relation::Reverts),
    ];
    assert_eq!(found, BTreeSet::from(wanted), "{first} {second} {third} {stable} {sibling}");
    let by = |id: Oid| report.followups.iter().find(|one| one.commit == id).unwrap().taken_back_by;
    assert_eq!((by(first), by(second), by(third)), (None, Some(third), None), "in the end it is out");
}

#[test]
fn a_revert_by_title_of_what_the_base_has_is_found() {
    let it = story();
    let original = it.main("net: retry");
    let picked = it.backport("v1.0", original);
    it.fork.tag("v1.0.1", picked);
    let one = it.main("Revert \"net: retry\"");
    let two = it.main("Revert \"Start\"");
    it.main("Revert \"Start\"");
    it.main("Revert \"What nobody knows\"");
    it.fork.branch("ours", picked);
    it.commit("ours", "our own");
    it.init_on("v1.0.1");
    let found: BTreeSet<Row> = rows(&it.audit()).into_iter().collect();
    let wanted = [row(None, original, one, Relation::Reverts), row(None, it.early, two, Relation::Reverts)];
    assert_eq!(found, BTreeSet::from(wanted), "the second revert of \"Start\" has nothing to take");
}

#[test]
fn a_revert_by_an_id_that_leads_nowhere_is_read_by_its_title() {
    let it = story();
    let carried = it.main("net: retry");
    it.backport("ours", carried);
    let never = "ab".repeat(20);
    let one = it.main(&format!("Revert \"net: retry\"\n\nThis reverts commit {never}."));
    let two = it.main(&format!("Revert \"Start\"\n\nThis reverts commit {never}."));
    it.main("Start");
    let three = it.main(&format!("Revert \"Start\"\n\nThis reverts commit {}.", it.early));
    it.init();
    let found: BTreeSet<Row> = rows(&it.audit()).into_iter().collect();
    let wanted = [
        row(Some("net-retry"), carried, one, Relation::Reverts),
        row(None, it.early, two, Relation::Reverts),
        row(None, it.early, three, Relation::Reverts),
    ];
    assert_eq!(found, BTreeSet::from(wanted));
}

#[test]
fn what_the_base_or_the_queue_takes_back_by_title_needs_no_fixes() {
    let it = story();
    let original = it.main("net: retry");
    let other = it.main("net: wait");
    it.main(&format!("Start better\n\nFixes: {} (\"Start\")", short(it.early)));
    it.main(&format!("More of it\n\nFixes: {} (\"More\")", it.fork.tip("ours")));
    it.main(&format!("net: retry less\n\nFixes: {} (\"net: retry\")", short(original)));
    it.main(&format!("net: wait less\n\nFixes: {} (\"net: wait\")", short(other)));
    it.backport("v1.0", other);
    it.commit("v1.0", "Revert \"net: wait\"");
    let base = it.commit("v1.0", "Revert \"Start\"");
    it.fork.tag("v1.0.1", base);
    it.fork.branch("ours", base);
    it.backport("ours", original);
    it.commit("ours", "Revert \"More\"");
    it.commit("ours", "Revert \"net: retry\"");
    it.init_on("v1.0.1");
    assert_eq!(rows(&it.audit()), []);
}

#[test]
fn what_the_base_took_back_needs_no_fixes_until_it_has_it_again() {
    let it = story();
    let fixes = it.main(&format!("Start better\n\nFixes: {} (\"Start\")", short(it.early)));
    let without = it.commit("v1.0", &format!("Revert \"Start\"\n\nThis reverts commit {}.", it.early));
    it.fork.tag("v1.0.1", without);
    let again = it.commit("v1.0", &format!("Start again\n\nThis reapplies commit {}.", it.early));
    it.fork.tag("v1.0.2", again);
    it.fork.branch("ours", without);
    it.init_on("v1.0.1");
    assert_eq!(rows(&it.audit()), []);
    std::fs::remove_dir_all(it.fork.queue()).unwrap();
    it.fork.set_ref("refs/heads/fork", None);
    it.fork.branch("ours", again);
    it.init_on("v1.0.2");
    assert_eq!(rows(&it.audit()), [row(None, it.early, fixes, Relation::Fixes)]);
}

#[test]
fn what_the_queue_takes_back_itself_needs_no_fixes() {
    let it = story();
    it.main(&format!("Start better\n\nFixes: {} (\"Start\")", short(it.early)));
    it.main(&format!("Revert \"Start\"\n\nThis reverts commit {}.", it.early));
    it.commit("ours", &format!("Revert \"Start\"\n\nThis reverts commit {}.", it.early));
    it.init();
    assert_eq!(rows(&it.audit()), []);
}

#[test]
fn an_audit_since_a_revision_leaves_out_what_that_has() {
    let it = story();
    let fix = |n: u32| it.main(&format!("Start {n}\n\nFixes: {} (\"Start\")", short(it.early)));
    let (one, two) = (fix(1), fix(2));
    it.commit("ours", "our own");
    it.init();
    assert_eq!(rows(&it.audit()).len(), 2);
    let since = it.audit_with(|options| options.since = Some(one));
    assert_eq!(rows(&since), [row(None, it.early, two, Relation::Fixes)]);
}

#[test]
fn branches_of_remotes_count_and_missing_ones_are_an_error() {
    let it = story();
    let fixes = it.main(&format!("Start better\n\nFixes: {} (\"Start\")", short(it.early)));
    it.commit("ours", "our own");
    it.init();
    it.fork.set_ref("refs/remotes/up/main", Some(fixes));
    it.fork.set_ref("refs/heads/main", None);
    let report = it.audit();
    assert_eq!(rows(&report), [row(None, it.early, fixes, Relation::Fixes)]);
    assert_eq!(report.branches[0].name, "refs/remotes/up/main");
    it.fork.set_ref("refs/remotes/up/main", None);
    let options = Options { since: None, onto: None, today: TODAY.parse().unwrap() };
    let error = audit(&it.fork.open(), &options, &Silent).unwrap_err().to_string();
    assert!(error.contains("\"main\""), "{error}");
}

/// Two backports on the old stable branch: the new release has one as an ancestor, another by its own backport, one never, and one not any more.
#[test]
fn what_a_move_would_lose_is_found() {
    let it = story();
    let there = it.main("one: is there");
    it.main("Prepare v1.1");
    it.fork.branch("v1.1", it.fork.tip("main"));
    let again = it.main("two: is backported there too");
    let lost = it.main("three: is forgotten");
    let ours = it.main("four: is ours");
    let back = it.commit("v1.1", "five: was there");
    let by = it.commit("v1.1", &format!("Revert \"five: was there\"\n\nThis reverts commit {back}."));
    it.backport("v1.0", there);
    it.backport("v1.0", again);
    let as_lost = it.backport("v1.0", lost);
    let as_back = it.backport("v1.0", back);
    let gone = it.main("six: was taken back");
    let as_gone = it.backport("v1.0", gone);
    it.commit("v1.0", &format!("Revert \"six\"\n\nThis reverts commit {as_gone}."));
    it.commit("v1.0", &format!("seven: of an unknown one\n\n[ upstream commit {} ]", "ab".repeat(20)));
    let as_ours = it.backport("v1.0", ours);
    it.fork.tag("v1.0.1", as_ours);
    it.backport("v1.1", again);
    it.fork.tag("v1.1.0", it.fork.tip("v1.1"));
    it.fork.branch("ours", as_ours);
    it.backport("ours", ours);
    it.init_on("v1.0.1");
    assert!(it.audit().lost.is_empty(), "nothing is asked");
    let report = it.onto("v1.1.0");
    let found: BTreeMap<Oid, (Vec<String>, Option<Oid>)> =
        report.lost.into_iter().map(|one| (one.commit, (one.upstream, one.taken_back_by))).collect();
    let wanted = [(as_lost, (vec![lost.to_string()], None)), (as_back, (vec![back.to_string()], Some(by)))];
    assert_eq!(found, BTreeMap::from(wanted));
}

/// The base has it by upstream's backport, which an earlier rebase dropped the patch for.
#[test]
fn a_lost_fix_that_was_a_patch_once_names_it() {
    let it = story();
    it.fork.branch("v1.1", it.fork.tip("main"));
    let ours = it.main("net: retry");
    let other = it.main("net: wait");
    it.backport("ours", ours);
    it.backport("ours", it.main("net: stay"));
    it.backport("v1.0", ours);
    let base = it.backport("v1.0", other);
    it.fork.tag("v1.0.1", base);
    let release = it.commit("v1.1", "Release");
    it.fork.tag("v1.1.0", release);
    it.init();
    it.fork.rebase("v1.0.1");
    assert!(!it.fork.manifest_text().contains("net-retry"), "upstream has it");
    let lost: BTreeMap<Vec<String>, Option<String>> =
        it.onto("v1.1.0").lost.into_iter().map(|one| (one.upstream, one.patch.map(|name| name.to_string()))).collect();
    let wanted = [(vec![ours.to_string()], Some("net-retry".to_owned())), (vec![other.to_string()], None)];
    assert_eq!(lost, BTreeMap::from(wanted), "and what stays a patch is not lost");
}

#[test]
fn recorded_ids_that_lead_nowhere_are_reported() {
    let it = story();
    let there = it.main("net: retry");
    let elsewhere = it.commit("topic", "net: wait");
    let missing = "ab".repeat(20);
    for id in [there.to_string(), elsewhere.to_string(), missing.clone(), it.early.to_string()] {
        it.commit("ours", &format!("ours: {}\n\n[ upstream commit {id} ]", &id[..7]));
    }
    it.init();
    let report = it.audit();
    let unknown: Vec<(&str, Why)> = report.unknown.iter().map(|one| (one.id.as_str(), one.why)).collect();
    assert_eq!(unknown, [(elsewhere.to_string().as_str(), Why::Elsewhere), (missing.as_str(), Why::Missing)]);
    assert_eq!(report.unknown[0].patch.as_str(), format!("ours-{}", &elsewhere.to_string()[..7]));
    assert!(!report.has_findings());
    it.fork.edit_manifest(|text| text.replace("mainline = \"main\"", ""));
    let report = it.audit();
    let whys: Vec<Why> = report.unknown.iter().map(|one| one.why).collect();
    assert_eq!(whys, [Why::Missing], "without a mainline nobody knows what is on it");
}

#[test]
fn an_entry_for_a_lost_fix_is_judged_with_a_release_only() {
    let it = story();
    it.fork.branch("v1.1", it.fork.tip("main"));
    let (lost, kept) = (it.main("net: retry"), it.main("net: wait"));
    let as_lost = it.backport("v1.0", lost);
    let base = it.backport("v1.0", kept);
    it.fork.tag("v1.0.1", base);
    it.backport("v1.1", kept);
    it.fork.tag("v1.1.0", it.fork.tip("v1.1"));
    it.fork.branch("ours", base);
    it.commit("ours", "our own");
    it.init_on("v1.0.1");
    let ids = [&lost.to_string()[..9], &as_lost.to_string(), &kept.to_string(), "0123456789"];
    let entries: String = ids.iter().map(|id| format!("\n[[ignore]]\nid = \"{id}\"\nreason = \"known\"\n")).collect();
    it.fork.edit_manifest(|text| text + &entries);
    let stale = |report: AuditReport| -> Vec<String> { report.stale_ignores.into_iter().map(|one| one.id).collect() };
    assert_eq!(stale(it.audit()), ["0123456789"]);
    let report = it.onto("v1.1.0");
    assert_eq!((report.lost.len(), report.ignored.lost.len()), (0, 1));
    assert_eq!(stale(report), [kept.to_string().as_str(), "0123456789"]);
}

#[test]
fn the_ignore_list_divides_and_is_judged_itself() {
    let it = story();
    let fix = |n: u32| it.main(&format!("Start {n}\n\nFixes: {} (\"Start\")", short(it.early)));
    let (one, two, three) = (fix(1), fix(2), fix(3));
    it.commit("ours", "our own");
    it.init();
    let entry = |id: &str, reason: &str, expires: &str| {
        format!("\n[[ignore]]\nid = \"{id}\"\nreason = \"{reason}\"\n{expires}\n")
    };
    it.fork.edit_manifest(|text| {
        text + &entry(&one.to_string()[..7], "not for us", "")
            + &entry(&two.to_string(), "later", &format!("expires = \"{TODAY}\""))
            + &entry(&three.to_string(), "was later", "expires = \"2030-06-14\"")
            + &entry("0123456789", "what was it", "")
    });
    let report = it.audit();
    assert_eq!(rows(&report), [row(None, it.early, three, Relation::Fixes)]);
    let ignored: BTreeMap<Oid, &str> =
        report.ignored.followups.iter().map(|one| (one.finding.commit, one.reason.as_str())).collect();
    assert_eq!(ignored, BTreeMap::from([(one, "not for us"), (two, "later")]));
    let stale: Vec<(&str, Trouble)> =
        report.stale_ignores.iter().map(|entry| (entry.reason.as_str(), entry.trouble)).collect();
    assert_eq!(stale, [("was later", Trouble::Expired), ("what was it", Trouble::Unused)]);
    assert!(report.has_findings());
}

// ---- A reader that knows nothing of pq: `git log`, lines and words.

/// What a random history consists of.
#[derive(Debug, Clone)]
enum Event {
    Plain,
    Fixes(usize, usize),
    Reverts(usize),
    /// Upstream backports a commit of the mainline to its stable branch.
    Stable(usize),
    /// The fork does.
    Ours(usize),
    /// The next release is made of the stable branch; only before the fork's first patch.
    Release,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => Just(Event::Plain),
        4 => (any::<prop::sample::Index>(), 7..41_usize).prop_map(|(at, len)| Event::Fixes(at.index(1000), len)),
        2 => any::<prop::sample::Index>().prop_map(|at| Event::Reverts(at.index(1000))),
        2 => any::<prop::sample::Index>().prop_map(|at| Event::Stable(at.index(1000))),
        2 => any::<prop::sample::Index>().prop_map(|at| Event::Ours(at.index(1000))),
        1 => Just(Event::Release),
    ]
}

/// Plays the events; the name of the base.
fn play(it: &Story, events: &[Event]) -> &'static str {
    let mut mainline = vec![it.early, it.fork.tip("main")];
    let mut depths: BTreeMap<Oid, u32> = BTreeMap::new();
    let (mut base, mut has_ours) = ("v1.0.0", false);
    for (n, event) in events.iter().enumerate() {
        match event {
            Event::Plain => mainline.push(it.main(&format!("plain {n}"))),
            Event::Fixes(of, digits) => {
                let of = mainline[of % mainline.len()].to_string();
                mainline
                    .push(it.main(&format!("fix {n}\n\nText.\n\nFixes: {} (\"x\")\nSigned-off-by: A", &of[..*digits])));
            }
            // No revert of a revert of a revert: it takes away what the reader would have to follow.
            Event::Reverts(of) => {
                let of = mainline[of % mainline.len()];
                let depth = depths.get(&of).map_or(1, |depth| depth + 1);
                if depth > 2 {
                    continue;
                }
                let id = it.main(&format!("Revert \"x\" {n}\n\nThis reverts commit {of}.\n\nWhy not."));
                depths.insert(id, depth);
                mainline.push(id);
            }
            Event::Stable(of) => drop(it.backport("v1.0", mainline[of % mainline.len()])),
            Event::Ours(of) => {
                it.backport("ours", mainline[of % mainline.len()]);
                has_ours = true;
            }
            Event::Release if !has_ours => {
                let tip = it.fork.tip("v1.0");
                it.fork.tag("v1.0.1", tip);
                it.fork.branch("ours", tip);
                base = "v1.0.1";
            }
            Event::Release => {}
        }
    }
    base
}

struct Reader<'a> {
    it: &'a Story,
    base: &'static str,
}

impl Reader<'_> {
    fn log(&self, range: &[&str]) -> Vec<(String, String)> {
        let out = self.it.fork.git(&[&["log", "--format=%H%n%B%x00"], range].concat());
        let entries = out.split('\0').map(str::trim_start).filter(|entry| !entry.is_empty());
        entries
            .map(|entry| entry.split_once('\n').map(|(id, text)| (id.to_owned(), text.to_owned())).unwrap())
            .collect()
    }

    fn after<'t>(text: &'t str, start: &str) -> Vec<&'t str> {
        let word = |line: &'t str| line.strip_prefix(start)?.split([' ', '.']).next();
        text.lines().filter_map(word).collect()
    }

    fn whole(&self, hex: &str) -> String {
        self.it.fork.git(&["rev-parse", &format!("{hex}^{{commit}}")])
    }

    /// Whether it is a commit that stands on the mainline: those that were backported are told by their originals.
    fn missing(&self) -> BTreeSet<(bool, String, String, &'static str)> {
        let it = self.it;
        let origins = |range: &[&str]| -> BTreeSet<String> {
            let log = self.log(range);
            log.iter()
                .flat_map(|(_, text)| Self::after(text, "[ upstream commit ").into_iter().map(str::to_owned))
                .collect()
        };
        let queue = origins(&["ours", &format!("^{}", self.base)]);
        let own = origins(&[self.base, "^main"]);
        let base: BTreeSet<String> = it.fork.git(&["rev-list", self.base]).lines().map(str::to_owned).collect();
        let mut missing = BTreeSet::new();
        for (id, text) in self.log(&["main", &format!("^{}", self.base)]) {
            if queue.contains(&id) || own.contains(&id) {
                continue;
            }
            for (start, relation) in [("This reverts commit ", "reverts"), ("Fixes: ", "fixes")] {
                for target in Self::after(&text, start).into_iter().map(|hex| self.whole(hex)) {
                    let is_ours = queue.contains(&target);
                    if is_ours || own.contains(&target) || base.contains(&target) {
                        missing.insert((is_ours, target, id.clone(), relation));
                    }
                }
            }
        }
        missing
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// All fixes and reverts on the mainline that a reading of the log finds, and no others: but for those whose target, or which themselves,
    /// were taken back in a way that the reader does not follow.
    #[test]
    fn a_plain_reader_of_the_log_finds_the_same(events in prop::collection::vec(event(), 1..18)) {
        let it = story();
        let base = play(&it, &events);
        it.init_on(base);
        let report = it.audit();
        let wanted = Reader { it: &it, base }.missing();
        let is_asked = |one: &&pq::ops::audit::Followup| matches!(one.relation, Relation::Fixes | Relation::Reverts);
        let found: BTreeSet<_> = report.followups.iter().filter(is_asked).map(|one| {
            (one.patch.is_some(), one.carried.clone(), one.commit.to_string(), one.relation.as_str())
        }).collect();
        let reverted_by_known = |id: &str| known_reverts(&it, base).contains(id);
        let differ: Vec<_> = wanted.symmetric_difference(&found).filter(|one| !reverted_by_known(&one.1) && !reverted_by_known(&one.2)).collect();
        prop_assert!(differ.is_empty(), "{differ:#?}\n{events:?}");
    }
}

/// What the base or the queue takes back, and upstream's own backports of it.
fn known_reverts(it: &Story, base: &'static str) -> BTreeSet<String> {
    let reader = Reader { it, base };
    let logs = [reader.log(&[base, "^main"]), reader.log(&["ours", &format!("^{base}")])].concat();
    let targets =
        logs.iter().flat_map(|(_, text)| Reader::after(text, "This reverts commit ").into_iter().map(str::to_owned));
    let targets: BTreeSet<String> = targets.collect();
    let stable = reader.log(&["v1.0", "^main"]);
    let is_of =
        |text: &str| Reader::after(text, "[ upstream commit ").into_iter().any(|origin| targets.contains(origin));
    let copies: Vec<String> = stable.iter().filter(|(_, text)| is_of(text)).map(|(id, _)| id.clone()).collect();
    targets.into_iter().chain(copies).collect()
}
