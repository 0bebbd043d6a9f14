//! The audit against a second reading of the same history, which shares nothing with the first: `git log` as text, replayed line by line.
//!
//! pq asks of each commit what it names and walks back. The reader here plays the history forwards and keeps, for each title, the commits that
//! stand: who takes back by title takes the newest of them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use pq::model::Oid;
use proptest::prelude::*;
use proptest::sample::Index;

use super::audit::{Story, story};

/// The carried commit or that of the base, the follow-up, and `fixes` or `reverts`.
type Found = BTreeSet<(String, String, &'static str)>;

/// A commit as `git log` prints it.
#[derive(Clone)]
struct Logged {
    id: String,
    text: String,
}

impl Logged {
    fn title(&self) -> &str {
        without_number(self.text.lines().next().unwrap_or_default())
    }

    /// The words that follow a beginning of lines.
    fn words(&self, start: &str) -> Vec<String> {
        let word = |line: &str| Some(line.strip_prefix(start)?.split([' ', '.']).next()?.to_owned());
        self.text.lines().filter_map(word).collect()
    }

    fn origins(&self) -> Vec<String> {
        self.words("[ upstream commit ")
    }
}

fn without_number(subject: &str) -> &str {
    let end = subject.rfind(" (#").filter(|_| subject.ends_with(')'));
    end.map_or(subject, |end| &subject[..end])
}

fn log(it: &Story, range: &[&str]) -> Vec<Logged> {
    let out = it.fork.git(&[&["log", "--reverse", "--topo-order", "--format=%H%n%B%x00"], range].concat());
    let entries = out.split('\0').map(str::trim_start).filter(|entry| !entry.is_empty());
    let logged = |entry: &str| {
        let (id, text) = entry.split_once('\n').unwrap();
        Logged { id: id.to_owned(), text: text.to_owned() }
    };
    entries.map(logged).collect()
}

fn whole(it: &Story, hex: &str) -> String {
    if hex.len() == 40 { hex.to_owned() } else { it.fork.git(&["rev-parse", &format!("{hex}^{{commit}}")]) }
}

/// What stands after each commit of one branch.
#[derive(Default)]
struct Played {
    standing: HashMap<String, Vec<String>>,
    titles: HashMap<String, String>,
    order: HashMap<String, usize>,
    numbers: HashMap<String, String>,
    took: HashMap<String, String>,
}

impl Played {
    fn remove(&mut self, id: &str) {
        let title = self.titles.get(id).cloned().unwrap_or_default();
        self.standing.entry(title).or_default().retain(|other| other != id);
        if let Some(back) = self.took.get(id).cloned() {
            self.bring_back(&back);
        }
    }

    /// A revert that is back takes away again what it took.
    fn bring_back(&mut self, id: &str) {
        self.standing.entry(self.titles[id].clone()).or_default().push(id.to_owned());
        if let Some(gone) = self.took.get(id).cloned() {
            self.remove(&gone);
        }
    }

    fn newest(&self, title: &str) -> Option<String> {
        self.standing.get(title)?.iter().max_by_key(|id| self.order[*id]).cloned()
    }

    fn stands(&self, id: &str) -> bool {
        self.titles.get(id).is_some_and(|title| self.standing[title].iter().any(|other| other == id))
    }

    /// Plays one commit: what it takes back.
    fn play(&mut self, it: &Story, commit: &Logged) -> Vec<String> {
        let mut taken: Vec<String> = commit.words("This reverts commit ").iter().map(|hex| whole(it, hex)).collect();
        if taken.is_empty() {
            let quoted = |start| commit.title().strip_prefix(start)?.strip_suffix('"').map(str::to_owned);
            let title = quoted("Revert \"").or_else(|| Some(format!("Revert \"{}\"", quoted("Reapply \"")?)));
            let top = title.and_then(|title| self.newest(without_number(&title)));
            let numbered = commit.words("Reverts #").first().and_then(|number| self.numbers.get(number).cloned());
            taken.extend(numbered.or(top));
        }
        for id in &taken {
            self.remove(id);
            self.took.insert(commit.id.clone(), id.clone());
        }
        let title = commit.title().to_owned();
        self.standing.entry(title.clone()).or_default().push(commit.id.clone());
        self.order.insert(commit.id.clone(), self.titles.len());
        self.titles.insert(commit.id.clone(), title);
        let subject = commit.text.lines().next().unwrap_or_default();
        if let Some((_, number)) = subject.strip_suffix(')').and_then(|subject| subject.rsplit_once("(#")) {
            self.numbers.insert(number.to_owned(), commit.id.clone());
        }
        taken
    }
}

/// Everything that is missing, read by hand.
fn read(it: &Story, base: &str) -> Found {
    let (main, stable) = (log(it, &["main"]), log(it, &["v1.0"]));
    let in_base: HashSet<String> = it.fork.git(&["rev-list", base]).lines().map(str::to_owned).collect();
    let is_own = |commit: &&Logged| in_base.contains(&commit.id) && !main.iter().any(|other| other.id == commit.id);
    let own: HashMap<String, Vec<String>> =
        stable.iter().filter(is_own).map(|commit| (commit.id.clone(), commit.origins())).collect();
    // Every id by which a patch or the base has a change, and how the report calls it.
    let mut have: BTreeMap<String, String> = in_base.iter().map(|id| (id.clone(), id.clone())).collect();
    for (id, origins) in &own {
        origins.iter().for_each(|origin| drop(have.insert(origin.clone(), origin.clone())));
        origins.first().into_iter().for_each(|origin| drop(have.insert(id.clone(), origin.clone())));
    }
    for origin in log(it, &["ours", &format!("^{base}")]).iter().flat_map(Logged::origins) {
        for sibling in main.iter().chain(&stable).filter(|commit| commit.origins().contains(&origin)) {
            have.insert(sibling.id.clone(), origin.clone());
        }
        have.insert(origin.clone(), origin);
    }
    let mut found = Found::new();
    let mut copies = Vec::new();
    for branch in [&main, &stable] {
        let mut played = Played::default();
        for commit in branch {
            let mut reverts = played.play(it, commit);
            // A revert of a revert brings back; the revert of that takes away again.
            for first in reverts.clone() {
                let lacked = |id: &String| played.took.get(id).filter(|_| !have.contains_key(id));
                reverts.extend(std::iter::successors(Some(&first), |id| lacked(lacked(id)?)).skip(1).cloned());
            }
            let fixes: Vec<String> = commit.words("Fixes: ").iter().map(|hex| whole(it, hex)).collect();
            let origins = commit.origins();
            let has_all = !origins.is_empty() && origins.iter().all(|origin| have.contains_key(origin));
            if have.contains_key(&commit.id) || has_all {
                continue;
            }
            let targets = reverts.iter().map(|id| (id, "reverts")).chain(fixes.iter().map(|id| (id, "fixes")));
            for (target, relation) in targets.filter_map(|(id, relation)| Some((have.get(id)?.clone(), relation))) {
                origins
                    .iter()
                    .for_each(|origin| copies.push((target.clone(), origin.clone(), relation, commit.id.clone())));
                found.insert((target, commit.id.clone(), relation));
            }
        }
    }
    // Upstream's backport of a follow-up is told with it.
    for (target, origin, relation, copy) in copies {
        if found.contains(&(target.clone(), origin, relation)) {
            found.remove(&(target, copy, relation));
        }
    }
    found
}

/// What pq says, from its JSON.
fn reported(it: &Story) -> Found {
    let json = serde_json::to_value(it.audit()).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let found = json["followups"].as_array().unwrap().iter().filter_map(|one| {
        let relation = ["fixes", "reverts"].into_iter().find(|word| one["relation"] == *word)?;
        Some((text(&one["carried"]), text(&one["commit"]), relation))
    });
    found.collect()
}

fn fixes(it: &Story, branch: &str, subject: &str, of: &[&str]) -> Oid {
    let lines: String = of.iter().map(|id| format!("Fixes: {id} (\"x\")\n")).collect();
    it.commit(branch, &format!("{subject}\n\nText.\n\n{lines}"))
}

#[test]
fn every_shape_of_follow_up_is_read_as_by_hand() {
    let it = story();
    let [early, more] = [it.early, it.fork.tip("main")].map(|id| id.to_string());
    let titles = ["one", "two (#2)", "three", "four", "five (#5)", "six", "seven"];
    let [one, two, three, four, five, six, seven] = titles.map(|title| it.main(title));
    let [base_has, of_base] = ["base: a", "base: b"].map(|title| it.main(title));
    let in_base = fixes(&it, "main", "in the base", &[&early]);
    let [own, _, _] = [base_has, of_base, in_base].map(|id| it.backport("v1.0", id));
    let base = it.fork.tip("v1.0");
    it.fork.tag("v1.0.1", base);
    it.fork.branch("ours", base);
    // The queue, and upstream's own backport of one of its commits.
    for id in [one, two, three, four, five, six, seven] {
        it.backport("ours", id);
    }
    it.commit("ours", "our own");
    let sibling = it.backport("v1.0", three).to_string();
    let [one, two, three, four] = [one, two, three, four].map(|id| id.to_string());
    let mut wanted = 0;
    let mut news = |count: usize| wanted += count;
    // Fixes: by a short and a long id, of two, of upstream's backport, taken already, backported by upstream itself, of the base.
    fixes(&it, "main", "short", &[&one[..7]]);
    fixes(&it, "main", "long", &[&one]);
    fixes(&it, "main", "both", &[&one[..12], &two[..12]]);
    fixes(&it, "v1.0", "of the backport", &[&sibling[..9]]);
    let taken = fixes(&it, "main", "taken", &[&three]);
    it.backport("ours", taken);
    let twice = fixes(&it, "main", "twice", &[&three]);
    it.backport("v1.0", twice);
    fixes(&it, "main", "of the base", &[&more[..10]]);
    fixes(&it, "main", "of the base's backport", &[&of_base.to_string()]);
    fixes(&it, "v1.0", "of the base's backport by its id", &[&own.to_string()]);
    news(9);
    // Of what nobody has, and in words that are no trailer.
    let other = it.main("other").to_string();
    fixes(&it, "main", "of another", &[&other]);
    it.main(&format!("words\n\nThis surely Fixes: {one}"));
    it.main("Revert \"other\"");
    it.main("Revert \"never there\"");
    // Reverts: by id, by title, by number, of a revert, of what stood twice, of the base.
    it.main(&format!("Revert \"one\"\n\nThis reverts commit {one}."));
    it.main("Revert \"two\" (#12)");
    it.main("Reapply \"two\" (#13)");
    it.main("Revert \"two (#2)\" (#14)");
    let first = it.main(&format!("Revert \"four\"\n\nThis reverts commit {four}."));
    it.main(&format!("Revert \"Revert \"four\"\"\n\nThis reverts commit {first}."));
    it.main("Out with five (#15)\n\nReverts #5");
    it.main("six");
    it.main("Revert \"six\"");
    it.main("Revert \"six\"");
    it.main("Revert \"seven\"");
    it.main("Revert \"Revert \"seven\"\"");
    it.commit("v1.0", "Revert \"three\"");
    it.commit("v1.0", "Revert \"base: a\"");
    it.main("Revert \"Start\"");
    news(10);
    it.init_on("v1.0.1");
    let by_hand = read(&it, "v1.0.1");
    assert_eq!(reported(&it), by_hand);
    assert_eq!(by_hand.len(), wanted, "{by_hand:#?}");
}

/// One commit of a random history. Titles are few, so that they come again.
#[derive(Debug, Clone)]
enum Event {
    Plain(usize),
    Fixes(Index, usize),
    RevertsId(Index),
    /// Before the title stand so many `Revert`s, or `Reapply`.
    RevertsTitle(usize, usize),
    Reapplies(usize),
    /// On upstream's stable branch, of what stands there.
    StableReverts(usize),
    Stable(Index),
    Ours(Index),
}

fn event() -> impl Strategy<Value = Event> {
    let index = any::<Index>;
    prop_oneof![
        4 => (0..3_usize).prop_map(Event::Plain),
        2 => (index(), 7..41_usize).prop_map(|(at, digits)| Event::Fixes(at, digits)),
        2 => index().prop_map(Event::RevertsId),
        4 => (0..3_usize, 1..4_usize).prop_map(|(title, times)| Event::RevertsTitle(title, times)),
        1 => (0..3_usize).prop_map(Event::Reapplies),
        1 => (0..3_usize).prop_map(Event::StableReverts),
        2 => index().prop_map(Event::Stable),
        3 => index().prop_map(Event::Ours),
    ]
}

const TITLES: [&str; 3] = ["net: retry", "net: wait", "Start"];

/// What is backported is no revert: what a fork or a base takes back on purpose is another test's matter. And what does not stand is not
/// reverted by its id: there would be nothing to revert.
fn play(it: &Story, events: &[Event]) {
    let (mut all, mut plain) = (vec![it.early, it.fork.tip("main")], Vec::new());
    let mut played = Played::default();
    log(it, &["main"]).iter().for_each(|commit| drop(played.play(it, commit)));
    let mut main = |all: &mut Vec<Oid>, text: String| {
        let id = it.main(&text);
        played.play(it, &Logged { id: id.to_string(), text });
        all.push(id);
        all.retain(|id| played.stands(&id.to_string()));
        id
    };
    for (n, event) in events.iter().enumerate() {
        let quoted = |start: &str, times, title: &usize| {
            format!("{}{}{}", format!("{start} \"").repeat(times), TITLES[*title], "\"".repeat(times))
        };
        match event {
            Event::Plain(title) => plain.push(main(&mut all, TITLES[*title].to_owned())),
            Event::Fixes(of, digits) => {
                let of = &of.get(&all).to_string()[..*digits];
                plain.push(main(&mut all, format!("fix {n}\n\nFixes: {of} (\"x\")")));
            }
            Event::RevertsId(of) => {
                let text = format!("Out {n}\n\nThis reverts commit {}.", of.get(&all));
                main(&mut all, text);
            }
            Event::RevertsTitle(title, times) => drop(main(&mut all, quoted("Revert", *times, title))),
            Event::Reapplies(title) => drop(main(&mut all, quoted("Reapply", 1, title))),
            Event::StableReverts(title) => drop(it.commit("v1.0", &quoted("Revert", 1, title))),
            Event::Stable(of) if !plain.is_empty() => drop(it.backport("v1.0", *of.get(&plain))),
            Event::Ours(of) if !plain.is_empty() => drop(it.backport("ours", *of.get(&plain))),
            Event::Stable(_) | Event::Ours(_) => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn random_histories_are_read_as_by_hand(events in prop::collection::vec(event(), 1..20)) {
        let it = story();
        play(&it, &events);
        it.commit("ours", "our own");
        it.init_on("v1.0.0");
        let (found, by_hand) = (reported(&it), read(&it, "v1.0.0"));
        let history = || it.fork.git(&["log", "--format=%h %s; %b", "main", "v1.0", "ours"]);
        prop_assert_eq!(&found, &by_hand, "{:?}\n{}", found.symmetric_difference(&by_hand), history());
    }
}
