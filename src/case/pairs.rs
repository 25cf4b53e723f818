use super::{Ask, Case, CaseStep, Expect, Need, Parameter, Settle, TagTemplate, Value, Word};
use crate::service::{Dress, FaultCode, Operation};
use crate::spec::{ClauseId, id};

/// The folder in which these cases would stand.
pub(super) const FOLDER: &str = "pairs";

/// Something that can be wrong with a copy while something else is wrong too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Wrong {
    /// No snapshot has the source's name.
    UnknownSource,
    /// The source is still being made.
    UnfitSource,
    /// A snapshot has the target's name.
    TakenTarget,
    /// The target's name has two hyphens in a row.
    MalformedTarget,
    /// The target's name is blank.
    BlankTarget,
    /// More than 50 tags.
    ManyTags,
    /// A tag key that is reserved.
    BadTag,
    /// An export to a bucket that is not there.
    MissingBucket,
    /// An export to a bucket whose policy denies the caller what it takes.
    NoPermission,
    /// An export with a key.
    KeyWithBucket,
    /// No signature, so that nothing is permitted.
    Unsigned,
}

/// The part of a request in which it is; two faults of one part exclude each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Source,
    Target,
    Count,
    Key,
    Bucket,
    Encryption,
    Signature,
}

impl Wrong {
    /// Each of them, in the order of the matrix.
    pub const ALL: &'static [Self] = &[
        Self::Unsigned,
        Self::BlankTarget,
        Self::MalformedTarget,
        Self::UnknownSource,
        Self::UnfitSource,
        Self::TakenTarget,
        Self::ManyTags,
        Self::BadTag,
        Self::MissingBucket,
        Self::NoPermission,
        Self::KeyWithBucket,
    ];

    /// Returns the word in paths and reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::UnknownSource => "unknown-source",
            Self::UnfitSource => "unfit-source",
            Self::TakenTarget => "taken-target",
            Self::MalformedTarget => "malformed-target",
            Self::BlankTarget => "blank-target",
            Self::ManyTags => "many-tags",
            Self::BadTag => "bad-tag",
            Self::MissingBucket => "missing-bucket",
            Self::NoPermission => "no-permission",
            Self::KeyWithBucket => "key-with-bucket",
            Self::Unsigned => "unsigned",
        }
    }

    /// Returns the fault of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.word() == word)
    }

    /// Tells whether a request with this fault alone can be sent at leisure: a source that is being made soon is not.
    #[must_use]
    pub const fn lasts(self) -> bool {
        !matches!(self, Self::UnfitSource)
    }

    const fn part(self) -> Part {
        match self {
            Self::UnknownSource | Self::UnfitSource => Part::Source,
            Self::TakenTarget | Self::MalformedTarget | Self::BlankTarget => Part::Target,
            Self::ManyTags => Part::Count,
            Self::BadTag => Part::Key,
            Self::MissingBucket | Self::NoPermission => Part::Bucket,
            Self::KeyWithBucket => Part::Encryption,
            Self::Unsigned => Part::Signature,
        }
    }

    const fn exports(self) -> bool {
        matches!(self, Self::MissingBucket | Self::NoPermission | Self::KeyWithBucket)
    }

    /// Tells whether one request can hold both. The name of an export may look otherwise, and be a snapshot's.
    fn goes_with(self, other: Self) -> bool {
        let in_service = |wrong| matches!(wrong, Self::TakenTarget | Self::MalformedTarget);
        let clash = |one: Self, another| one.exports() && in_service(another);
        self.part() != other.part() && !clash(self, other) && !clash(other, self)
    }

    /// Tells whether an export with it is refused in any case.
    const fn is_sure(self) -> bool {
        matches!(
            self,
            Self::BlankTarget | Self::UnknownSource | Self::MissingBucket | Self::NoPermission | Self::Unsigned
        )
    }

    const fn is_syntax(self) -> bool {
        matches!(self, Self::MalformedTarget | Self::BlankTarget)
    }

    /// Returns the one fault that answers it alone, `None` where there are several.
    const fn code(self) -> Option<FaultCode> {
        match self {
            Self::UnknownSource => Some(FaultCode::SnapshotNotFound),
            Self::TakenTarget => Some(FaultCode::SnapshotAlreadyExists),
            Self::MalformedTarget | Self::BlankTarget => Some(FaultCode::InvalidParameterValue),
            Self::UnfitSource
            | Self::ManyTags
            | Self::BadTag
            | Self::MissingBucket
            | Self::NoPermission
            | Self::KeyWithBucket
            | Self::Unsigned => None,
        }
    }
}

/// Returns the faults of which a case is about a pair, `None` where it is about none.
#[must_use]
pub fn pair_of(path: &str) -> Option<[Wrong; 2]> {
    let (first, second) = path.strip_prefix(FOLDER)?.strip_prefix('/')?.split_once('+')?;
    Some([Wrong::from_word(first)?, Wrong::from_word(second)?])
}

/// Walks the cases: one for every two faults that one request can hold.
pub(super) fn all() -> impl Iterator<Item = Case> {
    Wrong::ALL.iter().enumerate().flat_map(|(place, first)| {
        let later = Wrong::ALL.iter().skip(place + 1).filter(|second| first.goes_with(**second));
        later.map(|second| case([*first, *second]))
    })
}

