use super::Rng;
use crate::case::{Ask, CaseStep, Filter, Parameter, Settle, TagTemplate, Value, Word};
use crate::service::{Dress, Operation, text};

/// How many copies stand in one sequence.
const ROWS: usize = 12;

/// What a parameter is set to: nothing, a value, or one that depends on the row.
#[derive(Clone, Debug)]
enum Setting {
    Absent,
    Is(Value),
    /// A name of the row's own, filtered.
    Fresh(Vec<Filter>),
}

/// What may vary about a copy: values in order, and values each of which is a fault.
struct Factor {
    parameter: Parameter,
    valid: Vec<Setting>,
    faults: Vec<Setting>,
}

/// Returns sequences of copies in which every value of a parameter meets every value of every other: each fault alone,
/// all pairs of faults with everything else in order, and all pairs of values in order.
pub(super) fn sequences(key: bool, rng: &mut Rng) -> Vec<Vec<CaseStep>> {
    let factors = factors(key);
    let mut rows: Vec<Vec<usize>> = Vec::new();
    let valid = |rng: &mut Rng| -> Vec<usize> { factors.iter().map(|factor| rng.below(factor.valid.len())).collect() };
    let fault = |place: usize, number: usize| factors.get(place).map_or(0, |factor| factor.valid.len() + number);
    let faults = |place: usize| factors.get(place).map_or(0, |factor| factor.faults.len());
    let mut set = |rng: &mut Rng, settings: &[(usize, usize)]| {
        let mut row = valid(rng);
        for (place, value) in settings {
            if let Some(known) = row.get_mut(*place) {
                *known = *value;
            }
        }
        rows.push(row);
    };
    for place in 0..factors.len() {
        for number in 0..faults(place) {
            set(rng, &[(place, fault(place, number))]);
        }
    }
    for row in pairwise(&factors.iter().map(|factor| factor.valid.len()).collect::<Vec<_>>(), rng) {
        set(rng, &row.into_iter().enumerate().collect::<Vec<_>>());
    }
    for one in 0..factors.len() {
        for other in one + 1..factors.len() {
            for first in 0..faults(one) {
                for second in 0..faults(other) {
                    set(rng, &[(one, fault(one, first)), (other, fault(other, second))]);
                }
            }
        }
    }
    rows.chunks(ROWS).map(|rows| sequence(&factors, rows, rng)).collect()
}

/// Returns rows of so many levels a column in which every pair of levels of two columns stands side by side.
fn pairwise(levels: &[usize], rng: &mut Rng) -> Vec<Vec<usize>> {
    let mut open: Vec<(usize, usize, usize, usize)> = Vec::new();
    for (one, first) in levels.iter().enumerate() {
        for (other, second) in levels.iter().enumerate().skip(one + 1) {
            open.extend((0..*first).flat_map(|a| (0..*second).map(move |b| (one, a, other, b))));
        }
    }
    let mut rows = Vec::new();
    while let Some((one, a, other, b)) = open.first().copied() {
        let covers = |row: &[usize], (one, a, other, b): &(usize, usize, usize, usize)| {
            row.get(*one) == Some(a) && row.get(*other) == Some(b)
        };
        // Of some rows with the first pair that is left, the one that covers most.
        let candidates = (0..24).map(|_| {
            let mut row: Vec<usize> = levels.iter().map(|count| rng.below(*count)).collect();
            for (place, level) in [(one, a), (other, b)] {
                if let Some(known) = row.get_mut(place) {
                    *known = level;
                }
            }
            row
        });
        let best = candidates.max_by_key(|row| open.iter().filter(|pair| covers(row, pair)).count());
        let Some(row) = best else { break };
        open.retain(|pair| !covers(&row, pair));
        rows.push(row);
    }
    rows
}

