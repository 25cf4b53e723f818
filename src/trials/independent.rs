use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};

use super::stage::{Job, Stage};
use super::{none, trial};
use crate::case::Cases;
use crate::oracle::Verdict;
use crate::report::ExitCode;
use crate::target::Target;

/// How many seeds draw what the facts leave open.
const CHOICES: usize = 6;
/// How long something stuck is waited for where a rule is broken.
const SETTLE_LIMIT: Duration = Duration::from_secs(2);

/// Broken rules of that endpoint, each with the cases that meet it.
const BREAKS: &[(&str, &str)] = &[
    ("wire-no-result-wrapper", "wire/replies"),
    ("wire-unescaped", "wire/*escaped*"),
    ("wire-time-epoch", "wire/*repl*"),
    ("error-envelope", "wire/*errors"),
    ("error-not-found-400", "wire/*errors"),
    ("error-code-state", "copy/source-creating"),
    ("name-copy-case", "copy/target-upper-case"),
    ("name-limit-40", "names/length-4*"),
    ("copy-taken-overwrites", "copy/target-taken*"),
    ("copy-no-source-ok", "copy/source-unknown"),
    ("copy-creating-source-ok", "copy/source-creating"),
    ("refused-taken-retags", "tags/copy-refused*"),
    ("refused-tag-quota-leaves", "tags/copy-fifty-one"),
    ("copy-empty-bucket-exports", "copy/bucket-empty"),
    ("copy-reply-source", "copy/plain"),
    ("copy-nothing", "copy/plain"),
    ("copy-never-settles", "copy/plain"),
    ("copy-moves", "copy/p*"),
    ("copy-dies-with-source", "copy/survives-source"),
    ("arn-of-source", "copy/plain"),
    ("copy-changes-EngineVersion", "copy/metadata"),
    ("tags-not-inherited", "tags/copy-inherited"),
    ("tags-aliased", "tags/copy-changes"),
    ("tags-limit-51", "tags/*fifty*"),
    ("tags-add-replaces", "tags/add*"),
    ("create-no-group-ok", "create/owner-unknown"),
    ("delete-no-effect", "delete/plain"),
    ("delete-prefix", "names/shared-beginning"),
    ("describe-name-ignored", "describe/by-name"),
    ("describe-list-hides-copies", "describe/owner-copies"),
    ("page-skips-one", "describe/pages*"),
];

/// Returns the trials on an endpoint that was written apart from the model: whole, and with a rule broken.
pub(super) fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    let mut whole: Vec<(String, Vec<String>)> = vec![
        ("as it is".to_owned(), Vec::new()),
        ("settling at once".to_owned(), words("--settle 0")),
        ("settling in 300 ms".to_owned(), words("--settle 0.3")),
        ("lagging by 200 ms".to_owned(), words("--lag 0.2")),
    ];
    whole.extend((1..=CHOICES).map(|seed| (format!("choosing by {seed}"), words(&format!("--choice {seed}")))));
    let mut trials: Vec<Trial> = Vec::new();
    for (how, options) in whole {
        let stage = Arc::clone(stage);
        let claim = format!("{how} is not accused");
        trials.push(trial("independent", "independent", &claim, move || innocent(&stage, &options)));
    }
    for (name, cases) in BREAKS.iter().copied() {
        let stage = Arc::clone(stage);
        let claim = format!("{name} is found");
        trials.push(trial("independent", "independent", &claim, move || found(&stage, name, cases)));
    }
    trials
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

fn innocent(stage: &Stage, options: &[String]) -> Result<(), Failed> {
    let endpoint = Endpoint::start(stage, options)?;
    let job = Job::new(Target::for_endpoint(&endpoint.url)?, &endpoint.url)?;
    none(&stage.play(job)?.accusations())
}

fn found(stage: &Stage, name: &str, cases: &str) -> Result<(), Failed> {
    let endpoint = Endpoint::start(stage, &words(&format!("--break {name}")))?;
    let target = Target { settle_limit: SETTLE_LIMIT, ..Target::for_endpoint(&endpoint.url)? };
    let selected = Cases::builtin()?.select(&[cases])?;
    if selected.is_empty() {
        return Err(Failed::from(format!("no case matches `{cases}`")));
    }
    let ran = stage.play(Job::new(target, &endpoint.url)?.with(selected.into_iter().cloned()))?;
    let summary = &ran.summary;
    let named = summary.findings.iter().any(|finding| finding.verdict >= Verdict::Warn && !finding.clause.is_empty());
    if named && (summary.exit_code == ExitCode::Fails || summary.verdict == Verdict::Warn) {
        return Ok(());
    }
    let why = ran.trouble().unwrap_or_default();
    Err(Failed::from(format!("nothing was found: {} {why}", summary.reason)))
}

/// That endpoint, which ends with this value.
struct Endpoint {
    child: Child,
    url: String,
}

impl Endpoint {
    fn start(stage: &Stage, options: &[String]) -> Result<Self, Failed> {
        let script = stage.place.root.join(".ci/independent/endpoint.py");
        let mut child = Command::new("python3")
            .arg(&script)
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("the endpoint needs `python3`, 3.9 or later: {error}"))?;
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut line)?;
        }
        let url = line.trim().strip_prefix("listening on ").unwrap_or_default().to_owned();
        let endpoint = Self { child, url };
        if endpoint.url.is_empty() {
            return Err(Failed::from(format!("`{}` did not start; it needs Python 3.9 or later", script.display())));
        }
        Ok(endpoint)
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        // Errors say that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
