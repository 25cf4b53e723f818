"""The rules that can be broken, one at a time: name -> (what is broken, grade and fact)."""

BREAKS = {}
_active = None


def broken(name):
    """Is this the rule that is broken in this server?"""
    return _active == name


def activate(name):
    global _active
    if name not in BREAKS:
        raise SystemExit(f"no break is called {name!r}; --list-breaks names them")
    _active = name


def _group(fact, **rules):
    for name, what in rules.items():
        BREAKS[name.replace("_", "-")] = (what, fact)


# --- the wire ------------------------------------------------------------------------------------
_group("D §2 success envelope",
       wire_no_result_wrapper="replies lack the <...Result> element",
       wire_no_metadata="replies lack ResponseMetadata",
       wire_root_without_action="the root element of replies is <Response>")
_group("D §1.1 result wrapper and member Snapshot",
       wire_no_snapshot_element="a snapshot's members stand directly in the result, without <Snapshot>")
_group("D §1.1 XML namespace",
       wire_namespace="replies carry the namespace of another API version",
       wire_no_namespace="replies carry no namespace")
_group("O §2 success headers",
       wire_request_id_differs="x-amzn-RequestId is not the RequestId of the body",
       wire_no_request_id_header="x-amzn-RequestId is missing",
       wire_content_type="XML is labelled application/json")
_group("D §2 success: status 200",
       wire_success_202="replies come with status 202")
_group("D §2 SMITHY (XML)",
       wire_unescaped="& and < of values are not escaped",
       wire_escaped_twice="& and < of values are escaped twice")
_group("D §2 request: form encoding",
       wire_plus_kept="a + of the body is not read as a space",
       wire_latin1="the body is read as Latin-1")
_group("D §2 success envelope, XML", wire_declares_latin1="answers declare ISO 8859-1 and are UTF-8")
_group("D §2 GET with query string is legal",
       wire_get_refused="GET with a query string is answered with MissingAction",
       wire_get_latin1="a query string is read as Latin-1",
       wire_get_deletes_nothing="DeleteSnapshot by GET is answered as ever and deletes nothing",
       wire_get_bucket_ignored="CopySnapshot by GET makes a copy although TargetBucket is given",
       wire_get_key_ignored="CopySnapshot by GET does not encrypt with the key that is given",
       wire_get_split_late="a query string is decoded before it is split")
_group("D §1.2 Snapshots/Snapshot", wire_snapshots_member="listed snapshots are called <member>")
_group("D §1.2 TagList/Tag", wire_tags_member="listed tags are called <member>")
_group("D §1.1 NodeSnapshots/NodeSnapshot", wire_nodes_member="listed node snapshots are called <member>")
_group("D §2 response timestamps are ISO 8601",
       wire_time_epoch="timestamps are epoch seconds",
       wire_time_words="timestamps are in words (RFC 822)")
_group("D §2 booleans", wire_bool_capital="booleans are True and False")
_group("D §1.1 Port int", wire_port_text="Port is tcp/6379 instead of a number")
_group("D §1.1 SnapshotRetentionLimit int", wire_zero_empty="a SnapshotRetentionLimit of 0 is an empty element")

# --- faults --------------------------------------------------------------------------------------
_group("D §2 error envelope",
       error_envelope="errors come as <Response><Errors><Error> like EC2's",
       error_request_id_nested="the RequestId of an error stands in ResponseMetadata",
       error_no_request_id="errors have no RequestId",
       error_no_type="errors have no Type")
_group("D §1.1 senderFault", error_type_receiver="Type is Receiver for the caller's faults")
_group("D §1.1 HTTP column",
       error_status_200="errors come with status 200",
       error_status_500="errors come with status 500",
       error_not_found_400="SnapshotNotFoundFault comes with 400",
       error_taken_409="SnapshotAlreadyExistsFault comes with 409",
       error_state_409="InvalidSnapshotState comes with 409")
_group("D §10 trap: Fault suffix",
       error_code_not_found="the code is SnapshotNotFound, without Fault",
       error_code_taken="the code is SnapshotAlreadyExists, without Fault",
       error_code_state="the code is InvalidSnapshotStateFault, with Fault",
       error_code_cluster="the code is CacheClusterNotFoundFault, with Fault",
       error_code_group="the code is ReplicationGroupNotFound, without Fault",
       error_code_arn="the code is InvalidARNFault")
