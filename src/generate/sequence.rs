mod failures;
mod lanes;
mod parts;

use std::collections::{BTreeMap, BTreeSet};

pub use self::failures::{Course, failures};
use self::parts::{
    each_number, is_needed, key, made, names, plain_tags, source, tags, unfiltered, word, words, words_mut, written,
};
use super::shrink::Program;
use crate::case::{Ask, BucketKind, CaseStep, Filter, Need, Parameter, Settle, Word};
use crate::service::{Dress, Operation, Text, text};

/// The base snapshot's alias.
const BASE: &str = "base";

/// The steps that led to a failure, and what of them it is about.
#[derive(Clone, Debug)]
pub struct Sequence {
    steps: Vec<CaseStep>,
    /// What was made for it alone.
    needs: Vec<Need>,
    /// Which of the steps changed nothing when it failed.
    idle: Vec<bool>,
    /// Whether the last step is the one that fails, so that it has to stay.
    pinned: bool,
    /// The names that the failure is about.
    about: BTreeSet<String>,
    /// Those of them that were there when it failed.
    living: BTreeSet<String>,
    /// The overlapping calls that fit no order: each its step, and its place among the calls of it.
    meeting: Vec<(usize, usize)>,
}

impl PartialEq for Sequence {
    /// Two sequences are the same if they do the same.
    fn eq(&self, other: &Self) -> bool {
        self.pinned == other.pinned && self.needs == other.needs && self.steps == other.steps
    }
}

impl Sequence {
    /// The steps up to the one that fails, or all of them where the failure shows after the last one, and the names that
    /// it is about.
    #[must_use]
    pub fn new(steps: Vec<CaseStep>, pinned: bool, about: &[Word]) -> Self {
        let about: BTreeSet<String> = about.iter().filter_map(key).collect();
        let idle = vec![false; steps.len()];
        let (needs, meeting) = (Vec::new(), Vec::new());
        let mut sequence = Self { steps, needs, idle, pinned, about, living: BTreeSet::new(), meeting };
        sequence.living = sequence.lives();
        sequence.living.retain(|name| sequence.about.contains(name));
        sequence
    }

    /// The steps.
    #[must_use]
    pub fn steps(&self) -> &[CaseStep] {
        &self.steps
    }

    /// What is made for it alone.
    #[must_use]
    pub fn needs(&self) -> &[Need] {
        &self.needs
    }

    /// The same, on what is made so for it alone.
    #[must_use]
    pub fn on(self, needs: Vec<Need>) -> Self {
        Self { needs, ..self }
    }

    /// How much it is: its steps, then what is made for it, all that is given in them, and how they are dressed.
    #[must_use]
    pub fn weight(&self) -> (usize, usize) {
        let asks = self.steps.iter().flat_map(CaseStep::asks);
        let given = |ask: &Ask| ask.with.len() + usize::from(ask.dress != Dress::default());
        (self.steps.len(), self.needs.len() + asks.map(given).sum::<usize>())
    }

    /// The same, knowing which of its steps changed nothing.
    #[must_use]
    pub fn knowing_idle(mut self, idle: impl Fn(usize) -> bool) -> Self {
        self.idle = (0..self.steps.len()).map(idle).collect();
        self
    }

    fn with(&self, steps: Vec<CaseStep>) -> Self {
        let idle = vec![false; steps.len()];
        Self { steps, idle, meeting: Vec::new(), ..self.clone() }
    }

    /// The steps that changed something, and the last.
    fn busy(&self) -> Self {
        let last = if self.pinned { self.steps.len().checked_sub(1) } else { None };
        let kept = self.steps.iter().zip(&self.idle).enumerate();
        let kept = kept.filter(|(place, (_, idle))| !**idle || Some(*place) == last);
        self.with(kept.map(|(_, (step, _))| step.clone()).collect())
    }

