mod apart;

pub(super) use self::apart::{late, of_owner, over_quota, pages, there};
use super::Reach;
use super::draw::{DOORS, door};
use crate::case::{Ask, CaseStep, Parameter, Settle, TagTemplate, Value, Word};
use crate::service::{Action, Dress, Elsewhere, Forgery, Operation, text};

/// Returns sequences in which requests of every kind stand once: as they should be, then with one thing odd or wrong about
/// each. They come before all others, so that what a single request shows is shown soon; what takes a history is left to
/// those that follow. What shows more rules in fewer requests comes first.
pub(super) fn sequences(reach: Reach) -> Vec<Vec<CaseStep>> {
    let mut rounds = vec![looks(reach)];
    rounds.extend(reach.tags.then(|| tags(reach)));
    if reach.copies {
        rounds.push(copies(reach));
    }
    if reach.creates {
        rounds.push(creations(reach));
    }
    if reach.copies {
        rounds.push(refusals());
        rounds.push(names());
    }
    if reach.copies && reach.s3 {
        rounds.push(exports());
        rounds.push(refused_exports(reach));
        rounds.extend(reach.key.then(encrypted_exports));
    }
    if reach.copies {
        rounds.push(names_again());
    }
    if reach.copies && reach.restores {
        rounds.push(restores(reach));
    }
    rounds
}

/// Copies, copies of copies, and copies of what is being deleted, onto names in use.
fn copies(reach: Reach) -> Vec<CaseStep> {
    let mut steps = vec![
        tagged_copy(),
        look("$a"),
        settle(&["$a", "$base"]),
        copy("$a", "$b|upper"),
        look("$b"),
        settle(&["$a", "$b"]),
    ];
    if reach.tags {
        steps.extend([tags_of("$a"), tags_of("$b")]);
    }
    if reach.key && !reach.tags {
        steps.extend(keyed_copies("$a"));
    }
    steps.extend([look("$b"), list(&[])]);
    steps.extend(last_looks("$b"));
    steps.extend([
        copy("$base", "$b|upper"),
        copy("$a", "$a"),
        copy("$a|upper", "$c"),
        delete("$a"),
        look("$a"),
        copy("$a", "$ab"),
    ]);
    steps
}

/// A copy with a key, and one of that.
fn keyed_copies(source: &str) -> [CaseStep; 4] {
    let with_key = tagged(keyed(copy(source, "$keyed")), &[("own", "v")]);
    [with_key, settle(&["$keyed"]), copy("$keyed", "$kept"), look("$kept")]
}

/// The copy that comes first: what it is given is looked at where there are tags.
fn tagged_copy() -> CaseStep {
    tagged(copy("$base", "$a"), &[("k", "v"), ("team", "one two")])
}

/// A look for what no cluster has, one at the shards of what was seen, and a deletion of nothing.
fn last_looks(seen: &str) -> [CaseStep; 3] {
    [
        list(&[literal(Parameter::CacheClusterId, "no-such-cluster")]),
        look_with(seen, (Parameter::ShowNodeGroupConfig, Value::Flag(true))),
        send(Operation::DeleteSnapshot, given(Parameter::SnapshotName, "")),
    ]
}

/// Copies onto the names of what is being deleted, and of what is gone, from which a copy is left.
fn names_again() -> Vec<CaseStep> {
    vec![
        copy("$base", "$a"),
        settle(&["$a"]),
        copy("$a", "$b"),
        settle(&["$a", "$b"]),
        delete("$a"),
        copy("$base", "$a"),
        settle(&["$a"]),
        look("$b"),
        delete("$a"),
        settle(&["$a"]),
        list(&[]),
        copy("$base", "$a|upper"),
        look("$a|upper"),
        settle(&["$a"]),
    ]
}

fn create(name: &str, of: Option<(Parameter, &str)>) -> CaseStep {
    let mut with = given(Parameter::SnapshotName, name);
    match of {
        Some((parameter, owner)) => with.extend(given(parameter, owner)),
        None => with.push((Parameter::Owner, Value::Owner)),
    }
    send(Operation::CreateSnapshot, with)
}