_group("D §1.1 wire codes",
       error_code_value="the code is InvalidParameterValueException",
       error_code_combination="the code is InvalidParameterCombinationException",
       error_code_tag_quota="the code is TagQuotaPerResourceExceededFault")
_group("O §2.1 required parameter absent or blank",
       error_missing_parameter="an absent or blank required parameter gives MissingParameter",
       error_validation="an absent or blank required parameter gives ValidationError")
_group("D (family) §2.2 InvalidAction",
       front_unknown_action_ok="an invented action is answered with an empty reply",
       front_unknown_action_code="an invented action gives InvalidParameterValue")

# --- names ---------------------------------------------------------------------------------------
_group("D MODEL, O C7N: names are lower-cased (§4, U12)",
       name_copy_reply_case="CopySnapshot's reply shows the target as it was given; it is kept in lower case",
       name_copy_case="a copy keeps the case of its target name",
       name_copy_case_long="names of more than 40 characters keep the case in which a copy was asked for",
       name_create_reply_case="CreateSnapshot's reply shows the name as it was given; it is kept in lower case",
       name_create_case="a created snapshot keeps the case of its name")
_group("O §4: 48 characters were accepted", name_limit_40="names of 41 characters and more are refused")
_group("D §4 printed rule for CreateSnapshot names", name_create_unchecked="CreateSnapshot takes any name")
_group("D §1.1 required",
       name_no_target="CopySnapshot without a target name succeeds under an invented one",
       name_no_source="CopySnapshot without a source copies any snapshot")

# --- CopySnapshot: refusals ----------------------------------------------------------------------
_group("D E1 target name taken",
       copy_taken_but_for_hyphens="a name counts as taken where one in use differs from it in hyphens alone",
       copy_taken_overwrites="a copy onto a taken name replaces what was there",
       copy_taken_ignored="a copy onto a taken name replies success and changes nothing",
       copy_taken_exact_case="the taken check compares the given case, then the name is lower-cased and overwritten",
       copy_taken_created_exact_case="the same where a created snapshot has the name",
       copy_taken_only_available="a name whose owner is not yet available can be taken again",
       copy_taken_only_copies="only names of copies count as taken; a created snapshot is overwritten",
       copy_taken_race="two overlapping copies onto one name both succeed",
       copy_taken_wrong_fault="a taken target gives InvalidParameterValue")
_group("D E2 source absent",
       copy_no_source_ok="copying an unknown source succeeds",
       copy_no_source_wrong_fault="an unknown source gives InvalidParameterValue",
       copy_no_source_keyed_fault="an unknown source gives InvalidParameterValue where KmsKeyId is given",
       copy_deleted_source_ok="a source deleted long ago can still be copied",
       copy_remembers_sources="a deleted source can still be copied if it was copied before")
_group("D E3 source not copyable",
       copy_creating_source_ok="a source that is still creating can be copied",
       copy_creating_source_missing="a source that is still creating gives SnapshotNotFoundFault",
       copy_deleting_source_ok="a source that is being deleted can be copied")
_group("D E1, E2, E3: a refused copy makes nothing",
       refused_no_source_leaves="a copy refused for its source leaves a snapshot behind",
       refused_state_leaves="a copy refused for its source's state leaves a snapshot behind",
       refused_taken_retags="a copy refused for its taken target gives the owner of the name its tags",
       refused_taken_restarts="a copy refused for its taken target sends the owner of the name back to creating")
_group("D §5 all or nothing",
       refused_tag_quota_leaves="a copy refused for too many tags leaves an untagged snapshot behind",
       refused_tag_leaves="a copy refused for a bad tag leaves an untagged snapshot behind",
       refused_add_keeps_some="AddTagsToResource refused for too many tags still adds what fits")
_group("D §1.1 TargetBucket: empty = absent",
       copy_empty_bucket_exports="an empty TargetBucket is looked up and not found")

# --- CopySnapshot: effects -----------------------------------------------------------------------
_group("D S1 status creating; U4",
       copy_reply_available="CopySnapshot's reply already says available",
       copy_reply_source="CopySnapshot's reply describes the source",
       copy_reply_no_name="CopySnapshot's reply has an empty SnapshotName",
       copy_nothing="CopySnapshot replies success and makes nothing")
_group("D S1 SnapshotSource manual",
       copy_source_automated="a copy says SnapshotSource automated",
       copy_source_copied="a copy says SnapshotSource copied",
       copy_source_user="a copy says SnapshotSource user")
_group("D S2, §3 status values",
       copy_never_settles="a copy stays creating for ever",
       copy_back_to_creating="a copy that was available goes back to creating",
       status_word="an available snapshot says complete")
