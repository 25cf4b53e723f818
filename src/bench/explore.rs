//! How many steps a second are drawn, predicted and compared in the process, on one core, and how long a tour takes to plan.
//!
//! What is timed is all that exploration does but for the network: a step is drawn from what is believed, bound to names,
//! answered by a world of the model's own, and held against the model. Before anything is timed, a guide goes through many
//! sequences, and must not grow with their number.

#![expect(clippy::print_stdout, reason = "a bench says what it found")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use copysnap::case::{CaseStep, Names};
use copysnap::generate::{Alphabet, Cycle, Guide, Met, Pool, Reach, Rng, Steps, Walk, planned};
use copysnap::model::{Answer, Freedom, Home as Place, State, predict};
use copysnap::oracle::{Belief, Home, Judgement};
use copysnap::service::{Call, CreateSnapshot, Fault, Fixture, Form, Outcome, Owner, OwnerKind, Step, text};
use copysnap::trace::{Event, Interval, Role};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jiff::Timestamp;

const ACCOUNT: &str = "123456789012";
const REGION: &str = "us-east-1";
/// How many steps a sequence has.
const LENGTH: usize = 20;
/// How many sequences are one measurement.
const SEQUENCES: u64 = 200;
/// How many sequences a guide goes through before its memory is looked at, and how many then.
const GROWTH: (usize, usize) = (10_000, 100_000);
/// How much more memory the second may take, in KiB.
const MOST_GROWTH: usize = 4 * 1024;
/// How long the world takes to finish what is begun.
const TAKES: Duration = Duration::from_millis(50);

const REACH: Reach = Reach {
    copies: true,
    creates: true,
    tags: true,
    key: false,
    signatures: false,
    s3: false,
    own: false,
    backups: false,
    restores: false,
    other_region: false,
    other_account: false,
    quota: false,
};

/// A target that conforms, and what is believed of it.
#[derive(Clone)]
struct Play {
    world: State,
    belief: Belief,
    names: Names,
    freedom: Freedom,
    now: Duration,
    /// How many steps were played.
    steps: u64,
}

impl Play {
    /// A world with one group and one snapshot of it.
    fn new() -> Self {
        let owner = Owner { kind: OwnerKind::Group, id: text("cs-g") };
        let place = Place { region: text(REGION), account: text(ACCOUNT), epoch: Timestamp::UNIX_EPOCH };
        let belief = Belief::new(Home {
            region: text(REGION),
            account: Some(text(ACCOUNT)),
            prefix: text("cs-"),
            kms_key: None,
            settle_limit: Duration::from_secs(60),
            quota: usize::MAX,
            reads_lag: false,
        });
        let names = Names {
            prefix: text("cs-"),
            base: text("cs-base"),
            owner: owner.clone(),
            region: text(REGION),
            account: text(ACCOUNT),
            kms_key: None,
            other_account: None,
        };
        let freedom = Freedom { takes: TAKES, ..Freedom::default() };
        let mut play =
            Self { world: State::new(place, None), belief, names, freedom, now: Duration::from_secs(1), steps: 0 };
        play.world.apply(&Call::Fixture(Fixture::Create(owner.clone())).into(), play.now, &play.freedom);
        play.belief.know_owner(owner, true);
        play.pass();
        let base =
            CreateSnapshot { name: Some(text("cs-base")), group: Some(text("cs-g")), ..CreateSnapshot::default() };
        play.send(Call::Create(base).into());
        play.pass();
        play.send(Call::describe(&text("cs-base")).into());
        play
    }

    /// Lets the world finish what is begun.
    fn pass(&mut self) {
        self.now += TAKES;
        self.world.progress(self.now);
    }

    /// Plays a step of a case; waits are looks at what has not settled.
    fn play(&mut self, step: &CaseStep, mut seen: impl FnMut((Event, Judgement))) {
        if let CaseStep::Settle(settle) = step {
            self.pass();
            for name in self.belief.unsettled(&settle.bind(&self.names).unwrap_or_default()) {
                seen(self.send(Call::describe(&name).into()));
            }
        }
        for ask in step.asks() {
            if let Ok(step) = ask.bind(&self.names, 1) {
                seen(self.send(step));
            }
        }
    }

