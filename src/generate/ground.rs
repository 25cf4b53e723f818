use super::{Planned, Reach, Rng, Steps, round};
use crate::case::{BucketKind, CaseStep, Names, Need};
use crate::oracle::Belief;
use crate::service::Elsewhere;

/// Of so many drawn sequences one is played on a ground of its own.
const EVERY: usize = 4;

/// The stream of the seed that says which, so that what is drawn is no matter of it: the number of a sequence below it.
const STREAM: u64 = 1 << 62;

/// What a sequence may have made for it alone, in place of what others share.
const GROUNDS: &[&[Need]] = &[
    &[Need::OwnerTags],
    &[Need::OwnerGone(None)],
    &[Need::Valkey],
    &[Need::Cluster],
    &[Need::Cluster, Need::OwnerGone(None)],
    &[Need::Shards(2)],
    &[Need::Shards(2), Need::OwnerGone(None)],
    &[Need::Memcached],
    &[Need::Tiering],
    &[Need::Automatic],
    &[Need::OwnerGone(None), Need::Automatic],
];

/// What has as many snapshots as it is given, and no others.
const ALONE: &[Need] = &[Need::OwnerGone(None)];
/// What has a quota that is gone over.
const BOUNDED: &[Need] = &[Need::Quota];

/// Draws what the sequence of that number is played on; nothing where it is what others share.
pub(super) fn ground(seed: u64, number: usize, reach: Reach) -> &'static [Need] {
    let mut rng = Rng::new(seed, STREAM | number as u64);
    let grounds: Vec<&[Need]> = if rng.one_in(EVERY) { grounds(reach).collect() } else { Vec::new() };
    rng.pick(&grounds).copied().unwrap_or_default()
}

fn grounds(reach: Reach) -> impl Iterator<Item = &'static [Need]> {
    let fits = move |ground: &&[Need]| {
        reach.own
            && (reach.tags || !ground.contains(&Need::OwnerTags))
            && (reach.backups || !ground.contains(&Need::Automatic))
    };
    GROUNDS.iter().copied().filter(fits)
}

/// What is there.
const fn there(place: Elsewhere) -> &'static [Need] {
    match place {
        Elsewhere::Region => &[Need::At(Elsewhere::Region)],
        Elsewhere::Account => &[Need::At(Elsewhere::Account)],
    }
}

/// Returns the sequences that are planned on grounds of their own.
pub(super) fn grounded(reach: Reach) -> Vec<Planned> {
    let mut planned = Vec::new();
    planned.extend((reach.own && reach.copies).then(|| (ALONE, round::pages())));
    if reach.own && reach.copies {
        planned.extend(reach.elsewhere().map(|place| (there(place), round::there(reach))));
    }
    planned.extend(grounds(reach).map(|needs| (needs, round::of_owner(reach, needs))));
    planned.extend((reach.own && reach.quota).then(|| (BOUNDED, round::over_quota(reach))));
    planned
}

/// Steps on a ground of their own.
pub(super) struct Grounded {
    pub(super) steps: Box<dyn Steps>,
    pub(super) needs: &'static [Need],
}

impl Steps for Grounded {
    fn next(&mut self, belief: &Belief, names: &Names) -> Option<CaseStep> {
        self.steps.next(belief, names)
    }

    fn buckets(&self) -> Vec<(String, BucketKind)> {
        self.steps.buckets()
    }

    fn needs(&self) -> Vec<Need> {
        self.needs.to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_some_hundred_sequences_some_are_played_on_each_ground() {
        let whole = Reach { own: true, tags: true, backups: true, ..Reach::default() };
        let drawn = |reach| move |number| ground(7, number, reach);
        for wanted in GROUNDS {
            assert!((0..500).map(drawn(whole)).filter(|drawn| drawn == wanted).count() >= 3, "{wanted:?}");
        }
        let bare = Reach { own: true, ..Reach::default() };
        let beyond = |needs: &[Need]| needs.contains(&Need::OwnerTags) || needs.contains(&Need::Automatic);
        assert!(!(0..500).map(drawn(bare)).any(beyond));
        assert!((0..500).map(drawn(Reach::default())).all(<[Need]>::is_empty));
    }
}
