use super::*;

/// Returns the page less its style sheet and script, which say nothing of the run.
fn body(page: &str) -> String {
    let without = |page: &str, start: &str, end: &str| match (page.split_once(start), page.split_once(end)) {
        (Some((before, _)), Some((_, after))) => format!("{before}{after}"),
        _ => page.to_owned(),
    };
    without(&without(page, "<style>", "</style>\n"), "<script>", "</script>\n")
}

#[test]
fn a_passing_run_as_html() {
    insta::assert_snapshot!(body(&html(&Summary::of(&log::passing(), ReportOptions::default()))), @r#"
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>Conforms: reference 0.1.0 - copysnap</title>
</head>
<body>
<main>
<section class="box good" aria-label="verdict">
<h1>Conforms</h1>
<p class="who"><b>reference 0.1.0</b> <code>http:&#x2f;&#x2f;127.0.0.1:4100</code></p>
<p class="reason">every clause that could be judged is kept</p>
<p>As far as the selected clauses say, the target copies ElastiCache snapshots as AWS does: it showed that it lives, and nothing that it did contradicts what sources settle.</p>
<ul class="figures">
<li><b>1.000</b>score: 4 of 4 MUST clauses</li>
<li class="good"><b>3</b>pass</li>
<li class="good"><b>1</b>non-strict</li>
<li class="mute"><b>1</b>not applicable</li>
</ul>
</section>

<h2>Areas</h2>
<div class="scroll"><table class="areas">
<thead><tr><th scope="col">area</th><th scope="col">share</th><th scope="col" class="n">kept</th><th scope="col" class="n">fail</th><th scope="col" class="n">warn</th><th scope="col" class="n">open</th></tr></thead>
<tbody>
<tr><th scope="row">copy</th><td class="bar"><svg viewBox="0 0 10000 100" preserveAspectRatio="none" role="img" aria-label="copy: 2 of 2 kept, 0 fail, 0 warn, 0 open">
<rect class="good" x="0" y="0" width="10000" height="100"/>
</svg></td><td class="n">2 of 2</td><td class="n"></td><td class="n"></td><td class="n"></td></tr>
<tr><th scope="row">describe</th><td class="bar"><svg viewBox="0 0 10000 100" preserveAspectRatio="none" role="img" aria-label="describe: 1 of 1 kept, 0 fail, 0 warn, 0 open">
<rect class="good" x="0" y="0" width="10000" height="100"/>
</svg></td><td class="n">1 of 1</td><td class="n"></td><td class="n"></td><td class="n"></td></tr>
<tr><th scope="row">front</th><td class="bar"><svg viewBox="0 0 10000 100" preserveAspectRatio="none" role="img" aria-label="front: 1 of 1 kept, 0 fail, 0 warn, 0 open">
<rect class="good" x="0" y="0" width="10000" height="100"/>
</svg></td><td class="n">1 of 1</td><td class="n"></td><td class="n"></td><td class="n"></td></tr>
</tbody></table></div>


<h2 id="clauses">Clauses</h2>
<div class="filter" id="filter" hidden>
<label>verdict <select id="by-verdict"><option value="">all</option>
<option value="pass">pass (3)</option>
<option value="non_strict">non-strict (1)</option>
<option value="not_applicable">not applicable (1)</option>
</select></label>
<label>area <select id="by-area"><option value="">all</option>
<option>copy</option>
<option>describe</option>
<option>front</option>
</select></label>
<span class="soft" id="shown" role="status"></span>
</div>
<div class="scroll"><table class="clauses" id="table">
<thead><tr><th scope="col">clause</th><th scope="col">verdict</th><th scope="col">level</th><th scope="col">says</th><th scope="col" class="n">cases</th></tr></thead>
<tbody>
<tr data-verdict="pass" data-area="copy"><td class="id">copy.succeeds</td><td class="v good">pass</td><td class="soft">MUST<br>documented</td><td class="says">Copying an available snapshot onto a free name is accepted: 200, with the new snapshot.<span class="why">API reference</span></td><td class="n">1</td></tr>
<tr data-verdict="non_strict" data-area="copy"><td class="id">copy.target.taken</td><td class="v good">non-strict</td><td class="soft">MUST<br>documented</td><td class="says">Copying onto a name in use is refused with SnapshotAlreadyExistsFault (400).<span class="why">API reference</span></td><td class="n">1</td></tr>
<tr data-verdict="pass" data-area="describe"><td class="id">describe.no-ghosts</td><td class="v good">pass</td><td class="soft">MUST<br>documented</td><td class="says">DescribeSnapshots never shows a name under which no snapshot was made.<span class="why">API reference</span></td><td class="n">1</td></tr>
<tr data-verdict="pass" data-area="front"><td class="id">front.supported</td><td class="v good">pass</td><td class="soft">MUST<br>modelled</td><td class="says">CopySnapshot, CreateSnapshot, DeleteSnapshot and DescribeSnapshots are implemented.<span class="why">API reference</span></td><td class="n"></td></tr>
<tr data-verdict="not_applicable" data-area="copy"><td class="id">copy.failed</td><td class="v mute">not applicable</td><td class="soft">MUST<br>inferred</td><td class="says">A copy that failed shows the status <code>failed</code>.<span class="why">no target lets a copy fail on purpose</span><span class="why">API reference</span></td><td class="n"></td></tr>
</tbody></table></div>

<h2>Cases and operations</h2>
<p>1 ran.</p>
<div class="scroll"><table>
<thead><tr><th scope="col">operation</th><th scope="col">state</th><th scope="col">answer to a name that was never made</th></tr></thead>
<tbody>
<tr><td class="id">CreateSnapshot</td><td class="v good">supported</td><td>404 SnapshotNotFoundFault</td></tr>
<tr><td class="id">CopySnapshot</td><td class="v good">supported</td><td>404 SnapshotNotFoundFault</td></tr>
<tr><td class="id">DescribeSnapshots</td><td class="v good">supported</td><td>404 SnapshotNotFoundFault</td></tr>
<tr><td class="id">DeleteSnapshot</td><td class="v good">supported</td><td>404 SnapshotNotFoundFault</td></tr>
<tr><td class="id">ListTagsForResource</td><td class="v good">supported</td><td>404 SnapshotNotFoundFault</td></tr>
</tbody></table></div>

<p class="soft">What worthless targets score was not measured for this catalogue of clauses.</p>

<h2>The words</h2>
<dl class="facts">
<dt class="good">pass</dt><dd>It was seen kept, on a target that had shown that it lives.</dd>
<dt class="good">non-strict</dt><dd>It was seen kept by an alternative that the clause lists.</dd>
<dt class="mute">not applicable</dt><dd>The target declares not to have what it is about, or never came into the state.</dd>
</dl>
<p class="soft">A contradiction of a MUST that is documented, modelled or observed fails; of a SHOULD, or of an inferred or disputed clause, it warns. The score is the share of the MUST clauses that apply and were seen kept.</p>

<h2>How to reproduce</h2>
<pre class="wrap">copysnap run --target reference --seed 0x000000000000002a</pre>
<dl class="facts" style="margin-top: 1rem">
<dt>copysnap</dt><dd><code>0.1.0</code></dd>
<dt>catalogue</dt><dd><code>0123456789abcdef</code></dd>
<dt>seed</dt><dd><code>0x000000000000002a</code></dd>
<dt>run</dt><dd><code>1k2</code></dd>
<dt>started</dt><dd><code>2026-11-22T10:00:00Z</code></dd>
<dt>took</dt><dd><code>1.2 s</code></dd>
<dt>steps</dt><dd><code>3</code></dd>
<dt>requests</dt><dd><code>21</code></dd>
<dt>left behind</dt><dd><code>0</code></dd>
</dl>
</main>
<footer>Made from the log of the run alone. Exit code 0.</footer>
</body>
</html>
"#);
}

#[test]
fn a_failing_run_as_html() {
    insta::assert_snapshot!(body(&html(&Summary::of(&log::failing(), ReportOptions::default()))), @r##"
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>Does not conform: http:&#x2f;&#x2f;localhost:4566 - copysnap</title>
</head>
<body>
<main>
<section class="box bad" aria-label="verdict">
<h1>Does not conform</h1>
<p class="who"><code>http:&#x2f;&#x2f;localhost:4566</code></p>
<p class="reason">copy.target.taken and copy.reply.metadata fail</p>
<p>The target differs from what AWS&#x27;s documentation, API model or a recording of AWS says; under --strict, also from what is only inferred. A client that relies on one of the clauses below works on AWS and breaks here, or the other way round.</p>
<p>MUST clauses that fail:
<code>copy.target.taken</code>, 
<code>copy.reply.metadata</code>
</p>
<ul class="figures">
<li><b>0.300</b>score: 3 of 10 MUST clauses</li>
<li class="good"><b>3</b>pass</li>
<li class="mute"><b>1</b>not run</li>
<li class="absent"><b>1</b>unsupported</li>
<li class="warn"><b>1</b>inconclusive</li>
<li class="warn"><b>2</b>warn</li>
<li class="bad"><b>2</b>fail</li>
</ul>
</section>

<h2>Areas</h2>
<div class="scroll"><table class="areas">
<thead><tr><th scope="col">area</th><th scope="col">share</th><th scope="col" class="n">kept</th><th scope="col" class="n">fail</th><th scope="col" class="n">warn</th><th scope="col" class="n">open</th></tr></thead>
<tbody>
<tr><th scope="row">copy</th><td class="bar"><svg viewBox="0 0 10000 100" preserveAspectRatio="none" role="img" aria-label="copy: 1 of 4 kept, 2 fail, 0 warn, 1 open">
<rect class="good" x="0" y="0" width="2500" height="100"/>
<rect class="bad" x="2500" y="0" width="5000" height="100"/>
<rect class="mute" x="7500" y="0" width="2500" height="100"/>
</svg></td><td class="n">1 of 4</td><td class="n bad">2</td><td class="n"></td><td class="n">1</td></tr>
<tr><th scope="row">delete</th><td class="bar"><svg viewBox="0 0 10000 100" preserveAspectRatio="none" role="img" aria-label="delete: 1 of 1 kept, 0 fail, 0 warn, 0 open">
<rect class="good" x="0" y="0" width="10000" height="100"/>
</svg></td><td class="n">1 of 1</td><td class="n"></td><td class="n"></td><td class="n"></td></tr>
<tr><th scope="row">front</th><td class="bar"><svg viewBox="0 0 10000 100" preserveAspectRatio="none" role="img" aria-label="front: 1 of 2 kept, 0 fail, 1 warn, 0 open">
<rect class="good" x="0" y="0" width="5000" height="100"/>
<rect class="warn" x="5000" y="0" width="5000" height="100"/>
</svg></td><td class="n">1 of 2</td><td class="n"></td><td class="n warn">1</td><td class="n"></td></tr>
<tr><th scope="row">tags</th><td class="bar"><svg viewBox="0 0 10000 100" preserveAspectRatio="none" role="img" aria-label="tags: 0 of 2 kept, 0 fail, 1 warn, 1 open">
<rect class="warn" x="0" y="0" width="5000" height="100"/>
<rect class="mute" x="5000" y="0" width="5000" height="100"/>
</svg></td><td class="n">0 of 2</td><td class="n"></td><td class="n warn">1</td><td class="n">1</td></tr>
<tr><th scope="row">wire</th><td class="bar"><svg viewBox="0 0 10000 100" preserveAspectRatio="none" role="img" aria-label="wire: 0 of 1 kept, 0 fail, 0 warn, 1 open">
<rect class="mute" x="0" y="0" width="10000" height="100"/>
</svg></td><td class="n">0 of 1</td><td class="n"></td><td class="n"></td><td class="n">1</td></tr>
</tbody></table></div>

<h2>Findings</h2>
<article class="finding" id="finding-1">
<header><span class="tag bad">fail</span><h3 class="id">copy.reply.metadata</h3><span class="soft">MUST · documented</span></header>
<p>What a copy shows of the cluster it holds - engine, engine version, node type, port - equals what its source shows.</p>
<pre class="wrap">
<span class="diff soft">- expected, + observed</span><span class="diff soft">  EngineVersion 7.1,</span><span class="diff soft">  CacheNodeType cache.t3.micro,</span><span class="diff del">- Port 6379,</span><span class="diff del">- Zone us-east-1a,</span><span class="diff add">+ Port 6380,</span><span class="diff add">+ Zone &lt;none&gt;,</span><span class="diff soft">  NumCacheNodes 1</span></pre>
<pre class="wrap">1  CopySnapshot base -&gt; b  =&gt;  200 b creating
2  DescribeSnapshots b     =&gt;  200 [b available]
</pre>
<pre class="wrap">copysnap replay copy&#x2f;target-taken --endpoint http:&#x2f;&#x2f;localhost:4566</pre>
<details><summary>request and answer as sent, in <code>copy&#x2f;target-taken</code></summary>
<pre class="wrap">POST http:&#x2f;&#x2f;localhost:4566&#x2f;
content-type: application&#x2f;x-www-form-urlencoded

Action=DescribeSnapshots&amp;Version=2015-02-02</pre>
<pre class="wrap">HTTP 200
content-type: text&#x2f;xml

&lt;DescribeSnapshotsResponse&gt;&amp;amp;&lt;&#x2f;DescribeSnapshotsResponse&gt;</pre></details>
</article>
<article class="finding" id="finding-2">
<header><span class="tag bad">fail</span><h3 class="id">copy.target.taken</h3><span class="soft">MUST · documented · in 2 cases</span></header>
<p>Copying onto a name in use is refused with SnapshotAlreadyExistsFault (400).</p>
<dl><dt>expected</dt><dd class="good"><code>400 SnapshotAlreadyExistsFault</code></dd>
<dt>observed</dt><dd class="bad"><code>200 b creating</code></dd></dl>
<pre class="wrap">1  CopySnapshot base -&gt; b  =&gt;  200 b creating
2  DescribeSnapshots b     =&gt;  200 [b available]
3  CopySnapshot base -&gt; b  =&gt;  200 b creating
</pre>
<pre class="wrap">copysnap replay copy&#x2f;target-taken --endpoint http:&#x2f;&#x2f;localhost:4566</pre>
<details><summary>request and answer as sent, in <code>copy&#x2f;target-taken</code></summary>
<pre class="wrap">POST http:&#x2f;&#x2f;localhost:4566&#x2f;
content-type: application&#x2f;x-www-form-urlencoded

Action=CopySnapshot&amp;Version=2015-02-02</pre>
<pre class="wrap">HTTP 200
content-type: text&#x2f;xml

&lt;CopySnapshotResponse&gt;&amp;amp;&lt;&#x2f;CopySnapshotResponse&gt;</pre></details>
</article>
<article class="finding" id="finding-3">
<header><span class="tag warn">warn</span><h3 class="id">tags.succeeds</h3><span class="soft">MUST · documented</span></header>
<p>The tag operations on an available snapshot are accepted: 200, with a list of tags.</p>
<dl><dt>expected</dt><dd class="good"><code>an answer of its own to ListTagsForResource</code></dd>
<dt>observed</dt><dd class="bad"><code>501 InvalidAction, as an invented action is</code></dd></dl>
<pre class="wrap">1  (an invented action)  =&gt;  501 InvalidAction
2  ListTagsForResource   =&gt;  501 InvalidAction
</pre>
<pre class="wrap">curl -d &#x27;Action=ListTagsForResource&#x27; http:&#x2f;&#x2f;localhost:4566</pre>
</article>
<article class="finding" id="finding-4">
<header><span class="tag warn">warn</span><h3 class="id">front.unknown-action</h3><span class="soft">MUST · inferred</span></header>
<p>An action that the service doesn&#x27;t have is refused with InvalidAction (400).</p>
<dl><dt>expected</dt><dd class="good"><code>400 InvalidAction</code></dd>
<dt>observed</dt><dd class="bad"><code>501 InvalidAction</code></dd></dl>
<pre class="wrap">1  ConjureSnapshot (else DescribeSnapshots) a  =&gt;  501 InvalidAction &quot;no | such&quot;
</pre>
<pre class="wrap">copysnap replay front&#x2f;unknown-action --endpoint http:&#x2f;&#x2f;localhost:4566</pre>
<details><summary>request and answer as sent, in <code>front&#x2f;unknown-action</code></summary>
<pre class="wrap">POST http:&#x2f;&#x2f;localhost:4566&#x2f;
content-type: application&#x2f;x-www-form-urlencoded

Action=DescribeSnapshots&amp;Version=2015-02-02</pre>
<pre class="wrap">HTTP 501
content-type: text&#x2f;xml

&lt;DescribeSnapshotsResponse&gt;&amp;amp;&lt;&#x2f;DescribeSnapshotsResponse&gt;</pre></details>
</article>

<h2 id="clauses">Clauses</h2>
<div class="filter" id="filter" hidden>
<label>verdict <select id="by-verdict"><option value="">all</option>
<option value="pass">pass (3)</option>
<option value="not_run">not run (1)</option>
<option value="unsupported">unsupported (1)</option>
<option value="inconclusive">inconclusive (1)</option>
<option value="warn">warn (2)</option>
<option value="fail">fail (2)</option>
</select></label>
<label>area <select id="by-area"><option value="">all</option>
<option>copy</option>
<option>delete</option>
<option>front</option>
<option>tags</option>
<option>wire</option>
</select></label>
<span class="soft" id="shown" role="status"></span>
</div>
<div class="scroll"><table class="clauses" id="table">
<thead><tr><th scope="col">clause</th><th scope="col">verdict</th><th scope="col">level</th><th scope="col">says</th><th scope="col" class="n">cases</th></tr></thead>
<tbody>
<tr data-verdict="fail" data-area="copy"><td class="id"><a href="#finding-2">copy.target.taken</a></td><td class="v bad">fail</td><td class="soft">MUST<br>documented</td><td class="says">Copying onto a name in use is refused with SnapshotAlreadyExistsFault (400).<span class="why">API reference</span></td><td class="n">2</td></tr>
<tr data-verdict="fail" data-area="copy"><td class="id"><a href="#finding-1">copy.reply.metadata</a></td><td class="v bad">fail</td><td class="soft">MUST<br>documented</td><td class="says">What a copy shows of the cluster it holds - engine, engine version, node type, port - equals what its source shows.<span class="why">API reference</span></td><td class="n">1</td></tr>
<tr data-verdict="inconclusive" data-area="copy"><td class="id">copy.settles</td><td class="v warn">inconclusive</td><td class="soft">MUST<br>documented</td><td class="says">A copy that was accepted reaches <code>available</code> or <code>failed</code> within the settle limit.<span class="why">an earlier contradiction makes it doubtful</span><span class="why">API reference</span></td><td class="n">1</td></tr>
<tr data-verdict="pass" data-area="copy"><td class="id">copy.succeeds</td><td class="v good">pass</td><td class="soft">MUST<br>documented</td><td class="says">Copying an available snapshot onto a free name is accepted: 200, with the new snapshot.<span class="why">API reference</span></td><td class="n">1</td></tr>
<tr data-verdict="pass" data-area="delete"><td class="id">delete.gone</td><td class="v good">pass</td><td class="soft">MUST<br>documented</td><td class="says">A deleted snapshot is not shown any more.<span class="why">API reference</span></td><td class="n">1</td></tr>
<tr data-verdict="pass" data-area="front"><td class="id">front.supported</td><td class="v good">pass</td><td class="soft">MUST<br>modelled</td><td class="says">CopySnapshot, CreateSnapshot, DeleteSnapshot and DescribeSnapshots are implemented.<span class="why">API reference</span></td><td class="n"></td></tr>
<tr data-verdict="warn" data-area="front"><td class="id"><a href="#finding-4">front.unknown-action</a></td><td class="v warn">warn</td><td class="soft">MUST<br>inferred</td><td class="says">An action that the service doesn&#x27;t have is refused with InvalidAction (400).<span class="why">API reference</span></td><td class="n">1</td></tr>
<tr data-verdict="unsupported" data-area="tags"><td class="id">tags.list</td><td class="v absent">unsupported</td><td class="soft">MUST<br>documented</td><td class="says">ListTagsForResource shows exactly the tags that a settled snapshot carries, each once.<span class="why">ListTagsForResource is not there</span><span class="why">API reference</span></td><td class="n"></td></tr>
<tr data-verdict="warn" data-area="tags"><td class="id"><a href="#finding-3">tags.succeeds</a></td><td class="v warn">warn</td><td class="soft">MUST<br>documented</td><td class="says">The tag operations on an available snapshot are accepted: 200, with a list of tags.<span class="why">API reference</span></td><td class="n"></td></tr>
<tr data-verdict="not_run" data-area="wire"><td class="id">wire.request-id</td><td class="v mute">not run</td><td class="soft">MUST<br>documented</td><td class="says">Every answer carries a RequestId that is not empty.<span class="why">it needs 40 copies, and the target declares fewer</span><span class="why">API reference</span></td><td class="n"></td></tr>
</tbody></table></div>

<h2>Cases and operations</h2>
<p>3 ran, 1 did not run, 1 use an operation that is not there.</p>
<div class="scroll"><table>
<thead><tr><th scope="col">operation</th><th scope="col">state</th><th scope="col">answer to a name that was never made</th></tr></thead>
<tbody>
<tr><td class="id">CreateSnapshot</td><td class="v good">supported</td><td>404 SnapshotNotFoundFault</td></tr>
<tr><td class="id">CopySnapshot</td><td class="v good">supported</td><td>404 SnapshotNotFoundFault</td></tr>
<tr><td class="id">DescribeSnapshots</td><td class="v good">supported</td><td>404 SnapshotNotFoundFault</td></tr>
<tr><td class="id">DeleteSnapshot</td><td class="v good">supported</td><td>404 SnapshotNotFoundFault</td></tr>
<tr><td class="id">ListTagsForResource</td><td class="v bad">unsupported</td><td>501 InvalidAction</td></tr>
</tbody></table></div>
<details><summary>cases that did not run</summary>
<table><tbody>
<tr><td class="id">tags&#x2f;list</td><td>ListTagsForResource is not there</td></tr>
<tr><td class="id">wire&#x2f;ids</td><td>it needs 40 copies, and the target declares fewer</td></tr>
</tbody></table></details>

<p class="soft">What worthless targets score was not measured for this catalogue of clauses.</p>

<h2>The words</h2>
<dl class="facts">
<dt class="good">pass</dt><dd>It was seen kept, on a target that had shown that it lives.</dd>
<dt class="mute">not run</dt><dd>No case that probes it ran.</dd>
<dt class="absent">unsupported</dt><dd>An operation is answered as an action is that nobody ever made up a meaning for.</dd>
<dt class="warn">inconclusive</dt><dd>What was seen says neither.</dd>
<dt class="warn">warn</dt><dd>A SHOULD, or a clause that no source settles, is contradicted.</dd>
<dt class="bad">fail</dt><dd>It is contradicted.</dd>
</dl>
<p class="soft">A contradiction of a MUST that is documented, modelled or observed fails; of a SHOULD, or of an inferred or disputed clause, it warns. The score is the share of the MUST clauses that apply and were seen kept.</p>

<h2>How to reproduce</h2>
<pre class="wrap">copysnap run --endpoint http:&#x2f;&#x2f;localhost:4566 --seed 0x000000000000002a</pre>
<dl class="facts" style="margin-top: 1rem">
<dt>copysnap</dt><dd><code>0.1.0</code></dd>
<dt>catalogue</dt><dd><code>0123456789abcdef</code></dd>
<dt>seed</dt><dd><code>0x000000000000002a</code></dd>
<dt>run</dt><dd><code>1k2</code></dd>
<dt>started</dt><dd><code>2026-11-22T10:00:00Z</code></dd>
<dt>took</dt><dd><code>3.5 s</code></dd>
<dt>steps</dt><dd><code>11</code></dd>
<dt>requests</dt><dd><code>64</code></dd>
<dt>left behind</dt><dd><code>0</code></dd>
</dl>
</main>
<footer>Made from the log of the run alone. Exit code 1.</footer>
</body>
</html>
"##);
}

#[test]
fn a_page_needs_nothing_from_elsewhere() {
    let page = html(&Summary::of(&log::failing(), ReportOptions::default()));
    for outside in [" src=", "<link", "@import", "url(", "<iframe", "fetch("] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn a_page_of_many_findings_and_long_answers_stays_below_a_megabyte() {
    let summary = Summary::of(&log::failing(), ReportOptions::default());
    let mut many = summary.clone();
    for finding in summary.findings.iter().cycle().take(200) {
        let long = "<&>\"'".repeat(20_000);
        let exchange = Some(Exchange { request: long.clone(), response: long.clone() });
        many.findings.push(Finding {
            exchange,
            observed: "<".repeat(3_000),
            steps: vec![long.clone(); 9],
            ..finding.clone()
        });
    }
    let clauses: Vec<_> = many.by_clause.iter().cycle().take(250).cloned().collect();
    many.by_clause = clauses;
    let size = html(&many).len();
    assert!(size < 1 << 20, "{size}");
}

#[test]
fn what_a_target_says_is_no_markup() {
    let mut summary = Summary::of(&log::failing(), ReportOptions::default());
    let evil = "</pre><script>alert(1)</script>\"'";
    for finding in &mut summary.findings {
        finding.observed = evil.to_owned();
        finding.steps = vec![evil.to_owned()];
        finding.exchange = Some(Exchange { request: evil.to_owned(), response: evil.to_owned() });
    }
    summary.target.version = evil.to_owned();
    assert!(!html(&summary).contains("<script>alert"));
}
