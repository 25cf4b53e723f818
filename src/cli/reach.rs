use std::path::Path;
use std::time::{Duration, Instant};

use super::args::TargetArgs;
use super::message::{self, Failure, problem};
use super::session::random;
use super::{credentials, message::problem::launch as launch_problem};
use crate::endpoint::{Endpoint, EndpointError, Settings};
use crate::launch::{self, Cache};
use crate::refserver::{self, Defect, RefServer, VirtualAws};
use crate::runner::Progress;
use crate::service::text;
use crate::sign::Credentials;
use crate::target::{Capability, Install, Target, Variant, is_aws};

/// The pause between two looks whether an endpoint answers.
const LOOK: Duration = Duration::from_millis(200);

/// The longest that one such look may take.
const LOOK_LIMIT: Duration = Duration::from_secs(2);

/// A target as the command line asks for it; nothing is started yet.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Choice {
    /// The target, with what was said of it on the command line.
    pub(super) target: Target,
    /// How it comes to an endpoint.
    pub(super) way: Way,
    /// The words that choose it again.
    pub(super) words: Vec<String>,
    /// Whether AWS's own credential chain serves it.
    chain: bool,
}

/// How a target comes to an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// It is started in this process, with that defect.
    Embedded(Option<Defect>),
    /// So is it, made as hard as AWS.
    Virtual(Option<Defect>),
    /// It is started on this machine, in a process of its own.
    Started,
    /// It listens there.
    Listens(String),
}

/// A target that listens. It ends with this value, where the run has started it.
#[derive(Debug)]
pub(super) struct Reached {
    pub(super) url: String,
    pub(super) credentials: Credentials,
    /// How long it took to start; `None` where the run did not start it.
    pub(super) start_up: Option<Duration>,
    host: Host,
}

#[derive(Debug)]
enum Host {
    Embedded(refserver::Running),
    Process(launch::Running),
    Elsewhere,
}

impl Choice {
    /// Returns the target that the arguments name.
    pub(super) fn of(arguments: &TargetArgs) -> Result<Self, Failure> {
        let refused = |error| problem::target(&error);
        let defect = arguments.defect.as_deref().map(defect).transpose()?;
        let mut words = Vec::new();
        let (mut target, chain) = match (&arguments.target, &arguments.endpoint) {
            (None, None) => (Target::builtin("reference").map_err(refused)?, false),
            (None, Some(url)) => (Target::for_endpoint(url).map_err(refused)?, false),
            (Some(word), _) => {
                words.extend(["--target".to_owned(), word.clone()]);
                named(word)?
            }
        };
        if let Some(url) = &arguments.endpoint {
            words.extend(["--endpoint".to_owned(), url.clone()]);
            target.endpoint = Target::for_endpoint(url).map_err(refused)?.endpoint;
            // What is judged there has nothing to do with AWS's other places, and is no authority in its place.
            let own = |url: &String| !is_aws(url);
            target.authority &= !chain || is_aws(url);
            target.s3_endpoint = target.s3_endpoint.filter(own);
            target.sts_endpoint = target.sts_endpoint.filter(own);
        }
        if let Some(url) = &arguments.s3_endpoint {
            words.extend(["--s3-endpoint".to_owned(), url.clone()]);
            target = target.with_s3_endpoint(url).map_err(refused)?;
        }
        if let Some(account) = &arguments.other_account {
            words.extend(["--other-account".to_owned(), account.clone()]);
            target = target.with_other_account(account).map_err(refused)?;
        }
        if let Some(region) = &arguments.region {
            words.extend(["--region".to_owned(), region.clone()]);
            target.region.clone_from(region);
        }
        if let Some(arn) = &arguments.kms_key {
            words.extend(["--kms-key".to_owned(), arn.clone()]);
            target = target.with_kms_key(arn);
        }
        if let Some(region) = &arguments.other_region {
            words.extend(["--other-region".to_owned(), region.clone()]);
            target = target.with_other_region(region);
        }
        if let Some(account) = &arguments.account {
            words.extend(["--account".to_owned(), account.clone()]);
            target.account = Some(account.clone());
        }
        if arguments.over_quota {
            words.push("--over-quota".to_owned());
            target.capabilities.insert(Capability::Quota);
        }
        if target.costs_money && target.account.is_none() {
            return Err(problem::no_account(&target.name));
        }
        if let Some(path) = &arguments.credentials {
            words.extend(["--credentials".to_owned(), path.display().to_string()]);
        }
        let variant = Variant { fips: arguments.fips, dual_stack: arguments.dual_stack };
        for (asked, word) in [(variant.fips, "--fips"), (variant.dual_stack, "--dual-stack")] {
            words.extend(asked.then(|| word.to_owned()));
        }
        target = target.at_aws(variant);
        if let Some(limit) = arguments.settle_limit {
            target.settle_limit = limit;
        }
        if let Some(folder) = &arguments.snapshots {
            words.extend(["--snapshots".to_owned(), folder.display().to_string()]);
        }
        if let Some(name) = &arguments.source_snapshot {
            words.extend(["--source-snapshot".to_owned(), name.clone()]);
        }
        let chain = chain && arguments.access_key.is_none() && arguments.credentials.is_none();
        if let Some(url) = chain.then(|| foreign_place(&target)).flatten() {
            return Err(problem::not_aws(&url));
        }
        let way = way(&target, defect)?;
        if let Some(defect) = defect {
            words.extend(["--defect".to_owned(), defect.name().to_owned()]);
        }
        Ok(Self { target, way, words, chain })
    }

