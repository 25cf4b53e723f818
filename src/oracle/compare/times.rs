use jiff::{SignedDuration, Timestamp};

use crate::oracle::judgement::{Judgement, Mark, Needs, Reason};
use crate::oracle::slot::Slot;
use crate::service::{Fields, Member};
use crate::spec::id;

/// Rules on when a node of a copy was saved, where it is known of its source's: as one of them was, or later than the first.
pub(super) fn create_time(judgement: &mut Judgement, slot: &Slot, shown: Option<&str>) {
    let Some(shown) = shown else { return };
    let times = || slot.inherited_nodes.iter().filter_map(|source| source.get(Member::SnapshotCreateTime));
    if times().next().is_none() {
        return;
    }
    if times().any(|taken| taken == shown) {
        judgement.mark(id::COPY_CREATE_TIME, Mark::Pass, Needs::Life);
        return;
    }
    let instant = |text: &str| text.parse::<Timestamp>().ok();
    let first = times().filter_map(|text| Some((instant(text)?, text))).min();
    match (first, instant(shown)) {
        (Some((taken, text)), Some(instant)) if instant < taken => judgement.contradict(
            id::COPY_CREATE_TIME,
            Reason::Wrong,
            format!("SnapshotCreateTime {text}, as its source has, or later"),
            format!("SnapshotCreateTime {shown}"),
        ),
        _ => judgement.mark(id::COPY_CREATE_TIME, Mark::NonStrict, Needs::Life),
    }
}

/// By how much the clocks of a service may differ.
const SKEW: SignedDuration = SignedDuration::from_mins(1);

/// Rules on whether a node was saved once it was there.
pub(super) fn saved_after_birth(judgement: &mut Judgement, node: &Fields) {
    let (Some(born), Some(saved)) = (node.get(Member::CacheNodeCreateTime), node.get(Member::SnapshotCreateTime))
    else {
        return;
    };
    let (Ok(birth), Ok(save)) = (born.parse::<Timestamp>(), saved.parse::<Timestamp>()) else { return };
    if birth.duration_since(save) <= SKEW {
        judgement.pass(id::SNAPSHOT_CREATE_TIME);
    } else {
        let expected = format!("SnapshotCreateTime {born}, its CacheNodeCreateTime, or later");
        let observed = format!("SnapshotCreateTime {saved}");
        judgement.contradict(id::SNAPSHOT_CREATE_TIME, Reason::Wrong, expected, observed);
    }
}
