use super::Reach;
use crate::spec::{Catalogue, ClauseId};

/// Clauses that no sequence meets, each for a reason.
const BEYOND: &[(&str, &str)] = &[];

/// Returns the clauses that sequences can meet on a target that lets them do so much.
#[must_use]
pub fn reachable(reach: Reach) -> Vec<ClauseId> {
    let Ok(catalogue) = Catalogue::embedded() else { return Vec::new() };
    let absent = |id: &ClauseId| {
        let name = id.name();
        BEYOND.iter().any(|(beyond, _)| *beyond == name)
            || catalogue.clause(*id).is_none_or(|clause| clause.unprobed.is_some())
            || !reach.copies && name.starts_with("copy.")
            || !reach.creates && name.starts_with("create.")
            || !reach.tags && name.starts_with("tags.")
            || !reach.key && name == "copy.key.given"
            || !reach.signatures && name == "front.unsigned"
    };
    ClauseId::all().filter(|id| !absent(id)).collect()
}