    fn send(&mut self, step: Step) -> (Event, Judgement) {
        self.now += Duration::from_micros(500);
        self.world.progress(self.now);
        self.steps += 1;
        let prediction = predict(&self.world, &step);
        let likeliest = prediction.allowed.iter().min_by_key(|allowed| allowed.rank);
        let outcome = match likeliest.map(|allowed| (allowed.answer.clone(), &allowed.wording)) {
            Some((Answer::Fault(code), wording)) => {
                let message = wording.as_ref().map_or_else(|| text("no"), |wording| wording.one("it"));
                Outcome::Fault(Fault { code, message })
            }
            Some((Answer::Reply, _)) | None => Outcome::Reply(self.world.apply(&step, self.now, &self.freedom)),
        };
        let interval = Interval { called: self.now, returned: self.now };
        let event = Event { role: Role::Given, step, outcome, form: Form::default(), interval };
        let judgement = self.belief.observe(&event);
        (event, judgement)
    }
}

/// Plays sequences of so many steps each, and returns how many steps that came to.
fn sequences(start: &Play, pool: &Arc<Pool>, alphabet: impl Fn(&mut Rng) -> Alphabet, count: u64, check: bool) -> u64 {
    let mut steps = 0;
    for number in 0..count {
        let mut play = start.clone();
        let mut rng = Rng::new(7, number);
        let alphabet = alphabet(&mut rng);
        let mut walk = Walk::of(rng, Arc::clone(pool), REACH, alphabet, LENGTH);
        while let Some(step) = walk.next(&play.belief, &play.names) {
            play.play(&step, |(event, judgement)| {
                let accused = judgement.contradictions().next();
                assert!(!check || accused.is_none(), "{:?}: {judgement:?}", event.step);
                black_box(judgement);
            });
        }
        steps += play.steps - start.steps;
    }
    steps
}

/// The resident memory of this process in KiB; 0 where the system doesn't say.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// Lets a guide say what comes next, and learn, over many sequences.
fn memory() {
    let start = Play::new();
    let mut guide = Guide::new(7, REACH, planned(7, REACH, 100));
    let mut early = 0;
    for number in 0..GROWTH.1 {
        let mut play = start.clone();
        let mut steps = guide.sequence(number);
        let (mut given, mut trace) = (Vec::new(), Vec::new());
        while let Some(step) = steps.next(&play.belief, &play.names) {
            play.play(&step, |seen| trace.push(seen));
            given.push(step);
        }
        let met = Met::of(start.belief.clone(), &trace);
        guide.learn(given, &met);
        if number + 1 == GROWTH.0 {
            early = resident();
        }
    }
    let late = resident();
    println!("memory: {early} KiB after {} sequences, {late} KiB after {}", GROWTH.0, GROWTH.1);
    assert!(late <= early + MOST_GROWTH, "memory grows with the number of sequences");
}

fn explore(criterion: &mut Criterion) {
    memory();
    let start = Play::new();
    let pool = Arc::new(Pool::new(7));
    let mut group = criterion.benchmark_group("sequences");
    group.sample_size(20);
    let parts = |rng: &mut Rng| Alphabet::whole(REACH).part(rng);
    let plain = |_: &mut Rng| Alphabet::plain(REACH);
    group.throughput(Throughput::Elements(sequences(&start, &pool, parts, SEQUENCES, true)));
    group.bench_function("of parts of the alphabet", |bencher| {
        bencher.iter(|| sequences(&start, &pool, parts, SEQUENCES, false));
    });
    group.throughput(Throughput::Elements(sequences(&start, &pool, plain, SEQUENCES, true)));
    group.bench_function("of operations alone", |bencher| {
        bencher.iter(|| sequences(&start, &pool, plain, SEQUENCES, false));
    });
    group.finish();
    let mut group = criterion.benchmark_group("tour");
    group.sample_size(20);
    let cycle = Cycle::new(3);
    let (steps, transitions) = (cycle.tour().len(), cycle.states() * cycle.inputs().len());
    println!("tour of three names: {steps} steps for {transitions} transitions");
    group.bench_function("of three names, planned", |bencher| bencher.iter(|| Cycle::new(3).tour()));
    group.finish();
}

criterion_group!(benches, explore);
criterion_main!(benches);
