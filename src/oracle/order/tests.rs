#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::io::Read;

use super::*;

/// Histories of a register, one a line: threads, calls, kind, then `thread:R|W:value:called:returned` for each call.
const HISTORIES: &[u8] = include_bytes!("../../bench/data/reghist.txt.gz");
/// What stateright 0.31's `LinearizabilityTester` says of each in the order of the lines, four to a digit, the first in
/// the highest bit: each history fed to it by its times, and `is_consistent` asked at the end.
const VERDICTS: &str = include_str!("../../bench/data/reghist-verdicts.txt");

struct Register(Vec<(bool, u8)>);

impl Rules for Register {
    type State = u8;

    fn step(&self, state: &u8, call: usize) -> Option<u8> {
        let (writes, value) = self.0.get(call).copied()?;
        (writes || value == *state).then_some(value)
    }

    fn is_look(&self, call: usize) -> bool {
        self.0.get(call).is_some_and(|(writes, _)| !writes)
    }
}

fn read(line: &str) -> (Register, Vec<Span>) {
    let mut calls: Vec<(Span, (bool, u8))> = line
        .split(' ')
        .skip(3)
        .map(|call| {
            let words: Vec<&str> = call.split(':').collect();
            let at = |place: usize| Duration::from_nanos(words.get(place).unwrap().parse().unwrap());
            let call = (words.get(1) == Some(&"W"), words.get(2).unwrap().parse().unwrap());
            (Span { called: at(3), returned: at(4) }, call)
        })
        .collect();
    calls.sort_by_key(|(span, _)| span.called);
    let (spans, calls): (Vec<Span>, Vec<(bool, u8)>) = calls.into_iter().unzip();
    (Register(calls), spans)
}

#[test]
fn a_registers_histories_are_judged_as_stateright_judges_them() {
    let mut text = String::new();
    flate2::read::GzDecoder::new(HISTORIES).read_to_string(&mut text).unwrap();
    let digits = VERDICTS.chars().filter_map(|digit| digit.to_digit(16));
    let verdicts: Vec<bool> = digits.flat_map(|digit| (0..4).rev().map(move |bit| digit >> bit & 1 == 1)).collect();
    assert_eq!(text.lines().count(), verdicts.len());
    let mut search = Search::default();
    let (mut fit, mut fail) = (0, 0);
    for (line, verdict) in text.lines().zip(verdicts) {
        let (register, spans) = read(line);
        let found = search.one(&register, &0, &spans, 1_000_000);
        match &found {
            Found::Order(order) => {
                fit += 1;
                let mut state = 0;
                for (place, call) in order.iter().enumerate() {
                    state = register.step(&state, *call).unwrap();
                    let is_early = |later: &usize| spans.get(*later).unwrap().precedes(spans.get(*call).unwrap());
                    assert!(!order.iter().skip(place + 1).any(is_early), "{line}: {order:?}");
                }
                assert_eq!(order.len(), spans.len());
            }
            Found::Nothing(_) => fail += 1,
            Found::Bound => {}
        }
        assert_eq!(matches!(found, Found::Order(_)), verdict, "{line}");
    }
    assert!(fit >= 8000 && fail > 1000, "{fit} fit, {fail} do not");
}

#[test]
fn a_search_that_reaches_its_bound_says_so() {
    let (register, spans) = read("2 3 ? 0:W:1:0:9 1:W:2:0:9 2:R:3:0:9");
    assert_eq!(Search::default().one(&register, &0, &spans, 2), Found::Bound);
    assert!(matches!(Search::default().one(&register, &0, &spans, 100), Found::Nothing(_)));
}
