use std::sync::Arc;

use super::alphabet::Letter;
use super::{Alphabet, Pool, Reach, Rng};
use crate::case::{Ask, BucketKind, CaseStep, Filter, Names, Parameter, Settle, TagTemplate, Value, Word};
use crate::model::{Phases, View};
use crate::oracle::Belief;
use crate::service::{Action, Dress, Forgery, Operation, TagSpelling, Text, text};

/// The names that a sequence plays with: few, so that they meet, and some the beginning of others.
const ALIASES: [&str; 6] = ["a", "b", "ab", "a-b", "c", "b2"];
/// The bucket that takes exports.
const BUCKET: &str = "bucket";
/// A name that no sequence gives.
const NEVER: &str = "no";
/// What exports are called: few, so that their keys are taken.
const EXPORTS: [&str; 2] = ["x", "y"];
/// Buckets that lack something, one of which a sequence may have.
const ODD_BUCKETS: [&str; 7] = [
    "bucket-elsewhere",
    "bucket-missing",
    "bucket-by-policy",
    "bucket-without-read",
    "bucket-without-write",
    "bucket-without-read-acp",
    "bucket-without-grants",
];
/// The most snapshots that a sequence takes of the owner, whose quota all sequences share.
const MOST_CREATES: usize = 3;
/// How many names beside the aliases are remembered.
const MOST_OTHERS: usize = 6;

/// What is believed of an alias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Fresh,
    Living,
    Gone,
}

/// Draws single steps.
#[derive(Clone, Debug)]
pub(super) struct Drawer {
    rng: Rng,
    pool: Arc<Pool>,
    reach: Reach,
    alphabet: Alphabet,
    /// Aliases with the names that they stand for.
    names: Vec<(Text, Text)>,
    /// Names beside the aliases that were asked for.
    others: Vec<Word>,
    creates: usize,
    /// The bucket that lacks something; `None` where there is only the one that takes exports.
    odd_bucket: Option<&'static str>,
    /// How many of the aliases are used.
    pub(super) most_names: usize,
    /// The aliases of what is being made at the same time, so that it may be there or not.
    pub(super) meeting: Vec<Text>,
}

impl Drawer {
    pub(super) fn new(mut rng: Rng, pool: Arc<Pool>, reach: Reach, alphabet: Alphabet) -> Self {
        let odd = alphabet.has(Letter::Export) && alphabet.has(Letter::OddBucket);
        let odd_bucket = if odd { rng.pick(&ODD_BUCKETS).copied() } else { None };
        Self {
            rng,
            pool,
            reach,
            alphabet,
            names: Vec::new(),
            others: Vec::new(),
            creates: 0,
            odd_bucket,
            most_names: ALIASES.len(),
            meeting: Vec::new(),
        }
    }

    /// Returns the aliases of the buckets that the steps may be about, with what they are like.
    pub(super) fn buckets(&self) -> Vec<(String, BucketKind)> {
        if !self.alphabet.has(Letter::Export) && !self.alphabet.has(Letter::Object) {
            return Vec::new();
        }
        let aliases = [BUCKET].into_iter().chain(self.odd_bucket);
        aliases.filter_map(|alias| Some((alias.to_owned(), BucketKind::of_alias(alias)?))).collect()
    }

    /// Remembers what a step makes that overlaps the next ones.
    pub(super) fn meet(&mut self, step: &CaseStep) {
        for ask in step.asks() {
            let made = match ask.operation {
                Operation::CopySnapshot => ask.value(Parameter::TargetSnapshotName),
                Operation::CreateSnapshot => ask.value(Parameter::SnapshotName),
                _ => None,
            };
            if let Some(Value::Word(Word::Name { alias, .. })) = made
                && !self.meeting.contains(alias)
            {
                self.meeting.push(alias.clone());
            }
        }
    }

    pub(super) fn pick<T: Copy>(&mut self, items: &[T]) -> Option<T> {
        self.rng.pick(items).copied()
    }

