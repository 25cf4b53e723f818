use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use super::command::{expect, made, ran};
use super::stage::Stage;
use super::{Check, checks, none};
use crate::endpoint::{Endpoint, Settings};
use crate::record::{Footer, Log, Record, StepRecord};
use crate::refserver::{ACCOUNT, Options, RefServer};
use crate::service::{
    Call, CreateSnapshot, Fixture, Outcome, Owner, OwnerKind, Permissions, Reply, S3Action, S3Call, Step, Text, text,
};
use crate::target::Target;
use crate::trace::outcome_line;
use crate::wire::s3_message;

/// How long a copy takes, of the minute that it is expected to need.
const COPY: Duration = Duration::from_millis(600);
/// How often a run is held against its plan at most.
const ATTEMPTS: usize = 3;

/// Returns the trials on plans, and on what a run may cost.
pub(super) fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    let all: &[Check] = &[
        ("what is planned is what is then done", kept),
        ("what does not fit does not run and is said", limited),
        ("a policy allows what a run asks for and nothing else", least),
        ("a policy lets exports into a bucket", into_a_bucket),
        ("a snapshot that is given is copied and never touched", given),
    ];
    checks(stage, "cli", all).collect()
}

/// Writes a target file with AWS's settings, a hundred times faster, at that place.
fn target(stage: &Stage, url: &str) -> Result<String, Failed> {
    let aws = Target::builtin("aws")?;
    let milliseconds = |time: Duration| (time / 100).as_millis();
    let text = format!(
        "name = \"quick\"\nendpoint = \"{url}\"\naccount = \"{ACCOUNT}\"\nsettle-limit-s = 18\npoll-start-ms = {}\n\
         poll-most-ms = {}\npace-per-s = {}\nlanes = {}\ntwins = \"run\"\nbase = \"run\"\npolls = \"list\"\nexplore = 0\ncopies = 15\n\
         costs-money = true\ncapabilities = [\"s3\", \"checks-signatures\"]\nsnapshots-per-run = {}\nrequests-per-run = {}\n\
         [prices]\nnode-hour = 0.016\nbackup-gb-month = 0.085\nsnapshot-gb = 0.005\ns3-requests-1000 = 0.005\n\
         source = \"of aws\"\nread = 2026-11-22\n",
        milliseconds(aws.poll_start),
        milliseconds(aws.poll_most),
        aws.pace.unwrap_or(1.0) * 100.0,
        aws.lanes,
        aws.snapshots_per_run.unwrap_or_default(),
        aws.requests_per_run.unwrap_or_default(),
    );
    let file = made(stage)?.join("quick.toml");
    std::fs::write(&file, text)?;
    Ok(file.display().to_string())
}

fn plan(stage: &Stage, words: &[&str]) -> Result<Value, Failed> {
    let out = made(stage)?.display().to_string();
    let copy = format!("{}ms", COPY.as_millis());
    let fixed = ["plan", "--copy-time", &copy, "--account", ACCOUNT, "--format", "json", "--out", &out];
    let ended = ran(stage, &[&fixed, words].concat())?;
    expect(&ended, &[0], &[])?;
    Ok(serde_json::from_str(&ended.out)?)
}

fn run(stage: &Stage, words: &[&str], codes: &[i32]) -> Result<(Footer, Vec<Record>), Failed> {
    let out = made(stage)?;
    let folder = out.display().to_string();
    let copy = format!("{}ms", COPY.as_millis());
    let fixed = ["run", "--seed", "7", "--copy-time", &copy, "--account", ACCOUNT, "--out", &folder];
    let ended = ran(stage, &[&fixed, words].concat())?;
    expect(&ended, codes, &[])?;
    let records = Log::read_whole(&out.join("log.jsonl"))?;
    Ok((Record::footer(&records).cloned().ok_or("the log has no footer")?, records))
}

fn number(plan: &Value, place: &str) -> f64 {
    plan.pointer(place).and_then(Value::as_f64).unwrap_or(f64::NAN)
}

/// Tells whether two numbers differ by that share at most.
fn near(one: f64, other: f64, share: f64) -> bool {
    (one - other).abs() <= share * other
}

