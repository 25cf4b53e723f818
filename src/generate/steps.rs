use crate::case::{BucketKind, Case, CaseStep, Names, Need, buckets_of};
use crate::oracle::Belief;

/// Where the steps of a sequence come from, one at a time: a reply may steer what comes next.
pub trait Steps: Send {
    /// Returns the next step, given what is believed after the one before; `None` at the end.
    fn next(&mut self, belief: &Belief, names: &Names) -> Option<CaseStep>;

    /// Returns the aliases of the buckets that have to be there before the first step, with what they are like.
    fn buckets(&self) -> Vec<(String, BucketKind)> {
        Vec::new()
    }

    /// Returns what has to be made for it alone before the first step; nothing where any base will do.
    fn needs(&self) -> Vec<Need> {
        Vec::new()
    }
}

/// The steps of a case: always the same.
#[derive(Clone, Debug)]
pub struct Fixed(std::vec::IntoIter<CaseStep>);

impl Fixed {
    /// These steps.
    #[must_use]
    pub fn new(steps: Vec<CaseStep>) -> Self {
        Self(steps.into_iter())
    }

    /// The case's steps.
    #[must_use]
    pub fn of(case: &Case) -> Self {
        Self::new(case.steps.clone())
    }
}

impl Steps for Fixed {
    fn next(&mut self, _: &Belief, _: &Names) -> Option<CaseStep> {
        self.0.next()
    }

    fn buckets(&self) -> Vec<(String, BucketKind)> {
        buckets_of(self.0.as_slice())
    }
}
