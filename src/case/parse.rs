use toml::de::{DeTable, DeValue};

use super::ask::Shape;
use super::reader::{Item, Reader, Table};
use super::word::WordError;
use super::{
    Ask, BucketKind, Case, CaseError, CaseStep, Expect, Filter, Found, Mistake, Names, Need, Parameter, Place, Settle,
    TagTemplate, Value, Word,
};
use crate::model::is_bucket_name;
use crate::service::{Action, Dress, Elsewhere, FaultCode, Forgery, Operation, TagSpelling, Text, text};
use crate::spec::ClauseId;

const CASE: &[&str] = &["purpose", "clauses", "needs", "spoils", "found", "step"];
const FOUND: &[&str] = &["target", "version", "clause", "seed", "length"];
const ASK: &[&str] = &["call", "with", "send", "expect", "once", "pages", "repeat"];
const OVERLAPPING: &[&str] = &["call", "with", "send"];
const STEP: &[&str] = &["call", "with", "send", "expect", "once", "pages", "repeat", "settle", "watch", "together"];
const SEND: &[&str] = &[
    "action",
    "version",
    "get",
    "reversed",
    "extra",
    "tags",
    "unsigned",
    "signature",
    "content-type",
    "repeated",
    "padded",
    "from",
];

impl Case {
    /// Parses the text of a case file; `file` is its path, from which the case has its own: `cases/copy/x.toml` is
    /// `copy/x`.
    ///
    /// # Errors
    /// Where the text is no TOML, has a key, clause, operation or parameter that is not known, a value of another type,
    /// a step that deletes or tags a base snapshot that other cases have as well, or one that writes to a name of no alias.
    pub fn parse(file: &str, text: &str) -> Result<Self, CaseError> {
        let reader = Reader { file, text, owns_base: false };
        let document = DeTable::parse(text).map_err(|error| {
            let message = error.message().lines().collect::<Vec<_>>().join(", ");
            reader.fail(error.span().unwrap_or_default(), Mistake::Toml(message))
        })?;
        let mut table = Table { reader, table: document.get_ref(), span: 0..0 };
        table.only("key", CASE)?;
        let purpose = table.require("purpose")?;
        let needs = table.get("needs").map_or(Ok(Vec::new()), |needs| distinct(needs.members()?, need))?;
        table.reader.owns_base = needs.contains(&Need::Automatic);
        let path = file.strip_prefix("cases/").unwrap_or(file);
        Ok(Self {
            path: path.strip_suffix(".toml").unwrap_or(path).to_owned(),
            purpose: match purpose.text()?.trim() {
                "" => return Err(purpose.wrong("a sentence")),
                words => words.to_owned(),
            },
            clauses: distinct(table.require("clauses")?.some()?, clause)?,
            needs,
            spoils: table.flag("spoils")?,
            found: table.get("found").map(|found| parse_found(&found.table()?)).transpose()?,
            steps: table
                .require("step")?
                .some()?
                .iter()
                .map(|step| parse_step(&step.table()?))
                .collect::<Result<_, _>>()?,
        })
    }
}

fn distinct<T: PartialEq>(
    items: Vec<Item<'_, '_>>,
    read: impl Fn(&Item<'_, '_>) -> Result<T, CaseError>,
) -> Result<Vec<T>, CaseError> {
    let mut values: Vec<T> = Vec::new();
    for item in items {
        let value = read(&item)?;
        if values.contains(&value) {
            return Err(item.wrong("a list that names nothing twice"));
        }
        values.push(value);
    }
    Ok(values)
}

fn clause(item: &Item<'_, '_>) -> Result<ClauseId, CaseError> {
    let name = item.text()?;
    ClauseId::from_name(name).ok_or_else(|| unknown(item, "clause", name, ClauseId::all().map(ClauseId::name)))
}

fn need(item: &Item<'_, '_>) -> Result<Need, CaseError> {
    let word = item.text()?;
    Need::from_word(word).ok_or_else(|| unknown(item, "need", word, Need::FORMS.iter().copied()))
}

