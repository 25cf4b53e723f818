use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use anstyle::Style;

use super::plural;
use crate::cli::known::Blessed;
use crate::ledger::Resource;
use crate::record::Waiver;
use crate::refserver::{Control, Defect};
use crate::report::{Answer, Board, Differences, ExitCode, Summary, Supports, Tier, tame};
use crate::runner::{Difference, Rejudged, Swept};
use crate::spec::{Clause, Row};
use crate::target::Target;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// Where a target is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Presence {
    BuiltIn,
    Installed,
    Absent,
    Remote,
}

impl Presence {
    const fn word(self) -> &'static str {
        match self {
            Self::BuiltIn => "built in",
            Self::Installed => "installed",
            Self::Absent => "not installed",
            Self::Remote => "remote",
        }
    }
}

/// Returns the first line of `serve`.
pub(in crate::cli) fn listening(url: &str) -> String {
    format!("listening on {url}\n")
}

/// Returns what a sweep came to: what it removed, or what it would.
pub(in crate::cli) fn swept(swept: &Swept, done: bool, ledger: &Path) -> String {
    let Swept { found, elsewhere, left } = swept;
    let line = |resource: &Resource| {
        let state = match () {
            () if left.contains(resource) => "LEFT    ",
            () if done => "removed ",
            () => "",
        };
        format!("{state}{:<9}{}   {}\n", resource.kind.word(), resource.name, resource.region)
    };
    let mut text: String = found.iter().map(line).collect();
    if !elsewhere.is_empty() {
        let places: BTreeSet<&str> = elsewhere.iter().map(|resource| &*resource.endpoint).collect();
        let places = places.into_iter().collect::<Vec<_>>().join(", ");
        let _ = writeln!(text, "{} of other endpoints left alone: {places}", plural(elsewhere.len(), "resource"));
    }
    let _ = match (found.len(), done, left.len()) {
        (0, ..) => writeln!(text, "nothing is left behind"),
        (count, false, _) => {
            writeln!(text, "{} would be removed, by `{}`; --yes does it", plural(count, "resource"), ledger.display())
        }
        (count, true, 0) => writeln!(text, "{} removed, leaked 0", plural(count, "resource")),
        (count, true, left) => {
            writeln!(text, "{} of {} could not be shown to be gone: leaked {left}", left, plural(count, "resource"))
        }
    };
    text
}

/// Returns a line of an installation.
pub(in crate::cli) fn installing(target: &str, line: &str) -> String {
    format!("{target}: {line}\n")
}

/// Returns what is said of a target that is there.
pub(in crate::cli) fn installed(target: &Target, program: &Path) -> String {
    let version = target.version.as_deref().unwrap_or_default();
    let named = format!("{} {version}", target.name);
    format!("{} is installed: {}\nrun it: copysnap run --target {}\n", named.trim(), program.display(), target.name)
}

/// Returns the defects and the controls: name, clause, what it does.
pub(in crate::cli) fn defects(defects: &[Defect], controls: &[Control], width: usize) -> String {
    let rows = defects.iter().map(|defect| [defect.name(), defect.clause().name(), defect.says()]);
    let names: Vec<String> = controls.iter().map(Control::name).collect();
    let worthless = names.iter().map(|name| [name.as_str(), "", ""]);
    format!(
        "{}\n\n{}\n{}\n\n{}",
        plural(defects.len(), "defect") + ", one broken rule each: `serve --defect NAME`, `run --defect NAME`",
        table(rows, width),
        plural(names.len(), "control") + ", worthless whatever is asked: `serve --control NAME`",
        table(worthless, width),
    )
}

/// Returns the targets: name, version, whether it is here, what it can do, how to get it.
pub(in crate::cli) fn targets(rows: &[(Target, Presence)], width: usize) -> String {
    let cells: Vec<[String; 4]> = rows
        .iter()
        .map(|(target, presence)| {
            let can: Vec<&str> = target.capabilities.iter().map(|capability| capability.word()).collect();
            let can = if can.is_empty() { "-".to_owned() } else { can.join(" ") };
            let (name, version) = (target.name.clone(), target.version.clone().unwrap_or_else(|| "-".to_owned()));
            let about = format!("{}. Can: {can}. To get: {}", target.about, target.how_to_get);
            [name, version, presence.word().to_owned(), about]
        })
        .collect();
    let rows = cells.iter().map(|row| row.each_ref().map(String::as_str));
    format!(
        "{}\nrun one: copysnap run --target NAME; any other endpoint: copysnap run --endpoint URL\n",
        table(rows, width)
    )
}