#[expect(clippy::cast_precision_loss, reason = "some hundred requests")]
fn kept(stage: &Stage) -> Result<(), Failed> {
    let server = RefServer::start(Options { settle: COPY, require_sigv4: true, ..Options::default() })?;
    let file = target(stage, &server.url)?;
    let planned = plan(stage, &["--target", &file])?;
    let (calls, time) = (number(&planned, "/requests"), number(&planned, "/time_ms") / 1000.0);
    let mut wrong = Vec::new();
    let (mut footer, mut records) = run(stage, &["--target", &file], &[0])?;
    // A machine that is busy with other things looks less often, or later.
    for _ in 1..ATTEMPTS {
        if !near(calls, footer.requests as f64, 0.05) {
            (footer, records) = run(stage, &["--target", &file], &[0])?;
        }
    }
    let (requests, took) = (footer.requests as f64, footer.elapsed_s);
    if !near(calls, requests, 0.05) {
        wrong.push(format!("{calls} requests are planned, and {requests} sent"));
    }
    if stage.place.full && !near(time, took, 0.2) {
        wrong.push(format!("{time} s are planned, and it took {took} s"));
    }
    let made = |operation: &str| {
        let is_it = |record: &&Record| matches!(record, Record::Step(step) if step.operation == operation && step.status == 200 && !step.call.contains("TargetBucket"));
        records.iter().filter(is_it).count()
    };
    let copies = made("CopySnapshot");
    let snapshots = copies + made("CreateSnapshot");
    if copies > 18 || snapshots > 20 || footer.requests > 600 {
        wrong.push(format!("{copies} copies, {snapshots} snapshots and {} requests are made", footer.requests));
    }
    if snapshots < 10 || footer.leaked > 0 || !footer.complete {
        wrong.push(format!("{snapshots} snapshots, {} left behind: {}", footer.leaked, footer.failure));
    }
    none(&wrong)
}

fn limited(stage: &Stage) -> Result<(), Failed> {
    let server = RefServer::start(Options { settle: COPY, require_sigv4: true, ..Options::default() })?;
    let file = target(stage, &server.url)?;
    let ran = |words: &[&str]| -> Result<(f64, String), Failed> {
        let planned = plan(stage, &[&["--target", &file], words].concat())?;
        Ok((number(&planned, "/resources/copies"), planned.to_string()))
    };
    let mut wrong = Vec::new();
    let (whole, _) = ran(&[])?;
    for (words, most, said) in [
        (["--budget-usd", "0.001"], 0.0, "the budget of 0.001 USD does not pay for the node of the base"),
        (["--budget-usd", "0.016002"], whole - 2.0, "it goes beyond the budget of 0.016002 USD"),
        (["--deadline", "2s"], whole - 2.0, "it would not be over by the deadline of 2 s"),
    ] {
        let (copies, text) = ran(&words)?;
        if copies > most || !text.contains(said) {
            wrong.push(format!("{words:?}: {copies} copies of {whole}, and not said: {said}"));
        }
    }
    // What a plan leaves out a run leaves out.
    let (footer, _) = run(stage, &["--target", &file, "--budget-usd", "0.001"], &[0, 4])?;
    if footer.calls.contains_key("CopySnapshot") && footer.calls.get("CopySnapshot") > Some(&1) {
        wrong.push(format!("a run without a budget asks for {:?}", footer.calls));
    }
    none(&wrong)
}

