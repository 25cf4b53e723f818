use crate::oracle::Verdict;
use crate::record::{
    CaseRecord, CaseState, ClauseRecord, ClauseVerdict, EvidenceRecord, Footer, Header, JudgementRecord, OptionsRecord,
    Record, ResourceRecord, RulingRecord, StepRecord, SupportRecord, TargetRecord, VerdictRecord, Waiver,
};
use crate::trace::Role;

/// A target that keeps what is asked of it.
pub(crate) fn passing() -> Vec<Record> {
    let mut log = vec![header("reference", "http://127.0.0.1:4100", None)];
    log.extend([
        clause(
            "copy.succeeds",
            "MUST",
            "documented",
            "Copying an available snapshot onto a free name is accepted: 200, with the new snapshot.",
        ),
        clause(
            "copy.target.taken",
            "MUST",
            "documented",
            "Copying onto a name in use is refused with SnapshotAlreadyExistsFault (400).",
        ),
        clause(
            "describe.no-ghosts",
            "MUST",
            "documented",
            "DescribeSnapshots never shows a name under which no snapshot was made.",
        ),
        clause(
            "front.supported",
            "MUST",
            "modelled",
            "CopySnapshot, CreateSnapshot, DeleteSnapshot and DescribeSnapshots are implemented.",
        ),
    ]);
    log.push(Record::Clause(ClauseRecord {
        unprobed: Some("no target lets a copy fail on purpose".to_owned()),
        ..clause_record("copy.failed", "MUST", "inferred", "A copy that failed shows the status `failed`.")
    }));
    log.extend(support(&[]));
    log.extend(case(0, "copy/target-taken", &["copy.succeeds", "copy.target.taken"], CaseState::Runs));
    log.extend(steps(
        0,
        &[
            (Role::Given, "CopySnapshot cs1k2-9-base -> cs1k2-0-a", "200 cs1k2-0-a creating"),
            (Role::Poll, "DescribeSnapshots cs1k2-0-a", "200 [cs1k2-0-a available]"),
            (Role::Given, "CopySnapshot cs1k2-9-base -> cs1k2-0-a", "400 SnapshotAlreadyExistsFault"),
        ],
    ));
    log.push(verdict(
        0,
        true,
        &[
            ("copy.succeeds", Verdict::Pass, None),
            ("copy.target.taken", Verdict::NonStrict, None),
            ("describe.no-ghosts", Verdict::Pass, None),
        ],
    ));
    log.push(Record::Footer(Footer {
        complete: true,
        reached: true,
        requests: 21,
        steps: 3,
        elapsed_s: 1.25,
        ..Footer::default()
    }));
    log
}

