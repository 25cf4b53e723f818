use libtest_mimic::Failed;

use super::super::law::begin;
use super::table::event;
use crate::oracle::{Belief, Beliefs};
use crate::service::text;
use crate::trace::Event;

/// What may be asked, and what may come back; most of it wrong at a time.
const CALLS: &[(&str, &[&str])] = &[
    ("copy s a", &["ok", "ok", "taken", "state", "gone", "lost"]),
    ("copy b a", &["ok", "ok", "taken", "lost"]),
    ("create a", &["ok", "ok", "taken"]),
    ("delete a", &["ok", "ok", "gone", "state", "lost"]),
    ("delete s", &["ok", "ok", "gone", "state"]),
    ("show a", &["absent", "creating", "available"]),
    ("show s", &["absent", "available"]),
    ("tag s x=1", &["{x=1}", "{x=1,y=2}"]),
    ("tag s y=2", &["{y=2}", "{x=1,y=2}"]),
    ("tags s", &["{}", "{x=1}", "{x=1,y=2}"]),
];
/// The most calls of a history.
const MOST: usize = 5;

/// Judges small random histories, and tries every order of each: an answer is contradicted if and only if no order is
/// without a contradiction.
pub(super) fn agrees(count: usize) -> Result<(), Failed> {
    let mut seed = 0x5eed_u64;
    let (mut fits, mut fails) = (0_usize, 0_usize);
    for number in 0..count {
        let lines: Vec<String> = (0..2 + below(&mut seed, MOST - 1)).map(|_| line(&mut seed)).collect();
        let mut events = lines.iter().map(|line| event(line)).collect::<Option<Vec<Event>>>().ok_or("no history")?;
        events.sort_by_key(|event| event.interval.called);
        let start = start();
        let expected = some_order(&start, &events, &mut vec![false; events.len()]);
        let burst = Beliefs::from(start).observe_together(&events);
        let found = burst.judgements.iter().all(|judgement| judgement.contradictions().next().is_none());
        if found != expected {
            return Err(Failed::from(format!(
                "history {number}: an order fits: {expected}, judged: {found}\n{}",
                lines.join("; ")
            )));
        }
        fits += usize::from(found);
        fails += usize::from(!found);
    }
    // Drawn histories of one kind alone would show nothing.
    if fits * 10 < count || fails * 10 < count {
        return Err(Failed::from(format!("{fits} histories fit an order and {fails} none")));
    }
    Ok(())
}

fn start() -> Belief {
    let (_, mut belief) = begin();
    for name in ["b", "s"] {
        belief.know_snapshot(&text(name));
        if let Some(event) = event(&format!("0-0 tags {name} {{}}")) {
            belief.observe(&event);
        }
    }
    belief
}

/// Tells whether some order of the calls that are not done has no contradiction.
fn some_order(belief: &Belief, events: &[Event], done: &mut Vec<bool>) -> bool {
    if done.iter().all(|done| *done) {
        return true;
    }
    (0..events.len()).any(|call| {
        let Some(event) = events.get(call).filter(|_| done.get(call) == Some(&false)) else { return false };
        let waits = events.iter().zip(done.iter()).any(|(other, done)| {
            let lost = matches!(other.outcome, crate::service::Outcome::Indeterminate(_));
            !done && !lost && other.interval.returned < event.interval.called
        });
        let mut after = belief.quiet();
        if waits || after.observe(event).contradictions().next().is_some() {
            return false;
        }
        if let Some(done) = done.get_mut(call) {
            *done = true;
        }
        let fits = some_order(&after, events, done);
        if let Some(done) = done.get_mut(call) {
            *done = false;
        }
        fits
    })
}

fn line(seed: &mut u64) -> String {
    let called = below(seed, 20);
    let returned = called + below(seed, 12);
    let (call, answers) = CALLS.get(below(seed, CALLS.len())).copied().unwrap_or_default();
    let answer = answers.get(below(seed, answers.len())).copied().unwrap_or_default();
    format!("{called}-{returned} {call} {answer}")
}

/// SplitMix64.
pub(super) fn below(seed: &mut u64, n: usize) -> usize {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *seed;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    usize::try_from((mixed ^ (mixed >> 31)) % n.max(1) as u64).unwrap_or_default()
}
