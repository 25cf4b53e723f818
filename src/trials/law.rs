use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;
use libtest_mimic::{Failed, Trial};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use super::{none, trial};
use crate::model::{
    Allowed, Answer, Freedom, Home as World, ListOrder, OtherSource, Phase, State, UnknownOwner, export_key, predict,
};
use crate::oracle::{Belief, Home};
use crate::service::{
    Call, CopySnapshot, CreateSnapshot, DescribeSnapshots, Fault, FaultCode, Fixture, Indeterminate, Input, Operation,
    Outcome, Owner, OwnerKind, Page, Permissions, Reply, S3Action, S3Call, Shape, Step, TagArg, Text, text,
};
use crate::trace::{Event, Interval, Role, outcome_line, step_line};
use crate::wire::{Style, read_answer, read_request, write_fault, write_reply};

/// How many sequences are tried, and how many where there is time for it.
const SEQUENCES: [u32; 2] = [1000, 340_000];
/// How long the longest is.
const LONGEST: usize = 60;
/// The seed of all that is drawn, so that a failure comes again.
const SEED: [u8; 32] = *b"copysnap: belief and model agree";

pub(super) const REGION: &str = "us-east-1";
pub(super) const ACCOUNT: &str = "123456789012";
/// The bucket that exports go to.
const BUCKET: &str = "cs-bucket";
/// A bucket that takes exports too, of which the oracle hears nothing.
const UNHEARD: &str = "unheard-bucket";
/// A bucket that takes exports too, made by a request whose answer was lost: asked again, it is there already.
const AGAIN: &str = "cs-again";
/// The names that sequences use; a few, so that they meet.
const NAMES: &[&str] = &["cs-a", "cs-b", "cs-c", "cs-d", "CS-A"];

/// Returns the trials about properties of model and oracle.
pub(super) fn trials(full: bool) -> Vec<Trial> {
    let [some, many] = SEQUENCES;
    let cases = if full { many } else { some };
    vec![
        trial("law", "oracle", "never contradicts what the model does", move || sound(cases, false)),
        trial("law", "oracle", "never contradicts what the model does where answers are lost", move || {
            sound(cases, true)
        }),
        trial("law", "oracle", "takes what a describe misses for gone, and not for sure", missed),
        trial("law", "model", "refuses what lacks a required input and nothing else", required),
    ]
}

/// A snapshot that a describe missed is there still where its deletion may have been lost; where it was accepted, what
/// answers for it is asked again.
fn missed() -> Result<(), Failed> {
    let name = text("cs-a");
    let resource = || Some(text(format!("arn:aws:elasticache:{REGION}:{ACCOUNT}:snapshot:cs-a")));
    let delete = || Call::Delete { name: Some(name.clone()) };
    let mut wrong = Vec::new();
    for (lost, call, again) in
        [(Lost::Request, delete(), false), (Lost::Nothing, Call::ListTags { resource: resource() }, true)]
    {
        let (mut world, mut belief) = begin();
        let create =
            CreateSnapshot { name: Some(name.clone()), group: Some(text("cs-g")), ..CreateSnapshot::default() };
        let mut said = crate::oracle::Judgement::default();
        let calls = [
            (Call::Create(create), Lost::Nothing, false),
            (Call::describe(&name), Lost::Nothing, false),
            (delete(), lost, false),
            (Call::describe(&name), Lost::Nothing, true),
            (call.clone(), Lost::Nothing, false),
        ];
        for (number, (call, lost, misses)) in calls.into_iter().enumerate() {
            let now = Duration::from_secs(1 + number as u64);
            world.progress(now);
            let freedom = Freedom { takes: Duration::from_millis(10), ..Freedom::default() };
            let deletes = number == 2 && lost == Lost::Nothing;
            let freedom = if deletes { Freedom { takes: Duration::from_secs(9), ..freedom } } else { freedom };
            let replies = |allowed: &Allowed| allowed.answer == Answer::Reply;
            let choice = predict(&world, &call.clone().into()).allowed.iter().position(replies).unwrap_or_default();
            let drawn = Drawn { call: call.clone(), after: 0, choice, freedom: freedom.clone(), lost };
            let mut event = answer(&mut world, call.into(), &drawn, &freedom, now, number);
            if misses {
                event.outcome = Outcome::Reply(Reply::Snapshots(Page { snapshots: Vec::new(), marker: None }));
            }
            said = belief.observe(&event);
            let found = said.contradictions().next().map(|(clause, found)| format!("{clause}: {}", found.observed));
            wrong.extend(found.map(|found| format!("{}: {found}", step_line(&event.step))));
        }
        if said.passing != again {
            wrong.push(format!("{call:?}: asked again: {}", said.passing));
        }
    }
    none(&wrong)
}

