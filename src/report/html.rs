mod board;
mod room;
mod view;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, HtmlEscape, Value};
use serde::Serialize;

pub use board::{board_html, trend_html};
use view::View;

use super::summary::Summary;
use super::words::{plural, tame};
use crate::oracle::Verdict;

/// What all pages look like.
const STYLE: &str = include_str!("html/style.css");
/// What filters and copies, where scripts run.
const SCRIPT: &str = include_str!("html/script.js");
const TEMPLATE: &str = include_str!("html/report.html");

/// Returns one HTML file that needs no other: for a browser, in light and dark, and for paper.
#[must_use]
pub fn html(summary: &Summary) -> String {
    page(TEMPLATE, &View::of(summary))
}

/// Fills a template.
fn page(template: &str, view: &impl Serialize) -> String {
    let rendered = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().and_then(|syntax| {
        let mut environment = Environment::new();
        environment.set_syntax(syntax);
        environment.add_filter("prose", prose);
        environment.add_filter("sign", sign);
        environment.add_filter("counted", |count: usize, one: &str| plural(count, one));
        environment.add_filter("class_of", |word: &str| board::class_of(word));
        environment.add_filter("spoken_of", |word: &str| board::spoken_of(word));
        environment.add_filter("sign_of", |word: &str| board::sign_of(word));
        environment.add_global("style", Value::from_safe_string(STYLE.trim_end().to_owned()));
        environment.add_global("script", Value::from_safe_string(SCRIPT.trim_end().to_owned()));
        // The name's ending is what makes it escape.
        environment.add_template("page.html", template)?;
        environment.get_template("page.html")?.render(Serde(view))
    });
    // A browser draws what turns text round, and shows nothing of what controls a terminal.
    let rendered = rendered.map(|page| tame(&page));
    // The templates are ours and a test renders them; what is left is to say so rather than to hide it.
    rendered.unwrap_or_else(|error| format!("<!doctype html><title>copysnap</title><p>{}", error.kind()))
}

/// Returns the text with what stands between backticks as code.
fn prose(text: &str) -> Value {
    let parts: Vec<&str> = text.split('`').collect();
    let whole = parts.len() % 2 == 1;
    let shown = parts.iter().enumerate().map(|(at, part)| match at % 2 {
        1 if whole => format!("<code>{}</code>", HtmlEscape(part)),
        _ if whole || at == 0 => HtmlEscape(part).to_string(),
        _ => format!("`{}", HtmlEscape(part)),
    });
    Value::from_safe_string(shown.collect())
}

/// Returns the signs of the matrix of faults as a page has room to draw them.
fn sign(text: &str) -> String {
    match text {
        "x" => "×".to_owned(),
        _ => text.replace('<', "←").replace('^', "↑").replace("x neither", "× neither"),
    }
}

/// Returns how a verdict is coloured.
const fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass | Verdict::NonStrict => "good",
        Verdict::Fail | Verdict::Misrouted | Verdict::Error | Verdict::ModelStale => "bad",
        Verdict::Warn | Verdict::Flaky | Verdict::StaleWaiver | Verdict::Inconclusive | Verdict::PreconditionFailed => {
            "warn"
        }
        Verdict::Unsupported => "absent",
        Verdict::NotApplicable | Verdict::NotRun | Verdict::KnownFail => "mute",
    }
}
