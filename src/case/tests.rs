#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::error::Error as _;

use proptest::prelude::*;

use super::*;
use crate::service::{
    Action, Call, CopySnapshot, CreateSnapshot, Dress, Forgery, Operation, Owner, OwnerKind, Step, TagArg, TagSpelling,
    Text, text,
};

#[test]
fn cases_can_set_every_input_of_a_judged_operation_and_no_other() {
    for operation in Operation::ALL.iter().filter(|operation| operation.is_modelled()) {
        let parameters = Parameter::of(*operation).iter().filter(|parameter| **parameter != Parameter::Owner);
        let mut parameters: Vec<&str> = parameters.map(|parameter| parameter.name()).collect();
        let mut inputs: Vec<&str> = operation.inputs().iter().map(|input| input.name()).collect();
        parameters.sort_unstable();
        inputs.sort_unstable();
        assert_eq!(parameters, inputs, "{operation:?}");
    }
}

fn names() -> Names {
    Names {
        prefix: text("cs1-7-"),
        base: text("cs1-base"),
        owner: Owner { kind: OwnerKind::Group, id: text("cs1-g") },
        region: text("eu-west-1"),
        account: text("123456789012"),
        kms_key: None,
        other_account: Some(text("210987654321")),
    }
}

fn case_of(steps: &str) -> Result<Case, CaseError> {
    Case::parse("cases/a/b.toml", &format!("purpose = \"p\"\nclauses = [\"copy.succeeds\"]\n{steps}"))
}

/// The mistake in one line: place, what, hint.
fn mistake(steps: &str) -> String {
    let error = case_of(steps).unwrap_err();
    let what = error.source().unwrap().to_string();
    let hint = error.hint.as_deref().map(|hint| format!("; {hint}")).unwrap_or_default();
    format!("{}:{}: {what}{hint}", error.line, error.column)
}

