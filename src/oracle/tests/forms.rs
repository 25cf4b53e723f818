//! How answers are put on the wire, and who else may answer.

use super::*;
use crate::service::{Action, Kind, Malformed};
use crate::spec::{ClauseId, id};

const NAMESPACE: &str = "http://elasticache.amazonaws.com/doc/2015-02-02/";
const OLD_NAMESPACE: &str = "http://elasticache.amazonaws.com/doc/2013-06-15/";

/// The form of a right reply to a copy.
fn reply_form() -> Form {
    Form {
        status: 200,
        content_type: named("text/xml;charset=utf-8"),
        root: named("CopySnapshotResponse"),
        namespace: named(NAMESPACE),
        result: named("CopySnapshotResult"),
        request_id: named("one"),
        request_id_header: named("one"),
        error_type: None,
        malformed: Vec::new(),
    }
}

/// The form of a right fault.
fn fault_form() -> Form {
    Form { status: 404, root: named("ErrorResponse"), result: None, error_type: named("Sender"), ..reply_form() }
}

fn judged(step: Step, outcome: Outcome, form: Form) -> Judgement {
    let interval = Interval { called: Duration::from_secs(1), returned: Duration::from_secs(1) };
    belief().observe(&Event { role: Role::Given, step, outcome, form, interval })
}

/// The clauses about the wire that are contradicted.
fn wrong(judgement: &Judgement) -> Vec<&'static str> {
    let clauses = judgement.contradictions().map(|(clause, _)| clause.name());
    clauses.filter(|clause| clause.starts_with("wire.") || clause.starts_with("front.")).collect()
}

fn made() -> Outcome {
    Outcome::Reply(Reply::Snapshot(snapshot("cs-b", Status::Creating).into()))
}

fn fault(code: FaultCode, message: &str) -> Outcome {
    Outcome::Fault(Fault { code, message: text(message) })
}

#[test]
fn a_reply_is_right_in_all_its_parts() {
    let told = |change: &dyn Fn(&mut Form)| {
        let mut form = reply_form();
        change(&mut form);
        wrong(&judged(copy("cs-b").into(), made(), form))
    };
    assert_eq!(told(&|_| {}), [""; 0]);
    assert_eq!(told(&|form| form.status = 201), ["wire.status.ok"]);
    assert_eq!(told(&|form| form.root = named("CopyResponse")), ["wire.result"]);
    assert_eq!(told(&|form| form.result = None), ["wire.result"]);
    assert_eq!(told(&|form| form.namespace = named(OLD_NAMESPACE)), ["wire.namespace"]);
    assert_eq!(told(&|form| form.namespace = None), ["wire.namespace"]);
    assert_eq!(told(&|form| form.content_type = named("application/XML")), [""; 0]);
    assert_eq!(told(&|form| form.content_type = named("text/html")), ["wire.content-type"]);
    assert_eq!(told(&|form| form.request_id = None), ["wire.request-id"]);
    assert_eq!(told(&|form| form.request_id_header = named("other")), ["wire.request-id.header"]);
    assert_eq!(told(&|form| form.request_id_header = None), [""; 0]);
    for (wanted, clause) in [
        (Kind::Instant, "wire.timestamps"),
        (Kind::Words(&["a"]), "wire.member.values"),
        (Kind::Integer, "wire.member.types"),
        (Kind::Boolean, "wire.member.types"),
    ] {
        let malformed = Malformed { path: text("Port"), text: text("x"), wanted };
        assert_eq!(told(&|form| form.malformed = vec![malformed.clone()]), [clause]);
    }
}

#[test]
fn a_request_of_no_known_version_may_be_answered_in_the_namespace_of_another() {
    let told = |version: Action, namespace: &str| {
        let mut step = Step::from(copy("cs-b"));
        step.dress.version = version;
        wrong(&judged(step, made(), Form { namespace: named(namespace), ..reply_form() }))
    };
    assert_eq!(told(Action::Absent, OLD_NAMESPACE), [""; 0]);
    assert_eq!(told(Action::Absent, "http://ec2.amazonaws.com/doc/2015-02-02/"), ["wire.namespace"]);
    assert_eq!(told(Action::Own, OLD_NAMESPACE), ["wire.namespace"]);
}