/// Returns the clauses: id, level, grade, what it says.
pub(in crate::cli) fn clauses<'a>(clauses: impl ExactSizeIterator<Item = &'a Clause>, width: usize) -> String {
    let count = plural(clauses.len(), "clause");
    let rows = clauses.map(|clause| [&*clause.id, clause.level.word(), clause.grade.word(), &*clause.says]);
    format!("{}\n{count}; one whole: copysnap explain ID\n", table(rows, width))
}

/// Returns the rows of the fact tables: what each is about, and the clauses that cover it, or why none can.
pub(in crate::cli) fn facts<'a>(
    rows: impl ExactSizeIterator<Item = (&'a Row, Vec<&'a Clause>)>,
    width: usize,
) -> String {
    let (count, mut covered, mut hidden) = (rows.len(), 0, 0);
    let cells: Vec<(&Row, String)> = rows
        .map(|(row, clauses)| {
            let ids: Vec<&str> = clauses.iter().map(|clause| clause.id.as_str()).collect();
            let last = match &row.unobservable {
                _ if !ids.is_empty() => {
                    covered += 1;
                    ids.join(" ")
                }
                Some(why) => {
                    hidden += 1;
                    format!("not observable: {why}")
                }
                None => "open".to_owned(),
            };
            (row, last)
        })
        .collect();
    let rest = match count - covered - hidden {
        0 => "none open".to_owned(),
        left => format!("{left} open"),
    };
    let rows = cells.iter().map(|(row, last)| [row.fact.as_str(), row.about.as_str(), last.as_str()]);
    format!(
        "{}\n{}: {covered} with clauses, {hidden} that can't be observed, {rest}\n",
        table(rows, width),
        plural(count, "row")
    )
}

/// Returns a clause whole, with what tries it and what breaks it.
pub(in crate::cli) fn explanation(
    clause: &Clause,
    cases: &[&str],
    defects: &[Defect],
    colour: bool,
    width: usize,
) -> String {
    let paint = |style: Style, text: &str| if colour { format!("{style}{text}{style:#}") } else { text.to_owned() };
    let known = format!("{} · {}", clause.level.word(), clause.grade.word());
    let mut text = format!("{}   {}\n", paint(BOLD, &clause.id), paint(DIM, &known));
    for line in wrap(&clause.says, width) {
        let _ = writeln!(text, "{line}");
    }
    text.push('\n');
    let mut part = |label: &str, lines: &[String]| {
        let lines = lines.iter().flat_map(|line| wrap(line, width.saturating_sub(10)));
        for (place, line) in lines.enumerate() {
            let label = paint(DIM, &format!("{:<10}", if place == 0 { label } else { "" }));
            let _ = writeln!(text, "{label}{line}");
        }
    };
    let member = clause.source.member.as_ref().map(|member| format!(", {member}")).unwrap_or_default();
    if let Some(allows) = &clause.allows {
        part("allows", std::slice::from_ref(allows));
    }
    part("source", &[format!("{}{member}; read {}", clause.source.name, clause.source.read)]);
    part("facts", &[clause.facts.join(" ")]);
    part("example", std::slice::from_ref(&clause.example));
    match (&clause.unprobed, cases) {
        (Some(why), []) => part("unprobed", std::slice::from_ref(why)),
        _ => part("cases", &cases.iter().map(|case| (*case).to_owned()).collect::<Vec<_>>()),
    }
    match (&clause.undefected, defects) {
        (Some(why), []) => part("unbroken", &[format!("no defect breaks it: {why}")]),
        _ => part("defects", &defects.iter().map(|defect| format!("{defect}: {}", defect.says())).collect::<Vec<_>>()),
    }
    if let Some(defect) = defects.first() {
        part("see it", &[format!("copysnap run --defect {defect} --clause {}", clause.id)]);
    }
    text
}

/// Returns a case as it was played: its path, what it tries, its steps.
pub(in crate::cli) fn played(path: &str, purpose: &str, steps: &str, width: usize) -> String {
    let mut text = format!("{path}\n");
    for line in wrap(purpose, width) {
        let _ = writeln!(text, "{line}");
    }
    if steps.is_empty() {
        return text + "\n";
    }
    format!("{text}\n{steps}\n")
}

