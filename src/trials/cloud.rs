use std::path::PathBuf;
use std::sync::Arc;

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use super::command::{Ended, expect, made, ran};
use super::source::chain;
use super::stage::Stage;
use super::trial;
use crate::endpoint::{Endpoint, Settings};
use crate::refserver::{Options, Rates, RefServer, Running, VirtualAws};

/// How many times faster than AWS it is here.
const SCALE: f64 = 100.0;

/// A claim, and what it takes to hold it.
type Check = (&'static str, fn(&Stage) -> Result<(), Failed>);

/// Returns the trials of runs on a virtual AWS.
pub(super) fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    let checks: [Check; 3] = [
        ("a case conforms on a virtual AWS of its own", conforms),
        ("credentials of another account are refused and nothing else is asked", another_account),
        ("credentials without their token get nowhere", no_token),
    ];
    let of = |(claim, check): Check| {
        let stage = Arc::clone(stage);
        trial("cli", "cloud", claim, move || check(&stage))
    };
    checks.into_iter().map(of).collect()
}

/// A virtual AWS, and a folder with the credentials for it.
struct Cloud {
    server: Running,
    folder: PathBuf,
}

impl Cloud {
    fn new(stage: &Stage, rates: Rates) -> Result<Self, Failed> {
        let cloud = VirtualAws { rates, ..VirtualAws::scaled(7, SCALE) };
        let folder = made(stage)?;
        std::fs::write(folder.join("credentials"), cloud.sessions.file())?;
        let server = RefServer::start(Options::of_aws(cloud)).map_err(|error| chain(&error))?;
        Ok(Self { server, folder })
    }

    /// Runs the binary against it.
    fn ran(&self, stage: &Stage, words: &[&str]) -> Result<Ended, Failed> {
        let credentials = self.folder.join("credentials").display().to_string();
        let out = self.folder.join("out").display().to_string();
        let reached = ["--target", "virtual-aws", "--endpoint", &self.server.url, "--credentials", &credentials];
        ran(stage, &[words, &reached, &["--out", &out]].concat())
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
            let found = self.report(stage, key)?;
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