#[test]
fn a_fault_is_right_in_all_its_parts() {
    let told = |change: &dyn Fn(&mut Form)| {
        let mut form = fault_form();
        change(&mut form);
        let unknown = Call::Delete { name: named("cs-no") };
        wrong(&judged(unknown.into(), fault(FaultCode::SnapshotNotFound, "why"), form))
    };
    assert_eq!(told(&|_| {}), [""; 0]);
    assert_eq!(told(&|form| form.status = 400), ["wire.error.status"]);
    assert_eq!(told(&|form| form.root = named("Response")), ["wire.error.envelope"]);
    assert_eq!(told(&|form| form.error_type = None), ["wire.error.envelope"]);
    assert_eq!(told(&|form| form.error_type = named("Receiver")), ["wire.error.type"]);
    assert_eq!(told(&|form| form.namespace = None), [""; 0]);
    assert_eq!(told(&|form| form.namespace = named("")), [""; 0]);
    assert_eq!(told(&|form| form.namespace = named("http://other/")), ["wire.error.namespace"]);
    let unknown = Call::Delete { name: named("cs-no") };
    let mute = judged(unknown.into(), fault(FaultCode::SnapshotNotFound, ""), fault_form());
    assert_eq!(wrong(&mute), ["wire.error.message"]);
}

#[test]
fn a_fault_has_a_code_that_its_operation_declares_or_one_that_some_source_gives_it() {
    let told = |call: Call, code: FaultCode| {
        let form = Form { status: code.status().unwrap_or(400), ..fault_form() };
        wrong(&judged(call.into(), fault(code, "why"), form)).contains(&"wire.error.code")
    };
    let create = || Call::Create(CreateSnapshot::of(&owner(OwnerKind::Group), &text("cs-b")));
    let restore = || Call::Restore { cluster: named("cs-c"), snapshot: named("cs-a") };
    let tags = Some(vec![TagArg { key: Some(text("k")), value: Some(text("v")) }]);
    let add = || Call::AddTags { resource: named(ARN), tags: tags.clone() };
    let list = || Call::ListTags { resource: named(ARN) };
    let state = FaultCode::InvalidSnapshotState;
    let key = || FaultCode::from_code("InvalidKMSKeyFault");
    for (call, code) in [
        (copy("cs-b"), state.clone()),
        (copy("cs-b"), key()),
        (create(), state.clone()),
        (create(), key()),
        (add(), FaultCode::InvalidParameterCombination),
        (restore(), state.clone()),
        (restore(), FaultCode::SnapshotNotFound),
        (list(), FaultCode::AccessDenied),
    ] {
        assert!(!told(call.clone(), code.clone()), "{call:?} {code}");
    }
    for (call, code) in [
        (copy("cs-b"), FaultCode::CacheClusterNotFound),
        (list(), FaultCode::InvalidParameterCombination),
        (list(), state),
        (add(), FaultCode::SnapshotAlreadyExists),
        (create(), FaultCode::SnapshotNotFound),
        (restore(), FaultCode::SnapshotAlreadyExists),
    ] {
        assert!(told(call.clone(), code.clone()), "{call:?} {code}");
    }
}

#[test]
fn no_two_answers_have_one_request_id() {
    let mut belief = belief();
    let mut told = |id: &str| {
        let mut event = event(copy("cs-b"), Reply::Bare, (1, 1));
        event.form = Form { request_id: named(id), request_id_header: None, ..reply_form() };
        wrong(&belief.observe(&event)).contains(&"wire.request-id.unique")
    };
    assert_eq!(["one", "two", "one"].map(&mut told), [false, false, true]);
}

fn alien(status: u16, content_type: &str, reason: &str, head: &str) -> Alien {
    Alien { status, content_type: named(content_type), service: None, reason: text(reason), head: text(head) }
}