/// What an operation requires is what the model refuses to do without, and all that it needs.
fn required() -> Result<(), Failed> {
    let owner = Owner { kind: OwnerKind::Group, id: text("cs-g") };
    let home = World { region: text(REGION), account: text(ACCOUNT), epoch: Timestamp::UNIX_EPOCH };
    let mut world = State::new(home, None);
    let group = Some(text("cs-g"));
    let create = CreateSnapshot { name: Some(text("cs-a")), group, ..CreateSnapshot::default() };
    for call in [Call::Fixture(Fixture::Create(owner)), Call::Create(create)] {
        world.apply(&call.into(), Duration::ZERO, &Freedom::default());
        world.progress(Duration::from_secs(60));
    }
    let value = |input| match input {
        Input::SourceSnapshotName => "cs-a",
        Input::TargetSnapshotName => "cs-b",
        Input::SnapshotName => "cs-c",
        _ => "arn:aws:elasticache:us-east-1:123456789012:snapshot:cs-a",
    };
    let mut wrong = Vec::new();
    for operation in Operation::ALL.iter().copied().filter(|operation| operation.is_modelled()) {
        let asked = |absent: Option<Input>| {
            let given = operation.required().iter().filter(|input| Some(**input) != absent);
            let mut pairs = vec![("Action".to_owned(), operation.name().to_owned())];
            pairs.extend(given.map(|input| match input.shape() {
                Shape::Tags => ("Tags.Tag.1.Key".to_owned(), "k".to_owned()),
                Shape::Keys => ("TagKeys.member.1".to_owned(), "k".to_owned()),
                _ if operation == Operation::DeleteSnapshot => (input.name().to_owned(), "cs-a".to_owned()),
                _ => (input.name().to_owned(), value(*input).to_owned()),
            }));
            // A snapshot is taken of something, though the API model requires neither id.
            if operation == Operation::CreateSnapshot {
                pairs.push((Input::ReplicationGroupId.name().to_owned(), "cs-g".to_owned()));
            }
            pairs
        };
        for absent in operation.required().iter().copied().map(Some).chain([None]) {
            let step = read_request(&asked(absent))?;
            let prediction = predict(&world, &step);
            let replies = prediction.allowed.iter().any(|allowed| allowed.answer == Answer::Reply);
            if prediction.open || replies == absent.is_some() {
                let without = absent.map_or("nothing", Input::name);
                wrong.push(format!("{} with {without} left out: {:?}", operation.name(), prediction.allowed));
            }
        }
    }
    none(&wrong)
}

/// What is asked, and what is drawn for it.
#[derive(Clone, Debug)]
pub(super) struct Drawn {
    pub(super) call: Call,
    /// How long after the request before, in milliseconds.
    pub(super) after: u64,
    /// Which of the allowed outcomes comes.
    pub(super) choice: usize,
    pub(super) freedom: Freedom,
    pub(super) lost: Lost,
}

/// What is lost on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    Nothing,
    Answer,
    Request,
}

fn sound(cases: u32, losing: bool) -> Result<(), Failed> {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &SEED);
    let order =
        prop_oneof![Just(ListOrder::Names), Just(ListOrder::Backwards), any::<u64>().prop_map(ListOrder::Scattered),];
    let sequences = (order, vec(drawn(losing), 1..LONGEST));
    let law = |(order, sequence): (ListOrder, Vec<Drawn>)| play(order, &sequence).map_err(TestCaseError::fail);
    TestRunner::new_with_rng(config, rng).run(&sequences, law).map_err(|error| match error {
        TestError::Abort(reason) | TestError::Fail(reason, _) => Failed::from(reason),
    })
}

/// Returns a world with one group, and what is believed of it.
pub(super) fn begin() -> (State, Belief) {
    let owner = Owner { kind: OwnerKind::Group, id: text("cs-g") };
    let home = World { region: text(REGION), account: text(ACCOUNT), epoch: Timestamp::UNIX_EPOCH };
    let mut world = State::new(home, None);
    let mut belief = Belief::new(Home {
        region: text(REGION),
        account: Some(text(ACCOUNT)),
        prefix: text("cs-"),
        kms_key: None,
        settle_limit: Duration::from_secs(60),
        quota: usize::MAX,
        reads_lag: false,
    });
    world.apply(&Call::Fixture(Fixture::Create(owner.clone())).into(), Duration::ZERO, &Freedom::default());
    belief.know_owner(owner, true);
    let create = S3Action::CreateBucket { acl: Some(Permissions::ALL) };
    for bucket in [UNHEARD, AGAIN] {
        let call = Call::S3(S3Call { bucket: text(bucket), ..s3(create.clone()) });
        world.apply(&call.into(), Duration::ZERO, &Freedom::default());
    }
    let again = S3Call { bucket: text(AGAIN), ..s3(create.clone()) };
    belief.observe(&of_s3(&mut world, &again, Duration::ZERO, Lost::Nothing));
    for action in [create, S3Action::ListObjects { token: None }] {
        belief.observe(&of_s3(&mut world, &s3(action), Duration::ZERO, Lost::Nothing));
    }
    (world, belief)
}

