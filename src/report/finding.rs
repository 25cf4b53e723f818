use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::clause::{self, ClauseResult, ROUTED, SUPPORTED, TAGS};
use super::digest::{Attempt, Case, Digest, FIXTURE};
use super::overlap::Overlap;
use super::script::Seen;
use super::steps;
use super::told::{self, ToolScript};
use super::waive;
use super::words::{quoted, some_of};
use crate::oracle::Verdict;
use crate::record::{EvidenceRecord, Header, OverlapRecord, StepRecord, SupportRecord};
use crate::service::Operation;
use crate::spec::{Grade, Level};
use crate::trace::Role;

/// Something that contradicts a clause, with the shortest trace that shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Finding {
    /// The clause's id.
    pub clause: String,
    /// `MUST`, `SHOULD`, `MAY`.
    pub level: String,
    /// How well the clause is known.
    pub grade: String,
    /// What the contradiction amounts to.
    pub verdict: Verdict,
    /// What the clause says.
    pub says: String,
    /// What was expected.
    pub expected: String,
    /// What was observed.
    pub observed: String,
    /// In what way they differ: `wrong`, `missing`, `malformed`, `unexpected`.
    pub reason: String,
    /// The steps that lead to it, one line each, in the notation of traces.
    pub steps: Vec<String>,
    /// The case that shows it in the fewest steps, one that shows it alone before all others; empty where the probe did.
    pub case: String,
    /// The command that shows it again.
    pub replay: String,
    /// How many cases show it.
    pub count: usize,
    /// The calls of which no order fits; absent where it is no matter of order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Overlap>,
    /// Why it is accepted, and until when; absent where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waived: Option<String>,
    /// The request and the answer as they were sent; absent where the log has none.
    #[serde(skip)]
    pub exchange: Option<Exchange>,
    /// How other tools show it; none where the log has no steps to tell.
    #[serde(skip)]
    pub scripts: Vec<ToolScript>,
}

impl Finding {
    /// Returns it as plain text: clause, expected, observed, steps, replay.
    pub(super) fn text(&self) -> String {
        let mut lines = vec![
            self.says.clone(),
            String::new(),
            format!("expected  {}", self.expected),
            format!("observed  {}", self.observed),
        ];
        lines.extend(self.waived.as_ref().map(|waived| format!("accepted  {waived}")));
        lines.push(String::new());
        lines.extend(self.steps.iter().cloned());
        if let Some(overlap) = &self.overlap {
            lines.push(String::new());
            lines.extend(overlap.lines());
            lines.extend(overlap.orders.iter().cloned());
        }
        lines.extend([String::new(), format!("replay: {}", self.replay)]);
        lines.join("\n")
    }
}

/// A request and its answer as they were sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Method, URL, headers without secrets, body.
    pub request: String,
    /// Status, headers, body up to the log's cap.
    pub response: String,
}

/// A case that contradicts a clause.
struct Shown<'a> {
    path: &'a str,
    attempt: &'a Attempt<'a>,
    evidence: &'a EvidenceRecord,
    waiver: Option<usize>,
}

impl Shown<'_> {
    /// Tells whether making the base snapshot showed it, which is no case that can be played.
    fn is_fixture(&self) -> bool {
        self.path == FIXTURE
    }

    /// How many of the case's own steps it takes, and how many parameters these have beside a name or two.
    fn length(&self) -> (usize, usize) {
        let own = |step: &&&StepRecord| step.role == Role::Given.word() && step.step <= self.evidence.step;
        let own = self.attempt.steps.iter().filter(own);
        own.fold((0, 0), |(steps, more), step| (steps + 1, more + step.call.matches(", ").count()))
    }

    /// Returns the step that shows it; `None` where the log has none.
    fn step(&self) -> Option<&StepRecord> {
        self.attempt.steps.iter().copied().find(|step| step.step == self.evidence.step)
    }

    /// Tells whether it may rest on what other cases have made: it shows in a list of everything, and the case is about
    /// something else. Alone it may not show it again.
    fn leans_on_others(&self, digest: &Digest<'_>, clause: &str) -> bool {
        let named = |step: &StepRecord| [&step.url, &step.request].iter().any(|text| text.contains("SnapshotName="));
        let is_list = |step: &StepRecord| step.operation == Operation::DescribeSnapshots.name() && !named(step);
        let case = digest.cases.get(self.path);
        let probes = |case: &Case<'_>| case.record.is_some_and(|record| record.clauses.iter().any(|id| id == clause));
        self.step().is_some_and(|step| is_list(step) && step.status == 200)
            && !case.is_some_and(|case| case.is_sequence() || probes(case))
    }
}

