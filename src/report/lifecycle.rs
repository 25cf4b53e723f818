use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::clause::ClauseResult;
use super::digest::{Attempt, Digest};
use crate::model::Phase;
use crate::oracle::Verdict;
use crate::record::Passages;

/// What a snapshot's name goes through as AWS has it, with the clauses that speak of each passage.
const PASSAGES: &[(Phase, Phase, &[&str])] = &[
    (Phase::Absent, Phase::Creating, &["copy.succeeds", "copy.reply.status", "create.succeeds", "create.reply.status"]),
    (Phase::Creating, Phase::Available, &["copy.settles", "copy.visible", "create.settles", "create.visible"]),
    (Phase::Creating, Phase::Failed, &["copy.failed"]),
    (Phase::Creating, Phase::Deleting, &["delete.creating"]),
    (Phase::Available, Phase::Copying, &["copy.source.status"]),
    (Phase::Copying, Phase::Available, &["copy.source.status", "snapshot.never-back"]),
    (Phase::Available, Phase::Restoring, &["restore.source.status"]),
    (Phase::Restoring, Phase::Available, &["restore.source.status", "snapshot.never-back"]),
    (Phase::Available, Phase::Exporting, &["export.source.status"]),
    (Phase::Exporting, Phase::Available, &["export.source.back"]),
    (Phase::Available, Phase::Deleting, &["delete.succeeds", "delete.reply.status"]),
    (Phase::Deleting, Phase::Absent, &["delete.gone"]),
];

/// What snapshots went through, passage by passage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct LifeCycle {
    /// Those that AWS has.
    pub passages: Vec<Passage>,
    /// What was seen besides: a status in between was not looked at, or there is none.
    pub others: Vec<Passage>,
}

/// One status after another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Passage {
    /// The status before, or `absent`.
    pub from: &'static str,
    /// The status after.
    pub to: &'static str,
    /// How often it was seen.
    pub count: usize,
    /// What the clauses that speak of it come to; absent where none was judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// The clauses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clauses: Vec<String>,
}

impl LifeCycle {
    /// Returns what the steps of a run show, those apart that overlapped.
    pub(super) fn of(digest: &Digest<'_>, results: &[ClauseResult]) -> Self {
        let mut seen: BTreeMap<(Phase, Phase), usize> =
            digest.clean.map(|clean| clean.seen.clone()).unwrap_or_default();
        for attempt in digest.cases.values().flat_map(|case| &case.attempts) {
            for (passage, count) in passages(attempt).seen {
                *seen.entry(passage).or_default() += count;
            }
        }
        let passage = |(from, to): (Phase, Phase), count: usize, clauses: &[&str]| {
            let judged = results
                .iter()
                .filter(|result| clauses.contains(&result.id.as_str()) && result.verdict != Verdict::NotApplicable);
            Passage {
                from: from.word(),
                to: to.word(),
                count,
                verdict: judged.map(|result| result.verdict).reduce(Verdict::join),
                clauses: clauses.iter().map(|id| (*id).to_owned()).collect(),
            }
        };
        let passages = PASSAGES.iter().map(|(from, to, clauses)| {
            let count = seen.remove(&(*from, *to)).unwrap_or_default();
            passage((*from, *to), count, clauses)
        });
        let passages = passages.collect();
        let forbidden = |(from, to): (Phase, Phase)| match (from, to) {
            (Phase::Absent, _) => false,
            (_, Phase::Creating) => true,
            (Phase::Deleting, to) => to != Phase::Absent,
            _ => false,
        };
        let others = seen
            .into_iter()
            .map(|(ends, count)| passage(ends, count, if forbidden(ends) { &["snapshot.never-back"] } else { &[] }));
        Self { passages, others: others.collect() }
    }

    /// Tells whether nothing was seen at all.
    pub(super) fn is_empty(&self) -> bool {
        self.others.is_empty() && self.passages.iter().all(|passage| passage.count == 0)
    }

    /// Returns the passages that AWS has and that were not seen.
    pub(super) fn unseen(&self) -> Vec<String> {
        let unseen = self.passages.iter().filter(|passage| passage.count == 0);
        unseen.map(|passage| format!("{} → {}", passage.from, passage.to)).collect()
    }
}

/// Returns what the names of a case went through, step by step.
fn passages(attempt: &Attempt<'_>) -> Passages {
    let mut passages = Passages::default();
    attempt.steps.iter().for_each(|step| passages.follow(step));
    passages
}