_group("D S1: a name that is free", copy_back_refused="a copy onto the name that its source was copied from is refused")
_group("D S1: the source is kept",
       copy_moves="the source is gone once it has been copied",
       copy_source_stays_copying="a source stays copying for ever after a copy")
_group("D S1: the copy is a snapshot of its own",
       copy_dies_with_source="a copy disappears when its source is deleted",
       copy_takes_source_along="the source disappears when its copy is deleted")
_group("D §4 ARN",
       arn_of_source="a copy shows the ARN of its source",
       arn_account="ARNs carry account 000000000000",
       arn_region="ARNs carry region us-west-1 everywhere",
       arn_type="ARNs end in backup:<name>")
_group("D S4 KMS",
       kms_not_inherited="a copy without KmsKeyId loses its source's key",
       kms_lost_in_chain="a copy of a copy of a copy loses its source's key",
       kms_lost_on_reuse="a copy under a name that was used before loses its key",
       kms_lost_in_other_case="a copy loses its source's key where the source's name was given in another case",
       kms_ignored="a copy with KmsKeyId keeps its source's key",
       kms_changes_source="a copy with KmsKeyId changes its source's key too")

# Members of a copy that can come out differently from its source's, and members that it can lack.
CHANGED = {
    "Engine": "memcached", "EngineVersion": "9.9.9", "CacheNodeType": "cache.r7g.16xlarge",
    "NumCacheNodes": "7", "NumNodeGroups": "9", "Port": "6380", "CacheClusterId": "somebody-else",
    "ReplicationGroupId": "somebody-else", "ReplicationGroupDescription": "changed",
    "SnapshotWindow": "01:00-02:00", "SnapshotRetentionLimit": "3", "VpcId": "vpc-99999999",
    "CacheParameterGroupName": "changed", "CacheSubnetGroupName": "changed",
    "PreferredMaintenanceWindow": "sun:01:00-sun:02:00", "AutomaticFailover": "enabling",
}
LOST = ("Engine", "EngineVersion", "CacheNodeType", "NumCacheNodes", "Port", "ReplicationGroupId", "CacheClusterId",
        "SnapshotWindow", "SnapshotSource")
for _member in CHANGED:
    BREAKS[f"copy-changes-{_member}"] = (f"a copy shows another {_member} than its source", "D §3 EX: metadata inherited")
for _member in LOST:
    BREAKS[f"copy-loses-{_member}"] = (f"a copy lacks {_member}, which its source shows", "D §3 EX: metadata inherited")
_group("D §3 EX: metadata inherited",
       copy_shows_defaults="a copy shows the Port and the windows that a cluster has for which none were asked for")
_group("D §3 EX: NodeSnapshots inherited",
       copy_changes_CacheSize="a copy's nodes show another CacheSize",
       copy_changes_SnapshotCreateTime="a copy's nodes show another SnapshotCreateTime",
       copy_changes_CacheClusterCreateTime="a copy shows another CacheClusterCreateTime",
       copy_loses_NodeSnapshots="a copy has no NodeSnapshots",
       copy_loses_shard="a copy lacks the last of its source's shards")

# --- tags ----------------------------------------------------------------------------------------
_group("D §5, S3: request's tags only, else the source's",
       tags_not_inherited="a copy without Tags has none",
       tags_merged="a copy with Tags has its source's as well",
       tags_merged_with_key="a copy with Tags and a KmsKeyId has its source's as well",
       tags_of_refused_kept="the tags of a copy that was refused are given to the next of its name without Tags",
       tags_given_ignored="a copy with Tags has its source's instead",
       tags_with_owners="a copy without Tags has its source's and those of the cluster or group that this was taken of",
       tags_last_lost="a copy lacks the last of its source's tags",
       tags_given_last_lost="a copy lacks the last of the request's tags",
       tags_lost_on_reuse="a copy under a name that was used before has no tags of its source",
       tags_values_dropped="inherited tags lose their values",
       tags_aliased="a copy shares its source's tags for good: a change of one changes both",
       tags_moved="the source loses its tags to the copy",
       tags_given_to_source="the request's tags land on the source too")
_group("D, O §5: CreateSnapshot inherits",
       tags_create_not_inherited="CreateSnapshot without Tags makes a snapshot without tags",
       tags_create_merged="CreateSnapshot with Tags adds them to its cluster's",
       tags_create_aliased="a snapshot without Tags shares its cluster's for good: a change of the one changes both",
       tags_create_born="CreateSnapshot without Tags takes those that the cluster was made with, not those that it has",
       tags_create_ignored="CreateSnapshot ignores Tags")
