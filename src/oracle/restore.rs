use super::belief::Belief;
use crate::model::{Phases, subject};
use crate::service::{Owner, OwnerKind, Text};

impl Belief {
    /// A cluster is made from a snapshot, which may show that meanwhile.
    pub(super) fn restored(&mut self, cluster: Option<&Text>, snapshot: Option<&Text>) {
        if let Some(cluster) = cluster {
            self.know_owner(Owner { kind: OwnerKind::Cluster, id: cluster.clone() }, true);
        }
        let until = self.now + self.home.settle_limit;
        if let Some(slot) = subject(snapshot).and_then(|name| self.slots.get_mut(&name)) {
            slot.is_used(Phases::RESTORING);
            slot.apparent = None;
            slot.restoring_until = Some(until);
        }
    }
}
