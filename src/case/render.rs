use super::{Ask, Case, CaseStep, Expect, Found, Settle, TagTemplate, Value, Word};
use crate::service::{Action, Dress, TagSpelling};

impl Case {
    /// Renders the case as the text of its file, which parses to the same case.
    #[must_use]
    pub fn render(&self) -> String {
        let mut head = Block::default();
        head.set("purpose", quoted(&self.purpose));
        head.set("clauses", list(self.clauses.iter().map(|clause| quoted(clause.name()))));
        if !self.needs.is_empty() {
            head.set("needs", list(self.needs.iter().map(|need| quoted(&need.to_string()))));
        }
        if self.spoils {
            head.set("spoils", "true".to_owned());
        }
        let mut text = head.render("");
        if let Some(found) = &self.found {
            text.push_str(&render_found(found));
        }
        for step in &self.steps {
            let block = match step {
                CaseStep::Send(ask) => ask_block(ask),
                CaseStep::Settle(settle) => settle_block(settle),
                CaseStep::Together(lanes) => together_block(lanes),
            };
            text.push_str(&block.render("\n[[step]]\n"));
        }
        text
    }
}

/// Keys with their rendered values, aligned when they are put together.
#[derive(Default)]
struct Block(Vec<(&'static str, String)>);

impl Block {
    fn set(&mut self, key: &'static str, value: String) {
        self.0.push((key, value));
    }

    fn flag(&mut self, key: &'static str, set: bool) {
        if set {
            self.set(key, "true".to_owned());
        }
    }

    fn render(&self, head: &str) -> String {
        let width = self.0.iter().map(|(key, _)| key.len()).max().unwrap_or_default();
        let lines = self.0.iter().map(|(key, value)| format!("{key:width$} = {value}\n"));
        std::iter::once(head.to_owned()).chain(lines).collect()
    }

    fn inline(&self) -> String {
        table(self.0.iter().map(|(key, value)| format!("{key} = {value}")))
    }
}

fn render_found(found: &Found) -> String {
    let mut block = Block::default();
    block.set("target", quoted(&found.target));
    block.set("version", quoted(&found.version));
    block.set("clause", quoted(found.clause.name()));
    block.set("seed", quoted(&found.seed));
    block.set("length", found.length.to_string());
    block.render("\n[found]\n")
}

fn ask_block(ask: &Ask) -> Block {
    let mut block = Block::default();
    block.set("call", quoted(ask.operation.name()));
    if !ask.with.is_empty() {
        let pairs = ask.with.iter().map(|(parameter, given)| format!("{} = {}", parameter.name(), value(given)));
        block.set("with", table(pairs));
    }
    if ask.dress != Dress::default() {
        block.set("send", dress(&ask.dress));
    }
    if let Some(expect) = ask.expect.as_ref().map(Expect::word) {
        block.set("expect", quoted(expect));
    }
    block.flag("once", ask.once);
    block.flag("pages", ask.pages);
    if ask.repeat > 1 {
        block.set("repeat", ask.repeat.to_string());
    }
    block
}

fn settle_block(settle: &Settle) -> Block {
    let mut block = Block::default();
    block.set(if settle.watch { "watch" } else { "settle" }, list(settle.names.iter().map(word)));
    if settle.repeat > 1 {
        block.set("repeat", settle.repeat.to_string());
    }
    block
}

fn together_block(lanes: &[Vec<Ask>]) -> Block {
    let lane = |lane: &Vec<Ask>| match lane.as_slice() {
        [ask] => format!("  {},\n", ask_block(ask).inline()),
        asks => {
            let asks: String = asks.iter().map(|ask| format!("    {},\n", ask_block(ask).inline())).collect();
            format!("  [\n{asks}  ],\n")
        }
    };
    let lanes: String = lanes.iter().map(lane).collect();
    let mut block = Block::default();
    block.set("together", format!("[\n{lanes}]"));
    block
}

fn value(value: &Value) -> String {
    match value {
        Value::Word(given) => word(given),
        Value::Tags(tags) => list(tags.iter().map(tag)),
        Value::TagCount(count) => format!("{{ count = {count} }}"),
        Value::Keys(keys) => list(keys.iter().map(word)),
        Value::Flag(flag) => flag.to_string(),
        Value::Owner => quoted("$owner"),
    }
}

fn tag(tag: &TagTemplate) -> String {
    let part = |key, part: &Option<Word>| part.as_ref().map(|part| format!("{key} = {}", word(part)));
    table(part("Key", &tag.key).into_iter().chain(part("Value", &tag.value)))
}

fn word(word: &Word) -> String {
    match word {
        Word::Literal(text) if text.starts_with('$') => table([format!("text = {}", quoted(text))]),
        Word::Literal(text) => quoted(text),
        Word::Padded { text, to } => table([format!("text = {}", quoted(text)), format!("pad = {to}")]),
        Word::Name { alias, filters } => {
            let filters: String = filters.iter().map(|filter| format!("|{filter}")).collect();
            quoted(&format!("${alias}{filters}"))
        }
    }
}

fn dress(dress: &Dress) -> String {
    let mut block = Block::default();
    for (key, action) in [("action", &dress.action), ("version", &dress.version)] {
        match action {
            Action::Own => {}
            Action::Absent => block.set(key, quoted("")),
            Action::Named(name) => block.set(key, quoted(name)),
        }
    }
    block.flag("get", dress.get);
    block.flag("reversed", dress.reversed);
    if !dress.extra.is_empty() {
        block.set("extra", table(dress.extra.iter().map(|(key, value)| format!("{} = {}", bare(key), quoted(value)))));
    }
    if dress.tags == TagSpelling::Member {
        block.set("tags", quoted("member"));
    }
    block.flag("unsigned", dress.unsigned);
    if let Some(forgery) = dress.forged {
        block.set("signature", quoted(forgery.word()));
    }
    if let Some(kind) = &dress.content_type {
        block.set("content-type", quoted(kind));
    }
    block.flag("repeated", dress.repeated);
    if let Some(place) = dress.from {
        block.set("from", quoted(place.word()));
    }
    if dress.padded > 0 {
        block.set("padded", dress.padded.to_string());
    }
    block.inline()
}

fn list(items: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", items.into_iter().collect::<Vec<_>>().join(", "))
}

fn table(items: impl IntoIterator<Item = String>) -> String {
    match items.into_iter().collect::<Vec<_>>().join(", ") {
        empty if empty.is_empty() => "{}".to_owned(),
        items => format!("{{ {items} }}"),
    }
}

/// A key, quoted where TOML asks for it.
fn bare(key: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !key.is_empty() && key.bytes().all(plain) { key.to_owned() } else { quoted(key) }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
