//! How many histories of overlapping calls a second are judged in the process, on one core.
//!
//! Two files of histories are ones that other checkers were measured on: a register, and snapshots whose statuses move by
//! themselves. The third kind is of the project's own model, with all that may be believed.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a bench may stop where it stands, and what it reads is its own"
)]

use std::hint::black_box;
use std::io::Read;
use std::time::{Duration, Instant};

use copysnap::oracle::{Found, Rules, Search, Span};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use flate2::read::GzDecoder;

mod real;

const REGISTER: &[u8] = include_bytes!("data/reghist.txt.gz");
const SNAPSHOTS: &[u8] = include_bytes!("data/snaplin.txt.gz");
/// How many calls are tried at most.
const MOST: usize = 1_000_000;

/// A history: its calls, and when they were under way.
struct History<R> {
    rules: R,
    spans: Vec<Span>,
}

/// Returns the histories of a file that are of this kind: threads, calls, `L` (an order fits) or `?` (one answer changed).
fn histories<R: FromIterator<[u8; 6]>>(file: &[u8], kind: &str, call: fn(&[&str]) -> [u8; 6]) -> Vec<History<R>> {
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text).expect("the file is whole");
    let of_kind = text.lines().filter_map(|line| line.strip_prefix(kind)?.strip_prefix(' '));
    of_kind
        .map(|line| {
            let mut calls: Vec<(Span, [u8; 6])> = line
                .split(' ')
                .map(|words| {
                    let words: Vec<&str> = words.split(':').collect();
                    let at = |place: usize| Duration::from_nanos(words[words.len() - place].parse().expect("a number"));
                    (Span { called: at(2), returned: at(1) }, call(&words))
                })
                .collect();
            calls.sort_by_key(|(span, _)| span.called);
            let (spans, calls): (Vec<Span>, Vec<[u8; 6]>) = calls.into_iter().unzip();
            History { rules: calls.into_iter().collect(), spans }
        })
        .collect()
}

fn number(word: &str) -> u8 {
    word.parse().expect("a small number")
}

/// A register that holds 0 at first.
struct Register(Vec<[u8; 6]>);

impl FromIterator<[u8; 6]> for Register {
    fn from_iter<I: IntoIterator<Item = [u8; 6]>>(calls: I) -> Self {
        Self(calls.into_iter().collect())
    }
}

impl Rules for Register {
    type State = u8;

    fn step(&self, state: &u8, call: usize) -> Option<u8> {
        let [writes, value, ..] = self.0[call];
        (writes == 1 || value == *state).then_some(value)
    }

    fn is_look(&self, call: usize) -> bool {
        self.0[call][0] == 0
    }
}

/// Three names, each absent (0), creating (1), available (2) or deleting (3). A state is the set of the 64 worlds in which
/// they may be, closed under what moves by itself.
struct Snapshots(Vec<[u8; 6]>);

impl FromIterator<[u8; 6]> for Snapshots {
    fn from_iter<I: IntoIterator<Item = [u8; 6]>>(calls: I) -> Self {
        Self(calls.into_iter().collect())
    }
}

/// The worlds in which a name has a status.
const fn with(name: u8, status: u8) -> u64 {
    let mut worlds = 0;
    let mut world = 0;
    while world < 64 {
        if world >> (2 * name) & 3 == status as u64 {
            worlds |= 1 << world;
        }
        world += 1;
    }
    worlds
}

const WITH: [[u64; 4]; 3] = {
    let mut all = [[0; 4]; 3];
    let mut name = 0;
    while name < 3 {
        let mut status = 0;
        while status < 4 {
            all[name][status] = with(name as u8, status as u8);
            status += 1;
        }
        name += 1;
    }
    all
};

/// Moves a name from a status to another.
fn moved(worlds: u64, name: u8, from: u8, to: u8) -> u64 {
    let (name, from, to) = (name as usize, from as usize, to as usize);
    let of = worlds & WITH[name][from];
    if to > from { of << ((to - from) << (2 * name)) } else { of >> ((from - to) << (2 * name)) }
}

fn closed(mut worlds: u64) -> u64 {
    for name in 0..3 {
        worlds |= moved(worlds, name, 1, 2);
        worlds |= moved(worlds, name, 3, 0);
    }
    worlds
}

impl Rules for Snapshots {
    type State = u64;

