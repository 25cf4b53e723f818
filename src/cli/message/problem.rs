use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use super::{Failure, plural};
use crate::case::{CaseError, PatternError};
use crate::endpoint::EndpointError;
use crate::launch::LaunchError;
use crate::ledger::LedgerError;
use crate::record::MergeError;
use crate::report::UsageError;
use crate::runner::RunError;
use crate::target::{Misread, TargetError};

/// Returns the known word that `word` is likely meant to be: at most a third of its letters differ, or it goes on.
pub(in crate::cli) fn near<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let known: Vec<&str> = known.collect();
    // A word that was cut short is far from what it begins.
    let goes_on = |candidate: &&str| word.len() >= 4 && candidate.starts_with(word);
    known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), *candidate))
        .filter(|(distance, candidate)| distance * 3 <= candidate.chars().count().max(6))
        .min()
        .map(|(_, candidate)| candidate)
        .or_else(|| known.iter().copied().filter(goes_on).min_by_key(|candidate| candidate.len()))
}

/// Returns the hint for a word that is not known: the nearest one that is, or where the list is.
fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>, list: &str) -> String {
    near(word, known).map_or_else(|| list.to_owned(), |candidate| format!("did you mean `{candidate}`?"))
}

/// No clause has the id.
pub(in crate::cli) fn no_clause<'a>(id: &str, known: impl Iterator<Item = &'a str>) -> Failure {
    let list = "`copysnap clauses` lists them";
    Failure::usage(format!("no clause is called `{id}`")).hint(nearest(id, known, list))
}

/// No case has the path, or matches the glob.
pub(in crate::cli) fn no_case<'a>(glob: &str, known: impl Iterator<Item = &'a str>, areas: &[&str]) -> Failure {
    let list = format!("cases are called as in `copy/plain`; the areas are {}", areas.join(", "));
    Failure::usage(format!("no case matches `{glob}`")).hint(nearest(glob, known, &list))
}

/// What is no pattern.
pub(in crate::cli) fn pattern(error: &PatternError) -> Failure {
    Failure::of(2, error).hint("a pattern is as in `copy/*` or `*/twice`; `?` and `[ab]` stand for one letter")
}

/// No defect has the name.
pub(in crate::cli) fn no_defect<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Failure {
    let list = "`copysnap serve --list-defects` lists them";
    Failure::usage(format!("no defect is called `{name}`")).hint(nearest(name, known, list))
}

/// No control has the name.
pub(in crate::cli) fn no_control<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Failure {
    let list = "`copysnap serve --list-defects` lists them, below the defects";
    Failure::usage(format!("no control is called `{name}`")).hint(nearest(name, known, list))
}

/// A defect is asked of a target that is not the embedded one.
pub(in crate::cli) fn foreign_defect(target: &str) -> Failure {
    Failure::usage(format!("`--defect` breaks the embedded reference endpoint, and the target is `{target}`"))
        .hint("leave out --target")
}

/// Nothing is left to run; `why` where one clause is to blame.
pub(in crate::cli) fn nothing_selected(clauses: &[String], why: Option<&str>) -> Failure {
    let what = match clauses {
        [] => "no case is selected".to_owned(),
        [clause] => format!("no selected case probes `{clause}`"),
        several => format!("no selected case probes any of {}", plural(several.len(), "clause")),
    };
    Failure::usage(what).hint(why.map_or_else(
        || "leave out --case, --clause or --shard".to_owned(),
        |why| format!("no case can probe it: {why}"),
    ))
}

/// `--case none` leaves nothing.
pub(in crate::cli) fn no_cases_at_all() -> Failure {
    Failure::usage("`--case none` leaves nothing to run: no sequences are generated")
        .hint("add `--explore 50`, or give a glob as in `copy/*`")
}

/// A case file that is none.
pub(in crate::cli) fn case_file(error: &CaseError) -> Failure {
    let mut failure = Failure::of(2, error);
    failure.hint = error.hint.clone().unwrap_or_default();
    failure
}

/// A file of waivers or of evidence that is none.
pub(in crate::cli) fn misread(error: &Misread) -> Failure {
    Failure::of(2, error).hint(error.hint.clone().unwrap_or_default())
}

/// A waiver without a reason.
pub(in crate::cli) fn no_reason() -> Failure {
    Failure::usage("a waiver gives a reason").hint("say in --reason why the finding is accepted")
}