    /// Draws a step of that kind.
    pub(super) fn step(&mut self, letter: Letter, belief: &Belief, names: &Names) -> CaseStep {
        if self.names.is_empty() {
            let of = |alias: &&str| (text(alias), text(format!("{}{alias}", names.prefix)));
            self.names = ALIASES.iter().take(self.most_names).map(of).collect();
        }
        let ask = match letter {
            Letter::Settle => return self.settle(belief),
            Letter::Copy => self.copy(belief),
            Letter::Create if self.creates < MOST_CREATES => self.create(belief),
            Letter::Create if self.reach.copies => self.copy(belief),
            Letter::Delete => self.delete(belief),
            Letter::AddTags => self.add_tags(belief),
            Letter::RemoveTags => self.remove_tags(belief),
            Letter::ListTags => self.list_tags(belief),
            Letter::List => self.list(),
            Letter::Door => self.door(belief),
            Letter::Export => self.export(belief),
            Letter::Object => self.object(),
            _ => self.describe(belief),
        };
        CaseStep::Send(ask)
    }

    fn chance(&mut self, letter: Letter, of: usize) -> bool {
        self.alphabet.has(letter) && self.rng.one_in(of)
    }

    fn kind(&self, place: usize, belief: &Belief) -> Kind {
        let Some((_, name)) = self.names.get(place) else { return Kind::Fresh };
        if belief.was_deleted(name) {
            Kind::Gone
        } else if belief.may_show(name) == Phases::ABSENT {
            Kind::Fresh
        } else {
            Kind::Living
        }
    }

    /// Returns an alias of that kind, `None` where there is none.
    fn some(&mut self, kind: Kind, belief: &Belief) -> Option<Word> {
        let mut found = 0;
        let mut chosen = None;
        for place in 0..self.names.len() {
            let meets = self.names.get(place).is_some_and(|(alias, _)| self.meeting.contains(alias));
            if meets || self.kind(place, belief) == kind {
                found += 1;
                if self.rng.one_in(found) {
                    chosen = Some(place);
                }
            }
        }
        let (alias, _) = self.names.get(chosen?)?;
        Some(named(alias, Vec::new()))
    }

    /// Returns a snapshot to ask about: mostly one that is there.
    fn subject(&mut self, belief: &Belief) -> Word {
        let drawn = match self.rng.below(12) {
            0 | 1 => self.some(Kind::Gone, belief),
            2 if self.alphabet.has(Letter::Never) => Some(Word::name(NEVER)),
            3 => self.rng.pick(&self.others).cloned(),
            4 => self.some(Kind::Fresh, belief),
            _ => None,
        };
        let word = drawn.or_else(|| self.some(Kind::Living, belief)).or_else(|| self.some(Kind::Gone, belief));
        let word = word.unwrap_or_else(|| Word::name(NEVER));
        self.in_capitals(word)
    }

    fn in_capitals(&mut self, word: Word) -> Word {
        if self.chance(Letter::Upper, 4) { filtered(word, Filter::Upper) } else { word }
    }

    fn source(&mut self, belief: &Belief) -> Option<Word> {
        if self.chance(Letter::BadSource, 6) {
            let base = Word::name("base");
            return match self.rng.below(7) {
                0 => None,
                1 => Some(Word::literal("")),
                2 => Some(Word::literal(" ")),
                3 => Some(filtered(base, Filter::Suffix(text("--x")))),
                4 => Some(filtered(base, Filter::Arn)),
                5 => Some(filtered(Word::name(NEVER), Filter::Pad(256))),
                _ => self.some(Kind::Gone, belief).or_else(|| Some(Word::name(NEVER))),
            };
        }
        let word = if self.rng.one_in(2) { Word::name("base") } else { self.subject(belief) };
        Some(if self.chance(Letter::Upper, 8) { filtered(word, Filter::Upper) } else { word })
    }