    fn step(&self, state: &u64, call: usize) -> Option<u64> {
        let [operation, name, target, response, ..] = self.0[call];
        let of = |name: u8, status: usize| WITH[name as usize][status];
        let after = match (operation, response) {
            // CreateSnapshot
            (0, 0) => moved(*state, name, 0, 1),
            (0, 1) => state & !of(name, 0),
            // DeleteSnapshot
            (1, 0) => moved(*state, name, 2, 3),
            (1, 2) => state & of(name, 0),
            (1, 3) => state & (of(name, 1) | of(name, 3)),
            // DescribeSnapshots
            (2, 2) => state & of(name, 0),
            (2, 4..=6) => state & of(name, usize::from(response) - 3),
            // CopySnapshot: the source is looked at first.
            (3, 0) => moved(state & of(name, 2), target, 0, 1),
            (3, 1) => state & of(name, 2) & !of(target, 0),
            (3, 2) => state & of(name, 0),
            (3, 3) => state & (of(name, 1) | of(name, 3)),
            _ => 0,
        };
        (after != 0).then(|| closed(after))
    }

    fn is_look(&self, call: usize) -> bool {
        self.0[call][0] == 2 || self.0[call][3] != 0
    }
}

/// Judges each history, and returns how many an order fits, and how long the slowest took.
fn all<R: Rules>(search: &mut Search<R::State>, start: &R::State, histories: &[History<R>]) -> (usize, Duration) {
    let (mut fits, mut slowest) = (0, Duration::ZERO);
    for history in histories {
        let begun = Instant::now();
        fits += usize::from(matches!(search.one(&history.rules, start, &history.spans, MOST), Found::Order(_)));
        slowest = slowest.max(begun.elapsed());
    }
    (fits, slowest)
}

#[expect(clippy::print_stdout, reason = "the slowest history is no matter of criterion's")]
fn told<R: Rules>(name: &str, start: &R::State, histories: &[History<R>], all_fit: bool) {
    let mut search = Search::default();
    let (fits, slowest) =
        (0..3).map(|_| all(&mut search, start, histories)).min_by_key(|(_, slowest)| *slowest).expect("one");
    assert!(!all_fit || fits == histories.len(), "{name}: an order was not found");
    println!("{name}: an order fits {fits} of {}; the slowest took {slowest:?}", histories.len());
}

fn measured<R: Rules>(c: &mut Criterion, name: &str, start: &R::State, kind: &str, histories: &[History<R>]) {
    told(&format!("{name}/{kind}"), start, histories, kind.ends_with('L'));
    let mut group = c.benchmark_group(name);
    group.throughput(Throughput::Elements(histories.len() as u64)).sample_size(20);
    let mut search = Search::default();
    group.bench_function(kind, |b| {
        b.iter(|| {
            for history in histories {
                black_box(search.one(&history.rules, start, &history.spans, MOST));
            }
        });
    });
}

fn register(c: &mut Criterion) {
    for kind in ["4 20 L", "4 20 ?"] {
        let call = |words: &[&str]| [u8::from(words[1] == "W"), number(words[2]), 0, 0, 0, 0];
        measured::<Register>(c, "register", &0, kind, &histories(REGISTER, kind, call));
    }
}

fn snapshots(c: &mut Criterion) {
    for kind in ["4 20 L", "4 20 ?"] {
        let call = |words: &[&str]| [number(words[1]), number(words[2]), number(words[3]), number(words[4]), 0, 0];
        let histories = histories::<Snapshots>(SNAPSHOTS, kind, call);
        measured(c, "snapshots", &1, kind, &histories);
        explained(c, kind, &histories);
    }
}

/// As before, and for a history without an order, the smallest set of its calls that has none.
fn explained(c: &mut Criterion, kind: &str, histories: &[History<Snapshots>]) {
    let mut group = c.benchmark_group("snapshots explained");
    group.throughput(Throughput::Elements(histories.len() as u64)).sample_size(20);
    let mut search = Search::default();
    group.bench_function(kind, |b| {
        b.iter(|| {
            for history in histories {
                if let Found::Nothing(deepest) = search.one(&history.rules, &1, &history.spans, MOST) {
                    black_box(why(history, &deepest));
                }
            }
        });
    });
}

/// Returns, where the longest beginning of an order ends, the calls that might come next and what may be true there.
fn why(history: &History<Snapshots>, deepest: &[usize]) -> (u64, Vec<usize>) {
    let mut state = 1;
    for call in deepest {
        state = history.rules.step(&state, *call).unwrap_or_default();
    }
    let open: Vec<usize> = (0..history.spans.len()).filter(|call| !deepest.contains(call)).collect();
    let least = open.iter().map(|call| history.spans[*call].returned).min().unwrap_or_default();
    (state, open.into_iter().filter(|call| history.spans[*call].called <= least).collect())
}

criterion_group!(benches, register, snapshots, real::histories);
criterion_main!(benches);