/// Both faults alone, as far as they last, then both in one request.
fn case(pair: [Wrong; 2]) -> Case {
    let holds = |wrong| pair.contains(&wrong);
    let mut steps = Vec::new();
    if holds(Wrong::TakenTarget) {
        steps.push(CaseStep::Send(ask(&[])));
        steps.push(CaseStep::Settle(Settle::of(vec![Word::name("base"), Word::name("a")])));
    }
    for wrong in pair.iter().filter(|wrong| wrong.lasts()) {
        steps.push(CaseStep::Send(ask(&[*wrong])));
        if wrong.exports() {
            // It was exported without the fault, or with it.
            steps.push(CaseStep::Settle(Settle::of(vec![Word::name("base")])));
        }
    }
    if holds(Wrong::UnfitSource) {
        let with = vec![(Parameter::SnapshotName, Value::Word(Word::name("new"))), (Parameter::Owner, Value::Owner)];
        steps.push(CaseStep::Send(Ask::new(Operation::CreateSnapshot, with)));
    }
    steps.push(CaseStep::Send(Ask { once: holds(Wrong::UnfitSource), ..ask(&pair) }));
    let mut needs = Vec::new();
    for (needed, need) in [
        (holds(Wrong::TakenTarget), Need::Copies(1)),
        // No source says that a key with a bucket is refused.
        (holds(Wrong::KeyWithBucket), Need::Copies(1)),
        (holds(Wrong::UnfitSource), Need::Creates(1)),
        (holds(Wrong::ManyTags) || holds(Wrong::BadTag), Need::Tags),
        (is_export(&pair), Need::Bucket),
        (holds(Wrong::KeyWithBucket), Need::KmsKey),
        (holds(Wrong::Unsigned), Need::Signatures),
    ] {
        needs.extend(needed.then_some(need));
    }
    let [first, second] = pair;
    Case {
        path: format!("{FOLDER}/{}+{}", first.word(), second.word()),
        purpose: format!("Of {} and {} in one copy, one is answered.", first.word(), second.word()),
        clauses: clauses(pair),
        needs,
        spoils: false,
        found: None,
        steps,
    }
}

fn clauses(pair: [Wrong; 2]) -> Vec<ClauseId> {
    // A source may be fit by the time that it is asked for, and few faults refuse an export for sure.
    let (any, no_effect, sure) = if is_export(&pair) {
        (id::EXPORT_FAULTS_ANY, id::EXPORT_REFUSAL_NO_EFFECT, pair.iter().all(|wrong| wrong.is_sure()))
    } else {
        (id::COPY_FAULTS_ANY, id::COPY_REFUSAL_NO_EFFECT, !pair.contains(&Wrong::UnfitSource))
    };
    let mut clauses = Vec::new();
    if pair.contains(&Wrong::Unsigned) {
        clauses.push(id::FRONT_UNSIGNED);
    } else if sure {
        clauses.push(any);
    }
    if is_ordered(pair) {
        clauses.push(id::COPY_FAULTS_SYNTAX_FIRST);
    }
    clauses.push(no_effect);
    clauses
}

fn is_export(wrong: &[Wrong]) -> bool {
    wrong.iter().any(|wrong| wrong.exports())
}

fn is_ordered(pair: [Wrong; 2]) -> bool {
    pair.iter().any(|wrong| wrong.is_syntax()) && pair.contains(&Wrong::UnknownSource)
}

/// A copy with these faults.
fn ask(wrong: &[Wrong]) -> Ask {
    let holds = |fault: Wrong| wrong.contains(&fault);
    let is_setup = wrong.is_empty();
    let source = match () {
        () if holds(Wrong::UnknownSource) => Word::name("nope"),
        () if holds(Wrong::UnfitSource) => Word::name("new"),
        () => Word::name("base"),
    };
    let target = match () {
        () if holds(Wrong::TakenTarget) || is_setup => Word::name("a"),
        () if holds(Wrong::MalformedTarget) => Word::Name {
            alias: crate::service::text("b"),
            filters: vec![super::Filter::Suffix(crate::service::text("--c"))],
        },
        () if holds(Wrong::BlankTarget) => Word::literal(""),
        () => Word::name("b"),
    };
    let mut with = vec![
        (Parameter::SourceSnapshotName, Value::Word(source)),
        (Parameter::TargetSnapshotName, Value::Word(target)),
    ];
    if is_export(wrong) {
        let bucket = match () {
            () if holds(Wrong::MissingBucket) => "bucket-missing",
            () if holds(Wrong::NoPermission) => "bucket-denied",
            () => "bucket",
        };
        with.push((Parameter::TargetBucket, Value::Word(Word::name(bucket))));
    }
    if holds(Wrong::KeyWithBucket) {
        with.push((Parameter::KmsKeyId, Value::Word(Word::name("kms-key"))));
    }
    let bad = TagTemplate { key: Some(Word::literal("aws:x")), value: Some(Word::literal("1")) };
    match (holds(Wrong::ManyTags), holds(Wrong::BadTag)) {
        (false, false) => {}
        (true, false) => with.push((Parameter::Tags, Value::TagCount(51))),
        (false, true) => with.push((Parameter::Tags, Value::Tags(vec![bad]))),
        (true, true) => {
            let good = (1..=50).map(|number| TagTemplate {
                key: Some(Word::literal(&format!("k{number}"))),
                value: Some(Word::literal(&format!("v{number}"))),
            });
            with.push((Parameter::Tags, Value::Tags(std::iter::once(bad).chain(good).collect())));
        }
    }
    let settled = match wrong {
        [] => Some(Expect::Success),
        [alone] => alone.code().map(Expect::Fault),
        [first, second] if is_ordered([*first, *second]) => Some(Expect::Fault(FaultCode::InvalidParameterValue)),
        _ => None,
    };
    let dress = Dress { unsigned: holds(Wrong::Unsigned), ..Dress::default() };
    let expect = settled.filter(|_| dress.is_signed());
    Ask { dress, expect, ..Ask::new(Operation::CopySnapshot, with) }
}
