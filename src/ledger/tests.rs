use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::service::text;

const START: &str = "2026-11-22T10:00:00Z";

/// A ledger's place in a folder that no other test has, removed in the end.
struct Place(PathBuf);

impl std::ops::Deref for Place {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.0.parent().unwrap());
    }
}

fn fresh() -> Place {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("copysnap-ledger-{}-{number}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    Place(folder.join("ledger.jsonl"))
}

fn moment(at: &str) -> Timestamp {
    at.parse().unwrap()
}

fn open(path: &Path, at: &str, synced: bool) -> Ledger {
    Ledger::open(path, synced, &RunId::new(moment(at), 7), moment(at)).unwrap()
}

fn snapshot(name: &str) -> Resource {
    Resource {
        kind: ResourceKind::Snapshot,
        name: text(name),
        region: text("us-east-1"),
        account: None,
        endpoint: text("http://127.0.0.1:1"),
    }
}

fn names(resources: &[Resource]) -> Vec<&str> {
    resources.iter().map(|resource| &*resource.name).collect()
}

#[test]
fn what_is_open_comes_newest_first() {
    let path = fresh();
    let ledger = open(&path, START, true);
    for name in ["a", "b", "c"] {
        ledger.intend(snapshot(name)).unwrap();
    }
    ledger.gone(&snapshot("b")).unwrap();
    assert_eq!(names(&ledger.open_resources()), ["c", "a"]);
    ledger.intend(snapshot("b")).unwrap();
    ledger.intend(snapshot("a")).unwrap();
    assert_eq!(names(&ledger.open_resources()), ["a", "b", "c"]);
    drop(ledger);
    assert_eq!(names(&Ledger::read(&path).unwrap().open_resources()), ["a", "b", "c"]);
}

#[test]
fn an_intent_is_on_the_file_before_it_returns() {
    let path = fresh();
    let ledger = open(&path, START, false);
    ledger.intend(snapshot("a")).unwrap();
    let expected = "{\"event\":\"run\",\"schema\":1,\"run\":\"toss00700\",\"started\":\"2026-11-22T10:00:00Z\"}\n\
        {\"event\":\"intend\",\"kind\":\"snapshot\",\"name\":\"a\",\"region\":\"us-east-1\",\"endpoint\":\"http://127.0.0.1:1\"}\n";
    let run = RunId::new(moment(START), 7).to_string();
    assert_eq!(std::fs::read_to_string(&*path).unwrap(), expected.replace("toss00700", &run));
}

#[test]
fn a_killed_run_is_swept_by_its_age() {
    let path = fresh();
    open(&path, "2026-11-20T10:00:00Z", false).intend(snapshot("old")).unwrap();
    let ledger = open(&path, START, false);
    ledger.intend(snapshot("new")).unwrap();
    assert_eq!(names(&ledger.open_resources()), ["new"]);
    assert_eq!(names(&ledger.inherited()), ["old"]);
    let past = Ledger::read(&path).unwrap();
    assert!(past.in_use());
    assert_eq!(names(&past.open_resources()), ["new", "old"]);
    assert_eq!(names(&past.older_than(moment("2026-11-21T00:00:00Z"))), ["old"]);
    ledger.gone(&snapshot("old")).unwrap();
    drop(ledger);
    let past = Ledger::read(&path).unwrap();
    assert_eq!((names(&past.open_resources()), past.in_use()), (vec!["new"], false));
}

#[test]
fn a_ledger_of_nothing_left_begins_anew() {
    let path = fresh();
    let ledger = open(&path, START, false);
    ledger.intend(snapshot("a")).unwrap();
    ledger.gone(&snapshot("a")).unwrap();
    drop(ledger);
    drop(open(&path, START, false));
    assert_eq!(std::fs::read_to_string(&*path).unwrap().lines().count(), 1);
}

#[test]
fn two_runs_never_write_the_same_ledger() {
    let path = fresh();
    let _first = open(&path, START, false);
    let error = Ledger::open(&path, false, &RunId::new(moment(START), 8), moment(START)).unwrap_err();
    assert!(matches!(error, LedgerError::InUse { .. }) && error.hint().unwrap().contains("--out"));
}

#[test]
fn a_last_line_that_was_cut_is_told_and_forgotten() {
    let path = fresh();
    open(&path, START, false).intend(snapshot("a")).unwrap();
    let mut file = OpenOptions::new().append(true).open(&*path).unwrap();
    file.write_all(b"{\"event\":\"intend\",\"kind\":\"snapshot\",\"name\":\"\xc3").unwrap();
    assert_eq!(Ledger::read(&path).unwrap().cut_line(), Some(3));
    let ledger = open(&path, START, false);
    assert_eq!(ledger.cut_line(), Some(3));
    ledger.intend(snapshot("b")).unwrap();
    drop(ledger);
    let past = Ledger::read(&path).unwrap();
    assert_eq!((names(&past.open_resources()), past.cut_line()), (vec!["b", "a"], None));
}

#[test]
fn a_malformed_line_is_an_error_with_its_number() {
    let run = format!("{{\"event\":\"run\",\"schema\":1,\"run\":\"x\",\"started\":\"{START}\"}}\n");
    for (text, line, what) in [
        (format!("{run}nonsense\n"), 2, "no line of a ledger: expected ident"),
        (format!("{run}{{\"event\":\"made\"}}\n"), 2, "no line of a ledger: unknown variant `made`"),
        (run.replace(":1,", ":2,"), 1, "schema 2 of ledgers is not known, only 1 is"),
        (run.replace("2026", "x"), 1, "`x-11-22T10:00:00Z` is no moment"),
        (line::intend(&snapshot("a")), 1, "a resource before the line that begins a run"),
    ] {
        let path = fresh();
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&*path, &text).unwrap();
        let said = Ledger::read(&path).unwrap_err().to_string();
        assert!(said.starts_with(&format!("{}:{line}: {what}", path.display())), "{said}");
        assert!(Ledger::open(&path, false, &RunId::new(moment(START), 0), moment(START)).is_err());
        assert_eq!(std::fs::read_to_string(&*path).unwrap(), text, "a ledger that is not understood stays as it is");
    }
}

