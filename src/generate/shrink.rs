/// How often a likely slice is tried before it is given up, while nothing is known of how reliably the failure shows.
const SLICE_TRIES: usize = 4;
/// How often the smallest program has to fail before the failure counts as one that always shows.
const CONFIRMATIONS: usize = 2;
/// How often canonical names are tried before it is believed that they matter.
const CANONICAL_TRIES: usize = 6;
/// How often a failure is looked for again that was seen once.
const UNSEEN_TRIES: usize = 5;
/// The chance of giving up a candidate wrongly that a repetition is to bring a flaky failure's below.
const DOUBT: f64 = 0.05;
/// The most repetitions of one candidate.
const MOST_TRIES: usize = 8;
/// The least rate at which a flaky failure is taken to show.
const LEAST_RATE: f64 = 0.4;

/// Something that failed and can be made smaller.
pub trait Program: Clone + PartialEq {
    /// How many parts can be left out, one by one.
    fn parts(&self) -> usize;

    /// The program without `count` parts from `first` on.
    #[must_use]
    fn without(&self, first: usize, count: usize) -> Self;

    /// Parts of the program that what failed depends on, boldest first.
    fn slices(&self) -> Vec<Self>;

    /// Programs that are simpler by something else than fewer parts, boldest first.
    fn simpler(&self) -> Vec<Self>;

    /// The same program with the names that come first.
    #[must_use]
    fn canonical(&self) -> Self;

    /// Numbers in the program that may be smaller: the least that makes sense, and the present one.
    fn dials(&self) -> Vec<(u64, u64)> {
        Vec::new()
    }

    /// The program with that number in the place of the present one.
    #[must_use]
    fn turned(&self, _dial: usize, _to: u64) -> Self {
        self.clone()
    }

    /// Tells whether the program can fail in the same way at all, as far as that can be told without trying.
    fn may_fail(&self) -> bool {
        true
    }
}

/// What came of trying a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tried<P> {
    /// It fails with the same signature; this is what of it was needed to get there.
    Fails(P),
    /// It does not.
    Passes,
    /// It could not be tried.
    Lost,
}

/// How reliably the failure shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Firmness {
    /// Nobody knows yet.
    Unknown,
    /// Always, as far as was tried.
    Firm,
    /// At times.
    Flaky,
}

/// Why a candidate is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aim {
    /// It may fail though it is smaller.
    Smaller,
    /// The same, with another number.
    Dial(usize, u64),
    /// It is the smallest so far, under the names that come first or not.
    Confirm,
}

struct Candidate<P> {
    number: usize,
    aim: Aim,
    program: P,
}

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    fails: usize,
    passes: usize,
}

/// Plans which smaller programs to try, and learns from what came of them. It tries nothing itself.
///
/// What fails is taken as the new best; the order is: what the failure depends on, ever smaller runs of parts, simpler
/// arguments, smaller numbers, and at last the best again under canonical names, so that a failure that only shows at
/// times is told from one that always does. Once it is known to be flaky, a candidate is given up only after as many
/// tries as its rate asks for.
pub struct Shrinker<P> {
    best: P,
    tallies: Vec<(P, Tally)>,
    floors: Vec<u64>,
    /// Longer runs of parts are not left out any more.
    grain: usize,
    out: Vec<Candidate<P>>,
    won: Option<(usize, P, Aim)>,
    /// Whether anything failed since the first time.
    seen: bool,
    firmness: Firmness,
    limit: usize,
    spent: usize,
    numbers: usize,
    done: bool,
}

impl<P: Program> Shrinker<P> {
    /// A program that was seen to fail once, and how many executions may be spent.
    #[must_use]
    pub fn new(failed: P, limit: usize) -> Self {
        let tallies = vec![(failed.clone(), Tally { fails: 1, passes: 0 })];
        Self {
            best: failed,
            tallies,
            floors: Vec::new(),
            grain: usize::MAX,
            out: Vec::new(),
            won: None,
            seen: false,
            firmness: Firmness::Unknown,
            limit,
            spent: 0,
            numbers: 0,
            done: false,
        }
    }

