use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::belief::Belief;
use super::export::Export;
use super::judgement::{Judgement, Mark, Needs, Reason};
use super::wording;
use crate::model::{Allowed, BucketFacts, CallerMay, export_key, is_for_a_bucket};
use crate::service::{
    Call, CopySnapshot, FaultCode, Indeterminate, Outcome, Permissions, Reply, S3Action, S3Call, S3Reply, Step, Text,
};
use crate::spec::id;

/// Of the settle limit, that part is granted the service to learn of a bucket: 3 s where it is a minute.
const NEWS: u32 = 20;

/// What may be true of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Store {
    /// What it is like; `None` where it is not known whether it is there at all.
    pub(super) facts: Option<BucketFacts>,
    /// When it was last told to be different, so that the service may not know it yet.
    pub(super) told: Duration,
    /// Whether it was listed, so that what it held before is known.
    pub(super) listed: bool,
    /// What it holds, or may hold.
    pub(super) objects: BTreeMap<Text, Held>,
    /// The keys of a list that has more pages.
    pub(super) pages: Vec<Text>,
    /// What exports were to be called that were refused.
    pub(super) refused: Vec<Text>,
}

impl Store {
    /// Returns the keys that are there for sure.
    pub(super) fn keys(&self) -> BTreeSet<Text> {
        self.objects.iter().filter(|(_, held)| held.sure).map(|(key, _)| key.clone()).collect()
    }
}

/// An object of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    /// Whether it is there for sure.
    pub(super) sure: bool,
    /// What we put there; `None` where it is not ours.
    pub(super) body: Option<Text>,
}

/// Lets the belief hold for possible whatever either of the two does.
pub(super) fn join(all: &mut Belief, other: &Belief) {
    for theirs in &other.exports {
        match all.exports.iter_mut().find(|own| own.is_like(theirs)) {
            Some(own) => {
                // In which order they were accepted makes no difference to what is to come of them.
                own.clauses.retain(|clause| theirs.clauses.contains(clause));
                let same = Export { clauses: own.clauses.clone(), ..theirs.clone() };
                own.doubtful |= *own != same;
            }
            None => all.exports.push(Export { doubtful: true, ..theirs.clone() }),
        }
    }
    for own in all.exports.iter_mut().filter(|own| !other.exports.iter().any(|theirs| own.is_like(theirs))) {
        own.doubtful = true;
    }
    let names: BTreeSet<Text> = all.stores.keys().chain(other.stores.keys()).cloned().collect();
    for name in names {
        let (own, theirs) = (all.stores.entry(name.clone()).or_default(), other.stores.get(&name));
        match theirs {
            Some(theirs) => own.join(theirs),
            None => own.facts = None,
        }
    }
}

/// Makes doubtful what a call did in a bucket: which of several came last is not known.
pub(super) fn doubt(belief: &mut Belief, call: &Call) {
    let bucket = match call {
        Call::Copy(copy) => copy.bucket(),
        Call::S3(call) if call.is_write() => Some(&call.bucket),
        _ => None,
    };
    let Some(bucket) = bucket else { return };
    belief.exports.iter_mut().filter(|export| export.bucket == *bucket).for_each(|export| export.doubtful = true);
    let (Call::S3(call), Some(store)) = (call, belief.stores.get_mut(bucket)) else { return };
    match call.key() {
        Some(key) => drop(store.objects.insert(key.clone(), Held::default())),
        None => store.facts = None,
    }
}