/// Returns both texts as the case has their names; as they are where that takes away all that they differ in.
fn told_apart(expected: &str, observed: &str, plain: impl Fn(&str) -> String) -> (String, String) {
    let both = (plain(expected), plain(observed));
    if both.0 == both.1 { (expected.to_owned(), observed.to_owned()) } else { both }
}

/// Returns the findings, worst first.
pub(super) fn findings(digest: &Digest<'_>, results: &[ClauseResult]) -> Vec<Finding> {
    let mut shown: BTreeMap<(&str, Verdict), Vec<Shown<'_>>> = BTreeMap::new();
    for (path, attempt, said) in digest.said() {
        if let Some(evidence) = &said.evidence {
            let shown = shown.entry((said.clause, said.verdict)).or_default();
            shown.push(Shown { path, attempt, evidence, waiver: said.waiver });
        }
    }
    let run = digest.header.map_or("", |header| &header.run);
    let mut findings: Vec<Finding> = results
        .iter()
        .filter_map(|result| {
            let cases = shown.get(&(result.id.as_str(), result.verdict))?;
            let best = cases.iter().min_by_key(|shown| {
                // What overlaps may not show it again.
                let is_race = shown.attempt.is_race(shown.evidence.step);
                let is_sequence = digest.cases.get(shown.path).is_some_and(Case::is_sequence);
                let leans = shown.leans_on_others(digest, &result.id);
                let (steps, parameters) = shown.length();
                (shown.is_fixture(), leans, is_race, steps, is_sequence, parameters, shown.path)
            })?;
            let plain = |text: &str| steps::plain_names(text, best.attempt.prefix, run);
            let step = best.step();
            let (expected, observed) = told_apart(&best.evidence.expected, &best.evidence.observed, plain);
            let seen = Seen { clause: &result.id, expected: &expected, observed: &observed };
            let scripts = match step.filter(|_| best.is_fixture()) {
                Some(step) => told::scripts_of_base(digest, step, seen),
                None => told::scripts(digest, best.path, seen),
            };
            Some(Finding {
                expected,
                observed,
                reason: best.evidence.reason.clone(),
                steps: steps::lines(best.attempt, best.evidence, run),
                case: best.path.to_owned(),
                replay: digest.header.map_or_else(String::new, |header| match best.is_fixture() {
                    true => again(header),
                    false => replay(header, best.path),
                }),
                count: cases.iter().map(|shown| shown.path).collect::<BTreeSet<_>>().len(),
                overlap: overlaps(best, &result.id).map(|record| Overlap::of(record, best.attempt, run)),
                waived: best.waiver.and_then(|place| digest.waivers.get(place)).map(|waiver| waive::accepted(waiver)),
                exchange: step.map(exchange),
                scripts,
                ..about(result, result.verdict)
            })
        })
        .collect();
    findings.extend(probed(digest, results, run));
    findings
}

/// Sorts findings, worst first.
pub(super) fn sort(findings: &mut [Finding]) {
    findings.sort_by(|one, other| rank(one).cmp(&rank(other)).then_with(|| one.clause.cmp(&other.clause)));
}

/// Returns the calls without an order that the step of the evidence completes.
fn overlaps<'a>(shown: &Shown<'a>, clause: &str) -> Option<&'a OverlapRecord> {
    let mut overlaps = shown.attempt.overlaps.iter().copied().filter(|overlap| overlap.clause == clause);
    overlaps.find(|overlap| overlap.calls.contains(&shown.evidence.step))
}