/// Snapshots of what the base was taken of.
fn creations(reach: Reach) -> Vec<CaseStep> {
    let mut steps = vec![tagged(create("$a|upper", None), &[("k", "v")]), look("$a"), create("$b", None)];
    steps.extend(reach.copies.then(|| copy("$b", "$e")));
    steps.push(settle(&["$a", "$b"]));
    steps.extend(reach.tags.then(|| tags_of("$a")));
    steps.extend([
        create("$a", None),
        send(Operation::CreateSnapshot, vec![(Parameter::Owner, Value::Owner)]),
        create("$c", Some((Parameter::ReplicationGroupId, "$no"))),
        create("$c", Some((Parameter::CacheClusterId, "$no"))),
        send(Operation::CreateSnapshot, given(Parameter::SnapshotName, "$c")),
        with_tags(create("$c", None), Value::TagCount(51)),
        tagged(create("$c", None), &[("aws:x", "v")]),
        create("$c|suffix:--x", None),
        create("$c|pad:256", None),
        create("$d|pad:48", None),
        look("$c"),
    ]);
    if reach.key {
        steps.extend([keyed(create("$keyed", None)), settle(&["$keyed"]), look("$keyed")]);
        if reach.copies && reach.s3 {
            steps.push(export("$keyed", "$x", "$bucket"));
        }
    }
    steps.extend([
        list(&[(Parameter::Owner, Value::Owner)]),
        delete("$a"),
        create("$a", None),
        settle(&["$a"]),
        look("$a"),
        delete("$a|upper"),
        settle(&["$a"]),
        delete("$a"),
    ]);
    steps
}

/// Tags: added, overwritten, removed, too many, and each way wrong.
fn tags(reach: Reach) -> Vec<CaseStep> {
    let change = |of: &str, tags: Value| {
        let mut with = given(Parameter::ResourceName, of);
        with.push((Parameter::Tags, tags));
        send(Operation::AddTagsToResource, with)
    };
    let add = |of: &str, tags: &[(&str, &str)]| change(of, Value::Tags(templates(tags)));
    let remove = |of: &str, keys: &[&str]| {
        let mut with = given(Parameter::ResourceName, of);
        with.push((Parameter::TagKeys, Value::Keys(keys.iter().map(|key| Word::literal(key)).collect())));
        send(Operation::RemoveTagsFromResource, with)
    };
    let long = |to| Word::Padded { text: text("t"), to };
    let one = |key, value| Value::Tags(vec![TagTemplate { key: Some(key), value: Some(value) }]);
    let mut steps = vec![if reach.copies { copy("$base", "$a") } else { create("$a", None) }];
    steps.extend([
        settle(&["$a"]),
        add("$a|arn", &[("k", "1"), ("K", "2"), ("te", "")]),
        tags_of("$a"),
        add("$a|arn", &[("k", "3")]),
        remove("$a|arn", &["K"]),
        tags_of("$a"),
        change("$a|arn", Value::TagCount(51)),
        change("$a|arn", Value::Tags(vec![TagTemplate { key: Some(Word::literal("n")), value: None }])),
        add("$a|arn", &[("x<y>&z", "a \"b\" 1+1=2% /\\ ü")]),
        tags_of("$a"),
        add("$no|arn", &[("k", "v")]),
        add("not-an-arn", &[("k", "v")]),
        add("$a|arn-of-region:eu-west-3", &[("k", "v")]),
        add("$a|arn-of-kind:cluster", &[("k", "v")]),
        send(Operation::ListTagsForResource, Vec::new()),
        change("$a|arn", Value::Tags(Vec::new())),
    ]);
    if reach.copies {
        steps.extend([
            copy("$a", "$b"),
            with_tags(copy("$a", "$c"), Value::Tags(Vec::new())),
            settle(&["$b", "$c"]),
            tags_of("$b"),
            tags_of("$c"),
            add("$a|arn", &[("later", "v")]),
            tags_of("$b"),
            with_tags(copy("$base", "$d"), Value::TagCount(51)),
        ]);
    }
    let gone = [delete("$a"), settle(&["$a"]), tags_of("$a")];
    if reach.copies {
        steps.extend(gone.clone());
        steps.extend([copy("$b", "$a"), settle(&["$a"]), tags_of("$a")]);
        if reach.key {
            steps.extend(keyed_copies("$b"));
            steps.push(tags_of("$keyed"));
        }
    }
    // What shows little by much comes last, on one that nothing is copied from, and that is the first of its name.
    let last = if reach.copies { "$c|arn" } else { "$a|arn" };
    steps.extend([
        remove(last, &["none"]),
        add(last, &[("aws:x", "v")]),
        add(last, &[("", "v")]),
        change(last, one(long(129), Word::literal("v"))),
        change(last, one(Word::literal("k"), long(257))),
        add(&format!("{last}-of-account:999999999999"), &[("k", "v")]),
    ]);
    if reach.copies {
        steps.push(tagged(copy("$base", "$d"), &[("aws:x", "v")]));
    } else {
        steps.extend(gone);
    }
    steps
}