fn given(stage: &Stage) -> Result<(), Failed> {
    let server = RefServer::start(Options::default())?;
    let made = made(stage)?.display().to_string();
    let endpoint = Endpoint::new(Settings::new(&server.url))?;
    let ask = |call: Call| stage.wait(endpoint.call(&call.into(), Instant::now())).outcome;
    let owner = Owner { kind: OwnerKind::Group, id: text("theirs") };
    ask(Call::Fixture(Fixture::Create(owner.clone())));
    std::thread::sleep(Duration::from_millis(200));
    ask(Call::Create(CreateSnapshot {
        name: Some(text("golden")),
        group: Some(owner.id),
        ..CreateSnapshot::default()
    }));
    std::thread::sleep(Duration::from_millis(200));
    let words = ["run", "--endpoint", &server.url, "--source-snapshot", "golden", "--seed", "7", "--explore", "12"];
    let more = ["--case", "copy/*", "--case", "names/*", "--case", "faults/*", "--out", &made];
    let ended = ran(stage, &[words.as_slice(), &more].concat())?;
    let shown = ask(Call::describe(&text("golden")));
    let mut wrong = Vec::new();
    if !matches!(&shown, Outcome::Reply(Reply::Snapshots(page)) if page.snapshots.len() == 1) {
        wrong.push(format!("it is gone: {}", outcome_line(&shown)));
    }
    for record in Log::read(std::path::Path::new(&made).join("log.jsonl").as_path())? {
        if let Record::Step(step) = record {
            let (head, last) = step.call.split(", ").next().unwrap_or_default().rsplit_once(' ').unwrap_or_default();
            let writes = ["CopySnapshot", "CreateSnapshot", "DeleteSnapshot", "AddTags", "RemoveTags"];
            if writes.iter().any(|word| head.starts_with(word)) && last.to_lowercase().ends_with("golden") {
                wrong.push(step.call);
            }
        }
    }
    // What sequences ask of a cluster that is not there lacks its twin.
    if ![0, 1, 4].contains(&ended.code) || !ended.out.contains("score") {
        wrong.push(format!("the run ends with {}:\n{}{}", ended.code, ended.out, ended.err));
    }
    none(&wrong)
}

/// Which actions a request of that operation needs.
fn needed(operation: &str) -> Vec<String> {
    let s3 = ["Bucket", "Object"].iter().any(|word| operation.contains(word));
    let words: &[&str] = match operation {
        "CreateBucket" => &["CreateBucket", "PutBucketAcl", "PutBucketOwnershipControls"],
        "ListObjectsV2" => &["ListBucket"],
        "HeadObject" => &["GetObject"],
        "CreateReplicationGroup" | "CreateCacheCluster" | "CreateSnapshot" | "CopySnapshot" => {
            &[operation, "AddTagsToResource"]
        }
        _ => &[operation],
    };
    let service = match operation {
        "GetCallerIdentity" => "sts",
        _ if s3 => "s3",
        _ => "elasticache",
    };
    words.iter().map(|word| format!("{service}:{word}")).collect()
}

/// Returns the step of a record of one that was done.
fn done(record: &Record) -> Option<(Step, &StepRecord)> {
    let Record::Step(record) = record else { return None };
    let step = serde_json::from_value(record.input.clone()).ok()?;
    (200..300).contains(&record.status).then_some((step, record))
}

/// Returns on what a call takes effect, or whose copy it makes.
fn arns(call: &Call) -> Vec<String> {
    let of = |kind: &str, name: &str| format!("arn:aws:elasticache:us-east-1:{ACCOUNT}:{kind}:{name}");
    // Resource names are lower case in policies (user guide 2023-06, IAM.ResourceLevelPermissions).
    let snapshot = |name: &Option<Text>| -> Vec<String> {
        name.iter().map(|name| of("snapshot", &name.to_ascii_lowercase())).collect()
    };
    match call {
        Call::Copy(copy) => [snapshot(&copy.source), snapshot(&copy.target)].concat(),
        Call::Create(create) => snapshot(&create.name),
        Call::Delete { name } => snapshot(name),
        Call::AddTags { resource, .. } | Call::RemoveTags { resource, .. } | Call::ListTags { resource } => {
            resource.iter().map(ToString::to_string).collect()
        }
        Call::Fixture(Fixture::Create(it) | Fixture::Build(it, _) | Fixture::Delete(it)) => {
            let kind = if it.kind == OwnerKind::Group { "replicationgroup" } else { "cluster" };
            vec![of(kind, &it.id)]
        }
        Call::S3(call) => {
            let key = match &call.action {
                S3Action::PutObject { key, .. } | S3Action::GetObject { key } | S3Action::DeleteObject { key } => {
                    Some(key)
                }
                _ => None,
            };
            let key = key.map(|key| format!("/{key}")).unwrap_or_default();
            vec![format!("arn:aws:s3:::{}{key}", call.bucket)]
        }
        _ => Vec::new(),
    }
}

