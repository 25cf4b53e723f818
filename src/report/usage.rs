use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use crate::service::{Input, Operation};
use crate::wire::form_decode;

/// The version of the API: EC2 and RDS have operations of the same names.
const VERSION: &str = "2015-02-02";
/// The most lines that one call of a log of the AWS SDK for JavaScript takes.
const LINES: usize = 200;

/// What an application asks of the service: names alone, never what it sent with them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// The operations that the model knows, by name.
    pub operations: BTreeMap<&'static str, OperationUse>,
    /// How often any other operation of the service was called.
    pub others: BTreeMap<String, usize>,
}

/// How an operation is used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OperationUse {
    /// How often it is called.
    pub calls: usize,
    /// The parameters of each kind of call that there is.
    pub kinds: BTreeSet<BTreeSet<&'static str>>,
    /// The codes of the faults that it was answered with.
    pub faults: BTreeSet<String>,
}

/// Why a file says nothing of what an application uses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsageError {
    /// It begins as JSON and is none.
    #[error("line {line}, column {column}: this is no JSON")]
    Json {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// It is JSON of no kind that is known.
    #[error("{place}: neither a HAR (`log.entries`) nor an export of CloudTrail (`Records`, `Events`)")]
    Shape {
        /// Where in the document.
        place: String,
    },
    /// It holds no request to the service.
    #[error("no request to ElastiCache is in it")]
    Nothing,
}

impl Usage {
    /// Returns what a HAR, an export of CloudTrail, or a debug log of an SDK says that the application uses.
    ///
    /// # Errors
    /// Where the text begins as JSON and is none or of another kind, or where no request to the service is in it.
    pub fn parse(text: &[u8]) -> Result<Self, UsageError> {
        let text = String::from_utf8_lossy(text);
        let text = text.trim_start_matches('\u{feff}');
        let mut usage = Self::default();
        let trimmed = text.trim_start();
        // A list of JavaScript begins as one of JSON may, and so does a line of a log: `[AWS elasticache 200 …`.
        let json = trimmed.starts_with('{')
            || trimmed.strip_prefix('[').is_some_and(|it| it.trim_start().starts_with(['{', ']']));
        match serde_json::from_str::<Value>(text) {
            Ok(document) => usage.document(&document)?,
            Err(error) if json && !usage.lines_of_json(text) => {
                if !usage.log(text) {
                    return Err(UsageError::Json { line: error.line(), column: error.column() });
                }
            }
            Err(_) if json => {}
            Err(_) => {
                usage.log(text);
            }
        }
        if usage.operations.is_empty() && usage.others.is_empty() {
            return Err(UsageError::Nothing);
        }
        Ok(usage)
    }

    fn document(&mut self, document: &Value) -> Result<(), UsageError> {
        if let Some(entries) = document.pointer("/log/entries") {
            let entries = entries.as_array().ok_or_else(|| shape("`log.entries`, which is no list"))?;
            entries.iter().for_each(|entry| self.entry(entry));
            return Ok(());
        }
        let events = document.get("Records").or_else(|| document.get("Events")).unwrap_or(document);
        match events {
            Value::Array(events) => {
                let before = self.clone();
                let known = events.iter().filter(|event| self.event(event)).count();
                if known == 0 && !events.is_empty() {
                    *self = before;
                    return Err(shape("the list, none of whose members is an event"));
                }
                Ok(())
            }
            event if self.event(event) => Ok(()),
            _ => Err(shape("the whole document")),
        }
    }

    /// Reads an event a line, as tools that collect them write; tells whether every line was one.
    fn lines_of_json(&mut self, text: &str) -> bool {
        let mut found = Self::default();
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        let all = lines.all(|line| serde_json::from_str::<Value>(line).is_ok_and(|event| found.event(&event)));
        if all {
            *self = found;
        }
        all
    }

