use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustc_hash::FxBuildHasher;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::Barrier;
use tokio::task::{JoinSet, block_in_place};

use super::lane::{Lane, Stop};
use super::player::{Place, Player};
use super::records::overlap_record;
use crate::endpoint::{Answer, Endpoint};
use crate::record::{Happened, Record, StepRecord};
use crate::service::{Call, Indeterminate, Outcome, Step, text};
use crate::trace::{Event, Role};

/// How long a connection may rest before it is warmed up again: less than any server's limit.
const WARM: Duration = Duration::from_millis(900);
/// After how long the calls of a burst go out that stand ready.
const LEAD: Duration = Duration::from_micros(300);
/// By how much lanes of a burst, and the calls of a lane, may be apart: the seed picks one for each burst.
const SPREADS: [Duration; 4] =
    [Duration::ZERO, Duration::from_micros(100), Duration::from_micros(400), Duration::from_micros(1500)];

/// A call of a burst, with its place among all its calls.
pub(super) type Placed = (usize, Step);

/// An answer to one, with its lane.
struct Answered {
    call: usize,
    lane: usize,
    step: Step,
    answer: Answer,
}

/// A connection of its own for one of the lanes that overlap.
pub(super) struct Connection {
    endpoint: Endpoint,
    used: Instant,
}

/// Returns the seed of the offsets of a burst: the same for each run of the case with the same seed.
pub(super) fn seed(run: u64, path: &str, step: usize) -> u64 {
    let mut hasher = FxBuildHasher.build_hasher();
    hasher.write_u64(run);
    hasher.write(path.as_bytes());
    hasher.write_usize(step);
    hasher.finish()
}

impl Player<'_> {
    /// Sends the lanes at once, each over a connection of its own and its calls one after the other, and judges all calls
    /// together.
    ///
    /// All is made ready before: the connections are warm, the ledger is written, the requests are signed. Then the lanes
    /// are let go together, apart by offsets that the seed draws. A lane ends early where a call of it gets no answer.
    pub(super) async fn together(&mut self, lanes: Vec<Vec<Placed>>, seed: u64) -> Result<(), Stop> {
        if !self.warm_up(lanes.len()).await? {
            return Ok(());
        }
        let mut prepared = Vec::new();
        for lane in lanes {
            let mut calls = Vec::new();
            for (call, step) in lane {
                self.note_made(&step);
                self.lane.intend(&step)?;
                let ready = self.lane.endpoint.prepare(&step).await;
                calls.push((call, step, ready));
            }
            prepared.push(calls);
        }
        let count = prepared.len();
        let barrier = Arc::new(Barrier::new(count));
        let release = Instant::now() + LEAD;
        let clock = self.lane.clock;
        let mut sending: JoinSet<Vec<Answered>> = JoinSet::new();
        for (lane, (calls, connection)) in prepared.into_iter().zip(&mut self.connections).enumerate() {
            let (barrier, endpoint) = (Arc::clone(&barrier), connection.endpoint.clone());
            sending.spawn(async move {
                barrier.wait().await;
                let mut at = release + offset(seed, lane);
                let mut answers = Vec::new();
                for (nth, (call, step, ready)) in calls.into_iter().enumerate() {
                    // A timer is too coarse for it.
                    while Instant::now() < at {
                        tokio::task::yield_now().await;
                    }
                    let answer = endpoint.send_prepared(ready, clock).await;
                    let lost = matches!(&answer.outcome, Outcome::Indeterminate(why) if !why.is_answer());
                    answers.push(Answered { call, lane, step, answer });
                    if lost {
                        break;
                    }
                    at = Instant::now() + offset(seed, lane + (nth + 1) * count);
                }
                answers
            });
        }
        let mut answers: Vec<Answered> = Vec::new();
        while let Some(ended) = sending.join_next().await {
            answers.extend(ended.into_iter().flatten());
        }
        let ended = Instant::now();
        self.connections.iter_mut().take(count).for_each(|connection| connection.used = ended);
        answers.iter().for_each(|answered| self.lane.count(&answered.step, 1));
        let before = self.unanswered.len();
        self.judge(answers)?;
        self.doubt(before).await
    }

    fn judge(&mut self, mut answers: Vec<Answered>) -> Result<(), Stop> {
        answers.sort_by_key(|answered| (answered.answer.interval.called, answered.call));
        let first = self.trace.len();
        let mut records = Vec::new();
        let mut events: Vec<Event> = Vec::new();
        let placed: Vec<usize> = answers.iter().map(|answered| answered.call).collect();
        for Answered { call, lane, step, answer } in answers {
            let at = first + events.len();
            self.calls.push((at, call));
            let record = Lane::step_record(self.setting.number, at, Role::Given, &step, &answer);
            records.push(Record::Step(StepRecord { lane: Some(lane + 1), ..record }));
            let Answer { outcome, form, interval, .. } = answer;
            events.push(Event { role: Role::Given, step, outcome, form, interval });
        }
        self.expect_quota(&events)?;
        self.note(Happened::Together(events.len()))?;
        let burst = apart(|| self.belief.observe_together(&events));
        for (((event, judgement), record), nth) in events.into_iter().zip(burst.judgements).zip(records).zip(placed) {
            let connected = !matches!(event.outcome, Outcome::Indeterminate(Indeterminate::NotConnected(_)));
            if judgement.unanswered && connected {
                self.unanswered.push((self.trace.len(), Place { step: self.at, nth }));
            }
            self.throttled |= event.outcome.is_throttled();
            self.take_down(event, judgement, record)?;
            self.meets_quota();
        }
        let conflicts: Vec<_> =
            burst.conflicts.iter().map(|conflict| overlap_record(self.setting.number, conflict)).collect();
        self.lane.write(&conflicts)?;
        self.conflicts.extend(burst.conflicts);
        Ok(())
    }

    /// Sees that there are so many connections, each used a moment ago; returns whether there are.
    async fn warm_up(&mut self, count: usize) -> Result<bool, Stop> {
        while self.connections.len() < count {
            let Ok(endpoint) = self.lane.endpoint.apart() else { return Ok(false) };
            let used = Instant::now().checked_sub(WARM).unwrap_or_else(Instant::now);
            self.connections.push(Connection { endpoint, used });
        }
        let never = Step::from(Call::describe(&text(format!("{}never", self.setting.names.prefix))));
        for place in 0..count {
            let Some(connection) = self.connections.get_mut(place).filter(|cold| cold.used.elapsed() >= WARM) else {
                continue;
            };
            connection.used = Instant::now();
            let endpoint = connection.endpoint.clone();
            let prepared = self.lane.endpoint.prepare(&never).await;
            let answer = endpoint.send_prepared(prepared, self.lane.clock).await;
            self.lane.count(&never, 1);
            self.observe(Role::Poll, never.clone(), answer)?;
        }
        Ok(true)
    }
}

/// Does what may take long without holding up the other lanes, where there are threads for that.
fn apart<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => block_in_place(work),
        _ => work(),
    }
}

/// Returns how much later than it might a call of a burst goes out.
fn offset(seed: u64, place: usize) -> Duration {
    let spread = SPREADS.get(usize::try_from(seed % 4).unwrap_or_default()).copied().unwrap_or_default();
    let drawn = mixed(seed.wrapping_add((place as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))) % 1024;
    spread.mul_f64(drawn as f64 / 1024.0)
}

/// The end of SplitMix64.
const fn mixed(seed: u64) -> u64 {
    let mut mixed = seed;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
