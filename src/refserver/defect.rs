use std::fmt;

use crate::spec::{ClauseId, id};

macro_rules! defects {
    ($($variant:ident $name:literal $clause:ident $says:literal,)*) => {
        /// One broken rule: what a server does that the clause forbids.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Defect {
            $(
                #[doc = $says]
                $variant
            ),*
        }

        impl Defect {
            /// Every defect, by the area of its clause.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns the name on the command line, which says what is broken.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// Returns what the server does, in one sentence.
            #[must_use]
            pub const fn says(self) -> &'static str {
                match self { $(Self::$variant => $says),* }
            }

            /// Returns the clause that has to catch it.
            #[must_use]
            pub const fn clause(self) -> ClauseId {
                match self { $(Self::$variant => id::$clause),* }
            }
        }
    };
}

impl Defect {
    /// Returns the defect of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|defect| defect.name() == name)
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

defects! {
    // CopySnapshot: what is accepted, and what the reply says.
    CopyOfCopyRefused "copy-of-copy-refused" COPY_SUCCEEDS "A copy cannot be copied: InvalidSnapshotState.",
    CopyTaggedRefused "copy-tagged-refused" COPY_SUCCEEDS "A copy with tags is refused: InvalidParameterCombination.",
    CopyReplyNamesSource "copy-reply-names-source" COPY_REPLY_NAMES_TARGET "The reply names the source in place of the copy.",
    CopyKeepsCase "copy-keeps-case" COPY_TARGET_LOWER_CASE "The name of a copy keeps the case of the request.",
    CopyReplyKeepsCase "copy-reply-keeps-case" COPY_TARGET_LOWER_CASE "The reply alone shows the name as it was sent.",
    CopyReplyAvailable "copy-reply-available" COPY_REPLY_STATUS "The reply shows the copy as `available`.",
    CopyIsAutomated "copy-is-automated" COPY_REPLY_MANUAL "A copy shows the SnapshotSource `automated`.",
    CopyChangesEngine "copy-changes-engine" COPY_REPLY_METADATA "A copy shows another Engine than its source.",
    CopyChangesVersion "copy-changes-version" COPY_REPLY_METADATA "A copy shows another EngineVersion.",
    CopyChangesNodeType "copy-changes-node-type" COPY_REPLY_METADATA "A copy shows another CacheNodeType.",
    CopyChangesPort "copy-changes-port" COPY_REPLY_METADATA "A copy shows another Port.",
    CopyChangesParameterGroup "copy-changes-parameter-group" COPY_REPLY_METADATA "A copy shows another CacheParameterGroupName.",
    CopyChangesSubnetGroup "copy-changes-subnet-group" COPY_REPLY_METADATA "A copy shows another CacheSubnetGroupName.",
    CopyChangesVpc "copy-changes-vpc" COPY_REPLY_METADATA "A copy shows another VpcId.",
    CopyChangesMaintenance "copy-changes-maintenance" COPY_REPLY_METADATA "A copy shows another PreferredMaintenanceWindow.",
    CopyChangesOwner "copy-changes-owner" COPY_REPLY_METADATA "A copy shows its own name as the id of the cluster or group.",
    CopyDoublesNodes "copy-doubles-nodes" COPY_REPLY_NODES "A copy shows every NodeSnapshot twice.",
    CopyRenamesNodes "copy-renames-nodes" COPY_REPLY_NODES "A copy's NodeSnapshots have other node ids.",
    CopyChangesWindow "copy-changes-window" COPY_WINDOW_INHERITED "A copy shows another SnapshotWindow.",
    CopyCreateTimeZero "copy-create-time-zero" COPY_CREATE_TIME "A copy's SnapshotCreateTime is the beginning of 1970.",
    CopyInventsKey "copy-invents-key" COPY_KEY_INHERITED "A copy without KmsKeyId shows a key that its source does not.",
    CopyShowsOtherKey "copy-shows-other-key" COPY_KEY_GIVEN "A copy with KmsKeyId shows another key.",
    CopyNeverShown "copy-never-shown" COPY_VISIBLE "A copy is accepted and never shown by name.",
    CopyUnusableKeyAccepted "copy-unusable-key-accepted" COPY_KEY_UNUSABLE "Any KmsKeyId is taken.",
    CopyUnusableKeyCode "copy-unusable-key-code" COPY_KEY_UNUSABLE "A key that is none is refused with SnapshotNotFoundFault.",
    CopiesFail "copies-fail" COPY_SETTLES "Every copy fails.",
    CopyStuckCreating "copy-stuck-creating" COPY_SETTLES "A copy stays `creating`.",
    // CopySnapshot: refusals.
    CopyFromNothing "copy-from-nothing" COPY_SOURCE_UNKNOWN "A copy of a snapshot that is not there is accepted.",
    CopyUnknownSourceCode "copy-unknown-source-code" COPY_SOURCE_UNKNOWN "An unknown source is refused with InvalidParameterValue.",
    CopyOfCreatingAccepted "copy-of-creating-accepted" COPY_SOURCE_CREATING "A snapshot that is still being made can be copied.",
    CopyOfDeletingAccepted "copy-of-deleting-accepted" COPY_SOURCE_DELETING "A snapshot that is being deleted can be copied.",
    CopyOfBusyCode "copy-of-busy-code" COPY_SOURCE_BUSY "A source that shows `copying` is refused with SnapshotNotFoundFault.",
    CopySourceRestoring "copy-source-restoring" COPY_SOURCE_STATUS "The source of a copy shows `restoring` meanwhile.",
    CopySourceCaseCode "copy-source-case-code" COPY_SOURCE_CASE "A source name with capitals is refused with InvalidParameterValue.",
    CopyWithoutTargetAccepted "copy-without-target-accepted" COPY_REQUIRED "A copy without TargetSnapshotName gets a name of the server's choice.",
    CopyWithoutSourceAccepted "copy-without-source-accepted" COPY_REQUIRED "A copy without SourceSnapshotName makes an empty snapshot.",
    CopyBlankCode "copy-blank-code" COPY_BLANK "A blank or absent name is refused with MissingParameter.",
    CopyTakenOverwrites "copy-taken-overwrites" COPY_TARGET_TAKEN "A copy onto a name in use replaces the snapshot that has it.",
    CopyTakenSilent "copy-taken-silent" COPY_TARGET_TAKEN "A copy onto a name in use is answered by 200 and does nothing.",
    CopyTakenCode "copy-taken-code" COPY_TARGET_TAKEN "A copy onto a name in use is refused with InvalidParameterValue.",
    CopyTakenMindsCase "copy-taken-minds-case" COPY_TARGET_TAKEN "A name in use is not recognised when it is sent with capitals.",
    CopyMalformedAccepted "copy-malformed-accepted" COPY_TARGET_MALFORMED "A name with `--` or with a hyphen at its end is accepted.",
    CopyOddCode "copy-odd-code" COPY_TARGET_ODD "A name with a dot, an underscore or a digit in front is refused with SnapshotNotFoundFault.",
    CopyLeadingHyphenAccepted "copy-leading-hyphen-accepted" COPY_TARGET_LEADING_HYPHEN "A name that begins with a hyphen is accepted.",
    CopyLongRefused "copy-long-refused" COPY_TARGET_LENGTH "A name of 41 characters is refused.",
    CopyTooLongTruncated "copy-too-long-truncated" COPY_TARGET_TOO_LONG "A name of more than 48 characters is shortened to 48.",
    CopyOntoItselfAccepted "copy-onto-itself-accepted" COPY_TARGET_IS_SOURCE "A snapshot can be copied onto its own name.",
    CopyDeletingTargetCode "copy-deleting-target-code" COPY_TARGET_DELETING "A name that is being deleted is refused with SnapshotNotFoundFault.",
    CopyNameNeverFree "copy-name-never-free" COPY_TARGET_REUSABLE "The name of a deleted snapshot stays taken for copies.",
    CopyLooksUpFirst "copy-looks-up-first" COPY_FAULTS_SYNTAX_FIRST "A source that does not exist is found out before a malformed or blank name is.",
    CopySeveralFaultsCode "copy-several-faults-code" COPY_FAULTS_ANY "Several things wrong at once are refused with a fault of none of them.",
    CopyRefusalMakes "copy-refusal-makes" COPY_REFUSAL_NO_EFFECT "A refused copy makes the snapshot where its name is free.",
    CopyRefusalDeletes "copy-refusal-deletes" COPY_REFUSAL_NO_EFFECT "A copy refused for a taken name removes the snapshot that has it.",
    CopyRefusalRetags "copy-refusal-retags" COPY_REFUSAL_NO_EFFECT "A copy refused for a taken name puts its tags on the snapshot that has it.",
    CopyRefusalUnsettles "copy-refusal-unsettles" COPY_REFUSAL_NO_EFFECT "A copy refused for a taken name leaves its source `copying` for good.",
    CopyEmptyBucketRefused "copy-empty-bucket-refused" COPY_BUCKET_EMPTY "An empty TargetBucket is refused.",
    CopyFromArnAccepted "copy-from-arn-accepted" COPY_FOREIGN "An ARN is accepted as SourceSnapshotName.",
    // CopySnapshot: tags, and what becomes of source and copy.
    CopyTagsIgnored "copy-tags-ignored" COPY_TAGS_GIVEN "A copy with tags gets its source's in place of them.",
    CopyTagsMerged "copy-tags-merged" COPY_TAGS_GIVEN "A copy with tags gets its source's as well.",
    CopyTagsNotInherited "copy-tags-not-inherited" COPY_TAGS_INHERITED "A copy without tags gets none.",
    CopyTagsEmptyListTags "copy-tags-empty-list-tags" COPY_TAGS_EMPTY_LIST "A copy with an empty list of tags gets a tag of the server's choice.",
    CopyTagsAliased "copy-tags-aliased" COPY_TAGS_INDEPENDENT "Tags added to a source appear on its copies as well.",
    CopyTagsRefusalMakes "copy-tags-refusal-makes" COPY_TAGS_ALL_OR_NOTHING "A copy refused because of its tags is made without tags.",
    CopyTags51Accepted "copy-tags-51-accepted" COPY_TAGS_QUOTA "A copy with more than 50 tags is accepted.",
    CopyTagsQuotaCode "copy-tags-quota-code" COPY_TAGS_QUOTA "A copy with more than 50 tags is refused with SnapshotQuotaExceededFault.",
    CopyDiesWithSource "copy-dies-with-source" COPY_SURVIVES_SOURCE "A copy vanishes when its source is deleted.",
    CopyDiesWithOwner "copy-dies-with-owner" COPY_SURVIVES_CLUSTER "Copies vanish when the cluster or group is deleted that they hold.",
    CopyTakesSource "copy-takes-source" SNAPSHOT_PERSISTS "The source of a copy vanishes: it is moved, not copied.",
    CopyResetsSource "copy-resets-source" SNAPSHOT_NEVER_BACK "The source of a copy is `creating` again meanwhile.",

    // CreateSnapshot.
    CreateTaggedRefused "create-tagged-refused" CREATE_SUCCEEDS "A snapshot with tags is refused: InvalidParameterCombination.",
    CreateReplyNamesOwner "create-reply-names-owner" CREATE_REPLY_NAMES_SNAPSHOT "The reply names the cluster or group in place of the snapshot.",
    CreateKeepsCase "create-keeps-case" CREATE_NAME_LOWER_CASE "The name of a snapshot keeps the case of the request.",
    CreateReplyAvailable "create-reply-available" CREATE_REPLY_STATUS "The reply shows the snapshot as `available`.",
    CreateIsAutomated "create-is-automated" CREATE_REPLY_MANUAL "A snapshot that was asked for shows the SnapshotSource `automated`.",
    CreateShowsOtherOwner "create-shows-other-owner" CREATE_REPLY_OWNER "A snapshot shows another cluster or group than it was asked of.",
    CreateNeverShown "create-never-shown" CREATE_VISIBLE "A snapshot is accepted and never shown by name.",
    CreateStuckCreating "create-stuck-creating" CREATE_SETTLES "A snapshot stays `creating`.",
    CreateWithoutNameAccepted "create-without-name-accepted" CREATE_REQUIRED "A snapshot without SnapshotName gets a name of the server's choice.",
    CreateBlankCode "create-blank-code" CREATE_BLANK "A blank or absent SnapshotName is refused with ValidationError.",
    CreateMalformedAccepted "create-malformed-accepted" CREATE_NAME_MALFORMED "A malformed SnapshotName is accepted.",
    CreateLongRefused "create-long-refused" CREATE_NAME_LENGTH "A SnapshotName of 41 characters is refused.",
    CreateTooLongTruncated "create-too-long-truncated" CREATE_NAME_TOO_LONG "A SnapshotName of more than 48 characters is shortened to 48.",
    CreateTakenOverwrites "create-taken-overwrites" CREATE_NAME_TAKEN "A SnapshotName in use replaces the snapshot that has it.",
    CreateWithoutOwnerAccepted "create-without-owner-accepted" CREATE_OWNER_MISSING "A snapshot of nothing is accepted.",
    CreateUnknownClusterAccepted "create-unknown-cluster-accepted" CREATE_CLUSTER_UNKNOWN "A snapshot of a cluster that is not there is accepted.",
    CreateUnknownClusterCode "create-unknown-cluster-code" CREATE_CLUSTER_UNKNOWN "A cluster that is not there is refused with InvalidParameterValue.",
    CreateUnknownGroupAccepted "create-unknown-group-accepted" CREATE_GROUP_UNKNOWN "A snapshot of a group that is not there is accepted.",
    CreateUnknownGroupCode "create-unknown-group-code" CREATE_GROUP_UNKNOWN "A group that is not there is refused with SnapshotNotFoundFault.",
    CreateOfBusyCode "create-of-busy-code" CREATE_OWNER_BUSY "A cluster or group that is being snapshotted is refused with SnapshotQuotaExceededFault.",
    CreateTagsIgnored "create-tags-ignored" CREATE_TAGS_GIVEN "The tags of a new snapshot are lost.",
    CreateInventsTag "create-invents-tag" CREATE_TAGS_NONE "A snapshot made without tags carries one.",
    CreateTags51Accepted "create-tags-51-accepted" CREATE_TAGS_QUOTA "A snapshot with more than 50 tags is accepted.",
    CreateRefusalMakes "create-refusal-makes" CREATE_REFUSAL_NO_EFFECT "A refused snapshot is made where its name is free.",
    CreateDeletingNameCode "create-deleting-name-code" CREATE_NAME_DELETING "A name that is being deleted is refused with InvalidSnapshotState.",
    CreateNameNeverFree "create-name-never-free" CREATE_NAME_REUSABLE "The name of a deleted snapshot stays taken.",
    CreateSeveralFaultsCode "create-several-faults-code" CREATE_FAULTS_ANY "Several things wrong at once are refused with a fault of none of them.",

    // DeleteSnapshot.
    DeleteFirstRefused "delete-first-refused" DELETE_SUCCEEDS "The first deletion of every snapshot is refused, the second works.",
    DeleteReplyNamesOther "delete-reply-names-other" DELETE_REPLY_NAMES_SNAPSHOT "The reply names another snapshot.",
    DeleteReplyAvailable "delete-reply-available" DELETE_REPLY_STATUS "The reply shows the status from before.",
    DeleteDoesNothing "delete-does-nothing" DELETE_GONE "A deletion is accepted and does nothing.",
    DeleteLingers "delete-lingers" DELETE_GONE "A deleted snapshot stays `deleting`.",
    DeleteLingersInLists "delete-lingers-in-lists" DELETE_GONE "A deleted snapshot stays in lists, though not by name.",
    DeleteUnknownAccepted "delete-unknown-accepted" DELETE_UNKNOWN "Deleting a name that no snapshot has is answered by 200.",
    DeleteUnknownCode "delete-unknown-code" DELETE_UNKNOWN "Deleting a name that no snapshot has is refused with InvalidParameterValue.",
    DeleteWithoutNameAccepted "delete-without-name-accepted" DELETE_REQUIRED "A deletion without a name is answered by 200.",
    DeleteBlankCode "delete-blank-code" DELETE_BLANK "A blank or absent name is refused with ValidationError.",
    DeleteTwiceAccepted "delete-twice-accepted" DELETE_DELETING "A snapshot that is being deleted can be deleted again.",
    DeleteOfCreatingCode "delete-of-creating-code" DELETE_CREATING "A snapshot that is being made is refused with SnapshotNotFoundFault.",
    DeleteOfSourceCode "delete-of-source-code" DELETE_SOURCE_IN_USE "A snapshot that is being copied is refused with SnapshotNotFoundFault.",
    DeleteCaseCode "delete-case-code" DELETE_CASE "A name with capitals is refused with InvalidParameterValue.",
    DeleteKeepsTags "delete-keeps-tags" DELETE_TAGS_GONE "The tags of a deleted snapshot come back with its name.",
    DeleteRefusalDeletes "delete-refusal-deletes" DELETE_REFUSAL_NO_EFFECT "A deletion that is refused, of a snapshot that is still being made, deletes it.",
    DeleteTakesNext "delete-takes-next" SNAPSHOT_PERSISTS "A deletion takes the next snapshot along.",
    DeleteTakesPrefix "delete-takes-prefix" SNAPSHOT_PERSISTS "A deletion takes every snapshot along whose name begins with that name.",
    DeleteUndone "delete-undone" SNAPSHOT_NEVER_BACK "A snapshot that was `deleting` is `available` again.",

    CreateOverQuotaAccepted "create-over-quota-accepted" CREATE_QUOTA "There is no end to the snapshots of a day.",
    CreateOverQuotaCode "create-over-quota-code" CREATE_QUOTA "A snapshot beyond the quota is refused with TagQuotaPerResourceExceeded.",
    CopyOverQuotaCode "copy-over-quota-code" COPY_QUOTA "A copy beyond the quota is refused with TagQuotaPerResourceExceeded.",
    CreateOfMemcachedAccepted "create-of-memcached-accepted" CREATE_ENGINE_UNSUPPORTED "A snapshot is taken of memcached.",
    CreateOfMemcachedCode "create-of-memcached-code" CREATE_ENGINE_UNSUPPORTED "A snapshot of memcached is refused with InvalidParameterCombination.",

    // Clusters from snapshots.
    RestoreRefused "restore-refused" RESTORE_SUCCEEDS "No cluster is made from a copy: InvalidParameterValue.",
    RestoreUnknownAccepted "restore-unknown-accepted" RESTORE_UNKNOWN "A cluster is made from a snapshot that is not there.",
    RestoreUnknownCode "restore-unknown-code" RESTORE_UNKNOWN "A snapshot that is not there is refused with TagNotFound.",
    RestoreSourceCopying "restore-source-copying" RESTORE_SOURCE_STATUS "The snapshot shows `copying` while a cluster is made from it.",
    RestoreSourceStuck "restore-source-stuck" RESTORE_SOURCE_STATUS "The snapshot stays `restoring` after a cluster was made from it.",
    RestoreTakesSource "restore-takes-source" SNAPSHOT_PERSISTS "The snapshot is gone after a cluster was made from it.",

    // DescribeSnapshots.
    DescribeSizedRefused "describe-sized-refused" DESCRIBE_SUCCEEDS "A describe with MaxRecords is refused.",
    DescribeNameIgnored "describe-name-ignored" DESCRIBE_BY_NAME "A describe by name shows every snapshot.",
    DescribeNameIsPrefix "describe-name-is-prefix" DESCRIBE_BY_NAME "A describe by name shows every snapshot whose name begins so.",
    DescribeUnknownCode "describe-unknown-code" DESCRIBE_BY_NAME_UNKNOWN "A name that no snapshot has is refused with InvalidParameterValue.",
    DescribeInvents "describe-invents" DESCRIBE_NO_GHOSTS "A name that no snapshot has is shown as an available one.",
    DescribeCaseEchoes "describe-case-echoes" DESCRIBE_CASE "A snapshot asked for with capitals is shown under that spelling.",
    DescribeListWithoutCopies "describe-list-without-copies" DESCRIBE_LIST_COMPLETE "Lists leave out copies.",
    DescribeListDoubles "describe-list-doubles" DESCRIBE_LIST_NO_DUPLICATES "Lists show their first snapshot twice.",
    DescribeClusterIgnored "describe-cluster-ignored" DESCRIBE_CLUSTER_FILTER "CacheClusterId does not filter.",
    DescribeGroupIgnored "describe-group-ignored" DESCRIBE_GROUP_FILTER "ReplicationGroupId does not filter.",
    DescribeGroupWithoutCopies "describe-group-without-copies" DESCRIBE_LIST_COMPLETE "ReplicationGroupId leaves out copies.",
    DescribeUnknownOwnerShowsAll "describe-unknown-owner-shows-all" DESCRIBE_OWNER_UNKNOWN "An id that no cluster or group has shows every snapshot.",
    DescribeUserWithoutCopies "describe-user-without-copies" DESCRIBE_LIST_COMPLETE "SnapshotSource=user shows no copies.",
    DescribeUserShowsAutomatic "describe-user-shows-automatic" DESCRIBE_SOURCE_USER "SnapshotSource=user shows what the service made by itself as well.",
    DescribeSystemShowsAll "describe-system-shows-all" DESCRIBE_SOURCE_SYSTEM "SnapshotSource=system shows manual snapshots.",
    DescribeSourceOtherCode "describe-source-other-code" DESCRIBE_SOURCE_OTHER "A third word in SnapshotSource is refused with SnapshotNotFoundFault.",
    DescribeCombinedIgnored "describe-combined-ignored" DESCRIBE_COMBINED "A describe by name ignores the other filters.",
    PageIgnoresMaxRecords "page-ignores-max-records" DESCRIBE_PAGE_SIZE "A page has up to 50 snapshots whatever MaxRecords says.",
    PageDefault100 "page-default-100" DESCRIBE_PAGE_DEFAULT "A page without MaxRecords has up to 100 snapshots.",
    PageSkipsOne "page-skips-one" DESCRIBE_PAGE_COMPLETE "The snapshot at the end of a page is in none.",
    PageRepeatsOne "page-repeats-one" DESCRIBE_PAGE_COMPLETE "The snapshot at the end of a page begins the next as well.",
    PageLosesRest "page-loses-rest" DESCRIBE_LIST_COMPLETE "A first page has no Marker, though there is more.",
    PageMarkerLoops "page-marker-loops" DESCRIBE_PAGE_LAST "Every Marker leads to the first page.",
    Page51Accepted "page-51-accepted" DESCRIBE_PAGE_TOO_LARGE "MaxRecords above 50 is accepted.",
    PageTooLargeMessage "page-too-large-message" DESCRIBE_PAGE_TOO_LARGE_MESSAGE "The message about a MaxRecords above 50 has other words.",
    Page19Accepted "page-19-accepted" DESCRIBE_PAGE_TOO_SMALL "MaxRecords below 20 is accepted.",
    PageWordAccepted "page-word-accepted" DESCRIBE_PAGE_NOT_A_NUMBER "MaxRecords that is no number is ignored.",
    PageMarkerOnLast "page-marker-on-last" DESCRIBE_PAGE_LAST "The last page has a Marker.",
    PageBadMarkerCode "page-bad-marker-code" DESCRIBE_MARKER_BAD "An invented Marker is refused with SnapshotNotFoundFault.",
    NodeGroupConfigAlways "node-group-config-always" DESCRIBE_NODE_GROUP_CONFIG "NodeGroupConfiguration is shown without being asked for.",

    // Every snapshot.
    StatusPending "status-pending" SNAPSHOT_STATUS_KNOWN "Describes show `pending` in place of `creating`.",
    SnapshotDiesWithOwner "snapshot-dies-with-owner" SNAPSHOT_PERSISTS "Deleting a cluster or group takes its manual snapshots along.",
    MemberDrifts "member-drifts" SNAPSHOT_CONSTANT "Lists show another EngineVersion than describes by name.",
    CreateTimeMoves "create-time-moves" SNAPSHOT_CONSTANT "The node's creation time is the time at which it is asked for.",
    ArnOfSource "arn-of-source" SNAPSHOT_ARN "A copy shows its source's ARN.",
    ArnWrongRegion "arn-wrong-region" SNAPSHOT_ARN "ARNs name us-east-9.",
    ArnWrongAccount "arn-wrong-account" SNAPSHOT_ARN "ARNs name the account 999999999999.",
    ArnOfCluster "arn-of-cluster" SNAPSHOT_ARN "ARNs have `cluster` where `snapshot` belongs.",
    SourceIsUser "source-is-user" SNAPSHOT_SOURCE_VALUES "SnapshotSource shows the filter's word `user`.",
    SourceIsCopied "source-is-copied" SNAPSHOT_SOURCE_VALUES "SnapshotSource of a copy is `copied`.",

    CopyDropsShard "copy-drops-shard" COPY_REPLY_NODES "A copy shows the first of several shards alone.",
    CopyIsOneGroup "copy-is-one-group" SNAPSHOT_SHARDS "A copy shows NumNodeGroups 1.",
    ShardedShowsCluster "sharded-shows-cluster" SNAPSHOT_SHARDS "A snapshot in cluster mode shows a CacheClusterId of its own.",
    CopyIsRedis "copy-is-redis" COPY_REPLY_METADATA "A copy shows the engine redis, whatever its source shows.",
    AutomaticIsManual "automatic-is-manual" SNAPSHOT_AUTOMATIC "A snapshot that the service made by itself shows the SnapshotSource `manual`.",
    CopyOfAutomaticIsAutomated "copy-of-automatic-is-automated" COPY_REPLY_MANUAL "A copy of an automatic snapshot is automatic.",
    AccountsShared "accounts-shared" SNAPSHOT_OTHER_ACCOUNT "All accounts share their snapshots.",
    RegionsShared "regions-shared" SNAPSHOT_OTHER_REGION "All regions share their snapshots.",

    // Tags.
    TagsOfCopyRefused "tags-of-copy-refused" TAGS_SUCCEEDS "Copies cannot be tagged: SnapshotNotFoundFault.",
    TagsListLosesOne "tags-list-loses-one" TAGS_LIST "A list of tags lacks the last one.",
    TagsListDoubles "tags-list-doubles" TAGS_LIST "A list of tags shows the first one twice.",
    TagsAddShowsNew "tags-add-shows-new" TAGS_ADD_FULL_SET "The reply to AddTagsToResource shows only the tags added.",
    TagsAddKeepsOld "tags-add-keeps-old" TAGS_ADD_OVERWRITES "Adding a key that is there keeps the old value.",
    TagsAddReplaces "tags-add-replaces" TAGS_ADD_FULL_SET "Adding tags removes all others.",
    TagsAdd51Accepted "tags-add-51-accepted" TAGS_ADD_QUOTA "A 51st tag is accepted.",
    TagsAddQuotaCode "tags-add-quota-code" TAGS_ADD_QUOTA "A 51st tag is refused with SnapshotQuotaExceededFault.",
    TagsRemoveNothing "tags-remove-nothing" TAGS_REMOVE_REST "RemoveTagsFromResource removes nothing.",
    TagsRemoveAll "tags-remove-all" TAGS_REMOVE_REST "RemoveTagsFromResource removes every tag.",
    TagsRemoveAbsentCode "tags-remove-absent-code" TAGS_REMOVE_ABSENT_KEY "Removing a key that is not there is refused with InvalidParameterValue.",
    TagsUnknownAccepted "tags-unknown-accepted" TAGS_UNKNOWN_SNAPSHOT "The tags of a snapshot that is not there are an empty list.",
    TagsUnknownCode "tags-unknown-code" TAGS_UNKNOWN_SNAPSHOT "A snapshot that is not there is refused with InvalidParameterValue.",
    TagsMalformedArnAccepted "tags-malformed-arn-accepted" TAGS_ARN_MALFORMED "The tags of something that is no ARN are an empty list.",
    TagsForeignArnAccepted "tags-foreign-arn-accepted" TAGS_ARN_FOREIGN "Region and account of an ARN are ignored.",
    TagsUnavailableCode "tags-unavailable-code" TAGS_NOT_AVAILABLE "A snapshot that is not available is refused with InvalidReplicationGroupState.",
    TagsKeyLowerCased "tags-key-lower-cased" TAGS_KEY_CASE "Tag keys are kept in lower case.",
    TagsReservedAccepted "tags-reserved-accepted" TAGS_KEY_RESERVED "A key that begins with `aws:` is accepted.",
    TagsLongKeyAccepted "tags-long-key-accepted" TAGS_KEY_TOO_LONG "A key of 129 characters is accepted.",
    TagsEmptyKeyAccepted "tags-empty-key-accepted" TAGS_KEY_EMPTY "An absent or empty key is accepted and dropped.",
    TagsLongValueAccepted "tags-long-value-accepted" TAGS_VALUE_TOO_LONG "A value of 257 characters is accepted.",
    TagsAbsentValueRefused "tags-absent-value-refused" TAGS_VALUE_ABSENT "A tag without a value is refused.",
    TagsEmptyValueRefused "tags-empty-value-refused" TAGS_VALUE_ABSENT "A tag with an empty value is refused.",
    TagsDuplicateDropped "tags-duplicate-dropped" TAGS_DUPLICATE "A key that is sent twice is left out.",
    Tags50Refused "tags-50-refused" TAGS_LIMIT "A 50th tag is refused.",
    TagsCharactersStripped "tags-characters-stripped" TAGS_CHARSET "Characters that not every service takes are removed from tags.",
    TagsSpellingCode "tags-spelling-code" TAGS_SPELLING "Tags.member.N is refused with SnapshotNotFoundFault.",
    TagsRefusalApplies "tags-refusal-applies" TAGS_REFUSAL_NO_EFFECT "Of tags refused for their number, those that fit are added.",
    TagsNoneAccepted "tags-none-accepted" TAGS_REQUIRED "AddTagsToResource without Tags is answered by 200.",

    // The envelope.
    XmlUnclosed "xml-unclosed" WIRE_WELL_FORMED "The last end tag is missing.",
    XmlUnescaped "xml-unescaped" WIRE_WELL_FORMED "`&` and `<` in texts are not escaped.",
    XmlEscapedTwice "xml-escaped-twice" WIRE_ESCAPING "Texts are escaped twice.",
    Status201 "status-201" WIRE_STATUS_OK "A copy is answered with the status 201.",
    FaultWith200 "fault-with-200" WIRE_ERROR_STATUS "Errors have the status 200.",
    ResultMissing "result-missing" WIRE_RESULT "Replies lack the element <Action>Result.",
    ResultMisnamed "result-misnamed" WIRE_RESULT "The element <Action>Result is called Result.",
    NamespaceMissing "namespace-missing" WIRE_NAMESPACE "Replies have no namespace.",
    NamespaceOld "namespace-old" WIRE_NAMESPACE "Replies have the namespace of 2014.",
    ErrorNamespaceOther "error-namespace-other" WIRE_ERROR_NAMESPACE "Errors have another service's namespace.",
    RequestIdMissing "request-id-missing" WIRE_REQUEST_ID "Replies have no RequestId.",
    RequestIdErrorMissing "request-id-error-missing" WIRE_REQUEST_ID "Errors have no RequestId.",
    RequestIdErrorNested "request-id-error-nested" WIRE_REQUEST_ID "Errors have their RequestId in ResponseMetadata.",
    RequestIdHeaderDiffers "request-id-header-differs" WIRE_REQUEST_ID_HEADER "The header x-amzn-RequestId has another id than the body.",
    RequestIdConstant "request-id-constant" WIRE_REQUEST_ID_UNIQUE "Every answer has the same RequestId.",
    ContentTypeJson "content-type-json" WIRE_CONTENT_TYPE "The Content-Type is application/json.",
    ErrorEnvelopeFlat "error-envelope-flat" WIRE_ERROR_ENVELOPE "Errors lack the element Error: its members stand below the root.",
    ErrorTypeReceiver "error-type-receiver" WIRE_ERROR_TYPE "The Type of errors is Receiver.",
    ErrorTypeMissing "error-type-missing" WIRE_ERROR_ENVELOPE "Errors have no Type.",
    ErrorStatus400 "error-status-400" WIRE_ERROR_STATUS "Every error has the status 400.",
    ErrorStatusCommon "error-status-common" WIRE_ERROR_STATUS_COMMON "Errors of the front door have the status 422.",
    ErrorStatus409 "error-status-409" WIRE_ERROR_STATUS "SnapshotAlreadyExistsFault has the status 409.",
    ErrorCodeSuffix "error-code-suffix" WIRE_ERROR_CODE "Codes carry the suffix Fault also where the model has none.",
    ErrorCodeBare "error-code-bare" WIRE_ERROR_CODE "Codes lack the suffix Fault also where the model has it.",
    ErrorMessageEmpty "error-message-empty" WIRE_ERROR_MESSAGE "Errors have an empty Message.",
    IntegerWithFraction "integer-with-fraction" WIRE_MEMBER_TYPES "Integers are written as 6379.0.",
    BooleanCapital "boolean-capital" WIRE_MEMBER_TYPES "Booleans are written as True and False.",
    TieringFalse "tiering-false" WIRE_MEMBER_VALUES "DataTiering is `false` in place of `disabled`.",
    TimestampsInSeconds "timestamps-in-seconds" WIRE_TIMESTAMPS "Timestamps are numbers of seconds.",
    TimestampsWithoutZone "timestamps-without-zone" WIRE_TIMESTAMPS "Timestamps have no zone.",

    // The front door.
    CrashOnAbsentValue "crash-on-absent-value" FRONT_ANSWERS "A tag without a value makes the server answer 500.",
    CrashOnUnicode "crash-on-unicode" FRONT_ANSWERS "A letter outside ASCII makes the server answer 500.",
    CrashOnEmptyBucket "crash-on-empty-bucket" FRONT_ANSWERS "An empty TargetBucket makes the server answer with HTML.",
    CopyAsEc2 "copy-as-ec2" FRONT_ROUTED "CopySnapshot is answered in EC2's envelope.",
    CopyUnsupported "copy-unsupported" FRONT_SUPPORTED "CopySnapshot is answered like an invented action.",
    UnknownActionCode "unknown-action-code" FRONT_UNKNOWN_ACTION "An invented action is refused with InvalidParameterValue.",
    UnknownActionAccepted "unknown-action-accepted" FRONT_UNKNOWN_ACTION "An invented action is answered by 200.",
    MissingActionCode "missing-action-code" FRONT_MISSING_ACTION "A request without Action is refused with InvalidParameterValue.",
    GetRefused "get-refused" FRONT_GET "GET is refused.",
    UnknownParametersRefused "unknown-parameters-refused" FRONT_UNKNOWN_PARAMETERS "A parameter that the operation doesn't have is refused.",
    OrderMatters "order-matters" FRONT_PARAMETER_ORDER "A request whose first parameter is not Action is refused.",
    VersionAbsentCode "version-absent-code" FRONT_VERSION_ABSENT "A request without Version is refused with SnapshotNotFoundFault.",
    UnsignedAccepted "unsigned-accepted" FRONT_UNSIGNED "Signatures are not looked at.",
    VersionUnknownCode "version-unknown-code" FRONT_VERSION_UNKNOWN "A request with another Version is refused with SnapshotNotFoundFault.",
    ContentTypeCode "content-type-code" FRONT_CONTENT_TYPE "A body that says to be no form is refused with InvalidARN.",
    OversizedCode "oversized-code" FRONT_OVERSIZED "A body of more than 256 KiB is refused with SnapshotQuotaExceededFault.",
    RepeatedCode "repeated-code" FRONT_REPEATED_PARAMETERS "A parameter that is sent twice is refused with SnapshotAlreadyExistsFault.",
    SignatureWrongAccepted "signature-wrong-accepted" FRONT_SIGNATURE_WRONG "A signature that does not match is accepted.",
    SignatureWrongCode "signature-wrong-code" FRONT_SIGNATURE_WRONG "A signature that does not match is refused with InvalidParameterValue.",
    SignatureExpiredAccepted "signature-expired-accepted" FRONT_SIGNATURE_EXPIRED "A signature of an hour ago is accepted.",
    SignatureUnknownKeyAccepted "signature-unknown-key-accepted" FRONT_SIGNATURE_UNKNOWN_KEY "An access key of nobody's is accepted.",
    SignatureIncompleteAccepted "signature-incomplete-accepted" FRONT_SIGNATURE_INCOMPLETE "An Authorization without the signature itself is accepted.",
    FaultsBeforeSignature "faults-before-signature" FRONT_SIGNATURE_WRONG "Only a call that would succeed has its signature checked.",

    // What only calls show that overlap: each looks, waits a millisecond, and then does.
    RaceCopyCopy "race-copy-copy" COPY_RACE_ONE_WINNER "Of two copies to one name at once, both are accepted.",
    RaceCopyCreate "race-copy-create" COPY_RACE_ONE_WINNER "A copy does not see that a snapshot of its name is being made by CreateSnapshot.",
    RaceCopyCase "race-copy-case" COPY_RACE_ONE_WINNER "Of two copies at once to one name in different case, both are accepted.",
    RaceCopyRefusesBoth "race-copy-refuses-both" OVERLAP_LINEARIZABLE "Of two copies to one name at once, both are refused.",
    RaceCopyDeleteRefused "race-copy-delete-refused" OVERLAP_LINEARIZABLE "A copy and the deletion of its source at once are both refused.",
    RaceExportRefusesBoth "race-export-refuses-both" OVERLAP_LINEARIZABLE "Of exports to one key at once, all are refused.",
    RaceCopyLost "race-copy-lost" COPY_VISIBLE "Of two copies of one source at once, the second is accepted and never made.",
    RaceCopyDelete "race-copy-delete" COPY_VISIBLE "A copy whose source is deleted at the same time is accepted and never made.",
    RaceCopyLoserTags "race-copy-loser-tags" COPY_TAGS_GIVEN "Of two copies to one name at once, the refused one puts its tags on the other's.",
    RaceCopyTagsSwapped "race-copy-tags-swapped" COPY_TAGS_GIVEN "Of two copies with tags at once, each may get the other's tags.",
    RaceCopyRepliesSwapped "race-copy-replies-swapped" COPY_REPLY_NAMES_TARGET "Of two copies at once, each may be answered with the other's name.",
    RaceCreateCreate "race-create-create" CREATE_RACE_ONE_WINNER "Of two CreateSnapshot calls with one name at once, both are accepted.",
    RaceDeleteDelete "race-delete-delete" DELETE_RACE_ONE_WINNER "Of two deletions of one snapshot at once, both are accepted.",
    RaceTagsLost "race-tags-lost" TAGS_RACE_WHOLE "Of two changes of tags at once, one is lost.",
    RaceTagsHalf "race-tags-half" TAGS_RACE_WHOLE "Of several tags that are added, the first is shown before the others.",
    RaceListTwice "race-list-twice" DESCRIBE_LIST_NO_DUPLICATES "A list shows a snapshot twice while a copy or a snapshot is begun.",
    RaceRequestId "race-request-id" WIRE_REQUEST_ID_UNIQUE "Answers at once may have the same RequestId.",

    // CopySnapshot to a bucket.
    ExportRefused "export-refused" EXPORT_SUCCEEDS "An export is refused: InvalidParameterCombination.",
    ExportReplyRestoring "export-reply-restoring" EXPORT_REPLY "The reply to an export shows the status `restoring`.",
    ExportNeverWritten "export-never-written" EXPORT_WRITTEN "An export is accepted and nothing is written.",
    ExportIgnoresBucket "export-ignores-bucket" EXPORT_WRITTEN "TargetBucket is ignored: a copy within the service is made.",
    ExportKeyUnnumbered "export-key-unnumbered" EXPORT_KEY "The key of an export lacks the number of its shard.",
    ExportKeyFromZero "export-key-from-zero" EXPORT_KEY "The shards in the keys of an export are counted from 0000.",
    ExportDropsShard "export-drops-shard" EXPORT_SHARDS "An export of several shards writes the first alone.",
    ExportManifest "export-manifest" EXPORT_KEY "An export writes a manifest beside its object.",
    ExportKeyUpper "export-key-upper" EXPORT_KEY_CASE "The key of an export with capitals is all in capitals.",
    ExportEmpty "export-empty" EXPORT_OBJECT "The object of an export is empty.",
    ExportHeaderCut "export-header-cut" EXPORT_OBJECT_RDB "The object of an export lacks the version in its header.",
    ExportDiesWithSource "export-dies-with-source" EXPORT_OBJECTS_STAY "What was exported is removed when its source is deleted.",
    ExportLeavesSnapshot "export-leaves-snapshot" EXPORT_NO_SNAPSHOT "An export leaves a snapshot with its name.",
    ExportSourceRestoring "export-source-restoring" EXPORT_SOURCE_STATUS "The source of an export shows `restoring` meanwhile.",
    ExportSourceStuck "export-source-stuck" EXPORT_SOURCE_BACK "The source of an export stays `exporting`.",
    ExportAclIgnored "export-acl-ignored" EXPORT_GRANT_ACL "A bucket that grants by its ACL alone is refused.",
    ExportPolicyIgnored "export-policy-ignored" EXPORT_GRANT_POLICY "A bucket that grants by its policy alone is refused.",
    ExportRegionAccepted "export-region-accepted" EXPORT_BUCKET_REGION "A bucket in another region is accepted.",
    ExportRegionMessage "export-region-message" EXPORT_BUCKET_REGION_MESSAGE "The message about a bucket in another region has other words.",
    ExportMissingAccepted "export-missing-accepted" EXPORT_BUCKET_MISSING "An export to a bucket that is not there is answered by 200.",
    ExportMissingMessage "export-missing-message" EXPORT_BUCKET_MISSING_MESSAGE "The message about a bucket that is not there has other words.",
    ExportForeignAccepted "export-foreign-accepted" EXPORT_BUCKET_OWNER "A bucket of another account is accepted.",
    ExportForeignMessage "export-foreign-message" EXPORT_BUCKET_OWNER_MESSAGE "The message about a bucket of another account has other words.",
    ExportOverwrites "export-overwrites" EXPORT_KEY_TAKEN "An export overwrites the object that has its key.",
    ExportTakenFirstOnly "export-taken-first-only" EXPORT_KEY_TAKEN "Of the keys of an export of several shards, only the first is looked at.",
    ExportTakenMessage "export-taken-message" EXPORT_KEY_TAKEN_MESSAGE "The message about a key that an object has has other words.",
    ExportUnreadableAccepted "export-unreadable-accepted" EXPORT_GRANT_READ "A bucket that does not grant READ is accepted.",
    ExportReadMessage "export-read-message" EXPORT_GRANT_READ_MESSAGE "The message about READ has other words.",
    ExportUnwritableAccepted "export-unwritable-accepted" EXPORT_GRANT_WRITE "A bucket that does not grant WRITE is accepted.",
    ExportWriteMessage "export-write-message" EXPORT_GRANT_WRITE_MESSAGE "The message about WRITE has other words.",
    ExportAcpAccepted "export-acp-accepted" EXPORT_GRANT_READ_ACP "A bucket that does not grant READ_ACP is accepted.",
    ExportAcpMessage "export-acp-message" EXPORT_GRANT_READ_ACP_MESSAGE "The message about READ_ACP has other words.",
    ExportRefusalCode "export-refusal-code" EXPORT_CODE "What is wrong with a bucket is refused with SnapshotNotFoundFault.",
    ExportSeveralFaultsCode "export-several-faults-code" EXPORT_FAULTS_ANY "Several things wrong with an export are refused with a fault of none of them.",
    ExportMalformedAccepted "export-malformed-accepted" EXPORT_BUCKET_MALFORMED "A TargetBucket that no bucket can be called is answered by 200.",
    ExportEncryptedAccepted "export-encrypted-accepted" EXPORT_ENCRYPTED "A snapshot that is encrypted with a customer's key can be exported.",
    ExportEncryptedMessage "export-encrypted-message" EXPORT_ENCRYPTED_MESSAGE "The message about a customer's key has other words.",
    ExportKeyGivenCode "export-key-given-code" EXPORT_KEY_GIVEN "An export with KmsKeyId is refused with SnapshotNotFoundFault.",
    ExportTagsCode "export-tags-code" EXPORT_TAGS "An export with tags is refused with InvalidSnapshotState.",
    ExportNameRules "export-name-rules" EXPORT_NAME_CHARACTERS "The rules for names within the service are applied to exports.",
    ExportLongRefused "export-long-refused" EXPORT_NAME_LENGTH "The name of an export with more than 255 characters is refused.",
    ExportTooLongCode "export-too-long-code" EXPORT_NAME_TOO_LONG "The name of an export with more than 1000 characters is refused with InvalidSnapshotState.",
    ExportOntoSourceRefused "export-onto-source-refused" EXPORT_NAME_IS_SOURCE "An export with the name of its source is refused.",
    ExportNameTakenCode "export-name-taken-code" EXPORT_NAME_TAKEN "An export with the name of another snapshot is refused with InvalidSnapshotState.",
    ExportRefusalWrites "export-refusal-writes" EXPORT_REFUSAL_NO_EFFECT "A refused export writes its object where there is none.",
    ExportRefusalOverwrites "export-refusal-overwrites" EXPORT_REFUSAL_NO_EFFECT "An export that is refused since its key is taken overwrites the object.",
    ExportRefusalRemoves "export-refusal-removes" EXPORT_REFUSAL_NO_EFFECT "An export that is refused since its key is taken removes the object.",
    ExportRefusalMakes "export-refusal-makes" EXPORT_REFUSAL_NO_EFFECT "A refused export makes a snapshot with its name.",
}