fn about(result: &ClauseResult, verdict: Verdict) -> Finding {
    bare(&result.id, [&result.level, &result.grade, &result.says], verdict)
}

pub(super) fn bare(clause: &str, [level, grade, says]: [&str; 3], verdict: Verdict) -> Finding {
    Finding {
        clause: clause.to_owned(),
        level: level.to_owned(),
        grade: grade.to_owned(),
        verdict,
        says: says.to_owned(),
        expected: String::new(),
        observed: String::new(),
        reason: String::new(),
        steps: Vec::new(),
        case: String::new(),
        replay: String::new(),
        count: 1,
        overlap: None,
        waived: None,
        exchange: None,
        scripts: Vec::new(),
    }
}

/// Returns what the probe found: whatever the selection, an absent CopySnapshot is not passed over.
fn probed(digest: &Digest<'_>, results: &[ClauseResult], run: &str) -> Vec<Finding> {
    let known = |clause: &str, verdict: Verdict| {
        results.iter().find(|result| result.id == clause).map(|result| about(result, verdict))
    };
    let unselected = |clause: &str, says: &str, verdict: Verdict| {
        bare(clause, [Level::Must.word(), Grade::Modelled.word(), says], verdict)
    };
    let shown = |support: &SupportRecord, finding: Finding| {
        let seen = steps::plain_names(&support.seen, "", run);
        let invented = steps::plain_names(&support.invented, "", run);
        let width = support.operation.len().max("(an invented action)".len());
        Finding {
            steps: vec![
                format!("1  {:<width$}  =>  {invented}", "(an invented action)"),
                format!("2  {:<width$}  =>  {seen}", support.operation),
            ],
            replay: support.replay.clone(),
            ..finding
        }
    };
    let mut findings = Vec::new();
    let mut elsewhere: BTreeMap<&str, Vec<&SupportRecord>> = BTreeMap::new();
    for support in digest.answered("misrouted") {
        elsewhere.entry(&support.seen).or_default().push(support);
    }
    for support in &digest.supports {
        let Some((clause, expected, observed)) = waive::probed(support, run) else { continue };
        let waiver = digest.waived.get(&*support.operation).and_then(|place| digest.waivers.get(*place));
        let verdict = match (clause, waiver) {
            (_, Some(_)) => Verdict::KnownFail,
            (SUPPORTED, None) => Verdict::Unsupported,
            _ => continue,
        };
        let finding = known(clause, verdict).unwrap_or_else(|| unselected(clause, says(clause), verdict));
        let waived = waiver.map(|waiver| waive::accepted(waiver));
        findings.push(shown(support, Finding { expected, observed, waived, reason: "missing".to_owned(), ..finding }));
    }
    // A stranger answers most operations alike: one finding for all that it answers so.
    for (seen, supports) in elsewhere {
        let finding =
            known(ROUTED, Verdict::Misrouted).unwrap_or_else(|| unselected(ROUTED, says(ROUTED), Verdict::Misrouted));
        let names: Vec<&str> = supports.iter().map(|support| support.operation.as_str()).collect();
        let expected = format!("ElastiCache answers {}", some_of(&names, 7));
        let observed = steps::plain_names(seen, "", run);
        let first = supports.into_iter().next();
        let finding = Finding { expected, observed, reason: "wrong".to_owned(), ..finding };
        findings.extend(first.map(|support| shown(support, finding)));
    }
    let absent: Vec<&SupportRecord> =
        digest.answered("unsupported").filter(|support| clause::is_of_tags(&support.operation)).collect();
    if let (Some(first), Some(finding)) = (absent.first(), known(TAGS, Verdict::Warn)) {
        let names: Vec<&str> = absent.iter().map(|support| support.operation.as_str()).collect();
        let seen = steps::plain_names(&first.seen, "", run);
        let expected = format!("an answer of its own to {}", some_of(&names, 3));
        let observed = format!("{seen}, as an invented action is");
        findings.push(shown(first, Finding { expected, observed, reason: "missing".to_owned(), ..finding }));
    }
    findings
}