/// Takes over what has changed from `start` to `end`; what has changed here too may be either way.
pub(super) fn take_over(all: &mut Belief, end: &Belief, start: &Belief) {
    for theirs in end.exports.iter().filter(|theirs| !start.exports.contains(theirs)) {
        let before = start.exports.iter().find(|export| export.is_like(theirs));
        match all.exports.iter_mut().find(|own| own.is_like(theirs)) {
            Some(own) if Some(&*own) == before => own.clone_from(theirs),
            Some(own) => own.doubtful |= *own != *theirs,
            None => all.exports.push(theirs.clone()),
        }
    }
    for (name, theirs) in &end.stores {
        let (before, own) = (start.stores.get(name), all.stores.get_mut(name));
        match own {
            _ if before == Some(theirs) => {}
            Some(own) if Some(&*own) != before => own.join(theirs),
            _ => drop(all.stores.insert(name.clone(), theirs.clone())),
        }
    }
    for (name, before) in start.stores.iter().filter(|(name, _)| !end.stores.contains_key(*name)) {
        match all.stores.get_mut(name) {
            Some(own) if own != before => own.facts = None,
            _ => drop(all.stores.remove(name)),
        }
    }
}

impl Store {
    fn join(&mut self, other: &Self) {
        if self.facts != other.facts {
            self.facts = None;
        }
        self.told = self.told.max(other.told);
        self.listed &= other.listed;
        let keys: BTreeSet<Text> = self.objects.keys().chain(other.objects.keys()).cloned().collect();
        for key in keys {
            let own = self.objects.entry(key.clone()).or_default();
            match other.objects.get(&key) {
                Some(theirs) if *own == *theirs => {}
                Some(theirs) => *own = Held { sure: own.sure && theirs.sure, body: None },
                None => *own = Held::default(),
            }
        }
        // What may not have been refused may have been done.
        self.refused.retain(|target| other.refused.contains(target));
    }
}

/// Learns from a call of S3, and rules on what it shows of exports.
pub(super) fn observe(belief: &mut Belief, judgement: &mut Judgement, call: &S3Call, outcome: &Outcome) {
    match outcome {
        Outcome::Reply(Reply::S3(reply)) => {
            judgement.succeeded = true;
            replied(belief, judgement, call, reply);
        }
        Outcome::Fault(fault) => {
            let absent = fault.code.code() == "NoSuchKey" || fault.code.code() == "NotFound";
            if let (true, S3Action::GetObject { key }) = (absent, &call.action) {
                unreadable(belief, judgement, call, key, fault.code.code());
            }
            // It is there since the same was asked for before, and that answer was lost; what it grants is not known.
            if fault.code.code() == "BucketAlreadyOwnedByYou" {
                let told = belief.now;
                belief.stores.entry(call.bucket.clone()).or_insert_with(|| Store { told, ..Store::default() });
            }
            // S3 holds the caller to the policy, and so may what is exported to it.
            if matches!(fault.code, FaultCode::AccessDenied | FaultCode::AccessDeniedException)
                && let Some(facts) = belief.stores.get_mut(&call.bucket).and_then(|store| store.facts.as_mut())
                && facts.caller == CallerMay::Perhaps
            {
                facts.caller = CallerMay::Nothing;
            }
        }
        Outcome::Indeterminate(Indeterminate::NotConnected(_)) => judgement.unanswered = true,
        _ => {
            judgement.unanswered = true;
            widen(belief, call);
        }
    }
}

