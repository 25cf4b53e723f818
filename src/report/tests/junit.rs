use super::*;

#[test]
fn a_passing_run_as_junit() {
    insta::assert_snapshot!(junit(&formats::passed()), @r#"
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="copysnap reference 0.1.0" tests="6" skipped="1" failures="0" errors="0" time="1.250">
    <testsuite name="run" tests="1" skipped="0" errors="0" failures="0">
        <properties>
            <property name="target" value="reference 0.1.0"/>
            <property name="endpoint" value="http://127.0.0.1:4100"/>
            <property name="catalogue" value="0123456789abcdef"/>
            <property name="seed" value="0x000000000000002a"/>
            <property name="started" value="2026-11-22T10:00:00Z"/>
            <property name="verdict" value="pass"/>
            <property name="reason" value="every clause that could be judged is kept"/>
        </properties>
        <testcase name="complete" classname="run"/>
    </testsuite>
    <testsuite name="copy" tests="3" skipped="1" errors="0" failures="0">
        <testcase name="copy.succeeds" classname="copy">
            <properties>
                <property name="level" value="MUST"/>
                <property name="grade" value="documented"/>
                <property name="verdict" value="pass"/>
            </properties>
        </testcase>
        <testcase name="copy.target.taken" classname="copy">
            <properties>
                <property name="level" value="MUST"/>
                <property name="grade" value="documented"/>
                <property name="verdict" value="non_strict"/>
            </properties>
            <system-out>It was seen kept by an alternative that the clause lists.</system-out>
        </testcase>
        <testcase name="copy.failed" classname="copy">
            <properties>
                <property name="level" value="MUST"/>
                <property name="grade" value="inferred"/>
                <property name="verdict" value="not_applicable"/>
            </properties>
            <skipped message="not applicable: no target lets a copy fail on purpose" type="not_applicable"/>
        </testcase>
    </testsuite>
    <testsuite name="describe" tests="1" skipped="0" errors="0" failures="0">
        <testcase name="describe.no-ghosts" classname="describe">
            <properties>
                <property name="level" value="MUST"/>
                <property name="grade" value="documented"/>
                <property name="verdict" value="pass"/>
            </properties>
        </testcase>
    </testsuite>
    <testsuite name="front" tests="1" skipped="0" errors="0" failures="0">
        <testcase name="front.supported" classname="front">
            <properties>
                <property name="level" value="MUST"/>
                <property name="grade" value="modelled"/>
                <property name="verdict" value="pass"/>
            </properties>
        </testcase>
    </testsuite>
</testsuites>
"#);
}

#[test]
fn a_failing_run_as_junit() {
    insta::assert_snapshot!(junit(&formats::failed()), @r#"
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="copysnap" tests="11" skipped="2" failures="2" errors="1" time="3.500">
    <testsuite name="run" tests="1" skipped="0" errors="0" failures="0">
        <properties>
            <property name="target" value=""/>
            <property name="endpoint" value="http://localhost:4566"/>
            <property name="catalogue" value="0123456789abcdef"/>
            <property name="seed" value="0x000000000000002a"/>
            <property name="started" value="2026-11-22T10:00:00Z"/>
            <property name="verdict" value="fail"/>
            <property name="reason" value="copy.target.taken and copy.reply.metadata fail"/>
        </properties>
        <testcase name="complete" classname="run"/>
    </testsuite>
    <testsuite name="copy" tests="4" skipped="0" errors="1" failures="2">
        <testcase name="copy.target.taken" classname="copy">
            <properties>
                <property name="level" value="MUST"/>
                <property name="grade" value="documented"/>
                <property name="verdict" value="fail"/>
            </properties>
            <failure message="expected 400 SnapshotAlreadyExistsFault, observed 200 b creating" type="fail">Copying onto a name in use is refused with SnapshotAlreadyExistsFault (400).

expected  400 SnapshotAlreadyExistsFault
observed  200 b creating

1  CopySnapshot base -&gt; b  =&gt;  200 b creating
2  DescribeSnapshots b     =&gt;  200 [b available]
3  CopySnapshot base -&gt; b  =&gt;  200 b creating

replay: copysnap replay copy/target-taken --endpoint http://localhost:4566</failure>
        </testcase>
        <testcase name="copy.reply.metadata" classname="copy">
            <properties>
                <property name="level" value="MUST"/>
                <property name="grade" value="documented"/>
                <property name="verdict" value="fail"/>
            </properties>
            <failure message="expected Engine redis, EngineVersion 7.1, CacheNodeType cache.t3.micro, Port 6379, Zone us-east-1a, NumCacheNodes 1, observed Engine redis, EngineVersion 7.1, CacheNodeType cache.t3.micro, Port 6380, Zone &lt;none&gt;, NumCacheNodes 1" type="fail">What a copy shows of the cluster it holds - engine, engine version, node type, port - equals what its source shows.

expected  Engine redis, EngineVersion 7.1, CacheNodeType cache.t3.micro, Port 6379, Zone us-east-1a, NumCacheNodes 1
observed  Engine redis, EngineVersion 7.1, CacheNodeType cache.t3.micro, Port 6380, Zone &lt;none&gt;, NumCacheNodes 1

1  CopySnapshot base -&gt; b  =&gt;  200 b creating
2  DescribeSnapshots b     =&gt;  200 [b available]

replay: copysnap replay copy/target-taken --endpoint http://localhost:4566</failure>
        </testcase>
        <testcase name="copy.settles" classname="copy">
            <properties>
                <property name="level" value="MUST"/>
                <property name="grade" value="documented"/>
                <property name="verdict" value="inconclusive"/>
            </properties>
            <error message="inconclusive: an earlier contradiction makes it doubtful" type="inconclusive"/>
        </testcase>
        <testcase name="copy.succeeds" classname="copy">
            <properties>
                <property name="level" value="MUST"/>
                <property name="grade" value="documented"/>
                <property name="verdict" value="pass"/>
            </properties>
        </testcase>
    </testsuite>
    <testsuite name="delete" tests="1" skipped="0" errors="0" failures="0">
        <testcase name="delete.gone" classname="delete">
            <properties>
                <property name="level" value="MUST"/>
                <property name="grade" value="documented"/>
                <property name="verdict" value="pass"/>
            </properties>
        </testcase>
    </testsuite>
    <testsuite name="front" tests="2" skipped="0" errors="0" failures="0">
        <testcase name="front.supported" classname="front">
            <properties>
                <property name="level" value="MUST"/>
                <property name="grade" value="modelled"/>
                <property name="verdict" value="pass"/>
            </properties>
        </testcase>
        <testcase name="front.unknown-action" classname="front">
            <properties>
                <property name="level" value="MUST"/>
                <property name="grade" value="inferred"/>
                <property name="verdict" value="warn"/>
            </properties>
            <system-out>An action that the service doesn&apos;t have is refused with InvalidAction (400).

expected  400 InvalidAction
observed  501 InvalidAction

1  ConjureSnapshot (else DescribeSnapshots) a  =&gt;  501 InvalidAction &quot;no | such&quot;

replay: copysnap replay front/unknown-action --endpoint http://localhost:4566</system-out>
        </testcase>
    </testsuite>
    <testsuite name="tags" tests="2" skipped="1" errors="0" failures="0">
        <testcase name="tags.list" classname="tags">
            <properties>
                <property name="level" value="MUST"/>
                <property name="grade" value="documented"/>
                <property name="verdict" value="unsupported"/>
            </properties>
            <skipped message="unsupported: ListTagsForResource is not there" type="unsupported"/>
        </testcase>
        <testcase name="tags.succeeds" classname="tags">
            <properties>
                <property name="level" value="MUST"/>
                <property name="grade" value="documented"/>
                <property name="verdict" value="warn"/>
            </properties>
            <system-out>The tag operations on an available snapshot are accepted: 200, with a list of tags.

expected  an answer of its own to ListTagsForResource
observed  501 InvalidAction, as an invented action is

1  (an invented action)  =&gt;  501 InvalidAction
2  ListTagsForResource   =&gt;  501 InvalidAction

replay: curl -d &apos;Action=ListTagsForResource&apos; http://localhost:4566</system-out>
        </testcase>
    </testsuite>
    <testsuite name="wire" tests="1" skipped="1" errors="0" failures="0">
        <testcase name="wire.request-id" classname="wire">
            <properties>
                <property name="level" value="MUST"/>
                <property name="grade" value="documented"/>
                <property name="verdict" value="not_run"/>
            </properties>
            <skipped message="not run: it needs 40 copies, and the target declares fewer" type="not_run"/>
        </testcase>
    </testsuite>
</testsuites>
"#);
}