/// Lets the model answer the sequence and the oracle judge it; the story is told where it objects.
fn play(order: ListOrder, sequence: &[Drawn]) -> Result<(), String> {
    let (mut world, mut belief) = begin();
    let mut now = Duration::from_secs(1);
    let mut story = String::new();
    for (number, drawn) in sequence.iter().enumerate() {
        now += Duration::from_millis(drawn.after);
        world.progress(now);
        let step = Step::from(drawn.call.clone());
        let freedom = Freedom { order, ..drawn.freedom.clone() };
        let event = answer(&mut world, step, drawn, &freedom, now, number);
        let _ = writeln!(
            story,
            "{:>6} ms  {} => {}",
            now.as_millis(),
            step_line(&event.step),
            outcome_line(&event.outcome)
        );
        let judgement = belief.observe(&event);
        if let Some((clause, found)) = judgement.contradictions().next() {
            return Err(format!("{clause}: expected {}, observed {}\n{story}", found.expected, found.observed));
        }
    }
    Ok(())
}

/// Returns what the model answers, as it is read off the wire.
pub(super) fn answer(
    world: &mut State,
    step: Step,
    drawn: &Drawn,
    freedom: &Freedom,
    now: Duration,
    number: usize,
) -> Event {
    if let Call::S3(call) = &step.call {
        return of_s3(world, call, now, drawn.lost);
    }
    if drawn.lost == Lost::Request {
        return unanswered(step, now);
    }
    let operation = step.call.operation();
    let prediction = predict(world, &step);
    let chosen = prediction.allowed.get(drawn.choice % prediction.allowed.len().max(1));
    let id = format!("00000000-0000-4000-8000-{number:012}");
    let (status, body) = match chosen.map(|allowed| (&allowed.answer, allowed.wording.as_ref())) {
        Some((Answer::Fault(code), wording)) => {
            let message = wording.map_or_else(|| text("a message"), |wording| wording.one("a bucket"));
            let fault = Fault { code: code.clone(), message };
            (code.status().unwrap_or(400), write_fault(&fault, &id, &Style::default()))
        }
        Some((Answer::Reply, _)) | None => {
            (200, write_reply(operation, &world.apply(&step, now, freedom), &id, &Style::default()))
        }
    };
    if drawn.lost == Lost::Answer {
        return unanswered(step, now);
    }
    let (outcome, form) = read_answer(operation, status, Some("text/xml"), Some(&id), &body);
    Event { role: Role::Given, step, outcome, form, interval: Interval { called: now, returned: now } }
}

fn unanswered(step: Step, now: Duration) -> Event {
    let (outcome, form) = (Outcome::Indeterminate(Indeterminate::TimedOut), crate::service::Form::default());
    Event { role: Role::Given, step, outcome, form, interval: Interval { called: now, returned: now } }
}

/// Returns what S3 answers, and lets it take effect.
fn of_s3(world: &mut State, call: &S3Call, now: Duration, lost: Lost) -> Event {
    let step = Step::from(Call::S3(call.clone()));
    if lost == Lost::Request {
        return unanswered(step, now);
    }
    let outcome = match world.buckets.answer(call, &text(ACCOUNT)) {
        Ok(reply) => Outcome::Reply(Reply::S3(reply)),
        Err(fault) => Outcome::Fault(Fault { code: FaultCode::from_code(fault.code), message: text("") }),
    };
    if lost == Lost::Answer {
        return unanswered(step, now);
    }
    let form = crate::service::Form::default();
    Event { role: Role::Given, step, outcome, form, interval: Interval { called: now, returned: now } }
}

fn s3(action: S3Action) -> S3Call {
    S3Call { bucket: text(BUCKET), region: text(REGION), account: None, action }
}

pub(super) fn drawn(losing: bool) -> impl Strategy<Value = Drawn> {
    let lost = if losing {
        prop_oneof![18 => Just(Lost::Nothing), 1 => Just(Lost::Answer), 1 => Just(Lost::Request)].boxed()
    } else {
        Just(Lost::Nothing).boxed()
    };
    (call(), 0..60_u64, any::<usize>(), freedom(), lost).prop_map(|(call, after, choice, freedom, lost)| Drawn {
        call,
        after,
        choice,
        freedom,
        lost,
    })
}

fn name() -> impl Strategy<Value = Text> {
    select(NAMES).prop_map(text)
}

fn resource() -> impl Strategy<Value = Option<Text>> {
    let arn = |name: Text| text(format!("arn:aws:elasticache:{REGION}:{ACCOUNT}:snapshot:{}", name.to_lowercase()));
    name().prop_map(move |name| Some(arn(name)))
}

