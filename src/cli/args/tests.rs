use clap::CommandFactory as _;

use super::*;

fn run(words: &[&str]) -> RunArgs {
    let words = ["copysnap", "run"].iter().chain(words);
    match Arguments::try_parse_from(words).unwrap().command {
        Command::Run(arguments) => *arguments,
        other => panic!("{other:?}"),
    }
}

/// The first line of what is wrong.
fn wrong(words: &[&str]) -> String {
    let error = Arguments::try_parse_from(["copysnap"].iter().chain(words)).unwrap_err();
    assert_eq!(error.exit_code(), 2, "{words:?}");
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

#[test]
fn the_arguments_contradict_nothing() {
    Arguments::command().debug_assert();
}

#[test]
fn durations_have_a_unit_or_are_seconds() {
    for (word, wanted) in [("300ms", 300), ("60s", 60_000), ("2m", 120_000), ("1h 30m", 5_400_000), ("1.5", 1500)] {
        assert_eq!(duration(word), Ok(Duration::from_millis(wanted)), "{word}");
    }
    for word in ["soon", "-1s", "-2", ""] {
        assert!(duration(word).is_err(), "{word}");
    }
}

#[test]
fn seeds_are_decimal_or_hexadecimal() {
    assert_eq!(seed("7"), Ok(7));
    assert_eq!(seed("0xffffffffffffffff"), Ok(u64::MAX));
    assert!(seed("0x").is_err());
    assert!(seed("-1").is_err());
}

#[test]
fn shards_count_from_one() {
    assert_eq!("2/3".parse(), Ok(Shard { part: 2, of: 3 }));
    for word in ["0/3", "4/3", "2", "a/b", "0/0"] {
        assert!(word.parse::<Shard>().is_err(), "{word}");
    }
}

#[test]
fn a_run_needs_no_argument() {
    let run = run(&[]);
    assert_eq!(run.target.target, None);
    assert_eq!(run.out, PathBuf::from("target/copysnap/latest"));
    assert_eq!(run.format, Format::Human);
    assert_eq!(run.target.seed, None);
}

#[test]
fn selections_may_be_given_again() {
    let run = run(&["--case", "copy/*", "--case", "tags/*", "--clause", "copy.succeeds", "--shard", "1/2"]);
    assert_eq!(run.cases, ["copy/*", "tags/*"]);
    assert_eq!(run.clauses, ["copy.succeeds"]);
    assert_eq!(run.shard, Some(Shard { part: 1, of: 2 }));
}

#[test]
fn what_cannot_be_is_a_usage_error() {
    for (words, wanted) in [
        (&["run", "--taget", "moto"][..], "error: unexpected argument '--taget' found"),
        (&["run", "--settle-limit", "soon"], "error: invalid value 'soon' for '--settle-limit <D>'"),
        (&["run", "--account", "12"], "error: invalid value '12' for '--account <ID>'"),
        (&["run", "--access-key", "a"], "error: the following required arguments were not provided:"),
        (&["run", "--explore", "many"], "error: invalid value 'many' for '--explore <N>'"),
        (&["serve", "--defect", "a", "--control", "b"], "error: the argument '--defect <NAME>' cannot be used with"),
        (&["rum"], "error: unrecognized subcommand 'rum'"),
        (&["run", "--shard", "3/2"], "error: invalid value '3/2' for '--shard <I/N>'"),
    ] {
        let error = wrong(words);
        assert!(error.starts_with(wanted), "{words:?}: {error}");
    }
}
