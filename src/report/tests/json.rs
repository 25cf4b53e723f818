use super::*;

#[test]
fn a_passing_run_as_json() {
    insta::assert_snapshot!(json(&formats::passed()), @r#"
{
  "schema": 1,
  "verdict": "pass",
  "exit_code": 0,
  "complete": true,
  "target": {
    "name": "reference",
    "version": "0.1.0",
    "endpoint": "http://127.0.0.1:4100"
  },
  "seed": "0x000000000000002a",
  "clauses": {
    "pass": 3,
    "non_strict": 1,
    "not_applicable": 1,
    "not_run": 0,
    "unsupported": 0,
    "precondition_failed": 0,
    "inconclusive": 0,
    "known_fail": 0,
    "warn": 0,
    "flaky": 0,
    "stale_waiver": 0,
    "misrouted": 0,
    "fail": 0,
    "model_stale": 0,
    "error": 0
  },
  "score": 1.0,
  "steps": 3,
  "requests": 21,
  "elapsed_s": 1.25,
  "executions_to_shrink": 0,
  "findings": [],
  "leaked": 0,
  "reason": "every clause that could be judged is kept",
  "strict": false,
  "run": "1k2",
  "catalogue": "0123456789abcdef",
  "tool": "0.1.0",
  "started": "2026-11-22T10:00:00Z",
  "command": "copysnap run --target reference --seed 0x000000000000002a",
  "controls": {
    "always-400-bogus": 0.0,
    "html-404": 0.0119
  },
  "cases": {
    "ran": 1,
    "cut_short": 0,
    "not_run": 0,
    "not_applicable": 0,
    "unsupported": 0,
    "error": 0,
    "skipped": []
  },
  "support": [
    {
      "operation": "CreateSnapshot",
      "state": "supported",
      "seen": "404 SnapshotNotFoundFault",
      "invented": "501 InvalidAction",
      "replay": "curl -d 'Action=CreateSnapshot' http://localhost:4566"
    },
    {
      "operation": "CopySnapshot",
      "state": "supported",
      "seen": "404 SnapshotNotFoundFault",
      "invented": "501 InvalidAction",
      "replay": "curl -d 'Action=CopySnapshot' http://localhost:4566"
    },
    {
      "operation": "DescribeSnapshots",
      "state": "supported",
      "seen": "404 SnapshotNotFoundFault",
      "invented": "501 InvalidAction",
      "replay": "curl -d 'Action=DescribeSnapshots' http://localhost:4566"
    },
    {
      "operation": "DeleteSnapshot",
      "state": "supported",
      "seen": "404 SnapshotNotFoundFault",
      "invented": "501 InvalidAction",
      "replay": "curl -d 'Action=DeleteSnapshot' http://localhost:4566"
    },
    {
      "operation": "ListTagsForResource",
      "state": "supported",
      "seen": "404 SnapshotNotFoundFault",
      "invented": "501 InvalidAction",
      "replay": "curl -d 'Action=ListTagsForResource' http://localhost:4566"
    }
  ],
  "areas": [
    {
      "area": "copy",
      "kept": 2,
      "total": 2,
      "failed": 0,
      "warned": 0
    },
    {
      "area": "describe",
      "kept": 1,
      "total": 1,
      "failed": 0,
      "warned": 0
    },
    {
      "area": "front",
      "kept": 1,
      "total": 1,
      "failed": 0,
      "warned": 0
    }
  ],
  "by_clause": [
    {
      "id": "copy.succeeds",
      "area": "copy",
      "level": "MUST",
      "grade": "documented",
      "verdict": "pass",
      "says": "Copying an available snapshot onto a free name is accepted: 200, with the new snapshot.",
      "source": "API reference",
      "cases": 1
    },
    {
      "id": "copy.target.taken",
      "area": "copy",
      "level": "MUST",
      "grade": "documented",
      "verdict": "non_strict",
      "says": "Copying onto a name in use is refused with SnapshotAlreadyExistsFault (400).",
      "source": "API reference",
      "cases": 1
    },
    {
      "id": "describe.no-ghosts",
      "area": "describe",
      "level": "MUST",
      "grade": "documented",
      "verdict": "pass",
      "says": "DescribeSnapshots never shows a name under which no snapshot was made.",
      "source": "API reference",
      "cases": 1
    },
    {
      "id": "front.supported",
      "area": "front",
      "level": "MUST",
      "grade": "modelled",
      "verdict": "pass",
      "says": "CopySnapshot, CreateSnapshot, DeleteSnapshot and DescribeSnapshots are implemented.",
      "source": "API reference",
      "cases": 0
    },
    {
      "id": "copy.failed",
      "area": "copy",
      "level": "MUST",
      "grade": "inferred",
      "verdict": "not_applicable",
      "says": "A copy that failed shows the status `failed`.",
      "source": "API reference",
      "why": "no target lets a copy fail on purpose",
      "cases": 0
    }
  ]
}
"#);
}

#[test]
fn a_failing_run_as_json() {
    insta::assert_snapshot!(json(&formats::failed()), @r#"
{
  "schema": 1,
  "verdict": "fail",
  "exit_code": 1,
  "complete": true,
  "target": {
    "name": "endpoint",
    "version": "",
    "endpoint": "http://localhost:4566"
  },
  "seed": "0x000000000000002a",
  "clauses": {
    "pass": 3,
    "non_strict": 0,
    "not_applicable": 0,
    "not_run": 1,
    "unsupported": 1,
    "precondition_failed": 0,
    "inconclusive": 1,
    "known_fail": 0,
    "warn": 2,
    "flaky": 0,
    "stale_waiver": 0,
    "misrouted": 0,
    "fail": 2,
    "model_stale": 0,
    "error": 0
  },
  "score": 0.3,
  "steps": 11,
  "requests": 64,
  "elapsed_s": 3.5,
  "executions_to_shrink": 0,
  "findings": [
    {
      "clause": "copy.reply.metadata",
      "level": "MUST",
      "grade": "documented",
      "verdict": "fail",
      "says": "What a copy shows of the cluster it holds - engine, engine version, node type, port - equals what its source shows.",
      "expected": "Engine redis, EngineVersion 7.1, CacheNodeType cache.t3.micro, Port 6379, Zone us-east-1a, NumCacheNodes 1",
      "observed": "Engine redis, EngineVersion 7.1, CacheNodeType cache.t3.micro, Port 6380, Zone <none>, NumCacheNodes 1",
      "reason": "wrong",
      "steps": [
        "1  CopySnapshot base -> b  =>  200 b creating",
        "2  DescribeSnapshots b     =>  200 [b available]"
      ],
      "case": "copy/target-taken",
      "replay": "copysnap replay copy/target-taken --endpoint http://localhost:4566",
      "count": 1
    },
    {
      "clause": "copy.target.taken",
      "level": "MUST",
      "grade": "documented",
      "verdict": "fail",
      "says": "Copying onto a name in use is refused with SnapshotAlreadyExistsFault (400).",
      "expected": "400 SnapshotAlreadyExistsFault",
      "observed": "200 b creating",
      "reason": "wrong",
      "steps": [
        "1  CopySnapshot base -> b  =>  200 b creating",
        "2  DescribeSnapshots b     =>  200 [b available]",
        "3  CopySnapshot base -> b  =>  200 b creating"
      ],
      "case": "copy/target-taken",
      "replay": "copysnap replay copy/target-taken --endpoint http://localhost:4566",
      "count": 2
    },
    {
      "clause": "tags.succeeds",
      "level": "MUST",
      "grade": "documented",
      "verdict": "warn",
      "says": "The tag operations on an available snapshot are accepted: 200, with a list of tags.",
      "expected": "an answer of its own to ListTagsForResource",
      "observed": "501 InvalidAction, as an invented action is",
      "reason": "missing",
      "steps": [
        "1  (an invented action)  =>  501 InvalidAction",
        "2  ListTagsForResource   =>  501 InvalidAction"
      ],
      "case": "",
      "replay": "curl -d 'Action=ListTagsForResource' http://localhost:4566",
      "count": 1
    },
    {
      "clause": "front.unknown-action",
      "level": "MUST",
      "grade": "inferred",
      "verdict": "warn",
      "says": "An action that the service doesn't have is refused with InvalidAction (400).",
      "expected": "400 InvalidAction",
      "observed": "501 InvalidAction",
      "reason": "wrong",
      "steps": [
        "1  ConjureSnapshot (else DescribeSnapshots) a  =>  501 InvalidAction \"no | such\""
      ],
      "case": "front/unknown-action",
      "replay": "copysnap replay front/unknown-action --endpoint http://localhost:4566",
      "count": 1
    }
  ],
  "leaked": 0,
  "reason": "copy.target.taken and copy.reply.metadata fail",
  "strict": false,
  "run": "1k2",
  "catalogue": "0123456789abcdef",
  "tool": "0.1.0",
  "started": "2026-11-22T10:00:00Z",
  "command": "copysnap run --endpoint http://localhost:4566 --seed 0x000000000000002a",
  "controls": {},
  "cases": {
    "ran": 3,
    "cut_short": 0,
    "not_run": 1,
    "not_applicable": 0,
    "unsupported": 1,
    "error": 0,
    "skipped": [
      {
        "case": "tags/list",
        "reason": "ListTagsForResource is not there"
      },
      {
        "case": "wire/ids",
        "reason": "it needs 40 copies, and the target declares fewer"
      }
    ]
  },
  "support": [
    {
      "operation": "CreateSnapshot",
      "state": "supported",
      "seen": "404 SnapshotNotFoundFault",
      "invented": "501 InvalidAction",
      "replay": "curl -d 'Action=CreateSnapshot' http://localhost:4566"
    },
    {
      "operation": "CopySnapshot",
      "state": "supported",
      "seen": "404 SnapshotNotFoundFault",
      "invented": "501 InvalidAction",
      "replay": "curl -d 'Action=CopySnapshot' http://localhost:4566"
    },
    {
      "operation": "DescribeSnapshots",
      "state": "supported",
      "seen": "404 SnapshotNotFoundFault",
      "invented": "501 InvalidAction",
      "replay": "curl -d 'Action=DescribeSnapshots' http://localhost:4566"
    },
    {
      "operation": "DeleteSnapshot",
      "state": "supported",
      "seen": "404 SnapshotNotFoundFault",
      "invented": "501 InvalidAction",
      "replay": "curl -d 'Action=DeleteSnapshot' http://localhost:4566"
    },
    {
      "operation": "ListTagsForResource",
      "state": "unsupported",
      "seen": "501 InvalidAction",
      "invented": "501 InvalidAction",
      "replay": "curl -d 'Action=ListTagsForResource' http://localhost:4566"
    }
  ],
  "areas": [
    {
      "area": "copy",
      "kept": 1,
      "total": 4,
      "failed": 2,
      "warned": 0
    },
    {
      "area": "delete",
      "kept": 1,
      "total": 1,
      "failed": 0,
      "warned": 0
    },
    {
      "area": "front",
      "kept": 1,
      "total": 2,
      "failed": 0,
      "warned": 1
    },
    {
      "area": "tags",
      "kept": 0,
      "total": 2,
      "failed": 0,
      "warned": 1
    },
    {
      "area": "wire",
      "kept": 0,
      "total": 1,
      "failed": 0,
      "warned": 0
    }
  ],
  "by_clause": [
    {
      "id": "copy.target.taken",
      "area": "copy",
      "level": "MUST",
      "grade": "documented",
      "verdict": "fail",
      "says": "Copying onto a name in use is refused with SnapshotAlreadyExistsFault (400).",
      "source": "API reference",
      "cases": 2
    },
    {
      "id": "copy.reply.metadata",
      "area": "copy",
      "level": "MUST",
      "grade": "documented",
      "verdict": "fail",
      "says": "What a copy shows of the cluster it holds - engine, engine version, node type, port - equals what its source shows.",
      "source": "API reference",
      "cases": 1
    },
    {
      "id": "copy.settles",
      "area": "copy",
      "level": "MUST",
      "grade": "documented",
      "verdict": "inconclusive",
      "says": "A copy that was accepted reaches `available` or `failed` within the settle limit.",
      "source": "API reference",
      "why": "an earlier contradiction makes it doubtful",
      "cases": 1
    },
    {
      "id": "copy.succeeds",
      "area": "copy",
      "level": "MUST",
      "grade": "documented",
      "verdict": "pass",
      "says": "Copying an available snapshot onto a free name is accepted: 200, with the new snapshot.",
      "source": "API reference",
      "cases": 1
    },
    {
      "id": "delete.gone",
      "area": "delete",
      "level": "MUST",
      "grade": "documented",
      "verdict": "pass",
      "says": "A deleted snapshot is not shown any more.",
      "source": "API reference",
      "cases": 1
    },
    {
      "id": "front.supported",
      "area": "front",
      "level": "MUST",
      "grade": "modelled",
      "verdict": "pass",
      "says": "CopySnapshot, CreateSnapshot, DeleteSnapshot and DescribeSnapshots are implemented.",
      "source": "API reference",
      "cases": 0
    },
    {
      "id": "front.unknown-action",
      "area": "front",
      "level": "MUST",
      "grade": "inferred",
      "verdict": "warn",
      "says": "An action that the service doesn't have is refused with InvalidAction (400).",
      "source": "API reference",
      "cases": 1
    },
    {
      "id": "tags.list",
      "area": "tags",
      "level": "MUST",
      "grade": "documented",
      "verdict": "unsupported",
      "says": "ListTagsForResource shows exactly the tags that a settled snapshot carries, each once.",
      "source": "API reference",
      "why": "ListTagsForResource is not there",
      "cases": 0
    },
    {
      "id": "tags.succeeds",
      "area": "tags",
      "level": "MUST",
      "grade": "documented",
      "verdict": "warn",
      "says": "The tag operations on an available snapshot are accepted: 200, with a list of tags.",
      "source": "API reference",
      "cases": 0
    },
    {
      "id": "wire.request-id",
      "area": "wire",
      "level": "MUST",
      "grade": "documented",
      "verdict": "not_run",
      "says": "Every answer carries a RequestId that is not empty.",
      "source": "API reference",
      "why": "it needs 40 copies, and the target declares fewer",
      "cases": 0
    }
  ]
}
"#);
}