fn unknown<'w>(
    item: &Item<'_, '_>,
    what: &'static str,
    word: &str,
    known: impl IntoIterator<Item = &'w str>,
) -> CaseError {
    item.reader.unknown(item.value.span(), Mistake::Unknown { what, word: word.to_owned() }, word, known)
}

fn parse_found(table: &Table<'_, '_>) -> Result<Found, CaseError> {
    table.only("key of `found`", FOUND)?;
    let required = |key| Ok::<_, CaseError>(table.require(key)?.text()?.to_owned());
    Ok(Found {
        target: required("target")?,
        version: required("version")?,
        clause: clause(&table.require("clause")?)?,
        seed: required("seed")?,
        length: table.require("length")?.count()?,
    })
}

fn parse_step(table: &Table<'_, '_>) -> Result<CaseStep, CaseError> {
    table.only("key of a step", STEP)?;
    let waits = [("settle", false), ("watch", true)];
    for (one, allowed) in
        [("settle", &["settle", "repeat"] as &[_]), ("watch", &["watch", "repeat"]), ("together", &["together"])]
    {
        if table.get(one).is_some()
            && let Some(other) = table.items().find(|item| !allowed.contains(&item.key))
        {
            let mistake = Mistake::Together { one, other: other.key.to_owned() };
            return Err(table.reader.fail(other.key_span, mistake));
        }
    }
    if let Some((names, watch)) = waits.into_iter().find_map(|(key, watch)| Some((table.get(key)?, watch))) {
        let names = names.some()?.iter().map(own_name).collect::<Result<_, _>>()?;
        let (line, _) = table.reader.place(table.span.start);
        return Ok(CaseStep::Settle(Settle { names, repeat: table.count("repeat")?, watch, line }));
    }
    if let Some(asks) = table.get("together") {
        return Ok(CaseStep::Together(asks.some()?.iter().map(parse_lane).collect::<Result<_, _>>()?));
    }
    parse_ask(table).map(CaseStep::Send)
}

/// A request, or several one after the other.
fn parse_lane(lane: &Item<'_, '_>) -> Result<Vec<Ask>, CaseError> {
    let ask = |ask: &Item<'_, '_>| {
        let table = ask.table()?;
        table.only("key of an overlapping call", OVERLAPPING)?;
        parse_ask(&table)
    };
    match lane.value.get_ref() {
        DeValue::Array(_) => lane.some()?.iter().map(ask).collect(),
        DeValue::Table(_) => Ok(vec![ask(lane)?]),
        _ => Err(lane.wrong("a list of calls, and of lists of calls")),
    }
}

fn parse_ask(table: &Table<'_, '_>) -> Result<Ask, CaseError> {
    table.only("key of a step", ASK)?;
    let call = table.require("call")?;
    let judged = || Operation::ALL.iter().copied().filter(|operation| !Parameter::of(*operation).is_empty());
    let name = call.text()?;
    let operation = judged()
        .find(|operation| operation.name() == name)
        .ok_or_else(|| unknown(&call, "operation", name, judged().map(Operation::name)))?;
    let (line, _) = table.reader.place(table.span.start);
    let ask = Ask {
        expect: table.get("expect").map(|expect| parse_expect(&expect)).transpose()?,
        dress: table.get("send").map_or(Ok(Dress::default()), |send| parse_dress(&send.table()?))?,
        once: table.flag("once")?,
        pages: table.flag("pages")?,
        repeat: table.count("repeat")?,
        line,
        ..Ask::new(operation, table.get("with").map_or(Ok(Vec::new()), |with| parse_with(operation, &with.table()?))?)
    };
    for (parameter, key) in [(Parameter::Bucket, "Bucket"), (Parameter::Key, "Key")] {
        if Parameter::of(operation).contains(&parameter) && ask.value(parameter).is_none() {
            return Err(table.reader.fail(table.span.clone(), Mistake::Missing { key }));
        }
    }
    match table.get("pages") {
        Some(pages) if operation != Operation::DescribeSnapshots => {
            let mistake = Mistake::Together { one: "pages", other: operation.name().to_owned() };
            Err(table.reader.fail(pages.key_span, mistake))
        }
        _ => Ok(ask),
    }
}

