//! Histories of the project's own model, and all that may be believed.

use std::hint::black_box;
use std::time::Duration;

use copysnap::model::{Answer, Freedom, Home as Place, State, predict};
use copysnap::oracle::{Belief, Home, Orders};
use copysnap::service::{Call, CopySnapshot, CreateSnapshot, Fault, Fixture, Form, Owner, OwnerKind, Step, Text, text};
use copysnap::trace::{Event, Interval, Role};
use copysnap::wire::{Style, read_answer, write_fault, write_reply};
use criterion::{Criterion, Throughput};
use jiff::Timestamp;

const ACCOUNT: &str = "123456789012";
const REGION: &str = "us-east-1";
/// How many histories of a kind there are: they stay near, as one does that is judged as it comes.
const COUNT: usize = 32;

/// What is believed before, and the calls.
struct Burst {
    belief: Belief,
    events: Vec<Event>,
}

pub(super) fn histories(c: &mut Criterion) {
    let mut group = c.benchmark_group("model");
    group.sample_size(20);
    for (lanes, calls, names) in [(4, 5, 3), (2, 5, 8), (4, 5, 8), (8, 5, 8), (8, 10, 8), (8, 20, 8), (8, 40, 8)] {
        let bursts: Vec<Burst> = (0..COUNT).map(|seed| burst(seed as u64, lanes, calls, names)).collect();
        let mut orders = Orders::default();
        for burst in &bursts {
            assert_eq!(orders.fit(&burst.belief, &burst.events), Some(true), "what the model does fits an order");
        }
        group.throughput(Throughput::Elements(COUNT as u64));
        group.bench_function(format!("{lanes} lanes of {calls} calls on {names} names"), |b| {
            b.iter(|| {
                for burst in &bursts {
                    black_box(orders.fit(&burst.belief, &burst.events));
                }
            });
        });
    }
}

/// Lets a world with one snapshot answer calls in lanes that overlap.
fn burst(mut seed: u64, lanes: usize, calls: usize, names: usize) -> Burst {
    let owner = Owner { kind: OwnerKind::Group, id: text("cs-g") };
    let place = Place { region: text(REGION), account: text(ACCOUNT), epoch: Timestamp::UNIX_EPOCH };
    let mut world = State::new(place, None);
    let mut belief = Belief::new(Home {
        region: text(REGION),
        account: Some(text(ACCOUNT)),
        prefix: text("cs-"),
        kms_key: None,
        settle_limit: Duration::from_secs(60),
        quota: usize::MAX,
        reads_lag: false,
    });
    let freedom = Freedom { takes: Duration::from_millis(5), ..Freedom::default() };
    world.apply(&Call::Fixture(Fixture::Create(owner.clone())).into(), Duration::ZERO, &freedom);
    belief.know_owner(owner, true);
    belief.know_snapshot(&text("cs-base"));
    let base = CreateSnapshot { name: Some(text("cs-base")), group: Some(text("cs-g")), ..CreateSnapshot::default() };
    world.apply(&Call::Create(base).into(), Duration::ZERO, &freedom);
    let mut all: Vec<(Duration, Interval, Call)> = Vec::new();
    for _ in 0..lanes {
        let mut at = Duration::from_secs(1);
        for _ in 0..calls {
            let mut micros = |most| Duration::from_micros(below(&mut seed, most) as u64);
            let called = at + micros(300);
            let point = called + micros(1500);
            let returned = point + micros(1500);
            at = returned + Duration::from_nanos(1);
            all.push((point, Interval { called, returned }, call(&mut seed, names)));
        }
    }
    all.sort_by_key(|(point, _, _)| *point);
    let mut events: Vec<Event> =
        all.into_iter().map(|(point, interval, call)| answer(&mut world, call, point, interval, &freedom)).collect();
    events.sort_by_key(|event| event.interval.called);
    Burst { belief, events }
}

fn call(seed: &mut u64, names: usize) -> Call {
    let mut name = || text(format!("cs-{}", below(seed, names)));
    let (one, other) = (name(), name());
    let copy = |source: Text, target: Text| {
        Call::Copy(CopySnapshot { source: Some(source), target: Some(target), ..CopySnapshot::default() })
    };
    match below(seed, 10) {
        0..=2 => copy(text("cs-base"), one),
        3 => copy(one, other),
        4 => Call::Create(CreateSnapshot { name: Some(one), group: Some(text("cs-g")), ..CreateSnapshot::default() }),
        5 | 6 => Call::Delete { name: Some(one) },
        _ => Call::describe(&one),
    }
}

fn answer(world: &mut State, call: Call, now: Duration, interval: Interval, freedom: &Freedom) -> Event {
    world.progress(now);
    let step = Step::from(call);
    let operation = step.call.operation();
    let prediction = predict(world, &step);
    let style = Style::default();
    let likeliest = prediction.allowed.iter().min_by_key(|allowed| allowed.rank);
    let (status, body) = match likeliest.map(|allowed| allowed.answer.clone()) {
        Some(Answer::Fault(code)) => {
            (code.status().unwrap_or(400), write_fault(&Fault { code, message: text("no") }, "id", &style))
        }
        Some(Answer::Reply) | None => (200, write_reply(operation, &world.apply(&step, now, freedom), "id", &style)),
    };
    let (outcome, _) = read_answer(operation, status, Some("text/xml"), None, &body);
    Event { role: Role::Given, step, outcome, form: Form::default(), interval }
}

/// SplitMix64.
fn below(seed: &mut u64, n: usize) -> usize {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *seed;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) % n.max(1) as u64) as usize
}