    /// The names that are there when the sequence fails, if all that can succeed does.
    fn lives(&self) -> BTreeSet<String> {
        let mut living: BTreeSet<String> = BTreeSet::from([BASE.to_owned()]);
        let upto = self.steps.len() - usize::from(self.pinned && !self.steps.is_empty());
        for ask in self.steps.iter().take(upto).flat_map(CaseStep::asks) {
            let made = made(ask).and_then(key);
            match ask.operation {
                Operation::CopySnapshot if source(ask).and_then(key).is_some_and(|name| living.contains(&name)) => {
                    living.extend(made);
                }
                Operation::CreateSnapshot => living.extend(made),
                Operation::DeleteSnapshot => {
                    if let Some(name) = word(ask, Parameter::SnapshotName).and_then(key) {
                        living.remove(&name);
                    }
                }
                _ => {}
            }
        }
        living
    }

    /// The same with another name for every life that a name has after its first.
    fn incarnations(&self) -> Self {
        let mut lives: BTreeMap<Text, (usize, bool)> = BTreeMap::new();
        let current = |lives: &BTreeMap<Text, (usize, bool)>, alias: &Text| match lives.get(alias) {
            Some((count @ 2.., _)) => text(format!("{alias}-{count}")),
            _ => alias.clone(),
        };
        let plain = |word: &Word| match word {
            Word::Name { alias, filters } if filters.iter().all(|filter| *filter == Filter::Upper) => {
                Some(alias.clone())
            }
            _ => None,
        };
        let mut other = self.clone();
        for step in &mut other.steps {
            let made: Vec<Text> = step.asks().filter_map(made).filter_map(plain).collect();
            let gone: Vec<Text> = step
                .asks()
                .filter(|ask| ask.operation == Operation::DeleteSnapshot)
                .filter_map(written)
                .filter_map(plain)
                .collect();
            let before = lives.clone();
            for alias in &made {
                let (count, living) = lives.entry(alias.clone()).or_default();
                if !*living {
                    (*count, *living) = (*count + 1, true);
                }
            }
            let after = &lives;
            let rename = |word: &mut Word| {
                if let Word::Name { alias, .. } = word {
                    let lives = if made.contains(alias) { after } else { &before };
                    *alias = current(lives, alias);
                }
            };
            words_mut(step, &rename);
            for alias in gone {
                if let Some((_, living)) = lives.get_mut(&alias) {
                    *living = false;
                }
            }
        }
        let last =
            |names: &BTreeSet<String>| names.iter().map(|name| current(&lives, &text(name)).to_string()).collect();
        (other.about, other.living) = (last(&self.about), last(&self.living));
        other
    }

    /// The steps that made, changed or removed the names that it is about, and those that these came from; `lives` also
    /// of snapshots that had the names before.
    fn provenance(&self, lives: bool) -> Self {
        let mut needed = self.about.clone();
        if self.pinned
            && let Some(last) = self.steps.last()
        {
            needed.extend(names(last));
        }
        let mut kept: Vec<CaseStep> = Vec::new();
        for (place, step) in self.steps.iter().enumerate().rev() {
            if self.pinned && place + 1 == self.steps.len() {
                kept.push(step.clone());
                continue;
            }
            match step {
                CaseStep::Settle(settle) => {
                    let words: Vec<Word> = settle
                        .names
                        .iter()
                        .filter(|name| key(name).is_some_and(|name| needed.contains(&name)))
                        .cloned()
                        .collect();
                    if !words.is_empty() {
                        kept.push(CaseStep::Settle(Settle { names: words, ..settle.clone() }));
                    }
                }
                CaseStep::Send(_) | CaseStep::Together(_) => {
                    let writes: Vec<&Ask> = step.asks().filter(|ask| written(ask).is_some()).collect();
                    let concerns = |ask: &&Ask| written(ask).and_then(key).is_some_and(|name| needed.contains(&name));
                    if !writes.iter().any(concerns) {
                        continue;
                    }
                    for ask in writes {
                        if !lives && let Some(name) = made(ask).and_then(key) {
                            needed.remove(&name);
                        }
                        needed.extend(source(ask).and_then(key).filter(|name| name != BASE));
                    }
                    kept.push(step.clone());
                }
            }
        }
        kept.reverse();
        self.with(kept)
    }