fn parse_expect(item: &Item<'_, '_>) -> Result<Expect, CaseError> {
    match item.text()? {
        "success" => Ok(Expect::Success),
        word => match FaultCode::from_code(word) {
            FaultCode::Unlisted(_) => {
                let known = FaultCode::LISTED.iter().map(FaultCode::code).chain(["success"]);
                Err(unknown(item, "answer", word, known))
            }
            code => Ok(Expect::Fault(code)),
        },
    }
}

fn parse_dress(table: &Table<'_, '_>) -> Result<Dress, CaseError> {
    table.only("key of `send`", SEND)?;
    let action = |key| {
        Ok::<_, CaseError>(match table.text(key)? {
            None => Action::Own,
            Some("") => Action::Absent,
            Some(name) => Action::Named(text(name)),
        })
    };
    let pair = |item: Item<'_, '_>| Ok::<(Text, Text), CaseError>((text(item.key), text(item.text()?)));
    Ok(Dress {
        action: action("action")?,
        version: action("version")?,
        get: table.flag("get")?,
        reversed: table.flag("reversed")?,
        extra: match table.get("extra") {
            None => Vec::new(),
            Some(extra) => extra.table()?.items().map(pair).collect::<Result<_, _>>()?,
        },
        tags: match table.get("tags") {
            None => TagSpelling::Tag,
            Some(tags) if tags.text()? == "member" => TagSpelling::Member,
            Some(tags) => return Err(tags.wrong("`member`")),
        },
        unsigned: table.flag("unsigned")?,
        forged: match table.get("signature") {
            None => None,
            Some(forgery) => {
                let word = forgery.text()?;
                let known = Forgery::ALL.iter().map(|known| known.word());
                let found = Forgery::ALL.iter().copied().find(|known| known.word() == word);
                Some(found.ok_or_else(|| unknown(&forgery, "signature", word, known))?)
            }
        },
        content_type: table.text("content-type")?.map(text),
        repeated: table.flag("repeated")?,
        from: match table.get("from") {
            None => None,
            Some(place) => {
                let word = place.text()?;
                let known = Elsewhere::ALL.iter().map(|known| known.word());
                Some(Elsewhere::from_word(word).ok_or_else(|| unknown(&place, "place", word, known))?)
            }
        },
        padded: table.get("padded").map_or(Ok(0), |padded| padded.count())?,
    })
}

fn parse_with(operation: Operation, table: &Table<'_, '_>) -> Result<Vec<(Parameter, Value)>, CaseError> {
    let known = Parameter::of(operation);
    let mut with = Vec::new();
    for item in table.items() {
        let Some(parameter) = known.iter().copied().find(|parameter| parameter.name() == item.key) else {
            let mistake = Mistake::Parameter { operation: operation.name(), parameter: item.key.to_owned() };
            let known = known.iter().map(|parameter| parameter.name());
            return Err(table.reader.unknown(item.key_span, mistake, item.key, known));
        };
        with.push((parameter, parse_value(operation, parameter, &item)?));
    }
    Ok(with)
}

fn parse_value(operation: Operation, parameter: Parameter, item: &Item<'_, '_>) -> Result<Value, CaseError> {
    Ok(match parameter.shape() {
        Shape::Word => {
            let word = parse_word(item)?;
            if let Word::Name { alias, .. } = &word
                && BucketKind::is_meant(alias)
            {
                return Err(item.fail(Mistake::Reserved(alias.to_string())));
            }
            if parameter.is_written(operation) {
                guard(operation, parameter, &word, item)?;
            }
            Value::Word(word)
        }
        Shape::Bucket => Value::Word(parse_bucket(operation, parameter, item)?),
        Shape::Flag => Value::Flag(item.flag()?),
        Shape::Keys => Value::Keys(item.members()?.iter().map(parse_word).collect::<Result<_, _>>()?),
        Shape::Owner if item.text()? == "$owner" => Value::Owner,
        Shape::Owner => return Err(item.wrong("`$owner`")),
        Shape::Tags => match item.value.get_ref() {
            DeValue::Table(_) => {
                let table = item.table()?;
                table.only("key of `Tags`", &["count"])?;
                Value::TagCount(table.require("count")?.count()?)
            }
            _ => Value::Tags(item.members()?.iter().map(parse_tag).collect::<Result<_, _>>()?),
        },
    })
}

