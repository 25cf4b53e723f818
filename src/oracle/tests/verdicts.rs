//! What becomes of the rulings of a case.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop where it stands")]

use super::*;
use crate::spec::{Catalogue, ClauseId, id};

/// The verdict on the one clause of a ruling, after others by which the target shows that it lives where it is to.
fn told(lives: bool, call: Call, outcome: Outcome, ruling: (ClauseId, Mark, Needs), others: &[Call]) -> Verdict {
    let mut trace = Vec::new();
    if lives {
        let mut alive = Judgement::default();
        [id::COPY_VISIBLE, id::DESCRIBE_NO_GHOSTS, id::DELETE_GONE].into_iter().for_each(|clause| alive.pass(clause));
        trace.push((event(Call::describe(&text("cs-a")), Reply::Snapshots(Page::default()), (1, 1)), alive));
    }
    for call in others {
        let done = Judgement { succeeded: true, ..Judgement::default() };
        trace.push((event(call.clone(), Reply::Bare, (1, 1)), done));
    }
    let (clause, mark, needs) = ruling;
    let mut judgement = Judgement::default();
    judgement.mark(clause, mark, needs);
    trace.push((answered(call, outcome, (2, 2)), judgement));
    CaseVerdicts::of(Catalogue::embedded().unwrap(), &trace, &[]).clauses[&clause].0
}

fn fault(code: FaultCode) -> Outcome {
    Outcome::Fault(Fault { code, message: text("") })
}

fn export() -> Call {
    let bucket = named("cs-bucket");
    Call::Copy(CopySnapshot { source: named("cs-a"), target: named("cs-b"), bucket, ..CopySnapshot::default() })
}

#[test]
fn what_was_seen_kept_beats_what_could_not_be_seen_and_a_contradiction_beats_all() {
    use Verdict::{Fail, Inconclusive, KnownFail, NonStrict, NotApplicable, NotRun, Pass, Unsupported, Warn};
    for (one, other, both) in [
        (Pass, NonStrict, NonStrict),
        (Pass, NotApplicable, Pass),
        (Pass, NotRun, Pass),
        (NonStrict, Unsupported, NonStrict),
        (Pass, Inconclusive, Pass),
        (Pass, KnownFail, KnownFail),
        (NonStrict, Warn, Warn),
        (Pass, Fail, Fail),
        (Inconclusive, Fail, Fail),
        (NotRun, Inconclusive, Inconclusive),
    ] {
        assert_eq!([one.join(other), other.join(one)], [both; 2], "{one:?} {other:?}");
    }
}

#[test]
fn nothing_passes_without_proof_of_life() {
    let rule = |lives, mark| {
        let ruling = (id::COPY_SUCCEEDS, mark, Needs::Life);
        told(lives, copy("cs-b"), Outcome::Reply(Reply::Bare), ruling, &[])
    };
    for (mark, alive, dead) in [
        (Mark::Pass, Verdict::Pass, Verdict::PreconditionFailed),
        (Mark::NonStrict, Verdict::NonStrict, Verdict::PreconditionFailed),
        (Mark::Inconclusive("why"), Verdict::Inconclusive, Verdict::Inconclusive),
    ] {
        assert_eq!([rule(true, mark.clone()), rule(false, mark)], [alive, dead]);
    }
    let bare = |clauses: &[ClauseId], elsewhere| {
        let mut judgement = Judgement::default();
        clauses.iter().for_each(|clause| judgement.pass(*clause));
        let trace = [(event(copy("cs-b"), Reply::Bare, (1, 1)), judgement)];
        let of = CaseVerdicts::of_run(Catalogue::embedded().unwrap(), &trace, &[], elsewhere);
        (of.lives, of.lives_elsewhere)
    };
    let whole = [id::CREATE_VISIBLE, id::DESCRIBE_NO_GHOSTS, id::DELETE_GONE];
    assert_eq!(bare(&whole, false), (true, false));
    assert_eq!(bare(&whole, true), (true, false), "it is seen here");
    for lacking in 0..whole.len() {
        let some: Vec<ClauseId> =
            whole.iter().enumerate().filter(|(at, _)| *at != lacking).map(|(_, id)| *id).collect();
        assert_eq!(bare(&some, false), (false, false));
        assert_eq!(bare(&some, true), (true, true));
    }
}