_group("D §5 at most 50 tags",
       tags_limit_49="50 tags are refused",
       tags_limit_51="51 tags are accepted",
       tags_limit_100="up to 100 tags are accepted",
       tags_limit_none="any number of tags is accepted",
       tags_add_limit_request="AddTagsToResource counts only the request's tags",
       tags_add_limit_sum="AddTagsToResource counts overwritten keys twice")
_group("D §5 tag keys are case-sensitive",
       tags_fold_case="tag keys are compared without regard to case",
       tags_lower_case="tag keys are kept in lower case",
       tags_remove_fold_case="RemoveTagsFromResource takes keys of any case")
_group("D §5 key 1-128, value 0-256",
       tags_key_128_refused="a key of 128 characters is refused",
       tags_value_256_refused="a value of 256 characters is refused",
       tags_no_value_refused="a tag without Value is refused",
       tags_no_value_shifts="after a tag without Value each has the next one's",
       tags_long_key_accepted="a key of 129 characters is accepted",
       tags_long_value_accepted="a value of 257 characters is accepted",
       tags_long_value_cut="values are cut to 100 characters",
       tags_empty_key_accepted="an empty key is accepted")
_group("D §5 aws: is reserved", tags_aws_accepted="a key aws:... is accepted")
_group("D §1.2 AddTagsToResource",
       tags_add_reply_new="AddTagsToResource replies the added tags only",
       tags_add_nothing="AddTagsToResource replies the full set but keeps the old one",
       tags_add_keeps_value="AddTagsToResource does not overwrite",
       tags_add_replaces="AddTagsToResource drops the tags that it does not name",
       tags_add_first_only="AddTagsToResource adds the first tag only",
       tags_add_twelve="AddTagsToResource adds the first twelve tags only")
_group("D §1.2 RemoveTagsFromResource",
       tags_remove_all="RemoveTagsFromResource removes every tag",
       tags_remove_nothing="RemoveTagsFromResource removes nothing",
       tags_remove_prefix="RemoveTagsFromResource removes every key that begins with a named one",
       tags_remove_first_only="RemoveTagsFromResource removes the first named key only",
       tags_remove_value="RemoveTagsFromResource empties the value and keeps the key",
       tags_remove_shows_old="the reply to RemoveTagsFromResource lists the tags as they were before")
_group("D §5 deleting a snapshot deletes its tags",
       tags_survive_reuse="a re-used name has the old snapshot's tags again")
_group("D §10 SnapshotNotFoundFault",
       tags_unknown_remembered="a snapshot stays unknown to tag operations if one asked for it before it was made",
       tags_cleared_by_beginning="a deletion clears the tags of snapshots whose names begin with the deleted one's",
       tags_list_deleted="ListTagsForResource of a deleted snapshot still answers",
       tags_list_unknown_ok="ListTagsForResource of an unknown ARN replies an empty list",
       tags_add_unknown_ok="AddTagsToResource on an unknown ARN succeeds",
       tags_remove_unknown_ok="RemoveTagsFromResource on an unknown ARN succeeds",
       tags_unknown_wrong_fault="a tag operation on an unknown snapshot gives CacheClusterNotFound")
_group("D §4 ARN", tags_kind_ignored="what is asked of a cluster or group is done to the snapshot that has its name")
_group("D §1.2 InvalidARN", tags_bad_arn_ok="a tag operation on a malformed ARN succeeds")

# --- CreateSnapshot ------------------------------------------------------------------------------
_group("D §1.2 CreateSnapshot errors",
       create_no_cluster_ok="CreateSnapshot of an unknown cluster succeeds",
       create_no_group_ok="CreateSnapshot of an unknown replication group succeeds",
       create_no_cluster_fault="CreateSnapshot of an unknown cluster gives ReplicationGroupNotFoundFault",
       create_no_group_fault="CreateSnapshot of an unknown replication group gives CacheClusterNotFound",
       create_no_cluster_400="CacheClusterNotFound comes with 400",
       create_taken_overwrites="CreateSnapshot onto a taken name replaces what was there",
       create_taken_wrong_fault="CreateSnapshot onto a taken name gives InvalidSnapshotState",
       create_memcached_ok="CreateSnapshot of a memcached cluster succeeds")
