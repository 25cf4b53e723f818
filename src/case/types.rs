use std::fmt;
use std::time::Duration;

use super::{Ask, Word};
use crate::service::{Build, Elsewhere, Operation, OwnerKind, owner_tags, text};
use crate::spec::ClauseId;

/// A sequence that is tried on purpose: curated, or shrunk from a find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Area and name, as in `copy/target-taken`.
    pub path: String,
    /// What it tries, in a sentence or two.
    pub purpose: String,
    /// The clauses that its steps provoke.
    pub clauses: Vec<ClauseId>,
    /// What the target must have for it.
    pub needs: Vec<Need>,
    /// Whether it can leave a target unfit for other cases, and so runs after them.
    pub spoils: bool,
    /// Where a regression comes from; `None` in a curated case.
    pub found: Option<Found>,
    /// What is done, in order.
    pub steps: Vec<CaseStep>,
}

impl Case {
    /// Returns how many requests of the operation the steps ask for, repetitions counted, pages not.
    #[must_use]
    pub fn count(&self, operation: Operation) -> u32 {
        self.asks().filter(|ask| ask.operation == operation).map(|ask| ask.repeat).sum()
    }

    /// Returns how many shards the base is to have; `None` where it does not matter.
    #[must_use]
    pub fn shards(&self) -> Option<u32> {
        self.needs.iter().find_map(|need| if let Need::Shards(shards) = need { Some(*shards) } else { None })
    }

    /// Returns how what the base is taken of is to be built; or, where that stays apart, what the case takes snapshots of.
    #[must_use]
    pub fn build(&self) -> Build {
        let engine = match () {
            () if self.wants(Need::Valkey) => Some(text("valkey")),
            () if self.wants(Need::Memcached) => Some(text("memcached")),
            () => None,
        };
        Build {
            engine,
            shards: self.shards(),
            backups: self.wants(Need::Automatic),
            tiering: self.wants(Need::Tiering),
            bare: false,
            tags: self.wants(Need::OwnerTags).then(|| owner_tags().to_vec()),
        }
    }

    /// Returns what that may be, the first one that a target takes.
    #[must_use]
    pub fn owner_kinds(&self) -> &'static [OwnerKind] {
        if self.wants(Need::Cluster) || self.wants(Need::Memcached) {
            &[OwnerKind::Cluster]
        } else {
            &[OwnerKind::Group]
        }
    }

    /// Returns why the base is of another group or cluster than the one that the case takes snapshots of; `None` where
    /// it is of the same.
    #[must_use]
    pub fn owner_apart(&self) -> Option<Need> {
        [Need::Memcached, Need::Tiering, Need::OwnerTags].into_iter().find(|need| self.wants(*need))
    }

    /// Returns after how many steps the owner is deleted, at the latest after the last; `None` where it stays.
    #[must_use]
    pub fn owner_goes_after(&self) -> Option<usize> {
        self.needs.iter().find_map(|need| match need {
            Need::OwnerGone(step) => Some(step.map_or(usize::MAX, |step| step as usize)),
            _ => None,
        })
    }

    /// Returns from where the whole case is played; `None` for the run's own account and region.
    #[must_use]
    pub fn place(&self) -> Option<Elsewhere> {
        Elsewhere::ALL.iter().copied().find(|place| self.wants(Need::At(*place)))
    }

    /// Tells whether it looks on for a while at what is at rest.
    #[must_use]
    pub fn watches(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, CaseStep::Settle(Settle { watch: true, .. })))
    }

    /// Tells whether the case needs that.
    #[must_use]
    pub fn wants(&self, need: Need) -> bool {
        self.needs.contains(&need)
    }

    /// Walks the requests, those that overlap included.
    pub fn asks(&self) -> impl Iterator<Item = &Ask> {
        asks_of(&self.steps)
    }
}

/// Walks the requests of steps, those that overlap included.
pub(super) fn asks_of(steps: &[CaseStep]) -> impl Iterator<Item = &Ask> {
    steps.iter().flat_map(CaseStep::asks)
}

impl CaseStep {
    /// Walks its requests, lane after lane where they overlap: none where it only waits.
    pub fn asks(&self) -> impl Iterator<Item = &Ask> {
        let (alone, lanes): (Option<&Ask>, &[Vec<Ask>]) = match self {
            Self::Send(ask) => (Some(ask), &[]),
            Self::Together(lanes) => (None, lanes),
            Self::Settle(_) => (None, &[]),
        };
        alone.into_iter().chain(lanes.iter().flatten())
    }

    /// Walks its requests to change them.
    pub fn asks_mut(&mut self) -> impl Iterator<Item = &mut Ask> {
        let (alone, lanes): (Option<&mut Ask>, &mut [Vec<Ask>]) = match self {
            Self::Send(ask) => (Some(ask), &mut []),
            Self::Together(lanes) => (None, lanes),
            Self::Settle(_) => (None, &mut []),
        };
        alone.into_iter().chain(lanes.iter_mut().flatten())
    }
}

/// One step of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaseStep {
    /// A request, or several one after the other.
    Send(Ask),
    /// A bounded wait until nothing will change without a request.
    Settle(Settle),
    /// Lanes of requests: those of one lane come one after the other, and the lanes overlap.
    Together(Vec<Vec<Ask>>),
}

impl Settle {
    /// Returns a wait for these names that nobody wrote down.
    #[must_use]
    pub const fn of(names: Vec<Word>) -> Self {
        Self { names, repeat: 1, watch: false, line: 0 }
    }

