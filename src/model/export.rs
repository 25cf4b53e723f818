use std::sync::Arc;

use super::copy::{COPY, broken_tags, key_rules, required, source_rules, spelling, subject};
use super::name::LONGEST_SEEN;
use super::prediction::Outcomes;
use super::tag::new_keys;
use super::{
    Allowed, BucketFacts, BucketSeen, CallerMay, MOST_TAGS, NameClass, Phases, Prediction, Template, View, Wording,
    export_key, is_bucket_name, rules,
};
use crate::service::{CopySnapshot, Dress, FaultCode, Member, Permissions, TagArg, Text, canonical, text};
use crate::spec::{ClauseId, id};

/// The longest name of an export. Source: user guide, "Exporting a backup".
const LONGEST: usize = 1000;
/// The most shards that a group can have, where that is asked for. Source: user guide, "Working with shards".
const MOST_SHARDS: usize = 500;

const ELSEWHERE: Template =
    Template { clause: id::EXPORT_BUCKET_REGION_MESSAGE, text: "The S3 bucket %s is outside of the region." };
const MISSING: Template =
    Template { clause: id::EXPORT_BUCKET_MISSING_MESSAGE, text: "The S3 bucket %s does not exist." };
const FOREIGN: Template = Template {
    clause: id::EXPORT_BUCKET_OWNER_MESSAGE,
    text: "The S3 bucket %s is not owned by the authenticated user.",
};
const NOT_PERMITTED: Template = Template {
    clause: id::EXPORT_PERMISSION_MESSAGE,
    text: "The authenticated user does not have sufficient permissions to perform the desired activity.",
};
const TAKEN: Template =
    Template { clause: id::EXPORT_KEY_TAKEN_MESSAGE, text: "The S3 bucket %s already contains an object with key %s." };
const NOT_READABLE: Template = Template {
    clause: id::EXPORT_GRANT_READ_MESSAGE,
    text: "ElastiCache has not been granted READ permissions %s on the S3 Bucket.",
};
const NOT_WRITABLE: Template = Template {
    clause: id::EXPORT_GRANT_WRITE_MESSAGE,
    text: "ElastiCache has not been granted WRITE permissions %s on the S3 Bucket.",
};
const ACP_NOT_READABLE: Template = Template {
    clause: id::EXPORT_GRANT_READ_ACP_MESSAGE,
    text: "ElastiCache has not been granted READ_ACP permissions %s on the S3 Bucket.",
};
const NOT_LISTED: Template = Template {
    clause: id::EXPORT_LISTING_MESSAGE,
    text: "Elasticache was unable to validate the authenticated user has access on the S3 bucket",
};
const ENCRYPTED: Template = Template {
    clause: id::EXPORT_ENCRYPTED_MESSAGE,
    text: "AWS Key Management Service Customer Managed CMK cannot be used for encrypting exported snapshots in S3. \
           Please encrypt the exported snapshot file in S3 if necessary.",
};

/// Tells whether the text of a refusal says that a bucket is not there, holds the key, or does not grant what an export takes.
pub(crate) fn is_for_a_bucket(message: &str) -> bool {
    [&MISSING, &TAKEN, &NOT_PERMITTED, &NOT_READABLE, &NOT_WRITABLE, &ACP_NOT_READABLE, &NOT_LISTED]
        .into_iter()
        .any(|template| Wording::Free(template).is_said_by(message))
}