/// Returns the text in one line, without what a terminal obeys: what comes with a log may come from anywhere.
pub(super) fn plain(text: &str) -> String {
    tame(text).replace('\n', "\u{fffd}")
}

/// Returns whether a target does what an application relies on, and what stands in the way.
pub(in crate::cli) fn supports(said: &Supports, width: usize) -> String {
    let mut text = String::new();
    if let Some(why) = &said.incomplete {
        let _ = writeln!(text, "{}\n", plain(why));
    }
    for (name, used) in &said.usage.operations {
        let parameters: BTreeSet<&str> = used.kinds.iter().flatten().copied().collect();
        let parameters = parameters.into_iter().collect::<Vec<_>>().join(" ");
        let _ = writeln!(text, "uses      {name}, {}   {parameters}", plural(used.calls, "call"));
    }
    for (name, calls) in &said.usage.others {
        let _ = writeln!(text, "passed    {name}, {}   no clause speaks of it", plural(*calls, "call"));
    }
    text.push('\n');
    for relied in &said.clauses {
        let _ = writeln!(text, "{:<8}  {}   {}", relied.answer.word(), relied.clause, relied.verdict);
        if relied.answer == Answer::Yes {
            continue;
        }
        for line in [&relied.says, &relied.why].into_iter().filter(|line| !line.is_empty()) {
            for line in wrap(&plain(line), width.saturating_sub(10)) {
                let _ = writeln!(text, "{:10}{line}", "");
            }
        }
    }
    let _ = writeln!(text, "\n{}", plain(&said.sentence()));
    text
}

/// Returns several targets, a line each.
pub(in crate::cli) fn board(board: &Board) -> String {
    let names: Vec<String> = board.targets.iter().map(|target| plain(&target.name)).collect();
    let widest = names.iter().map(|name| name.chars().count()).max().unwrap_or_default();
    let mut text = String::new();
    for (name, target) in names.iter().zip(&board.targets) {
        let tier = target.tier.map_or("no tier", Tier::word);
        let cut = target.incomplete.as_ref().map(|why| format!("   {}", plain(why))).unwrap_or_default();
        let verdict = target.verdict.word();
        let _ = writeln!(text, "{name:<widest$}   {verdict:<12}   {tier:<9}   {:.3}{cut}", target.score);
    }
    text
}

/// Returns in what two runs differ.
pub(in crate::cli) fn differences(all: &Differences, steps: bool) -> String {
    let mut text = String::new();
    for (label, summary) in [("before", &all.before), ("after", &all.after)] {
        let named = plain(&summary.target.called());
        let cut = summary.incomplete.as_ref().map(|why| format!("   {why}")).unwrap_or_default();
        let _ = writeln!(text, "{label:<8}{named}   catalogue {}   {}{cut}", summary.catalogue, summary.started);
    }
    if all.before.catalogue != all.after.catalogue {
        let _ = writeln!(text, "the rules are not the same: a verdict may have changed and the target not");
    }
    text.push('\n');
    for change in &all.changes {
        let rules = change.rules.as_ref().map(|why| format!("   ({why})")).unwrap_or_default();
        let _ = writeln!(text, "{:<8}{}{rules}", change.kind, plain(&change.clause));
        for (sign, said) in [('-', &change.before), ('+', &change.after)] {
            if !said.is_empty() {
                let _ = writeln!(text, "        {sign} {}", plain(said));
            }
        }
    }
    for case in all.cases.iter().filter(|_| steps) {
        let _ = writeln!(text, "{:<8}case {}", case.drift.word(), case.case);
        for line in &case.diff {
            let _ = writeln!(text, "        {}", plain(line));
        }
    }
    let of = |kind: &str| all.changes.iter().filter(|change| change.kind == kind).count();
    let verdicts =
        format!("{} changed, {} added, {} deleted", plural(of("changed"), "verdict"), of("added"), of("deleted"));
    let how = if steps || all.cases.is_empty() { "" } else { " (--steps shows in what)" };
    let _ = writeln!(text, "{verdicts}; {} answered otherwise{how}", plural(all.cases.len(), "case"));
    text
}

