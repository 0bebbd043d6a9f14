use insta::assert_snapshot;

use crate::support::Fork;
use crate::support::Pq;

use crate::ops::outcomes::{base, release};
use crate::ops::pick::lines_from;

/// A person takes a fix, is told what it needs, and takes that along.
#[test]
fn a_pick_and_what_it_needs() {
    let fork = base();
    fork.init("v1.0.0", "v1.0.0");
    let need = fork.on("main").edit("a.txt", "line 10\n", "first\nsecond\n").commit("Need");
    let pick = fork.on("main").edit("a.txt", "second\n", "2nd\n").commit("Pick");
    let run = |fork: &Fork, args: &[&str]| {
        let queue = fork.queue().display().to_string();
        Pq::new().run(&[&["--queue", &queue], args].concat())
    };
    let tried = run(&fork, &["try", &pick.to_string()]);
    let said = tried.stdout();
    assert_eq!(tried.code, Some(1));
    assert!(said.contains("it applies after:") && said.contains("Need"), "{said}");
    assert!(said.contains("pq pick --with-prerequisites"), "{said}");
    let json = run(&fork, &["try", &pick.to_string(), "--format=json"]).json();
    assert_eq!(json["kind"], "pick/1");
    assert_eq!(json["failed"][0]["prerequisites"][0], need.to_string());
    assert_eq!(json["failed"][0]["makes_it_clean"], true);
    let done = run(&fork, &["pick", "--with-prerequisites", "--topic", "t", &pick.to_string()]);
    assert_eq!(done.code, Some(0), "{}", done.stderr());
    assert!(done.stdout().contains("taken along for"), "{}", done.stdout());
    fork.check();
}

