use std::fmt;
use std::ops::{BitAnd, BitOr, BitOrAssign, Not};

use serde::{Deserialize, Serialize};

use crate::service::Status;

/// Where a snapshot name is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Phase {
    /// No snapshot has the name.
    Absent = 1,
    /// Status `creating`.
    Creating = 2,
    /// Status `available`.
    Available = 4,
    /// Status `copying`.
    Copying = 8,
    /// Status `restoring`.
    Restoring = 16,
    /// Status `exporting`.
    Exporting = 32,
    /// Status `deleting`.
    Deleting = 64,
    /// Status `failed`.
    Failed = 128,
}

impl Phase {
    /// Every phase.
    pub const ALL: [Self; 8] = [
        Self::Absent,
        Self::Creating,
        Self::Available,
        Self::Copying,
        Self::Restoring,
        Self::Exporting,
        Self::Deleting,
        Self::Failed,
    ];

    /// Returns the phase that a status shows, `None` for a word that no source knows.
    #[must_use]
    pub const fn of(status: &Status) -> Option<Self> {
        Some(match status {
            Status::Creating => Self::Creating,
            Status::Available => Self::Available,
            Status::Copying => Self::Copying,
            Status::Restoring => Self::Restoring,
            Status::Exporting => Self::Exporting,
            Status::Deleting => Self::Deleting,
            Status::Failed => Self::Failed,
            Status::Other(_) => return None,
        })
    }

    /// Returns the status that shows the phase, `None` for an absent name.
    #[must_use]
    pub const fn status(self) -> Option<Status> {
        Some(match self {
            Self::Absent => return None,
            Self::Creating => Status::Creating,
            Self::Available => Status::Available,
            Self::Copying => Status::Copying,
            Self::Restoring => Status::Restoring,
            Self::Exporting => Status::Exporting,
            Self::Deleting => Status::Deleting,
            Self::Failed => Status::Failed,
        })
    }

    /// Returns the word for reports: the status, or `absent`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Creating => "creating",
            Self::Available => "available",
            Self::Copying => "copying",
            Self::Restoring => "restoring",
            Self::Exporting => "exporting",
            Self::Deleting => "deleting",
            Self::Failed => "failed",
        }
    }
}

/// A set of phases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Phases(u8);

impl Phases {
    /// None.
    pub const NONE: Self = Self(0);
    /// Each.
    pub const ALL: Self = Self(u8::MAX);
    /// `absent`.
    pub const ABSENT: Self = Self(Phase::Absent as u8);
    /// `creating`.
    pub const CREATING: Self = Self(Phase::Creating as u8);
    /// `available`.
    pub const AVAILABLE: Self = Self(Phase::Available as u8);
    /// `copying`.
    pub const COPYING: Self = Self(Phase::Copying as u8);
    /// `restoring`.
    pub const RESTORING: Self = Self(Phase::Restoring as u8);
    /// `exporting`.
    pub const EXPORTING: Self = Self(Phase::Exporting as u8);
    /// `deleting`.
    pub const DELETING: Self = Self(Phase::Deleting as u8);
    /// `failed`.
    pub const FAILED: Self = Self(Phase::Failed as u8);
    /// `copying`, `restoring`, `exporting`: in use as a source.
    pub const BUSY: Self = Self(Phase::Copying as u8 | Phase::Restoring as u8 | Phase::Exporting as u8);
    /// Every phase in which the name is in use and will stay so.
    pub const LIVING: Self = Self(!(Phase::Absent as u8 | Phase::Deleting as u8));
    /// The phases that no hidden progress leaves.
    pub const RESTING: Self = Self(Phase::Absent as u8 | Phase::Available as u8 | Phase::Failed as u8);

    /// The set of one.
    #[must_use]
    pub const fn one(phase: Phase) -> Self {
        Self(phase as u8)
    }

    /// The set with that phase.
    #[must_use]
    pub const fn with(self, phase: Phase) -> Self {
        Self(self.0 | phase as u8)
    }

    /// Tells whether the phase is in the set.
    #[must_use]
    pub const fn has(self, phase: Phase) -> bool {
        self.0 & phase as u8 != 0
    }

    /// Tells whether the sets share a phase.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Tells whether every phase of this set is in the other.
    #[must_use]
    pub const fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Tells whether the set is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Tells whether it is one phase and no other.
    #[must_use]
    pub const fn is_single(self) -> bool {
        self.0.is_power_of_two()
    }

    /// Returns the set closed under hidden progress: what may be true a moment later without any operation.
    ///
    /// `creating` and `copying` (as a target's first status) end in `available` or `failed`; a source that is in use
    /// becomes `available` again; `deleting` ends in absence. Nothing leads back.
    #[must_use]
    pub const fn closed(self) -> Self {
        let mut set = self.0;
        if set & Phase::Creating as u8 != 0 {
            set |= Phase::Copying as u8 | Phase::Available as u8 | Phase::Failed as u8;
        }
        if set & (Phase::Copying as u8) != 0 {
            set |= Phase::Available as u8 | Phase::Failed as u8;
        }
        if set & (Phase::Restoring as u8 | Phase::Exporting as u8) != 0 {
            set |= Phase::Available as u8;
        }
        if set & Phase::Deleting as u8 != 0 {
            set |= Phase::Absent as u8;
        }
        Self(set)
    }

    /// Walks the phases.
    pub fn iter(self) -> impl Iterator<Item = Phase> {
        Phase::ALL.into_iter().filter(move |phase| self.has(*phase))
    }
}

impl BitOr for Phases {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Phases {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl BitAnd for Phases {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Not for Phases {
    type Output = Self;
    fn not(self) -> Self {
        Self(!self.0)
    }
}

impl fmt::Display for Phases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.iter().map(Phase::word).collect();
        f.write_str(&words.join(" or "))
    }
}