/// A target with a fail, a warning, no tags, and an open clause.
pub(crate) fn failing() -> Vec<Record> {
    let mut log = vec![header("endpoint", "http://localhost:4566", None)];
    log.extend([
        clause("copy.target.taken", "MUST", "documented", "Copying onto a name in use is refused with SnapshotAlreadyExistsFault (400)."),
        clause("copy.reply.metadata", "MUST", "documented", "What a copy shows of the cluster it holds - engine, engine version, node type, port - equals what its source shows."),
        clause("copy.settles", "MUST", "documented", "A copy that was accepted reaches `available` or `failed` within the settle limit."),
        clause("copy.succeeds", "MUST", "documented", "Copying an available snapshot onto a free name is accepted: 200, with the new snapshot."),
        clause("delete.gone", "MUST", "documented", "A deleted snapshot is not shown any more."),
        clause("front.supported", "MUST", "modelled", "CopySnapshot, CreateSnapshot, DeleteSnapshot and DescribeSnapshots are implemented."),
        clause("front.unknown-action", "MUST", "inferred", "An action that the service doesn't have is refused with InvalidAction (400)."),
        clause("tags.list", "MUST", "documented", "ListTagsForResource shows exactly the tags that a settled snapshot carries, each once."),
        clause("tags.succeeds", "MUST", "documented", "The tag operations on an available snapshot are accepted: 200, with a list of tags."),
        clause("wire.request-id", "MUST", "documented", "Every answer carries a RequestId that is not empty."),
    ]);
    log.extend(support(&["ListTagsForResource"]));
    log.extend(case(
        usize::MAX,
        "tags/list",
        &["tags.list", "tags.succeeds"],
        CaseState::Unsupported { operation: "ListTagsForResource".to_owned() },
    ));
    log.extend(case(
        usize::MAX,
        "wire/ids",
        &["wire.request-id"],
        CaseState::NotRun { reason: "it needs 40 copies, and the target declares fewer".to_owned() },
    ));
    // A long case that shows the same as the short one.
    log.extend(case(0, "copy/chain", &["copy.target.taken"], CaseState::Runs));
    log.extend(steps(
        0,
        &[
            (Role::Given, "CopySnapshot cs1k2-9-base -> cs1k2-0-a", "200 cs1k2-0-a creating"),
            (Role::Given, "CopySnapshot cs1k2-0-a -> cs1k2-0-b", "200 cs1k2-0-b creating"),
            (Role::Given, "CopySnapshot cs1k2-0-a -> cs1k2-0-b", "200 cs1k2-0-b creating"),
        ],
    ));
    let taken = ("wrong", "400 SnapshotAlreadyExistsFault", "200 cs1k2-1-b creating");
    log.push(verdict(0, true, &[("copy.target.taken", Verdict::Fail, Some((2, taken)))]));
    log.extend(case(1, "copy/target-taken", &["copy.target.taken", "copy.settles"], CaseState::Runs));
    log.extend(steps(
        1,
        &[
            (Role::Fixture, "CreateSnapshot cs1k2-9-base, ReplicationGroupId=cs1k2-9-rg", "200 cs1k2-9-base creating"),
            (Role::Life, "CopySnapshot cs1k2-9-base -> cs1k2-1-life", "200 cs1k2-1-life creating"),
            (Role::Given, "CopySnapshot cs1k2-9-base -> cs1k2-1-b", "200 cs1k2-1-b creating"),
            (Role::Poll, "DescribeSnapshots cs1k2-1-b", "200 [cs1k2-1-b creating]"),
            (Role::Poll, "DescribeSnapshots cs1k2-1-b", "200 [cs1k2-1-b available]"),
            (Role::Given, "CopySnapshot cs1k2-9-base -> cs1k2-1-b", "200 cs1k2-1-b creating"),
            (Role::ReadBack, "DescribeSnapshots cs1k2-1-b", "200 [cs1k2-1-b available]"),
        ],
    ));
    log.push(Record::Judgement(JudgementRecord {
        case: 1,
        step: 6,
        rulings: vec![RulingRecord {
            clause: "copy.settles".to_owned(),
            reason: "inconclusive".to_owned(),
            expected: String::new(),
            observed: "an earlier contradiction makes it doubtful".to_owned(),
        }],
        passing: false,
    }));
    let list = |port: &str, zone: &str| {
        format!(
            "Engine redis, EngineVersion 7.1, CacheNodeType cache.t3.micro, Port {port}, Zone {zone}, NumCacheNodes 1"
        )
    };
    let (expected, observed) = (list("6379", "us-east-1a"), list("6380", "<none>"));
    log.push(verdict(
        1,
        true,
        &[
            ("copy.target.taken", Verdict::Fail, Some((5, taken))),
            ("copy.reply.metadata", Verdict::Fail, Some((4, ("wrong", &expected, &observed)))),
            ("copy.settles", Verdict::Inconclusive, None),
            ("copy.succeeds", Verdict::Pass, None),
            ("delete.gone", Verdict::Pass, None),
        ],
    ));
    log.extend(case(2, "front/unknown-action", &["front.unknown-action"], CaseState::Runs));
    log.extend(steps(
        2,
        &[(Role::Given, "ConjureSnapshot (else DescribeSnapshots) cs1k2-2-a", "501 InvalidAction \"no | such\"")],
    ));
    let unknown = ("wrong", "400 InvalidAction", "501 InvalidAction");
    log.push(verdict(2, true, &[("front.unknown-action", Verdict::Warn, Some((0, unknown)))]));
    log.push(Record::Footer(Footer {
        complete: true,
        reached: true,
        requests: 64,
        steps: 11,
        elapsed_s: 3.5,
        ..Footer::default()
    }));
    log
}

/// Something of the run that is still there.
pub(crate) fn leak() -> Record {
    Record::Resource(ResourceRecord {
        resource: "snapshot".to_owned(),
        name: "cs1k2-0-a".to_owned(),
        state: "leaked".to_owned(),
    })
}