/// A place in the drawing.
type Point = (i32, i32);

/// Half the width and height of a status.
const BOX: Point = (52, 17);

const fn place(phase: &str) -> Point {
    match phase.as_bytes() {
        b"absent" => (70, 170),
        b"creating" => (250, 60),
        b"available" => (470, 170),
        b"deleting" => (250, 280),
        b"failed" => (470, 60),
        b"copying" => (720, 60),
        b"restoring" => (720, 170),
        _ => (720, 280),
    }
}

impl LifeCycle {
    /// Returns the drawing for the HTML report; `class` says how a verdict is coloured.
    pub(super) fn svg(&self, class: impl Fn(Verdict) -> &'static str) -> String {
        let told: Vec<String> =
            self.passages.iter().map(|it| format!("{} to {} {} times", it.from, it.to, it.count)).collect();
        let mut svg = format!(
            "<svg class=\"life\" viewBox=\"0 0 800 330\" role=\"img\" aria-label=\"the life of a snapshot: {}\">",
            told.join(", ")
        );
        for colour in ["good", "warn", "bad", "mute"] {
            let _ = write!(
                svg,
                "<defs><marker id=\"tip-{colour}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"8\" \
                 markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path class=\"tip {colour}\" \
                 d=\"M0 0 10 5 0 10z\"/></marker></defs>"
            );
        }
        for passage in &self.passages {
            let colour = match passage.verdict {
                None => "mute",
                Some(verdict) => match class(verdict) {
                    known @ ("good" | "warn" | "bad") => known,
                    _ => "mute",
                },
            };
            edge(&mut svg, passage, colour);
        }
        for phase in Phase::ALL {
            let ((x, y), (wide, high)) = (place(phase.word()), BOX);
            let seen = |it: &Passage| it.count > 0 && (it.from == phase.word() || it.to == phase.word());
            let met = self.passages.iter().chain(&self.others).any(seen);
            let _ = write!(
                svg,
                "<rect class=\"state{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"17\"/><text class=\"state\" \
                 x=\"{x}\" y=\"{}\">{}</text>",
                if met { "" } else { " unmet" },
                x - wide,
                y - high,
                2 * wide,
                2 * high,
                y + 5,
                phase.word(),
            );
        }
        svg.push_str("</svg>");
        svg
    }
}

/// Draws one passage; two that lead there and back are a little apart.
fn edge(svg: &mut String, passage: &Passage, colour: &str) {
    let ((x1, y1), (x2, y2)) = (place(passage.from), place(passage.to));
    let (busy, back) = (x2 > x1 && x2 > 600, x1 > x2 && x1 > 600);
    let (start, end) = match (y1 == y2, x1 == x2) {
        _ if busy || back => {
            // Where each of the six lines meets the round ends of the two statuses.
            let far = if busy { (x2, y2) } else { (x1, y1) };
            let (near, ends) = match ((far.1 - place("available").1).signum(), busy) {
                (-1, true) => ((44, -14), (-51, -5)),
                (-1, false) => ((51, -6), (-49, 9)),
                (0, true) => ((52, -5), (-51, -5)),
                (0, false) => ((52, 5), (-51, 5)),
                (_, true) => ((51, 6), (-49, -9)),
                (_, false) => ((44, 14), (-51, 5)),
            };
            let own = if busy { (x1, y1) } else { (x2, y2) };
            let points = ((own.0 + near.0, own.1 + near.1), (far.0 + ends.0, far.1 + ends.1));
            if busy { points } else { (points.1, points.0) }
        }
        // Side by side, one above the other, or across.
        (true, _) if x1 < x2 => ((x1 + BOX.0, y1), (x2 - BOX.0, y2)),
        (true, _) => ((x1 - BOX.0, y1), (x2 + BOX.0, y2)),
        (_, true) if y1 < y2 => ((x1, y1 + BOX.1), (x2, y2 - BOX.1)),
        (_, true) => ((x1, y1 - BOX.1), (x2, y2 + BOX.1)),
        _ => {
            let side = if x1 < x2 { BOX.0 - 18 } else { 18 - BOX.0 };
            let down = if y1 < y2 { BOX.1 } else { -BOX.1 };
            ((x1 + side, y1 + down), (x2 - side, y2 - down))
        }
    };
    let width = match passage.count {
        0 => "1.2",
        1..10 => "1.6",
        10..100 => "2.2",
        _ => "3",
    };
    let unseen = if passage.count == 0 { " unseen" } else { "" };
    let verdict = passage.verdict.map_or("not judged", Verdict::word);
    let _ = write!(
        svg,
        "<g><title>{} to {}: seen {} times; {verdict}</title><path class=\"edge {colour}{unseen}\" \
         stroke-width=\"{width}\" marker-end=\"url(#tip-{colour})\" d=\"M{} {} {} {}\"/>",
        passage.from, passage.to, passage.count, start.0, start.1, end.0, end.1
    );
    // A third of the way for one direction and two for the other, so that the numbers keep apart.
    let along = if busy {
        58
    } else if back {
        42
    } else {
        50
    };
    let (x, y) = (start.0 + (end.0 - start.0) * along / 100, start.1 + (end.1 - start.1) * along / 100);
    let up = match (busy, back) {
        (true, _) => -7,
        (_, true) => 17,
        _ => -8,
    };
    let anchor = if x1 == x2 { (x + 8, y + 4, "start") } else { (x, y + up, "middle") };
    let _ = write!(
        svg,
        "<text class=\"count {colour}\" x=\"{}\" y=\"{}\" text-anchor=\"{}\">{}</text></g>",
        anchor.0,
        anchor.1,
        anchor.2,
        if passage.count == 0 { "–".to_owned() } else { format!("{}×", passage.count) }
    );
}