    /// Gives a name in the place of another, everywhere.
    fn renamed(&self, of: impl Fn(&Text) -> Text) -> Self {
        let word = |word: &mut Word| {
            if let Word::Name { alias, .. } = word {
                *alias = of(alias);
            }
        };
        let mut steps = self.steps.clone();
        for step in &mut steps {
            words_mut(step, &word);
        }
        let keys = |names: &BTreeSet<String>| {
            names
                .iter()
                .map(|name| {
                    let (alias, filters) = name.split_once('|').map_or((name.as_str(), ""), |parts| parts);
                    let alias = of(&text(alias));
                    if filters.is_empty() { alias.to_string() } else { format!("{alias}|{filters}") }
                })
                .collect()
        };
        Self {
            steps,
            needs: self.needs.clone(),
            idle: self.idle.clone(),
            pinned: self.pinned,
            about: keys(&self.about),
            living: keys(&self.living),
            meeting: self.meeting.clone(),
        }
    }

    /// The sequence without a step that makes a name, which its source or the base stands in for from then on.
    fn without_making(&self, place: usize) -> Option<Self> {
        let last = self.steps.len() - 1;
        if self.pinned && place == last {
            return None;
        }
        let CaseStep::Send(ask) = self.steps.get(place)? else { return None };
        let (Word::Name { alias: made, .. }, instead) = (made(ask)?, source(ask)) else { return None };
        let instead = match instead {
            Some(Word::Name { alias, filters }) if filters.is_empty() => alias.clone(),
            None => text(BASE),
            Some(_) => return None,
        };
        let mut rest = Self { meeting: Vec::new(), ..self.clone() };
        rest.steps.remove(place);
        rest.idle.remove(place);
        let rest = rest.renamed(|alias| if alias == made { instead.clone() } else { alias.clone() });
        (!rest.harms_base()).then_some(rest)
    }

    /// Tells whether it would change or remove the base, which is not to be where that is not made for it alone.
    fn harms_base(&self) -> bool {
        self.steps.iter().flat_map(CaseStep::asks).any(|ask| {
            !matches!(ask.operation, Operation::CopySnapshot | Operation::CreateSnapshot)
                && written(ask).and_then(key).is_some_and(|name| name == BASE)
        })
    }

    fn with_asks(&self, change: impl Fn(&mut Ask)) -> Self {
        let mut changed = self.clone();
        changed.steps.iter_mut().flat_map(CaseStep::asks_mut).for_each(change);
        changed
    }

    /// Calls with the ask of each place in turn, and returns the sequences in which that made a difference.
    fn one_by_one(&self, change: impl Fn(&mut Ask)) -> Vec<Self> {
        let mut changed = Vec::new();
        for place in 0..self.steps.len() {
            let mut other = self.clone();
            other.steps.get_mut(place).into_iter().flat_map(CaseStep::asks_mut).for_each(&change);
            if other != *self {
                changed.push(other);
            }
        }
        changed
    }
}

impl Program for Sequence {
    fn parts(&self) -> usize {
        self.calls()
    }

    fn without(&self, first: usize, count: usize) -> Self {
        self.without_calls(first..first + count)
    }

    fn slices(&self) -> Vec<Self> {
        let mut slices = Vec::new();
        for whole in self.meeting_alone().iter().chain([self]) {
            slices.extend([
                // With a name for each life, the lives before do not matter.
                whole.incarnations().provenance(false),
                whole.provenance(false),
                whole.provenance(true),
                whole.busy(),
            ]);
        }
        slices.retain(|slice| slice.calls() < self.calls());
        slices
    }

