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