/// What is made, looks at it and deletions, of what is there and what is not, and requests that are put on the wire in
/// another way.
fn looks(reach: Reach) -> Vec<CaseStep> {
    let mut steps = Vec::new();
    let mut seen = "$base";
    if reach.copies {
        seen = "$a";
        steps.extend([tagged_copy(), copy("$base", "$ab|upper")]);
    }
    steps.extend(reach.creates.then(|| tagged(create("$made", None), &[("m", "v")])));
    let made: Vec<&str> = [("$a", reach.copies), ("$ab", reach.copies), ("$made", reach.creates)]
        .into_iter()
        .filter_map(|(name, is_made)| is_made.then_some(name))
        .collect();
    steps.extend((!made.is_empty()).then(|| settle(&made)));
    if reach.tags {
        steps.extend(made.iter().map(|name| tags_of(name)));
    }
    steps.extend(reach.copies.then(|| copy("$base", "$a|upper")));
    steps.extend([
        look("$no"),
        list(&[]),
        list(&[literal(Parameter::SnapshotSource, "user")]),
        list(&[literal(Parameter::SnapshotSource, "system")]),
        list(&[literal(Parameter::SnapshotSource, "nothing")]),
        list(&[literal(Parameter::MaxRecords, "20")]),
        list(&[literal(Parameter::MaxRecords, "19")]),
        list(&[literal(Parameter::MaxRecords, "51")]),
        list(&[literal(Parameter::MaxRecords, "abc")]),
        list(&[literal(Parameter::Marker, "nothing-like-a-marker")]),
        list(&[literal(Parameter::ReplicationGroupId, "no-such-group")]),
        look_with(seen, literal(Parameter::SnapshotSource, "system")),
        look(&format!("{seen}|upper")),
    ]);
    steps.extend(doors(reach, seen));
    steps.extend([delete("$no"), send(Operation::DeleteSnapshot, Vec::new())]);
    if reach.creates {
        steps.push(list(&[(Parameter::Owner, Value::Owner)]));
    }
    if reach.copies {
        steps.extend(reach.elsewhere().map(|place| from(place, look("$a"))));
        steps.extend([delete("$a"), delete("$a"), look("$a"), settle(&["$a"]), look("$ab"), look("$a"), list(&[])]);
        // Not of the base: what a copy with a name used again is of may long be in use.
        steps.push(copy("$ab", "$a"));
    } else {
        // Otherwise these stand among the copies.
        steps.extend(last_looks(seen));
    }
    steps
}

/// Copies with one thing wrong, but for the name that they give.
fn refusals() -> Vec<CaseStep> {
    let target = || given(Parameter::TargetSnapshotName, "$c");
    let extra = |parameter, value: &str| {
        let mut with = copy_of("$base", "$c");
        with.extend(given(parameter, value));
        send(Operation::CopySnapshot, with)
    };
    vec![
        copy("$no", "$c"),
        send(Operation::CopySnapshot, target()),
        copy("", "$c"),
        copy("$base|arn", "$c"),
        send(Operation::CopySnapshot, given(Parameter::SourceSnapshotName, "$base")),
        copy("$base", ""),
        copy("$base", " "),
        copy("$no", "$c|suffix:--x"),
        extra(Parameter::KmsKeyId, "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-0000-0000-000000000000"),
        extra(Parameter::TargetBucket, ""),
        copy("$c", "$a"),
        settle(&["$c"]),
        copy("$no", "$c"),
        look("$c"),
        delete("$c"),
    ]
}

/// Copies onto names that may be odd, long or malformed.
fn names() -> Vec<CaseStep> {
    let odd =
        ["suffix:--x", "suffix:-", "prefix:-", "suffix:.x", "suffix:_x", "prefix:9", "pad:41", "pad:49", "pad:256"];
    let named = odd.iter().enumerate();
    named.map(|(place, filter)| copy("$base", &format!("$n{place}|{filter}"))).collect()
}