    /// Reads an event of CloudTrail; tells whether it is one, of whatever service.
    fn event(&mut self, event: &Value) -> bool {
        if let Some(inner) = event.get("CloudTrailEvent").and_then(Value::as_str) {
            return serde_json::from_str::<Value>(inner).is_ok_and(|event| self.event(&event));
        }
        let word = |key: &str| event.get(key).and_then(Value::as_str);
        let (Some(source), Some(name)) = (word("eventSource"), word("eventName")) else { return false };
        if source == "elasticache.amazonaws.com" {
            let given = event.get("requestParameters").and_then(Value::as_object);
            let named = given.into_iter().flatten().filter(|(_, value)| !is_empty(value)).map(|(key, _)| key.as_str());
            self.call(name, named, word("errorCode"));
        }
        true
    }

    /// Reads a request of a HAR.
    fn entry(&mut self, entry: &Value) {
        let text = |at: &str| entry.pointer(at).and_then(Value::as_str).unwrap_or_default();
        let url = text("/request/url");
        let query = url.split_once('?').map_or("", |(_, query)| query);
        let body = text("/request/postData/text");
        let listed = entry.pointer("/request/postData/params").and_then(Value::as_array);
        let listed: Vec<String> = listed
            .into_iter()
            .flatten()
            .filter_map(|pair| {
                let word = |key: &str| pair.get(key).and_then(Value::as_str);
                Some(format!("{}={}", word("name")?, word("value").unwrap_or_default().replace('&', "%26")))
            })
            .collect();
        let listed = listed.join("&");
        let form = [query, body, &listed].into_iter().find(|form| form.contains("Action=")).unwrap_or_default();
        let answer = text("/response/content/text");
        let code = between(answer, "<Code>", "</Code>");
        self.form(form, url.contains("elasticache"), code);
    }

    /// Reads a form as it goes over the wire; tells whether it is one of the service.
    fn form(&mut self, form: &str, certain: bool, fault: Option<&str>) -> bool {
        let Ok(pairs) = form_decode(form.trim().as_bytes()) else { return false };
        let value = |key: &str| pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
        let ours = value("Version").map_or(certain, |version| version == VERSION);
        let Some(action) = value("Action").filter(|_| ours) else { return false };
        let given = pairs.iter().filter(|(_, value)| !value.is_empty()).map(|(name, _)| name.as_str());
        self.call(action, given, fault);
        true
    }

    /// Reads a debug log line by line; tells whether something was found.
    fn log(&mut self, text: &str) -> bool {
        let lines: Vec<&str> = text.lines().collect();
        let mut found = false;
        for (at, line) in lines.iter().enumerate() {
            if let Some((name, rest)) =
                line.split_once("OperationModel(name=").and_then(|(_, rest)| rest.split_once(')'))
            {
                // botocore says so of a request before it is signed: a dictionary of Python.
                if rest.contains(&format!("'Version': '{VERSION}'")) {
                    let body = rest.split_once("'body': {").map_or("", |(_, body)| body);
                    self.call(name, keys(body, "':"), None);
                    found = true;
                }
            } else if let Some(name) =
                between(line, "commandName: '", "Command'").or_else(|| between(line, "\"commandName\":\"", "Command\""))
            {
                // The AWS SDK for JavaScript, version 3: the input is on the lines that follow.
                let around = at.saturating_sub(3)..(at + LINES).min(lines.len());
                let text = lines.get(around).unwrap_or_default().join("\n");
                if text.contains("ElastiCacheClient") {
                    let input = text.split_once("input").map_or("", |(_, input)| input);
                    let input = input.split_once("output").map_or(input, |(input, _)| input);
                    self.call(name, keys(&unquoted(input), ":"), None);
                    found = true;
                }
            } else if let Some((name, input)) = line
                .strip_prefix("[AWS elasticache ")
                .and_then(|it| it.split_once("] "))
                .and_then(|(_, it)| it.split_once('('))
            {
                // … and version 2: `[AWS elasticache 200 0.4s 0 retries] copySnapshot({ … })`.
                let more = lines.get(at + 1..(at + LINES).min(lines.len())).unwrap_or_default().join("\n");
                let text = format!("{input}\n{more}");
                let input = text.split_once("})").map_or(&*text, |(input, _)| input);
                self.call(&capital(name), keys(&unquoted(input), ":"), None);
                found = true;
            } else if let Some(start) = line.find("Action=") {
                // Any other that shows what goes over the wire.
                let before = line.get(..start).unwrap_or_default();
                let begin = before.rfind(|c: char| c.is_whitespace() || "\"'?{".contains(c)).map_or(0, |at| at + 1);
                let rest = line.get(begin..).unwrap_or_default();
                let form = rest.split(|c: char| c.is_whitespace() || "\"'}".contains(c)).next().unwrap_or_default();
                found |= self.form(form, line.contains("elasticache"), None);
            }
        }
        found
    }

