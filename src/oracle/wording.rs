use super::judgement::{Judgement, Mark, Needs, Reason};
use crate::model::Allowed;
use crate::service::Outcome;

/// Tells whether the answer is one of those that match, with a text that it may have.
pub(super) fn is_known(matched: &[&Allowed], outcome: &Outcome) -> bool {
    let says = |allowed: &&Allowed| match (&allowed.wording, outcome) {
        (Some(wording), Outcome::Fault(fault)) => wording.is_said_by(&fault.message),
        _ => true,
    };
    matched.iter().any(says)
}

/// Rules on the text of an error, where one is known. Of several that may come each is as good.
pub(super) fn judge(judgement: &mut Judgement, matched: &[&Allowed], message: &str) {
    let known = || matched.iter().filter_map(|allowed| allowed.wording.as_ref().map(|wording| (allowed, wording)));
    // Where a rule without a known text may have refused, any text may have come.
    let silent = matched.iter().any(|allowed| allowed.wording.is_none());
    let mut fits = false;
    for (_, wording) in known().filter(|(_, wording)| wording.is_said_by(message)) {
        judgement.mark(wording.template().clause, Mark::Pass, Needs::Twin);
        fits = true;
    }
    if fits || silent {
        return;
    }
    let Some((_, first)) = known().min_by_key(|(allowed, _)| allowed.rank) else { return };
    judgement.contradict(first.template().clause, Reason::Wrong, first.one("…").to_string(), message);
}
