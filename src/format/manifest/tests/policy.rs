use super::*;
use crate::model::Requirement;

#[test]
fn a_policy_says_what_must_be_known_of_which_patches() {
    assert_eq!(small().manifest().policy, Policy::default());
    let policy = "[policy]\nrequire = [\"owner\"]\nrequire-for.fork = [\"reason\", \"drop-after\"]\n";
    let in_braces = "policy = { require = [\"owner\"], require-for = { fork = [\"reason\", \"drop-after\"] } }\n";
    for text in [format!("{SMALL}\n{policy}"), SMALL.replace("schema = 1\n", &format!("schema = 1\n{in_braces}"))] {
        let policy = Document::parse(&text, "pq.toml", None).unwrap().manifest().policy.clone();
        let demanded =
            |kind| Requirement::ALL.into_iter().filter(|what| policy.demands(*what, kind)).collect::<Vec<_>>();
        let of_forks = [Requirement::Owner, Requirement::Reason, Requirement::DropAfter];
        assert_eq!(demanded(PatchKind::Backport), [Requirement::Owner]);
        assert_eq!(demanded(PatchKind::Fork), of_forks);
    }
}

#[test]
fn a_line_without_a_policy_takes_that_of_its_workspace_and_one_with_a_policy_takes_none_of_it() {
    let root = "schema = 1\n[workspace]\nlines = [\"*\"]\n[policy]\nrequire = [\"owner\", \"reason\"]\n";
    let Root::Workspace(workspace) = parse_root(root, "pq.toml").unwrap() else { panic!("not a workspace") };
    let require =
        |text: &str| Document::parse(text, "pq.toml", Some(&workspace)).unwrap().manifest().policy.require.clone();
    assert_eq!(require(SMALL), [Requirement::Owner, Requirement::Reason], "although it has its own upstream");
    assert_eq!(require(&format!("{SMALL}\n[policy]\nrequire-for.fork = [\"owner\"]\n")), []);
}

#[test]
fn edits_leave_the_policy_as_it_is() {
    let policy = "\n[policy]   # of the team\nrequire = [\"owner\"]\n# ours alone\nrequire-for.fork = [\"reason\"]\n";
    let mut document = Document::parse(&format!("{SMALL}{policy}"), "pq.toml", None).unwrap();
    let before = document.manifest().policy.clone();
    let meta = PatchMeta { owner: Some("net".to_owned()), ..PatchMeta::default() };
    assert!(document.insert(9, &Patch { name: name("new"), meta }));
    assert!(document.remove(&name("bpf-fix")));
    document.set_base("v1.14.0", COMMIT.parse().unwrap());
    assert!(document.to_text().contains(policy), "{}", document.to_text());
    let again = Document::parse(&document.to_text(), "pq.toml", None).unwrap();
    assert_eq!((again.manifest(), &again.manifest().policy), (document.manifest(), &before));
}