_group("D §3 CreateSnapshot reply", create_reply_available="CreateSnapshot's reply already says available")
_group("D §3 SnapshotSource", create_source_automated="a created snapshot says SnapshotSource automated")
_group("O §3 group snapshots",
       create_group_as_cluster="a group's snapshot shows CacheClusterId and NumCacheNodes at the top",
       create_two_shards="a group's snapshot has two NodeSnapshots at most",
       create_one_shard="a group's snapshot has one NodeSnapshot whatever the number of shards",
       create_shards_alike="the NodeSnapshots of a group's snapshot all have the NodeGroupId 0001")
_group("D §1.2 Snapshot members",
       create_wrong_cluster="a cluster's snapshot names another cluster",
       create_default_type="a created snapshot shows the node type cache.m3.large, whatever its cluster's",
       create_default_port="a created snapshot shows the port 6379, whatever its cluster's",
       create_valkey_as_redis="a snapshot of a Valkey group shows the engine redis",
       create_saved_1970="a created snapshot was saved in 1970",
       create_never_settles="a created snapshot stays creating for ever")

# --- DeleteSnapshot ------------------------------------------------------------------------------
_group("D §3 DeleteSnapshot reply",
       delete_reply_available="DeleteSnapshot's reply says available",
       delete_reply_deleted="DeleteSnapshot's reply says deleted",
       delete_reply_empty="DeleteSnapshot's reply has no Snapshot")
_group("D §3 deletion starts at once and cannot be cancelled",
       delete_no_effect="DeleteSnapshot replies deleting and does nothing",
       delete_recovers="a snapshot that is deleting becomes available again",
       delete_lingers="a deleted snapshot says deleting for ever",
       delete_lingers_in_lists="a deleted snapshot stays in lists for ever",
       delete_lingers_by_name="a deleted snapshot stays visible by name for ever")
_group("D §1.2 SnapshotNotFoundFault",
       delete_unknown_ok="DeleteSnapshot of an unknown name succeeds",
       delete_unknown_wrong_fault="DeleteSnapshot of an unknown name gives InvalidSnapshotState")
_group("D §1.2 DeleteSnapshot deletes the named one",
       delete_prefix="DeleteSnapshot also removes names that begin with the given one",
       delete_siblings="DeleteSnapshot also removes the cluster's other snapshots")
_group("D §1.2 filters hold on every page and together, and a list has all that they let through",
       describe_group_first_page="the filter by group holds on the first page alone",
       describe_cluster_first_page="the filter by cluster holds on the first page alone",
       describe_cluster_or_source="the filter by cluster is ignored beside SnapshotSource",
       describe_cluster_hides_generations="copies of copies are left out where a cluster's are asked for",
       describe_owner_hides_automatic="lists by cluster or group leave out automatic snapshots",
       describe_list_hides_tagged="snapshots with ten tags or more are left out of lists",
       describe_list_ends="a list ends after a hundred snapshots")
_group("D §5 what is refused changes nothing, and given tags are a copy's own",
       refused_add_overwrites="tags refused for their number overwrite those of the same keys",
       refused_create_keys="a snapshot refused for a taken name gives its key to the one that has it",
       tags_copy_shared_key="where a copy is given a tag of a key that its source has, it has the source's value")
_group("D §1.1 a snapshot tells what was saved",
       restore_renames_cluster="a cluster that is made of a cluster's snapshot stands in it as the one that was saved")
_group("D §2 SMITHY (form)",
       front_needs_charset="a form that names no charset is refused",
       front_body_8k="what comes after 8 KiB of a form is not read")
_group("D UG23 manual snapshots never expire, and a deletion is of the snapshot that has the name then",
       late_copy_expires="a copy is gone two seconds after it was made",
       late_create_expires="a snapshot of an owner is gone two seconds after it was made",
       late_copy_again="a copy is creating again two seconds after it was made",
       late_tags_expire="the tags of a copy are gone two seconds after it was made",
       late_deletion="two seconds after a deletion whatever has the name is gone",
       late_return="two seconds after its deletion a snapshot is there again")
_group("D §1.1 unique: a name that is gone is free",
       delete_name_burnt="the name of a deleted snapshot can never be copied onto again",
       delete_name_burnt_create="the name of a deleted snapshot can never be created again")
_group("D §3 DeleteSnapshot works on manual backups",
       delete_source_refused="a snapshot that was ever copied can't be deleted",
       delete_copy_refused="a copy can't be deleted")