/// Exports as they should be: of a copy, under odd names, under their source's, and beside an object that is there.
fn exports() -> Vec<CaseStep> {
    vec![
        copy("$base", "$a"),
        export("$base", "$x", "$bucket"),
        look("$x"),
        look("$base"),
        settle(&["$base", "$a", "$bucket"]),
        objects("$bucket"),
        export("$base", "$x", "$bucket"),
        export("$a", "$a", "$bucket"),
        settle(&["$a", "$bucket"]),
        export("$a", "$y|upper", "$bucket"),
        settle(&["$a", "$bucket"]),
        export("$a", "$y|suffix:/2026.11/x_y", "$bucket"),
        settle(&["$a", "$bucket"]),
        tagged(export("$a", "$z", "$bucket"), &[("k", "v")]),
        settle(&["$a", "$bucket"]),
        export("$a", "$z|pad:1000", "$bucket"),
        settle(&["$a", "$bucket"]),
        objects("$bucket"),
        delete("$a"),
        settle(&["$a"]),
        objects("$bucket"),
        export("$base", "$x", "$bucket-by-acl"),
        settle(&["$base", "$bucket-by-acl"]),
        objects("$bucket-by-acl"),
    ]
}

/// Exports of what is encrypted: a copy with a key, what is copied of it in turn, and what takes the name of such.
fn encrypted_exports() -> Vec<CaseStep> {
    let mut steps = vec![keyed(copy("$base", "$a")), settle(&["$base", "$a"])];
    for (source, copied) in [("$a", "$b"), ("$b", "$c"), ("$c", "$d")] {
        steps.extend([copy(source, copied), settle(&[source, copied])]);
    }
    steps.extend([
        export("$d", "$x", "$bucket"),
        delete("$b"),
        settle(&["$b"]),
        copy("$a", "$b"),
        settle(&["$a", "$b"]),
        export("$b", "$x", "$bucket"),
    ]);
    steps
}

/// Clusters that are made from the base, from copies, and from nothing.
fn restores(reach: Reach) -> Vec<CaseStep> {
    let mut steps = vec![
        restore("$e", "$base"),
        look("$base"),
        settle(&["$base"]),
        copy("$base", "$a"),
        settle(&["$a", "$base"]),
        restore("$c", "$a"),
        look("$a"),
        list(&[]),
    ];
    // The beginning of a cluster's id is none.
    steps.extend(reach.creates.then(|| create("$f", Some((Parameter::CacheClusterId, "cs")))));
    steps.extend([
        copy("$a", "$b"),
        settle(&["$a", "$b"]),
        look("$a"),
        restore("$d", "$no"),
        delete("$a"),
        settle(&["$a"]),
        restore("$d", "$a"),
        look("$b"),
        list(&[]),
    ]);
    steps
}

/// Exports with one thing wrong.
fn refused_exports(reach: Reach) -> Vec<CaseStep> {
    let mut lacking = vec!["elsewhere", "missing", "without-read", "without-write", "without-read-acp", "denied"];
    lacking.extend(reach.other_account.then_some("foreign"));
    let mut steps = vec![export("$no", "$x", "$bucket"), export("$base", "", "$bucket")];
    steps.extend(lacking.iter().map(|lacks| export("$base", "$x", &format!("$bucket-{lacks}"))));
    steps.extend([
        export("$base", "$x", "Not-A-Bucket"),
        export("$base", "$x|pad:1001", "$bucket"),
        objects("$bucket"),
        export("$base", "$x", "$bucket-by-policy"),
        settle(&["$base", "$bucket-by-policy"]),
        objects("$bucket-by-policy"),
    ]);
    steps
}

/// Requests that are put on the wire in another way, or that the front door has an answer to.
fn doors(reach: Reach, seen: &str) -> impl Iterator<Item = CaseStep> {
    let mut dresses = vec![
        Dress { get: true, ..Dress::default() },
        Dress { reversed: true, ..Dress::default() },
        Dress { extra: vec![(text("NotAParameter"), text("x"))], ..Dress::default() },
        Dress { version: Action::Absent, ..Dress::default() },
    ];
    dresses.extend((0..DOORS).map(door));
    if reach.signatures {
        let forged = |forged: &Forgery| Dress { forged: Some(*forged), ..Dress::default() };
        dresses.extend(Forgery::ALL.iter().map(forged));
        dresses.push(Dress { unsigned: true, ..Dress::default() });
    }
    let described = given(Parameter::SnapshotName, seen);
    dresses.into_iter().map(move |dress| {
        let mut ask = Ask::new(Operation::DescribeSnapshots, described.clone());
        ask.dress = dress;
        CaseStep::Send(ask)
    })
}

/// A word as case files have it.
fn word(written: &str) -> Word {
    Word::written(written).unwrap_or_else(|| Word::literal(written))
}

fn given(parameter: Parameter, value: &str) -> Vec<(Parameter, Value)> {
    vec![(parameter, Value::Word(word(value)))]
}

fn literal(parameter: Parameter, value: &str) -> (Parameter, Value) {
    (parameter, Value::Word(Word::literal(value)))
}