#[test]
fn lanes_write_whole_lines() {
    let path = fresh();
    let ledger = open(&path, START, false);
    std::thread::scope(|scope| {
        for lane in 0..8 {
            let ledger = &ledger;
            scope.spawn(move || {
                for number in 0..100 {
                    let resource = snapshot(&format!("cs-{lane}-{number}"));
                    ledger.intend(resource.clone()).unwrap();
                    if number % 2 == 0 {
                        ledger.gone(&resource).unwrap();
                    }
                }
            });
        }
    });
    assert_eq!(ledger.open_resources().len(), 400);
    drop(ledger);
    assert_eq!(Ledger::read(&path).unwrap().open_resources().len(), 400);
}

#[test]
fn a_name_of_ours_tells_its_age() {
    for random in [0, 1, 1295, u16::MAX] {
        let run = RunId::new(moment(START), random);
        let name = run.name(12, "base").unwrap();
        assert_eq!(name, format!("{}base", run.prefix(12)));
        assert_eq!(RunId::of_name(&name), Some(moment(START)));
        assert_eq!(RunId::of_name(&name.to_uppercase()), Some(moment(START)));
        assert_eq!(RunId::of_name(&format!("{name}{}", "--odd".repeat(60))), Some(moment(START)));
    }
    assert!(RunId::new(moment(START), 0).to_string().starts_with('t'));
    assert_ne!(RunId::new(moment(START), 1), RunId::new(moment(START), 2));
}

#[test]
fn a_name_of_others_is_never_taken_for_ours() {
    let ours = RunId::new(moment(START), 7).name(1, "a").unwrap();
    let other = if ours.get(10..11) == Some("0") { "1" } else { "0" };
    let bent = format!("{}{other}{}", &ours[..10], &ours[11..]);
    let old = RunId::new(moment("2020-01-01T00:00:00Z"), 7).name(1, "a").unwrap();
    for name in [
        "",
        "cs",
        "production",
        "csteam0123-db",
        "csteam0123-1-db",
        "cs-1-a",
        &ours[2..],
        &ours[..11],
        &ours[..14],
        &bent,
        &old,
        "csé0000000-1-a",
    ] {
        assert_eq!(RunId::of_name(name), None, "{name}");
    }
}

#[test]
fn only_names_that_the_service_takes_are_made() {
    let run = RunId::new(moment(START), 7);
    for alias in ["", "A", "a--b", "-a", "a-", "a_b", &"a".repeat(27)] {
        assert_eq!(run.name(1, alias), None, "{alias}");
    }
    assert_eq!(run.name(1, &"a".repeat(26)).unwrap().len(), 40);
}
