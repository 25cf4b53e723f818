//! The ids of the clauses, as the code cites them; a trial holds this list against `specs/`.

use std::fmt;
use std::ops::{BitAndAssign, BitOrAssign};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A clause's id: cheap to copy and to compare.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClauseId(u16);

macro_rules! ids {
    ($($constant:ident $name:literal),* $(,)?) => {
        #[expect(non_camel_case_types, reason = "a list that only counts")]
        #[derive(Clone, Copy)]
        enum Place { $($constant),* }

        $(
            #[doc = concat!("`", $name, "`")]
            pub const $constant: ClauseId = ClauseId(Place::$constant as u16);
        )*

        const NAMES: &[&str] = &[$($name),*];
    };
}

impl ClauseId {
    /// Walks every id.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        (0..NAMES.len()).map(|index| Self(u16::try_from(index).unwrap_or(u16::MAX)))
    }

    /// Returns the id as `specs/` writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.get(self.index()).copied().unwrap_or_default()
    }

    /// Returns the id that is written so.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().find(|id| id.name() == name)
    }

    /// Returns its place in the list of all.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// How many words the bits of all clauses take.
const WORDS: usize = NAMES.len().div_ceil(64);

/// Clauses, each once and in no order: cheap to copy and to join.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct ClauseSet([u64; WORDS]);

impl ClauseSet {
    /// No clause.
    pub const NONE: Self = Self([0; WORDS]);

    /// Adds the clause.
    pub fn insert(&mut self, clause: ClauseId) {
        if let Some(word) = self.0.get_mut(clause.index() / 64) {
            *word |= 1 << (clause.index() % 64);
        }
    }

    /// Takes the clause out.
    pub fn remove(&mut self, clause: ClauseId) {
        if let Some(word) = self.0.get_mut(clause.index() / 64) {
            *word &= !(1 << (clause.index() % 64));
        }
    }

    /// Tells whether it is among them.
    #[must_use]
    pub fn contains(&self, clause: ClauseId) -> bool {
        self.0.get(clause.index() / 64).is_some_and(|word| word >> (clause.index() % 64) & 1 == 1)
    }

    /// Walks them in the order of the list of all.
    pub fn iter(&self) -> impl Iterator<Item = ClauseId> {
        let places = self.0.into_iter().zip(0_u16..).flat_map(|(word, place)| {
            let rest = |bits: &u64| Some(bits & (bits - 1)).filter(|rest| *rest > 0);
            let bits = std::iter::successors(Some(word).filter(|word| *word > 0), rest);
            bits.map(move |bits| place * 64 + u16::try_from(bits.trailing_zeros()).unwrap_or_default())
        });
        places.map(ClauseId)
    }
}

impl BitOrAssign for ClauseSet {
    fn bitor_assign(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(word, others)| *word |= others);
    }
}

impl BitAndAssign for ClauseSet {
    fn bitand_assign(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(word, others)| *word &= others);
    }
}

impl Extend<ClauseId> for ClauseSet {
    fn extend<I: IntoIterator<Item = ClauseId>>(&mut self, clauses: I) {
        clauses.into_iter().for_each(|clause| self.insert(clause));
    }
}

impl FromIterator<ClauseId> for ClauseSet {
    fn from_iter<I: IntoIterator<Item = ClauseId>>(clauses: I) -> Self {
        let mut set = Self::NONE;
        set.extend(clauses);
        set
    }
}

impl fmt::Debug for ClauseSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for ClauseId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for ClauseId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::from_name(&name).ok_or_else(|| de::Error::custom(format_args!("there is no clause `{name}`")))
    }
}

impl fmt::Debug for ClauseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for ClauseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

