use serde::{Serialize, Serializer};

use super::clause::{self, ClauseResult};
use super::digest::Digest;
use super::waive::WaiverResult;
use super::words::{plural, some_of};
use crate::oracle::Verdict;

/// What the process returns, and with it what a run comes to.
///
/// If several apply, the first of this order counts: usage, fails, broken, stale, inconclusive, conforms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ExitCode {
    /// 0: every selected clause that could be judged is kept; warnings are allowed unless they are strict.
    #[default]
    Conforms,
    /// 1: a clause fails, another service answered, or one of the four snapshot operations is not there.
    Fails,
    /// 2: the command line is wrong, or nothing matched it. Never made from a log.
    Usage,
    /// 3: the target was not reached, the harness failed, or something was left behind.
    Broken,
    /// 4: the run was cut short, a MUST clause stayed open, nothing passed, or the model is stale.
    Inconclusive,
    /// 5: a waiver matches nothing any more, or the target drifted from its snapshot files.
    Stale,
}

impl ExitCode {
    /// Every code, in the order in which they take precedence.
    pub const ALL: &'static [Self] =
        &[Self::Usage, Self::Fails, Self::Broken, Self::Stale, Self::Inconclusive, Self::Conforms];

    /// Returns the number.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Conforms => 0,
            Self::Fails => 1,
            Self::Usage => 2,
            Self::Broken => 3,
            Self::Inconclusive => 4,
            Self::Stale => 5,
        }
    }

    /// Returns the code that takes precedence.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        let place = |code: Self| Self::ALL.iter().position(|known| *known == code);
        if place(self) <= place(other) { self } else { other }
    }

    /// Returns the verdict of the run; `warned` where a clause warns.
    #[must_use]
    pub const fn verdict(self, warned: bool) -> Verdict {
        match self {
            Self::Conforms if warned => Verdict::Warn,
            Self::Conforms => Verdict::Pass,
            Self::Fails | Self::Stale => Verdict::Fail,
            Self::Usage | Self::Broken => Verdict::Error,
            Self::Inconclusive => Verdict::Inconclusive,
        }
    }

    /// Returns what it means for somebody who asks whether to rely on the target.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Conforms => {
                "As far as the selected clauses say, the target copies ElastiCache snapshots as AWS does: it showed that it \
                 lives, and nothing that it did contradicts what sources settle."
            }
            Self::Fails => {
                "The target differs from what AWS's documentation, API model or a recording of AWS says; under --strict, also \
                 from what is only inferred. A client that relies on one of the clauses below works on AWS and breaks here, \
                 or the other way round."
            }
            Self::Usage => "Nothing was run.",
            Self::Broken => {
                "The run says nothing firm of the target: it was not reached, the harness itself failed, or something that \
                 the run made is still there."
            }
            Self::Inconclusive => {
                "The run does not settle whether the target conforms. Nothing was seen that contradicts a clause that must \
                 be kept, but not enough was seen kept either."
            }
            Self::Stale => {
                "A waiver accepts a failure that does not occur any more, or the target's behaviour has drifted from what \
                 was recorded of it."
            }
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.code())
    }
}

impl schemars::JsonSchema for ExitCode {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ExitCode".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let codes: Vec<u8> = Self::ALL.iter().map(|code| code.code()).collect();
        schemars::json_schema!({ "type": "integer", "enum": codes })
    }
}

impl Serialize for ExitCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.code())
    }
}

/// What speaks for which code.
#[derive(Default)]
struct Reasons(Vec<(ExitCode, String)>);

impl Reasons {
    fn say(&mut self, code: ExitCode, why: impl Into<String>) {
        self.0.push((code, why.into()));
    }

    /// Names what does something, if anything does; `one` and `many` are the words for it.
    fn name(&mut self, code: ExitCode, all: &[&str], one: &str, many: &str) {
        if !all.is_empty() {
            self.say(code, format!("{} {}", some_of(all, 3), if all.len() == 1 { one } else { many }));
        }
    }
}

