mod boto3;
mod shell;

use std::time::Duration;

use crate::case::{BindError, Case, Names, Told};
use crate::service::{Call, CopySnapshot, CreateSnapshot, Owner, OwnerKind, Step, Text, canonical, text};
use crate::spec::Catalogue;
use crate::trace::step_line;

/// The account in ARNs where none is known.
const NOBODY: &str = "123456789012";
/// What the names of a script begin with.
const PREFIX: &str = "cs-replay-";

/// With what a script plays a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// The AWS CLI; curl where that can't send the request.
    AwsCli,
    /// boto3, and botocore's signature where that can't send the request.
    Boto3,
    /// curl.
    Curl,
}

/// What a script is to be of.
#[derive(Clone, Debug)]
pub struct Script<'a> {
    /// The case.
    pub case: &'a Case,
    /// With what it is played.
    pub tool: Tool,
    /// The endpoint.
    pub url: String,
    /// The region to sign for.
    pub region: String,
    /// Whether the keys are somebody's: the script then takes them from its environment. Else they are `test`.
    pub own_keys: bool,
    /// The account; `None` where it is not known.
    pub account: Option<String>,
    /// A key that may be used.
    pub kms_key: Option<String>,
    /// A snapshot to copy; `None` to make one.
    pub source_snapshot: Option<String>,
    /// The bound of every wait.
    pub settle_limit: Duration,
}

/// What all tools say alike.
struct Play<'a> {
    script: &'a Script<'a>,
    /// What the case is, line by line, for comments.
    about: Vec<String>,
    told: Vec<Told>,
    base: Text,
    group: Text,
    /// Whether the script makes the base snapshot itself.
    makes: bool,
    /// What may be there in the end.
    made: Vec<Text>,
}

impl Play<'_> {
    /// Walks the names that are to be shown and removed in the end, the base last.
    fn left(&self) -> impl Iterator<Item = &Text> {
        self.made.iter().chain(self.makes.then_some(&self.base))
    }
}

/// Returns a script that plays the case with literal names, waits with a bound, and prints for every step what is
/// expected and what came; it makes what it needs and removes what it made.
///
/// # Errors
/// Where the case needs a key and none is given.
pub fn script(script: &Script<'_>) -> Result<String, BindError> {
    let group = text(format!("{PREFIX}g"));
    let makes = script.source_snapshot.is_none();
    let names = Names {
        prefix: text(PREFIX),
        base: script.source_snapshot.as_deref().map_or_else(|| text(format!("{PREFIX}base")), text),
        owner: Owner { kind: OwnerKind::Group, id: group.clone() },
        region: text(&script.region),
        account: text(script.account.as_deref().unwrap_or(NOBODY)),
        kms_key: script.kms_key.as_deref().map(text),
        other_account: None,
    };
    let told = script.case.tell(&names)?;
    let mut about: Vec<String> = script.case.purpose.lines().map(str::to_owned).collect();
    let catalogue = Catalogue::embedded().ok();
    for id in &script.case.clauses {
        let says = catalogue.and_then(|catalogue| catalogue.clause(*id)).map_or("", |clause| &clause.says);
        about.push(format!("{id}: {says}"));
    }
    if script.account.is_none() {
        about.push(format!("ARNs name the account {NOBODY}; `--account` gives another."));
    }
    let mut made: Vec<Text> = Vec::new();
    for told in &told {
        if let Told::Send(step, _) = told
            && let Call::Copy(CopySnapshot { target: Some(name), .. })
            | Call::Create(CreateSnapshot { name: Some(name), .. }) = &step.call
        {
            let name = text(canonical(name));
            if !made.contains(&name) && name != names.base && !name.trim().is_empty() {
                made.push(name);
            }
        }
    }
    let play = Play { script, about, told, base: names.base, group, makes, made };
    Ok(match script.tool {
        Tool::Curl => shell::script(&play, false),
        Tool::AwsCli => shell::script(&play, true),
        Tool::Boto3 => boto3::script(&play),
    })
}

impl Play<'_> {
    fn seconds(&self) -> u64 {
        self.script.settle_limit.as_secs().max(1)
    }
}

/// Returns what is said of a request that a script does not send as it was; empty for any other.
fn unsent(step: &Step) -> &'static str {
    if step.dress.forged.is_some() || step.dress.content_type.is_some() {
        "# (that request has a signature or media type of its own, which this does not send)\n"
    } else {
        ""
    }
}

/// Returns what is said before requests that overlap in the case.
fn overlapping(count: usize) -> String {
    format!("\n# The next {count} requests overlap in the case; here each waits for the answer to the one before.\n")
}

/// Returns what is said of a request to S3, which the script leaves to its reader; `None` for any other.
fn of_s3(step: &Step) -> Option<String> {
    matches!(step.call, Call::S3(_))
        .then(|| format!("\n# To be done in S3 by hand: {}\n", line(step).replace(['\n', '\r'], " ")))
}

/// Returns a request in one line, as every report shows it.
fn line(step: &Step) -> String {
    step_line(step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Cases;

    fn of(case: &Case, tool: Tool) -> String {
        let script = Script {
            case,
            tool,
            url: "http://127.0.0.1:1".to_owned(),
            region: "us-east-1".to_owned(),
            own_keys: false,
            account: None,
            kms_key: Some("arn:aws:kms:us-east-1:123456789012:key/1".to_owned()),
            source_snapshot: None,
            settle_limit: Duration::from_secs(60),
        };
        super::script(&script).unwrap_or_default()
    }

    #[test]
    fn every_case_can_be_told_to_every_tool() {
        let cases = Cases::builtin().map(Cases::iter).into_iter().flatten();
        for case in cases {
            for tool in [Tool::AwsCli, Tool::Boto3, Tool::Curl] {
                let text = of(case, tool);
                assert!(text.starts_with("#!/usr/bin/env "), "{} {tool:?}: {text}", case.path);
                assert!(text.contains("expected"), "{}", case.path);
            }
        }
    }

    /// What the tools themselves say of the form, where they are there.
    #[test]
    fn scripts_are_in_form() {
        let folder = std::env::temp_dir().join(format!("copysnap-scripts-{}", std::process::id()));
        let _ = std::fs::create_dir_all(&folder);
        let wrong = |program: &str, words: &[&str], text: &str| {
            let file = folder.join("script");
            std::fs::write(&file, text).ok()?;
            let ran = std::process::Command::new(program).args(words).arg(&file).output().ok()?;
            (!ran.status.success()).then(|| String::from_utf8_lossy(&ran.stderr).into_owned())
        };
        let cases = Cases::builtin().map(Cases::iter).into_iter().flatten();
        for case in cases.filter(|case| ["tags", "names", "wire"].iter().any(|area| case.path.starts_with(area))) {
            for tool in [Tool::AwsCli, Tool::Curl] {
                assert_eq!(wrong("bash", &["-n"], &of(case, tool)), None, "{} {tool:?}", case.path);
            }
        }
        let scripts: Vec<String> =
            Cases::builtin().map(Cases::iter).into_iter().flatten().map(|case| of(case, Tool::Boto3)).collect();
        for (number, text) in scripts.iter().enumerate() {
            let _ = std::fs::write(folder.join(format!("s{number}.py")), text);
        }
        let ran = std::process::Command::new("python3").args(["-m", "compileall", "-q", "-f"]).arg(&folder).output();
        if let Ok(ran) = ran {
            assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
        }
        let _ = std::fs::remove_dir_all(&folder);
    }
}