/// Returns what a clause says that the probe speaks of, whether it is selected or not.
const fn says(clause: &str) -> &'static str {
    match clause.as_bytes() {
        b"front.routed" => "A request of this service is answered by this service.",
        b"tags.succeeds" => "The tag operations on an available snapshot are accepted.",
        _ => "The four snapshot operations are implemented.",
    }
}

/// Worst first; of one verdict, the best known clauses first.
fn rank(finding: &Finding) -> (usize, usize, bool) {
    let verdicts = [
        Verdict::Error,
        Verdict::Fail,
        Verdict::ModelStale,
        Verdict::Misrouted,
        Verdict::Unsupported,
        Verdict::StaleWaiver,
        Verdict::Flaky,
        Verdict::Warn,
        Verdict::KnownFail,
    ];
    let grades = [Grade::Documented, Grade::Modelled, Grade::Observed, Grade::Inferred, Grade::Disputed];
    (
        verdicts.iter().position(|verdict| *verdict == finding.verdict).unwrap_or(verdicts.len()),
        grades.iter().position(|grade| grade.word() == finding.grade).unwrap_or(grades.len()),
        finding.level != Level::Must.word(),
    )
}

/// Returns the command that plays a case again on the same target.
fn replay(header: &Header, path: &str) -> String {
    format!("copysnap replay {} {}", quoted(path), place(header))
}

/// Returns the command that judges the same target again, by the same cases.
pub(super) fn again(header: &Header) -> String {
    let options = &header.options;
    let mut words = vec!["copysnap run".to_owned(), place(header)];
    words.extend(options.cases.iter().map(|case| format!("--case {}", quoted(case))));
    words.extend(options.clauses.iter().map(|clause| format!("--clause {}", quoted(clause))));
    words.push(format!("--seed {}", quoted(&header.seed)));
    words.extend(options.strict.then(|| "--strict".to_owned()));
    words.join(" ")
}

/// Returns the options that reach the same target.
fn place(header: &Header) -> String {
    if !header.options.words.is_empty() {
        return header.options.words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
    }
    let place = match header.target.name.as_str() {
        "" | "endpoint" => format!("--endpoint {}", quoted(&header.target.endpoint)),
        name => format!("--target {}", quoted(name)),
    };
    let defect =
        header.options.defect.as_ref().map_or_else(String::new, |defect| format!(" --defect {}", quoted(defect)));
    format!("{place}{defect}")
}

fn exchange(step: &StepRecord) -> Exchange {
    let message = |first: String, headers: &[(String, String)], body: &str| {
        let mut text = first;
        for (name, value) in headers {
            text.push_str(&format!("\n{name}: {value}"));
        }
        if !body.is_empty() {
            text.push_str("\n\n");
            text.push_str(body);
        }
        text
    };
    let status = match step.status {
        0 => format!("(no answer: {})", step.outcome),
        status => format!("HTTP {status}"),
    };
    Exchange {
        request: message(format!("{} {}", step.method, step.url), &step.request_headers, &step.request),
        response: message(status, &step.headers, &step.body),
    }
}

#[cfg(test)]
mod tests {
    use super::told_apart;

    #[test]
    fn names_that_differ_in_what_a_run_made_up_stay_apart() {
        let plain = |text: &str| text.replace("cs1-0-", "").replace("cs1-1-", "");
        let told = |expected: &str, observed: &str| told_apart(expected, observed, plain);
        assert_eq!(told("`cs1-0-a`", "`cs1-0-b`"), ("`a`".to_owned(), "`b`".to_owned()));
        assert_eq!(told("group cs1-0-g", "group cs1-1-g"), ("group cs1-0-g".to_owned(), "group cs1-1-g".to_owned()));
    }
}
