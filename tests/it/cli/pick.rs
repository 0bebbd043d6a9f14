use insta::assert_snapshot;

use crate::support::Fork;
use crate::support::Pq;

use crate::ops::outcomes::base;

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