    /// Returns the quota of the embedded reference endpoint, where one is declared that may be gone over.
    fn quota(&self) -> Option<usize> {
        let most = usize::try_from(self.target.snapshots_per_node).unwrap_or(usize::MAX);
        self.target.has(Capability::Quota).then_some(most)
    }

    /// Returns what requests are signed with. AWS's own chain also says where AWS is, unless the arguments do.
    async fn credentials(&mut self, arguments: &TargetArgs) -> Result<Credentials, Failure> {
        if let Some((access_key, secret_key)) = arguments.access_key.as_ref().zip(arguments.secret_key.as_ref()) {
            return Ok(Credentials::new(access_key, secret_key));
        }
        if let Some(path) = &arguments.credentials {
            return credentials::of_file(path);
        }
        if !self.chain {
            return Ok(Credentials::new("test", "test"));
        }
        let found = credentials::of_aws(arguments.region.as_deref()).await?;
        if let (None, Some(region)) = (&arguments.region, found.region) {
            self.target.region = region;
        }
        if arguments.endpoint.is_none() {
            let fips = arguments.fips || found.fips;
            let dual_stack = arguments.dual_stack || found.dual_stack;
            self.target = self.target.clone().at_aws(Variant { fips, dual_stack });
        }
        self.way = way(&self.target, None)?;
        Ok(found.credentials)
    }

    /// Starts the target where it is to be started, waits for it where that was asked, and finds its credentials.
    /// What it writes goes to `out`.
    pub(super) async fn reach(
        &mut self,
        arguments: &TargetArgs,
        out: &Path,
        progress: &dyn Progress,
    ) -> Result<Reached, Failure> {
        let mut credentials = self.credentials(arguments).await?;
        let begun = Instant::now();
        let (url, host) = match &self.way {
            Way::Listens(url) => (url.clone(), Host::Elsewhere),
            Way::Embedded(defect) => {
                // Only signatures made with its own secret can be right for it.
                let signed = credentials.secret_key == "test";
                if !signed {
                    self.target.capabilities.remove(&Capability::ChecksSignatures);
                }
                let options = refserver::Options {
                    defect: *defect,
                    require_sigv4: signed,
                    kms_key: self.target.kms_key.as_deref().map(text),
                    quota: self.quota(),
                    ..refserver::Options::default()
                };
                let running = RefServer::start(options).map_err(|error| Failure::of(3, &error))?;
                (running.url.clone(), Host::Embedded(running))
            }
            Way::Virtual(defect) => {
                let cloud = VirtualAws::scaled(arguments.seed.unwrap_or_else(random), VirtualAws::TIME_SCALE);
                if arguments.access_key.is_none() && arguments.credentials.is_none() {
                    credentials = cloud.sessions.own.credentials.clone();
                }
                let kms_key = self.target.kms_key.as_deref().map(text);
                let options = refserver::Options { defect: *defect, kms_key, ..refserver::Options::of_aws(cloud) };
                let running = RefServer::start(options).map_err(|error| Failure::of(3, &error))?;
                (running.url.clone(), Host::Embedded(running))
            }
            Way::Started => {
                progress.stage(&message::starting(&self.target.name));
                let cache = Cache::of_user().map_err(|error| launch_problem(&error))?;
                let running = launch::start(&self.target, &cache, out).await.map_err(|error| launch_problem(&error))?;
                (running.url().to_owned(), Host::Process(running))
            }
        };
        let start_up = (!matches!(host, Host::Elsewhere)).then(|| begun.elapsed());
        if let (Some(limit), Host::Elsewhere) = (arguments.wait, &host) {
            progress.stage(&message::waiting(&url));
            answers(&url, limit).await?;
        }
        Ok(Reached { url, credentials, start_up, host })
    }
}

