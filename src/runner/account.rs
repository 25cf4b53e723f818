use crate::endpoint::{Endpoint, Settings};
use crate::execute::Lane;
use crate::service::{Call, Fixture, Outcome, Reply, Text, text};
use crate::target::Target;
use crate::trace::outcome_line;

/// Returns the account, as it is declared, else as STS says. Where requests cost, both must be the same.
///
/// # Errors
/// Where they are not, and where STS does not say.
pub(super) async fn who_am_i(lane: &Lane, target: &Target, settings: Settings) -> Result<Option<Text>, String> {
    let declared = target.account.as_deref().map(text);
    if declared.is_some() && !target.costs_money {
        return Ok(declared);
    }
    let step = Call::Fixture(Fixture::WhoAmI).into();
    let answer = match &target.sts_endpoint {
        None => lane.send(&step).await.map_err(|stop| stop.to_string())?,
        Some(_) => {
            let url = target.sts_url().unwrap_or_default();
            let sts = Endpoint::new(Settings { url, s3_url: None, ..settings }).map_err(|error| error.to_string())?;
            lane.count(&step, 1);
            sts.call(&step, lane.clock).await
        }
    };
    match (answer.outcome, declared) {
        (Outcome::Reply(Reply::Identity(found)), Some(declared)) if found != declared => {
            Err("the credentials belong to another account than the one that is declared".to_owned())
        }
        (Outcome::Reply(Reply::Identity(found)), _) => Ok(Some(found)),
        (other, Some(_)) => Err(format!("STS does not say whose the credentials are: {}", outcome_line(&other))),
        (_, None) => Ok(None),
    }
}