/// A clause of which the run has no finding.
pub(in crate::cli) fn no_finding<'a>(clause: &str, log: &Path, known: impl Iterator<Item = &'a str>) -> Failure {
    let known: BTreeSet<&str> = known.collect();
    let hint = match known.len() {
        0 => "the run has no finding at all".to_owned(),
        _ => format!("its findings are {}", known.into_iter().collect::<Vec<_>>().join(", ")),
    };
    Failure::usage(format!("`{}` has no finding of `{clause}`", log.display())).hint(hint)
}

/// A target whose answers are no evidence.
pub(in crate::cli) fn no_authority(name: &str) -> Failure {
    Failure::usage(format!("target `{name}` is no authority: what it does says nothing of the model"))
        .hint("the authority is `aws`; `virtual-aws` stands in for it")
}

/// A log of a target that is not the one in question.
pub(in crate::cli) fn log_of_another(log: &Path, name: &str) -> Failure {
    Failure::usage(format!("log `{}` is of no run on `{name}` itself", log.display()))
        .hint("give --target NAME of the authority that it is of")
}

/// A target of which nothing was recorded.
pub(in crate::cli) fn nothing_recorded(name: &str, folder: &Path) -> Failure {
    Failure::usage(format!("nothing was recorded of `{name}`: `{}` holds no snapshot file", folder.display()))
        .hint("record it: `copysnap run … --bless`")
}

/// The reference is recorded elsewhere.
pub(in crate::cli) fn reference_not_recorded() -> Failure {
    Failure::usage("what the reference does is recorded by its trials, each case alone")
        .hint("give --target or --endpoint, or a folder with --snapshots")
}

/// A run that did not come to its end records nothing.
pub(in crate::cli) fn incomplete_not_blessed() -> Failure {
    Failure { code: 4, ..Failure::usage("nothing was recorded: the run did not come to its end") }
}

/// A file cannot be read.
pub(in crate::cli) fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!("failed to read `{}`: {error}", path.display()))
}

/// A file that is larger than one is read.
pub(in crate::cli) fn too_large(path: &Path, largest: u64) -> Failure {
    Failure::usage(format!("`{}` is larger than {} MiB", path.display(), largest >> 20))
        .hint("leave out of it what is not asked of ElastiCache")
}

/// A file that says nothing of what an application uses.
pub(in crate::cli) fn usage_file(path: &Path, error: &UsageError) -> Failure {
    let hint = match error {
        UsageError::Nothing => {
            "it takes requests with `Action=…&Version=2015-02-02`, events of `elasticache.amazonaws.com`, or a debug log: \
             `boto3.set_stream_logger(\"botocore\")`, `aws --debug`, `new ElastiCacheClient({ logger: console })`"
        }
        _ => {
            "give a HAR as browsers and proxies save it, what `aws cloudtrail lookup-events` prints, or a debug log of an SDK"
        }
    };
    Failure::usage(format!("`{}`: {error}", path.display())).hint(hint)
}

/// A file or folder cannot be written.
pub(in crate::cli) fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::harness(format!("failed to write `{}`: {error}", path.display()))
}

/// A log is of other clauses than those that are embedded.
pub(in crate::cli) fn other_catalogue(log: &Path) -> Failure {
    Failure::usage(format!("log `{}` is of other clauses than this copysnap has", log.display()))
        .hint("merge with the copysnap that ran the shards")
}

/// The merged log would be written over one that it is made of.
pub(in crate::cli) fn merged_into_itself(log: &Path) -> Failure {
    Failure::usage(format!("log `{}` is to be merged, and written", log.display())).hint("give another file to --out")
}

/// Logs are not the shards of one run.
pub(in crate::cli) fn merge(error: &MergeError) -> Failure {
    let failure = Failure::of(2, error);
    match error {
        MergeError::Whole { .. } => failure.hint("a shard's is made by `copysnap run --shard I/N`"),
        MergeError::Twice { .. } => failure.hint("give each shard once"),
        MergeError::Differs { what: "the seed", .. } => failure.hint("give the same --seed to every shard"),
        MergeError::Differs { .. } => failure,
    }
}

/// A log does not hold what its steps are judged anew with.
pub(in crate::cli) fn no_starts(log: &Path) -> Failure {
    Failure::usage(format!("log `{}`: it does not say what was believed as its sequences began", log.display()))
        .hint("it holds no steps, or an earlier version wrote it; `copysnap report` makes its reports anew")
}

/// A target that is none.
pub(in crate::cli) fn target(error: &TargetError) -> Failure {
    let mut failure = Failure::of(2, error);
    failure.hint = error.hint().unwrap_or_default().to_owned();
    failure
}

/// A target that has neither an endpoint nor a way to start it.
pub(in crate::cli) fn no_place(name: &str) -> Failure {
    Failure::usage(format!("target `{name}` has neither an endpoint nor a way to start it"))
        .hint("start it yourself and give its URL with --endpoint")
}

