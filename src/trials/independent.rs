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

/// An access key of 12 digits is the account.
const OTHER_ACCOUNT: &str = "210987654321";
/// A key of a form that is taken to exist.
const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000001";

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
    ("copy-remembers-sources", "copy/source-copied*"),
    ("copy-moves", "copy/p*"),
    ("copy-dies-with-source", "copy/survives-source"),
    ("arn-of-source", "copy/plain"),
    ("copy-changes-EngineVersion", "copy/metadata"),
    ("copy-changes-CacheSize", "copy/metadata"),
    ("tags-not-inherited", "tags/copy-inherited"),
    ("tags-with-owners", "tags/copy-of-tagged*"),
    ("tags-aliased", "tags/copy-changes"),
    ("tags-limit-51", "tags/*fifty*"),
    ("tags-add-replaces", "tags/add*"),
    ("create-no-group-ok", "create/owner-unknown"),
    ("delete-no-effect", "delete/plain"),
    ("delete-prefix", "names/shared-beginning"),
    ("describe-name-ignored", "describe/by-name"),
    ("describe-list-hides-copies", "describe/owner-copies"),
    ("describe-list-hides-capitals", "describe/owner-upper*"),
    ("tags-merged-with-key", "tags/copy-given-beside-key"),
    ("name-copy-case-long", "names/long-upper-case"),
    ("export-key-raised", "export/name-mixed-case"),
    ("create-shards-alike", "create/sharded"),
    ("page-skips-one", "describe/pages*"),
    ("export-nothing", "export/plain"),
    ("export-as-copy", "export/plain"),
    ("export-keys-from-zero", "export/plain"),
    ("export-keys-three-digits", "export/plain"),
    ("export-keys-no-number", "export/plain"),
    ("export-keys-no-ending", "export/plain"),
    ("export-keys-source-name", "export/plain"),
    ("export-empty-objects", "export/plain"),
    ("export-reply-no-snapshot", "export/plain"),
    ("export-reply-status", "export/plain"),
    ("export-leaves-snapshot", "export/plain"),
    ("export-moves", "export/source-deleted"),
    ("export-moves-copies", "export/copy-persists"),
    ("export-source-stays-exporting", "export/plain"),
    ("export-name-identifier", "export/name-*"),
    ("export-name-255", "export/name-*"),
    ("export-same-name-refused", "export/onto-its-source"),
    ("export-region-ok", "export/bucket-elsewhere"),
    ("export-no-bucket-ok", "export/bucket-missing"),
    ("export-text-no-bucket", "export/bucket-missing"),
    ("export-foreign-ok", "export/bucket-foreign"),
    ("export-taken-overwrites", "export/key-taken"),
    ("export-taken-in-folders", "export/prefixed*"),
    ("export-text-no-key", "export/key-taken"),
    ("export-read-unchecked", "export/bucket-without-read"),
    ("export-write-unchecked", "export/bucket-without-write"),
    ("copy-taken-created-exact-case", "names/copy-over-created"),
    ("create-two-shards", "copy/sharded"),
    ("describe-list-hides-long", "names/long-ones*"),
    ("describe-user-hides-keyed", "describe/source-user-keyed"),
    ("export-refused-reserves", "export/refused-then-free"),
    ("export-taken-of-twenty", "export/key-taken-among-many"),
    ("export-two-objects", "export/sharded"),
    ("kms-lost-in-other-case", "export/encrypted-other-case"),
    ("tags-cleared-by-beginning", "tags/kept-beside*"),
    ("tags-unknown-remembered", "tags/unknown-then-made"),
    ("export-shards-need-no-write", "export/sharded-without*"),
    ("export-read-acp-unchecked", "export/bucket-without-read-acp"),
    ("export-text-permission", "export/bucket-without-*"),
    ("export-acl-ignored", "export/by-acl"),
    ("export-policy-ignored", "export/by-policy"),
    ("export-text-other", "export/bucket-missing"),
    ("export-code-of-s3", "export/bucket-missing"),
    ("export-key-of-source-ok", "export/encrypted"),
    ("export-key-code", "export/encrypted"),
    ("export-key-text", "export/encrypted"),
    ("export-no-source-ok", "export/source-unknown"),
    ("export-creating-source-ok", "export/source-creating"),
    ("export-refused-writes", "export/bucket-without-read"),
    ("export-refused-snapshot", "export/bucket-missing"),
    ("export-refused-busies-source", "export/bucket-missing"),
];

