use super::*;
use crate::record::{CaseRecord, ClauseVerdict, EvidenceRecord, InputRecord, StepRecord};

fn log(part: usize, body: Vec<Record>, footer: Option<Footer>) -> (PathBuf, Vec<Record>) {
    let mut header =
        Header { run: format!("run{part}"), started: format!("2026-11-26T08:0{part}:00Z"), ..Header::default() };
    header.options.shard = Some(format!("{part}/2"));
    let records = std::iter::once(Record::Header(header)).chain(body).chain(footer.map(Record::Footer));
    (PathBuf::from(format!("{part}.jsonl")), records.collect())
}

fn ended(requests: usize) -> Option<Footer> {
    Some(Footer { complete: true, reached: true, requests, elapsed_s: 10.0, ..Footer::default() })
}

fn case(number: usize, path: &str, state: CaseState) -> Record {
    let clauses = Vec::new();
    Record::Case(CaseRecord { case: number, path: path.to_owned(), prefix: format!("-{number}-"), clauses, state })
}

fn settles(number: usize, verdict: &str, expected: Option<&str>) -> Record {
    let evidence = expected.map(|it| EvidenceRecord { expected: it.to_owned(), ..EvidenceRecord::default() });
    let clause = id::COPY_SETTLES.name().to_owned();
    let said = ClauseVerdict { clause, verdict: verdict.to_owned(), evidence };
    Record::Verdict(VerdictRecord { case: number, lives: true, clauses: vec![said], ..VerdictRecord::default() })
}

fn of(logs: Vec<(PathBuf, Vec<Record>)>) -> Merged {
    merge(logs, &[], Path::new("out")).unwrap_or_default()
}

fn footer(merged: &Merged) -> Footer {
    match merged.records.last() {
        Some(Record::Footer(footer)) => footer.clone(),
        _ => Footer::default(),
    }
}

#[test]
fn each_case_has_a_number_of_its_own() {
    let step = |case| Record::Step(StepRecord { case, ..StepRecord::default() });
    let one = log(1, vec![case(0, "a", CaseState::Runs), step(0), case(3, "b", CaseState::Runs), step(3)], ended(4));
    let skipped = CaseState::NotRun { reason: String::new() };
    let two = log(2, vec![case(usize::MAX, "d", skipped), case(0, "c", CaseState::Runs), step(0)], ended(5));
    let merged = of(vec![two, one]);
    let numbers: Vec<usize> = merged
        .records
        .iter()
        .filter_map(|record| match record {
            Record::Step(step) => Some(step.case),
            _ => None,
        })
        .collect();
    assert_eq!(numbers, [0, 3, 4]);
    assert!(merged.records.contains(&case(usize::MAX, "d", CaseState::NotRun { reason: String::new() })));
    let footer = footer(&merged);
    assert!(footer.complete && footer.reached, "{footer:?}");
    // From the start of the first to the end of the second, a minute later.
    assert_eq!((footer.requests, footer.elapsed_s), (9, 70.0));
    let Some(Record::Header(header)) = merged.records.first() else { return assert_eq!(merged.records, []) };
    assert_eq!((header.run.as_str(), header.options.shard.as_deref()), ("run1 run2", None));
}

#[test]
fn what_is_missing_or_cut_short_is_said() {
    let broken = Footer { failure: "no disk".to_owned(), reached: true, ..Footer::default() };
    for (logs, lacks) in [
        (vec![log(2, Vec::new(), ended(1))], vec!["shard 1/2 is missing"]),
        (
            vec![log(1, Vec::new(), ended(1)), log(2, Vec::new(), None)],
            vec!["shard 2/2 was cut short: its log has no footer"],
        ),
        (
            vec![log(1, Vec::new(), Some(broken)), log(2, Vec::new(), ended(1))],
            vec!["shard 1/2 did not come to its end"],
        ),
        (vec![log(1, Vec::new(), ended(1)), log(2, Vec::new(), ended(1))], vec![]),
    ] {
        let merged = of(logs);
        assert_eq!(merged.lacks, lacks);
        assert_eq!(footer(&merged).complete, lacks.is_empty());
    }
}

#[test]
fn that_all_copies_of_a_shard_failed_is_said_where_no_other_became_available() {
    let failed = || log(1, vec![case(0, "a", CaseState::Runs), settles(0, "fail", Some(ONE_AVAILABLE))], ended(1));
    let said = |verdict: &str| {
        let other = log(2, vec![case(0, "b", CaseState::Runs), settles(0, verdict, None)], ended(1));
        of(vec![failed(), other]).records.contains(&settles(0, "fail", Some(ONE_AVAILABLE)))
    };
    assert!(said("inconclusive"));
    assert!(!said("pass"));
}

#[test]
fn what_sequences_found_lies_beside_the_merged_log() {
    let input = |path: &str| Record::Input(InputRecord { path: path.to_owned(), text: "steps".to_owned() });
    let file = "target/latest/found/copy.succeeds-1.toml";
    let body = || vec![case(0, file, CaseState::Tried), input(file), case(1, "a", CaseState::Runs), input("a")];
    let merged = of(vec![log(1, body(), ended(1)), log(2, body(), ended(1))]);
    let places = [1, 2].map(|part| format!("out/shard-{part}/found/copy.succeeds-1.toml"));
    let files: Vec<(PathBuf, String)> = places.iter().map(|place| (PathBuf::from(place), "steps".to_owned())).collect();
    assert_eq!(merged.files, files);
    assert!(places.iter().all(|place| merged.records.contains(&input(place))));
    assert!(merged.records.contains(&input("a")));
}