_group("D §3 manual backups survive",
       copy_of_lone_orphan_refused="a snapshot of a cluster that is gone can't be copied",
       delete_cluster_takes_manual="deleting a cluster or group deletes its manual snapshots too")
_group("D §3 automatic backups are deleted",
       delete_cluster_keeps_automatic="deleting a cluster or group keeps its automatic snapshots")
_group("D §1.2 FinalSnapshotIdentifier", final_snapshot_ignored="FinalSnapshotIdentifier is ignored")
_group("O §7 SnapshotAlreadyExistsFault", final_snapshot_overwrites="a taken FinalSnapshotIdentifier is overwritten")

# --- DescribeSnapshots ---------------------------------------------------------------------------
_group("D §1.2 DescribeSnapshots filters",
       describe_name_ignored="SnapshotName is ignored",
       describe_name_prefix="SnapshotName matches every name that begins with it",
       describe_name_pattern="SnapshotName is a pattern: % and * stand for anything",
       describe_name_filtered="SnapshotName with SnapshotSource shows nothing, whether they fit or not",
       describe_unknown_lists_all="an unknown SnapshotName lists everything",
       describe_unknown_invents="an unknown SnapshotName is answered with an invented snapshot",
       describe_cluster_ignored="CacheClusterId is ignored",
       describe_cluster_prefix="CacheClusterId matches every cluster whose id begins with it",
       describe_cluster_excludes_name="SnapshotName with the CacheClusterId of its cluster shows nothing",
       describe_group_ignored="ReplicationGroupId is ignored",
       describe_source_ignored="SnapshotSource is ignored",
       describe_system_shows_manual="SnapshotSource=system shows manual snapshots",
       describe_user_shows_none="SnapshotSource=user shows nothing",
       describe_user_hides_copies="SnapshotSource=user hides copies",
       describe_user_hides_keyed="SnapshotSource=user hides snapshots with a customer's key",
       describe_cluster_hides_copies="CacheClusterId and ReplicationGroupId hide copies",
       describe_list_hides_capitals="lists leave out copies whose name was asked for in upper case",
       describe_list_hides_long="lists leave out snapshots whose name has more than 40 characters",
       describe_list_hides_copies="lists without SnapshotName hide copies",
       describe_list_twice="lists show every copy twice")
_group("D §1.2 Marker and MaxRecords",
       page_size_ignored="MaxRecords is ignored: pages of 50",
       page_size_one_more="pages are one longer than MaxRecords",
       page_skips_one="the next page skips a record",
       page_repeats_one="the next page repeats a record",
       page_marker_ignored="Marker is ignored",
       page_no_marker="no page has a Marker",
       page_one_left="a list that is longer than its page by one ends with it",
       page_marker_refused="no Marker is taken",
       page_default_20="a page without MaxRecords has 20 records",
       page_default_none="a list without MaxRecords is never cut")
_group("O §3, D EX: no Marker on the last page", page_marker_last="the last page has a Marker")
_group("O §2.1 page size above 50", page_51_accepted="MaxRecords above 50 is accepted",
       page_101_accepted="MaxRecords above 100 counts as 50")
_group("D §1.2 MaxRecords 20..50", page_19_accepted="MaxRecords below 20 is accepted",
       page_20_refused="MaxRecords=20 is refused", page_50_refused="MaxRecords=50 is refused")
_group("D, O §3 ShowNodeGroupConfig",
       node_config_of_first="every shard has the NodeGroupConfiguration of the first",
       node_config_always="NodeGroupConfiguration is always shown",
       node_config_never="NodeGroupConfiguration is never shown")
_group("D §4 ARN: a snapshot belongs to an account and a region",
       regions_shared="all regions share their snapshots",
       accounts_shared="all accounts share their snapshots")

# --- exports -------------------------------------------------------------------------------------
_group("D S5: objects <target>-NNNN.rdb appear, one a shard",
       export_nothing="an export replies success and writes nothing",
       export_as_copy="TargetBucket is ignored: an ordinary copy is made",
       export_one_object="an export of several shards writes one object",
       export_two_objects="an export of several shards writes two objects at most",
       export_keys_from_zero="the numbers of objects begin with 0000",
       export_key_raised="the name in keys of exports is in upper case where it has a capital",
       export_keys_three_digits="the numbers of objects have three digits",
       export_keys_no_number="the object has no number",
       export_keys_no_ending="the objects lack .rdb",
       export_keys_source_name="the objects are named after the source",
       export_empty_objects="the objects are empty",
       export_other_format="the objects are JSON",
       export_reply_no_snapshot="an export's reply has no Snapshot",
       export_reply_status="an export's reply has the status complete")