pub(crate) fn header(name: &str, endpoint: &str, defect: Option<&str>) -> Record {
    Record::Header(Header {
        schema: 1,
        tool: "0.1.0".to_owned(),
        catalogue: "0123456789abcdef".to_owned(),
        target: TargetRecord {
            name: name.to_owned(),
            version: if name == "endpoint" { "" } else { "0.1.0" }.to_owned(),
            endpoint: endpoint.to_owned(),
            region: "us-east-1".to_owned(),
            ..TargetRecord::default()
        },
        started: "2026-11-22T10:00:00Z".to_owned(),
        run: "1k2".to_owned(),
        seed: "0x000000000000002a".to_owned(),
        options: OptionsRecord { defect: defect.map(str::to_owned), ..OptionsRecord::default() },
        start_up_ms: None,
    })
}

fn clause_record(id: &str, level: &str, grade: &str, says: &str) -> ClauseRecord {
    ClauseRecord {
        id: id.to_owned(),
        level: level.to_owned(),
        grade: grade.to_owned(),
        says: says.to_owned(),
        source: "API reference".to_owned(),
        unprobed: None,
    }
}

pub(crate) fn clause(id: &str, level: &str, grade: &str, says: &str) -> Record {
    Record::Clause(clause_record(id, level, grade, says))
}

/// The probe's answers; `absent` are operations that are not there.
pub(crate) fn support(absent: &[&str]) -> Vec<Record> {
    let all = ["CreateSnapshot", "CopySnapshot", "DescribeSnapshots", "DeleteSnapshot", "ListTagsForResource"];
    all.iter()
        .map(|operation| {
            let absent = absent.contains(operation);
            let seen = if absent { "501 InvalidAction" } else { "404 SnapshotNotFoundFault" };
            Record::Support(SupportRecord {
                operation: (*operation).to_owned(),
                state: if absent { "unsupported" } else { "supported" }.to_owned(),
                seen: seen.to_owned(),
                invented: "501 InvalidAction".to_owned(),
                replay: format!("curl -d 'Action={operation}' http://localhost:4566"),
            })
        })
        .collect()
}

pub(crate) fn case(number: usize, path: &str, clauses: &[&str], state: CaseState) -> Option<Record> {
    Some(Record::Case(CaseRecord {
        case: number,
        path: path.to_owned(),
        prefix: format!("-{number}-"),
        clauses: clauses.iter().map(|id| (*id).to_owned()).collect(),
        state,
    }))
}

pub(crate) fn steps(case: usize, steps: &[(Role, &str, &str)]) -> Vec<Record> {
    steps
        .iter()
        .enumerate()
        .map(|(number, (role, call, outcome))| {
            let operation =
                call.split(" (else ").last().unwrap_or_default().split([' ', ')']).next().unwrap_or_default();
            let status = outcome.get(..3).and_then(|status| status.parse().ok()).unwrap_or_default();
            Record::Step(StepRecord {
                case,
                step: number,
                role: role.word().to_owned(),
                operation: operation.to_owned(),
                call: (*call).to_owned(),
                outcome: (*outcome).to_owned(),
                returned_ns: 1_000_000,
                method: "POST".to_owned(),
                url: "http://localhost:4566/".to_owned(),
                request_headers: vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())],
                request: format!("Action={operation}&Version=2015-02-02"),
                status,
                headers: vec![("content-type".to_owned(), "text/xml".to_owned())],
                body: format!("<{operation}Response>&amp;</{operation}Response>"),
                ..StepRecord::default()
            })
        })
        .collect()
}

/// Reason, expected, observed, and the step before them.
type Evidence<'a> = Option<(usize, (&'a str, &'a str, &'a str))>;

pub(crate) fn verdict(case: usize, lives: bool, said: &[(&str, Verdict, Evidence<'_>)]) -> Record {
    let clauses = said
        .iter()
        .map(|(clause, verdict, evidence)| ClauseVerdict {
            clause: (*clause).to_owned(),
            verdict: verdict.word().to_owned(),
            evidence: evidence.map(|(step, (reason, expected, observed))| EvidenceRecord {
                step,
                reason: reason.to_owned(),
                expected: expected.to_owned(),
                observed: observed.to_owned(),
            }),
        })
        .collect();
    Record::Verdict(VerdictRecord { case, lives, clauses, ..VerdictRecord::default() })
}

/// A waiver of that clause, outcome and reason until that day.
pub(crate) fn waiver(clause: &str, outcome: &str, reason: &str, expires: &str) -> Record {
    Record::Waiver(Waiver {
        clause: clause.to_owned(),
        outcome: outcome.to_owned(),
        reason: reason.to_owned(),
        expires: expires.to_owned(),
        file: "w.toml".to_owned(),
        line: 1,
        known: true,
        ..Waiver::default()
    })
}