#[cfg(test)]
mod tests {
    use super::super::tests::log;
    use super::*;
    use crate::record::StepRecord;

    fn of(steps: &[(&str, &str)]) -> LifeCycle {
        let steps: Vec<StepRecord> = steps
            .iter()
            .map(|(call, outcome)| StepRecord {
                operation: call.split(' ').next().unwrap_or_default().to_owned(),
                call: (*call).to_owned(),
                outcome: (*outcome).to_owned(),
                status: 200,
                ..StepRecord::default()
            })
            .collect();
        let mut digest = Digest::default();
        let attempt = Attempt { steps: steps.iter().collect(), ..Attempt::default() };
        digest.cases.entry("x").or_default().attempts.push(attempt);
        LifeCycle::of(&digest, &[])
    }

    fn counted(passages: &[Passage]) -> Vec<String> {
        let seen = passages.iter().filter(|passage| passage.count > 0);
        seen.map(|passage| format!("{} {} {}", passage.from, passage.to, passage.count)).collect()
    }

    #[test]
    fn what_a_name_goes_through_is_counted() {
        let life = of(&[
            ("DescribeSnapshots base", "200 [base available]"),
            ("CopySnapshot base -> A", "200 a creating"),
            ("DescribeSnapshots (all)", "200 [a creating, base copying] and 3 more"),
            ("DescribeSnapshots a", "200 [a available]"),
            ("DescribeSnapshots base", "200 [base available]"),
            ("DescribeSnapshots a, SnapshotSource=system", "200 no snapshots"),
            ("DeleteSnapshot a", "200 a deleting"),
            ("DescribeSnapshots a", "200 no snapshots"),
            ("ListTagsForResource a", "200 tags [x failed]"),
        ]);
        let wanted = [
            "absent creating 1",
            "creating available 1",
            "available copying 1",
            "copying available 1",
            "available deleting 1",
            "deleting absent 1",
        ];
        assert_eq!(counted(&life.passages), wanted);
        assert_eq!(counted(&life.others), Vec::<String>::new());
        assert_eq!(life.unseen().len(), 6);
    }

    #[test]
    fn what_is_no_passage_stands_apart() {
        let life = of(&[("CopySnapshot base -> a", "200 a available"), ("DescribeSnapshots a", "200 [a creating]")]);
        assert_eq!(counted(&life.others), ["absent available 1", "available creating 1"]);
        let back = life.others.iter().find(|passage| passage.to == "creating");
        assert_eq!(back.map(|passage| passage.clauses.join(" ")).as_deref(), Some("snapshot.never-back"));
    }

    #[test]
    fn the_drawing_is_well_formed_xml() {
        let digest = log::passing();
        let digest = Digest::of(&digest);
        let svg = LifeCycle::of(&digest, &[]).svg(|_| "good");
        let parsed = roxmltree::Document::parse(&svg);
        let states = parsed.iter().flat_map(roxmltree::Document::descendants).filter(|node| node.has_tag_name("rect"));
        assert_eq!(states.count(), Phase::ALL.len(), "{svg}");
    }
}
