//! How many steps a second the model and the oracle judge in the process, on one core.
//!
//! The events are ready-made: the model's own world answers, and each answer is written and read once, as if it had come
//! over the wire. Only [`Belief::observe`] is timed. Beside it runs a yardstick that does nothing of ours, so that figures
//! of two machines, or of one machine at two times, can be compared by their ratio to it.

use std::collections::{BTreeMap, HashMap};
use std::hint::black_box;
use std::time::Duration;

use copysnap::model::{Answer, Freedom, Home as Place, State, predict};
use copysnap::oracle::{Belief, Home};
use copysnap::service::{
    Call, CopySnapshot, CreateSnapshot, Fault, Fixture, Form, Owner, OwnerKind, Step, TagArg, Text, text,
};
use copysnap::trace::{Event, Interval, Role};
use copysnap::wire::{Style, read_answer, write_fault, write_reply};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use jiff::Timestamp;
use proptest::prelude::RngExt as _;
use proptest::test_runner::{RngAlgorithm, TestRng};

const ACCOUNT: &str = "123456789012";
const REGION: &str = "us-east-1";
/// How long the world takes to finish what is begun.
const TAKES: Duration = Duration::from_millis(50);
/// How long the world takes for what is to stay unresolved.
const NEVER: Duration = Duration::from_secs(1 << 30);

/// A target that conforms, what is believed of it, and the events that are to be judged.
struct Play {
    world: State,
    belief: Belief,
    now: Duration,
    events: Vec<Event>,
}

impl Play {
    /// A world with one group and one snapshot of it, `base`.
    fn new() -> Self {
        let place = Place { region: text(REGION), account: text(ACCOUNT), epoch: Timestamp::UNIX_EPOCH };
        let home = Home {
            region: text(REGION),
            account: Some(text(ACCOUNT)),
            prefix: text("cs-"),
            kms_key: None,
            settle_limit: Duration::from_secs(60),
            quota: usize::MAX,
            reads_lag: false,
        };
        let mut play =
            Self { world: State::new(place, None), belief: Belief::new(home), now: Duration::ZERO, events: Vec::new() };
        play.send(Call::Fixture(Fixture::Create(group())), TAKES);
        play.belief.know_owner(group(), true);
        play.pass();
        play.send(create("cs-base"), TAKES);
        play.pass();
        play.describe("cs-base");
        play
    }

    /// Lets the world finish what is begun.
    fn pass(&mut self) {
        self.now += TAKES;
        self.world.progress(self.now);
    }

    fn send(&mut self, call: Call, takes: Duration) {
        self.now += Duration::from_micros(500);
        let step = Step::from(call);
        let operation = step.call.operation();
        let prediction = predict(&self.world, &step);
        let freedom = Freedom { takes, ..Freedom::default() };
        let style = Style::default();
        let likeliest = prediction.allowed.iter().min_by_key(|allowed| allowed.rank);
        let (status, body) = match likeliest.map(|allowed| allowed.answer.clone()) {
            Some(Answer::Fault(code)) => {
                let status = code.status().unwrap_or(400);
                (status, write_fault(&Fault { code, message: text("no") }, "id", &style))
            }
            Some(Answer::Reply) | None => {
                (200, write_reply(operation, &self.world.apply(&step, self.now, &freedom), "id", &style))
            }
        };
        let (outcome, _) = read_answer(operation, status, Some("text/xml"), None, &body);
        let interval = Interval { called: self.now, returned: self.now };
        self.events.push(Event { role: Role::Given, step, outcome, form: Form::default(), interval });
    }

    fn describe(&mut self, name: &str) {
        self.send(Call::describe(&text(name)), TAKES);
    }

    fn copy(&mut self, source: &str, target: &str) {
        self.send(copy(source, target, None), TAKES);
    }

    fn delete(&mut self, name: &str) {
        self.send(Call::Delete { name: Some(text(name)) }, TAKES);
    }

    /// Judges what was sent so far, so that only what follows is timed.
    fn known(mut self) -> Self {
        self.belief = self.judged();
        self.events.clear();
        self
    }

    /// Returns what is believed after all events, none of which may contradict anything.
    fn judged(&self) -> Belief {
        let mut belief = self.belief.clone();
        for event in &self.events {
            let judgement = belief.observe(event);
            assert!(judgement.contradictions().next().is_none(), "{:?}: {judgement:?}", event.step);
        }
        belief
    }

    /// Adds what cases do: three snapshots from their making to their end, with tags and refusals in between.
    fn mix(&mut self, round: usize) {
        let [a, b, c] = ["a", "b", "c"].map(|name| format!("cs-{}-{name}", round % 4));
        self.copy("cs-base", &a);
        self.describe(&a);
        self.pass();
        self.describe(&a);
        self.send(copy(&a, &b, Some(vec![tag("team", "one")])), TAKES);
        self.copy("cs-base", &a);
        self.describe(&a);
        self.pass();
        self.describe(&b);
        self.send(Call::ListTags { resource: Some(arn(&b)) }, TAKES);
        self.send(Call::AddTags { resource: Some(arn(&b)), tags: Some(vec![tag("cost", "2")]) }, TAKES);
        self.send(Call::ListTags { resource: Some(arn(&b)) }, TAKES);
        self.copy("cs-never", &c);
        self.describe("cs-never");
        self.send(Call::RemoveTags { resource: Some(arn(&b)), keys: Some(vec![text("team")]) }, TAKES);
        self.send(create(&c), TAKES);
        self.pass();
        self.describe(&c);
        self.describe("cs-base");
        self.delete(&a);
        self.describe(&a);
        self.pass();
        self.describe(&a);
        self.delete(&b);
        self.delete(&c);
        self.pass();
        self.describe(&b);
        self.describe(&c);
        self.delete(&a);
    }
}