/// What taking a commit would come to, before taking it; and how the backport differs afterwards.
#[test]
fn a_commit_before_and_after_it_is_taken() {
    let fork = base();
    fork.init("v1.0.0", "v1.0.0");
    let fix = fork.on("main").edit("a.txt", "line 10\n", "10\n").commit("Fix ten");
    let need = fork.on("main").edit("a.txt", "10\n", "ten\n").commit("Say ten");
    let run = |args: &[&str]| {
        let queue = fork.queue().display().to_string();
        Pq::new().run(&[&["--queue", &queue], args].concat())
    };
    let page = |args: &[&str]| {
        let output = run(args).to_string();
        let ids = [(fix, "FIX"), (need, "NEED")];
        ids.iter().fold(output, |text, (id, name)| text.replace(&id.short(), name))
    };
    assert_snapshot!(page(&["why", "main~1"]), @"
    exit: 0
    -- stdout
    FIX 2020-09-13 A U Thor: Fix ten
    line on v1.0.0
      applies, unchanged
    next: pq pick FIX  (takes it)
    -- stderr
    ");
    assert_snapshot!(page(&["why", "main"]), @"
    exit: 0
    -- stdout
    NEED 2020-09-13 A U Thor: Say ten
    line on v1.0.0
      does not apply
        content: a.txt
        it applies after:
          FIX Fix ten
    next: pq pick --with-prerequisites NEED  (takes along what it needs)
    -- stderr
    ");
    assert_eq!(run(&["why", "main", "--format=json"]).json()["kind"], "prospect/1");
    run(&["pick", "main~1"]);
    assert_snapshot!(page(&["why", "main~1"]), @"
    exit: 0
    -- stdout
    FIX 2020-09-13 A U Thor: Fix ten
    line on v1.0.0
        the queue has it: fix-ten
    -- stderr
    ");
    assert_snapshot!(page(&["diff", "--deviation"]), @"
    exit: 0
    -- stdout
    every backport is what upstream did
    -- stderr
    ");
    assert_snapshot!(page(&["diff", "--deviation", "fix-ten"]), @"
    exit: 0
    -- stdout
    fix-ten
      of FIX 2020-09-13 A U Thor: Fix ten
      it is the same
    -- stderr
    ");
    assert_eq!(run(&["diff", "--deviation", "--format=json"]).json()["kind"], "deviation/1");
    let error = run(&["why", "nothing"]);
    assert!(error.stderr().contains("no patch") || error.stderr().contains("nothing"), "{error}");
}

/// Upstream moved a chart and rewrote a part of it: a person is told where it is, confirms it, and settles what is left.
#[test]
fn what_moved_is_proposed_confirmed_and_kept() {
    use crate::support::lines;
    let fork = base();
    let work = fork.on("main").write("install/chart/a.yaml", lines(40)).write("install/chart/b.yaml", lines(20));
    let start = work.write("install/chart/c.yaml", "c\n").commit("chart");
    fork.tag("v1.0.1", start);
    fork.branch("ours", start);
    fork.on("ours").edit("install/chart/a.yaml", "line 5\n", "ours 5\n").commit("Ours");
    fork.on("ours").edit("install/chart/a.yaml", "line 30\n", "ours 30\n").commit("Late");
    let head: String = lines(40).lines().take(10).map(|line| format!("{line}\n")).collect();
    let new = head + &"rewritten\n".repeat(30);
    let work = fork.on("main").remove("install/chart/a.yaml").write("charts/main/a.yaml", new);
    let work = work.rename("install/chart/b.yaml", "charts/main/b.yaml");
    work.rename("install/chart/c.yaml", "charts/main/c.yaml").commit("moved");
    fork.tag("v1.1.0", fork.tip("main"));
    let pick = fork.on("main").edit("charts/main/a.yaml", "line 8\n", "picked 8\n").commit("Pick");
    fork.init("v1.0.1", "ours");
    let queue = fork.queue().display().to_string();
    let run = |args: &[&str]| Pq::new().run(&[&["--queue", &queue], args].concat());
    let said = run(&["try", &pick.to_string()]).stdout();
    assert!(said.contains("moved, it seems: install/chart → charts/main (3 of 3 files)"), "{said}");
    assert!(said.contains("pq pick --moved install/chart=charts/main"), "{said}");
    let bad = run(&["pick", "--moved", "install/chart", &pick.to_string()]);
    assert_eq!(bad.code, Some(2));
    let circle = run(&["pick", "--moved", "a=b", "--moved", "b=a", &pick.to_string()]);
    assert_eq!(circle.code, Some(2), "{}", circle.stderr());
    let done = run(&["pick", "--moved", "install/chart=charts/main", &pick.to_string()]);
    assert_eq!(done.code, Some(0), "{}", done.stderr());
    assert!(done.stdout().contains("followed charts/main/a.yaml → install/chart/a.yaml"), "{}", done.stdout());
    // Without what is stated a rebase would say it too.
    let kept = fork.manifest_text();
    fork.edit_manifest(|text| text.replace("\n[[moved]]\nfrom = \"install/chart\"\nto = \"charts/main\"\n", ""));
    let plain = run(&["rebase", "--dry-run", "v1.1.0"]);
    assert!(plain.stdout().contains("pq rebase v1.1.0 --moved install/chart=charts/main"), "{}", plain.stdout());
    let json = run(&["rebase", "--dry-run", "v1.1.0", "--format=json"]).json();
    assert_eq!(json["patches"][0]["proposed"]["moves"][0]["to"], "charts/main");
    fork.edit_manifest(|_| kept);
    let rebased = run(&["rebase", "v1.1.0"]);
    assert_eq!(rebased.code, Some(1), "{}", rebased.stdout());
    assert!(rebased.stdout().contains("install/chart/a.yaml → charts/main/a.yaml"), "{}", rebased.stdout());
    // What is left conflicts where the file is, and is settled there.
    let worktree = fork.dir().join("wt");
    fork.git(&["worktree", "add", "-q", "--detach", worktree.to_str().unwrap(), "fork"]);
    let here = worktree.to_str().unwrap();
    let opened = run(&["resolve", "late", "--worktree", here]);
    assert_eq!(opened.code, Some(0), "{}", opened.stderr());
    let path = worktree.join("charts/main/a.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("<<<<<<<") && !worktree.join("install").exists(), "{text}");
    let kept: String = text.split("<<<<<<<").next().unwrap().to_owned() + "ours 30\n";
    std::fs::write(&path, kept).unwrap();
    crate::support::git(&worktree, &["add", "-A"]);
    let done = run(&["resolve", "--done"]);
    assert_eq!(done.code, Some(0), "{}{}", done.stdout(), done.stderr());
    assert_eq!(fork.open().manifest().held().count(), 0);
    assert!(fork.patch_file("late").contains("--- a/charts/main/a.yaml"));
    fork.check();
}

/// What is printed to type after a carry is for the line that the patches go to.
#[test]
fn a_carry_says_what_to_type_on_the_other_line() {
    let fork = base();
    fork.on("main").edit("a.txt", "line 10\n", "new 10\n").commit("Context");
    release(&fork, "v1.1.0");
    let fix = fork.on("main").edit("a.txt", "line 30\n", "fix\n").commit("Fix");
    let need = fork.on("main").edit("a.txt", "fix\n", "need\n").commit("Need");
    fork.on("ours").edit("b.txt", "line 5\n", "own\n").commit("Own");
    fork.on("ours").edit("b.txt", "own\n", "more\n").commit("More");
    let root = lines_from(&fork, &[("old", "v1.0.0", Some("ours")), ("new", "v1.1.0", None)]);
    let run = |args: &[&str]| {
        let queue = root.display().to_string();
        Pq::new().run(&[&["--queue", &queue], args].concat())
    };
    let next = |args: &[&str]| {
        let said = run(args).stdout();
        said.lines().find_map(|line| line.strip_prefix("next: ")).map(|line| line.replace(&fix.short(), "FIX"))
    };
    run(&["--line", "old", "pick", &fix.to_string()]);
    let carry = |name| ["--line", "old", "carry", name, "--to", "new"];
    assert_eq!(next(&carry("fix")).as_deref(), Some("pq --line new undo  (takes it back)"));
    assert_eq!(next(&carry("fix")), None, "nothing was written");
    let said = run(&carry("more")).stdout();
    assert!(said.contains("there it stands on: own") && !said.contains("next:"), "{said}");
    assert_snapshot!(run(&["--line", "old", "carry", "fix", "--to", "nope"]), @"
    exit: 2
    -- stdout
    -- stderr
    error: this workspace has no line `nope`
    hint: it has new, old
    ");
    assert_snapshot!(run(&["--line", "old", "pick", &need.to_string(), "--moved", "a=a"]), @"
    exit: 2
    -- stdout
    -- stderr
    error: --moved: `a` moves to where it is
    hint: delete it: what stays needs no table
    ");
}

/// In every style the message alone tells another queue where a patch is from, whichever way it takes there.
#[test]
fn where_a_pick_is_from_survives_every_way_out_and_in() {
    let fork = base();
    let fix =
        fork.on("main").edit("a.txt", "line 10\n", "10\n").commit("Fix ten (#7)\n\nWhy.\n\nSigned-off-by: A <a@x>");
    let dir = fork.dir().to_owned();
    let styles = ["upstream-commit", "cherry-pick-x", "stable", "suse", "ubuntu", "yocto", "dep3", "openshift"];
    let styles = styles.into_iter().chain(["Acme-from: {short} {id} {pr}"]);
    for (at, style) in styles.enumerate() {
        let queue = |name: &str| {
            let root = dir.join(format!("{name}{at}"));
            let mut options = fork.init_options(&root, "v1.0.0", None);
            (options.name, options.branch) = (Some(format!("{name}{at}")), Some(format!("{name}{at}")));
            pq::ops::init::init(&options, &pq::model::Silent).unwrap();
            let file = root.join("pq.toml");
            let text = std::fs::read_to_string(&file).unwrap();
            let stated = format!("[upstream]\nprovenance-style = \"{style}\"\n");
            std::fs::write(&file, text.replace("[upstream]\n", &stated)).unwrap();
            root.display().to_string()
        };
        let out = |name: &str| dir.join(format!("{name}-out{at}")).display().to_string();
        let run = |queue: &str, args: &[&str]| {
            let output = Pq::new().run(&[&["--queue", queue], args].concat());
            assert_eq!(output.code, Some(0), "{style} {args:?} {output}");
            output
        };
        let from = queue("from");
        run(&from, &["pick", &fix.to_string()]);
        let ways: [(&str, &[&str]); 5] =
            [("mbox", &[]), ("quilt", &[]), ("debian", &["quilt"]), ("git", &["git"]), ("stgit", &["stgit"])];
        for (way, back) in ways {
            let branch = format!("{way}-branch{at}");
            let there = match way {
                "git" | "stgit" => branch.clone(),
                _ => out(way),
            };
            match way {
                "git" => run(&from, &["export", way, "--ref", &there]),
                _ => run(&from, &["export", way, &there]),
            };
            let to = queue(&format!("{way}-to"));
            let source = if way == "git" { format!("v1.0.0..{branch}") } else { there };
            run(&to, &["import", back.first().unwrap_or(&way), &source]);
            let shown = run(&to, &["status", "--format=json"]).json();
            let manifest = std::fs::read_to_string(std::path::Path::new(&to).join("pq.toml")).unwrap();
            assert!(manifest.contains(&format!("upstream = [\"{fix}\"]")), "{style} {way}: {manifest}");
            assert_eq!(shown["lines"][0]["patches"].as_array().map_or(1, Vec::len), 1, "{shown}");
            run(&to, &["verify"]);
        }
    }
}