fn object() -> impl Strategy<Value = Text> {
    name().prop_map(|name| text(export_key(&name, 1)))
}

fn tags() -> impl Strategy<Value = Option<Vec<TagArg>>> {
    let tag = (select(vec!["x", "y", "X"]), select(vec!["1", "2", ""]))
        .prop_map(|(key, value)| TagArg { key: Some(text(key)), value: Some(text(value)) });
    prop_oneof![Just(None), vec(tag, 0..3).prop_map(Some)]
}

fn call() -> impl Strategy<Value = Call> {
    let group = || Some(text("cs-g"));
    prop_oneof![
        3 => (name(), tags()).prop_map(move |(name, tags)| {
            Call::Create(CreateSnapshot { name: Some(name), group: group(), tags, ..CreateSnapshot::default() })
        }),
        6 => (name(), name(), tags()).prop_map(|(source, target, tags)| {
            let (source, target) = (Some(source), Some(target));
            Call::Copy(CopySnapshot { source, target, tags, ..CopySnapshot::default() })
        }),
        4 => (name(), name(), select(vec![BUCKET, BUCKET, UNHEARD, AGAIN, "cs-missing"])).prop_map(|(source, target, bucket)| {
            let (source, target) = (Some(source), Some(target));
            Call::Copy(CopySnapshot { source, target, bucket: Some(text(bucket)), ..CopySnapshot::default() })
        }),
        3 => Just(Call::S3(s3(S3Action::ListObjects { token: None }))),
        1 => object().prop_map(|key| Call::S3(s3(S3Action::GetObject { key }))),
        1 => object().prop_map(|key| Call::S3(s3(S3Action::PutObject { key, body: text("mine") }))),
        1 => object().prop_map(|key| Call::S3(s3(S3Action::DeleteObject { key }))),
        3 => name().prop_map(|name| Call::Delete { name: Some(name) }),
        6 => name().prop_map(|name| Call::describe(&name)),
        3 => Just(Call::Describe(DescribeSnapshots::default())),
        1 => Just(Call::Describe(DescribeSnapshots { group: group(), ..DescribeSnapshots::default() })),
        1 => select(vec!["user", "system"]).prop_map(|source| {
            Call::Describe(DescribeSnapshots { source: Some(text(source)), ..DescribeSnapshots::default() })
        }),
        2 => (resource(), tags()).prop_map(|(resource, tags)| Call::AddTags { resource, tags }),
        1 => (resource(), select(vec!["x", "y"])).prop_map(|(resource, key)| {
            Call::RemoveTags { resource, keys: Some(vec![text(key)]) }
        }),
        3 => resource().prop_map(|resource| Call::ListTags { resource }),
    ]
}

fn freedom() -> impl Strategy<Value = Freedom> {
    let lags = (0..=100_u64, 0..=100_u64, 0..=100_u64, 0..=100_u64);
    let statuses = vec![Phase::Available, Phase::Copying, Phase::Creating, Phase::Exporting];
    let exports =
        (select(vec![Phase::Available, Phase::Copying, Phase::Exporting]), select(statuses), any::<[bool; 3]>());
    let fails = prop_oneof![11 => Just(false), 1 => Just(true)];
    let lists = (
        prop_oneof![3 => Just(None), 1 => (1..3_usize).prop_map(Some)],
        prop_oneof![Just(OtherSource::Filters), Just(OtherSource::Nothing), Just(OtherSource::Ignored)],
        any::<[bool; 2]>(),
    );
    (lags, any::<[bool; 9]>(), exports, fails, lists).prop_map(
        |((takes, named, listed, lingers), flags, exports, fails, lists)| {
            let (export_source, export_status, [export_shown, export_lower, export_names_source]) = exports;
            let (short_page, other_source, [removal_lists_none, manual]) = lists;
            let part = |percent: u64| Duration::from_millis(takes * percent / 100);
            let [
                copying,
                source_copying,
                size_later,
                own_create_time,
                no_retention,
                clears,
                late,
                first_tag,
                minds_case,
            ] = flags;
            Freedom {
                takes: Duration::from_millis(takes),
                named_after: part(named),
                listed_after: part(listed),
                lingers: part(lingers),
                first: if copying { Phase::Copying } else { Phase::Creating },
                source_copying,
                copy_fails: fails,
                size_later,
                own_create_time,
                no_retention,
                empty_list_clears: clears,
                tags_late: late,
                first_tag_wins: first_tag,
                minds_case,
                export_source,
                export_status,
                export_shown,
                export_lower,
                export_names_source,
                short_page,
                other_source,
                removal_lists_none,
                unknown_owner: if manual { UnknownOwner::Manual } else { UnknownOwner::Nothing },
                ..Freedom::default()
            }
        },
    )
}
