use std::collections::BTreeSet;

use serde::Serialize;

use super::clause::ROUTED;
use super::matrix::named;
use super::summary::Summary;
use super::usage::Usage;
use super::words::{plural, spoken};
use super::workflow::Answer;

/// What every call relies on.
const ALWAYS: &[&str] =
    &["front.routed", "front.answers", "wire.well-formed", "wire.status.ok", "wire.result", "wire.namespace"];

/// What a call of an operation relies on whatever it asks.
const OPERATIONS: &[(&str, &[&str])] = &[
    ("CopySnapshot", &["front.supported"]),
    (
        "CreateSnapshot",
        &["front.supported", "create.succeeds", "create.reply.names-snapshot", "create.visible", "create.settles"],
    ),
    ("DescribeSnapshots", &["front.supported", "describe.succeeds", "describe.no-ghosts"]),
    ("DeleteSnapshot", &["front.supported", "delete.succeeds", "delete.gone"]),
    ("AddTagsToResource", &["tags.succeeds", "tags.add.full-set", "tags.add.overwrites", "tags.list"]),
    ("RemoveTagsFromResource", &["tags.succeeds", "tags.remove.rest"]),
    ("ListTagsForResource", &["tags.succeeds", "tags.list"]),
];

/// What a call with a parameter relies on besides.
const PARAMETERS: &[(&str, &str, &[&str])] = &[
    ("CopySnapshot", "Tags", &["copy.tags.given"]),
    ("CopySnapshot", "KmsKeyId", &["copy.key.given"]),
    ("CreateSnapshot", "ReplicationGroupId", &["create.reply.owner"]),
    ("CreateSnapshot", "CacheClusterId", &["create.reply.owner"]),
    ("CreateSnapshot", "Tags", &["create.tags.given"]),
    ("DescribeSnapshots", "SnapshotName", &["describe.by-name"]),
    ("DescribeSnapshots", "ReplicationGroupId", &["describe.group.filter"]),
    ("DescribeSnapshots", "CacheClusterId", &["describe.cluster.filter"]),
    ("DescribeSnapshots", "SnapshotSource", &["describe.source.user", "describe.source.system"]),
    ("DescribeSnapshots", "MaxRecords", &["describe.page.size"]),
    ("DescribeSnapshots", "Marker", &["describe.page.complete", "describe.page.last"]),
    ("DescribeSnapshots", "ShowNodeGroupConfig", &["describe.node-group-config"]),
    ("CreateCacheCluster", "SnapshotName", &["restore.succeeds"]),
];

/// What a copy relies on that stays within the service, and one that goes to a bucket.
const COPY: &[&str] =
    &["copy.succeeds", "copy.reply.names-target", "copy.visible", "copy.settles", "copy.reply.metadata"];
const EXPORT: &[&str] = &["export.succeeds", "export.written", "export.key", "export.object", "export.source.back"];
/// What a look without a name or filter relies on.
const LISTING: &[&str] = &["describe.list.complete", "describe.list.no-duplicates"];

/// What it means that an application met a fault: it knows what to do about it.
const FAULTS: &[(&str, &str, &[&str])] = &[
    ("CopySnapshot", "SnapshotAlreadyExists", &["copy.target.taken"]),
    ("CopySnapshot", "SnapshotNotFound", &["copy.source.unknown"]),
    ("CopySnapshot", "InvalidSnapshotState", &["copy.source.creating"]),
    ("CopySnapshot", "InvalidParameterValue", &["copy.blank", "copy.target.malformed"]),
    ("CopySnapshot", "TagQuotaPerResourceExceeded", &["copy.tags.quota"]),
    ("CreateSnapshot", "SnapshotAlreadyExists", &["create.name.taken"]),
    ("CreateSnapshot", "ReplicationGroupNotFound", &["create.group.unknown"]),
    ("CreateSnapshot", "CacheClusterNotFound", &["create.cluster.unknown"]),
    ("CreateSnapshot", "InvalidParameterValue", &["create.name.malformed"]),
    ("CreateSnapshot", "TagQuotaPerResourceExceeded", &["create.tags.quota"]),
    ("DeleteSnapshot", "SnapshotNotFound", &["delete.unknown"]),
    ("DescribeSnapshots", "SnapshotNotFound", &["describe.by-name.unknown"]),
    ("DescribeSnapshots", "InvalidParameterValue", &["describe.page.too-large", "describe.page.too-small"]),
    ("AddTagsToResource", "SnapshotNotFound", &["tags.unknown-snapshot"]),
    ("AddTagsToResource", "TagQuotaPerResourceExceeded", &["tags.add.quota"]),
    ("RemoveTagsFromResource", "SnapshotNotFound", &["tags.unknown-snapshot"]),
    ("ListTagsForResource", "SnapshotNotFound", &["tags.unknown-snapshot"]),
];
/// What whoever met a fault relies on besides.
const ANY_FAULT: &[&str] = &["wire.error.envelope", "wire.error.code", "wire.error.status"];

/// Whether a target does what an application relies on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Supports {
    /// Yes, no, or unknown.
    pub answer: Answer,
    /// The target.
    pub target: String,
    /// Why its run is incomplete; absent where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<String>,
    /// What the application uses.
    pub usage: Usage,
    /// The clauses that it relies on, what stands in the way first.
    pub clauses: Vec<Relied>,
}

/// A clause that an application relies on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Relied {
    /// The clause.
    pub clause: String,
    /// Whether the target can be relied on for it.
    pub answer: Answer,
    /// Its verdict in running text; `not judged` where the log does not have it.
    pub verdict: String,
    /// What it says.
    pub says: String,
    /// What was observed instead, or why nothing was; empty where it is kept.
    pub why: String,
}