impl Reached {
    /// Ends the target where the run has started it.
    pub(super) async fn end(self) -> Result<(), Failure> {
        match self.host {
            Host::Process(running) => running.stop().await.map_err(|error| launch_problem(&error)),
            Host::Embedded(running) => {
                running.stop();
                Ok(())
            }
            Host::Elsewhere => Ok(()),
        }
    }
}

/// Returns the defect of that name.
pub(super) fn defect(name: &str) -> Result<Defect, Failure> {
    let known = Defect::ALL.iter().map(|defect| defect.name());
    Defect::from_name(name).ok_or_else(|| problem::no_defect(name, known))
}

/// Returns the built-in target of that name, else the one of that file; and whether it is AWS itself.
pub(super) fn named(word: &str) -> Result<(Target, bool), Failure> {
    let path = Path::new(word);
    let file = path.extension().is_some_and(|ending| ending == "toml") || path.is_file();
    if !file || Target::names().any(|name| name == word) {
        let target = Target::builtin(word).map_err(|error| problem::target(&error))?;
        let chain = target.authority && target.launch.is_none();
        return Ok((target, chain));
    }
    let text = std::fs::read_to_string(path).map_err(|error| problem::unreadable(path, &error))?;
    Ok((Target::parse(&text, word).map_err(|error| problem::target(&error))?, false))
}

fn way(target: &Target, defect: Option<Defect>) -> Result<Way, Failure> {
    let install = target.launch.as_ref().map(|recipe| &recipe.install);
    match (target.endpoint_url(), install) {
        (None, Some(Install::InProcess)) => Ok(Way::Embedded(defect)),
        (None, Some(Install::VirtualAws)) => Ok(Way::Virtual(defect)),
        _ if defect.is_some() => Err(problem::foreign_defect(&target.name)),
        (Some(url), _) => Ok(Way::Listens(url)),
        (None, Some(_)) => Ok(Way::Started),
        (None, None) => Err(problem::no_place(&target.name)),
    }
}

/// Returns the first place of a target that is none of AWS's.
fn foreign_place(target: &Target) -> Option<String> {
    [target.endpoint_url(), target.s3_url(), target.sts_url()].into_iter().flatten().find(|url| !is_aws(url))
}

