use super::*;

#[test]
fn a_passing_run_as_markdown() {
    insta::assert_snapshot!(markdown(&formats::passed()), @r#"
# copysnap: pass

**every clause that could be judged is kept** (exit 0)

| | |
|---|---|
| target | reference 0.1.0 |
| endpoint | http://127.0.0.1:4100 |
| score | 1.000 (4 of 4 MUST clauses) |
| tier | behaviour; faithful lacks a clause that applies |
| clauses | 3 pass · 1 non-strict · 1 not applicable |
| cases | 1 case |
| controls | 2 worthless targets score at most 0.011 (html-404) |
| suite | copysnap 0.1.0, catalogue 0123456789abcdef |
| run | 1k2, seed 0x000000000000002a, 2026-11-22T10:00:00Z |

| area | kept | of | fail | warn |
|---|--:|--:|--:|--:|
| copy | 2 | 2 | 0 | 0 |
| describe | 1 | 1 | 0 | 0 |
| front | 1 | 1 | 0 | 0 |

## Tiers

| tier | reached | its clauses | kept | of |
|---|---|---|--:|--:|
| wire | yes | every MUST of the areas wire and front that is documented, modelled or observed | 1 | 1 |
| behaviour | yes | also every other MUST that is documented, modelled or observed, but for calls at the same time | 3 | 3 |
| faithful | no | also every MUST about calls at the same time, every MUST that is inferred or disputed, and every SHOULD | 0 | 0 |

## How to contest a clause

A clause may be wrong. `copysnap explain ID` shows where one comes from, and `copysnap replay CASE` plays what is held against it again. Who thinks that AWS does otherwise opens an issue with the id of the clause and what speaks against it: a page of AWS's documentation, a version of its API model, or a recording of AWS itself with its day and region. What another emulator does is no evidence.

A clause that is contested with evidence of the same grade becomes disputed, allows both, and fails nobody. Until then a waiver with a reason and a link says that the finding is known; it stands in every report, with its age.

## How to reproduce

```sh
copysnap run --target reference --seed 0x000000000000002a
```
"#);
}

#[test]
fn a_failing_run_as_markdown() {
    insta::assert_snapshot!(markdown(&formats::failed()), @r#"
# copysnap: fail

**copy.target.taken and copy.reply.metadata fail** (exit 1)

| | |
|---|---|
| endpoint | http://localhost:4566 |
| score | 0.300 (3 of 10 MUST clauses) |
| tier | none; wire lacks wire.request-id |
| clauses | 3 pass · 1 not run · 1 unsupported · 1 inconclusive · 2 warn · 2 fail |
| cases | 3 cases, 2 more did not run |
| controls | not measured for this catalogue |
| suite | copysnap 0.1.0, catalogue 0123456789abcdef |
| run | 1k2, seed 0x000000000000002a, 2026-11-22T10:00:00Z |

| area | kept | of | fail | warn |
|---|--:|--:|--:|--:|
| copy | 1 | 4 | 2 | 0 |
| delete | 1 | 1 | 0 | 0 |
| front | 1 | 2 | 0 | 1 |
| tags | 0 | 2 | 0 | 1 |
| wire | 0 | 1 | 0 | 0 |

## Findings

### FAIL `copy.reply.metadata`

MUST · documented

What a copy shows of the cluster it holds - engine, engine version, node type, port - equals what its source shows.

```diff
  EngineVersion 7.1,
  CacheNodeType cache.t3.micro,
- Port 6379,
- Zone us-east-1a,
+ Port 6380,
+ Zone <none>,
  NumCacheNodes 1
```

```text
1  CopySnapshot base -> b  =>  200 b creating
2  DescribeSnapshots b     =>  200 [b available]
```

replay: `copysnap replay copy/target-taken --endpoint http://localhost:4566`

### FAIL `copy.target.taken`

MUST · documented · in 2 cases

Copying onto a name in use is refused with SnapshotAlreadyExistsFault (400).

```diff
- expected  400 SnapshotAlreadyExistsFault
+ observed  200 b creating
```

```text
1  CopySnapshot base -> b  =>  200 b creating
2  DescribeSnapshots b     =>  200 [b available]
3  CopySnapshot base -> b  =>  200 b creating
```

replay: `copysnap replay copy/target-taken --endpoint http://localhost:4566`

### WARN `tags.succeeds`

MUST · documented

The tag operations on an available snapshot are accepted: 200, with a list of tags.

```diff
- expected  an answer of its own to ListTagsForResource
+ observed  501 InvalidAction, as an invented action is
```

```text
1  (an invented action)  =>  501 InvalidAction
2  ListTagsForResource   =>  501 InvalidAction
```

replay: `curl -d 'Action=ListTagsForResource' http://localhost:4566`

### WARN `front.unknown-action`

MUST · inferred

An action that the service doesn't have is refused with InvalidAction (400).

```diff
- expected  400 InvalidAction
+ observed  501 InvalidAction
```

```text
1  ConjureSnapshot (else DescribeSnapshots) a  =>  501 InvalidAction "no | such"
```

replay: `copysnap replay front/unknown-action --endpoint http://localhost:4566`

## Not judged

| verdict | clauses | why |
|---|---|---|
| inconclusive | copy.settles | an earlier contradiction makes it doubtful |
| unsupported | tags.list | ListTagsForResource is not there |
| not run | wire.request-id | it needs 40 copies, and the target declares fewer |

## Tiers

| tier | reached | its clauses | kept | of |
|---|---|---|--:|--:|
| wire | no | every MUST of the areas wire and front that is documented, modelled or observed | 1 | 2 |
| behaviour | no | also every other MUST that is documented, modelled or observed, but for calls at the same time | 2 | 7 |
| faithful | no | also every MUST about calls at the same time, every MUST that is inferred or disputed, and every SHOULD | 0 | 1 |

## How to contest a clause

A clause may be wrong. `copysnap explain ID` shows where one comes from, and `copysnap replay CASE` plays what is held against it again. Who thinks that AWS does otherwise opens an issue with the id of the clause and what speaks against it: a page of AWS's documentation, a version of its API model, or a recording of AWS itself with its day and region. What another emulator does is no evidence.

A clause that is contested with evidence of the same grade becomes disputed, allows both, and fails nobody. Until then a waiver with a reason and a link says that the finding is known; it stands in every report, with its age.

## How to reproduce

```sh
copysnap run --endpoint http://localhost:4566 --seed 0x000000000000002a
```
"#);
}
