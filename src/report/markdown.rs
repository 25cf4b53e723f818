use super::compare;
use super::finding::Finding;
use super::precedence::{LEGEND, Matrix};
use super::summary::Summary;
use super::waive;
use super::words::{CONTEST, instant, plural, score, some_of, spoken, tame};

/// Returns the report as GitHub-flavoured Markdown, such as for a step summary.
#[must_use]
pub fn markdown(summary: &Summary) -> String {
    let mut page = vec![format!("# copysnap: {}", summary.verdict.word()), String::new()];
    page.push(format!("**{}** (exit {})", prose(&summary.reason), summary.exit_code.code()));
    if let Some(incomplete) = &summary.incomplete {
        page.extend([String::new(), format!("> {}", prose(incomplete))]);
    }
    head(&mut page, summary);
    areas(&mut page, summary);
    if !summary.findings.is_empty() {
        page.extend([String::new(), "## Findings".to_owned()]);
        for finding in &summary.findings {
            self::finding(&mut page, finding);
        }
    }
    if !summary.drift.is_empty() {
        page.extend([String::new(), "## Not as recorded".to_owned()]);
        for drift in &summary.drift {
            page.extend([String::new(), format!("### {} {}", drift.drift.word(), code(&drift.case)), String::new()]);
            fenced(&mut page, "diff", &drift.diff);
        }
    }
    let open = summary.open();
    if !open.is_empty() {
        page.extend(["", "## Not judged", "", "| verdict | clauses | why |", "|---|---|---|"].map(str::to_owned));
        for (verdict, why, ids) in open {
            page.push(row(&[&spoken(verdict), &some_of(&ids, 8), why]));
        }
    }
    precedence(&mut page, summary);
    read(&mut page, summary);
    page.extend([String::new(), "## How to reproduce".to_owned(), String::new()]);
    fenced(&mut page, "sh", std::slice::from_ref(&summary.command));
    tame(&page.join("\n")) + "\n"
}

fn head(page: &mut Vec<String>, summary: &Summary) {
    let (kept, all) = summary.musts();
    let cases = match summary.cases.skipped.len() {
        0 => plural(summary.cases.ran, "case"),
        count => format!("{}, {count} more did not run", plural(summary.cases.ran, "case")),
    };
    page.extend(["", "| | |", "|---|---|"].map(str::to_owned));
    for (name, value) in [
        ("target", summary.target.named()),
        ("endpoint", summary.target.endpoint.clone()),
        ("score", format!("{} ({kept} of {all} MUST clauses)", score(summary.score))),
        ("tier", summary.tiers.line()),
        ("clauses", summary.counted()),
        ("cases", cases),
        ("controls", summary.controls_line()),
        ("suite", format!("copysnap {}, catalogue {}", summary.tool, summary.catalogue)),
        ("run", format!("{}, seed {}, {}", summary.run, summary.seed, instant(&summary.started))),
    ] {
        if !value.is_empty() {
            page.push(row(&[name, &value]));
        }
    }
}

/// Writes which rules were applied, what is accepted, and what to do who thinks otherwise.
fn read(page: &mut Vec<String>, summary: &Summary) {
    page.extend(
        ["", "## Tiers", "", "| tier | reached | its clauses | kept | of |", "|---|---|---|--:|--:|"]
            .map(str::to_owned),
    );
    for tier in &summary.tiers.tiers {
        let reached = if tier.reached { "yes" } else { "no" };
        page.push(row(&[tier.tier.word(), reached, tier.rule, &tier.kept.to_string(), &tier.of.to_string()]));
    }
    if !summary.waivers.is_empty() {
        page.extend(
            ["", "## Waivers", "", "| clause | accepted | reason | age |", "|---|---|---|---|"].map(str::to_owned),
        );
        for settled in &summary.waivers {
            let waiver = &settled.waiver;
            page.push(row(&[&waiver.clause, &waiver.outcome, &waiver.reason, &waive::age(settled, &summary.started)]));
        }
    }
    page.extend(["", "## How to contest a clause"].map(str::to_owned));
    for line in CONTEST {
        page.extend([String::new(), (*line).to_owned()]);
    }
}

