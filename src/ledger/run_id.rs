use std::fmt;
use std::str;

use jiff::Timestamp;

use crate::service::canonical;

/// The digits of base 36.
const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// Seconds since 1970 take this many digits until the year 2038.
const TIME: usize = 6;

/// Time, two random digits, and one that checks the others.
const LENGTH: usize = TIME + 3;

/// What every name that we make begins with.
const PREFIX: &str = "cs";

/// What stands for a case's number in the names of what is tried first.
const PROBE: &str = "p";

/// The longest name that we make unless a case asks for a longer one.
const LONGEST_NAME: usize = 40;

/// The names that we make are no older than this: 2026-01-01.
const EARLIEST: i64 = 1_767_225_600;

/// What tells a run from others, and its names from those of the account's owner: lower-case letters and digits.
///
/// Six digits of base 36 are the second in which the run began, two are random, and the last checks the others, so that
/// a sweep takes one in 36 at most of the foreign names that look like ours by chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RunId {
    digits: [u8; LENGTH],
}

impl RunId {
    /// Returns the id of a run that begins at `started`; `random` tells runs of the same second apart.
    #[must_use]
    pub fn new(started: Timestamp, random: u16) -> Self {
        let mut digits = [b'0'; LENGTH];
        let mut time = u64::try_from(started.as_second()).unwrap_or(0);
        let mut rest = u64::from(random);
        let (times, others) = digits.split_at_mut(TIME);
        for place in times.iter_mut().rev() {
            *place = digit(time);
            time /= 36;
        }
        for place in others.iter_mut().take(2) {
            *place = digit(rest);
            rest /= 36;
        }
        let check = check(&digits);
        if let Some(last) = digits.last_mut() {
            *last = check;
        }
        Self { digits }
    }

    /// Returns the name of the thing that case `number` calls `alias`: `cs<run>-<number>-<alias>`.
    ///
    /// `None` where that is none the service takes everywhere: the alias is empty, has other than lower-case letters,
    /// digits and single hyphens between them, or makes the name longer than 40 characters.
    #[must_use]
    pub fn name(&self, number: u32, alias: &str) -> Option<String> {
        let name = format!("{}{alias}", self.prefix(number));
        let plain = alias.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        let taken = plain && !name.ends_with('-') && !name.contains("--") && name.len() <= LONGEST_NAME;
        taken.then_some(name)
    }

    /// Returns what the names of case `number` begin with: `cs<run>-<number>-`.
    #[must_use]
    pub fn prefix(&self, number: u32) -> String {
        format!("{PREFIX}{self}-{number}-")
    }

    /// Returns the id that is written so; `None` where that is none.
    #[must_use]
    pub fn parse(written: &str) -> Option<Self> {
        let digits: [u8; LENGTH] = written.as_bytes().try_into().ok()?;
        let known = digits.iter().all(|digit| DIGITS.contains(digit)) && digits.last().copied()? == check(&digits);
        known.then_some(Self { digits })
    }

    /// Returns when the run began that made `name`, to the second; `None` where the name is none of ours.
    ///
    /// Letter case is ignored, and what follows `cs<run>-<number>-` may be as long and as odd as a case likes.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Timestamp> {
        let name = canonical(name);
        let rest = name.strip_prefix(PREFIX)?;
        let (run, rest) = rest.split_once('-')?;
        let (number, alias) = rest.split_once('-')?;
        let digits: [u8; LENGTH] = run.as_bytes().try_into().ok()?;
        // What a run tries before its cases has a letter in place of a number.
        let numbered =
            number == PROBE || number.parse::<u32>().is_ok() && number.bytes().all(|byte| byte.is_ascii_digit());
        if !numbered || alias.is_empty() || digits.last().copied()? != check(&digits) {
            return None;
        }
        let seconds = i64::from_str_radix(run.get(..TIME)?, 36).ok()?;
        if seconds < EARLIEST { None } else { Timestamp::from_second(seconds).ok() }
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(str::from_utf8(&self.digits).unwrap_or_default())
    }
}

fn digit(value: u64) -> u8 {
    usize::try_from(value % 36).ok().and_then(|at| DIGITS.get(at)).copied().unwrap_or(b'0')
}

/// Returns the digit that follows from all but the last.
fn check(digits: &[u8; LENGTH]) -> u8 {
    let sum = digits.iter().take(LENGTH - 1).fold(7_u64, |sum, byte| (sum * 31 + u64::from(*byte)) % 1_000_003);
    digit(sum)
}