/// Returns in what verdicts of a log differ from what its steps come to.
pub(in crate::cli) fn rejudged(judged: &Rejudged, summary: &Summary, code: ExitCode) -> String {
    let Rejudged { differences, sequences, steps, catalogue, left, .. } = judged;
    let mut text = String::new();
    let _ = writeln!(text, "target  {}   {}", plain(&summary.target.named()), plain(&summary.started));
    if *catalogue != summary.catalogue {
        let _ = writeln!(text, "the log was judged by catalogue {catalogue}, and is now by {}", summary.catalogue);
    }
    if let Some(why) = &summary.incomplete {
        let _ = writeln!(text, "{why}");
    }
    text.push('\n');
    for Difference { path, clause, before, after, evidence } in differences {
        let word = |verdict: &Option<String>| plain(&verdict.as_deref().unwrap_or("nothing").replace('_', " "));
        let _ = writeln!(text, "differs  {}  {} -> {}   {}", plain(clause), word(before), word(after), plain(path));
        if let Some((expected, observed)) = evidence {
            let (expected, observed) = (plain(expected), plain(observed));
            let _ = writeln!(text, "         expected  {expected}\n         observed  {observed}");
        }
    }
    for (path, why) in left {
        let _ = writeln!(text, "left as it was  {}: {}", plain(path), plain(why));
    }
    let counts = format!("{}, {}", plural(*sequences, "sequence"), plural(*steps, "step"));
    let _ = writeln!(text, "{counts} judged anew: {} differ", plural(differences.len(), "verdict"));
    let _ = writeln!(text, "{}: {} (exit {})", summary.verdict.word().replace('_', " "), summary.reason, code.code());
    text
}

/// Returns what came of merging the logs of shards.
pub(in crate::cli) fn merged(count: usize, to: &Path, lacks: &[String], summary: &Summary) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "target  {}   {}", plain(&summary.target.named()), plain(&summary.started));
    for lack in lacks {
        let _ = writeln!(text, "{}", plain(lack));
    }
    let _ = writeln!(text, "{} merged into `{}`", plural(count, "shard"), to.display());
    let (verdict, code) = (summary.verdict.word().replace('_', " "), summary.exit_code.code());
    let _ = writeln!(text, "{verdict}: {} (exit {code})", summary.reason);
    text
}

/// Returns what was done to the snapshot files of a folder.
pub(in crate::cli) fn blessed(folder: &Path, blessed: &Blessed) -> String {
    let Blessed { written, kept, removed } = blessed;
    format!("recorded  `{}`: {written} written, {kept} as before, {removed} removed\n", folder.display())
}

/// Returns what was written to a file of waivers.
pub(in crate::cli) fn waived(file: &Path, added: &[Waiver]) -> String {
    let mut text = String::new();
    for waiver in added {
        let field = waiver.field.as_ref().map(|field| format!(" ({field})")).unwrap_or_default();
        let _ = writeln!(text, "{}{field}: {}", waiver.clause, waiver.outcome);
    }
    match added.first() {
        None => format!("`{}` accepts all of it already\n", file.display()),
        Some(first) => {
            let count = plural(added.len(), "waiver");
            format!("{text}{count} until {} in `{}`\n", first.expires, file.display())
        }
    }
}

/// Returns rows in columns, of which the last is broken into lines of what is left of the width.
fn table<'a, const N: usize>(rows: impl Iterator<Item = [&'a str; N]>, width: usize) -> String {
    let rows: Vec<[&str; N]> = rows.collect();
    let mut widths = [0; N];
    for row in &rows {
        for (widest, cell) in widths.iter_mut().zip(row) {
            *widest = (*widest).max(cell.chars().count());
        }
    }
    let lead: usize = widths.iter().take(N - 1).map(|widest| widest + 2).sum();
    let mut text = String::new();
    for row in &rows {
        let mut head = String::new();
        for (cell, widest) in row.iter().zip(&widths).take(N - 1) {
            let _ = write!(head, "{cell:<widest$}  ");
        }
        let last = row.last().copied().unwrap_or_default();
        for (place, line) in wrap(last, width.saturating_sub(lead).max(30)).iter().enumerate() {
            let head = if place == 0 { head.clone() } else { " ".repeat(lead) };
            let _ = writeln!(text, "{}", format!("{head}{line}").trim_end());
        }
    }
    text
}

/// Breaks a text at spaces into lines of at most `width` characters; a longer word stays whole.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let length = lines.last().map_or(0, |line| line.chars().count());
        if length > 0 && length + 1 + word.chars().count() > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_breaks_its_last_column() {
        let rows = [["a", "one two three four five six seven"], ["long", "x"]];
        let wanted = "a     one two three four five six\n      seven\nlong  x\n";
        assert_eq!(table(rows.into_iter(), 36), wanted);
    }
}
