//! What is played on grounds of its own, and what takes its time.

use super::{
    copy, create, delete, export, given, list, literal, look, look_with, objects, restore, send, settle, tagged,
    tags_of, word,
};
use crate::case::{CaseStep, Need, Parameter, Settle, Value};
use crate::generate::Reach;
use crate::service::Operation;

/// Returns what is asked once of whatever snapshots are taken of: a look at each kind of snapshot of it from all sides.
pub(in crate::generate) fn of_owner(reach: Reach, needs: &[Need]) -> Vec<CaseStep> {
    let whole = |name: &str| look_with(name, (Parameter::ShowNodeGroupConfig, Value::Flag(true)));
    let mut steps = vec![create("$a", None), look("$a"), tagged(create("$b", None), &[("k", "v")])];
    steps.extend([settle(&["$a", "$b", "$base"]), whole("$a"), whole("$b"), whole("$base")]);
    let mut made = vec!["$a", "$b"];
    if reach.copies {
        steps.extend([copy("$base", "$c"), copy("$a", "$d"), settle(&["$base", "$c", "$d"]), whole("$c"), whole("$d")]);
        made.extend(["$c", "$d"]);
    }
    if reach.tags {
        steps.extend(made.iter().map(|name| tags_of(name)));
    }
    steps.extend([
        list(&[]),
        list(&[literal(Parameter::SnapshotSource, "user")]),
        list(&[literal(Parameter::SnapshotSource, "system")]),
        list(&[(Parameter::Owner, Value::Owner)]),
        list(&[literal(Parameter::CacheClusterId, "no-such-cluster")]),
        list(&[literal(Parameter::ReplicationGroupId, "no-such-group")]),
    ]);
    if reach.copies && reach.s3 {
        steps.extend([
            export("$a", "$x", "$bucket"),
            export("$c", "$y", "$bucket"),
            settle(&["$a", "$c", "$bucket"]),
            objects("$bucket"),
            // What the second shard of an export is written to.
            put_object("$z|suffix:-0002.rdb"),
            export("$a", "$z", "$bucket"),
            settle(&["$a", "$bucket"]),
            objects("$bucket"),
        ]);
    }
    if reach.restores && needs.contains(&Need::Tiering) {
        steps.push(restore("$r", "$a"));
    }
    steps.extend([delete("$a"), settle(&["$a"]), look("$b")]);
    if needs.contains(&Need::Automatic) {
        steps.extend([delete("$base"), settle(&["$base"]), look("$base")]);
    }
    steps
}

/// What a snapshot and its copies are like elsewhere than at home.
pub(in crate::generate) fn there(reach: Reach) -> Vec<CaseStep> {
    let mut steps =
        vec![look("$base"), tagged(copy("$base", "$a"), &[("k", "v")]), settle(&["$base", "$a"]), look("$a")];
    if reach.tags {
        steps.push(tags_of("$a"));
    }
    steps.extend([list(&[]), delete("$a"), settle(&["$a"]), look("$a")]);
    steps
}

/// As many snapshots as the quota lets be taken, the base among them, and then one more, and a copy.
pub(in crate::generate) fn over_quota(reach: Reach) -> Vec<CaseStep> {
    const LEFT: u32 = 19;
    let mut steps = vec![repeated(create("$p|suffix:-#", None), LEFT), settle_each("$p|suffix:-#", LEFT)];
    steps.extend([create("$a", None), look("$a")]);
    if reach.copies {
        steps.extend([copy("$base", "$c"), settle(&["$base", "$c"]), look("$c")]);
    }
    steps
}

/// Lists that go over a page by a few.
pub(in crate::generate) fn pages() -> Vec<CaseStep> {
    const COUNT: u32 = 22;
    let most = literal(Parameter::MaxRecords, "20");
    vec![
        repeated(copy("$base", "$p|suffix:-#"), COUNT),
        settle_each("$p|suffix:-#", COUNT),
        list(&[(Parameter::Owner, Value::Owner), most.clone()]),
        list(&[most]),
        list(&[]),
    ]
}

/// A copy, one that has the name of a deleted one, and a deleted one, looked at for a while when all of it is done.
pub(in crate::generate) fn late(reach: Reach) -> Vec<CaseStep> {
    let mut steps = vec![
        tagged(copy("$base", "$a"), &[("k", "v")]),
        copy("$base", "$b"),
        settle(&["$base", "$a", "$b"]),
        delete("$b"),
        settle(&["$b"]),
        copy("$base", "$b"),
        copy("$a", "$c"),
        settle(&["$base", "$a", "$b", "$c"]),
        delete("$c"),
    ];
    let names = ["$base", "$a", "$b", "$c"].map(word).to_vec();
    steps.push(CaseStep::Settle(Settle { watch: true, ..Settle::of(names) }));
    steps.extend([look("$a"), look("$b"), look("$c")]);
    if reach.tags {
        steps.push(tags_of("$a"));
    }
    steps
}

/// The same request for each number up to that.
fn repeated(mut step: CaseStep, count: u32) -> CaseStep {
    step.asks_mut().for_each(|ask| ask.repeat = count);
    step
}

/// A wait for the names of each number up to that.
fn settle_each(name: &str, count: u32) -> CaseStep {
    CaseStep::Settle(Settle { repeat: count, ..Settle::of(vec![word(name)]) })
}

fn put_object(key: &str) -> CaseStep {
    let mut with = given(Parameter::Bucket, "$bucket");
    with.extend(given(Parameter::Key, key));
    with.push(literal(Parameter::Body, "somebody's"));
    send(Operation::PutObject, with)
}