    fn simpler(&self) -> Vec<Self> {
        let plain = |ask: &mut Ask| {
            ask.dress = Dress::default();
            ask.once = false;
            ask.pages = false;
            let operation = ask.operation;
            ask.with.retain(|(parameter, _)| is_needed(operation, *parameter));
        };
        let mut simpler = vec![self.with_asks(plain)];
        if !self.needs.is_empty() && !self.harms_base() {
            simpler.push(self.clone().on(Vec::new()));
        }
        if self.needs.len() > 1 {
            let without = |need: &Need| self.needs.iter().copied().filter(|other| other != need).collect();
            simpler.extend(self.needs.iter().map(|need| self.clone().on(without(need))));
        }
        simpler.extend(self.on_base());
        simpler.extend((0..self.steps.len()).rev().filter_map(|place| self.without_making(place)));
        simpler.extend(self.sequential());
        simpler.extend(self.less_overlap());
        simpler.push(self.with_asks(|ask| ask.dress = Dress::default()));
        simpler.push(self.with_asks(|ask| ask.once = false));
        simpler.push(self.with_asks(|ask| ask.pages = false));
        simpler.extend(self.one_by_one(|ask| ask.dress = Dress::default()));
        simpler.extend(self.one_by_one(|ask| ask.once = false));
        let parameters: BTreeSet<&'static str> = self
            .steps
            .iter()
            .flat_map(CaseStep::asks)
            .flat_map(|ask| ask.with.iter().map(|(parameter, _)| (ask.operation, *parameter)))
            .filter(|(operation, parameter)| !is_needed(*operation, *parameter))
            .map(|(_, parameter)| parameter.name())
            .collect();
        for name in parameters {
            simpler.extend(self.one_by_one(|ask| {
                let operation = ask.operation;
                ask.with.retain(|(parameter, _)| parameter.name() != name || is_needed(operation, *parameter));
            }));
        }
        simpler.extend(self.one_by_one(|ask| tags(ask, |tags| tags.truncate(1))));
        simpler.extend(self.one_by_one(|ask| tags(ask, |tags| drop((tags.len() > 1).then(|| tags.remove(0))))));
        simpler.extend(self.one_by_one(|ask| tags(ask, |tags| drop((tags.len() > 1).then(|| tags.pop())))));
        simpler.extend(self.one_by_one(|ask| tags(ask, |tags| plain_tags(tags))));
        simpler.extend(self.one_by_one(unfiltered));
        simpler
    }

    fn canonical(&self) -> Self {
        let mut aliases: Vec<Text> = Vec::new();
        let kept = |alias: &str| matches!(alias, BASE | "kms-key" | "owner") || BucketKind::is_meant(alias);
        for name in self.steps.iter().flat_map(words) {
            if let Word::Name { alias, .. } = name
                && !kept(&alias)
                && !aliases.contains(&alias)
            {
                aliases.push(alias);
            }
        }
        let mut given: Vec<(Text, Text)> = Vec::new();
        let mut letters = (b'a'..=b'z').map(|letter| text(char::from(letter).to_string()));
        for alias in &aliases {
            // A name that begins with another one goes on doing so.
            let begins = given.iter().find_map(|(old, new)| Some((new, alias.strip_prefix(old.as_ref())?)));
            let name = match begins {
                Some((start, rest)) => text(format!("{start}{rest}")),
                None => letters.next().unwrap_or_else(|| alias.clone()),
            };
            given.push((alias.clone(), name));
        }
        self.renamed(|alias| {
            let found = given.iter().find(|(old, _)| old == alias);
            found.map_or_else(|| alias.clone(), |(_, new)| new.clone())
        })
    }

    fn dials(&self) -> Vec<(u64, u64)> {
        let mut dials = Vec::new();
        let mut steps = self.steps.clone();
        for step in &mut steps {
            each_number(step, &mut |least, number| dials.push((least, u64::from(*number))));
        }
        dials
    }

    fn turned(&self, dial: usize, to: u64) -> Self {
        let mut turned = self.clone();
        let mut place = 0;
        for step in &mut turned.steps {
            each_number(step, &mut |_, number| {
                if place == dial {
                    *number = u32::try_from(to).unwrap_or(*number);
                }
                place += 1;
            });
        }
        turned
    }

    fn may_fail(&self) -> bool {
        let living = self.lives();
        !self.steps.is_empty() && self.living.iter().all(|name| living.contains(name))
    }
}

impl Sequence {
    /// The sequence with the base in the place of every snapshot that is made and never changed, where that leaves
    /// something out.
    fn on_base(&self) -> Option<Self> {
        let mut rest = self.clone();
        let mut place = 0;
        while place < rest.steps.len() {
            match rest.without_making(place) {
                Some(fewer) => rest = fewer,
                None => place += 1,
            }
        }
        (rest.steps.len() < self.steps.len()).then_some(rest)
    }
}