/// Tells whether a resource of a policy names the ARN: `*` stands for any text, `?` for one character.
fn fits(pattern: &[u8], arn: &[u8]) -> bool {
    match (pattern, arn) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => fits(rest, arn) || matches!(arn, [_, tail @ ..] if fits(pattern, tail)),
        ([b'?', rest @ ..], [_, tail @ ..]) => fits(rest, tail),
        ([wanted, rest @ ..], [own, tail @ ..]) => wanted == own && fits(rest, tail),
        _ => false,
    }
}

/// What lets exports into a bucket is what a run gives its own.
fn into_a_bucket(stage: &Stage) -> Result<(), Failed> {
    let words = ["policy", "--region", "eu-west-1", "--bucket"];
    let ended = ran(stage, &[&words[..], &["my-bucket"]].concat())?;
    expect(
        &ended,
        &[0],
        &["eu-west-1.elasticache-snapshot.amazonaws.com", "s3:GetBucketAcl", "arn:aws:s3:::my-bucket/*"],
    )?;
    let printed: Value = serde_json::from_str(&ended.out)?;
    let policy = S3Action::PutPolicy { allows: Permissions::ALL, service: text("eu-west-1"), denies: None };
    let sent =
        s3_message(&S3Call { bucket: text("my-bucket"), region: text("eu-west-1"), account: None, action: policy });
    if serde_json::from_str::<Value>(&sent.body)? != printed {
        return Err(format!("a run gives its buckets {}, and {printed} is printed", sent.body).into());
    }
    expect(&ran(stage, &[&words[..], &["My_Bucket"]].concat())?, &[2], &["no bucket can have that name"])
}

fn least(stage: &Stage) -> Result<(), Failed> {
    let server = RefServer::start(Options { settle: COPY, require_sigv4: true, ..Options::default() })?;
    let file = target(stage, &server.url)?;
    let out = made(stage)?.display().to_string();
    let cases = ["--target", &file, "--case", "copy/*", "--case", "export/*", "--case", "tags/*"];
    let words = ["policy", "--copy-time", "600ms", "--account", ACCOUNT, "--out", &out];
    let ended = ran(stage, &[&words, cases.as_slice()].concat())?;
    expect(&ended, &[0], &[])?;
    let policy: Value = serde_json::from_str(&ended.out)?;
    let mut allowed: BTreeSet<String> = BTreeSet::new();
    let mut on: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    let mut wrong = Vec::new();
    for statement in policy.pointer("/Statement").and_then(Value::as_array).into_iter().flatten() {
        let texts = |key: &str| -> Vec<String> {
            let all = statement.get(key).and_then(Value::as_array).into_iter().flatten();
            all.filter_map(|it| it.as_str().map(str::to_owned)).collect()
        };
        let writes =
            texts("Action").iter().any(|action| !action.contains(":Describe") && !action.contains(":GetCaller"));
        for resource in texts("Resource") {
            if writes && resource == "*" {
                wrong.push(format!("{:?} are allowed on everything", texts("Action")));
            }
        }
        allowed.extend(texts("Action"));
        on.push((texts("Action"), texts("Resource")));
    }
    let (footer, records) = run(stage, &cases, &[0, 4])?;
    let all: Vec<(Step, &StepRecord)> = records.iter().filter_map(done).collect();
    if all.len() < 100 {
        wrong.push(format!("only {} requests are held against it", all.len()));
    }
    let may = |action: &String, arn: &str| {
        let fitting = |on: &[String]| on.iter().any(|one| fits(one.as_bytes(), arn.as_bytes()));
        on.iter().any(|(actions, on)| actions.contains(action) && fitting(on))
    };
    for (step, record) in &all {
        for action in needed(&record.operation) {
            let refused = arns(&step.call).into_iter().filter(|arn| !may(&action, arn));
            wrong.extend(refused.map(|arn| format!("{} takes {action} on {arn}", record.call)));
        }
    }
    let used: BTreeSet<String> = footer.calls.keys().flat_map(|operation| needed(operation)).collect();
    wrong.extend(used.difference(&allowed).map(|action| format!("{action} is used and not allowed")));
    wrong.extend(allowed.difference(&used).map(|action| format!("{action} is allowed and not used")));
    none(&wrong)
}