    /// Returns up to `most` candidates to be tried side by side, each with its number; none while some are out, and none
    /// once it is done.
    pub fn propose(&mut self, most: usize) -> Vec<(usize, P)> {
        if self.done || !self.out.is_empty() {
            return Vec::new();
        }
        let room = most.min(self.limit.saturating_sub(self.spent));
        let mut next = self.smaller(room);
        if next.is_empty() && room > 0 {
            let (program, times) = self.confirmation();
            next.extend((0..times.min(room)).map(|_| (Aim::Confirm, program.clone())));
        }
        self.done = next.is_empty();
        let mut proposed = Vec::new();
        for (aim, program) in next {
            self.numbers += 1;
            proposed.push((self.numbers, program.clone()));
            self.out.push(Candidate { number: self.numbers, aim, program });
        }
        proposed
    }

    /// Takes what came of the candidate of that number.
    pub fn take(&mut self, number: usize, tried: Tried<P>) {
        let Some(place) = self.out.iter().position(|candidate| candidate.number == number) else { return };
        let candidate = self.out.swap_remove(place);
        self.spent += 1;
        match tried {
            Tried::Fails(cut) => {
                self.seen = true;
                self.tally(&candidate.program).fails += 1;
                if cut != candidate.program {
                    self.tally(&cut).fails += 1;
                }
                // The boldest of those that fail.
                let smaller = candidate.aim != Aim::Confirm || cut != candidate.program;
                if smaller && self.won.as_ref().is_none_or(|(earlier, _, _)| number < *earlier) {
                    self.won = Some((number, cut, candidate.aim));
                }
            }
            Tried::Passes => {
                let tally = self.tally(&candidate.program);
                tally.passes += 1;
                if tally.fails > 0 {
                    self.firmness = Firmness::Flaky;
                } else if let Aim::Dial(dial, to) = candidate.aim
                    && self.is_given_up(&candidate.program)
                    && let Some(floor) = self.floors.get_mut(dial)
                {
                    *floor = (*floor).max(to + 1);
                }
            }
            // Counted as spent, so that there is an end.
            Tried::Lost => {}
        }
        if self.out.is_empty()
            && let Some((_, best, aim)) = self.won.take()
        {
            if !matches!(aim, Aim::Dial(..)) {
                self.floors.clear();
            }
            self.best = best;
        }
    }

    /// The smallest program that failed.
    #[must_use]
    pub const fn best(&self) -> &P {
        &self.best
    }