/// Returns the clauses that somebody who uses the service so relies on.
fn relied(usage: &Usage) -> BTreeSet<&'static str> {
    let mut relied = BTreeSet::new();
    for (name, used) in &usage.operations {
        relied.extend(ALWAYS);
        relied.extend(OPERATIONS.iter().filter(|(known, _)| known == name).flat_map(|(_, clauses)| *clauses));
        for kind in &used.kinds {
            let own = PARAMETERS.iter().filter(|(known, given, _)| known == name && kind.contains(given));
            match *name {
                // What a key and tags are for an export no workflow is known to rely on.
                "CopySnapshot" if kind.contains("TargetBucket") => relied.extend(EXPORT),
                "CopySnapshot" => {
                    relied.extend(COPY);
                    relied.extend(own.flat_map(|(.., clauses)| *clauses));
                }
                _ => relied.extend(own.flat_map(|(.., clauses)| *clauses)),
            }
            let narrowed =
                ["SnapshotName", "ReplicationGroupId", "CacheClusterId"].iter().any(|given| kind.contains(given));
            if *name == "DescribeSnapshots" && !narrowed {
                relied.extend(LISTING);
            }
            let untagged = *name == "CopySnapshot" && !kind.contains("Tags") && !kind.contains("TargetBucket");
            if untagged && usage.operations.contains_key("ListTagsForResource") {
                relied.insert("copy.tags.inherited");
            }
        }
        for fault in &used.faults {
            relied.extend(ANY_FAULT);
            let bare = fault.strip_suffix("Fault").unwrap_or(fault);
            let known = FAULTS.iter().filter(|(known, code, _)| known == name && *code == bare);
            relied.extend(known.flat_map(|(.., clauses)| *clauses));
        }
    }
    relied
}

impl Supports {
    /// Returns whether the target of a run does what an application relies on.
    #[must_use]
    pub fn of(summary: &Summary, usage: Usage) -> Self {
        let mut clauses: Vec<Relied> = relied(&usage)
            .into_iter()
            .map(|id| {
                let result = summary.by_clause.iter().find(|result| result.id == id);
                let answer = Answer::of(result.map(|result| result.verdict));
                let observed = summary.findings_of(id).first().map(|finding| finding.observed.clone());
                let why = observed.or_else(|| result.map(|result| result.why.clone())).unwrap_or_default();
                Relied {
                    clause: id.to_owned(),
                    answer,
                    verdict: result.map_or_else(|| "not judged".to_owned(), |result| spoken(result.verdict)),
                    says: result.map(|result| result.says.clone()).unwrap_or_default(),
                    why: if answer == Answer::Yes { String::new() } else { why },
                }
            })
            .collect();
        // That no other service has an action of that name, which most targets can't show, is in nobody's way.
        clauses.retain(|relied| relied.clause != ROUTED || relied.answer == Answer::No);
        clauses.sort_by(|one, other| other.answer.cmp(&one.answer).then_with(|| one.clause.cmp(&other.clause)));
        let answer = clauses.iter().map(|relied| relied.answer).max().unwrap_or(Answer::Unknown);
        Self { answer, target: named(summary), incomplete: summary.incomplete.clone(), usage, clauses }
    }

    /// Returns the answer in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let count = |answer| self.clauses.iter().filter(|relied| relied.answer == answer).count();
        let (word, all) = (self.answer.word(), plural(self.clauses.len(), "clause"));
        if self.clauses.is_empty() {
            return format!("{word}: the application uses nothing that {} was judged by", self.target);
        }
        let (yes, no, open) = (count(Answer::Yes), count(Answer::No), count(Answer::Unknown));
        let target = &self.target;
        format!(
            "{word}: the application relies on {all}; of {target}, {yes} were seen kept, {no} were not, {open} are open"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::formats;
    use super::*;
    use crate::spec::Catalogue;

    fn usage(text: &str) -> Usage {
        Usage::parse(text.as_bytes()).unwrap_or_default()
    }

    #[test]
    fn what_is_relied_on_are_clauses_that_there_are() {
        let tables = OPERATIONS.iter().map(|(_, clauses)| *clauses);
        let tables = tables.chain(PARAMETERS.iter().chain(FAULTS).map(|(.., clauses)| *clauses));
        for id in tables.chain([ALWAYS, COPY, EXPORT, LISTING, ANY_FAULT]).flatten() {
            assert!(Catalogue::embedded().is_ok_and(|all| all.named(id).is_some()), "{id}");
        }
    }

    #[test]
    fn an_export_relies_on_other_clauses_than_a_copy() {
        let copies = usage("Action=CopySnapshot&Version=2015-02-02&SourceSnapshotName=a&TargetSnapshotName=b");
        assert!(relied(&copies).contains("copy.succeeds") && !relied(&copies).contains("export.succeeds"));
        let exports = usage("Action=CopySnapshot&Version=2015-02-02&SourceSnapshotName=a&TargetBucket=b");
        assert!(relied(&exports).contains("export.succeeds") && !relied(&exports).contains("copy.succeeds"));
    }

    #[test]
    fn the_answer_is_the_worst_of_the_clauses() {
        let failed = formats::failed();
        let copies = usage("Action=CopySnapshot&Version=2015-02-02&SourceSnapshotName=a&TargetSnapshotName=b");
        let said = Supports::of(&failed, copies);
        assert_eq!(said.answer, Answer::No);
        assert_eq!(said.clauses.first().map(|it| &*it.clause), Some("copy.reply.metadata"));
        let nothing = usage("Action=DescribeUsers&Version=2015-02-02");
        assert_eq!(Supports::of(&failed, nothing).answer, Answer::Unknown);
    }
}