#[test]
fn a_refusal_passes_only_where_its_request_succeeds_without_its_fault() {
    let unknown = || fault(FaultCode::SnapshotNotFound);
    let refusal = || (id::COPY_SOURCE_UNKNOWN, Mark::Pass, Needs::Twin);
    let delete = Call::Delete { name: named("cs-a") };
    assert_eq!(told(true, copy("cs-b"), unknown(), refusal(), &[copy("cs-c")]), Verdict::Pass);
    for other in [delete.clone(), export()] {
        assert_eq!(told(true, copy("cs-b"), unknown(), refusal(), &[other]), Verdict::PreconditionFailed);
    }
    let full = || fault(FaultCode::ClusterQuotaForCustomerExceeded);
    assert_eq!(told(true, copy("cs-b"), full(), refusal(), &[]), Verdict::NotRun, "there is no room for it");
    assert_eq!(told(true, copy("cs-b"), full(), refusal(), &[copy("cs-c")]), Verdict::Pass);
    // What a look says of a refused export is about an export.
    let look = Call::describe(&text("cs-b"));
    let kept = || (id::EXPORT_REFUSAL_NO_EFFECT, Mark::Pass, Needs::Twin);
    let shown = || Outcome::Reply(Reply::Snapshots(Page::default()));
    assert_eq!(told(true, look.clone(), shown(), kept(), &[export()]), Verdict::Pass);
    assert_eq!(told(true, look.clone(), shown(), kept(), &[copy("cs-c"), look]), Verdict::PreconditionFailed);
    let trace = [(answered(copy("cs-b"), unknown(), (1, 1)), {
        let mut judgement = Judgement::default();
        judgement.mark(id::COPY_SOURCE_UNKNOWN, Mark::Pass, Needs::Twin);
        judgement
    })];
    let known = [Deed::of(&copy("cs-c"))];
    let of = CaseVerdicts::of_run(Catalogue::embedded().unwrap(), &trace, &known, true);
    assert_eq!(of.clauses[&id::COPY_SOURCE_UNKNOWN].0, Verdict::Pass, "it is known from elsewhere to succeed");
    assert_eq!(of.twins, known);
}

#[test]
fn what_a_contradiction_amounts_to_is_for_the_clause_to_say() {
    let mut wrong = Judgement::default();
    wrong.contradict(id::COPY_SUCCEEDS, Reason::Wrong, "this", "that");
    wrong.contradict(id::COPY_SUCCEEDS, Reason::Wrong, "more", "less");
    wrong.contradict(id::FRONT_ROUTED, Reason::Unexpected, "this", "that");
    wrong.contradict(id::OVERLAP_LINEARIZABLE, Reason::Wrong, "this", "that");
    let trace = [
        (event(copy("cs-b"), Reply::Bare, (1, 1)), Judgement::default()),
        (event(copy("cs-b"), Reply::Bare, (1, 1)), wrong),
    ];
    let of = CaseVerdicts::of(Catalogue::embedded().unwrap(), &trace, &[]);
    let verdict = |clause| of.clauses[&clause].0;
    assert_eq!(verdict(id::COPY_SUCCEEDS), Verdict::Fail);
    assert_eq!(verdict(id::FRONT_ROUTED), Verdict::Misrouted);
    assert_eq!(verdict(id::OVERLAP_LINEARIZABLE), Verdict::Warn);
    let evidence = of.clauses[&id::COPY_SUCCEEDS].1.as_ref().unwrap();
    assert_eq!((evidence.event, &*evidence.contradiction.expected), (1, "this"), "the first is told");
}

