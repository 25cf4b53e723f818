//! Describes by name and lists that lag, change meanwhile, or lack something.

use super::*;

fn list(source: Option<&str>, marker: Option<&str>) -> Call {
    let (source, marker) = (source.map(text), marker.map(text));
    Call::Describe(DescribeSnapshots { source, marker, ..DescribeSnapshots::default() })
}

fn page(shown: &[Snapshot], marker: Option<&str>) -> Reply {
    Reply::Snapshots(Page { snapshots: shown.to_vec(), marker: marker.map(text) })
}

/// A snapshot that shows the member as well.
fn with(mut snapshot: Snapshot, member: Member, value: &str) -> Snapshot {
    snapshot.fields.set(member, value);
    snapshot
}

fn seen(belief: &mut Belief, shown: Snapshot, at: u64) -> Judgement {
    let name = shown.name.clone().unwrap_or_default();
    belief.observe(&event(Call::describe(&name), page(&[shown], None), (at, at)))
}

#[test]
fn a_list_that_others_change_is_read_some_times_before_it_lacks_a_snapshot() {
    let available = |name| snapshot(name, Status::Available);
    let mut belief = belief();
    let mut read = |last: &[Snapshot]| {
        belief.observe(&event(list(None, None), page(&[available("x-1")], Some("m")), (1, 1)));
        belief.observe(&event(list(None, Some("m")), page(last, None), (2, 2)))
    };
    let without = [available("x-2")];
    for time in 1..6 {
        let judgement = read(&without);
        assert_eq!((judgement.passing, contradicted(&judgement).len()), (true, 0), "{time}");
    }
    assert!(!read(&[available("cs-a")]).passing, "it was at the end of a page");
    let found: Vec<String> = (0..6).flat_map(|_| contradicted(&read(&without))).collect();
    assert_eq!(found, ["describe.list.complete: `cs-a` on one of 2 pages"]);
}

#[test]
fn a_list_may_end_with_an_empty_page_time_and_again_where_pages_are_of_different_age() {
    let told = |reads_lag: bool| {
        let mut belief = belief();
        if reads_lag {
            belief.know_lag();
        }
        let mut read = || {
            belief.observe(&event(list(None, None), page(&[snapshot("cs-a", Status::Available)], Some("m")), (1, 1)));
            contradicted(&belief.observe(&event(list(None, Some("m")), page(&[], None), (2, 2)))).len()
        };
        [read(), read(), read()]
    };
    assert_eq!(told(false), [0, 0, 1], "what is on it may be gone meanwhile, but not each time");
    assert_eq!(told(true), [0, 0, 0]);
}

#[test]
fn what_a_list_lacks_is_looked_for_in_one_without_filters() {
    let manual = || with(snapshot("cs-a", Status::Available), Member::SnapshotSource, "manual");
    let told = |all: &[Snapshot]| {
        let mut belief = belief();
        seen(&mut belief, manual(), 1);
        let lacking = event(list(Some("user"), None), page(&[], None), (2, 2));
        let beside = belief.list_beside(&lacking.step, &lacking.outcome, lacking.interval.returned);
        let Some(beside) = beside else { return vec!["no list is asked for".to_owned()] };
        belief.observe(&event(Call::Describe(beside), page(all, None), (3, 3)));
        let judgement = belief.observe(&lacking);
        contradicted(&judgement)
    };
    assert_eq!(told(&[manual()]), ["describe.source.user: `cs-a` in the list"]);
    assert_eq!(told(&[]), ["describe.list.complete: `cs-a` in the list"], "no list shows it");

    let mut belief = belief();
    seen(&mut belief, manual(), 1);
    let whole = event(list(Some("user"), None), page(&[manual()], None), (2, 2));
    assert_eq!(belief.list_beside(&whole.step, &whole.outcome, whole.interval.returned), None, "nothing is missing");
    let more = event(list(Some("user"), None), page(&[], Some("m")), (2, 2));
    assert_eq!(belief.list_beside(&more.step, &more.outcome, more.interval.returned), None, "there is more to come");
}