    /// Returns a name for something new: mostly one that is free.
    fn new_name(&mut self, belief: &Belief, source: Option<&Word>) -> Option<Word> {
        if self.chance(Letter::Absent, 12) {
            return None;
        }
        if self.chance(Letter::Taken, 5) {
            let word = match (self.rng.below(4), source) {
                (0, Some(source)) => source.clone(),
                (1, _) => Word::name("base"),
                _ => self.some(Kind::Living, belief)?,
            };
            return Some(self.in_capitals(word));
        }
        if self.chance(Letter::Reused, 3)
            && let Some(word) = self.some(Kind::Gone, belief)
        {
            return Some(self.in_capitals(word));
        }
        let fresh = self.some(Kind::Fresh, belief).or_else(|| self.some(Kind::Gone, belief));
        let fresh = match fresh {
            Some(word) => word,
            None => {
                let suffix = self.rng.pick(&self.pool.suffixes).cloned().unwrap_or_else(|| text("x"));
                filtered(Word::name("c"), Filter::Suffix(text(format!("-{suffix}"))))
            }
        };
        let odd = if self.chance(Letter::BadTarget, 6) {
            match self.rng.below(6) {
                0 => return Some(Word::literal("")),
                1 => return Some(Word::literal("  ")),
                2 => Filter::Suffix(text("--x")),
                3 => Filter::Suffix(text("-")),
                4 => Filter::Suffix(text(" x")),
                _ => Filter::Prefix(text("-")),
            }
        } else if self.chance(Letter::OddTarget, 8) {
            match self.rng.below(3) {
                0 => Filter::Suffix(text(".x")),
                1 => Filter::Suffix(text("_x")),
                _ => Filter::Prefix(text("9")),
            }
        } else if self.chance(Letter::LongTarget, 6) {
            Filter::Pad(self.pick(&[40, 41, 48, 49, 255, 256]).unwrap_or(41))
        } else {
            return Some(self.in_capitals(fresh));
        };
        let word = filtered(fresh, odd);
        if self.others.len() < MOST_OTHERS {
            self.others.push(word.clone());
        }
        Some(word)
    }

    fn copy(&mut self, belief: &Belief) -> Ask {
        let source = self.source(belief);
        let target = self.new_name(belief, source.as_ref());
        let mut with = Vec::new();
        put(&mut with, Parameter::SourceSnapshotName, source);
        put(&mut with, Parameter::TargetSnapshotName, target);
        if self.chance(Letter::Absent, 6) {
            put(&mut with, Parameter::TargetBucket, Some(Word::literal("")));
        }
        put(&mut with, Parameter::KmsKeyId, self.key());
        with.extend(self.tags());
        self.dressed(Operation::CopySnapshot, with)
    }

    fn export(&mut self, belief: &Belief) -> Ask {
        let source = self.source(belief);
        let target = match self.rng.below(8) {
            0 => source.clone(),
            1 => self.some(Kind::Living, belief).or_else(|| source.clone()),
            2 if self.alphabet.has(Letter::Absent) => self.rng.one_in(2).then(|| Word::literal("")),
            _ => {
                let fresh = Word::name(self.pick(&EXPORTS).unwrap_or("x"));
                let odd = match self.rng.below(4) {
                    0 if self.alphabet.has(Letter::OddTarget) => {
                        Some(Filter::Suffix(text(self.pick(&[".x", "_x", "--x", "/x", "-", " x"]).unwrap_or(".x"))))
                    }
                    1 if self.alphabet.has(Letter::LongTarget) => {
                        Some(Filter::Pad(self.pick(&[48, 49, 255, 256, 1000, 1001]).unwrap_or(49)))
                    }
                    2 if self.alphabet.has(Letter::Upper) => Some(Filter::Upper),
                    _ => None,
                };
                Some(odd.into_iter().fold(fresh, filtered))
            }
        };
        let mut with = Vec::new();
        put(&mut with, Parameter::SourceSnapshotName, source);
        put(&mut with, Parameter::TargetSnapshotName, target);
        let bucket = match self.odd_bucket {
            Some(odd) if self.rng.one_in(3) => Word::name(odd),
            Some(_) if self.rng.one_in(6) => Word::literal(self.pick(&["Not-A-Bucket", "a/b", "ab"]).unwrap_or("ab")),
            _ => Word::name(BUCKET),
        };
        put(&mut with, Parameter::TargetBucket, Some(bucket));
        put(&mut with, Parameter::KmsKeyId, self.key());
        with.extend(self.tags());
        self.dressed(Operation::CopySnapshot, with)
    }