#[test]
fn what_is_no_answer_of_the_service_is_told_by_what_it_looks_like() {
    let told = |alien: Alien| wrong(&judged(copy("cs-b").into(), Outcome::Alien(alien), Form::default()));
    let broken = "it is not well-formed";
    assert_eq!(told(alien(200, "text/xml", broken, "<a")), ["wire.well-formed"]);
    assert_eq!(told(alien(200, "text/plain", broken, " <a")), ["wire.well-formed"]);
    assert_eq!(told(alien(200, "text/html", broken, "<HTML><p>")), ["front.answers"]);
    assert_eq!(told(alien(200, "text/plain", broken, "a page")), ["front.answers"]);
    assert_eq!(told(alien(200, "text/xml", "another element", "<a/>")), ["front.answers"]);
    let bare = "without an error envelope";
    assert_eq!(told(alien(400, "text/xml", bare, "<a/>")), ["wire.error.envelope", "front.answers"]);
    let other = |reason| Alien { service: named("ec2"), ..alien(400, "text/xml", reason, "<a") };
    assert_eq!([told(other(bare)), told(other(broken))], [["front.routed"]; 2]);
}

#[test]
fn a_front_door_may_turn_away_what_is_too_large_or_of_another_type_and_nothing_else() {
    let [plain, mut padded, mut typed] = [(); 3].map(|()| Step::from(copy("cs-b")));
    padded.dress.padded = 10;
    typed.dress.content_type = named("text/plain");
    let door = |status| Outcome::Alien(alien(status, "text/plain", "text, not XML", "no"));
    let other = Outcome::Alien(Alien { service: named("ec2"), ..alien(413, "text/xml", "", "<a/>") });
    let unlisted = fault(FaultCode::from_code("RequestTooLarge"), "too large");
    let closed = Outcome::Indeterminate(Indeterminate::Broken(text("reset")));
    let ruled = |step: &Step, outcome: &Outcome, clause: ClauseId| -> Option<Mark> {
        let judgement = judged(step.clone(), outcome.clone(), Form::default());
        judgement.marks().find(|(of, ..)| *of == clause).map(|(_, mark, _)| mark.clone())
    };
    for (step, clause) in [(&padded, id::FRONT_OVERSIZED), (&typed, id::FRONT_CONTENT_TYPE)] {
        for outcome in [door(400), door(499), unlisted.clone()] {
            assert_eq!(ruled(step, &outcome, clause), Some(Mark::NonStrict), "{outcome:?}");
        }
        for outcome in [door(399), door(500), other.clone()] {
            assert_eq!(ruled(step, &outcome, clause), None, "{outcome:?}");
        }
    }
    assert!(matches!(ruled(&padded, &closed, id::FRONT_OVERSIZED), Some(Mark::Inconclusive(_))));
    assert_eq!(ruled(&typed, &closed, id::FRONT_CONTENT_TYPE), None);
    assert_eq!(ruled(&plain, &door(413), id::FRONT_OVERSIZED), None);
}

#[test]
fn what_is_shown_elsewhere_of_ones_own_is_held_against_the_other_account_or_region() {
    use crate::service::Elsewhere;
    let told = |from: Elsewhere, call: Call, reply: Outcome| {
        let mut step = Step::from(call);
        step.dress.from = Some(from);
        let judgement = judged(step, reply, Form::default());
        let (other, mine) = match from {
            Elsewhere::Account => (id::SNAPSHOT_OTHER_ACCOUNT, id::SNAPSHOT_OTHER_REGION),
            Elsewhere::Region => (id::SNAPSHOT_OTHER_REGION, id::SNAPSHOT_OTHER_ACCOUNT),
        };
        assert!(judgement.marks().all(|(clause, ..)| clause != mine));
        let marks = judgement.marks().filter(|(clause, ..)| *clause == other);
        marks.map(|(_, mark, _)| matches!(mark, Mark::Pass)).collect::<Vec<_>>()
    };
    let look = || Call::describe(&text("cs-a"));
    let page = |snapshots| Outcome::Reply(Reply::Snapshots(Page { snapshots, marker: None }));
    for from in [Elsewhere::Account, Elsewhere::Region] {
        assert_eq!(told(from, look(), page(Vec::new())), [true]);
        assert_eq!(told(from, look(), page(vec![snapshot("cs-a", Status::Available)])), [false]);
        assert_eq!(told(from, copy("cs-b"), fault(FaultCode::SnapshotNotFound, "")), [true]);
        assert_eq!(told(from, copy("cs-b"), made()), [false]);
        assert_eq!(told(from, Call::Delete { name: named("cs-a") }, fault(FaultCode::SnapshotNotFound, "")), [true]);
    }
}
