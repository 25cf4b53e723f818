use super::cycle::Cycle;
use super::{LONGEST, Reach, Rng, pairs, round};
use crate::case::CaseStep;

/// The stream of the seed that planned sequences draw from.
const STREAM: u64 = u64::MAX;
/// From how many planned sequences on there is room for the long tour.
const ROOM_FOR_PAIRS: usize = 90;

/// Returns the sequences that come before anything is drawn, at most so many: requests of every kind, a tour through every transition in the life
/// of two names, and copies in which all pairs of arguments and of faults meet; with much room, a tour through every pair
/// of transitions.
#[must_use]
pub fn planned(seed: u64, reach: Reach, most: usize) -> Vec<Vec<CaseStep>> {
    let mut rng = Rng::new(seed, STREAM);
    let cycle = Cycle::new(2);
    let mut planned = round::sequences(reach);
    if reach.copies {
        planned.extend(cycle.sequences(&cycle.tour(), true, LONGEST));
    } else if reach.creates {
        let alone = Cycle::new(1);
        planned.extend(alone.sequences(&alone.tour(), false, LONGEST));
    }
    if reach.copies {
        planned.extend(pairs::sequences(reach.key, &mut rng));
        if most >= ROOM_FOR_PAIRS {
            planned.extend(cycle.sequences(&cycle.pair_tour(), true, LONGEST));
        }
    }
    planned.truncate(most);
    planned
}
