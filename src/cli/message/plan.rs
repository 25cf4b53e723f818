use std::fmt::Write as _;
use std::time::Duration;

use super::plural;
use crate::cli::plan::Planned;
use crate::target::Target;

/// How many cases are named that do not run for one reason.
const NAMED: usize = 4;

/// Returns why a case does not run that uses an operation which is not there.
pub(in crate::cli) fn unsupported(operation: &str) -> String {
    format!("{operation} is not there")
}

/// Returns what the numbers of a plan rest on.
pub(in crate::cli) fn assumptions(target: &Target, given: bool, copy_time: Duration) -> Vec<String> {
    let mut all = vec![
        "nothing is sent: the run is rehearsed on the reference endpoint, which answers as the model does".to_owned(),
        format!(
            "making, copying and deleting a snapshot takes {} s, and nothing is throttled",
            copy_time.as_secs_f64()
        ),
        "that a copy uses the quota of its source's node is taken for granted".to_owned(),
    ];
    if !given {
        all.push("the time in which a cluster is made and removed is not in it".to_owned());
    }
    match &target.prices {
        Some(prices) => all.push(format!(
            "prices as of {} ({}): a node hour {} USD, begun hours whole; a GB of backups a month {} USD; a snapshot of {} GB is \
             kept for an hour; 1000 requests to S3 {} USD; requests to ElastiCache nothing",
            prices.read,
            prices.source,
            prices.node_hour,
            prices.backup_gb_month,
            prices.snapshot_gb,
            prices.s3_requests_1000
        )),
        None => all.push("the target declares no prices".to_owned()),
    }
    all
}

/// Returns a plan for people.
pub(in crate::cli) fn plan(planned: &Planned) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "target     {}   {}", planned.target, planned.endpoint);
    let _ = writeln!(text, "requests   {}", planned.requests);
    for (operation, count) in &planned.calls {
        let _ = writeln!(text, "           {count:>5}  {operation}");
    }
    let made = &planned.resources;
    let counts = [
        (made.clusters, "cluster"),
        (made.snapshots, "snapshot"),
        (made.copies, "copy"),
        (made.buckets, "bucket"),
        (made.objects, "object"),
    ];
    let counts = counts.map(|(count, word)| {
        if (count, word) == (1, "copy") || word != "copy" { plural(count, word) } else { format!("{count} copies") }
    });
    let _ = writeln!(text, "made       {}; all of it is removed", counts.join(", "));
    let _ = writeln!(text, "quota      {} of {} snapshots of a node in 24 hours", planned.quota.used, planned.quota.of);
    let _ = writeln!(text, "time       {}", spoken(planned.time_ms / 1000));
    let cost = planned.cost_usd.map_or_else(|| "no prices are declared".to_owned(), |usd| format!("{usd} USD"));
    let _ = writeln!(text, "cost       {cost}\n");
    let _ = writeln!(text, "class      clauses  probed  cases  run");
    for of in &planned.classes {
        let _ = writeln!(text, "{:<9} {:>8} {:>7} {:>6} {:>4}", of.class, of.clauses, of.probed, of.cases, of.run);
    }
    text.push('\n');
    for not_run in &planned.not_run {
        let named = not_run.cases.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = not_run.cases.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let _ = writeln!(text, "not run    {named}{more}: {}", not_run.reason);
    }
    for assumed in &planned.assumptions {
        let _ = writeln!(text, "assumed    {assumed}");
    }
    text
}

fn spoken(seconds: u64) -> String {
    if seconds < 120 { format!("{seconds} s") } else { format!("{} min", seconds.div_ceil(60)) }
}