/// A target that costs money, without the account that pays.
pub(in crate::cli) fn no_account(name: &str) -> Failure {
    Failure::usage(format!("target `{name}` costs money and is not touched without saying whose"))
        .hint("give --account ID; the run ends before it makes anything where the credentials belong to another")
}

/// Credentials of AWS would go to somebody else, or over no TLS.
pub(in crate::cli) fn not_aws(url: &str) -> Failure {
    Failure::usage(format!("credentials of AWS are sent to AWS alone, over TLS, and `{url}` is not that")).hint(
        "leave out --endpoint and --s3-endpoint; or give the credentials of that place: --access-key, --credentials",
    )
}

/// A file of credentials without a profile that can be used.
pub(in crate::cli) fn no_profile(path: &Path) -> Failure {
    Failure::usage(format!("`{}` has no profile `default` with an access key and a secret key", path.display()))
}

/// Nothing can be left on a target that ends with its run.
pub(in crate::cli) fn nothing_outlives(name: &str) -> Failure {
    Failure::usage(format!("target `{name}` ends with the run that starts it, and nothing outlives it"))
        .hint("say where it listens, with --endpoint")
}

/// There is no ledger to sweep by.
pub(in crate::cli) fn no_ledger(ledger: &Path) -> Failure {
    Failure::usage(format!("there is no ledger `{}`", ledger.display())).hint(
        "give the --out of the run, or its --ledger; without one, --older-than 6h goes by the names of what is there",
    )
}

/// Names alone are not enough to remove something by.
pub(in crate::cli) fn no_account_to_sweep() -> Failure {
    Failure::usage("nothing is removed by its name alone without saying whose it is").hint("give --account ID")
}

/// A target that cannot be installed or started.
pub(in crate::cli) fn launch(error: &LaunchError) -> Failure {
    let code = match error {
        LaunchError::NoRecipe { .. }
        | LaunchError::InProcess { .. }
        | LaunchError::NotInstalled { .. }
        | LaunchError::NoProgram { .. } => 2,
        _ => 3,
    };
    let mut failure = Failure::of(code, error);
    failure.hint = error.hint().unwrap_or_default();
    failure.tail = error.tail().to_vec();
    failure
}

/// An endpoint that never answered.
pub(in crate::cli) fn never_answered(url: &str, waited: Duration, last: &str) -> Failure {
    Failure::harness(format!("{url} did not answer within {} s: {last}", waited.as_secs_f64()))
        .hint("is it running? a longer --wait gives it more time")
}

/// The run was interrupted before it began.
pub(in crate::cli) fn interrupted() -> Failure {
    Failure { code: 4, ..Failure::usage("interrupted before anything was made") }
}

/// A run that could not begin.
pub(in crate::cli) fn run(error: &RunError) -> Failure {
    let usage =
        matches!(error, RunError::Resume(_) | RunError::Endpoint(EndpointError::Url { .. } | EndpointError::Pace(_)));
    let failure = Failure::of(if usage { 2 } else { 3 }, error);
    match error {
        RunError::Ledger(LedgerError::InUse { .. }) => failure.hint("wait for it, or give another --out"),
        _ => failure,
    }
}

/// The credentials of AWS cannot be had.
#[cfg(feature = "aws")]
pub(in crate::cli) fn credentials(reason: &str) -> Failure {
    Failure::usage(format!("no credentials of AWS: {reason}"))
        .hint("set AWS_PROFILE, or give --access-key and --secret-key")
}

/// This copysnap was built without AWS's credential chain.
#[cfg(not(feature = "aws"))]
pub(in crate::cli) fn no_aws_feature() -> Failure {
    Failure::usage("this copysnap was built without AWS's credential chain")
        .hint("cargo install --path . --features aws; or give --access-key and --secret-key")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_near() {
        let known = ["copy.target.taken", "copy.target.length", "tags.list"];
        for (word, wanted) in [
            ("copy.target.takn", Some("copy.target.taken")),
            ("copy.target.taken", Some("copy.target.taken")),
            ("tag.lists", Some("tags.list")),
            ("copy.tar", Some("copy.target.taken")),
            ("something.else.entirely", None),
        ] {
            assert_eq!(near(word, known.into_iter()), wanted, "{word}");
        }
    }

    #[test]
    fn a_clause_that_no_case_can_probe_says_why() {
        let failure = nothing_selected(&["create.quota".to_owned()], Some("it takes 24 hours"));
        assert_eq!(failure.what, "no selected case probes `create.quota`");
        assert_eq!(failure.hint, "no case can probe it: it takes 24 hours");
    }
}
