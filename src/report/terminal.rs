use anstyle::{AnsiColor, Style};

use super::compare;
use super::finding::Finding;
use super::precedence::{LEGEND, Matrix};
use super::summary::{Area, Summary};
use super::words::{self, instant, plural, score, some_of, spoken, tame, wrap};
use crate::oracle::Verdict;
use crate::record::DriftRecord;

/// How many blocks a full bar has.
const BAR: usize = 24;
/// How far the text of a finding is indented.
const INDENT: usize = 6;

/// Returns the report for people: coloured if `colour`, in lines of at most `width` columns where words can be broken.
#[must_use]
pub fn terminal(summary: &Summary, colour: bool, width: usize) -> String {
    let mut page = Page { out: String::new(), colour, width: width.max(60) };
    page.head(summary);
    page.areas(&summary.areas);
    page.precedence(summary);
    let mut before = "";
    for finding in &summary.findings {
        // What the clause says is said once.
        page.finding(finding, finding.clause == before);
        before = &finding.clause;
    }
    for drift in &summary.drift {
        page.drift(drift);
    }
    page.open(summary);
    page.explored(summary);
    page.foot(summary);
    page.out
}

struct Page {
    out: String,
    colour: bool,
    width: usize,
}

const PLAIN: Style = Style::new();
const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();

/// Returns the colour of a verdict.
fn hue(verdict: Verdict) -> Style {
    let colour = match verdict {
        Verdict::Pass | Verdict::NonStrict => AnsiColor::Green,
        Verdict::Fail | Verdict::Misrouted | Verdict::Error | Verdict::ModelStale => AnsiColor::Red,
        Verdict::Warn | Verdict::Flaky | Verdict::StaleWaiver | Verdict::Inconclusive | Verdict::PreconditionFailed => {
            AnsiColor::Yellow
        }
        Verdict::Unsupported => AnsiColor::Magenta,
        Verdict::NotApplicable | Verdict::NotRun | Verdict::KnownFail => return DIM,
    };
    Style::new().fg_color(Some(colour.into()))
}

