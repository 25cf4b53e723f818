use super::fixture::{MOST_LOST, is_lost, remove_owner};
use super::key;
use super::lane::{Lane, Stop};
use crate::case::Case;
use crate::endpoint::Answer;
use crate::ledger::ResourceKind;
use crate::service::{
    Action, Call, CopySnapshot, CreateSnapshot, Dress, Elsewhere, FaultCode, Forgery, Indeterminate, Operation,
    Outcome, Owner, OwnerKind, Step, Text, text,
};
use crate::trace::outcome_line;

/// Whether a target has an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SupportState {
    /// It has an answer of its own.
    Supported,
    /// It is answered like an invented action.
    Unsupported,
    /// Another service answers it.
    Misrouted,
}

impl SupportState {
    /// Returns the word in logs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Unsupported => "unsupported",
            Self::Misrouted => "misrouted",
        }
    }
}

/// How a target answers the operations, beside an invented action.
#[derive(Clone, Debug)]
pub struct Support {
    /// What an invented action was answered with.
    pub invented: String,
    /// Operation, whether it is there, and what was seen.
    pub operations: Vec<(Operation, SupportState, String)>,
    /// Whether a request with a wrong signature was turned away.
    pub signatures: bool,
    /// Whether a cluster from a snapshot that was never made was refused.
    pub restores: bool,
    /// Where requests from are turned away although they are declared, and with what.
    pub turned_away: Vec<(Elsewhere, String)>,
    /// The operations of which it is doubtful whether they take the KMS key that is declared.
    pub key_doubted: Vec<Operation>,
    /// Why nothing answered at all; `None` where something did.
    pub unreachable: Option<String>,
}

impl Support {
    /// Returns with what requests from there are turned away; `None` where they are let in, or none are declared.
    #[must_use]
    pub fn turned_away(&self, from: Elsewhere) -> Option<&str> {
        self.turned_away.iter().find(|(place, _)| *place == from).map(|(_, refused)| refused.as_str())
    }

    /// Tells whether the operation is there.
    #[must_use]
    pub fn has(&self, operation: Operation) -> bool {
        self.operations.iter().any(|(known, state, _)| *known == operation && *state == SupportState::Supported)
    }
}

/// Asks every operation once, with names that were never made, and compares the answers to that of an invented action.
///
/// # Errors
/// Where the ledger cannot be written.
pub async fn probe(lane: &Lane, prefix: &str, account: &str, key: Option<&Text>) -> Result<Support, Stop> {
    let never = text(format!("{prefix}never"));
    let action = "ConjureSnapshot";
    let invented =
        Step { call: Call::describe(&never), dress: Dress { action: Action::Named(text(action)), ..Dress::default() } };
    let answer = ask(lane, &invented).await?;
    if let Some(reason) = silence(&answer) {
        return Ok(Support {
            invented: reason.clone(),
            operations: Vec::new(),
            signatures: false,
            restores: false,
            turned_away: Vec::new(),
            key_doubted: Vec::new(),
            unreachable: Some(reason),
        });
    }
    let print = fingerprint(&answer, action);
    let mut operations = Vec::new();
    for step in requests(&never, &lane.region, account) {
        let operation = step.call.operation();
        let answer = ask(lane, &step).await?;
        // A service that breaks the connection or does not answer is no service that lacks an operation.
        let state = match &answer.outcome {
            Outcome::Alien(alien) if alien.service.is_some() => SupportState::Misrouted,
            Outcome::Alien(_) if fingerprint(&answer, operation.name()) == print => SupportState::Misrouted,
            // Where an invented action succeeds, an answer like that tells nothing; the cases will.
            Outcome::Reply(_) => SupportState::Supported,
            _ if fingerprint(&answer, operation.name()) == print => SupportState::Unsupported,
            _ => SupportState::Supported,
        };
        operations.push((operation, state, outcome_line(&answer.outcome)));
    }
    let signatures = checks_signatures(lane, &never).await?;
    let restores = refuses_to_restore(lane, &never, &print).await?;
    let mut away = Vec::new();
    for (place, _) in &lane.elsewhere {
        let dress = Dress { from: Some(*place), ..Dress::default() };
        let answer = ask(lane, &Step { call: Call::describe(&never), dress }).await?;
        if turned_away(&answer) {
            away.push((*place, outcome_line(&answer.outcome)));
        }
    }
    let key_doubted = match key {
        Some(key) => key::doubted(lane, &never, key).await?,
        None => Vec::new(),
    };
    let invented = outcome_line(&answer.outcome);
    Ok(Support { invented, operations, signatures, restores, turned_away: away, key_doubted, unreachable: None })
}