fn replied(belief: &mut Belief, judgement: &mut Judgement, call: &S3Call, reply: &S3Reply) {
    match (&call.action, reply) {
        (S3Action::CreateBucket { acl }, _) => {
            let facts = BucketFacts {
                elsewhere: *call.region != *belief.home.region,
                foreign: call.account.is_some(),
                acl: acl.unwrap_or_default(),
                policy: Permissions::NONE,
                acl_counts: BucketFacts::acl_counts(&belief.home.region),
                caller: CallerMay::All,
            };
            let store = Store { facts: Some(facts), told: belief.now, ..Store::default() };
            belief.stores.insert(call.bucket.clone(), store);
        }
        (S3Action::DeleteBucket, _) => drop(belief.stores.remove(&call.bucket)),
        (S3Action::ListObjects { token }, S3Reply::Objects { keys, token: next }) => {
            let Some(store) = belief.stores.get_mut(&call.bucket) else { return };
            if token.is_none() {
                store.pages.clear();
            }
            store.pages.extend(keys.iter().cloned());
            if next.is_none() {
                let shown: BTreeSet<Text> = std::mem::take(&mut store.pages).into_iter().collect();
                listed(belief, judgement, &call.bucket, &shown);
            }
        }
        (S3Action::GetObject { key }, S3Reply::Object { size, head }) => {
            read(belief, judgement, call, key, *size, head);
        }
        (action, _) => {
            let now = belief.now;
            let Some(store) = belief.stores.get_mut(&call.bucket) else { return };
            if matches!(action, S3Action::PutPolicy { .. } | S3Action::DeletePolicy | S3Action::DeleteObject { .. }) {
                store.told = now;
            }
            match action {
                S3Action::PutPolicy { allows, denies, .. } => {
                    if let Some(facts) = &mut store.facts {
                        facts.policy = *allows;
                        facts.caller = if denies.is_some() { CallerMay::Perhaps } else { CallerMay::All };
                    }
                }
                S3Action::DeletePolicy => {
                    if let Some(facts) = &mut store.facts {
                        facts.policy = Permissions::NONE;
                        facts.caller = CallerMay::All;
                    }
                }
                S3Action::PutObject { key, body } => {
                    // What is being exported to it may come over it.
                    let coming = disturb(&mut belief.exports, &call.bucket, key);
                    let body = (!coming).then(|| body.clone());
                    store.objects.insert(key.clone(), Held { sure: true, body });
                }
                S3Action::DeleteObject { key } => {
                    store.objects.remove(key);
                    if disturb(&mut belief.exports, &call.bucket, key) {
                        store.objects.insert(key.clone(), Held::default());
                    }
                }
                _ => {}
            }
        }
    }
}

/// Gives up on the exports that may still write the object; tells whether there are any.
fn disturb(exports: &mut [Export], bucket: &Text, key: &Text) -> bool {
    let mut any = false;
    for export in exports.iter_mut().filter(|export| export.bucket == *bucket && export.shard_of(key).is_some()) {
        if !export.is_written() || export.doubtful {
            export.doubtful = true;
            any = true;
        }
    }
    any
}

/// Takes into account that a call may have taken effect or not.
fn widen(belief: &mut Belief, call: &S3Call) {
    if !call.is_write() {
        return;
    }
    let now = belief.now;
    let store = belief.stores.entry(call.bucket.clone()).or_default();
    store.told = now;
    match &call.action {
        S3Action::PutObject { key, .. } | S3Action::DeleteObject { key } => {
            disturb(&mut belief.exports, &call.bucket, key);
            store.objects.insert(key.clone(), Held::default());
        }
        S3Action::PutTagging { .. } => {}
        // What the ACL grants already, a policy does not change.
        S3Action::PutPolicy { allows, denies: None, .. } if store.facts.is_some_and(|facts| facts.acl.has(*allows)) => {
        }
        _ => store.facts = None,
    }
}

/// Tells whether a refusal of an export that is none of those that match, text and all, may be for a bucket as it was until
/// just now, as its text says: no source says how soon the service knows of a bucket, or of what it grants. Asked again later,
/// the same answer is held against the bucket as it is.
pub(super) fn is_news(belief: &Belief, step: &Step, outcome: &Outcome, matched: &[&Allowed]) -> bool {
    let (Call::Copy(CopySnapshot { bucket: Some(bucket), .. }), Outcome::Fault(fault)) = (&step.call, outcome) else {
        return false;
    };
    let of_buckets = matches!(
        fault.code,
        FaultCode::InvalidParameterValue
            | FaultCode::InvalidParameterCombination
            | FaultCode::AccessDenied
            | FaultCode::AccessDeniedException
    );
    let known = belief.home.settle_limit / NEWS;
    let is_new = |store: &Store| belief.now.saturating_sub(store.told) < known;
    of_buckets
        && !wording::is_known(matched, &fault.message)
        && is_for_a_bucket(&fault.message)
        && belief.stores.get(bucket).is_some_and(is_new)
}