impl Page {
    fn paint(&self, style: Style, text: &str) -> String {
        if self.colour && style != PLAIN { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    /// Writes a label and a text, which goes on below itself.
    fn labelled(&mut self, indent: usize, label: &str, text: &str, style: Style) {
        let pad = if indent == 0 { 10 } else { 10.max(label.len() + 2) };
        let room = self.width.saturating_sub(indent + pad);
        for (index, line) in wrap(&tame(text), room).iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            let label = self.paint(DIM, &format!("{label:<pad$}"));
            let line = format!("{:indent$}{label}{}", "", self.paint(style, line));
            self.line(&line);
        }
    }

    fn head(&mut self, summary: &Summary) {
        let target = &summary.target;
        self.labelled(0, "target", [target.named(), target.endpoint.clone()].join("   ").trim_start(), BOLD);
        let clauses = plural(summary.by_clause.len(), "clause");
        let suite = format!("copysnap {}   {clauses}   catalogue {}", summary.tool, summary.catalogue);
        self.labelled(0, "suite", &suite, PLAIN);
        let run = format!("{}   seed {}   {}", summary.run, summary.seed, instant(&summary.started));
        self.labelled(0, "run", &run, PLAIN);
        self.labelled(0, "controls", &summary.controls_line(), PLAIN);
        if summary.strict {
            self.labelled(0, "strict", "warnings count as fails", PLAIN);
        }
        if let Some(incomplete) = &summary.incomplete {
            self.line("");
            let text = self.paint(hue(Verdict::Inconclusive), &tame(incomplete));
            self.line(&text);
        }
    }

    fn areas(&mut self, areas: &[Area]) {
        if areas.is_empty() {
            return;
        }
        self.line("");
        let widest = areas.iter().map(|area| area.area.len()).max().unwrap_or_default().max(8);
        let digits = areas.iter().map(|area| area.total.to_string().len()).max().unwrap_or_default();
        for area in areas {
            let rest = area.total - area.kept - area.failed - area.warned;
            let [kept, failed, warned, open] = blocks([area.kept, area.failed, area.warned, rest]);
            // Without colour the blocks have to differ in shape.
            let shape = |plain: &'static str| if self.colour { "■" } else { plain };
            let bar = [
                (hue(Verdict::Pass), "■", kept),
                (hue(Verdict::Fail), shape("×"), failed),
                (hue(Verdict::Warn), shape("!"), warned),
                (DIM, "·", open),
            ]
            .map(
                |(style, block, count)| {
                    if count == 0 { String::new() } else { self.paint(style, &block.repeat(count)) }
                },
            )
            .concat();
            let mut notes = Vec::new();
            for (count, word, verdict) in [
                (area.failed, "fail", Verdict::Fail),
                (area.warned, "warn", Verdict::Warn),
                (rest, "open", Verdict::NotRun),
            ] {
                if count > 0 {
                    notes.push(self.paint(hue(verdict), &format!("{count} {word}")));
                }
            }
            let line = format!(
                "{:<widest$}  {bar}  {:>digits$}/{:<digits$}  {}",
                tame(&area.area),
                area.kept,
                area.total,
                notes.join(", ")
            );
            self.line(&line);
        }
    }

    /// Shows which of two faults in one copy was answered.
    fn precedence(&mut self, summary: &Summary) {
        let Some(matrix) = Matrix::of(&summary.precedence) else { return };
        self.line("");
        let head = format!("Of two faults in one copy, which is answered: {LEGEND}");
        for line in wrap(&head, self.width) {
            let line = self.paint(DIM, &line);
            self.line(&line);
        }
        for line in matrix.lines() {
            self.line(&line);
        }
    }

    fn finding(&mut self, finding: &Finding, again: bool) {
        self.line("");
        let word = self.paint(hue(finding.verdict).bold(), &spoken(finding.verdict).to_uppercase());
        let clause = self.paint(BOLD, &tame(&finding.clause));
        let cases = if finding.count > 1 { format!(" · in {} cases", finding.count) } else { String::new() };
        let known = self.paint(DIM, &tame(&format!("{} · {}{cases}", finding.level, finding.grade)));
        self.line(&format!("{word}  {clause}   {known}"));
        if let Some(waived) = &finding.waived {
            // It is known: how it comes about stands in the other reports.
            self.labelled(INDENT, "observed", &finding.observed, DIM);
            return self.labelled(INDENT, "accepted", waived, DIM);
        }
        if !again {
            for line in wrap(&tame(&finding.says), self.width - INDENT) {
                self.line(&format!("{:INDENT$}{line}", ""));
            }
            self.line("");
        }
        match compare::lines(&finding.expected, &finding.observed) {
            None => {
                self.labelled(INDENT, "expected", &finding.expected, hue(Verdict::Pass));
                self.labelled(INDENT, "observed", &finding.observed, hue(Verdict::Fail));
            }
            Some(lines) => {
                self.labelled(INDENT, "differs", "- expected, + observed", DIM);
                for line in lines {
                    let style = match line.sign {
                        '-' => hue(Verdict::Pass),
                        '+' => hue(Verdict::Fail),
                        _ => DIM,
                    };
                    // The sign stays where it is when the text goes on below.
                    let sign = self.paint(style, &line.sign.to_string());
                    for (index, text) in
                        wrap(&tame(&line.text), self.width.saturating_sub(INDENT + 12)).iter().enumerate()
                    {
                        let sign = if index == 0 { &*sign } else { " " };
                        let text = self.paint(style, text);
                        self.line(&format!("{:INDENT$}{:10}{sign} {text}", "", ""));
                    }
                }
            }
        }
        for (index, step) in finding.steps.iter().enumerate() {
            let last = index + 1 == finding.steps.len();
            self.step(if index == 0 { "steps" } else { "" }, step, if last { PLAIN } else { DIM });
        }
        if let Some(overlap) = &finding.overlap {
            for (index, line) in overlap.lines().iter().enumerate() {
                self.step(if index == 0 { "overlap" } else { "" }, line, PLAIN);
            }
            for (index, order) in overlap.orders.iter().enumerate() {
                self.step(if index == 0 { "orders" } else { "" }, order, DIM);
            }
        }
        if !finding.case.is_empty() {
            self.labelled(INDENT, "case", &finding.case, PLAIN);
        }
        // One line, however long: it is there to be copied.
        let label = self.paint(DIM, &format!("{:<10}", "replay"));
        self.line(&format!("{:INDENT$}{label}{}", "", tame(&finding.replay)));
    }

    /// Shows where a case is not as recorded.
    fn drift(&mut self, drift: &DriftRecord) {
        self.line("");
        let word = self.paint(hue(Verdict::StaleWaiver).bold(), "DRIFT");
        let case = self.paint(BOLD, &tame(&drift.case));
        let how = self.paint(DIM, drift.drift.word());
        self.line(&format!("{word}  {case}   {how}"));
        for line in &drift.diff {
            let style = match line.chars().next() {
                Some('-') => hue(Verdict::Fail),
                Some('+') => hue(Verdict::Pass),
                _ => DIM,
            };
            let line = self.paint(style, &tame(line));
            self.line(&format!("{:INDENT$}{line}", ""));
        }
    }

    /// Writes a step; what does not fit goes on below, further in, and its spaces are kept.
    fn step(&mut self, label: &str, step: &str, style: Style) {
        const DEEPER: usize = 5;
        let room = self.width.saturating_sub(INDENT + 10);
        let step = tame(step);
        let label = self.paint(DIM, &format!("{label:<10}"));
        if step.chars().count() <= room {
            let step = self.paint(style, &step);
            return self.line(&format!("{:INDENT$}{label}{step}", ""));
        }
        let (call, outcome) = step.split_once("=>").unwrap_or((&step, ""));
        // Numbers of one digit stand below those of two.
        let lead = call.chars().take_while(|c| *c == ' ').count();
        let deeper = |line: &String| format!("{:DEEPER$}{line}", "");
        let mut lines = wrap(call.trim(), room - DEEPER);
        for (place, line) in lines.iter_mut().enumerate() {
            *line = if place == 0 { format!("{:lead$}{line}", "") } else { deeper(line) };
        }
        lines.extend(wrap(&format!("=>  {}", outcome.trim_start()), room - DEEPER).iter().map(deeper));
        for (index, line) in lines.iter().enumerate() {
            let line = self.paint(style, line);
            let label = if index == 0 { label.clone() } else { " ".repeat(10) };
            self.line(&format!("{:INDENT$}{label}{line}", ""));
        }
    }

    /// Lists what stayed open, by verdict and reason.
    fn open(&mut self, summary: &Summary) {
        let groups = summary.open();
        if groups.is_empty() {
            return;
        }
        self.line("");
        for (verdict, why, ids) in groups {
            let word = spoken(verdict);
            let label = self.paint(hue(verdict), &format!("{word:<21}"));
            let why = if why.is_empty() { String::new() } else { format!(": {why}") };
            let text = format!("{}{why}", some_of(&ids, 4));
            for (index, line) in wrap(&tame(&text), self.width.saturating_sub(21)).iter().enumerate() {
                let label = if index == 0 { label.clone() } else { " ".repeat(21) };
                self.line(&format!("{label}{line}"));
            }
        }
    }

    fn explored(&mut self, summary: &Summary) {
        if let Some(record) = &summary.exploration {
            self.line("");
            self.labelled(0, "explored", &words::explored(record), PLAIN);
        }
    }

    fn foot(&mut self, summary: &Summary) {
        self.line("");
        let mut line = String::new();
        let mut length = 0;
        for (verdict, count) in summary.counts() {
            let words = format!("{count} {}", spoken(verdict));
            let size = words.chars().count();
            if length > 0 && length + 3 + size > self.width {
                self.line(&std::mem::take(&mut line));
                length = 0;
            }
            if length > 0 {
                line.push_str(" · ");
                length += 3;
            }
            line.push_str(&self.paint(hue(verdict), &words));
            length += size;
        }
        self.line(&line);
        let (kept, all) = summary.musts();
        let cases = plural(summary.cases.ran, "case");
        let skipped = match summary.cases.skipped.len() {
            0 => String::new(),
            count => format!(" ({count} more did not run)"),
        };
        let scored = format!("score {} ({kept} of {all} MUST clauses)", score(summary.score));
        let (steps, requests) = (plural(summary.steps, "step"), plural(summary.requests, "request"));
        let sequences = match &summary.exploration {
            Some(record) => format!(" · {}", plural(record.sequences, "sequence")),
            None => String::new(),
        };
        let spent = format!("{cases}{skipped}{sequences} · {steps} · {requests} · {:.1} s", summary.elapsed_s);
        let width = self.width;
        let tier = format!("tier {}", summary.tiers.line());
        for line in [scored, tier, spent].iter().flat_map(|text| wrap(text, width)) {
            let line = self.paint(DIM, &line);
            self.line(&line);
        }
        self.line("");
        let word = summary.verdict.word();
        let reason = tame(&format!("{word}: {} (exit {})", summary.reason, summary.exit_code.code()));
        for (index, line) in wrap(&reason, self.width).iter().enumerate() {
            match line.strip_prefix(word).filter(|_| index == 0) {
                Some(rest) => {
                    let word = self.paint(hue(summary.verdict).bold(), word);
                    self.line(&format!("{word}{rest}"));
                }
                None => self.line(line),
            }
        }
    }
}

/// Shares the blocks of a bar out: one at least for whatever is there, the rest by share.
fn blocks(counts: [usize; 4]) -> [usize; 4] {
    let total: usize = counts.iter().sum();
    let mut blocks = counts.map(|count| match (count * BAR).checked_div(total) {
        Some(share) if count > 0 => share.max(1),
        _ => 0,
    });
    let given: usize = blocks.iter().sum();
    if let Some(most) = blocks.iter_mut().max() {
        *most = (*most + BAR).saturating_sub(given);
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_full_and_shows_whatever_is_there() {
        for (counts, wanted) in [
            ([12, 0, 0, 0], [24, 0, 0, 0]),
            ([0, 0, 0, 7], [0, 0, 0, 24]),
            ([99, 1, 0, 0], [23, 1, 0, 0]),
            ([1, 1, 1, 97], [1, 1, 1, 21]),
            ([0, 0, 0, 0], [24, 0, 0, 0]),
        ] {
            let blocks = blocks(counts);
            assert!(counts == [0; 4] || blocks == wanted, "{counts:?}: {blocks:?}");
            assert_eq!(blocks.iter().sum::<usize>(), BAR);
        }
    }
}