ids! {
    COPY_SUCCEEDS "copy.succeeds",
    COPY_REPLY_NAMES_TARGET "copy.reply.names-target",
    COPY_TARGET_LOWER_CASE "copy.target.lower-case",
    COPY_REPLY_STATUS "copy.reply.status",
    COPY_REPLY_MANUAL "copy.reply.manual",
    COPY_REPLY_METADATA "copy.reply.metadata",
    COPY_REPLY_NODES "copy.reply.nodes",
    COPY_NODE_GROUPS "copy.node-groups",
    COPY_WINDOW_INHERITED "copy.window.inherited",
    COPY_CREATE_TIME "copy.create-time",
    COPY_KEY_INHERITED "copy.key.inherited",
    COPY_KEY_GIVEN "copy.key.given",
    COPY_KEY_UNUSABLE "copy.key.unusable",
    COPY_VISIBLE "copy.visible",
    COPY_SETTLES "copy.settles",
    COPY_FAILED "copy.failed",
    COPY_SOURCE_UNKNOWN "copy.source.unknown",
    COPY_SOURCE_CREATING "copy.source.creating",
    COPY_SOURCE_DELETING "copy.source.deleting",
    COPY_SOURCE_BUSY "copy.source.busy",
    COPY_SOURCE_FAILED "copy.source.failed",
    COPY_SOURCE_STATUS "copy.source.status",
    COPY_SOURCE_CASE "copy.source.case",
    COPY_REQUIRED "copy.required",
    COPY_BLANK "copy.blank",
    COPY_TARGET_TAKEN "copy.target.taken",
    COPY_TARGET_MALFORMED "copy.target.malformed",
    COPY_TARGET_ODD "copy.target.odd",
    COPY_TARGET_LEADING_HYPHEN "copy.target.leading-hyphen",
    COPY_TARGET_LENGTH "copy.target.length",
    COPY_TARGET_TOO_LONG "copy.target.too-long",
    COPY_TARGET_IS_SOURCE "copy.target.is-source",
    COPY_TARGET_DELETING "copy.target.deleting",
    COPY_TARGET_REUSABLE "copy.target.reusable",
    COPY_FAULTS_ANY "copy.faults.any",
    COPY_RACE_ONE_WINNER "copy.race.one-winner",
    COPY_REFUSAL_NO_EFFECT "copy.refusal.no-effect",
    COPY_TAGS_GIVEN "copy.tags.given",
    COPY_TAGS_INHERITED "copy.tags.inherited",
    COPY_TAGS_EMPTY_LIST "copy.tags.empty-list",
    COPY_TAGS_INDEPENDENT "copy.tags.independent",
    COPY_TAGS_ALL_OR_NOTHING "copy.tags.all-or-nothing",
    COPY_TAGS_QUOTA "copy.tags.quota",
    COPY_SURVIVES_SOURCE "copy.survives-source",
    COPY_SURVIVES_CLUSTER "copy.survives-cluster",
    COPY_BUCKET_EMPTY "copy.bucket.empty",
    COPY_LABEL "copy.label",
    COPY_QUOTA "copy.quota",
    COPY_FOREIGN "copy.foreign",
    CREATE_SUCCEEDS "create.succeeds",
    CREATE_REPLY_NAMES_SNAPSHOT "create.reply.names-snapshot",
    CREATE_NAME_LOWER_CASE "create.name.lower-case",
    CREATE_REPLY_METADATA "create.reply.metadata",
    CREATE_REPLY_STATUS "create.reply.status",
    CREATE_REPLY_MANUAL "create.reply.manual",
    CREATE_REPLY_OWNER "create.reply.owner",
    CREATE_VISIBLE "create.visible",
    CREATE_SETTLES "create.settles",
    CREATE_REQUIRED "create.required",
    CREATE_BLANK "create.blank",
    CREATE_NAME_MALFORMED "create.name.malformed",
    CREATE_NAME_LENGTH "create.name.length",
    CREATE_NAME_TOO_LONG "create.name.too-long",
    CREATE_NAME_TAKEN "create.name.taken",
    CREATE_OWNER_MISSING "create.owner.missing",
    CREATE_CLUSTER_UNKNOWN "create.cluster.unknown",
    CREATE_GROUP_UNKNOWN "create.group.unknown",
    CREATE_OWNER_BUSY "create.owner.busy",
    CREATE_KEY_GIVEN "create.key.given",
    CREATE_TAGS_GIVEN "create.tags.given",
    CREATE_TAGS_NONE "create.tags.none",
    CREATE_TAGS_QUOTA "create.tags.quota",
    CREATE_REFUSAL_NO_EFFECT "create.refusal.no-effect",
    CREATE_NAME_DELETING "create.name.deleting",
    CREATE_NAME_REUSABLE "create.name.reusable",
    CREATE_ENGINE_UNSUPPORTED "create.engine.unsupported",
    CREATE_QUOTA "create.quota",
    CREATE_FAULTS_ANY "create.faults.any",
    CREATE_RACE_ONE_WINNER "create.race.one-winner",
    DELETE_SUCCEEDS "delete.succeeds",
    DELETE_REPLY_NAMES_SNAPSHOT "delete.reply.names-snapshot",
    DELETE_REPLY_STATUS "delete.reply.status",
    DELETE_GONE "delete.gone",
    DELETE_UNKNOWN "delete.unknown",
    DELETE_REQUIRED "delete.required",
    DELETE_BLANK "delete.blank",
    DELETE_DELETING "delete.deleting",
    DELETE_CREATING "delete.creating",
    DELETE_SOURCE_IN_USE "delete.source-in-use",
    DELETE_CASE "delete.case",
    DELETE_TAGS_GONE "delete.tags-gone",
    DELETE_REFUSAL_NO_EFFECT "delete.refusal.no-effect",
    DELETE_RACE_ONE_WINNER "delete.race.one-winner",
    DESCRIBE_SUCCEEDS "describe.succeeds",
    DESCRIBE_BY_NAME "describe.by-name",
    DESCRIBE_BY_NAME_UNKNOWN "describe.by-name.unknown",
    DESCRIBE_NO_GHOSTS "describe.no-ghosts",
    DESCRIBE_CASE "describe.case",
    DESCRIBE_LIST_COMPLETE "describe.list.complete",
    DESCRIBE_LIST_NO_DUPLICATES "describe.list.no-duplicates",
    DESCRIBE_CLUSTER_FILTER "describe.cluster.filter",
    DESCRIBE_GROUP_FILTER "describe.group.filter",
    DESCRIBE_OWNER_UNKNOWN "describe.owner.unknown",
    DESCRIBE_SOURCE_USER "describe.source.user",
    DESCRIBE_SOURCE_SYSTEM "describe.source.system",
    DESCRIBE_SOURCE_OTHER "describe.source.other",
    DESCRIBE_COMBINED "describe.combined",
    DESCRIBE_PAGE_SIZE "describe.page.size",
    DESCRIBE_PAGE_DEFAULT "describe.page.default",
    DESCRIBE_PAGE_COMPLETE "describe.page.complete",
    DESCRIBE_PAGE_TOO_LARGE "describe.page.too-large",
    DESCRIBE_PAGE_TOO_LARGE_MESSAGE "describe.page.too-large.message",
    DESCRIBE_PAGE_TOO_SMALL "describe.page.too-small",
    DESCRIBE_PAGE_NOT_A_NUMBER "describe.page.not-a-number",
    DESCRIBE_PAGE_LAST "describe.page.last",
    DESCRIBE_MARKER_BAD "describe.marker.bad",
    DESCRIBE_ORDER "describe.order",
    DESCRIBE_NODE_GROUP_CONFIG "describe.node-group-config",
    DESCRIBE_LAG "describe.lag",
    SNAPSHOT_STATUS_KNOWN "snapshot.status.known",
    SNAPSHOT_NEVER_BACK "snapshot.never-back",
    SNAPSHOT_PERSISTS "snapshot.persists",
    SNAPSHOT_CONSTANT "snapshot.constant",
    SNAPSHOT_ARN "snapshot.arn",
    SNAPSHOT_SOURCE_VALUES "snapshot.source.values",
    SNAPSHOT_CREATE_TIME "snapshot.create-time",
    SNAPSHOT_SHARDS "snapshot.shards",
    SNAPSHOT_NODE_GROUPS "snapshot.node-groups",
    SNAPSHOT_AUTOMATIC "snapshot.automatic",
    SNAPSHOT_AUTOMATIC_GOES "snapshot.automatic.goes",
    SNAPSHOT_OTHER_ACCOUNT "snapshot.other-account",
    SNAPSHOT_OTHER_REGION "snapshot.other-region",
    RESTORE_SUCCEEDS "restore.succeeds",
    RESTORE_DATA_TIERING "restore.data-tiering",
    RESTORE_UNKNOWN "restore.unknown",
    RESTORE_SOURCE_STATUS "restore.source.status",
    SNAPSHOT_OPTIONAL "snapshot.optional",
    TAGS_SUCCEEDS "tags.succeeds",
    TAGS_LIST "tags.list",
    TAGS_ADD_FULL_SET "tags.add.full-set",
    TAGS_ADD_OVERWRITES "tags.add.overwrites",
    TAGS_ADD_QUOTA "tags.add.quota",
    TAGS_REMOVE_REST "tags.remove.rest",
    TAGS_REMOVE_ABSENT_KEY "tags.remove.absent-key",
    TAGS_UNKNOWN_SNAPSHOT "tags.unknown-snapshot",
    TAGS_ARN_MALFORMED "tags.arn.malformed",
    TAGS_ARN_FOREIGN "tags.arn.foreign",
    TAGS_ARN_KIND "tags.arn.kind",
    TAGS_NOT_AVAILABLE "tags.not-available",
    TAGS_KEY_CASE "tags.key.case",
    TAGS_KEY_RESERVED "tags.key.reserved",
    TAGS_KEY_TOO_LONG "tags.key.too-long",
    TAGS_KEY_EMPTY "tags.key.empty",
    TAGS_VALUE_TOO_LONG "tags.value.too-long",
    TAGS_VALUE_ABSENT "tags.value.absent",
    TAGS_DUPLICATE "tags.duplicate",
    TAGS_LIMIT "tags.limit",
    TAGS_CHARSET "tags.charset",
    TAGS_SPELLING "tags.spelling",
    TAGS_REFUSAL_NO_EFFECT "tags.refusal.no-effect",
    TAGS_REQUIRED "tags.required",
    TAGS_RACE_WHOLE "tags.race.whole",
    OVERLAP_LINEARIZABLE "overlap.linearizable",
    WIRE_WELL_FORMED "wire.well-formed",
    WIRE_STATUS_OK "wire.status.ok",
    WIRE_RESULT "wire.result",
    WIRE_NAMESPACE "wire.namespace",
    WIRE_ERROR_NAMESPACE "wire.error.namespace",
    WIRE_REQUEST_ID "wire.request-id",
    WIRE_REQUEST_ID_HEADER "wire.request-id.header",
    WIRE_REQUEST_ID_UNIQUE "wire.request-id.unique",
    WIRE_CONTENT_TYPE "wire.content-type",
    WIRE_ERROR_ENVELOPE "wire.error.envelope",
    WIRE_ERROR_TYPE "wire.error.type",
    WIRE_ERROR_STATUS "wire.error.status",
    WIRE_ERROR_STATUS_COMMON "wire.error.status.common",
    WIRE_ERROR_CODE "wire.error.code",
    WIRE_ERROR_MESSAGE "wire.error.message",
    WIRE_MEMBER_TYPES "wire.member.types",
    WIRE_MEMBER_VALUES "wire.member.values",
    WIRE_TIMESTAMPS "wire.timestamps",
    WIRE_ESCAPING "wire.escaping",
    FRONT_ANSWERS "front.answers",
    FRONT_ROUTED "front.routed",
    FRONT_SUPPORTED "front.supported",
    FRONT_UNKNOWN_ACTION "front.unknown-action",
    FRONT_MISSING_ACTION "front.missing-action",
    FRONT_GET "front.get",
    FRONT_UNKNOWN_PARAMETERS "front.unknown-parameters",
    FRONT_PARAMETER_ORDER "front.parameter-order",
    FRONT_VERSION_ABSENT "front.version.absent",
    FRONT_UNSIGNED "front.unsigned",
    EXPORT_SUCCEEDS "export.succeeds",
    EXPORT_REPLY "export.reply",
    EXPORT_WRITTEN "export.written",
    EXPORT_KEY "export.key",
    EXPORT_SHARDS "export.shards",
    EXPORT_KEY_CASE "export.key.case",
    EXPORT_OBJECT "export.object",
    EXPORT_OBJECT_RDB "export.object.rdb",
    EXPORT_OBJECTS_STAY "export.objects.stay",
    EXPORT_NO_SNAPSHOT "export.no-snapshot",
    EXPORT_SOURCE_STATUS "export.source.status",
    EXPORT_SOURCE_BACK "export.source.back",
    EXPORT_GRANT_ACL "export.grant.acl",
    EXPORT_GRANT_POLICY "export.grant.policy",
    EXPORT_BUCKET_REGION "export.bucket.region",
    EXPORT_BUCKET_REGION_MESSAGE "export.bucket.region.message",
    EXPORT_BUCKET_MISSING "export.bucket.missing",
    EXPORT_BUCKET_MISSING_MESSAGE "export.bucket.missing.message",
    EXPORT_BUCKET_OWNER "export.bucket.owner",
    EXPORT_BUCKET_OWNER_MESSAGE "export.bucket.owner.message",
    EXPORT_PERMISSION "export.permission",
    EXPORT_PERMISSION_MESSAGE "export.permission.message",
    EXPORT_LISTING "export.listing",
    EXPORT_LISTING_MESSAGE "export.listing.message",
    EXPORT_KEY_TAKEN "export.key.taken",
    EXPORT_KEY_TAKEN_MESSAGE "export.key.taken.message",
    EXPORT_GRANT_READ "export.grant.read",
    EXPORT_GRANT_READ_MESSAGE "export.grant.read.message",
    EXPORT_GRANT_WRITE "export.grant.write",
    EXPORT_GRANT_WRITE_MESSAGE "export.grant.write.message",
    EXPORT_GRANT_READ_ACP "export.grant.read-acp",
    EXPORT_GRANT_READ_ACP_MESSAGE "export.grant.read-acp.message",
    EXPORT_CODE "export.code",
    EXPORT_FAULTS_ANY "export.faults.any",
    EXPORT_BUCKET_MALFORMED "export.bucket.malformed",
    EXPORT_ENCRYPTED "export.encrypted",
    EXPORT_ENCRYPTED_MESSAGE "export.encrypted.message",
    EXPORT_KEY_GIVEN "export.key-given",
    EXPORT_TAGS "export.tags",
    EXPORT_DATA_TIERING "export.data-tiering",
    EXPORT_NAME_CHARACTERS "export.name.characters",
    EXPORT_NAME_LENGTH "export.name.length",
    EXPORT_NAME_TOO_LONG "export.name.too-long",
    EXPORT_NAME_IS_SOURCE "export.name.is-source",
    EXPORT_NAME_TAKEN "export.name.taken",
    EXPORT_REFUSAL_NO_EFFECT "export.refusal.no-effect",
    FRONT_VERSION_UNKNOWN "front.version.unknown",
    FRONT_CONTENT_TYPE "front.content-type",
    FRONT_OVERSIZED "front.oversized",
    FRONT_REPEATED_PARAMETERS "front.repeated-parameters",
    FRONT_SIGNATURE_WRONG "front.signature.wrong",
    FRONT_SIGNATURE_EXPIRED "front.signature.expired",
    FRONT_SIGNATURE_UNKNOWN_KEY "front.signature.unknown-key",
    FRONT_SIGNATURE_INCOMPLETE "front.signature.incomplete",
    COPY_FAULTS_SYNTAX_FIRST "copy.faults.syntax-first",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_into_it_and_joins_others() {
        let all: Vec<ClauseId> = ClauseId::all().collect();
        let every: ClauseSet = all.iter().copied().collect();
        assert_eq!(every.iter().collect::<Vec<_>>(), all);
        let (first, last) = (COPY_SUCCEEDS, FRONT_SIGNATURE_INCOMPLETE);
        let mut set: ClauseSet = [last, first, last].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [first, last]);
        assert!(set.contains(last) && !set.contains(COPY_SETTLES));
        set &= [last, COPY_SETTLES].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [last]);
        set |= [COPY_SETTLES].into_iter().collect();
        assert_eq!(format!("{set:?}"), format!("{{copy.settles, {last}}}"));
        set.remove(last);
        set.remove(first);
        assert_eq!(set.iter().collect::<Vec<_>>(), [COPY_SETTLES], "what is not in it is not taken out");
        assert_eq!(ClauseSet::NONE.iter().count(), 0);
    }
}