#[test]
fn of_an_owner_that_is_gone_a_list_may_show_all_or_nothing() {
    let of_group = |name, group: &str| {
        Call::Describe(DescribeSnapshots { name, group: Some(text(group)), ..DescribeSnapshots::default() })
    };
    let shown = |name| with(snapshot(name, Status::Available), Member::ReplicationGroupId, "cs-g");
    let told = |is_gone: bool, call: Call, rows: &[Snapshot]| {
        let mut belief = belief();
        copied(&mut belief, "cs-b");
        seen(&mut belief, shown("cs-a"), 2);
        seen(&mut belief, shown("cs-b"), 2);
        if is_gone {
            belief.lose_owner(&owner(OwnerKind::Group));
        }
        let asked = event(call, page(rows, None), (9, 9));
        let beside = belief.list_beside(&asked.step, &asked.outcome, asked.interval.returned);
        (contradicted(&belief.observe(&asked)).concat(), beside.is_some())
    };
    let (all, one) = ([shown("cs-a"), shown("cs-b")], [shown("cs-b")]);
    let lacks = |said: &str| (said.to_owned(), true);
    let is_right = (String::new(), false);
    assert_eq!(told(true, of_group(None, "cs-g"), &[]), is_right);
    assert_eq!(told(true, of_group(None, "cs-g"), &all), is_right);
    assert_eq!(told(true, of_group(None, "cs-g"), &one), lacks("describe.list.complete: `cs-a` in the list"));
    assert_eq!(told(true, of_group(named("cs-a"), "cs-g"), &[]), is_right);
    for of_another_case in ["cs-g", "CS-G"] {
        let said = lacks("describe.list.complete: `cs-a` in the list");
        assert_eq!(told(false, of_group(None, of_another_case), &[]), said);
    }
    let withheld = "describe.group.filter: `cs-a`, which the filter lets through".to_owned();
    assert_eq!(told(false, of_group(named("cs-a"), "cs-g"), &[]), (withheld, false));
}

#[test]
fn what_was_copied_early_may_be_shown_as_being_made_where_reads_are_known_to_lag() {
    let told = |reads_lag: bool, again: u64| {
        let mut belief = belief();
        if reads_lag {
            belief.know_lag();
        }
        copied(&mut belief, "cs-b");
        copied_from(&mut belief, "cs-b", "cs-c");
        [3, again].map(|at| contradicted(&seen(&mut belief, snapshot("cs-b", Status::Creating), at)).concat())
    };
    let early = "copy.source.creating: `cs-b` available or copying or failed";
    assert_eq!(told(false, 4), [early, ""]);
    assert_eq!(told(true, 4), ["", ""]);
    assert_eq!(told(true, 6), ["", early], "nothing lags for so long");
}

#[test]
fn a_copy_that_is_copying_first_may_be_copied_and_be_creating_then() {
    let told = |reply: Status, last: u64| {
        let mut belief = belief();
        let call = Call::Copy(CopySnapshot { source: named("cs-a"), target: named("cs-b"), ..CopySnapshot::default() });
        belief.observe(&event(call, Reply::Snapshot(snapshot("cs-b", reply).into()), (1, 1)));
        copied_from(&mut belief, "cs-b", "cs-c");
        let mut found = contradicted(&seen(&mut belief, snapshot("cs-b", Status::Creating), 2));
        copied_from(&mut belief, "cs-b", "cs-d");
        found.extend(contradicted(&seen(&mut belief, snapshot("cs-b", Status::Creating), last)));
        found
    };
    let early = "copy.source.creating: `cs-b` available or copying or failed";
    assert_eq!(told(Status::Copying, 3), [early], "it was `creating` before the second copy of it");
    assert_eq!(told(Status::Creating, 2), [early], "it was `creating` before the first");
}

#[test]
fn of_a_name_that_is_used_again_the_one_before_may_be_shown_as_it_was_made() {
    let old = |status| with(snapshot("cs-b", status), Member::EngineVersion, "6.2");
    let new = |status| with(snapshot("cs-b", status), Member::EngineVersion, "7.1");
    let told = |again: u64| {
        let mut belief = belief();
        copied(&mut belief, "cs-b");
        seen(&mut belief, old(Status::Available), 2);
        deleted(&mut belief, "cs-b");
        belief.observe(&event(Call::describe(&text("cs-b")), page(&[], None), (2, 2)));
        copied(&mut belief, "cs-b");
        let mut found = contradicted(&seen(&mut belief, new(Status::Creating), 3));
        found.extend(contradicted(&seen(&mut belief, old(Status::Creating), again)));
        found
    };
    assert_eq!(told(4), [""; 0]);
    assert_eq!(told(8), ["snapshot.constant: EngineVersion 7.1"], "nothing lags for so long");
}

#[test]
fn how_the_one_before_ended_says_nothing_of_one_that_is_made_under_its_name_at_once() {
    let shown = |status| with(snapshot("cs-b", status), Member::EngineVersion, "7.1");
    // (as the one before was, as the new one is, when that is shown, what is said)
    let early = "snapshot.persists: `cs-b` available";
    for (old, new, at, said) in [
        (Status::Available, Status::Failed, 4, ""),
        (Status::Failed, Status::Available, 4, ""),
        (Status::Available, Status::Failed, 90, early),
    ] {
        let mut belief = belief();
        copied(&mut belief, "cs-b");
        seen(&mut belief, shown(old.clone()), 2);
        deleted(&mut belief, "cs-b");
        belief.observe(&event(Call::describe(&text("cs-b")), page(&[], None), (2, 2)));
        copied(&mut belief, "cs-b");
        // From a replica that is late.
        let mut found = contradicted(&seen(&mut belief, shown(old.clone()), 3));
        found.extend(contradicted(&seen(&mut belief, shown(new.clone()), at)));
        assert_eq!(found.concat(), said, "{old:?}, {new:?} at {at}");
    }
}