/// Rules on a whole list of a bucket.
fn listed(belief: &mut Belief, judgement: &mut Judgement, bucket: &Text, shown: &BTreeSet<Text>) {
    let Some(store) = belief.stores.get_mut(bucket) else { return };
    let before = std::mem::replace(&mut store.listed, true);
    let mut wrong = false;
    let held: Vec<Text> = store.objects.iter().filter(|(_, held)| held.sure).map(|(key, _)| key.clone()).collect();
    for gone in held.iter().filter(|key| !shown.contains(*key)) {
        wrong = true;
        let ours = store.objects.remove(gone).is_some_and(|held| held.body.is_some());
        let clause =
            if ours && !store.refused.is_empty() { id::EXPORT_REFUSAL_NO_EFFECT } else { id::EXPORT_OBJECTS_STAY };
        judgement.contradict(clause, Reason::Missing, format!("`{gone}` in `{bucket}`"), "not there");
    }
    for key in shown.iter().filter(|key| !held.contains(*key)) {
        let expected = store.objects.insert(key.clone(), Held { sure: true, body: None }).is_some();
        let of_it = |export: &Export| if export.bucket == *bucket { export.shard_of(key) } else { None };
        let awaits = |export: &Export| of_it(export).is_some_and(|(shard, _)| !export.found.contains(&shard));
        // One of those that wait for it, where several have the name.
        let place = belief.exports.iter().position(awaits);
        let place = place.or_else(|| belief.exports.iter().position(|export| of_it(export).is_some()));
        let export = place.and_then(|place| belief.exports.get_mut(place));
        if let Some(export) = export
            && let Some((shard, as_given)) = of_it(export)
        {
            let refused = store.refused.contains(&export.target);
            if export.found.insert(shard) && before && !export.doubtful && !refused {
                judgement.pass(id::EXPORT_KEY);
                if export.target != export.kept {
                    let mark = if as_given { Mark::Pass } else { Mark::NonStrict };
                    judgement.mark(id::EXPORT_KEY_CASE, mark, Needs::Life);
                }
                if export.is_written() {
                    judgement.pass(id::EXPORT_WRITTEN);
                    export.clauses.drain(..).for_each(|clause| judgement.pass(clause));
                    if export.shards.is_some_and(|shards| shards > 1) {
                        judgement.pass(id::EXPORT_SHARDS);
                    }
                }
            }
            continue;
        }
        // What was put without an answer may be there.
        wrong |= !expected && stranger(store, &mut belief.exports, judgement, bucket, key, before);
    }
    if before && !wrong {
        if !store.refused.is_empty() {
            judgement.mark(id::EXPORT_REFUSAL_NO_EFFECT, Mark::Pass, Needs::Twin);
        }
        if !held.is_empty() && belief.exports.iter().any(|export| export.bucket == *bucket && export.is_written()) {
            judgement.pass(id::EXPORT_OBJECTS_STAY);
        }
    }
}