/// The outcomes of CopySnapshot with a `TargetBucket`.
pub(super) fn predict<'c>(view: &impl View, call: &'c CopySnapshot, bucket: &Text, dress: &Dress) -> Prediction<'c> {
    let source = subject(call.source.as_ref());
    let target = subject(call.target.as_ref());
    let phases = [&source, &target].map(|name| name.as_ref().map_or(Phases::ALL, |name| view.phases(name)));
    let mut outcomes = Outcomes::new(phases);
    let mut success = Allowed::reply(id::EXPORT_SUCCEEDS);

    if let Some((given, class)) = required(&mut outcomes, call.source.as_ref(), &COPY) {
        source_rules(&mut outcomes, &mut success, given, class, source.as_deref() == Some(given));
    }
    if let Some((given, class)) = required(&mut outcomes, call.target.as_ref(), &COPY) {
        let is_lower = call.source.as_ref() == source.as_deref() && call.target.as_ref() == target.as_deref();
        name_rules(&mut outcomes, &mut success, given, class, (source.is_some() && source == target, is_lower));
    }
    if is_bucket_name(bucket) {
        match view.bucket(bucket) {
            BucketSeen::Unknown => return Prediction::open(),
            BucketSeen::Missing => refuse(&mut outcomes, id::EXPORT_BUCKET_MISSING, Some(named(&MISSING, bucket))),
            BucketSeen::There(facts) => {
                place_rules(&mut outcomes, bucket, &facts);
                grant_rules(&mut outcomes, &mut success, &facts);
                if let Some(target) = call.target.as_ref() {
                    let shards = match source.as_ref() {
                        Some(source) if view.phases(source) != Phases::ABSENT => view.shards(source),
                        _ => Some(1),
                    };
                    taken_rules(&mut outcomes, view, bucket, target, shards);
                }
            }
        }
    } else {
        refuse(&mut outcomes, id::EXPORT_BUCKET_MALFORMED, None);
    }
    let kept = source.as_deref().map(AsRef::as_ref);
    encryption_rules(&mut outcomes, &mut success, view, kept, call.kms_key.as_ref());
    match source.as_ref().and_then(|source| view.shows(source, Member::DataTiering)) {
        Some("enabled") => refuse(&mut outcomes, id::EXPORT_DATA_TIERING, None),
        // It need not be shown.
        None if view.may_tier() => {
            for code in [FaultCode::InvalidParameterValue, FaultCode::InvalidParameterCombination] {
                outcomes.push(Allowed::fault(code, id::EXPORT_DATA_TIERING).also(id::EXPORT_CODE).alternative());
            }
        }
        _ => {}
    }
    tag_rules(&mut outcomes, &mut success, call.tags.as_deref());
    spelling(&mut outcomes, &mut success, dress, &call.tags);
    if view.quota_may_answer() {
        outcomes.push(Allowed::fault(FaultCode::SnapshotQuotaExceeded, id::COPY_QUOTA).alternative());
    }
    super::copy::finish(outcomes, success, [source, target], id::EXPORT_FAULTS_ANY)
}

/// Adds a refusal in either of the codes that no source settles (`export.code`).
fn refuse(outcomes: &mut Outcomes, clause: ClauseId, wording: Option<Wording>) {
    for code in [FaultCode::InvalidParameterValue, FaultCode::InvalidParameterCombination] {
        let first = code == FaultCode::InvalidParameterValue;
        let mut fault = Allowed::fault(code, clause).also(id::EXPORT_CODE).code_by(id::EXPORT_CODE).certain();
        fault.wording.clone_from(&wording);
        outcomes.push(if first { fault } else { fault.alternative() });
    }
}

/// A text that names the bucket.
fn named(template: &'static Template, bucket: &Text) -> Wording {
    Wording::OneOf(template, Arc::from([text(template.text.replace("%s", bucket))]))
}

fn name_rules(
    outcomes: &mut Outcomes,
    success: &mut Allowed,
    given: &Text,
    class: NameClass,
    (is_source, is_lower): (bool, bool),
) {
    match given.chars().count() {
        count if count <= LONGEST_SEEN => {}
        count if count <= LONGEST => success.clauses.insert(0, id::EXPORT_NAME_LENGTH),
        _ => {
            for code in [FaultCode::InvalidParameterValue, FaultCode::InvalidParameterCombination] {
                outcomes.push(Allowed::fault(code, id::EXPORT_NAME_TOO_LONG));
            }
            success.show(id::EXPORT_NAME_TOO_LONG);
        }
    }
    if matches!(class, NameClass::Odd | NameClass::LeadingHyphen | NameClass::Malformed) {
        success.clauses.insert(0, id::EXPORT_NAME_CHARACTERS);
    }
    if is_source {
        success.clauses.insert(0, id::EXPORT_NAME_IS_SOURCE);
    }
    // In another case than it is kept in, a name may not be found; then the source is another snapshot, or none.
    if !(is_source && is_lower) && outcomes.phases(1).meets(Phases::LIVING | Phases::DELETING) {
        let fault = |code| Allowed::fault(code, id::EXPORT_NAME_TAKEN).alternative();
        outcomes.push_in(1, Phases::LIVING | Phases::DELETING, || fault(FaultCode::SnapshotAlreadyExists));
        outcomes.push_in(1, Phases::DELETING, || fault(FaultCode::InvalidSnapshotState));
        success.show(id::EXPORT_NAME_TAKEN);
    }
}

