use super::*;

#[test]
fn a_passing_run_on_github() {
    insta::assert_snapshot!(github(&formats::passed()), @r#"
3 pass · 1 non-strict · 1 not applicable
score 1.000 (4 of 4 MUST clauses)
pass: every clause that could be judged is kept (exit 0)
"#);
}

#[test]
fn a_failing_run_on_github() {
    insta::assert_snapshot!(github(&formats::failed()), @r#"
::error title=copy.reply.metadata (fail%2C MUST%2C documented)::What a copy shows of the cluster it holds - engine, engine version, node type, port - equals what its source shows.%0A%0Aexpected  Engine redis, EngineVersion 7.1, CacheNodeType cache.t3.micro, Port 6379, Zone us-east-1a, NumCacheNodes 1%0Aobserved  Engine redis, EngineVersion 7.1, CacheNodeType cache.t3.micro, Port 6380, Zone <none>, NumCacheNodes 1%0A%0A1  CopySnapshot base -> b  =>  200 b creating%0A2  DescribeSnapshots b     =>  200 [b available]%0A%0Areplay: copysnap replay copy/target-taken --endpoint http://localhost:4566
::error title=copy.target.taken (fail%2C MUST%2C documented)::Copying onto a name in use is refused with SnapshotAlreadyExistsFault (400).%0A%0Aexpected  400 SnapshotAlreadyExistsFault%0Aobserved  200 b creating%0A%0A1  CopySnapshot base -> b  =>  200 b creating%0A2  DescribeSnapshots b     =>  200 [b available]%0A3  CopySnapshot base -> b  =>  200 b creating%0A%0Areplay: copysnap replay copy/target-taken --endpoint http://localhost:4566
::warning title=tags.succeeds (warn%2C MUST%2C documented)::The tag operations on an available snapshot are accepted: 200, with a list of tags.%0A%0Aexpected  an answer of its own to ListTagsForResource%0Aobserved  501 InvalidAction, as an invented action is%0A%0A1  (an invented action)  =>  501 InvalidAction%0A2  ListTagsForResource   =>  501 InvalidAction%0A%0Areplay: curl -d 'Action=ListTagsForResource' http://localhost:4566
::warning title=front.unknown-action (warn%2C MUST%2C inferred)::An action that the service doesn't have is refused with InvalidAction (400).%0A%0Aexpected  400 InvalidAction%0Aobserved  501 InvalidAction%0A%0A1  ConjureSnapshot (else DescribeSnapshots) a  =>  501 InvalidAction "no | such"%0A%0Areplay: copysnap replay front/unknown-action --endpoint http://localhost:4566
3 pass · 1 not run · 1 unsupported · 1 inconclusive · 2 warn · 2 fail
score 0.300 (3 of 10 MUST clauses)
fail: copy.target.taken and copy.reply.metadata fail (exit 1)
"#);
}
