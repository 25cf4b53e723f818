//! copysnap's own shrinker, given the sequences with which proptest-state-machine begins.

use copysnap::case::{Ask, CaseStep, Parameter, Value, Word};
use copysnap::generate::{Sequence, Shrinker, Tried};
use copysnap::service::Operation;

use crate::psm;
use crate::snap30::{Op, Run, fails_after};

/// How many executions a failure may cost.
const LIMIT: usize = 60;

fn alias(name: u8) -> String {
    format!("n{name}")
}

fn step(op: Op) -> CaseStep {
    let name = |parameter, name| (parameter, Value::Word(Word::name(&alias(name))));
    let (operation, with) = match op {
        Op::Create(of, key) => {
            let key = key.then(|| (Parameter::KmsKeyId, Value::Word(Word::name("kms-key"))));
            let with = [Some(name(Parameter::SnapshotName, of)), key];
            (Operation::CreateSnapshot, with.into_iter().flatten().collect())
        }
        Op::Copy(source, target) => {
            let with = vec![name(Parameter::SourceSnapshotName, source), name(Parameter::TargetSnapshotName, target)];
            (Operation::CopySnapshot, with)
        }
        Op::Delete(of) => (Operation::DeleteSnapshot, vec![name(Parameter::SnapshotName, of)]),
        Op::Describe(of) => (Operation::DescribeSnapshots, vec![name(Parameter::SnapshotName, of)]),
    };
    CaseStep::Send(Ask::new(operation, with))
}

/// Returns what a step does, names taken by the order in which they come in `known`.
fn op(step: &CaseStep, known: &mut Vec<String>) -> Option<Op> {
    let CaseStep::Send(ask) = step else { return None };
    let mut name = |parameter| {
        let Some(Value::Word(Word::Name { alias, .. })) = ask.value(parameter) else { return None };
        let place = known.iter().position(|known| **known == **alias).unwrap_or_else(|| {
            known.push(alias.to_string());
            known.len() - 1
        });
        u8::try_from(place).ok()
    };
    Some(match ask.operation {
        Operation::CreateSnapshot => {
            Op::Create(name(Parameter::SnapshotName)?, ask.value(Parameter::KmsKeyId).is_some())
        }
        Operation::CopySnapshot => Op::Copy(name(Parameter::SourceSnapshotName)?, name(Parameter::TargetSnapshotName)?),
        Operation::DeleteSnapshot => Op::Delete(name(Parameter::SnapshotName)?),
        _ => Op::Describe(name(Parameter::SnapshotName)?),
    })
}

fn ops(sequence: &Sequence) -> Vec<Op> {
    let mut known = Vec::new();
    sequence.steps().iter().filter_map(|step| op(step, &mut known)).collect()
}

/// The sequence whose last step, a describe, fails.
fn failing(steps: Vec<CaseStep>) -> Sequence {
    let about = steps.last().and_then(|step| match step {
        CaseStep::Send(ask) => match ask.value(Parameter::SnapshotName) {
            Some(Value::Word(word)) => Some(word.clone()),
            _ => None,
        },
        _ => None,
    });
    Sequence::new(steps, true, about.as_slice())
}

pub(crate) fn runs(count: usize) -> Vec<Run> {
    psm::failing(count).into_iter().map(|ops| shrunk(ops.into_iter().map(step).collect())).collect()
}

fn shrunk(steps: Vec<CaseStep>) -> Run {
    let mut shrinker = Shrinker::new(failing(steps), LIMIT);
    let mut played = 0;
    loop {
        let proposed = shrinker.propose(1);
        if proposed.is_empty() {
            break;
        }
        for (number, sequence) in proposed {
            let failed = fails_after(&ops(&sequence));
            played += failed.unwrap_or(sequence.steps().len());
            let tried = failed.map_or(Tried::Passes, |length| {
                Tried::Fails(failing(sequence.steps().iter().take(length).cloned().collect()))
            });
            shrinker.take(number, tried);
        }
    }
    Run { last: ops(shrinker.best()), executions: shrinker.spent(), steps: played }
}
