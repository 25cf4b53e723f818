use super::cycle::Cycle;
use super::ground::grounded;
use super::{LONGEST, Reach, Rng, pairs, round};
use crate::case::{CaseStep, Need};

/// The stream of the seed that planned sequences draw from.
const STREAM: u64 = u64::MAX;
/// From how many planned sequences on there is room for the long tour, and time to look at what comes late.
const ROOM_FOR_PAIRS: usize = 90;
/// Of so many planned sequences one may be planned on a ground of its own.
const ON_GROUNDS: usize = 5;

/// What is made for a sequence that any base will do for.
const ANYWHERE: &[Need] = &[];

/// A planned sequence: what has to be made for it alone, and its steps.
pub type Planned = (&'static [Need], Vec<CaseStep>);

/// Returns the sequences that come before anything is drawn, at most so many: requests of every kind, a tour through every
/// transition in the life of two names, what is played on grounds of its own, and copies in which all pairs of arguments and
/// of faults meet; with much room, what comes late as well, and a tour through every pair of transitions.
#[must_use]
pub fn planned(seed: u64, reach: Reach, most: usize) -> Vec<Planned> {
    let mut rng = Rng::new(seed, STREAM);
    let cycle = Cycle::new(2);
    let anywhere = |sequences: Vec<Vec<CaseStep>>| sequences.into_iter().map(|steps| (ANYWHERE, steps));
    let mut planned: Vec<Planned> = anywhere(round::sequences(reach)).collect();
    if reach.copies {
        planned.extend(anywhere(cycle.sequences(&cycle.tour(), true, LONGEST)));
    } else if reach.creates {
        let alone = Cycle::new(1);
        planned.extend(anywhere(alone.sequences(&alone.tour(), false, LONGEST)));
    }
    planned.extend(grounded(reach).into_iter().take(most / ON_GROUNDS));
    let has_room = most >= ROOM_FOR_PAIRS;
    planned.extend((reach.copies && has_room).then(|| (ANYWHERE, round::late(reach))));
    if reach.copies {
        planned.extend(anywhere(pairs::sequences(reach.key, &mut rng)));
        if has_room {
            planned.extend(anywhere(cycle.sequences(&cycle.pair_tour(), true, LONGEST)));
        }
    }
    planned.truncate(most);
    planned
}