_group("D §4 export target names: 1-1000 characters, any; unique in the bucket only",
       export_name_identifier="an export's target has to be an identifier",
       export_name_255="an export's target of more than 255 characters is refused",
       export_name_1001_ok="an export's target of more than 1000 characters is accepted",
       export_same_name_refused="an export to the source's own name is refused")
_group("D E8 text 1", export_region_ok="an export to a bucket of another region succeeds")
_group("D E9 text 2",
       export_no_bucket_ok="an export to a bucket that does not exist succeeds",
       export_text_no_bucket="text 2 does not name the bucket")
_group("D E10 text 3", export_foreign_ok="an export to another account's bucket succeeds")
_group("D E11 text 4", export_denied_ok="an export succeeds although the bucket's policy denies the caller everything")
_group("D E12 text 5",
       export_taken_overwrites="an export onto a key in use overwrites the object",
       export_taken_in_folders="an export takes no key with a slash in it for taken",
       export_taken_of_twenty="an export looks among the first 20 objects of a bucket only",
       export_taken_first_only="an export looks only whether its first key is in use",
       export_taken_any_case="an export takes a key for its own that differs in case",
       export_text_no_key="text 5 does not name the key")
_group("D E13-15 texts 6-8",
       export_read_unchecked="an export needs no READ",
       export_write_unchecked="an export needs no WRITE",
       export_shards_need_no_write="an export of several shards needs no WRITE",
       export_read_acp_unchecked="an export needs no READ_ACP",
       export_text_permission="texts 6-8 name another permission than the one that is missing")
_group("D §6 both ways to grant",
       export_acl_ignored="grants by ACL do not count",
       export_policy_ignored="grants by policy do not count",
       export_acl_of_anybody="grants by ACL count whomever they are for",
       export_policy_of_anywhere="grants by policy count for whichever region's ElastiCache they are")
_group("D §6 message templates", export_text_other="refused exports have a text of their own")
_group("I U20: codes of texts 1-9", export_code_of_s3="bucket faults have S3's codes and statuses")
_group("O, D E17 customer keys and exports",
       export_key_of_source_ok="an export of a snapshot with a customer's key succeeds",
       export_key_given_ok="an export with KmsKeyId succeeds",
       export_key_code="the sentence about keys comes with InvalidParameterValue",
       export_key_text="a refusal for the source's key has another text")
_group("D E18 data tiering", export_tiering_ok="an export of a snapshot with data tiering succeeds")
_group("D E2, E3 of exports",
       export_no_source_ok="an export of an unknown source succeeds",
       export_creating_source_ok="an export of a source that is still creating succeeds")
_group("D E8-E18: a refused export makes nothing",
       export_refused_writes="a refused export writes its objects",
       export_refused_reserves="the keys of a refused export stay reserved",
       export_refused_snapshot="a refused export leaves a snapshot",
       export_refused_busies_source="a refused export leaves its source exporting for ever")
_group("D S5, U18: no snapshot stays", export_leaves_snapshot="an export leaves a snapshot of its target's name")
_group("D S5: the source is kept",
       export_moves="the source is gone once it has been exported",
       export_moves_copies="the source is gone once it has been exported, if it is a copy of a copy",
       export_source_stays_exporting="a source stays exporting for ever")

# --- keys, data tiering, shards, restores, automatic backups -------------------------------------------
_group("D §5 CMK for a manual backup", create_key_ignored="CreateSnapshot ignores KmsKeyId")
_group("I U24", kms_bad_ok="a KmsKeyId of no known form is accepted and the copy becomes available")
_group("D §5 restore only to r6gd", restore_tiering_ok="a snapshot with data tiering is restored to other nodes")
_group("D §3 EX: NodeSnapshots inherited",
       copy_changes_CacheNodeCreateTime="a copy's nodes show another CacheNodeCreateTime",
       copy_changes_NodeGroupId="a copy's shards show another NodeGroupId",
       copy_changes_shard_CacheClusterId="a copy's shards show another CacheClusterId",
       copy_changes_Slots="a copy's shards show other Slots",
       copy_changes_ReplicaCount="a copy's shards show another ReplicaCount")
_group("D MODEL CreateCacheCluster.SnapshotName",
       restore_unknown_ok="a cluster is made from a snapshot that does not exist",
       restore_copy_refused="a copy can't be restored",
       restore_not_shown="a snapshot that is restored from does not say restoring",
       restore_never_ends="a snapshot that was restored from stays restoring for ever",
       restore_takes_snapshot="a snapshot is gone once it has been restored from")
