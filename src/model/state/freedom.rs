use std::time::Duration;

use crate::model::Phase;

/// How lists are sorted (`describe.order`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListOrder {
    /// By name.
    #[default]
    Names,
    /// By name, backwards.
    Backwards,
    /// In an order of its own that stays the same.
    Scattered(u64),
}

/// What a describe by an unknown owner shows where it is answered (`describe.owner.unknown`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownOwner {
    /// The manual snapshots that it left.
    #[default]
    Manual,
    /// Nothing.
    Nothing,
}

/// What a third word in `SnapshotSource` does where it is answered (`describe.source.other`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OtherSource {
    /// It filters by that word.
    #[default]
    Filters,
    /// It matches nothing.
    Nothing,
    /// It is ignored.
    Ignored,
}

/// What an invented marker does where it is answered (`describe.marker.bad`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BadMarker {
    /// It leads behind the last snapshot.
    #[default]
    Nothing,
    /// It leads to the first page.
    FirstPage,
}

/// What a service may choose where a call is answered by a reply. The default is what sources say or lean to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freedom {
    /// How long it takes until what is begun is finished; the lags below are at most so long.
    pub takes: Duration,
    /// How long a describe by name misses a new snapshot (`describe.lag`).
    pub named_after: Duration,
    /// How long a list misses a new snapshot (`describe.lag`).
    pub listed_after: Duration,
    /// How long a deleted snapshot is shown as before (`describe.lag`).
    pub lingers: Duration,
    /// The first phase of a copy: `creating` or `copying` (`copy.reply.status`).
    pub first: Phase,
    /// Whether the source of a copy shows `copying` meanwhile (`copy.source.status`).
    pub source_copying: bool,
    /// Whether the source of a cluster shows `available` in place of `restoring` meanwhile (`restore.source.status`).
    pub restores_unseen: bool,
    /// Whether a copy fails that might have become available (`copy.settles`).
    pub copy_fails: bool,
    /// Whether a copy keeps back its size until it has settled (`copy.reply.nodes`).
    pub size_later: bool,
    /// Whether a copy's `SnapshotCreateTime` is its own in place of its source's (`copy.create-time`).
    pub own_create_time: bool,
    /// Whether a copy's `SnapshotRetentionLimit` is 0 in place of its source's (`copy.window.inherited`).
    pub no_retention: bool,
    /// Whether an empty list of tags means none in place of the source's (`copy.tags.empty-list`).
    pub empty_list_clears: bool,
    /// Whether a copy takes over its source's tags as it is done in place of as it is asked for (`copy.tags.inherited`).
    pub tags_late: bool,
    /// Whether the first of two equal tag keys wins in place of the last (`tags.duplicate`).
    pub first_tag_wins: bool,
    /// Whether tags spelled `Tags.member.N` are ignored (`tags.spelling`).
    pub ignores_member_tags: bool,
    /// What the source of an export shows meanwhile: `exporting`, `copying` or `available` (`export.source.status`).
    pub export_source: Phase,
    /// Whether an export is shown meanwhile as a snapshot with the export's name (`export.no-snapshot`).
    pub export_shown: bool,
    /// Whether the reply to an export names the source in place of the export (`export.reply`).
    pub export_names_source: bool,
    /// The status in the reply to an export (`export.reply`).
    pub export_status: Phase,
    /// Whether an export's key is in lower case (`export.key.case`).
    pub export_lower: bool,
    /// Whether a look-up by name minds its case (`describe.case`).
    pub minds_case: bool,
    /// How lists are sorted; the same for one world's whole life, since markers rely on it.
    pub order: ListOrder,
    /// The most snapshots of a page, where a page is shorter than it might be.
    pub short_page: Option<usize>,
    /// What a describe by an unknown owner shows.
    pub unknown_owner: UnknownOwner,
    /// What a third word in `SnapshotSource` does.
    pub other_source: OtherSource,
    /// Whether the reply to a removal of tags lists none of those that are left.
    pub removal_lists_none: bool,
    /// What an invented marker does.
    pub bad_marker: BadMarker,
}

impl Default for Freedom {
    fn default() -> Self {
        Self {
            takes: Duration::from_millis(50),
            named_after: Duration::ZERO,
            listed_after: Duration::ZERO,
            lingers: Duration::ZERO,
            first: Phase::Creating,
            source_copying: false,
            restores_unseen: false,
            copy_fails: false,
            size_later: false,
            own_create_time: false,
            no_retention: false,
            empty_list_clears: false,
            tags_late: false,
            first_tag_wins: false,
            ignores_member_tags: false,
            export_source: Phase::Exporting,
            export_shown: false,
            export_names_source: false,
            export_status: Phase::Creating,
            export_lower: false,
            minds_case: false,
            order: ListOrder::default(),
            short_page: None,
            unknown_owner: UnknownOwner::default(),
            other_source: OtherSource::default(),
            removal_lists_none: false,
            bad_marker: BadMarker::default(),
        }
    }
}