fn group() -> Owner {
    Owner { kind: OwnerKind::Group, id: text("cs-g") }
}

fn create(name: &str) -> Call {
    Call::Create(CreateSnapshot { name: Some(text(name)), group: Some(group().id), ..CreateSnapshot::default() })
}

fn copy(source: &str, target: &str, tags: Option<Vec<TagArg>>) -> Call {
    let (source, target) = (Some(text(source)), Some(text(target)));
    Call::Copy(CopySnapshot { source, target, tags, ..CopySnapshot::default() })
}

fn tag(key: &str, value: &str) -> TagArg {
    TagArg { key: Some(text(key)), value: Some(text(value)) }
}

fn arn(name: &str) -> Text {
    text(format!("arn:aws:elasticache:{REGION}:{ACCOUNT}:snapshot:{name}"))
}

/// What cases do, with nothing else around.
fn sequential() -> Play {
    let mut play = Play::new().known();
    (0..8).for_each(|round| play.mix(round));
    play
}

/// What cases do, with eight copies around that stay `creating`, and are looked at and copied now and then.
fn unresolved() -> Play {
    let names: Vec<String> = (0..8).map(|number| format!("cs-u{number}")).collect();
    let mut play = Play::new();
    for name in &names {
        play.send(copy("cs-base", name, None), NEVER);
    }
    let mut play = play.known();
    for (round, name) in names.iter().enumerate() {
        play.mix(round);
        play.describe(name);
        play.copy(name, "cs-x");
    }
    play
}

/// Describes by name, copies and deletions among so many live snapshots.
fn live(count: usize) -> Play {
    let names: Vec<String> = (0..count).map(|number| format!("cs-live-{number}")).collect();
    let mut play = Play::new();
    for name in &names {
        play.copy("cs-base", name);
    }
    play.pass();
    for name in &names {
        play.describe(name);
    }
    play.describe("cs-base");
    let mut play = play.known();
    let mut turn = names.iter().cycle().step_by(count.min(5));
    let mut next = || turn.next().map(String::as_str).unwrap_or_default();
    for _ in 0..24 {
        play.describe(next());
        play.copy(next(), "cs-x");
        play.pass();
        play.describe("cs-x");
        play.describe(next());
        play.delete("cs-x");
        play.pass();
        play.describe("cs-x");
        let renewed = next();
        play.delete(renewed);
        play.pass();
        play.describe(renewed);
        play.copy("cs-base", renewed);
        play.pass();
        play.describe(renewed);
    }
    play
}

/// How many sequences the yardstick plays at a time, of so many steps each.
const YARD: (usize, usize) = (50, 20);

/// The yardstick: puts, gets and deletions (3 : 2 : 1) of 8 keys in a hash map, each answer and the length held against a
/// tree map.
fn yardstick(random: &mut TestRng) {
    for _ in 0..YARD.0 {
        let (mut tried, mut model) = (HashMap::new(), BTreeMap::new());
        for _ in 0..YARD.1 {
            let (key, value) = (random.random_range(0..8_u8), random.random::<u8>());
            let (answer, expected) = match random.random_range(0..6_u8) {
                0..3 => (tried.insert(key, value), model.insert(key, value)),
                3..5 => (tried.get(&key).copied(), model.get(&key).copied()),
                _ => (tried.remove(&key), model.remove(&key)),
            };
            assert_eq!((answer, tried.len()), (expected, model.len()));
        }
    }
}

fn oracle(criterion: &mut Criterion) {
    let mut random = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut yard = criterion.benchmark_group("yardstick");
    yard.throughput(Throughput::Elements((YARD.0 * YARD.1) as u64));
    yard.bench_function("map", |bencher| bencher.iter(|| yardstick(&mut random)));
    yard.finish();
    let mut group = criterion.benchmark_group("steps");
    let plays = [
        (BenchmarkId::from_parameter("sequential"), sequential()),
        (BenchmarkId::from_parameter("unresolved-8"), unresolved()),
        (BenchmarkId::new("live", 1), live(1)),
        (BenchmarkId::new("live", 64), live(64)),
    ];
    for (id, play) in plays {
        black_box(play.judged());
        let Play { belief, events, .. } = play;
        group.throughput(Throughput::Elements(events.len() as u64));
        group.bench_function(id, |bencher| {
            bencher.iter_batched_ref(
                || belief.clone(),
                |belief| {
                    for event in &events {
                        black_box(belief.observe(event));
                    }
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, oracle);
criterion_main!(benches);