/// Returns the exit code, and why it is so in one line.
pub(super) fn decide(
    digest: &Digest<'_>,
    results: &[ClauseResult],
    waivers: &[WaiverResult],
    incomplete: Option<&str>,
    strict: bool,
) -> (ExitCode, String) {
    use ExitCode::{Broken, Fails, Inconclusive, Stale};
    let having = |wanted: Verdict, must: bool| -> Vec<&str> {
        let has = |result: &&ClauseResult| result.verdict == wanted && (result.is_must() || !must);
        results.iter().filter(has).map(|result| result.id.as_str()).collect()
    };
    let answered = |state: &str| -> Vec<&str> { digest.answered(state).map(|support| &*support.operation).collect() };
    let mut reasons = Reasons::default();

    reasons.name(Fails, &having(Verdict::Fail, false), "fails", "fail");
    let absent: Vec<&str> = answered("unsupported").into_iter().filter(|name| clause::is_essential(name)).collect();
    reasons.name(Fails, &absent, "is not supported", "are not supported");
    let elsewhere = answered("misrouted");
    reasons.name(Fails, &elsewhere, "is answered by another service", "are answered by another service");
    if elsewhere.is_empty() {
        reasons.name(Fails, &having(Verdict::Misrouted, false), "is misrouted", "are misrouted");
    }
    let warned = having(Verdict::Warn, false);
    if strict {
        reasons.name(Fails, &warned, "warns, under --strict", "warn, under --strict");
    }

    match digest.footer {
        Some(footer) if !footer.reached && footer.why.is_empty() => reasons.say(Broken, "the target was not reached"),
        Some(footer) if !footer.reached => reasons.say(Broken, &*footer.why),
        _ => {}
    }
    if let Some(footer) = digest.footer.filter(|footer| !footer.failure.is_empty()) {
        reasons.say(Broken, format!("the harness failed: {}", footer.failure));
    }
    if digest.leaked > 0 {
        let usd = digest.footer.and_then(|footer| footer.leak_usd_a_day);
        let usd = usd.map(|usd| format!(", which costs {usd:.2} USD a day")).unwrap_or_default();
        reasons.say(Broken, format!("{} left behind{usd}", plural(digest.leaked, "resource")));
    }
    reasons.name(
        Broken,
        &having(Verdict::Error, false),
        "met a failure of the harness",
        "met a failure of the harness",
    );

    let stale: Vec<String> = waivers
        .iter()
        .filter_map(|settled| Some((&settled.waiver, settled.stale.as_ref()?)))
        .map(|(waiver, why)| format!("the waiver of {} ({}): {why}", waiver.clause, waiver.place()))
        .collect();
    if let [first, more @ ..] = stale.as_slice() {
        let more =
            if more.is_empty() { String::new() } else { format!("; and {}", plural(more.len(), "more stale waiver")) };
        reasons.say(Stale, format!("{first}{more}"));
    }

    let drifted: Vec<&str> = digest.drifts.iter().map(|drift| drift.case.as_str()).collect();
    reasons.name(Stale, &drifted, "is not as recorded", "are not as recorded");

    if let Some(why) = incomplete {
        reasons.say(Inconclusive, why);
    }
    reasons.name(Inconclusive, &having(Verdict::ModelStale, false), "is wrong in the model", "are wrong in the model");
    reasons.name(Inconclusive, &having(Verdict::Flaky, true), "is kept only at times", "are kept only at times");
    reasons.name(Inconclusive, &having(Verdict::Inconclusive, true), "is inconclusive", "are inconclusive");
    let unmet = having(Verdict::PreconditionFailed, true);
    reasons.name(Inconclusive, &unmet, "lacks its precondition", "lack their precondition");
    if !results.iter().any(|result| result.verdict.is_kept()) {
        reasons.say(Inconclusive, "no clause was seen kept");
    }

    let code = reasons.0.iter().fold(ExitCode::Conforms, |code, (other, _)| code.join(*other));
    let why: Vec<&str> = reasons.0.iter().filter(|(of, _)| *of == code).map(|(_, why)| &**why).collect();
    let kept = "every clause that could be judged is kept";
    let s3 =
        if answered("unsupported").contains(&clause::S3) { "; exports are not, since S3 is not there" } else { "" };
    let known = having(Verdict::KnownFail, false).len();
    let but: Vec<String> = [(warned.len(), "warning"), (known, "known fail")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| plural(count, word))
        .collect();
    let why = match (why.is_empty(), but.is_empty()) {
        (false, _) => why.join("; "),
        (true, true) => format!("{kept}{s3}"),
        (true, false) => format!("{kept}, but for {}{s3}", but.join(" and ")),
    };
    (code, why)
}