    /// Draws something that is done with the objects of the bucket that takes exports.
    fn object(&mut self) -> Ask {
        let mut with = vec![(Parameter::Bucket, Value::Word(Word::name(BUCKET)))];
        let key = filtered(Word::name(self.pick(&EXPORTS).unwrap_or("x")), Filter::Suffix(text("-0001.rdb")));
        let operation = match self.rng.below(5) {
            0 => Operation::PutObject,
            1 => Operation::DeleteObject,
            2 => Operation::GetObject,
            _ => return Ask::new(Operation::ListObjectsV2, with),
        };
        put(&mut with, Parameter::Key, Some(key));
        if operation == Operation::PutObject {
            put(&mut with, Parameter::Body, Some(Word::literal("somebody's")));
        }
        Ask::new(operation, with)
    }

    fn create(&mut self, belief: &Belief) -> Ask {
        self.creates += 1;
        let mut with = Vec::new();
        put(&mut with, Parameter::SnapshotName, self.new_name(belief, None));
        if self.chance(Letter::Absent, 8) {
            match self.rng.below(3) {
                0 => {}
                1 => put(&mut with, Parameter::ReplicationGroupId, Some(Word::name(NEVER))),
                _ => put(&mut with, Parameter::CacheClusterId, Some(Word::name(NEVER))),
            }
        } else {
            with.push((Parameter::Owner, Value::Owner));
        }
        with.extend(self.tags());
        put(&mut with, Parameter::KmsKeyId, self.key());
        self.dressed(Operation::CreateSnapshot, with)
    }

    fn key(&mut self) -> Option<Word> {
        if !self.chance(Letter::Key, 5) {
            return None;
        }
        // What an empty one is, no source says.
        Some(match self.rng.below(3) {
            0 => Word::literal("arn:aws:kms:us-east-1:111122223333:key/00000000-0000-0000-0000-000000000000"),
            _ if self.reach.key => Word::name("kms-key"),
            _ => return None,
        })
    }

    fn delete(&mut self, belief: &Belief) -> Ask {
        let name = if self.chance(Letter::Absent, 10) {
            self.rng.one_in(2).then(|| Word::literal(""))
        } else {
            Some(self.subject(belief))
        };
        let mut with = Vec::new();
        put(&mut with, Parameter::SnapshotName, name);
        self.dressed(Operation::DeleteSnapshot, with)
    }

    fn describe(&mut self, belief: &Belief) -> Ask {
        let word = if self.rng.one_in(8) { Word::name("base") } else { self.subject(belief) };
        let mut with = vec![(Parameter::SnapshotName, Value::Word(word))];
        if self.chance(Letter::Filters, 4) {
            self.filter(&mut with);
        }
        self.dressed(Operation::DescribeSnapshots, with)
    }

    fn list(&mut self) -> Ask {
        let mut with = Vec::new();
        if self.alphabet.has(Letter::Filters) {
            for _ in 0..self.rng.below(3) {
                self.filter(&mut with);
            }
        }
        let bounded = with.iter().any(|(parameter, _)| *parameter == Parameter::Marker);
        let mut ask = self.dressed(Operation::DescribeSnapshots, with);
        ask.pages = !bounded;
        // What lists never show is seen where one is waited for.
        ask.once = !self.rng.one_in(4);
        ask
    }

    fn filter(&mut self, with: &mut Vec<(Parameter, Value)>) {
        let literal = |given: &str| Value::Word(Word::literal(given));
        let (parameter, value) = match self.rng.below(8) {
            0 | 1 if self.reach.creates => (Parameter::Owner, Value::Owner),
            2 => (Parameter::SnapshotSource, literal("user")),
            3 => (Parameter::SnapshotSource, literal(self.pick(&["system", "manual", "nothing"]).unwrap_or("system"))),
            4 => (Parameter::MaxRecords, literal(self.pick(&["20", "50", "21"]).unwrap_or("20"))),
            5 => (Parameter::MaxRecords, literal(self.pick(&["19", "51", "0", "100", "abc", "-1"]).unwrap_or("19"))),
            6 => (Parameter::ShowNodeGroupConfig, Value::Flag(self.rng.one_in(2))),
            7 if self.alphabet.has(Letter::Never) => match self.rng.below(3) {
                0 => (Parameter::Marker, literal("nothing-like-a-marker")),
                1 => (Parameter::ReplicationGroupId, Value::Word(Word::name(NEVER))),
                _ => (Parameter::CacheClusterId, Value::Word(Word::name(NEVER))),
            },
            _ => return,
        };
        let clashes = |known: Parameter| {
            known == parameter
                || parameter == Parameter::Owner
                    && matches!(known, Parameter::ReplicationGroupId | Parameter::CacheClusterId)
                || known == Parameter::Owner
                    && matches!(parameter, Parameter::ReplicationGroupId | Parameter::CacheClusterId)
        };
        if !with.iter().any(|(known, _)| clashes(*known)) {
            with.push((parameter, value));
        }
    }

