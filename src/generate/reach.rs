use super::Reach;
use crate::spec::{Catalogue, ClauseId};

/// Clauses that no sequence meets, each for a reason; a name that ends with a dot stands for all that begin so.
pub(super) const BEYOND: &[(&str, &str)] = &[
    ("copy.label", "it says what may be, and nothing is ruled on"),
    ("snapshot.optional", "it says what may be, and nothing is ruled on"),
    ("describe.page.default", "more than fifty snapshots are too many for one sequence"),
    ("front.supported", "the probe before all sequences tells it"),
    ("front.routed", "only a contradiction of it is ever ruled on"),
    ("front.answers", "only a contradiction of it is ever ruled on"),
];

/// Clauses of what is made for one sequence alone.
const OWN: &[&str] = &[
    "create.engine.unsupported",
    "snapshot.shards",
    "describe.cluster.filter",
    "copy.survives-cluster",
    "restore.data-tiering",
];

/// Clauses of what another account asks for, or has.
const ACCOUNTS: &[&str] = &["snapshot.other-account", "export.bucket.owner", "export.bucket.owner.message"];

/// Clauses of a quota that is gone over.
const QUOTA: &[&str] = &["copy.quota", "create.quota"];

/// Clauses of snapshots that the service makes by itself.
const BACKUPS: &[&str] = &["snapshot.automatic", "snapshot.automatic.goes"];

/// Returns the clauses that sequences can meet on a target that lets them do so much.
#[must_use]
pub fn reachable(reach: Reach) -> Vec<ClauseId> {
    let Ok(catalogue) = Catalogue::embedded() else { return Vec::new() };
    let absent = |id: &ClauseId| {
        let name = id.name();
        let is_beyond = |beyond: &str| beyond == name || beyond.ends_with('.') && name.starts_with(beyond);
        BEYOND.iter().any(|(beyond, _)| is_beyond(beyond))
            || catalogue.clause(*id).is_none_or(|clause| clause.unprobed.is_some())
            || !reach.own && OWN.contains(&name)
            || !(reach.own && reach.backups) && BACKUPS.contains(&name)
            || !(reach.own && reach.quota) && QUOTA.contains(&name)
            || !reach.other_account && ACCOUNTS.contains(&name)
            || !reach.other_region && name == "snapshot.other-region"
            || !reach.restores && name.starts_with("restore.")
            || !reach.copies && name.starts_with("copy.")
            || !reach.creates && name.starts_with("create.")
            || !(reach.copies && reach.s3) && name.starts_with("export.")
            || !reach.tags && name.starts_with("tags.")
            || !reach.key && name == "copy.key.given"
            || !reach.signatures && (name == "front.unsigned" || name.starts_with("front.signature."))
    };
    ClauseId::all().filter(|id| !absent(id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_is_of_clauses_that_there_are() {
        for (beyond, why) in BEYOND {
            let is_one = |id: ClauseId| id.name() == *beyond || beyond.ends_with('.') && id.name().starts_with(beyond);
            assert!(ClauseId::all().any(is_one) && !why.is_empty(), "{beyond}");
        }
        for name in [OWN, BACKUPS, QUOTA, ACCOUNTS].concat() {
            assert!(ClauseId::from_name(name).is_some(), "{name}");
        }
    }
}