/// What `written` binds to in a `SourceSnapshotName`.
fn bound(written: &str) -> String {
    let step = format!("[[step]]\ncall = \"CopySnapshot\"\nwith = {{ SourceSnapshotName = {written} }}");
    let case = case_of(&step).unwrap();
    match case.asks().next().unwrap().bind(&names(), 1) {
        Ok(Step { call: Call::Copy(CopySnapshot { source: Some(source), .. }), .. }) => source.to_string(),
        Ok(step) => format!("{step:?}"),
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn strings_bind_to_names() {
    let table = [
        ("\"$base\"", "cs1-base"),
        ("\"$a\"", "cs1-7-a"),
        ("\"$a-b2\"", "cs1-7-a-b2"),
        ("\"$a|upper\"", "CS1-7-A"),
        ("\"$a|pad:12\"", "cs1-7-axxxxx"),
        ("\"$a|pad:3\"", "error: `cs1-7-a` is longer than 3 characters"),
        ("\"$a|suffix:--b c\"", "cs1-7-a--b c"),
        ("\"$a|suffix:x||y|upper\"", "CS1-7-AX|Y"),
        ("\"$a|prefix:-\"", "-cs1-7-a"),
        ("\"$a|arn\"", "arn:aws:elasticache:eu-west-1:123456789012:snapshot:cs1-7-a"),
        ("\"$a|arn-of-region:cn-north-1\"", "arn:aws-cn:elasticache:cn-north-1:123456789012:snapshot:cs1-7-a"),
        ("\"$a|arn-of-account:999988887777\"", "arn:aws:elasticache:eu-west-1:999988887777:snapshot:cs1-7-a"),
        ("\"$a|arn-of-kind:cluster\"", "arn:aws:elasticache:eu-west-1:123456789012:cluster:cs1-7-a"),
        ("\"$kms-key\"", "error: the case needs a KMS key, and none is given"),
        ("\"a|upper\"", "a|upper"),
        ("\"#\"", "#"),
        ("20", "20"),
        ("{ text = \"$a|b\" }", "$a|b"),
        ("{ text = \"k\", pad = 5 }", "kxxxx"),
    ];
    for (written, meant) in table {
        assert_eq!(bound(written), meant, "{written}");
    }
}

#[test]
fn a_repeated_step_numbers_its_names() {
    let case = case_of(
        "[[step]]\ncall = \"CopySnapshot\"\nwith = { SourceSnapshotName = \"$base\", TargetSnapshotName = \"$p|suffix:-#\" }\n\
         repeat = 12\n[[step]]\nsettle = [\"$p|suffix:-#\", \"$base\"]\nrepeat = 2",
    )
    .unwrap();
    let Some(Ok(Step { call: Call::Copy(copy), .. })) = case.asks().next().map(|ask| ask.bind(&names(), 12)) else {
        panic!("not a copy")
    };
    assert_eq!(copy.target.as_deref(), Some("cs1-7-p-12"));
    let [_, CaseStep::Settle(settle)] = case.steps.as_slice() else { panic!("not a settle") };
    let settled = settle.bind(&names()).unwrap();
    assert_eq!(
        settled.iter().map(AsRef::as_ref).collect::<Vec<_>>(),
        ["cs1-7-p-1", "cs1-base", "cs1-7-p-2", "cs1-base"]
    );
    assert_eq!(case.count(Operation::CopySnapshot), 12);
}

#[test]
fn a_whole_step_binds() {
    let case = case_of(
        "[[step]]\ncall = \"CreateSnapshot\"\n\
         with = { SnapshotName = \"$a\", Owner = \"$owner\", Tags = [{ Key = \"k\", Value = \"v|w\" }, { Key = \"l\" }, {}] }\n\
         send = { action = \"\", version = \"2014\", get = true, extra = { B = \"1\", A = \"2\" }, tags = \"member\" }",
    )
    .unwrap();
    let tag = |key: Option<&str>, value: Option<&str>| TagArg { key: key.map(text), value: value.map(text) };
    let step = case.asks().next().unwrap().bind(&names(), 1).unwrap();
    assert_eq!(
        step,
        Step {
            call: Call::Create(CreateSnapshot {
                name: Some(text("cs1-7-a")),
                group: Some(text("cs1-g")),
                tags: Some(vec![tag(Some("k"), Some("v|w")), tag(Some("l"), None), tag(None, None)]),
                ..CreateSnapshot::default()
            }),
            dress: Dress {
                action: Action::Absent,
                version: Action::Named(text("2014")),
                get: true,
                extra: vec![(text("B"), text("1")), (text("A"), text("2"))],
                tags: TagSpelling::Member,
                ..Dress::default()
            },
        }
    );
    assert_eq!(Ask::of(&step, &names()).unwrap().bind(&names(), 1), Ok(step));
}

#[test]
fn mistakes_say_where_and_what() {
    let table = [
        (
            "[[step]]\ncall = \"CopySnapshot\"\nexepct = \"success\"",
            "5:1: unknown key of a step `exepct`; did you mean `expect`?",
        ),
        ("[[step]]\ncall = \"CopySnapshots\"", "4:8: unknown operation `CopySnapshots`; did you mean `CopySnapshot`?"),
        ("[[step]]\ncall = \"DeleteCacheCluster\"", "4:8: unknown operation `DeleteCacheCluster`"),
        (
            "[[step]]\ncall = \"CopySnapshot\"\nwith = { SourceSnapshot = \"$a\" }",
            "5:10: `CopySnapshot` has no parameter `SourceSnapshot`; did you mean `SourceSnapshotName`?",
        ),
        (
            "[[step]]\ncall = \"DeleteSnapshot\"\nwith = { Marker = \"\" }",
            "5:10: `DeleteSnapshot` has no parameter `Marker`",
        ),
        ("[[step]]\ncall = 1", "4:8: `call` must be a string"),
        ("[[step]]\nonce = true", "3:1: `call` is missing"),
        ("[[step]]\ncall = \"CopySnapshot\"\nrepeat = 0", "5:10: `repeat` must be a number above 0"),
        ("[[step]]\ncall = \"CopySnapshot\"\npages = true", "5:1: `pages` and `CopySnapshot` can't stand together"),
        ("[[step]]\nsettle = [\"$a\"]\ncall = \"CopySnapshot\"", "5:1: `settle` and `call` can't stand together"),
        ("[[step]]\nsettle = [\"a\"]", "4:11: `settle` must be a list of names, each beginning with `$`"),
        ("[[step]]\nsettle = []", "4:10: `settle` must be a list with something in it"),
        (
            "[[step]]\ntogether = [{ call = \"CopySnapshot\", once = true }]",
            "4:38: unknown key of an overlapping call `once`",
        ),
        (
            "[[step]]\ntogether = [[{ call = \"CopySnapshot\" }, { cal = \"CopySnapshot\" }]]",
            "4:43: unknown key of an overlapping call `cal`; did you mean `call`?",
        ),
        ("[[step]]\ntogether = [[]]", "4:13: `together` must be a list with something in it"),
        ("[[step]]\ntogether = [[[]]]", "4:14: `together` must be a table"),
        ("[[step]]\ntogether = [1]", "4:13: `together` must be a list of calls, and of lists of calls"),
        (
            "[[step]]\ncall = \"DeleteSnapshot\"\nwith = { SnapshotName = \"$base|upper\" }",
            "5:25: `$base` serves other cases too: it is never deleted or tagged",
        ),
        (
            "[[step]]\ncall = \"AddTagsToResource\"\nwith = { ResourceName = \"$base|arn-of-region:x\" }",
            "5:25: `$base` serves other cases too: it is never deleted or tagged",
        ),
        (
            "[[step]]\ncall = \"DeleteSnapshot\"\nwith = { SnapshotName = \"mine\" }",
            "5:25: `SnapshotName` must be made from an alias, so that cases never meet",
        ),
        (
            "[[step]]\ncall = \"DescribeSnapshots\"\nwith = { SnapshotName = \"$A\" }",
            "5:25: `$A` is no alias: lower-case letters, digits and single hyphens, a letter first",
        ),
        (
            "[[step]]\ncall = \"DescribeSnapshots\"\nwith = { SnapshotName = \"$owner\" }",
            "5:25: `$owner` can't stand here",
        ),
        ("[[step]]\ncall = \"DescribeSnapshots\"\nwith = { Owner = \"$base\" }", "5:18: `Owner` must be `$owner`"),
        (
            "[[step]]\ncall = \"DescribeSnapshots\"\nwith = { SnapshotName = \"$a|uper\" }",
            "5:25: unknown filter `uper`; did you mean `upper`?",
        ),
        (
            "[[step]]\ncall = \"CopySnapshot\"\nexpect = \"InvalidSnapshotStateFault\"",
            "5:10: unknown answer `InvalidSnapshotStateFault`; did you mean `InvalidSnapshotState`?",
        ),
        (
            "[[step]]\ncall = \"CopySnapshot\"\nsend = { tag = \"member\" }",
            "5:10: unknown key of `send` `tag`; did you mean `tags`?",
        ),
        (
            "[[step]]\ncall = \"CopySnapshot\"\nwith = { TargetBucket = \"$bucket-without-raed\" }",
            "5:25: unknown bucket `bucket-without-raed`; did you mean `bucket-without-read`?",
        ),
        ("[[step]]\ncall = \"CopySnapshot\"\nwith = { TargetBucket = \"$a\" }", "5:25: unknown bucket `a`"),
        (
            "[[step]]\ncall = \"CopySnapshot\"\nwith = { TargetBucket = \"mine\" }",
            "5:25: `TargetBucket` must be made from an alias, so that cases never meet",
        ),
        (
            "[[step]]\ncall = \"CopySnapshot\"\nwith = { TargetSnapshotName = \"$bucket\" }",
            "5:31: `$bucket` can't stand here",
        ),
        (
            "[[step]]\ncall = \"ListObjectsV2\"\nwith = { Bucket = \"$bucket-missing\" }",
            "5:19: `$bucket-missing` can't stand here",
        ),
        ("[[step]]\ncall = \"GetObject\"\nwith = { Bucket = \"$bucket\" }", "3:1: `Key` is missing"),
        (
            "[[step]]\nsettle = [\"$bucket-of-mine\"]",
            "4:11: unknown bucket `bucket-of-mine`; did you mean `bucket-foreign`?",
        ),
        ("needs = [\"copies\"]", "3:10: unknown need `copies`; did you mean `copies:N`?"),
        ("needs = [\"tags\", \"tags\"]", "3:18: `needs` must be a list that names nothing twice"),
        ("", "1:1: `step` is missing"),
        ("step = [", "3:9: unclosed array, expected `]`"),
    ];
    for (steps, meant) in table {
        assert_eq!(mistake(steps), meant, "{steps}");
    }
    let error = Case::parse("cases/a/b.toml", "purpose = \"p\"\nclauses = [\"copy.target.take\"]").unwrap_err();
    assert_eq!(error.to_string(), "failed to parse case `cases/a/b.toml:2:12`");
    assert_eq!(error.mistake.to_string(), "unknown clause `copy.target.take`");
    assert_eq!(error.hint.as_deref(), Some("did you mean `copy.target.taken`?"));
}

#[test]
fn patterns_select_by_path() {
    let cases = Cases::builtin().unwrap();
    let paths = |patterns: &[&str]| cases.select(patterns).map(|cases| cases.len());
    assert_eq!(paths(&["copy/target-taken"]), Ok(1));
    assert_eq!(paths(&["*"]), Ok(cases.iter().len()));
    assert_eq!(paths(&["none", "copy/target-take[mn]"]), Ok(1));
    assert_eq!(paths(&["copy/["]).unwrap_err().to_string(), "`copy/[` is no pattern: invalid range pattern");
    assert_eq!(cases.get("copy/target-taken").map(|case| case.path.as_str()), Some("copy/target-taken"));
}

fn any_text() -> impl Strategy<Value = Text> {
    prop_oneof!["[ -~é\\t\\n\u{1}$|#]{0,8}", Just("$a|b".to_owned()), Just("\"'\\".to_owned())].prop_map(text)
}

fn any_name() -> impl Strategy<Value = Word> {
    let filter = prop_oneof![
        Just(Filter::Upper),
        Just(Filter::Arn),
        (1..99_u32).prop_map(Filter::Pad),
        "[!-~]{1,4}".prop_map(|given| Filter::Suffix(text(given))),
        "[!-~]{1,4}".prop_map(|given| Filter::Prefix(text(given))),
        "[!-~]{1,4}".prop_map(|given| Filter::ArnOfRegion(text(given))),
        "[!-~]{1,4}".prop_map(|given| Filter::ArnOfAccount(text(given))),
        "[!-~]{1,4}".prop_map(|given| Filter::ArnOfKind(text(given))),
    ];
    // Not `b`, so that none is `base`.
    let alias = "[ac-z][a-z0-9]{0,3}(-[a-z0-9]{1,2})?".prop_filter("reserved", |alias| alias != "owner");
    (alias, prop::collection::vec(filter, 0..3)).prop_map(|(alias, filters)| Word::Name { alias: text(alias), filters })
}

fn any_word() -> impl Strategy<Value = Word> {
    prop_oneof![
        any_text().prop_map(Word::Literal),
        (any_text(), 1..300_u32).prop_map(|(text, to)| Word::Padded { text, to }),
        any_name(),
    ]
}

fn any_bucket() -> impl Strategy<Value = Word> {
    prop::sample::select(BucketKind::FORMS)
        .prop_filter("never made", |form| *form != "bucket-missing")
        .prop_map(Word::name)
}

fn any_value(shape: ask::Shape, written: bool) -> BoxedStrategy<Value> {
    let tag = (prop::option::of(any_word()), prop::option::of(any_word()))
        .prop_map(|(key, value)| TagTemplate { key, value });
    match shape {
        ask::Shape::Word if written => any_name().prop_map(Value::Word).boxed(),
        ask::Shape::Word => any_word().prop_map(Value::Word).boxed(),
        ask::Shape::Tags => {
            prop_oneof![prop::collection::vec(tag, 0..3).prop_map(Value::Tags), (1..60_u32).prop_map(Value::TagCount)]
                .boxed()
        }
        ask::Shape::Keys => prop::collection::vec(any_word(), 0..3).prop_map(Value::Keys).boxed(),
        ask::Shape::Flag => any::<bool>().prop_map(Value::Flag).boxed(),
        ask::Shape::Owner => Just(Value::Owner).boxed(),
        ask::Shape::Bucket => any_bucket().prop_map(Value::Word).boxed(),
    }
}

fn any_dress() -> impl Strategy<Value = Dress> {
    let action = || {
        prop_oneof![
            3 => Just(Action::Own),
            1 => Just(Action::Absent),
            1 => "[ -~]{1,5}".prop_map(|name| Action::Named(text(name)))
        ]
    };
    let extra = prop::collection::btree_map(any_text(), any_text(), 0..3);
    let forged = prop::option::of(prop::sample::select(Forgery::ALL));
    let rest = (forged, prop::option::of(any_text()), 0..3_u32);
    (action(), action(), any::<[bool; 5]>(), extra, rest).prop_map(|(action, version, flags, extra, rest)| Dress {
        action,
        version,
        get: flags[0],
        reversed: flags[1],
        extra: extra.into_iter().collect(),
        tags: if flags[2] { TagSpelling::Member } else { TagSpelling::Tag },
        unsigned: flags[3],
        forged: rest.0,
        content_type: rest.1,
        repeated: flags[4],
        padded: rest.2,
        from: None,
    })
}

fn any_ask() -> impl Strategy<Value = Ask> {
    let asked = |operation: &Operation| !Parameter::of(*operation).is_empty();
    let operations: Vec<_> = Operation::ALL.iter().copied().filter(asked).collect();
    prop::sample::select(operations).prop_flat_map(|operation| {
        let with: Vec<_> = Parameter::of(operation)
            .iter()
            .map(|parameter| {
                let value = any_value(parameter.shape(), parameter.is_written(operation));
                // S3 has no call without a bucket, nor an object without a key.
                let value = match operation.is_s3() {
                    true => value.prop_map(Some).boxed(),
                    false => prop::option::of(value).boxed(),
                };
                (Just(*parameter), value)
            })
            .collect();
        (with, any_dress(), any::<bool>(), 1..4_u32).prop_map(move |(with, dress, once, repeat)| {
            let with = with.into_iter().filter_map(|(parameter, value)| Some((parameter, value?))).collect();
            Ask { dress, once, repeat, ..Ask::new(operation, with) }
        })
    })
}

fn any_case() -> impl Strategy<Value = Case> {
    let settle = (prop::collection::vec(any_name(), 1..3), 1..3_u32, any::<bool>())
        .prop_map(|(names, repeat, watch)| CaseStep::Settle(Settle { names, repeat, watch, line: 0 }));
    let overlapping = any_ask().prop_map(|ask| Ask { once: false, repeat: 1, ..ask });
    let step = prop_oneof![
        4 => any_ask().prop_map(CaseStep::Send),
        1 => settle,
        1 => prop::collection::vec(prop::collection::vec(overlapping, 1..3), 1..3).prop_map(CaseStep::Together),
    ];
    let found = any_text().prop_map(|seed| Found {
        target: "t".to_owned(),
        version: String::new(),
        clause: crate::spec::id::COPY_SUCCEEDS,
        seed: seed.to_string(),
        length: 9,
    });
    (prop::collection::vec(step, 1..4), prop::option::of(found), any::<bool>()).prop_map(|(steps, found, spoils)| {
        Case {
            path: "a/b".to_owned(),
            purpose: "a \"b\" \\".to_owned(),
            clauses: vec![crate::spec::id::COPY_SUCCEEDS, crate::spec::id::COPY_BLANK],
            needs: vec![Need::Copies(3), Need::Tags],
            spoils,
            found,
            steps,
        }
    })
}

fn without_lines(mut case: Case) -> Case {
    for step in &mut case.steps {
        match step {
            CaseStep::Send(ask) => ask.line = 0,
            CaseStep::Settle(settle) => settle.line = 0,
            CaseStep::Together(lanes) => lanes.iter_mut().flatten().for_each(|ask| ask.line = 0),
        }
    }
    case
}

proptest! {
    #[test]
    fn parsing_what_was_rendered_gives_the_case(case in any_case()) {
        let parsed = Case::parse("cases/a/b.toml", &case.render());
        prop_assert_eq!(parsed.map(without_lines), Ok(case));
    }

    #[test]
    fn a_step_comes_back_from_its_request(ask in any_ask()) {
        if let Ok(step) = ask.bind(&names(), 1) {
            let again = Ask::of(&step, &names()).map(|ask| ask.bind(&names(), 1));
            prop_assert_eq!(again, Some(Ok(step)));
        }
    }
}
