use super::belief::{Belief, Home};
use super::judgement::{Judgement, Mark};
use crate::service::{Call, Elsewhere, Step, text};
use crate::spec::{ClauseId, id};
use crate::trace::Event;

/// The clauses by which it shows whether another account or region is one of its own.
const SHOWING: [ClauseId; 4] =
    [id::DESCRIBE_NO_GHOSTS, id::DESCRIBE_BY_NAME, id::COPY_SOURCE_UNKNOWN, id::DELETE_UNKNOWN];

impl Belief {
    /// Holds an event of another account or region against what may be true there: nothing was ever made.
    pub(super) fn hold_elsewhere(&mut self, place: Elsewhere, event: &Event, judgement: &mut Judgement) {
        let mut other = Self::new(Home::clone(&self.home));
        // An ARN names the account and region that it is from, and those are elsewhere for this one.
        let by_arn = matches!(event.step.call, Call::AddTags { .. } | Call::RemoveTags { .. } | Call::ListTags { .. });
        std::sync::Arc::make_mut(&mut other.home).account = by_arn.then(|| text("another"));
        let mut step: Step = event.step.clone();
        step.dress.from = None;
        let mut said = Judgement::default();
        other.place(&Event { step, ..event.clone() }, &mut said);
        let clause = match place {
            Elsewhere::Account => id::SNAPSHOT_OTHER_ACCOUNT,
            Elsewhere::Region => id::SNAPSHOT_OTHER_REGION,
        };
        let needs = said.marks().find(|(clause, ..)| SHOWING.contains(clause)).map(|(.., needs)| needs);
        for ruling in &mut said.rulings {
            if SHOWING.contains(&ruling.clause) && matches!(ruling.mark, Mark::Contradicted(_)) {
                ruling.clause = clause;
            }
        }
        if let Some(needs) = needs
            && said.contradictions().next().is_none()
        {
            said.mark(clause, Mark::Pass, needs);
        }
        judgement.extend(said);
    }
}