    /// Counts a call; of the parameters, those that the model knows.
    fn call<'a>(&mut self, name: &str, parameters: impl Iterator<Item = &'a str>, fault: Option<&str>) {
        let plain = !name.is_empty() && name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric());
        let Some(operation) = Operation::from_name(name).filter(|operation| operation.is_asked() && !operation.is_s3())
        else {
            if plain {
                *self.others.entry(name.to_owned()).or_default() += 1;
            }
            return;
        };
        let known = parameters.filter_map(|given| {
            let head = given.split('.').next().unwrap_or_default();
            Input::ALL.iter().map(|input| input.name()).find(|name| name.eq_ignore_ascii_case(head))
        });
        let used = self.operations.entry(operation.name()).or_default();
        used.calls += 1;
        used.kinds.insert(known.collect());
        let code = fault.filter(|code| code.len() <= 64 && code.chars().all(|c| c.is_ascii_alphanumeric() || c == '.'));
        used.faults.extend(code.map(str::to_owned));
    }
}

fn shape(place: &str) -> UsageError {
    UsageError::Shape { place: place.to_owned() }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(str::is_empty)
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    Some(text.split_once(start)?.1.split_once(end)?.0)
}

/// Returns the words that stand before a mark, such as the keys of a dictionary.
fn keys<'a>(text: &'a str, mark: &'a str) -> impl Iterator<Item = &'a str> {
    text.match_indices(mark).filter_map(move |(at, _)| {
        let before = text.get(..at)?.trim_end_matches('"');
        let start = before.rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).map_or(0, |at| at + 1);
        before.get(start..).filter(|word| !word.is_empty())
    })
}