/// Returns the trials on an endpoint that was written apart from the model: whole, and with a rule broken.
pub(super) fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    let mut whole: Vec<(String, Vec<String>)> = vec![
        ("as it is".to_owned(), Vec::new()),
        ("settling at once".to_owned(), words("--settle 0")),
        ("settling in 300 ms".to_owned(), words("--settle 0.3")),
        ("lagging by 200 ms".to_owned(), words("--lag 0.2")),
        ("flickering for 300 ms".to_owned(), words("--flicker 0.3")),
    ];
    let options = [
        ("without ACLs", "--no-acl"),
        ("without policies", "--no-policy"),
        ("strict about regions", "--s3-strict"),
        ("counting copies", "--count-copies"),
        ("with S3 on a port of its own", "--s3-port 0"),
    ];
    whole.extend(options.map(|(how, options)| (how.to_owned(), words(options))));
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
    let job = Job::new(endpoint.target()?, &endpoint.url)?;
    let ran = stage.play(job)?;
    let mut wrong = ran.accusations();
    let chooses = options.iter().any(|word| word == "--choice");
    // As the reference, it may let the very copy fail by which it would show that it lives.
    if !chooses && ran.summary.exit_code != ExitCode::Conforms {
        wrong.push(ran.summary.reason.clone());
    }
    none(&wrong)
}

fn found(stage: &Stage, name: &str, cases: &str) -> Result<(), Failed> {
    // On a busy machine, too, what is being made is copied before it is made.
    let slow = if cases.ends_with("source-creating") { "--settle 1 " } else { "" };
    let endpoint = Endpoint::start(stage, &words(&format!("{slow}--break {name}")))?;
    let target = Target { settle_limit: SETTLE_LIMIT, ..endpoint.target()? };
    let selected = Cases::builtin()?.select(&[cases])?;
    if selected.is_empty() {
        return Err(Failed::from(format!("no case matches `{cases}`")));
    }
    let ran = stage.play(Job::new(target, &endpoint.url)?.with(selected.into_iter().cloned()))?;
    let summary = &ran.summary;
    let named = summary.findings.iter().any(|finding| finding.verdict >= Verdict::Warn && !finding.clause.is_empty());
    // What is broken for good may also be left behind, or leave other clauses open.
    let said = [ExitCode::Fails, ExitCode::Broken, ExitCode::Inconclusive].contains(&summary.exit_code);
    if named && (said || summary.verdict == Verdict::Warn) {
        return Ok(());
    }
    let why = ran.trouble().unwrap_or_default();
    Err(Failed::from(format!("nothing was found: {} {why}", summary.reason)))
}

/// That endpoint, which ends with this value.
struct Endpoint {
    child: Child,
    url: String,
    s3_url: Option<String>,
}

impl Endpoint {
    fn start(stage: &Stage, options: &[String]) -> Result<Self, Failed> {
        let script = stage.place.root.join(".ci/independent/endpoint.py");
        let mut child = Command::new("python3")
            .arg(&script)
            .args(["--kms-key", KEY])
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("the endpoint needs `python3`, 3.9 or later: {error}"))?;
        let (mut line, mut s3_line) = (String::new(), String::new());
        if let Some(out) = child.stdout.take() {
            let mut out = BufReader::new(out);
            if options.iter().any(|option| option == "--s3-port") {
                out.read_line(&mut s3_line)?;
            }
            out.read_line(&mut line)?;
        }
        let url = line.trim().strip_prefix("listening on ").unwrap_or_default().to_owned();
        let s3_url = s3_line.trim().strip_prefix("S3 on ").map(str::to_owned);
        let endpoint = Self { child, url, s3_url };
        if endpoint.url.is_empty() {
            return Err(Failed::from(format!("`{}` did not start; it needs Python 3.9 or later", script.display())));
        }
        Ok(endpoint)
    }
}

impl Endpoint {
    /// All that it can do is declared.
    fn target(&self) -> Result<Target, Failed> {
        let target = Target::for_endpoint(&self.url)?.with_other_account(OTHER_ACCOUNT)?.with_kms_key(KEY);
        Ok(Target { s3_endpoint: self.s3_url.clone(), ..target })
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        // Errors say that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
