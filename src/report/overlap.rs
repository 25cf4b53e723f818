use std::fmt::Write as _;

use serde::Serialize;

use super::digest::Attempt;
use super::steps::plain_names;
use super::words::escaped;
use crate::record::{OverlapRecord, StepRecord};

/// How many characters the bars take in text.
const WIDTH: usize = 28;
/// The most orders that are told.
const MOST_ORDERS: usize = 6;
/// The size of the drawing: of the bars, of a row, of the text beside, and of all.
const DRAWN: (usize, usize, usize, usize) = (360, 26, 28, 900);

/// Calls that overlapped and fit no order, as reports draw them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Overlap {
    /// The calls, by when they were sent.
    pub calls: Vec<Bar>,
    /// Why each order of them fails, a line each.
    pub orders: Vec<String>,
}

/// One of the calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Bar {
    /// The call in one line, after its lane where some of the calls share one.
    pub call: String,
    /// The outcome in one line.
    pub outcome: String,
    /// When it was sent, in microseconds since the first was.
    pub called_us: u64,
    /// When its answer was there.
    pub returned_us: u64,
    /// Its two ends among all ends, by when they were: what lies between them is not drawn to scale.
    #[serde(skip)]
    pub ends: (usize, usize),
}

impl Overlap {
    /// Returns what the record comes to.
    pub(super) fn of(record: &OverlapRecord, attempt: &Attempt<'_>, run: &str) -> Self {
        let steps: Vec<&StepRecord> = record
            .calls
            .iter()
            .filter_map(|call| attempt.steps.iter().copied().find(|step| step.step == *call))
            .collect();
        let first = steps.iter().map(|step| step.called_ns).min().unwrap_or_default();
        let mut ends: Vec<u64> = steps.iter().flat_map(|step| [step.called_ns, step.returned_ns]).collect();
        ends.sort_unstable();
        ends.dedup();
        let rank = |at: u64| ends.iter().position(|end| *end == at).unwrap_or_default();
        let plain = |text: &str| without_arns(&plain_names(text, attempt.prefix, run));
        let mut lanes: Vec<usize> = steps.iter().filter_map(|step| step.lane).collect();
        let all = lanes.len();
        lanes.sort_unstable();
        lanes.dedup();
        let shared = lanes.len() < all;
        let lane =
            |step: &StepRecord| step.lane.filter(|_| shared).map_or_else(String::new, |lane| format!("lane {lane}: "));
        let bar = |step: &&StepRecord| Bar {
            call: format!("{}{}", lane(step), plain(&step.call)),
            outcome: plain(&step.outcome),
            called_us: (step.called_ns - first) / 1000,
            returned_us: (step.returned_ns - first) / 1000,
            ends: (rank(step.called_ns), rank(step.returned_ns)),
        };
        let number = |call: &usize| record.calls.iter().position(|known| known == call).map_or(0, |place| place + 1);
        let mut orders: Vec<String> = Vec::new();
        for failed in record.orders.iter().take(MOST_ORDERS) {
            let order: Vec<String> = failed.order.iter().map(|call| number(call).to_string()).collect();
            let (order, at) = (order.join(" "), number(&failed.at));
            orders.push(format!("{order}  {at} should be answered by {}", plain(&failed.expected)));
        }
        let left = record.orders.len().saturating_sub(MOST_ORDERS) + record.more;
        if left > 0 {
            orders.push(format!("and {left} more"));
        }
        Self { calls: steps.iter().map(bar).collect(), orders }
    }

    /// Returns the places on the axis that the ends of the calls have.
    fn places(&self) -> usize {
        self.calls.iter().map(|bar| bar.ends.1).max().unwrap_or_default().max(1)
    }

    /// Returns the intervals as text, a line a call, and the span of time below.
    pub(super) fn lines(&self) -> Vec<String> {
        let at = |end: usize| end * (WIDTH - 1) / self.places();
        let mut lines: Vec<String> = Vec::new();
        let widest = self.calls.iter().map(|bar| bar.call.chars().count()).max().unwrap_or_default().min(40);
        for (index, bar) in self.calls.iter().enumerate() {
            let (from, to) = (at(bar.ends.0), at(bar.ends.1).max(at(bar.ends.0) + 1).min(WIDTH - 1));
            let drawn: String = (0..WIDTH)
                .map(|place| match place {
                    _ if place == from => '├',
                    _ if place == to => '┤',
                    _ if place > from && place < to => '─',
                    _ => ' ',
                })
                .collect();
            lines.push(format!("{}  {drawn}  {:<widest$}  =>  {}", index + 1, bar.call, bar.outcome));
        }
        let last = self.calls.iter().map(|bar| bar.returned_us).max().unwrap_or_default();
        let label = format!("{} ms", milliseconds(last));
        let room = WIDTH.saturating_sub(4);
        lines.push(format!("   0 ms{label:>room$}"));
        lines
    }