#[test]
fn who_asks_but_for_contradictions_gets_no_more() {
    let mut all = Judgement::default();
    let mut brief = Judgement::brief();
    for judgement in [&mut all, &mut brief] {
        judgement.pass(id::COPY_SUCCEEDS);
        judgement.mark(id::COPY_VISIBLE, Mark::Inconclusive("why"), Needs::Life);
        judgement.contradict(id::COPY_SETTLES, Reason::Wrong, "this", "that");
    }
    assert_eq!([all.marks().count(), brief.marks().count()], [3, 1]);
    assert!(!all.only_passes());
}

#[test]
fn only_what_keeps_clauses_as_sources_say_is_sure_to_do_so_again() {
    let of = |marks: &[(Mark, Needs)]| {
        let mut judgement = Judgement::default();
        marks.iter().for_each(|(mark, needs)| judgement.mark(id::COPY_SUCCEEDS, mark.clone(), *needs));
        judgement
    };
    let pass = (Mark::Pass, Needs::Life);
    let odd = [(Mark::NonStrict, Needs::Life), (Mark::Pass, Needs::Twin)];
    let mut judgement = of(&[pass.clone(), odd[0].clone()]);
    let kept = judgement.only_kept(|judgement| judgement.pass(id::COPY_VISIBLE)).unwrap();
    assert_eq!(kept.iter().collect::<Vec<_>>(), [id::COPY_VISIBLE], "what was said before is no part of it");
    assert_eq!(judgement.kept, [id::COPY_SUCCEEDS, id::COPY_VISIBLE].into_iter().collect());
    for (mark, needs) in odd {
        assert!(judgement.only_kept(|judgement| judgement.mark(id::COPY_SETTLES, mark.clone(), needs)).is_none());
        assert!(of(&[(mark, needs), pass.clone()]).only_passes());
    }
    assert!(Judgement::brief().only_kept(|judgement| judgement.pass(id::COPY_VISIBLE)).is_none(), "it notes no passes");
    assert!(!of(&[(Mark::Inconclusive("why"), Needs::Life)]).only_passes());
}

#[test]
fn what_is_said_of_an_answer_is_taken_over_with_its_rulings() {
    let mut said =
        Judgement { passing: true, succeeded: true, refused: true, unanswered: true, ..Judgement::default() };
    said.pass(id::COPY_SUCCEEDS);
    let mut all = Judgement::default();
    all.pass(id::WIRE_RESULT);
    all.extend(said);
    assert_eq!([all.passing, all.succeeded, all.refused, all.unanswered], [true; 4]);
    assert_eq!(all.kept, [id::WIRE_RESULT, id::COPY_SUCCEEDS].into_iter().collect());
}

#[test]
fn a_lag_is_seen_where_the_describe_is_to_be_asked_again() {
    let mut lags = Judgement::default();
    assert!(!lags.shows_lag());
    lags.lags();
    assert!(lags.shows_lag() && lags.passing);
    let mut over = lags.clone();
    over.passing = false;
    assert!(!over.shows_lag());
    let busy = Judgement { passing: true, ..Judgement::default() };
    assert!(!busy.shows_lag(), "it is busy, and does not lag");
}

#[test]
fn every_verdict_and_every_reason_has_a_word_of_its_own() {
    let mut words: Vec<&str> = Verdict::ALL.iter().map(|verdict| verdict.word()).collect();
    assert!(Verdict::ALL.is_sorted(), "worst last");
    let json = |verdict: &Verdict| serde_json::to_value(verdict).unwrap();
    assert!(Verdict::ALL.iter().all(|verdict| json(verdict) == verdict.word()));
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), Verdict::ALL.len());
    let reasons = [Reason::Wrong, Reason::Missing, Reason::Malformed, Reason::Unexpected];
    assert_eq!(reasons.map(Reason::word), ["wrong", "missing", "malformed", "unexpected"]);
}