fn place_rules(outcomes: &mut Outcomes, bucket: &Text, facts: &BucketFacts) {
    if facts.elsewhere {
        refuse(outcomes, id::EXPORT_BUCKET_REGION, Some(named(&ELSEWHERE, bucket)));
    }
    if facts.foreign {
        let clause = id::EXPORT_BUCKET_OWNER;
        refuse(outcomes, clause, Some(named(&FOREIGN, bucket)));
        // Whose bucket it is may be what the caller is not permitted to find out.
        not_permitted(outcomes, clause);
    }
    match facts.caller {
        CallerMay::All => {}
        CallerMay::Nothing => {
            let clause = id::EXPORT_PERMISSION;
            not_permitted(outcomes, clause);
            // Of a bucket of which he may learn nothing, the service may take it that it is another's.
            for code in [FaultCode::InvalidParameterValue, FaultCode::InvalidParameterCombination] {
                let fault = Allowed::fault(code, clause).also(id::EXPORT_BUCKET_OWNER).code_by(id::EXPORT_CODE);
                outcomes.push(fault.certain().alternative().worded(named(&FOREIGN, bucket)));
            }
        }
        // A target that does not hold its callers to a bucket's policy cannot tell that he lacks something.
        CallerMay::Perhaps => {
            for code in NOT_PERMITTED_CODES {
                outcomes.push(Allowed::fault(code, id::EXPORT_PERMISSION).code_by(id::EXPORT_CODE).alternative());
            }
        }
    }
}

/// The codes under which a caller may be told that he lacks permissions.
const NOT_PERMITTED_CODES: [FaultCode; 4] = [
    FaultCode::InvalidParameterValue,
    FaultCode::InvalidParameterCombination,
    FaultCode::AccessDenied,
    FaultCode::AccessDeniedException,
];

/// Adds the refusals of a caller who lacks permissions.
fn not_permitted(outcomes: &mut Outcomes, clause: ClauseId) {
    for (rule, template) in [(id::EXPORT_PERMISSION, &NOT_PERMITTED), (id::EXPORT_LISTING, &NOT_LISTED)] {
        for code in NOT_PERMITTED_CODES {
            let first = rule == clause && code == FaultCode::InvalidParameterValue;
            let mut fault = Allowed::fault(code, clause).code_by(id::EXPORT_CODE).certain().text(template);
            if rule != clause {
                fault = fault.also(rule);
            }
            outcomes.push(if first { fault } else { fault.alternative() });
        }
    }
}

fn grant_rules(outcomes: &mut Outcomes, success: &mut Allowed, facts: &BucketFacts) {
    for (one, clause, template) in [
        (Permissions::READ, id::EXPORT_GRANT_READ, &NOT_READABLE),
        (Permissions::WRITE, id::EXPORT_GRANT_WRITE, &NOT_WRITABLE),
        (Permissions::READ_ACP, id::EXPORT_GRANT_READ_ACP, &ACP_NOT_READABLE),
    ] {
        if facts.granted().has(one) {
            continue;
        }
        if facts.perhaps_granted().has(one) {
            for code in [FaultCode::InvalidParameterValue, FaultCode::InvalidParameterCombination] {
                let fault = Allowed::fault(code, clause).code_by(id::EXPORT_CODE).alternative();
                outcomes.push(fault.worded(Wording::Free(template)));
            }
            continue;
        }
        refuse(outcomes, clause, Some(Wording::Free(template)));
    }
    match (facts.acl.has(Permissions::ALL), facts.policy.has(Permissions::ALL)) {
        (true, false) => success.clauses.insert(0, id::EXPORT_GRANT_ACL),
        (false, true) => success.clauses.insert(0, id::EXPORT_GRANT_POLICY),
        _ => {}
    }
}

