use super::*;

fn error(text: &str) -> (usize, usize, String, Option<String>) {
    match Target::parse(text, "t.toml") {
        Err(TargetError::Malformed(Misread { file, line, column, what, hint })) => {
            assert_eq!(file, "t.toml");
            (line, column, what, hint)
        }
        other => panic!("{other:?}"),
    }
}

fn check(text: &str, line: usize, column: usize, what: &str, hint: Option<&str>) {
    assert_eq!(error(text), (line, column, what.to_owned(), hint.map(str::to_owned)), "{text}");
}

#[test]
fn every_built_in_target_parses_under_its_own_name() {
    for name in Target::names() {
        let target = Target::builtin(name).unwrap();
        assert_eq!(target.name, name);
        assert!(!target.about.is_empty() && !target.how_to_get.is_empty(), "{name}");
        assert_eq!(target.authority, target.costs_money, "{name}");
    }
}

#[test]
fn every_folder_with_a_target_file_is_built_in() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots");
    for folder in std::fs::read_dir(root).unwrap() {
        let folder = folder.unwrap();
        if folder.path().join("target.toml").exists() {
            let name = folder.file_name().into_string().unwrap();
            assert!(Target::names().any(|known| known == name), "{name}");
        }
    }
}

#[test]
fn only_a_name_is_needed_and_all_else_has_its_default() {
    let target = Target::parse("name = \"mine\"", "t.toml").unwrap();
    assert_eq!(target, Target { name: "mine".to_owned(), ..Target::default() });
}

#[test]
fn aws_is_paced_shares_its_twins_and_syncs_its_ledger() {
    let aws = Target::builtin("aws").unwrap();
    assert_eq!((aws.lanes, aws.explore, aws.copies, aws.snapshots_per_node), (3, 0, Some(15), 20));
    assert_eq!((aws.twins, aws.base, aws.polls, aws.costs_money), (Twins::Run, Base::Run, Polls::List, true));
    assert_eq!((aws.settle_limit, aws.poll_start), (Duration::from_secs(1800), Duration::from_secs(15)));
    assert_eq!((aws.snapshots_per_run, aws.requests_per_run), (Some(18), Some(600)));
    assert!(aws.prices.is_some());
    assert_eq!(aws.endpoint_url().as_deref(), Some("https://elasticache.us-east-1.amazonaws.com"));
    assert_eq!(aws.sts_url().as_deref(), Some("https://sts.us-east-1.amazonaws.com"));
}

#[test]
fn a_key_or_an_account_that_is_given_grants_its_capability() {
    let reference = Target::builtin("reference").unwrap();
    assert!(reference.has(Capability::KmsKey) && reference.has(Capability::OtherAccount));
    let moto = Target::builtin("moto").unwrap();
    assert!(!moto.has(Capability::KmsKey) && !moto.has(Capability::OtherAccount));
    assert!(moto.clone().with_kms_key("arn:aws:kms:…").has(Capability::KmsKey));
    assert!(moto.clone().with_other_account("12345").is_err());
    assert!(moto.with_other_account("111111111111").unwrap().has(Capability::OtherAccount));
}

#[test]
fn an_error_has_its_place_and_a_hint() {
    check("name = \"a\"\nsettle-limit = 3", 2, 1, "unknown key `settle-limit`", Some("did you mean `settle-limit-s`?"));
    check("name = \"a\"\ntwins = \"rum\"", 2, 9, "unknown word `rum`", Some("did you mean `run`?"));
    check(
        "name = \"a\"\ncapabilities = [\"s3\",\n  \"kms\"]",
        3,
        3,
        "unknown word `kms`",
        Some(
            "known are kms-key, s3, checks-signatures, automatic-backups, other-region, quota, restores, other-account",
        ),
    );
    check("name = \"a\"\nexplore = -1", 2, 11, "invalid value: integer `-1`, expected a whole number", None);
    check("name = \"a\"\nlanes = 0", 2, 9, "there are 1 to 64 lanes", None);
    check("name = \"a\"\naccount = \"12\"", 2, 11, "an account is 12 digits, as text", None);
    check("name = \"A b\"", 1, 8, "a name is 1 to 40 lower-case letters, digits and hyphens", None);
    check("name = \"a\"\nsettle-limit-s = 0", 2, 18, "a duration is more than 0 and at most a week", None);
    check("\nabout = \"x\"", 1, 1, "the target has no `name`", None);
    check("name = \"a\"\nlaunch = 3", 2, 10, "invalid type: integer `3`, expected a table", None);
}

#[test]
fn a_contradiction_is_an_error_at_its_key() {
    check("name = \"a\"\npoll-start-ms = 300", 2, 1, "`poll-start-ms` is more than `poll-most-ms`", None);
    check(
        "name = \"a\"\ncapabilities = [\"kms-key\"]",
        2,
        1,
        "capability `kms-key` is declared but no `kms-key` is given",
        None,
    );
    check(
        "name = \"a\"\n[launch]\nkind = \"cargo\"\ncrate = \"x\"\ncommand = [\"x\", \"{port}\"]",
        2,
        1,
        "the target is to be installed but has no `version`",
        None,
    );
    check("name = \"a\"\n[launch]\nkind = \"python\"", 2, 1, "kind `python` needs a `package`", None);
    check(
        "name = \"a\"\n[launch]\nkind = \"program\"\ncommand = [\"x\"]",
        2,
        1,
        "neither `command` nor `env` says where the `{port}` goes",
        None,
    );
}

#[test]
fn that_an_operation_is_absent_cannot_be_declared() {
    for word in ["copy-snapshot", "CopySnapshot", "delete-snapshot"] {
        assert!(Target::parse(&format!("name = \"a\"\ncapabilities = [\"{word}\"]"), "t.toml").is_err());
    }
}

#[test]
fn capabilities_are_spelled_alike_in_files_and_logs() {
    for capability in Capability::ALL {
        assert_eq!(Capability::from_word(capability.word()), Some(*capability));
        assert_eq!(serde_json::to_value(capability).unwrap(), capability.word());
    }
}

#[test]
fn an_unknown_name_comes_with_the_nearest() {
    let hint = |name| Target::builtin(name).unwrap_err().hint().map(str::to_owned);
    assert_eq!(hint("mtoo").as_deref(), Some("did you mean `moto`?"));
    assert_eq!(hint("minstack").as_deref(), Some("did you mean `ministack`?"));
    assert!(hint("localstack-pro").unwrap().contains("--endpoint"));
}

#[test]
fn an_endpoint_is_a_target_of_its_own() {
    let target = Target::for_endpoint("http://localhost:4566/").unwrap();
    assert_eq!((target.name.as_str(), target.endpoint_url().unwrap().as_str()), ("endpoint", "http://localhost:4566"));
    assert_eq!(target.s3_url(), target.endpoint_url());
    for (url, hint) in [
        ("localhost:4566", Some("did you mean `http://localhost:4566`?")),
        ("ftp://x", None),
        ("http://", None),
        ("http://user@x", None),
        ("http://x/?a=b", None),
    ] {
        assert_eq!(Target::for_endpoint(url).unwrap_err().hint(), hint, "{url}");
    }
}
