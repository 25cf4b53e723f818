use super::judgement::{Judgement, Mark, Needs, Reason};
use crate::model::Allowed;

/// Tells whether the text is one that may have come: where a rule without a known text may have refused, any may.
pub(super) fn is_known(matched: &[&Allowed], message: &str) -> bool {
    matched.iter().any(|allowed| allowed.wording.as_ref().is_none_or(|wording| wording.is_said_by(message)))
}

/// Rules on the text of an error, where one is known. Of several that may come each is as good.
pub(super) fn judge(judgement: &mut Judgement, matched: &[&Allowed], message: &str) {
    let known = || matched.iter().filter_map(|allowed| allowed.wording.as_ref().map(|wording| (allowed, wording)));
    for (_, wording) in known().filter(|(_, wording)| wording.is_said_by(message)) {
        judgement.mark(wording.template().clause, Mark::Pass, Needs::Twin);
    }
    if is_known(matched, message) {
        return;
    }
    let Some((_, first)) = known().min_by_key(|(allowed, _)| allowed.rank) else { return };
    judgement.contradict(first.template().clause, Reason::Wrong, first.one("…").to_string(), message);
}