    /// Returns the ARN of a snapshot that may be tagged, or something else in its place.
    fn resource(&mut self, belief: &Belief, written: bool) -> Option<Word> {
        if self.chance(Letter::Absent, 12) {
            return None;
        }
        let word = if !written && self.rng.one_in(4) { Word::name("base") } else { self.subject(belief) };
        let filter = if self.chance(Letter::BadArn, 5) {
            match self.rng.below(5) {
                0 => return Some(Word::literal("not-an-arn")),
                1 => return Some(word),
                2 => Filter::ArnOfRegion(text("eu-west-3")),
                3 => Filter::ArnOfKind(text("cluster")),
                _ => Filter::ArnOfAccount(text("999999999999")),
            }
        } else {
            Filter::Arn
        };
        Some(filtered(word, filter))
    }

    fn add_tags(&mut self, belief: &Belief) -> Ask {
        let mut with = Vec::new();
        put(&mut with, Parameter::ResourceName, self.resource(belief, true));
        if !self.chance(Letter::Absent, 12) {
            with.push((Parameter::Tags, self.some_tags()));
        }
        self.dressed(Operation::AddTagsToResource, with)
    }

    fn remove_tags(&mut self, belief: &Belief) -> Ask {
        let mut with = Vec::new();
        put(&mut with, Parameter::ResourceName, self.resource(belief, true));
        if !self.chance(Letter::Absent, 12) {
            let keys = (0..1 + self.rng.below(2)).map(|_| Word::Literal(self.tag_key())).collect();
            with.push((Parameter::TagKeys, Value::Keys(keys)));
        }
        self.dressed(Operation::RemoveTagsFromResource, with)
    }

    fn list_tags(&mut self, belief: &Belief) -> Ask {
        let mut with = Vec::new();
        put(&mut with, Parameter::ResourceName, self.resource(belief, false));
        self.dressed(Operation::ListTagsForResource, with)
    }

    /// Returns a key: mostly one of few, so that keys meet.
    fn tag_key(&mut self) -> Text {
        let few = if self.rng.one_in(4) { self.pool.keys.len() } else { 5 };
        let place = self.rng.below(few.min(self.pool.keys.len()));
        self.pool.keys.get(place).cloned().unwrap_or_else(|| text("k"))
    }

    fn tag(&mut self) -> TagTemplate {
        let key = self.tag_key();
        let hostile = self.chance(Letter::Hostile, 2);
        let value = if hostile { self.rng.pick(&self.pool.hostile) } else { self.rng.pick(&self.pool.values) };
        TagTemplate { key: Some(Word::Literal(key)), value: value.cloned().map(Word::Literal) }
    }

    fn tags(&mut self) -> Option<(Parameter, Value)> {
        if !self.chance(Letter::Tagged, 2) {
            return None;
        }
        Some((Parameter::Tags, self.some_tags()))
    }

    fn some_tags(&mut self) -> Value {
        if self.chance(Letter::ManyTags, 4) {
            return Value::TagCount(self.pick(&[49, 50, 51]).unwrap_or(50));
        }
        if self.rng.one_in(12) {
            return Value::Tags(Vec::new());
        }
        let mut tags: Vec<TagTemplate> = Vec::new();
        for _ in 0..1 + self.rng.below(3) {
            let tag = self.tag();
            if !tags.iter().any(|known| known.key == tag.key) {
                tags.push(tag);
            }
        }
        if self.chance(Letter::BadTags, 3) {
            self.spoil(&mut tags);
        }
        Value::Tags(tags)
    }

