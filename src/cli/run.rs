use std::sync::Arc;

use tokio::sync::watch;

use super::args::{RunArgs, TargetArgs};
use super::message::Failure;
use super::progress::Bar;
use crate::case::Cases;
use crate::refserver::{Options, RefServer, Running};
use crate::runner::{self, Plan};
use crate::sign::Credentials;
use crate::spec::ClauseId;
use crate::target::Target;

pub(super) fn run(arguments: RunArgs) -> Result<u8, Failure> {
    let (target, url, running) = reach(&arguments.target)?;
    let cases = Cases::builtin().map_err(|error| Failure::harness(error.to_string()))?;
    std::fs::create_dir_all(&arguments.target.out).map_err(|error| Failure::harness(error.to_string()))?;
    let mut target = target;
    if let Some(limit) = arguments.target.settle_limit {
        target.settle_limit = limit;
    }
    if let Some(lanes) = arguments.lanes {
        target.lanes = usize::from(lanes);
    }
    let plan = Plan {
        target,
        url,
        credentials: Credentials::new("test", "test"),
        cases: cases
            .iter()
            .filter(|case| {
                arguments.cases.is_empty()
                    || arguments
                        .cases
                        .iter()
                        .any(|glob| glob::Pattern::new(glob).is_ok_and(|pattern| pattern.matches(&case.path)))
            })
            .cloned()
            .collect(),
        clauses: ClauseId::all().collect(),
        selection: (arguments.cases.clone(), arguments.clauses.clone()),
        seed: arguments.seed.unwrap_or(1),
        strict: arguments.target.strict,
        out: arguments.target.out.clone(),
        source_snapshot: None,
        defect: None,
        start_up: None,
        time_limit: arguments.time_limit,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::harness(error.to_string()))?;
    let (_cancel, cancelled) = watch::channel(false);
    let bar = Arc::new(Bar::new(true));
    runtime.block_on(runner::run(plan, cancelled, Arc::clone(&bar) as _)).map_err(|error| Failure::of(3, &error))?;
    bar.finish();
    drop(running);
    Ok(0)
}

fn reach(arguments: &TargetArgs) -> Result<(Target, String, Option<Running>), Failure> {
    if let Some(url) = &arguments.endpoint {
        let target = Target::for_endpoint(url).map_err(|error| Failure::of(2, &error))?;
        return Ok((target, url.clone(), None));
    }
    let target = Target::builtin("reference").map_err(|error| Failure::of(2, &error))?;
    let running = RefServer::start(Options {
        require_sigv4: true,
        kms_key: target.kms_key.as_deref().map(crate::service::text),
        ..Options::default()
    })
    .map_err(|error| Failure::of(3, &error))?;
    Ok((target, running.url.clone(), Some(running)))
}
