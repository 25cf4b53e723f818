use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{Timestamp, ToSpan as _};
use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use super::command::{Ended, command, expect, made, ran};
use super::source::chain;
use super::stage::Stage;
use super::{Check, checks};
use crate::endpoint::{Endpoint, Settings};
use crate::ledger::RunId;
use crate::record::{Log, Record};
use crate::refserver::{Defect, Options, Rates, RefServer, Running, Sessions, VirtualAws};
use crate::service::{Call, Fixture, Outcome, Owner, OwnerKind, S3Action, S3Call, text};
use crate::trace::outcome_line;

/// How many times faster than AWS it is here.
const SCALE: f64 = 1000.0;
/// The cases of runs that are killed.
const CASES: [&str; 4] = ["--case", "copy/plain", "--case", "copy/target-taken"];
/// How long it is waited for a run to make something.
const LONGEST: Duration = Duration::from_secs(20);

/// Returns the trials of runs on a virtual AWS.
pub(super) fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    let all: &[Check] = &[
        ("a case conforms on a virtual AWS of its own", conforms),
        ("credentials of another account are refused and nothing else is asked", another_account),
        ("credentials without their token get nowhere", no_token),
        ("a way that throttles and loses changes no verdict", lossy),
        ("what a killed run left is swept or gone on with", killed),
        ("without a ledger what old runs left is swept and nothing else", old),
        ("where the authority contradicts a clause the model is stale and a change is proposed", stale),
    ];
    checks(stage, "cloud", all).collect()
}

/// A virtual AWS, and a folder with the credentials for it.
struct Cloud {
    server: Running,
    sessions: Sessions,
    folder: PathBuf,
}

impl Cloud {
    fn new(stage: &Stage, rates: Rates) -> Result<Self, Failed> {
        Self::broken(stage, rates, None)
    }

    fn broken(stage: &Stage, rates: Rates, defect: Option<Defect>) -> Result<Self, Failed> {
        let cloud = VirtualAws { rates, ..VirtualAws::scaled(7, SCALE) };
        let folder = made(stage)?;
        let sessions = cloud.sessions.clone();
        std::fs::write(folder.join("credentials"), sessions.file())?;
        let server = RefServer::start(Options { defect, ..Options::of_aws(cloud) }).map_err(|error| chain(&error))?;
        Ok(Self { server, sessions, folder })
    }

    /// Returns the words of a command against it.
    fn words(&self, words: &[&str]) -> Vec<String> {
        let within = |name: &str| self.folder.join(name).display().to_string();
        let mut all: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        all.extend(["--target", "virtual-aws", "--endpoint", &self.server.url].map(str::to_owned));
        all.extend(["--credentials".to_owned(), within("credentials"), "--out".to_owned(), within("out")]);
        all.extend(["--ledger".to_owned(), within("ledger.jsonl")]);
        all
    }

