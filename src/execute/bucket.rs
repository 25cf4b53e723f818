use std::time::Duration;

use super::lane::{Lane, Stop};
use crate::ledger::{Resource, ResourceKind};
use crate::service::{Call, FaultCode, Outcome, Reply, S3Action, S3Call, S3Reply, Step, Text, text};
use crate::trace::outcome_line;

/// Tells whether a call of S3 was carried out.
pub(super) fn is_done(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Reply(Reply::S3(_))) || is_own_already(outcome)
}

/// Tells whether a bucket is there because it was asked for before, and that answer was lost: nobody else has its name.
fn is_own_already(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Fault(fault) if fault.code.code() == "BucketAlreadyOwnedByYou")
}

/// Whether a target has S3, and what was seen of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Support {
    /// Whether a bucket keeps what is put there, and nothing else.
    pub there: bool,
    /// The call that tells it, in the one-line notation.
    pub asked: String,
    /// What came of it.
    pub seen: String,
}

/// How often each step of the probe is asked before S3 counts as not there: one answer that fails says little.
const TRIES: u32 = 3;

/// Makes a bucket, puts an object there, reads it, and removes both; tells whether each step shows what was done.
///
/// # Errors
/// Where the ledger cannot be written.
pub async fn probe_s3(lane: &Lane, prefix: &str) -> Result<S3Support, Stop> {
    let names = [text("probe"), text("never")];
    let [key, never] = &names;
    let call = |action| -> Step {
        let (bucket, region) = (text(format!("{prefix}bucket")), lane.region.clone());
        Call::S3(S3Call { bucket, region, account: None, action }).into()
    };
    let list = || S3Action::ListObjects { token: None };
    let holds = |wanted: &[&Text]| {
        let wanted: Vec<Text> = wanted.iter().map(|key| Text::clone(key)).collect();
        move |reply: &S3Reply| matches!(reply, S3Reply::Objects { keys, token: None } if *keys == wanted)
    };
    let done = |reply: &S3Reply| *reply == S3Reply::Done;
    type Check = Box<dyn Fn(&S3Reply) -> bool + Send>;
    let body = text("a body that nobody else has");
    let sent = body.clone();
    let same = move |reply: &S3Reply| matches!(reply, S3Reply::Object { head, .. } if *head == *sent.as_bytes());
    let steps: Vec<(Step, Option<Check>)> = vec![
        (call(S3Action::CreateBucket { acl: None }), Some(Box::new(done))),
        (call(list()), Some(Box::new(holds(&[])))),
        (call(S3Action::PutObject { key: key.clone(), body }), Some(Box::new(done))),
        (call(list()), Some(Box::new(holds(&[key])))),
        (call(S3Action::GetObject { key: key.clone() }), Some(Box::new(same))),
        // A refusal is wanted here.
        (call(S3Action::GetObject { key: never.clone() }), None),
        (call(S3Action::DeleteObject { key: key.clone() }), Some(Box::new(done))),
        (call(list()), Some(Box::new(holds(&[])))),
    ];
    let mut support = S3Support { there: true, asked: String::new(), seen: String::new() };
    for (step, wanted) in steps {
        support.there = false;
        let mut pause = lane.poll.0;
        for left in (0..TRIES).rev() {
            let answer = lane.send(&step).await?;
            support.there = match (&answer.outcome, &wanted) {
                (Outcome::Reply(Reply::S3(reply)), Some(wanted)) => wanted(reply),
                (Outcome::Fault(_), None) => true,
                (outcome, _) => is_own_already(outcome),
            };
            support.asked = crate::trace::step_line(&step);
            support.seen = outcome_line(&answer.outcome);
            if support.there || left == 0 {
                break;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(lane.poll.1);
        }
        if !support.there {
            break;
        }
    }
    let bucket = lane.bucket(&text(format!("{prefix}bucket")), &lane.region.clone(), None);
    remove_bucket(lane, &bucket, support.there).await?;
    Ok(support)
}

/// Removes a bucket with all that is in it; tells whether it is gone. Where S3 was never there, there is nothing to wait
/// for.
///
/// # Errors
/// Where the ledger cannot be written.
pub async fn remove_bucket(lane: &Lane, resource: &Resource, patient: bool) -> Result<bool, Stop> {
    let begun = lane.now();
    let mut pause = lane.poll.0;
    let call = |action| -> Step {
        let (bucket, region) = (resource.name.clone(), resource.region.clone());
        Call::S3(S3Call { bucket, region, account: resource.account.clone(), action }).into()
    };
    loop {
        let mut token = None;
        for _ in 0..lane.endpoint.limits().pages {
            let mut answer = lane.send(&call(S3Action::ListObjects { token: token.clone() })).await?;
            if matches!(&answer.outcome, Outcome::Fault(fault) if fault.code == FaultCode::AccessDenied) {
                // A policy that denies the caller something goes first.
                lane.send(&call(S3Action::DeletePolicy)).await?;
                answer = lane.send(&call(S3Action::ListObjects { token })).await?;
            }
            let Outcome::Reply(Reply::S3(S3Reply::Objects { keys, token: next })) = answer.outcome else { break };
            for key in keys {
                lane.send(&call(S3Action::DeleteObject { key })).await?;
            }
            token = next;
            if token.is_none() {
                break;
            }
        }
        let answer = lane.send(&call(S3Action::DeleteBucket)).await?;
        let gone = match &answer.outcome {
            Outcome::Reply(Reply::S3(_)) => true,
            Outcome::Fault(_) => answer.form.status == 404,
            _ => false,
        };
        // Where no answer is one of S3, nothing was made.
        if gone || (!patient && !is_s3(&answer.outcome)) {
            close_bucket(lane, resource)?;
            return Ok(true);
        }
        if !patient || lane.now() - begun > lane.settle_limit.max(LEAST) {
            return Ok(false);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(lane.poll.1);
    }
}

/// The least time that a bucket is granted to go.
const LEAST: Duration = Duration::from_secs(5);

fn is_s3(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Reply(_) => true,
        Outcome::Fault(fault) => fault.code.code() == "BucketNotEmpty",
        Outcome::Indeterminate(_) | Outcome::Alien(_) => false,
    }
}

/// Writes down that a bucket is gone, and all that was in it.
pub(super) fn close_bucket(lane: &Lane, resource: &Resource) -> Result<(), Stop> {
    let within = format!("{}/", resource.name);
    for open in lane.ledger.open_resources() {
        if open.kind == ResourceKind::Object && open.name.starts_with(&within) {
            lane.ledger.gone(&open)?;
        }
    }
    lane.ledger.gone(resource)?;
    Ok(())
}