/// Sends what asks for nothing that there is, again where it is lost on the way or fails: a run is not to end before it has
/// begun for that.
pub(super) async fn ask(lane: &Lane, step: &Step) -> Result<Answer, Stop> {
    let mut answer = lane.send(step).await?;
    for _ in 0..MOST_LOST {
        if !is_lost(&answer.outcome) {
            break;
        }
        answer = lane.send(step).await?;
    }
    Ok(answer)
}

/// Tells whether the target looks for the snapshot from which a cluster is to be made: one that was never made is refused,
/// and not like an invented action.
async fn refuses_to_restore(lane: &Lane, never: &Text, print: &(u16, String, String)) -> Result<bool, Stop> {
    let cluster = text(format!("{never}-c"));
    let call = Call::Restore { cluster: Some(cluster.clone()), snapshot: Some(never.clone()) };
    let operation = call.operation();
    let answer = ask(lane, &call.into()).await?;
    if answer.form.status >= 400 && answer.form.status < 500 {
        lane.ledger.gone(&lane.resource(ResourceKind::Cluster, &cluster))?;
    } else if matches!(answer.outcome, Outcome::Reply(_)) {
        remove_owner(lane, &Owner { kind: OwnerKind::Cluster, id: cluster }).await?;
    }
    let refused = matches!(&answer.outcome, Outcome::Fault(fault) if !matches!(fault.code, FaultCode::Unlisted(_)));
    Ok(refused && fingerprint(&answer, operation.name()) != *print)
}

/// Tells whether a request is let in by its signature: one with a wrong one is turned away, the same with its own is not.
async fn checks_signatures(lane: &Lane, never: &Text) -> Result<bool, Stop> {
    let forged = Dress { forged: Some(Forgery::Wrong), ..Dress::default() };
    let wrong = ask(lane, &Step { call: Call::describe(never), dress: forged }).await?;
    let right = ask(lane, &Call::describe(never).into()).await?;
    Ok(turned_away(&wrong) && !turned_away(&right))
}

/// Tells whether who asks is not known, or may not ask.
fn turned_away(answer: &Answer) -> bool {
    matches!(&answer.outcome, Outcome::Fault(fault) if matches!(fault.code,
        FaultCode::SignatureDoesNotMatch
            | FaultCode::IncompleteSignature
            | FaultCode::InvalidClientTokenId
            | FaultCode::AccessDenied
            | FaultCode::AccessDeniedException))
}

fn silence(answer: &Answer) -> Option<String> {
    match &answer.outcome {
        Outcome::Indeterminate(Indeterminate::ServerError { .. }) => None,
        outcome @ Outcome::Indeterminate(_) => Some(outcome_line(outcome)),
        _ => None,
    }
}

/// What tells answers apart: status, code, and shape, less the action's own name.
fn fingerprint(answer: &Answer, action: &str) -> (u16, String, String) {
    let root = answer.form.root.as_deref().unwrap_or_default().replace(action, "Own");
    let code = match &answer.outcome {
        Outcome::Fault(fault) => fault.code.code().to_owned(),
        Outcome::Indeterminate(Indeterminate::ServerError { code, .. }) => {
            code.as_deref().unwrap_or_default().to_owned()
        }
        Outcome::Alien(alien) => alien.content_type.as_deref().unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    (answer.form.status, code, root)
}

fn requests(never: &Text, region: &str, account: &str) -> Vec<Step> {
    let arn = Some(text(format!("arn:aws:elasticache:{region}:{account}:snapshot:{never}")));
    let tags = Some(vec![crate::service::TagArg { key: Some(text("k")), value: Some(text("v")) }]);
    let other = text(format!("{never}2"));
    [
        Call::Create(CreateSnapshot {
            name: Some(other.clone()),
            group: Some(never.clone()),
            ..CreateSnapshot::default()
        }),
        Call::Copy(CopySnapshot { source: Some(never.clone()), target: Some(other), ..CopySnapshot::default() }),
        Call::describe(never),
        Call::Delete { name: Some(never.clone()) },
        Call::AddTags { resource: arn.clone(), tags },
        Call::RemoveTags { resource: arn.clone(), keys: Some(vec![text("k")]) },
        Call::ListTags { resource: arn },
    ]
    .into_iter()
    .map(Step::from)
    .collect()
}

/// Returns which operations a case asks for, those of the executor included.
#[must_use]
pub fn operations(case: &Case) -> Vec<Operation> {
    let mut operations: Vec<Operation> = case
        .asks()
        .map(|ask| ask.operation)
        .filter(|it| *it != Operation::CreateCacheCluster)
        .filter(|operation| !operation.is_s3())
        .collect();
    operations.extend([Operation::DescribeSnapshots, Operation::DeleteSnapshot]);
    operations.sort_unstable();
    operations.dedup();
    operations
}