fn factors(key: bool) -> Vec<Factor> {
    let word = |alias: &str| Setting::Is(Value::Word(Word::name(alias)));
    let literal = |given: &str| Setting::Is(Value::Word(Word::literal(given)));
    let filtered = |alias: &str, filter: Filter| {
        Setting::Is(Value::Word(Word::Name { alias: text(alias), filters: vec![filter] }))
    };
    let suffixed = |suffix: &str| Setting::Fresh(vec![Filter::Suffix(text(suffix))]);
    let tag = |key: Word, value: Word| TagTemplate { key: Some(key), value: Some(value) };
    let plain = |key: &str| tag(Word::literal(key), Word::literal("v"));
    let padded = |to: u32| Word::Padded { text: text("t"), to };
    let tags = |tags: Vec<TagTemplate>| Setting::Is(Value::Tags(tags));
    let mut keys = vec![Setting::Absent];
    if key {
        keys.push(word("kms-key"));
    }
    vec![
        Factor {
            parameter: Parameter::SourceSnapshotName,
            valid: vec![word("base"), word("a")],
            faults: vec![
                Setting::Absent,
                literal(""),
                word("no"),
                word("gone"),
                filtered("base", Filter::Arn),
                filtered("a", Filter::Suffix(text("--x"))),
            ],
        },
        Factor {
            parameter: Parameter::TargetSnapshotName,
            valid: vec![
                Setting::Fresh(Vec::new()),
                Setting::Fresh(vec![Filter::Upper]),
                Setting::Fresh(vec![Filter::Pad(41)]),
            ],
            faults: vec![
                Setting::Absent,
                literal(" "),
                word("a"),
                filtered("a", Filter::Upper),
                word("base"),
                suffixed("--x"),
                suffixed("-"),
                Setting::Fresh(vec![Filter::Prefix(text("-"))]),
                Setting::Fresh(vec![Filter::Pad(256)]),
            ],
        },
        Factor {
            parameter: Parameter::Tags,
            valid: vec![Setting::Absent, tags(Vec::new()), tags(vec![plain("k")]), Setting::Is(Value::TagCount(50))],
            faults: vec![
                Setting::Is(Value::TagCount(51)),
                tags(vec![plain("aws:k")]),
                tags(vec![plain("k"), plain("")]),
                tags(vec![tag(padded(129), Word::literal("v"))]),
                tags(vec![tag(Word::literal("k"), padded(257))]),
            ],
        },
        Factor { parameter: Parameter::KmsKeyId, valid: keys, faults: Vec::new() },
        Factor { parameter: Parameter::TargetBucket, valid: vec![Setting::Absent, literal("")], faults: Vec::new() },
    ]
}

fn sequence(factors: &[Factor], rows: &[Vec<usize>], rng: &mut Rng) -> Vec<CaseStep> {
    let copy = |target: &str| {
        let word = |alias| Value::Word(Word::name(alias));
        let with = vec![(Parameter::SourceSnapshotName, word("base")), (Parameter::TargetSnapshotName, word(target))];
        CaseStep::Send(Ask::new(Operation::CopySnapshot, with))
    };
    let settle = |names: &[&str]| CaseStep::Settle(Settle::of(names.iter().map(|name| Word::name(name)).collect()));
    let gone = vec![(Parameter::SnapshotName, Value::Word(Word::name("gone")))];
    let mut steps = vec![
        copy("a"),
        copy("gone"),
        settle(&["a", "gone", "base"]),
        CaseStep::Send(Ask::new(Operation::DeleteSnapshot, gone)),
        settle(&["gone"]),
    ];
    for (number, row) in rows.iter().enumerate() {
        let fresh = text(format!("f{}", number + 1));
        let mut with = Vec::new();
        for (factor, value) in factors.iter().zip(row) {
            let setting = factor.valid.iter().chain(&factor.faults).nth(*value);
            let value = match setting {
                None | Some(Setting::Absent) => continue,
                Some(Setting::Is(value)) => value.clone(),
                Some(Setting::Fresh(filters)) => {
                    Value::Word(Word::Name { alias: fresh.clone(), filters: filters.clone() })
                }
            };
            with.push((factor.parameter, value));
        }
        let mut ask = Ask::new(Operation::CopySnapshot, with);
        ask.dress = match rng.below(8) {
            0 => Dress { get: true, ..Dress::default() },
            1 => Dress { reversed: true, ..Dress::default() },
            2 => Dress { extra: vec![(text("NotAParameter"), text("x"))], ..Dress::default() },
            _ => Dress::default(),
        };
        steps.push(CaseStep::Send(ask));
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_levels_meets_in_few_rows() {
        let levels = [5, 4, 3, 2, 2];
        let rows = pairwise(&levels, &mut Rng::new(1, 1));
        for (one, first) in levels.iter().enumerate() {
            for (other, second) in levels.iter().enumerate().skip(one + 1) {
                for (a, b) in (0..*first).flat_map(|a| (0..*second).map(move |b| (a, b))) {
                    let meets = |row: &&Vec<usize>| row.get(one) == Some(&a) && row.get(other) == Some(&b);
                    assert!(rows.iter().any(|row| meets(&row)), "{one}={a}, {other}={b}");
                }
            }
        }
        assert!(rows.len() <= 26, "{} rows", rows.len());
    }

    #[test]
    fn all_pairs_of_faults_stand_in_some_copy() {
        let faults: Vec<usize> = factors(true).iter().map(|factor| factor.faults.len()).collect();
        let sequences = sequences(true, &mut Rng::new(1, 1));
        let copies: usize = sequences.iter().map(|steps| steps.len() - 5).sum();
        let (mut pairs, mut single) = (0, 0);
        for (place, count) in faults.iter().enumerate() {
            single += count;
            pairs += faults.iter().skip(place + 1).map(|other| count * other).sum::<usize>();
        }
        assert!(copies >= pairs + single, "{copies} copies");
        assert!(sequences.iter().all(|steps| steps.len() <= 60));
    }
}