    /// Tells whether there is nothing left to try.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.done
    }

    /// Tells whether candidates are out that nothing is known of yet.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        !self.out.is_empty()
    }

    /// How reliably the failure shows.
    #[must_use]
    pub const fn firmness(&self) -> Firmness {
        self.firmness
    }

    /// How many executions were spent.
    #[must_use]
    pub const fn spent(&self) -> usize {
        self.spent
    }

    /// How often the best failed, of how many executions.
    #[must_use]
    pub fn shown(&self) -> (usize, usize) {
        let tally = self.known(&self.best);
        (tally.fails, tally.fails + tally.passes)
    }

    fn known(&self, program: &P) -> Tally {
        self.tallies.iter().find(|(known, _)| known == program).map(|(_, tally)| *tally).unwrap_or_default()
    }

    fn tally(&mut self, program: &P) -> &mut Tally {
        let place = self.tallies.iter().position(|(known, _)| known == program).unwrap_or_else(|| {
            self.tallies.push((program.clone(), Tally::default()));
            self.tallies.len() - 1
        });
        // It was found or put there.
        #[expect(clippy::indexing_slicing, reason = "the place is that of an entry")]
        &mut self.tallies[place].1
    }

    /// Tells whether a candidate was tried often enough without failing.
    fn is_given_up(&self, program: &P) -> bool {
        let tries = if self.firmness == Firmness::Flaky { self.repetitions() } else { 1 };
        self.known(program).passes >= tries
    }

    /// How many tries in vain leave little doubt that a flaky failure does not show.
    fn repetitions(&self) -> usize {
        let seen = self.tallies.iter().filter(|(_, tally)| tally.fails > 0);
        // The first failure was looked for, so it says nothing of the rate.
        let (fails, all) =
            seen.fold((0, 0), |(fails, all), (_, tally)| (fails + tally.fails, all + tally.fails + tally.passes));
        #[expect(clippy::cast_precision_loss, reason = "a few executions")]
        let rate = (fails.saturating_sub(1) as f64 / all.saturating_sub(1).max(1) as f64).clamp(LEAST_RATE, 0.95);
        let tries = (DOUBT.ln() / (1.0 - rate).ln()).ceil();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number that is positive")]
        let tries = tries as usize;
        tries.clamp(2, MOST_TRIES)
    }

    /// Returns the next candidates that are smaller than the best.
    fn smaller(&mut self, most: usize) -> Vec<(Aim, P)> {
        let mut found: Vec<(Aim, P)> = Vec::new();
        let flaky = self.firmness == Firmness::Flaky;
        for (place, slice) in self.best.slices().into_iter().enumerate() {
            let likely = place == 0 && !flaky && self.known(&slice).passes < SLICE_TRIES && !self.seen;
            self.add(&mut found, most, Aim::Smaller, slice, likely);
        }
        if found.is_empty() && !self.seen {
            // What it depends on does not do: does it fail at all?
            let again = most > 0 && self.known(&self.best).passes < UNSEEN_TRIES;
            return again.then(|| (Aim::Confirm, self.best.clone())).into_iter().collect();
        }
        let sliced = found.len();
        for (first, count) in runs(self.best.parts(), self.grain) {
            if found.len() >= most {
                break;
            }
            let rest = self.best.without(first, count);
            let before = found.len();
            self.add(&mut found, most, Aim::Smaller, rest, false);
            if found.len() > before && before == sliced && sliced == 0 {
                self.grain = count;
            }
        }
        for simpler in self.best.simpler() {
            self.add(&mut found, most, Aim::Smaller, simpler, false);
        }
        if found.is_empty() {
            let dials = self.best.dials();
            self.floors.resize(dials.len(), 0);
            for (dial, (least, now)) in dials.into_iter().enumerate() {
                let floor = self.floors.get(dial).copied().unwrap_or_default().max(least);
                if floor < now {
                    let to = if floor == least { least } else { floor + (now - floor) / 2 };
                    let turned = self.best.turned(dial, to);
                    self.add(&mut found, most, Aim::Dial(dial, to), turned, false);
                }
            }
        }
        found
    }

    fn add(&self, found: &mut Vec<(Aim, P)>, most: usize, aim: Aim, program: P, again: bool) {
        let fresh = again || !self.is_given_up(&program);
        if found.len() < most
            && fresh
            && program != self.best
            && self.known(&program).fails == 0
            && program.may_fail()
            && !found.iter().any(|(_, known)| *known == program)
        {
            found.push((aim, program));
        }
    }

    /// Returns the best under canonical names, or else as it is, and how often it has to be tried yet.
    fn confirmation(&mut self) -> (P, usize) {
        if !self.seen {
            return (self.best.clone(), 0);
        }
        let wanted = match self.firmness {
            Firmness::Flaky => 1,
            // The longer it is, the likelier something was given up because it did not happen to fail.
            Firmness::Unknown | Firmness::Firm => CONFIRMATIONS + 2 * self.best.parts().saturating_sub(2).min(2),
        };
        let canonical = self.best.canonical();
        let tally = self.known(&canonical);
        let tries = if self.firmness == Firmness::Flaky { MOST_TRIES } else { CANONICAL_TRIES };
        if tally.fails > 0 || tally.passes < tries {
            let left = wanted.saturating_sub(tally.fails);
            if left == 0 {
                if self.firmness == Firmness::Unknown {
                    self.firmness = Firmness::Firm;
                }
                self.best = canonical.clone();
            }
            return (canonical, left);
        }
        // The names matter, or so it seems.
        let tally = self.known(&self.best);
        let wanted = wanted.max(if self.firmness == Firmness::Flaky { 1 } else { CANONICAL_TRIES + 1 });
        let left = if tally.passes < MOST_TRIES { wanted.saturating_sub(tally.fails) } else { 0 };
        if left == 0 && self.firmness == Firmness::Unknown {
            self.firmness = Firmness::Firm;
        }
        (self.best.clone(), left)
    }
}

/// Returns ever smaller runs of so many parts, each as its first and its length: from halves, or the `longest`, to single
/// parts.
fn runs(parts: usize, longest: usize) -> impl Iterator<Item = (usize, usize)> {
    let first = parts.div_ceil(2).min(longest);
    let sizes = std::iter::successors(Some(first), |size| (*size > 1).then(|| size.div_ceil(2)));
    // From the end: what is late depends on what is early.
    sizes.take_while(move |_| parts > 0).flat_map(move |size| {
        (0..parts.div_ceil(size)).rev().map(move |run| (run * size, size.min(parts - run * size)))
    })
}

#[cfg(test)]
mod tests;
