//! What is said of calls that fit no order.

use super::*;

fn overlapping(calls: &[(Call, Outcome)]) -> Vec<Event> {
    let event = |(place, (call, outcome)): (usize, &(Call, Outcome))| {
        answered(call.clone(), outcome.clone(), (place as u64, 9))
    };
    calls.iter().enumerate().map(event).collect()
}

fn made(target: &str) -> (Call, Outcome) {
    (copy(target), Outcome::Reply(Reply::Snapshot(snapshot(target, Status::Creating).into())))
}

fn taken(target: &str) -> (Call, Outcome) {
    let fault = Fault { code: FaultCode::SnapshotAlreadyExists, message: text("") };
    (copy(target), Outcome::Fault(fault))
}

#[test]
fn a_conflict_tells_two_orders_and_how_many_more_there_are() {
    let failed = |order: [usize; 2]| Failed {
        order: order.to_vec(),
        at: order[1],
        clause: crate::spec::id::COPY_TARGET_TAKEN,
        reason: Reason::Wrong,
        expected: "this".to_owned(),
        observed: "that".to_owned(),
    };
    let told = |orders: usize, more: usize| {
        let orders = [[4, 7], [7, 4], [4, 7]].into_iter().take(orders).map(failed).collect();
        let clause = crate::spec::id::COPY_RACE_ONE_WINNER;
        Conflict { clause, calls: vec![4, 7], orders, more, is_race: true }
    };
    let first = "none: in the order 1 2, call 2 should be answered by this, not that";
    let second = "; in the order 2 1, call 1 should be answered by this, not that";
    assert_eq!(told(0, 0).observed(), "none");
    assert_eq!(told(1, 0).observed(), first);
    assert_eq!(told(2, 0).observed(), format!("{first}{second}"));
    assert_eq!(told(3, 0).observed(), format!("{first}{second}; and 1 more"));
    assert_eq!(told(3, 2).observed(), format!("{first}{second}; and 3 more"));
    assert_eq!(told(0, 0).expected(), "an order of these 2 calls in which each may be answered as it was");
    assert_eq!([4, 7, 5].map(|call| told(0, 0).number(call)), [1, 2, 0]);
    let found = |expected: String| Contradiction { reason: Reason::Wrong, expected, observed: String::new() };
    assert!(Conflict::is_told_by(&found(told(0, 0).expected())));
    assert!(!Conflict::is_told_by(&found("a reply (200)".to_owned())));
}

#[test]
fn calls_that_overlap_fit_where_one_may_have_been_first() {
    let fits = |calls: &[(Call, Outcome)]| Orders::default().fit(&belief(), &overlapping(calls));
    assert_eq!(fits(&[]), Some(true));
    assert_eq!(fits(&[made("cs-b"), taken("cs-b")]), Some(true));
    assert_eq!(fits(&[taken("cs-b"), made("cs-b")]), Some(true));
    assert_eq!(fits(&[made("cs-b"), made("cs-b")]), Some(false));
    assert_eq!(fits(&[made("cs-b"), made("cs-c")]), Some(true), "two copies of one source have it in common");
    assert_eq!(fits(&[made("cs-b"), made("cs-c"), taken("cs-d")]), Some(false));
}

#[test]
fn of_calls_that_overlap_none_is_said_to_lag() {
    let shown = |name: &str, status: Option<Status>| {
        let snapshots = status.map(|status| snapshot(name, status)).into_iter().collect();
        Reply::Snapshots(Page { snapshots, marker: None })
    };
    let deleted = Reply::Snapshot(snapshot("cs-a", Status::Deleting).into());
    let delete = event(Call::Delete { name: named("cs-a") }, deleted, (2, 3));
    let late = event(Call::describe(&text("cs-a")), shown("cs-a", Some(Status::Available)), (5, 9));
    let other = event(Call::describe(&text("cs-z")), shown("cs-z", None), (1, 9));
    let mut alone = belief();
    alone.observe(&delete);
    assert!(alone.observe(&late).shows_lag(), "it comes after the deletion in any order");
    let burst = Beliefs::from(belief()).observe_together(&[other, delete, late]);
    assert!(burst.conflicts.is_empty());
    assert!(burst.judgements.iter().all(|judgement| !judgement.shows_lag() && judgement.only_passes()));
}

#[test]
fn a_conflict_names_the_smallest_set_of_calls_by_their_places_in_the_trace() {
    let mut beliefs = Beliefs::from(belief());
    let other = |at| event(Call::describe(&text("cs-a")), Reply::Snapshots(Page::default()), (at, at));
    beliefs.observe(&other(0));
    let burst = beliefs.observe_together(&overlapping(&[made("cs-c"), made("cs-b"), taken("cs-d"), made("cs-b")]));
    let told: Vec<(&str, &[usize])> =
        burst.conflicts.iter().map(|conflict| (conflict.clause.name(), conflict.calls.as_slice())).collect();
    assert_eq!(told, [("copy.race.one-winner", [2, 4].as_slice())]);
    let held: Vec<Vec<String>> = burst.judgements.iter().map(contradicted).collect();
    assert_eq!(held.iter().map(Vec::len).collect::<Vec<_>>(), [0, 0, 1, 1], "the last of them says so");
    assert!(beliefs.is_suspect("cs-b") && !beliefs.is_suspect("cs-c"));
}

#[test]
fn what_is_seen_after_calls_that_overlapped_tells_which_was_first() {
    let tags = |value: &str| Reply::Tags(vec![crate::service::Tag { key: text("k"), value: text(value) }]);
    let add = |value: &str| {
        let tags = Some(vec![TagArg { key: Some(text("k")), value: Some(text(value)) }]);
        Call::AddTags { resource: named(ARN), tags }
    };
    let look = |value: &str, at| event(Call::ListTags { resource: named(ARN) }, tags(value), (at, at));
    let mut known = belief();
    known.observe(&event(Call::ListTags { resource: named(ARN) }, Reply::Tags(Vec::new()), (0, 0)));
    let told = |looks: &[&str]| {
        let mut beliefs = Beliefs::from(known.clone());
        let both = ["v", "w"].map(|value| (add(value), Outcome::Reply(tags(value))));
        let burst = beliefs.observe_together(&overlapping(&both));
        assert!(burst.conflicts.is_empty());
        let seen = looks.iter().zip(10..).map(|(value, at)| beliefs.observe(&look(value, at)));
        seen.map(|(judgement, _)| contradicted(&judgement).len()).collect::<Vec<_>>()
    };
    for value in ["v", "w"] {
        assert_eq!(told(&[value, value]), [0, 0]);
    }
    assert_eq!(told(&["w", "v"]), [0, 1]);
    assert_eq!(told(&["x"]), [1], "it was neither");
}

#[test]
fn the_quota_may_answer_any_call_of_those_that_reach_it_together() {
    let full = |target: &str| {
        let fault = Fault { code: FaultCode::SnapshotQuotaExceeded, message: text("") };
        (copy(target), Outcome::Fault(fault))
    };
    let told = |quota: usize| {
        let home = Home { quota, ..(*belief().home).clone() };
        let mut belief = Belief::new(home);
        belief.know_snapshot(&text("cs-a"));
        let mut beliefs = Beliefs::from(belief);
        let burst = beliefs.observe_together(&overlapping(&[full("cs-b"), made("cs-c"), made("cs-d")]));
        burst.judgements.iter().map(|judgement| contradicted(judgement).len()).sum::<usize>()
    };
    assert_eq!([1, 2, 3].map(told), [0, 0, 1], "two are made, and the third is refused");
}