    /// Breaks one rule about tags.
    fn spoil(&mut self, tags: &mut Vec<TagTemplate>) {
        let padded = |to| Word::Padded { text: text("t"), to };
        let value = Some(Word::literal("v"));
        let odd = match self.rng.below(8) {
            0 => TagTemplate { key: Some(Word::literal("")), value },
            1 => TagTemplate { key: None, value },
            2 => TagTemplate { key: Some(Word::literal("aws:x")), value },
            3 => TagTemplate { key: Some(padded(129)), value },
            4 => TagTemplate { key: Some(Word::literal("t")), value: Some(padded(257)) },
            5 => TagTemplate { key: Some(padded(128)), value: Some(padded(256)) },
            6 => TagTemplate { key: Some(Word::literal("t")), value: None },
            _ => tags.first().map(|tag| TagTemplate { key: tag.key.clone(), value }).unwrap_or_default(),
        };
        let place = self.rng.below(tags.len() + 1);
        tags.insert(place, odd);
    }

    /// Draws a request that is answered before anybody looks at what it asks for.
    fn door(&mut self, belief: &Belief) -> Ask {
        let mut ask = self.describe(belief);
        ask.dress = if self.reach.signatures && self.rng.one_in(2) {
            let forged = self.pick(Forgery::ALL);
            Dress { unsigned: forged.is_none() || self.rng.one_in(4), forged, ..Dress::default() }
        } else {
            door(self.rng.below(DOORS))
        };
        if ask.dress.unsigned {
            ask.dress.forged = None;
        }
        ask
    }

    fn dressed(&mut self, operation: Operation, with: Vec<(Parameter, Value)>) -> Ask {
        let mut ask = Ask::new(operation, with);
        // A look is a look: whether a list catches up is seen by those that follow.
        ask.once = self.chance(Letter::Hasty, 2) || operation == Operation::DescribeSnapshots;
        if self.chance(Letter::Dress, 6) {
            match self.rng.below(5) {
                0 => ask.dress.get = true,
                1 => ask.dress.reversed = true,
                2 => ask.dress.extra.push((text("NotAParameter"), text("x"))),
                3 => ask.dress.version = Action::Absent,
                _ => ask.dress.tags = TagSpelling::Member,
            }
        }
        ask
    }

    fn settle(&mut self, belief: &Belief) -> CaseStep {
        let all = self.rng.one_in(2);
        let mut words = Vec::new();
        for place in 0..self.names.len() {
            let wanted = self.kind(place, belief) != Kind::Fresh && (all || self.rng.one_in(2));
            if let (true, Some((alias, _))) = (wanted, self.names.get(place)) {
                words.push(named(alias, Vec::new()));
            }
        }
        words.push(Word::name("base"));
        if self.alphabet.has(Letter::Export) && self.rng.one_in(2) {
            words.push(Word::name(BUCKET));
        }
        CaseStep::Settle(Settle::of(words))
    }
}

/// How many ways there are to put a request on the wire that the front door has an answer to.
pub(super) const DOORS: usize = 6;

/// Returns the way of that number.
pub(super) fn door(number: usize) -> Dress {
    match number {
        0 => Dress { action: Action::Absent, ..Dress::default() },
        1 => Dress { action: Action::Named(text("ConjureSnapshot")), ..Dress::default() },
        2 => Dress { version: Action::Named(text("2014-09-30")), ..Dress::default() },
        3 => Dress { content_type: Some(text("application/json")), ..Dress::default() },
        4 => Dress { repeated: true, ..Dress::default() },
        _ => Dress { padded: 300, ..Dress::default() },
    }
}

fn put(with: &mut Vec<(Parameter, Value)>, parameter: Parameter, word: Option<Word>) {
    if let Some(word) = word {
        with.push((parameter, Value::Word(word)));
    }
}

fn named(alias: &Text, filters: Vec<Filter>) -> Word {
    Word::Name { alias: alias.clone(), filters }
}

/// Returns the word with one more filter; a literal stays as it is.
fn filtered(word: Word, filter: Filter) -> Word {
    match word {
        Word::Name { alias, mut filters } => {
            if filters.last() != Some(&filter) {
                filters.push(filter);
            }
            Word::Name { alias, filters }
        }
        other => other,
    }
}
