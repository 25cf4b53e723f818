use super::lanes::Worker;
use super::share::Shared;
use crate::execute::{FixtureError, Lane, Stop, make_snapshot};
use crate::oracle::CaseVerdicts;
use crate::service::{Call, CopySnapshot, Owner, Text};

impl Worker {
    /// Returns a lane whose base is a copy of this one's, where bases cost what there are but few of; `None` where no such
    /// copy could be made.
    ///
    /// # Errors
    /// Where the run is to end, or the log or the ledger cannot be written.
    pub(super) async fn guest(mut self, shared: &Shared, lane: Lane) -> Result<Option<Self>, Stop> {
        let number = shared.next_number();
        let prefix = shared.prefix(number);
        self.lane = lane;
        self.begin_fixture(number, &prefix)?;
        let setting = self.fixture_setting(shared, number, &prefix);
        let source = self.base.name.clone();
        let copy = |name: &Text| {
            let (source, target) = (Some(source.clone()), Some(name.clone()));
            Call::Copy(CopySnapshot { source, target, ..CopySnapshot::default() })
        };
        let mut belief = self.belief.clone();
        belief.set_prefix(prefix);
        let (played, made) = make_snapshot(&self.lane, setting, belief, "base", copy).await;
        let verdicts = CaseVerdicts::of(shared.catalogue, &played.trace, &[]);
        self.write_contradictions(shared, &verdicts, number)?;
        let name = match made {
            Ok(name) => name,
            Err(FixtureError::Stop(stop)) => return Err(stop),
            Err(_) => return Ok(None),
        };
        self.belief = played.belief.carry(std::slice::from_ref(&name));
        self.base.name = name;
        self.number = number;
        // None is made in its place.
        self.spare_bases = None;
        self.guest = true;
        Ok(Some(self))
    }

    /// Tells whether its base is somebody's own.
    pub(super) const fn is_given(&self, shared: &Shared) -> bool {
        shared.plan.source_snapshot.is_some() && !self.guest
    }

    /// Returns what the base was taken of, where that is this lane's to remove.
    pub(super) fn own_owner(&self) -> Option<&Owner> {
        self.base.owner.as_ref().filter(|_| !self.guest)
    }
}