    /// For how long names that are watched are looked at: what an emulator puts off comes within a few seconds.
    pub const WATCH: Duration = Duration::from_secs(3);
    /// How long after a look at them comes the next.
    pub const LOOKS: Duration = Duration::from_millis(500);
}

/// The snapshots that are waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settle {
    /// Their names.
    pub names: Vec<Word>,
    /// How often the names are bound, `#` from 1 up to this.
    pub repeat: u32,
    /// Whether they are looked at for a while after that, so that what comes late is seen.
    pub watch: bool,
    /// The line of the file; 0 where there is none.
    pub line: u32,
}

/// What a target must have for a case; where it lacks one, the case is not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Need {
    /// `copies:N`: room for so many copies of the base, twins not counted.
    Copies(u32),
    /// `creates:N`: room for so many snapshots of the owner by CreateSnapshot, twins not counted.
    Creates(u32),
    /// `tags`: the tag operations.
    Tags,
    /// `kms-key`: a key that may be used.
    KmsKey,
    /// `cluster`: an owner that is a cluster of its own, where the others may do with a replication group.
    Cluster,
    /// `signatures`: it checks them.
    Signatures,
    /// `other-account`: a second account to ask from.
    OtherAccount,
    /// `other-region`: another region to ask from.
    OtherRegion,
    /// `restores`: it makes clusters from snapshots.
    Restores,
    /// `owner-gone`, `owner-gone:N`: an owner of the case's own, which is deleted after the last step, or after step N.
    OwnerGone(Option<u32>),
    /// `shards:N`: a base of a group of so many shards.
    Shards(u32),
    /// `engine:valkey`: a base of a group of that engine.
    Valkey,
    /// `data-tiering`: an owner that tiers its data; the base is another's.
    Tiering,
    /// `owner-tags`: an owner that has tags; the base is another's.
    OwnerTags,
    /// `at:other-account`, `at:other-region`: the whole case is played from there, on a base that is made there.
    At(Elsewhere),
    /// `engine:memcached`: an owner of an engine that is never backed up; the base is another's.
    Memcached,
    /// `quota`: a quota of snapshots that may be gone over, on an owner of the case's own.
    Quota,
    /// `automatic-backups`: a base that the service made by itself.
    Automatic,
    /// `bucket`: S3, so that snapshots can be exported.
    Bucket,
}

impl Need {
    /// Every form of a need, as error messages list them.
    pub(super) const FORMS: &'static [&'static str] = &[
        "copies:N",
        "creates:N",
        "tags",
        "kms-key",
        "cluster",
        "signatures",
        "bucket",
        "other-account",
        "other-region",
        "at:other-account",
        "at:other-region",
        "restores",
        "owner-gone",
        "owner-gone:N",
        "shards:N",
        "engine:valkey",
        "engine:memcached",
        "automatic-backups",
        "data-tiering",
        "owner-tags",
        "quota",
    ];

    /// Returns the need that is written so.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let count = |number: &str| number.parse().ok().filter(|count| *count > 0);
        Some(match word.split_once(':') {
            Some(("copies", number)) => Self::Copies(count(number)?),
            Some(("creates", number)) => Self::Creates(count(number)?),
            Some(("shards", number)) => Self::Shards(count(number)?),
            Some(("engine", "valkey")) => Self::Valkey,
            Some(("engine", "memcached")) => Self::Memcached,
            Some(("at", place)) => Self::At(Elsewhere::from_word(place)?),
            None if word == "other-account" => Self::OtherAccount,
            None if word == "other-region" => Self::OtherRegion,
            None if word == "restores" => Self::Restores,
            Some(("owner-gone", number)) => Self::OwnerGone(Some(count(number)?)),
            None if word == "owner-gone" => Self::OwnerGone(None),
            None if word == "automatic-backups" => Self::Automatic,
            None if word == "data-tiering" => Self::Tiering,
            None if word == "owner-tags" => Self::OwnerTags,
            None if word == "quota" => Self::Quota,
            None if word == "tags" => Self::Tags,
            None if word == "kms-key" => Self::KmsKey,
            None if word == "cluster" => Self::Cluster,
            None if word == "signatures" => Self::Signatures,
            None if word == "bucket" => Self::Bucket,
            _ => return None,
        })
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Copies(count) => write!(f, "copies:{count}"),
            Self::Creates(count) => write!(f, "creates:{count}"),
            Self::Shards(count) => write!(f, "shards:{count}"),
            Self::Valkey => f.write_str("engine:valkey"),
            Self::Memcached => f.write_str("engine:memcached"),
            Self::At(place) => write!(f, "at:{}", place.word()),
            Self::OtherAccount => f.write_str("other-account"),
            Self::OtherRegion => f.write_str("other-region"),
            Self::Restores => f.write_str("restores"),
            Self::OwnerGone(None) => f.write_str("owner-gone"),
            Self::OwnerGone(Some(step)) => write!(f, "owner-gone:{step}"),
            Self::Automatic => f.write_str("automatic-backups"),
            Self::Tiering => f.write_str("data-tiering"),
            Self::OwnerTags => f.write_str("owner-tags"),
            Self::Quota => f.write_str("quota"),
            Self::Tags => f.write_str("tags"),
            Self::KmsKey => f.write_str("kms-key"),
            Self::Cluster => f.write_str("cluster"),
            Self::Signatures => f.write_str("signatures"),
            Self::Bucket => f.write_str("bucket"),
        }
    }
}

/// Where a regression was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The target's name.
    pub target: String,
    /// Its version.
    pub version: String,
    /// The clause that was contradicted.
    pub clause: ClauseId,
    /// The seed of the run.
    pub seed: String,
    /// The number of steps before shrinking.
    pub length: u32,
}