/// Waits until anything but a proxy answers.
async fn answers(url: &str, limit: Duration) -> Result<(), Failure> {
    let settings = Settings { request_limit: LOOK_LIMIT, ..Settings::new(url) };
    let endpoint = Endpoint::new(settings).map_err(|error| problem::run(&error.into()))?;
    let begun = Instant::now();
    loop {
        let last = match endpoint.get("").await {
            Ok((status, _)) if !matches!(status, 502..=504) => return Ok(()),
            Ok((status, _)) => format!("its last answer was {status}"),
            Err(EndpointError::Unreachable { reason, .. }) => reason,
            Err(error) => error.to_string(),
        };
        if begun.elapsed() >= limit {
            return Err(problem::never_answered(url, limit, &last));
        }
        tokio::time::sleep(LOOK.min(limit)).await;
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn choice(change: impl FnOnce(&mut TargetArgs)) -> Result<Choice, Failure> {
        let mut arguments = TargetArgs::default();
        change(&mut arguments);
        Choice::of(&arguments)
    }

    fn refused(change: impl FnOnce(&mut TargetArgs)) -> (String, String) {
        let failure = choice(change).unwrap_err();
        assert_eq!(failure.code, 2, "{failure:?}");
        (failure.what, failure.hint)
    }

    fn some(word: &str) -> Option<String> {
        Some(word.to_owned())
    }

    #[test]
    fn without_a_word_the_reference_is_judged() {
        let choice = choice(|_| {}).unwrap();
        assert_eq!(choice.way, Way::Embedded(None));
        assert!(choice.words.is_empty());
    }

    #[test]
    fn an_endpoint_stands_for_itself_or_for_a_targets_own() {
        let url = "http://localhost:4566";
        let alone = choice(|arguments| arguments.endpoint = some(url)).unwrap();
        assert_eq!((alone.target.name.as_str(), alone.way), ("endpoint", Way::Listens(url.to_owned())));
        let moto = choice(|arguments| {
            arguments.target = some("moto");
            arguments.endpoint = some(url);
        });
        let moto = moto.unwrap();
        assert_eq!((moto.target.name.as_str(), moto.way), ("moto", Way::Listens(url.to_owned())));
        assert_eq!(moto.words, ["--target", "moto", "--endpoint", url]);
        assert_eq!(choice(|arguments| arguments.target = some("moto")).unwrap().way, Way::Started);
    }

    #[test]
    fn a_defect_breaks_the_reference_alone() {
        let broken = choice(|arguments| arguments.defect = some("copy-taken-silent")).unwrap();
        assert_eq!(broken.way, Way::Embedded(Some(Defect::CopyTakenSilent)));
        assert_eq!(broken.words, ["--defect", "copy-taken-silent"]);
        let both = |target: &str| {
            let target = some(target);
            choice(|arguments| {
                arguments.defect = some("copy-taken-silent");
                arguments.target = target;
            })
        };
        assert!(both("reference").is_ok());
        assert_eq!(both("moto").unwrap_err().hint, "leave out --target");
        let hint = refused(|arguments| arguments.defect = some("copy-taken-silnt")).1;
        assert_eq!(hint, "did you mean `copy-taken-silent`?");
    }

    #[test]
    fn what_costs_money_needs_an_account() {
        let (what, _) = refused(|arguments| arguments.target = some("aws"));
        assert_eq!(what, "target `aws` costs money and is not touched without saying whose");
        let aws = choice(|arguments| {
            arguments.target = some("aws");
            arguments.account = some("123456789012");
            arguments.region = some("eu-west-1");
        });
        let aws = aws.unwrap();
        assert!(aws.chain);
        let elsewhere = refused(|arguments| {
            arguments.target = some("aws");
            arguments.account = some("123456789012");
            arguments.endpoint = some("http://elasticache.us-east-1.amazonaws.com");
        });
        assert!(elsewhere.0.starts_with("credentials of AWS are sent to AWS alone, over TLS"), "{elsewhere:?}");
        let given = choice(|arguments| {
            arguments.target = some("aws");
            arguments.account = some("123456789012");
            arguments.endpoint = some("http://localhost:4566");
            (arguments.access_key, arguments.secret_key) = (some("test"), some("test"));
        });
        assert!(!given.unwrap().chain);
        assert_eq!(aws.way, Way::Listens("https://elasticache.eu-west-1.amazonaws.com".to_owned()));
    }

    #[test]
    fn unknown_targets_are_refused_with_the_nearest() {
        assert_eq!(refused(|arguments| arguments.target = some("motto")).1, "did you mean `moto`?");
        let (what, _) = refused(|arguments| arguments.target = some("nowhere/mine.toml"));
        assert!(what.starts_with("failed to read `nowhere/mine.toml`: "), "{what}");
        assert_eq!(
            refused(|arguments| arguments.endpoint = some("localhost:1")).1,
            "did you mean `http://localhost:1`?"
        );
    }
}