/// Returns the text without what stands between single quotes, which may hold anything.
fn unquoted(text: &str) -> String {
    text.split('\'').step_by(2).collect()
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The operations with the parameters of each kind of call, and what else is used.
    fn check(text: &str, wanted: &str) {
        let shown = match Usage::parse(text.as_bytes()) {
            Err(error) => error.to_string(),
            Ok(usage) => {
                let kind = |kind: &BTreeSet<&str>| kind.iter().copied().collect::<Vec<_>>().join(",");
                let operation = |(name, used): (&&str, &OperationUse)| {
                    let kinds: Vec<String> = used.kinds.iter().map(kind).collect();
                    let faults: Vec<&str> = used.faults.iter().map(String::as_str).collect();
                    format!("{name} ×{} [{}]{}", used.calls, kinds.join("|"), faults.join(","))
                };
                let known = usage.operations.iter().map(operation);
                let others = usage.others.iter().map(|(name, calls)| format!("{name} ×{calls}"));
                known.chain(others).collect::<Vec<_>>().join("; ")
            }
        };
        assert_eq!(shown, wanted, "{text}");
    }

    #[test]
    fn an_archive_of_requests_is_read() {
        let entry = |body: &str| {
            format!(
                r#"{{"request":{{"method":"POST","url":"https://elasticache.eu-west-1.amazonaws.com/","postData":{{"text":"{body}"}}}},
                "response":{{"content":{{"text":"<Error><Code>SnapshotNotFoundFault</Code></Error>"}}}}}}"#
            )
        };
        let har = |body: &str| format!(r#"{{"log":{{"entries":[{}]}}}}"#, entry(body));
        let copy = "Action=CopySnapshot&Version=2015-02-02&SourceSnapshotName=hush&TargetSnapshotName=b&TargetBucket=&Tags.Tag.1.Key=k";
        check(&har(copy), "CopySnapshot ×1 [SourceSnapshotName,Tags,TargetSnapshotName]SnapshotNotFoundFault");
        check(&har("Action=CopySnapshot&Version=2016-11-15&SourceSnapshotId=s"), "no request to ElastiCache is in it");
        check(&har("Action=DescribeUsers&Version=2015-02-02"), "DescribeUsers ×1");
        check(
            r#"{"log":{"entries":7}}"#,
            "`log.entries`, which is no list: neither a HAR (`log.entries`) nor an export of CloudTrail (`Records`, `Events`)",
        );
    }

    #[test]
    fn an_export_of_cloudtrail_is_read() {
        let event = r#"{"eventSource":"elasticache.amazonaws.com","eventName":"DeleteSnapshot","requestParameters":{"snapshotName":"hush"},"errorCode":"InvalidSnapshotState"}"#;
        let other = r#"{"eventSource":"ec2.amazonaws.com","eventName":"CopySnapshot","requestParameters":null}"#;
        let wanted = "DeleteSnapshot ×1 [SnapshotName]InvalidSnapshotState";
        check(&format!(r#"{{"Records":[{event},{other}]}}"#), wanted);
        check(&format!("{event}\n{other}\n"), wanted);
        check(&format!("[{event}]"), wanted);
        check(&format!(r#"{{"Events":[{{"CloudTrailEvent":{}}}]}}"#, Value::from(event)), wanted);
        check(&format!("[{other}]"), "no request to ElastiCache is in it");
        check(
            "[{\"secret\":1}]",
            "the list, none of whose members is an event: neither a HAR (`log.entries`) nor an export of CloudTrail (`Records`, `Events`)",
        );
    }

    #[test]
    fn debug_logs_of_sdks_are_read() {
        check(
            "2026-11-01 10:00:00,000 - MainThread - botocore.endpoint - DEBUG - Making request for OperationModel(name=CopySnapshot) with params: {'url_path': '/', 'headers': {'User-Agent': 'x: y'}, 'body': {'Action': 'CopySnapshot', 'Version': '2015-02-02', 'SourceSnapshotName': 'hush: Marker', 'TargetSnapshotName': 'b', 'Tags.Tag.1.Key': 'k'}, 'url': 'https://x'}",
            "CopySnapshot ×1 [SourceSnapshotName,Tags,TargetSnapshotName]",
        );
        check(
            "botocore - Making request for OperationModel(name=CopySnapshot) with params: {'body': {'Action': 'CopySnapshot', 'Version': '2016-11-15'}}",
            "no request to ElastiCache is in it",
        );
        check(
            "{\n  clientName: 'ElastiCacheClient',\n  commandName: 'DescribeSnapshotsCommand',\n  input: { SnapshotName: 'hush, Marker: x', MaxRecords: 20 },\n  output: { Marker: 'x' }\n}",
            "DescribeSnapshots ×1 [MaxRecords,SnapshotName]",
        );
        check(
            "[AWS elasticache 200 0.4s 0 retries] copySnapshot({\n  SourceSnapshotName: 'a',\n  TargetBucket: 'b'\n})\n[AWS s3 200] putObject({ Marker: 1 })",
            "CopySnapshot ×1 [SourceSnapshotName,TargetBucket]",
        );
        check(
            "DEBUG >> \"Action=DeleteSnapshot&Version=2015-02-02&SnapshotName=hush\"",
            "DeleteSnapshot ×1 [SnapshotName]",
        );
    }

    #[test]
    fn what_is_no_such_file_is_said_with_its_place() {
        check("{\"log\": {\n  \"entries\": [}", "line 2, column 15: this is no JSON");
        check("", "no request to ElastiCache is in it");
        check("\u{0}\u{1b}[31m", "no request to ElastiCache is in it");
        check(
            "{\"a\": 1}",
            "the whole document: neither a HAR (`log.entries`) nor an export of CloudTrail (`Records`, `Events`)",
        );
    }
}