/// Whether the name keeps its case in the key is open (`export.key.case`), so that it is taken for sure only where both
/// spellings are.
fn taken_rules(outcomes: &mut Outcomes, view: &impl View, bucket: &Text, target: &Text, shards: Option<usize>) {
    let lower = canonical(target);
    let spellings: &[&str] = if *lower == **target { &[target] } else { &[target, &lower] };
    let keys = |name: &str, shards: usize| (1..=shards).map(|shard| export_key(name, shard)).collect::<Vec<_>>();
    let is_taken =
        |name: &&&str| keys(name, shards.unwrap_or(1)).iter().any(|key| view.holds(bucket, key) == Some(true));
    let most = shards.unwrap_or(MOST_SHARDS);
    let held = spellings.iter().flat_map(|name| keys(name, most)).filter(|key| view.holds(bucket, key) != Some(false));
    let texts: Arc<[Text]> =
        held.map(|key| text(TAKEN.text.replacen("%s", bucket, 1).replacen("%s", &key, 1))).collect();
    if texts.is_empty() {
        return;
    }
    let wording = Wording::OneOf(&TAKEN, texts);
    if spellings.iter().all(|name| is_taken(&name)) {
        refuse(outcomes, id::EXPORT_KEY_TAKEN, Some(wording));
        return;
    }
    for code in [FaultCode::InvalidParameterValue, FaultCode::InvalidParameterCombination] {
        let fault = Allowed::fault(code, id::EXPORT_KEY_TAKEN).code_by(id::EXPORT_CODE).alternative();
        outcomes.push(fault.worded(wording.clone()));
    }
}

fn encryption_rules(
    outcomes: &mut Outcomes,
    success: &mut Allowed,
    view: &impl View,
    source: Option<&str>,
    key: Option<&Text>,
) {
    let combination = |clause| Allowed::fault(FaultCode::InvalidParameterCombination, clause).text(&ENCRYPTED);
    if let Some(shown) = source.and_then(|source| view.shows(source, Member::KmsKeyId)) {
        // Of another key than the run's it is not known whose it is.
        let refusal = combination(id::EXPORT_ENCRYPTED);
        outcomes.push(if view.knows_key(shown) { refusal.certain() } else { refusal.alternative() });
    }
    if key.is_some_and(|key| !key.is_empty()) {
        outcomes.push(combination(id::EXPORT_KEY_GIVEN));
        outcomes.push(Allowed::fault(FaultCode::InvalidParameterValue, id::EXPORT_KEY_GIVEN).alternative());
        success.show(id::EXPORT_KEY_GIVEN);
    }
    key_rules(outcomes, view, key, id::COPY_KEY_GIVEN);
}

/// Tags may be ignored, so that nothing about them refuses for sure.
fn tag_rules(outcomes: &mut Outcomes, success: &mut Allowed, tags: Option<&[TagArg]>) {
    let Some(tags) = tags.filter(|tags| !tags.is_empty()) else { return };
    outcomes.push(Allowed::fault(FaultCode::InvalidParameterCombination, id::EXPORT_TAGS).alternative());
    success.show(id::EXPORT_TAGS);
    let mut broken: Vec<Allowed> = broken_tags(&rules(tags)).into_iter().collect();
    if new_keys(None, tags) > MOST_TAGS {
        broken.push(Allowed::fault(FaultCode::TagQuotaPerResourceExceeded, id::COPY_TAGS_QUOTA));
        broken.push(Allowed::fault(FaultCode::InvalidParameterValue, id::COPY_TAGS_QUOTA));
    }
    for mut fault in broken {
        fault.certain = false;
        outcomes.push(fault.alternative());
    }
}