/// Rules on an object that no export is expected to write; returns whether it did.
fn stranger(
    store: &Store,
    exports: &mut [Export],
    judgement: &mut Judgement,
    bucket: &Text,
    key: &Text,
    before: bool,
) -> bool {
    let of_refused = |target: &Text| {
        key.len() > target.len() && key.get(..target.len()).is_some_and(|head| head.eq_ignore_ascii_case(target))
    };
    if store.refused.iter().any(of_refused) {
        let expected = format!("nothing new in `{bucket}`");
        judgement.contradict(id::EXPORT_REFUSAL_NO_EFFECT, Reason::Unexpected, expected, format!("`{key}`"));
        return true;
    }
    let mut running = exports.iter_mut().filter(|export| export.bucket == *bucket && !export.doubtful);
    let Some(export) = running.find(|export| !export.is_written()) else {
        let written = exports.iter().any(|export| export.bucket == *bucket && !export.doubtful);
        if written && before {
            let expected = format!("one object a shard in `{bucket}`, and nothing else");
            judgement.contradict(id::EXPORT_KEY, Reason::Unexpected, expected, format!("`{key}` too"));
        }
        return written && before;
    };
    let shards = 1..=export.shards.unwrap_or(1).max(1);
    let by_case = export.target != export.kept
        && shards.into_iter().any(|shard| key.eq_ignore_ascii_case(&export_key(&export.target, shard)));
    let clause = if by_case { id::EXPORT_KEY_CASE } else { id::EXPORT_KEY };
    judgement.contradict(clause, Reason::Wrong, export.missing(), format!("`{key}`"));
    export.doubtful = true;
    true
}

/// Rules on an object that was read.
fn read(belief: &mut Belief, judgement: &mut Judgement, call: &S3Call, key: &Text, size: Option<u64>, head: &[u8]) {
    let Some(store) = belief.stores.get_mut(&call.bucket) else { return };
    let Some(held) = store.objects.get_mut(key).filter(|held| held.sure) else { return };
    let begins = || head.iter().take(12).map(|byte| char::from(*byte)).collect::<String>();
    if let Some(body) = &held.body {
        let whole = body.as_bytes();
        let same = size.is_none_or(|size| usize::try_from(size) == Ok(whole.len())) && whole.starts_with(head);
        if !same {
            let clause = if store.refused.is_empty() { id::EXPORT_OBJECTS_STAY } else { id::EXPORT_REFUSAL_NO_EFFECT };
            judgement.contradict(clause, Reason::Wrong, format!("`{key}` as it was put"), format!("{:?}…", begins()));
            held.body = None;
        } else if !store.refused.is_empty() {
            judgement.mark(id::EXPORT_REFUSAL_NO_EFFECT, Mark::Pass, Needs::Twin);
        }
        return;
    }
    let mut exports = belief.exports.iter().filter(|export| export.bucket == call.bucket && !export.doubtful);
    if !exports.any(|export| export.shard_of(key).is_some()) {
        return;
    }
    if size == Some(0) || (size.is_none() && head.is_empty()) {
        judgement.contradict(id::EXPORT_OBJECT, Reason::Wrong, format!("a backup in `{key}`"), "an empty object");
        return;
    }
    judgement.pass(id::EXPORT_OBJECT);
    let digits = |from: &[u8], count: usize| from.get(..count).is_some_and(|it| it.iter().all(u8::is_ascii_digit));
    let header = head
        .strip_prefix(b"REDIS")
        .map(|rest| digits(rest, 4))
        .or_else(|| head.strip_prefix(b"VALKEY").map(|rest| digits(rest, 3)));
    match header {
        Some(true) => judgement.pass(id::EXPORT_OBJECT_RDB),
        Some(false) => judgement.contradict(
            id::EXPORT_OBJECT_RDB,
            Reason::Malformed,
            "REDIS with four digits, or VALKEY with three",
            format!("{:?}…", begins()),
        ),
        // What claims to be no RDB file is not judged as one.
        None => {}
    }
}

fn unreadable(belief: &Belief, judgement: &mut Judgement, call: &S3Call, key: &Text, code: &str) {
    let held = belief.stores.get(&call.bucket).and_then(|store| store.objects.get(key));
    let of_export = belief
        .exports
        .iter()
        .any(|export| export.bucket == call.bucket && !export.doubtful && export.shard_of(key).is_some());
    if of_export && held.is_some_and(|held| held.sure) {
        judgement.contradict(id::EXPORT_OBJECT, Reason::Missing, format!("`{key}`, as the list shows it"), code);
    }
}