/// The alias of a bucket; for a copy also a text that names none.
fn parse_bucket(operation: Operation, parameter: Parameter, item: &Item<'_, '_>) -> Result<Word, CaseError> {
    let word = parse_word(item)?;
    match &word {
        Word::Name { alias, filters } if filters.is_empty() => match BucketKind::of_alias(alias) {
            Some(kind) if operation.is_s3() && kind.place == Place::Missing => {
                Err(item.fail(Mistake::Reserved(alias.to_string())))
            }
            Some(_) => Ok(word),
            None => Err(unknown(item, "bucket", alias, BucketKind::FORMS.iter().copied())),
        },
        Word::Literal(name) if parameter == Parameter::TargetBucket && !is_bucket_name(name) => Ok(word),
        Word::Literal(_) => Err(item.fail(Mistake::Shared { parameter: parameter.name() })),
        Word::Name { .. } | Word::Padded { .. } => Err(item.wrong("the alias of a bucket, as it is")),
    }
}

/// Refuses a write that would reach beyond the case: to the base snapshot, or to a name that every run shares.
fn guard(operation: Operation, parameter: Parameter, word: &Word, item: &Item<'_, '_>) -> Result<(), CaseError> {
    let makes = matches!(operation, Operation::CopySnapshot | Operation::CreateSnapshot);
    if !makes && word.is_base() && !item.reader.owns_base {
        return Err(item.fail(Mistake::Base));
    }
    let harmless = match word {
        Word::Name { .. } => true,
        Word::Literal(text) if parameter == Parameter::ResourceName => !text.starts_with("arn:"),
        Word::Literal(text) => text.trim().is_empty(),
        Word::Padded { .. } => false,
    };
    if harmless { Ok(()) } else { Err(item.fail(Mistake::Shared { parameter: parameter.name() })) }
}

fn parse_tag(item: &Item<'_, '_>) -> Result<TagTemplate, CaseError> {
    let table = item.table()?;
    table.only("key of a tag", &["Key", "Value"])?;
    let part = |key| table.get(key).map(|part| parse_word(&part)).transpose();
    Ok(TagTemplate { key: part("Key")?, value: part("Value")? })
}

/// A string, a number, or the table of a text with `pad`.
fn parse_word(item: &Item<'_, '_>) -> Result<Word, CaseError> {
    match item.value.get_ref() {
        DeValue::String(written) => parse_string(written, item),
        DeValue::Integer(number) if number.radix() == 10 => Ok(Word::literal(number.as_str())),
        DeValue::Table(_) => {
            let table = item.table()?;
            table.only("key of a text", &["text", "pad"])?;
            let given = text(table.require("text")?.text()?);
            Ok(match table.get("pad") {
                None => Word::Literal(given),
                Some(pad) => Word::Padded { text: given, to: pad.count()? },
            })
        }
        _ => Err(item.wrong("a string, a number, or a table with `text` and `pad`")),
    }
}

fn parse_string(written: &str, item: &Item<'_, '_>) -> Result<Word, CaseError> {
    match Word::parse(written) {
        Ok(Word::Name { alias, .. }) if alias.as_ref() == Names::OWNER => {
            Err(item.fail(Mistake::Reserved(alias.to_string())))
        }
        Ok(Word::Name { alias, .. }) if BucketKind::is_meant(&alias) && BucketKind::of_alias(&alias).is_none() => {
            Err(unknown(item, "bucket", &alias, BucketKind::FORMS.iter().copied()))
        }
        Ok(word) => Ok(word),
        Err(WordError::Alias(alias)) => Err(item.fail(Mistake::Alias(alias))),
        Err(WordError::Filter(filter)) => Err(unknown(item, "filter", &filter, Filter::FORMS.iter().copied())),
    }
}

/// A name of the case's own, or the base's.
fn own_name(item: &Item<'_, '_>) -> Result<Word, CaseError> {
    match parse_string(item.text()?, item)? {
        word @ Word::Name { .. } => Ok(word),
        Word::Literal(_) | Word::Padded { .. } => Err(item.wrong("a list of names, each beginning with `$`")),
    }
}