fn send(operation: Operation, with: Vec<(Parameter, Value)>) -> CaseStep {
    CaseStep::Send(Ask::new(operation, with))
}

fn copy_of(source: &str, target: &str) -> Vec<(Parameter, Value)> {
    let mut with = given(Parameter::SourceSnapshotName, source);
    with.extend(given(Parameter::TargetSnapshotName, target));
    with
}

fn copy(source: &str, target: &str) -> CaseStep {
    send(Operation::CopySnapshot, copy_of(source, target))
}

fn export(source: &str, target: &str, bucket: &str) -> CaseStep {
    let mut with = copy_of(source, target);
    with.extend(given(Parameter::TargetBucket, bucket));
    send(Operation::CopySnapshot, with)
}

fn restore(cluster: &str, snapshot: &str) -> CaseStep {
    let mut with = given(Parameter::CacheClusterId, cluster);
    with.extend(given(Parameter::SnapshotName, snapshot));
    send(Operation::CreateCacheCluster, with)
}

fn objects(bucket: &str) -> CaseStep {
    send(Operation::ListObjectsV2, given(Parameter::Bucket, bucket))
}

fn templates(tags: &[(&str, &str)]) -> Vec<TagTemplate> {
    let template =
        |(key, value): &(&str, &str)| TagTemplate { key: Some(Word::literal(key)), value: Some(Word::literal(value)) };
    tags.iter().map(template).collect()
}

fn with_tags(mut step: CaseStep, tags: Value) -> CaseStep {
    if let CaseStep::Send(ask) = &mut step {
        ask.with.push((Parameter::Tags, tags));
    }
    step
}

fn tagged(step: CaseStep, tags: &[(&str, &str)]) -> CaseStep {
    with_tags(step, Value::Tags(templates(tags)))
}

/// The same, with the key that may be used.
fn keyed(mut step: CaseStep) -> CaseStep {
    step.asks_mut().for_each(|ask| ask.with.extend(given(Parameter::KmsKeyId, "$kms-key")));
    step
}

fn look(name: &str) -> CaseStep {
    let mut ask = Ask::new(Operation::DescribeSnapshots, given(Parameter::SnapshotName, name));
    ask.once = true;
    CaseStep::Send(ask)
}

/// A look at one snapshot that gives something else as well.
fn look_with(name: &str, more: (Parameter, Value)) -> CaseStep {
    let mut with = given(Parameter::SnapshotName, name);
    with.push(more);
    send(Operation::DescribeSnapshots, with)
}

fn list(with: &[(Parameter, Value)]) -> CaseStep {
    let mut ask = Ask::new(Operation::DescribeSnapshots, with.to_vec());
    ask.pages = !with.iter().any(|(parameter, _)| *parameter == Parameter::Marker);
    CaseStep::Send(ask)
}

fn delete(name: &str) -> CaseStep {
    send(Operation::DeleteSnapshot, given(Parameter::SnapshotName, name))
}

fn tags_of(name: &str) -> CaseStep {
    send(Operation::ListTagsForResource, given(Parameter::ResourceName, &format!("{name}|arn")))
}

fn settle(names: &[&str]) -> CaseStep {
    CaseStep::Settle(Settle::of(names.iter().map(|name| word(name)).collect()))
}

/// The same, asked from there.
fn from(place: Elsewhere, mut step: CaseStep) -> CaseStep {
    step.asks_mut().for_each(|ask| ask.dress.from = Some(place));
    step
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::LONGEST;

    #[test]
    fn every_operation_stands_in_some_round_and_none_is_long() {
        let reach = Reach { copies: true, creates: true, tags: true, signatures: true, ..Reach::default() };
        let rounds = sequences(reach);
        assert!(rounds.iter().all(|round| !round.is_empty() && round.len() <= LONGEST));
        let asked = |operation| rounds.iter().flatten().flat_map(CaseStep::asks).any(|ask| ask.operation == operation);
        let missing: Vec<Operation> =
            Operation::ALL.iter().copied().filter(|one| one.is_modelled() && !asked(*one)).collect();
        assert!(missing.is_empty() || missing == [Operation::CreateCacheCluster], "{missing:?}");
    }

    #[test]
    fn what_is_not_there_is_not_asked_for() {
        let alone = sequences(Reach { creates: true, ..Reach::default() });
        let asks: Vec<&Ask> = alone.iter().flatten().flat_map(CaseStep::asks).collect();
        assert!(!asks.is_empty() && asks.iter().all(|ask| ask.operation != Operation::CopySnapshot));
    }
}