#[test]
fn one_that_was_deleted_when_it_may_have_been_the_one_before_that_was_shown_may_have_failed() {
    let shown = |status, version| with(snapshot("cs-b", status), Member::EngineVersion, version);
    // (the version that a describe shows available, when the failed one is shown, what is said)
    let gone = "delete.gone: `cs-b` absent or deleting";
    for (version, at, said) in [("7.1", 4, ""), ("6.2", 4, gone), ("7.1", 90, gone)] {
        let mut belief = belief();
        copied(&mut belief, "cs-b");
        seen(&mut belief, shown(Status::Available, "7.1"), 2);
        deleted(&mut belief, "cs-b");
        belief.observe(&event(Call::describe(&text("cs-b")), page(&[], None), (2, 2)));
        copied(&mut belief, "cs-b");
        seen(&mut belief, shown(Status::Available, version), 3);
        deleted(&mut belief, "cs-b");
        let found = contradicted(&seen(&mut belief, shown(Status::Failed, version), at));
        assert_eq!(found.concat(), said, "{version} at {at}");
    }
}

#[test]
fn a_name_is_not_missed_before_the_last_of_its_pages() {
    let named = |marker: Option<&str>| {
        let marker = marker.map(text);
        Call::Describe(DescribeSnapshots { name: Some(text("cs-a")), marker, ..DescribeSnapshots::default() })
    };
    let mut belief = belief();
    let first = belief.observe(&event(named(None), page(&[], Some("m")), (1, 1)));
    assert_eq!((first.passing, contradicted(&first).len()), (true, 0));
    let stray = belief.observe(&event(named(Some("n")), page(&[], None), (2, 2)));
    assert!(contradicted(&stray).is_empty(), "that marker was never given");
    let last = belief.observe(&event(named(Some("m")), page(&[], None), (3, 3)));
    assert_eq!(contradicted(&last), ["snapshot.persists: `cs-a` available"]);
}

#[test]
fn a_list_may_lose_its_place_some_times_and_not_for_good() {
    let fault = |code| Outcome::Fault(Fault { code, message: text("") });
    let invalid = || fault(FaultCode::InvalidParameterValue);
    let mut belief = belief();
    let mut begun = || {
        belief.observe(&event(list(None, None), page(&[snapshot("cs-a", Status::Available)], Some("m")), (1, 1)));
        let judgement = belief.observe(&answered(list(None, Some("m")), invalid(), (2, 2)));
        (judgement.passing, contradicted(&judgement).len())
    };
    for time in 1..=4 {
        assert_eq!(begun(), (true, 0), "{time}");
    }
    assert_eq!(begun(), (false, 1));
    let refused = |call: Call, outcome: Outcome| {
        let mut belief = super::belief();
        belief.observe(&event(list(None, None), page(&[snapshot("cs-a", Status::Available)], Some("m")), (1, 1)));
        contradicted(&belief.observe(&answered(call, outcome, (2, 2)))).len()
    };
    assert_eq!(refused(list(None, None), invalid()), 1, "it has no place to lose");
    assert_eq!(refused(list(None, Some("m")), fault(FaultCode::SnapshotNotFound)), 1);
    let (name, marker) = (named("cs-a"), named("m"));
    let by_name = Call::Describe(DescribeSnapshots { name, marker, ..DescribeSnapshots::default() });
    assert_eq!(refused(by_name, invalid()), 1);
}

#[test]
fn a_list_of_automatic_snapshots_that_is_empty_withholds_the_manual_ones() {
    let told = |source: &str, list: Call, reply: Reply| {
        let mut belief = belief();
        seen(&mut belief, with(snapshot("cs-a", Status::Available), Member::SnapshotSource, source), 1);
        let judgement = belief.observe(&event(list, reply, (2, 2)));
        judgement.marks().any(|(clause, ..)| clause == crate::spec::id::DESCRIBE_SOURCE_SYSTEM)
    };
    let empty = || page(&[], None);
    assert!(told("manual", list(Some("system"), None), empty()));
    assert!(!told("manual", list(Some("user"), None), empty()));
    assert!(!told("manual", list(Some("system"), Some("m")), empty()), "it is the rest of a list");
    let (name, source) = (named("cs-a"), named("system"));
    let by_name = Call::Describe(DescribeSnapshots { name, source, ..DescribeSnapshots::default() });
    assert!(!told("manual", by_name, empty()), "that is about the two together");
}