    /// Returns the intervals as a drawing for the HTML report.
    pub(super) fn svg(&self) -> String {
        let (width, row, margin, whole) = DRAWN;
        let at = |end: usize| margin + end * width / self.places();
        let height = self.calls.len() * row + 22;
        let mut svg = format!(
            "<svg viewBox=\"0 0 {whole} {height}\" role=\"img\" aria-label=\"when the calls were under way\" \
             style=\"width:100%;max-width:{whole}px;margin:8px 0\" font-size=\"13\" font-family=\"ui-monospace,monospace\" \
             fill=\"currentColor\">"
        );
        for (index, bar) in self.calls.iter().enumerate() {
            let (from, to, top) = (at(bar.ends.0), at(bar.ends.1), index * row);
            let middle = top + row / 2;
            let words = clip(&format!("{} => {}", bar.call, bar.outcome));
            let _ = write!(
                svg,
                "<text x=\"4\" y=\"{text}\">{number}</text><rect x=\"{from}\" y=\"{y}\" width=\"{long}\" height=\"12\" \
                 rx=\"3\" fill-opacity=\"0.25\" stroke=\"currentColor\"/><text x=\"{beside}\" y=\"{text}\">{words}</text>",
                text = middle + 5,
                number = index + 1,
                y = middle - 6,
                long = to.saturating_sub(from).max(4),
                beside = margin + width + 16,
                words = escaped(&words),
            );
        }
        let last = self.calls.iter().map(|bar| bar.returned_us).max().unwrap_or_default();
        let below = height - 5;
        let _ = write!(
            svg,
            "<text x=\"{margin}\" y=\"{below}\" fill-opacity=\"0.7\">0 ms</text><text x=\"{end}\" y=\"{below}\" \
             text-anchor=\"end\" fill-opacity=\"0.7\">{} ms</text></svg>",
            milliseconds(last),
            end = margin + width,
        );
        svg
    }
}

/// Returns the text with the names of snapshots in place of their ARNs, which leave no room.
fn without_arns(text: &str) -> String {
    const KIND: &str = ":snapshot:";
    let words: Vec<&str> = text
        .split(' ')
        .map(|word| match (word.starts_with("arn:"), word.find(KIND)) {
            (true, Some(at)) => word.get(at + KIND.len()..).unwrap_or(word),
            _ => word,
        })
        .collect();
    words.join(" ")
}

fn milliseconds(us: u64) -> String {
    format!("{}.{}", us / 1000, us % 1000 / 100)
}

fn clip(text: &str) -> String {
    const MOST: usize = 62;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Overlap {
        let step = |step, called_ns, returned_ns, outcome: &str| StepRecord {
            step,
            called_ns,
            returned_ns,
            call: "CopySnapshot cs1k2-0-base -> cs1k2-7-a".to_owned(),
            outcome: outcome.to_owned(),
            ..StepRecord::default()
        };
        let steps = [step(4, 1_000_000, 3_000_000, "200 cs1k2-7-a creating"), step(5, 1_200_000, 3_100_000, "200 <b>")];
        let attempt = Attempt { prefix: "-7-", steps: steps.iter().collect(), ..Attempt::default() };
        let order = |order, at| crate::record::OrderRecord {
            order,
            at,
            expected: "SnapshotAlreadyExistsFault (400)".to_owned(),
            ..Default::default()
        };
        let orders = vec![order(vec![4, 5], 5), order(vec![5, 4], 4)];
        let record = OverlapRecord { calls: vec![4, 5], orders, more: 1, ..OverlapRecord::default() };
        Overlap::of(&record, &attempt, "1k2")
    }

    #[test]
    fn intervals_are_drawn_below_each_other() {
        let wanted = "\
1  ├─────────────────┤           CopySnapshot base -> a  =>  200 a creating
2           ├─────────────────┤  CopySnapshot base -> a  =>  200 <b>
   0 ms                  2.1 ms";
        assert_eq!(two().lines().join("\n"), wanted);
        let wanted = [
            "1 2  2 should be answered by SnapshotAlreadyExistsFault (400)",
            "2 1  1 should be answered by SnapshotAlreadyExistsFault (400)",
            "and 1 more",
        ];
        assert_eq!(two().orders, wanted);
    }

    #[test]
    fn calls_of_one_lane_say_so() {
        let step = |step: usize, lane| StepRecord {
            step,
            lane,
            called_ns: step as u64,
            returned_ns: 9,
            call: format!("DescribeSnapshots cs1k2-7-{step}"),
            ..StepRecord::default()
        };
        let calls = |lanes: [Option<usize>; 3]| {
            let steps: Vec<StepRecord> = lanes.into_iter().enumerate().map(|(place, lane)| step(place, lane)).collect();
            let attempt = Attempt { prefix: "-7-", steps: steps.iter().collect(), ..Attempt::default() };
            let record = OverlapRecord { calls: vec![0, 1, 2], ..OverlapRecord::default() };
            let drawn = Overlap::of(&record, &attempt, "1k2");
            drawn.calls.into_iter().map(|bar| bar.call).collect::<Vec<_>>().join("; ")
        };
        let shared = calls([Some(2), Some(2), None]);
        assert_eq!(shared, "lane 2: DescribeSnapshots 0; lane 2: DescribeSnapshots 1; DescribeSnapshots 2");
        let apart = calls([Some(1), Some(2), None]);
        assert_eq!(apart, "DescribeSnapshots 0; DescribeSnapshots 1; DescribeSnapshots 2");
    }

    #[test]
    fn the_drawing_is_well_formed_xml() {
        let svg = two().svg();
        let parsed = roxmltree::Document::parse(&svg);
        let rects = parsed.iter().flat_map(roxmltree::Document::descendants).filter(|node| node.has_tag_name("rect"));
        assert_eq!(rects.count(), 2, "{svg}");
    }
}