fn areas(page: &mut Vec<String>, summary: &Summary) {
    if summary.areas.is_empty() {
        return;
    }
    page.extend(["", "| area | kept | of | fail | warn |", "|---|--:|--:|--:|--:|"].map(str::to_owned));
    for area in &summary.areas {
        let numbers = [area.kept, area.total, area.failed, area.warned].map(|number| number.to_string());
        let [kept, total, failed, warned] = &numbers;
        page.push(row(&[&area.area, kept, total, failed, warned]));
    }
}

fn finding(page: &mut Vec<String>, finding: &Finding) {
    let cases = if finding.count > 1 { format!(" · in {} cases", finding.count) } else { String::new() };
    page.extend([
        String::new(),
        format!("### {} {}", spoken(finding.verdict).to_uppercase(), code(&finding.clause)),
        String::new(),
        format!("{} · {}{cases}", finding.level, finding.grade),
        String::new(),
        prose(&finding.says),
        String::new(),
    ]);
    let difference: Vec<String> = match compare::lines(&finding.expected, &finding.observed) {
        Some(lines) => lines.iter().map(|line| format!("{} {}", line.sign, line.text)).collect(),
        None => vec![format!("- expected  {}", finding.expected), format!("+ observed  {}", finding.observed)],
    };
    fenced(page, "diff", &difference);
    if !finding.steps.is_empty() {
        page.push(String::new());
        fenced(page, "text", &finding.steps);
    }
    if let Some(waived) = &finding.waived {
        page.extend([String::new(), format!("accepted {}", prose(waived))]);
    }
    page.extend([String::new(), format!("replay: {}", code(&finding.replay))]);
}

fn precedence(page: &mut Vec<String>, summary: &Summary) {
    let Some(matrix) = Matrix::of(&summary.precedence) else { return };
    page.extend(["", "## Which of two faults is answered", "", LEGEND, ""].map(prose));
    let columns: Vec<&str> = matrix.words.iter().skip(1).map(String::as_str).collect();
    page.push(row(&[&[""], columns.as_slice()].concat()));
    page.push(format!("|---|{}", ":-:|".repeat(columns.len())));
    for (word, signs) in matrix.words.iter().zip(&matrix.rows).take(columns.len()) {
        let signs: Vec<&str> = signs.iter().skip(1).copied().collect();
        page.push(row(&[&[word.as_str()], signs.as_slice()].concat()));
    }
}

/// Writes lines between fences that are longer than any in them.
fn fenced(page: &mut Vec<String>, language: &str, lines: &[String]) {
    let longest = lines.iter().map(|line| ticks(line)).max().unwrap_or_default();
    let fence = "`".repeat(3.max(longest + 1));
    page.push(format!("{fence}{language}"));
    page.extend(lines.iter().cloned());
    page.push(fence);
}

fn ticks(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

pub(super) fn code(text: &str) -> String {
    let text = text.replace(['\r', '\n'], " ");
    match ticks(&text) {
        0 => format!("`{text}`"),
        longest => format!("{0} {text} {0}", "`".repeat(longest + 1)),
    }
}

/// What a target says must not become markup; our own code spans stay.
pub(super) fn prose(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace(['\r', '\n'], " ")
}

pub(super) fn row(cells: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| prose(cell).replace('|', "\\|")).collect();
    format!("| {} |", cells.join(" | "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_its_fence_or_cell() {
        let mut page = Vec::new();
        fenced(&mut page, "text", &["a ``` b".to_owned()]);
        assert_eq!(page, ["````text", "a ``` b", "````"]);
        assert_eq!(code("a`b"), "`` a`b ``");
        assert_eq!(row(&["a|b", "<b>"]), "| a\\|b | &lt;b> |");
    }
}