    /// Runs the binary against it.
    fn ran(&self, stage: &Stage, words: &[&str]) -> Result<Ended, Failed> {
        let words = self.words(words);
        ran(stage, &words.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Begins a run, and kills it once it has made something.
    fn killed(&self, stage: &Stage) -> Result<(), Failed> {
        let words = self.words(&[&["run"], &CASES[..]].concat());
        let mut command = command(stage);
        let mut child = command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let begun = Instant::now();
        let made = loop {
            if self.report(stage, "left")? != json!([]) {
                break true;
            }
            if begun.elapsed() > LONGEST {
                break false;
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        child.kill()?;
        child.wait()?;
        if made { Ok(()) } else { Err(Failed::from("the run made nothing")) }
    }

    /// Lets a call take effect in its account.
    fn done(&self, stage: &Stage, call: Call) -> Result<(), Failed> {
        let credentials = self.sessions.own.credentials.clone();
        let settings = Settings { credentials, ..Settings::new(&*self.server.url) };
        let endpoint = Endpoint::new(settings).map_err(|error| chain(&error))?;
        let answer = stage.wait(endpoint.call(&call.into(), Instant::now()));
        match answer.outcome {
            Outcome::Reply(_) => Ok(()),
            other => Err(Failed::from(outcome_line(&other))),
        }
    }

    /// Returns what it says of what happened.
    fn report(&self, stage: &Stage, key: &str) -> Result<Value, Failed> {
        let endpoint = Endpoint::new(Settings::new(&*self.server.url)).map_err(|error| chain(&error))?;
        let (_, body) = stage.wait(endpoint.get("/_virtual")).map_err(|error| chain(&error))?;
        let report: Value = serde_json::from_str(&body)?;
        Ok(report.get(key).cloned().unwrap_or_default())
    }

    /// Sees that it is as it was at the start, and that nothing of others was touched.
    fn is_clean(&self, stage: &Stage) -> Result<(), Failed> {
        for key in ["left", "touched"] {
            let begun = Instant::now();
            let mut found = self.report(stage, key)?;
            // What is being deleted is there until it is gone.
            while key == "left" && found != json!([]) && begun.elapsed() < LONGEST {
                std::thread::sleep(Duration::from_millis(20));
                found = self.report(stage, key)?;
            }
            if found != json!([]) {
                return Err(Failed::from(format!("{key}: {found}")));
            }
        }
        Ok(())
    }
}

fn conforms(stage: &Stage) -> Result<(), Failed> {
    let folder = made(stage)?.display().to_string();
    let line = ["run", "--target", "virtual-aws", "--case", "copy/plain", "--seed", "3", "--out", &folder];
    expect(&ran(stage, &line)?, &[0], &["score 1.000", "exit 0"])?;
    let cloud = Cloud::new(stage, Rates::NONE)?;
    expect(&cloud.ran(stage, &["run", "--case", "copy/plain"])?, &[0], &["score 1.000", "exit 0"])?;
    cloud.is_clean(stage)
}

fn another_account(stage: &Stage) -> Result<(), Failed> {
    let cloud = Cloud::new(stage, Rates::NONE)?;
    let ended = cloud.ran(stage, &["run", "--case", "copy/plain", "--account", "999999999999"])?;
    expect(&ended, &[3], &["the credentials belong to another account than the one that is declared", "exit 3"])?;
    let asked = cloud.report(stage, "requests")?;
    if asked != json!({ "sts:GetCallerIdentity": 1 }) {
        return Err(Failed::from(format!("more was asked: {asked}")));
    }
    Ok(())
}

fn no_token(stage: &Stage) -> Result<(), Failed> {
    let cloud = Cloud::new(stage, Rates::NONE)?;
    let path = cloud.folder.join("credentials");
    let text = std::fs::read_to_string(&path)?;
    let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with("aws_session_token")).collect();
    std::fs::write(&path, kept.join("\n"))?;
    let ended = cloud.ran(stage, &["run", "--case", "copy/plain"])?;
    expect(&ended, &[3], &["STS does not say whose the credentials are", "InvalidClientTokenId"])?;
    cloud.is_clean(stage)
}

fn lossy(stage: &Stage) -> Result<(), Failed> {
    let cloud = Cloud::new(stage, Rates { throttled: 0.2, dropped: 0.05, ..Rates::NONE })?;
    let cases =
        ["--case", "copy/target-taken", "--case", "copy/of-a-copy", "--case", "tags/add", "--case", "delete/plain"];
    expect(&cloud.ran(stage, &[&["run"], &cases[..]].concat())?, &[0], &["score 1.000", "exit 0"])?;
    if cloud.report(stage, "trouble")?.get("throttled").is_none() {
        return Err(Failed::from("nothing was throttled"));
    }
    cloud.is_clean(stage)
}

fn killed(stage: &Stage) -> Result<(), Failed> {
    let cloud = Cloud::new(stage, Rates::NONE)?;
    expect(&cloud.ran(stage, &["sweep"])?, &[2], &["there is no ledger"])?;
    cloud.killed(stage)?;
    expect(&cloud.ran(stage, &["sweep"])?, &[3], &["would be removed", "--yes does it"])?;
    if cloud.report(stage, "left")? == json!([]) {
        return Err(Failed::from("what was only to be shown was removed"));
    }
    expect(&cloud.ran(stage, &["sweep", "--yes"])?, &[0], &["removed", "leaked 0"])?;
    cloud.is_clean(stage)?;

    cloud.killed(stage)?;
    let other = cloud.ran(stage, &["run", "--resume", "--case", "copy/plain"])?;
    expect(&other, &[2], &["the run cannot be gone on with: what it was to play was copy/plain copy/target-taken"])?;
    expect(&cloud.ran(stage, &[&["run", "--resume"], &CASES[..]].concat())?, &[0], &["score 1.000", "exit 0"])?;
    cloud.is_clean(stage)?;
    let log = Log::read(&cloud.folder.join("out/log.jsonl")).map_err(|error| chain(&error))?;
    let headers = log.iter().filter(|record| matches!(record, Record::Header(_))).count();
    let complete = matches!(log.last(), Some(Record::Footer(footer)) if footer.complete && footer.leaked == 0);
    if headers != 1 || !complete {
        return Err(Failed::from(format!("{headers} headers, and a complete footer: {complete}")));
    }
    // There is nothing left to go on with.
    expect(&cloud.ran(stage, &[&["run", "--resume"], &CASES[..]].concat())?, &[0], &["score 1.000", "exit 0"])
}

fn old(stage: &Stage) -> Result<(), Failed> {
    let cloud = Cloud::new(stage, Rates::NONE)?;
    let now = Timestamp::now();
    let name = |hours: i64, alias: &str| {
        let began = now.checked_sub(hours.hours()).unwrap_or_default();
        text(RunId::new(began, 5).name(0, alias).unwrap_or_default())
    };
    for hours in [10, 1] {
        let owner = Owner { kind: OwnerKind::Group, id: name(hours, "g") };
        cloud.done(stage, Call::Fixture(Fixture::Create(owner)))?;
        let (bucket, region) = (name(hours, "bucket"), text("us-east-1"));
        let action = S3Action::CreateBucket { acl: None };
        cloud.done(stage, Call::S3(S3Call { bucket, region, account: None, action }))?;
    }
    let (group, bucket) = (name(10, "g"), name(10, "bucket"));
    let dry = cloud.ran(stage, &["sweep", "--older-than", "6h"])?;
    expect(&dry, &[3], &[&group, &bucket, "2 resources would be removed"])?;
    expect(&cloud.ran(stage, &["sweep", "--older-than", "6h", "--yes"])?, &[0], &["2 resources removed, leaked 0"])?;
    // Those of an hour ago, which may be of a run that is under way.
    let young = [name(1, "g"), name(1, "bucket")].map(|name| name.to_string());
    let begun = Instant::now();
    loop {
        let left = cloud.report(stage, "left")?;
        let names: Vec<&str> =
            left.as_array().into_iter().flatten().filter_map(|held| held.get("name")?.as_str()).collect();
        if names == young {
            break;
        }
        if begun.elapsed() > LONGEST {
            return Err(Failed::from(format!("left {names:?}, not {young:?}")));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    match cloud.report(stage, "touched")? {
        none if none == json!([]) => Ok(()),
        touched => Err(Failed::from(format!("touched: {touched}"))),
    }
}

fn stale(stage: &Stage) -> Result<(), Failed> {
    const CASE: &str = "tags/copy-inherited";
    const CLAUSE: &str = "copy.tags.inherited";
    let cloud = Cloud::new(stage, Rates::NONE)?;
    let within = |name: &str| cloud.folder.join(name).display().to_string();
    let (known, file) = (within("known"), cloud.folder.join("known/evidence.toml"));
    let of = |words: &[&str]| {
        let place = ["evidence", "--target", "virtual-aws", "--snapshots", &known];
        ran(stage, &[&place[..], words].concat())
    };
    let never = of(&[])?;
    expect(&never, &[0], &["virtual-aws: 0 of ", "0 disagree"])?;
    expect(&of(&["--stale", "1"])?, &[4], &["not seen to agree since"])?;
    let play = |cloud: &Cloud, words: &[&str]| {
        cloud.ran(stage, &[&["run", "--case", CASE, "--snapshots", &known], words].concat())
    };
    expect(&play(&cloud, &["--bless"])?, &[0], &["score 1.000", "recorded"])?;
    let agreed = of(&[])?;
    expect(&agreed, &[0], &[CLAUSE, "us-east-1", "0 disagree"])?;
    let before = std::fs::read_to_string(&file)?;

    // What it does otherwise the night after.
    let broken = Cloud::broken(stage, Rates::NONE, Some(Defect::CopyTagsNotInherited))?;
    expect(&play(&broken, &[])?, &[4], &["MODEL STALE", CLAUSE, "is wrong in the model"])?;
    let log = broken.folder.join("out/log.jsonl").display().to_string();
    let patch = cloud.folder.join("specs.patch");
    let changed = of(&[&log, "--patch", &patch.display().to_string()])?;
    expect(&changed, &[4], &["DISAGREES", CLAUSE, CASE, "the service has changed"])?;
    if std::fs::read_to_string(&file)? != before {
        return Err(Failed::from("what was only looked at was recorded"));
    }
    let patch = std::fs::read_to_string(&patch)?;
    for line in ["--- a/specs/copy.toml", "+++ b/specs/copy.toml", "+grade  = \"observed\"", "virtual-aws in us-east-1"]
    {
        if !patch.contains(line) {
            return Err(Failed::from(format!("the patch lacks {line}: {patch}")));
        }
    }
    expect(&of(&[&log, "--bless"])?, &[4], &["proposed, and not applied", "+grade"])?;
    expect(&of(&["--format", "json"])?, &[4], &["\"state\": \"disagrees\""])?;

    // Of others it takes nothing, and what it cannot read it does not guess.
    let other = within("other");
    expect(&ran(stage, &["run", "--case", CASE, "--out", &other])?, &[0], &["score 1.000"])?;
    let foreign = cloud.folder.join("other/log.jsonl").display().to_string();
    expect(&of(&[&foreign])?, &[2], &["is of no run on `virtual-aws` itself"])?;
    expect(&ran(stage, &["evidence", "--target", "moto"])?, &[2], &["`moto` is no authority"])?;
    std::fs::write(&file, before.replacen("region", "regoin", 1))?;
    expect(&of(&[])?, &[2], &["evidence.toml:", "did you mean `region`?"])?;
    std::fs::write(&file, before)?;
    broken.is_clean(stage)?;
    cloud.is_clean(stage)
}
