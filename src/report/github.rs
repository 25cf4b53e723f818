use super::exit::ExitCode;
use super::finding::Finding;
use super::summary::Summary;
use super::words::{score, spoken, tame};
use crate::oracle::Verdict;

/// Returns GitHub's workflow commands, one annotation a finding, and the result in three lines.
#[must_use]
pub fn github(summary: &Summary) -> String {
    let mut lines: Vec<String> = summary.findings.iter().map(|finding| annotation(summary, finding)).collect();
    lines.extend(summary.drift.iter().map(|drift| {
        let title = format!("{} ({}: not as recorded)", drift.case, drift.drift.word());
        command("error", &title, &drift.diff.join("\n"))
    }));
    if let Some(incomplete) = &summary.incomplete {
        lines.push(command("error", "run", incomplete));
    } else if summary.exit_code != ExitCode::Conforms && lines.is_empty() {
        lines.push(command("error", "run", &summary.reason));
    }
    lines.push(summary.counted());
    let (kept, all) = summary.musts();
    lines.push(format!("score {} ({kept} of {all} MUST clauses)", score(summary.score)));
    let reason = summary.reason.replace(['\r', '\n'], " ");
    lines.push(format!("{}: {reason} (exit {})", summary.verdict.word(), summary.exit_code.code()));
    tame(&lines.join("\n")) + "\n"
}

fn annotation(summary: &Summary, finding: &Finding) -> String {
    let level = match finding.verdict {
        Verdict::KnownFail => "notice",
        Verdict::Warn if !summary.strict => "warning",
        _ => "error",
    };
    let title = format!("{} ({}, {}, {})", finding.clause, spoken(finding.verdict), finding.level, finding.grade);
    command(level, &title, &finding.text())
}

/// What a target says must not end the command or begin another one.
fn command(level: &str, title: &str, message: &str) -> String {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    format!("::{level} title={}::{}", data(title).replace(':', "%3A").replace(',', "%2C"), data(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_its_command() {
        assert_eq!(command("error", "a:b,c", "100%\n::error::x"), "::error title=a%3Ab%2Cc::100%25%0A::error::x");
    }
}