_group("O- §3 delete from available and failed only", delete_restoring_ok="a snapshot that is restored from can be deleted")
_group("D UG23: a copy of an automatic backup is manual",
       copy_automatic_stays_automated="a copy of an automatic backup says automated",
       copy_automatic_refused="an automatic backup can't be copied",
       delete_cluster_takes_copies="deleting a cluster deletes the copies of its automatic backups")
_group("D §3 DeleteSnapshot works on automatic backups", delete_automatic_refused="an automatic backup can't be deleted")
_group("D §1.2 SnapshotSource=system", describe_system_shows_none="SnapshotSource=system shows nothing")
_group("D §1.2 memcached", final_memcached_ok="a memcached cluster's final snapshot is accepted")
_group("D S2", copy_always_fails="every copy ends as failed")
_group("O- §3 delete from failed, with --fail-copies", delete_failed_refused="a failed snapshot can't be deleted")

# --- accounts and regions ------------------------------------------------------------------------
_group("D §4 ARN: <region>:<acct>",
       arn_home_account="ARNs carry the home account for every account",
       arn_home_region="ARNs carry the home region in every region")
_group("I U41 sources of elsewhere",
       source_of_other_region="CopySnapshot finds sources of other regions",
       source_of_other_account="CopySnapshot finds sources of other accounts",
       source_arn_ok="CopySnapshot takes an ARN for its source")

# --- the front door; sign-... verify signatures as --verify does ---------------------------------------
_group("D (family) §2.2 MissingAction", front_no_action_code="a request without Action gives InvalidParameterValue")
_group("O LS §2.1: a request without Version is answered", front_no_version_refused="a request without Version is refused")
_group("I §2 unknown parameters are ignored", front_unknown_parameter_refused="a parameter called Unknown... is refused")
_group("D (family) §2.2 MissingAuthenticationToken", sign_unsigned_ok="a request without signature is answered")
_group("D (family) §2.2 InvalidClientTokenId", sign_unknown_key_ok="a request with an unknown access key is answered")
_group("I §2.2 SignatureDoesNotMatch", sign_wrong_ok="a request with a wrong signature is answered")
_group("D (family) §2.2 RequestExpired", sign_expired_ok="a request of an hour ago is answered")

# --- what only overlapping calls show ------------------------------------------------------------------
_group("D E1 target name taken, overlapping",
       race_create_taken="two overlapping creations of one name both succeed",
       race_refused_undoes="a copy refused for a name that was taken meanwhile deletes that snapshot")
_group("D S2 the copy is there, overlapping",
       race_copies_lost="of two overlapping copies to different names one is lost",
       race_source_deleted="a copy whose source is deleted meanwhile replies success and makes nothing")
_group("D S1 the reply is the target, overlapping",
       race_replies_swapped="overlapping copies get the reply of the last")
_group("O- §3 delete of a deleting snapshot", race_delete_twice="two overlapping deletes of one snapshot both succeed")
_group("D §1.2 TagList is the full set after the change, overlapping",
       race_add_lost="AddTagsToResource undoes the tag changes that overlap it",
       race_remove_lost="RemoveTagsFromResource undoes the tag changes that overlap it",
       race_add_revives="AddTagsToResource brings back a snapshot that is deleted meanwhile",
       race_list_torn="ListTagsForResource shows half of the tags before a change and half after")
_group("D §5 at most 50 tags, overlapping",
       race_tag_limit="overlapping AddTagsToResource together exceed 50 tags")
_group("D S3 the source's tags, overlapping",
       race_inherits_torn="a copy inherits half of the tags before a change and half after")
_group("D E12 unique in the bucket, overlapping", race_export_key="two overlapping exports to one key both succeed")
_group("D S5 objects appear, overlapping", race_export_lost="of two overlapping exports to one bucket one writes nothing")

# The options without which a break can't show itself, and which it brings along.
NEEDS = {name: {"verify": "test"} for name in BREAKS if name.startswith("sign-")} | {
    "delete-failed-refused": {"fail_copies": 0.3}} | dict.fromkeys(
    ("copy-automatic-stays-automated", "copy-automatic-refused", "delete-cluster-takes-copies", "delete-automatic-refused",
     "describe-system-shows-none", "delete-cluster-keeps-automatic"), {"automatic": True})
