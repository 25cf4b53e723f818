use super::*;

#[test]
fn a_passing_run_on_a_terminal() {
    insta::assert_snapshot!(terminal(&formats::passed(), false, 100), @r#"
target    reference 0.1.0   http://127.0.0.1:4100
suite     copysnap 0.1.0   5 clauses   catalogue 0123456789abcdef
run       1k2   seed 0x000000000000002a   2026-11-22T10:00:00Z
controls  2 worthless targets score at most 0.011 (html-404)

copy      ■■■■■■■■■■■■■■■■■■■■■■■■  2/2
describe  ■■■■■■■■■■■■■■■■■■■■■■■■  1/1
front     ■■■■■■■■■■■■■■■■■■■■■■■■  1/1

3 pass · 1 non-strict · 1 not applicable
score 1.000 (4 of 4 MUST clauses)
tier behaviour; faithful lacks a clause that applies
1 case · 3 steps · 21 requests · 1.2 s

pass: every clause that could be judged is kept (exit 0)
"#);
}

#[test]
fn a_failing_run_on_a_terminal() {
    insta::assert_snapshot!(terminal(&formats::failed(), false, 100), @r#"
target    http://localhost:4566
suite     copysnap 0.1.0   10 clauses   catalogue 0123456789abcdef
run       1k2   seed 0x000000000000002a   2026-11-22T10:00:00Z
controls  not measured for this catalogue

copy      ■■■■■■××××××××××××······  1/4  2 fail, 1 open
delete    ■■■■■■■■■■■■■■■■■■■■■■■■  1/1
front     ■■■■■■■■■■■■!!!!!!!!!!!!  1/2  1 warn
tags      !!!!!!!!!!!!············  0/2  1 warn, 1 open
wire      ························  0/1  1 open

FAIL  copy.reply.metadata   MUST · documented
      What a copy shows of the cluster it holds - engine, engine version, node type, port - equals
      what its source shows.

      differs   - expected, + observed
                  EngineVersion 7.1,
                  CacheNodeType cache.t3.micro,
                - Port 6379,
                - Zone us-east-1a,
                + Port 6380,
                + Zone <none>,
                  NumCacheNodes 1
      steps     1  CopySnapshot base -> b  =>  200 b creating
                2  DescribeSnapshots b     =>  200 [b available]
      case      copy/target-taken
      replay    copysnap replay copy/target-taken --endpoint http://localhost:4566

FAIL  copy.target.taken   MUST · documented · in 2 cases
      Copying onto a name in use is refused with SnapshotAlreadyExistsFault (400).

      expected  400 SnapshotAlreadyExistsFault
      observed  200 b creating
      steps     1  CopySnapshot base -> b  =>  200 b creating
                2  DescribeSnapshots b     =>  200 [b available]
                3  CopySnapshot base -> b  =>  200 b creating
      case      copy/target-taken
      replay    copysnap replay copy/target-taken --endpoint http://localhost:4566

WARN  tags.succeeds   MUST · documented
      The tag operations on an available snapshot are accepted: 200, with a list of tags.

      expected  an answer of its own to ListTagsForResource
      observed  501 InvalidAction, as an invented action is
      steps     1  (an invented action)  =>  501 InvalidAction
                2  ListTagsForResource   =>  501 InvalidAction
      replay    curl -d 'Action=ListTagsForResource' http://localhost:4566

WARN  front.unknown-action   MUST · inferred
      An action that the service doesn't have is refused with InvalidAction (400).

      expected  400 InvalidAction
      observed  501 InvalidAction
      steps     1  ConjureSnapshot (else DescribeSnapshots) a  =>  501 InvalidAction "no | such"
      case      front/unknown-action
      replay    copysnap replay front/unknown-action --endpoint http://localhost:4566

inconclusive         copy.settles: an earlier contradiction makes it doubtful
unsupported          tags.list: ListTagsForResource is not there
not run              wire.request-id: it needs 40 copies, and the target declares fewer

3 pass · 1 not run · 1 unsupported · 1 inconclusive · 2 warn · 2 fail
score 0.300 (3 of 10 MUST clauses)
tier none; wire lacks wire.request-id
3 cases (2 more did not run) · 11 steps · 64 requests · 3.5 s

fail: copy.target.taken and copy.reply.metadata fail (exit 1)
"#);
}

#[test]
fn colour_changes_no_character() {
    let (plain, coloured) = (terminal(&formats::failed(), false, 100), terminal(&formats::failed(), true, 100));
    let stripped = anstream::adapter::strip_str(&coloured).to_string();
    // The blocks of a bar differ in shape only where there is no colour.
    assert_eq!(stripped, plain.replace(['×', '!'], "■"));
}

#[test]
fn what_a_target_says_cannot_move_the_cursor() {
    let mut log = log::failing();
    for record in &mut log {
        if let crate::record::Record::Verdict(verdict) = record {
            for evidence in verdict.clauses.iter_mut().filter_map(|clause| clause.evidence.as_mut()) {
                evidence.observed = "\u{1b}[2Jgone\r\u{7}".to_owned();
            }
        }
    }
    let text = terminal(&Summary::of(&log, ReportOptions::default()), false, 100);
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text}");
}

#[test]
fn lines_fit_the_width() {
    for width in [60, 80, 100, 140] {
        for line in terminal(&formats::failed(), false, width).lines().filter(|line| !line.contains("replay ")) {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
    }
}
