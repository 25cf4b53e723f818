use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use super::asked::{Asked, Unreadable};
use super::broken::{Broken, Scene};
use super::chooser::Chooser;
use super::race::{self, Flight, Flights};
use super::virtual_aws::{self, VirtualAws};
use super::{Defect, Options, message};
use crate::ledger::ResourceKind;
use crate::model::{self, Allowed, Buckets, Home, Prediction, S3Fault, State};
use crate::service::{Call, Fault, FaultCode, Owner, OwnerKind, Reply, S3Action, S3Call, Step, Text, canonical, text};
use crate::spec::{ClauseId, id};
use crate::wire::{RequestError, S3Unreadable, S3Written, write_fault, write_reply, write_s3_fault, write_s3_reply};

/// What goes back: an answer before HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) status: u16,
    pub(super) content_type: Option<Text>,
    pub(super) request_id: Option<Text>,
    pub(super) body: Vec<u8>,
}

/// What the service says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// The call took effect.
    Reply(Reply),
    /// It did not; the clause that says so comes along, where there is one.
    Fault(Fault, Option<ClauseId>),
    /// Something that the service never says.
    Other(Sent),
}

/// Something that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) region: Text,
    pub(super) account: Text,
    pub(super) kind: ResourceKind,
    pub(super) name: Text,
}

/// Why a call does not take effect, and the clause that says so, where there is one.
pub(super) type Refusal = (Fault, Option<ClauseId>);

/// Every account's world in every region, and all that it takes to answer a request. Knows no clock.
pub(super) struct Worlds {
    options: Options,
    epoch: Timestamp,
    chooser: Chooser,
    broken: Broken,
    worlds: HashMap<(Text, Text), State>,
    /// Those of all worlds: while one is asked, it has them.
    buckets: Buckets,
    answers: u64,
    flights: Flights,
    next_id: Option<Text>,
}

impl Worlds {
    pub(super) fn new(options: Options, epoch: Timestamp) -> Self {
        let chooser = Chooser::new(options.choice, options.settle, options.virtual_aws.as_ref());
        let broken = Broken::new(options.defect);
        Self {
            options,
            epoch,
            chooser,
            broken,
            worlds: HashMap::new(),
            buckets: Buckets::default(),
            answers: 0,
            flights: Flights::default(),
            next_id: None,
        }
    }

    /// Answers one request; `now` is the time since the epoch and never runs back.
    pub(super) fn answer(&mut self, asked: &Asked<'_>, now: Duration) -> Sent {
        if let Some(s3) = &asked.s3 {
            return self.store(asked, s3, now);
        }
        let said = match self.refused_at_the_door(asked, now) {
            Some(fault) => Said::Fault(fault, None),
            None => match (self.broken.door(asked), &asked.step) {
                (Some(said), _) => said,
                (None, Ok(step)) => self.say(asked, step, now),
                (None, Err(unreadable)) => Said::Fault(unreadable_fault(unreadable), None),
            },
        };
        self.write(asked, said)
    }

    /// Answers a call of S3.
    fn store(&mut self, asked: &Asked<'_>, s3: &Result<S3Call, S3Unreadable>, now: Duration) -> Sent {
        if let Some(fault) = self.refused_at_the_door(asked, now) {
            return refused(fault.code.code(), 403, &fault.message);
        }
        // Others' buckets are there from the start.
        Self::world(&mut self.worlds, &mut self.buckets, &self.broken, asked, self.epoch, &self.options);
        self.buckets.progress(now);
        let call = match s3 {
            Ok(call) => call,
            Err(error @ S3Unreadable::Unknown) => return refused("NotImplemented", 501, &error.to_string()),
            Err(error @ S3Unreadable::Malformed) => return refused("MalformedXML", 400, &error.to_string()),
        };
        if matches!(call.action, S3Action::CreateBucket { acl: Some(_) }) && self.chooser.refuses_acls() {
            return refused("AccessControlListNotSupported", 400, "The bucket does not allow ACLs");
        }
        match self.buckets.answer(call, &asked.home.1) {
            Err(S3Fault { code, status }) => refused(code, status, "The call of S3 is refused."),
            Ok(reply) => {
                let S3Written { status, content_type, body } = write_s3_reply(call, &reply);
                Sent { status, content_type: content_type.map(text), request_id: None, body }
            }
        }
    }

    /// Returns a fault of what stands before the service, as it is written to whoever asked.
    pub(super) fn fault(&mut self, asked: &Asked<'_>, fault: Fault, status: u16) -> Sent {
        if asked.s3.is_some() {
            return refused(fault.code.code(), status, &fault.message);
        }
        let sent = self.write(asked, Said::Fault(fault, None));
        Sent { status, ..sent }
    }

    /// Returns everything that is there.
    pub(super) fn held(&mut self, now: Duration) -> Vec<Held> {
        let mut held = Vec::new();
        for ((region, account), world) in &mut self.worlds {
            world.progress(now);
            let mut hold = |kind, name: &Text| {
                let (region, account) = (region.clone(), account.clone());
                held.push(Held { region, account, kind, name: name.clone() });
            };
            world.snapshots().for_each(|(name, _)| hold(ResourceKind::Snapshot, name));
            world.owners(OwnerKind::Group).for_each(|name| hold(ResourceKind::Group, name));
            world.owners(OwnerKind::Cluster).for_each(|name| hold(ResourceKind::Cluster, name));
        }
        let buckets = self.buckets.all().map(|(name, bucket)| {
            let (region, account) = (bucket.region.clone(), bucket.owner.clone());
            Held { region, account, kind: ResourceKind::Bucket, name: name.clone() }
        });
        held.extend(buckets);
        held
    }

    /// Returns how long a call waits between looking and doing; `None` where it is answered at once.
    pub(super) fn window(&self, asked: &Asked<'_>) -> Option<Duration> {
        self.options.defect?.window(&asked.step.as_ref().ok()?.call)
    }

    /// Lets a call look and do no more. Returns the ticket with which it is done later; `None` where it does not get in.
    pub(super) fn look(&mut self, asked: &Asked<'_>, now: Duration) -> Option<u64> {
        let (Ok(step), None) = (&asked.step, self.refused_at_the_door(asked, now)) else { return None };
        let defect = self.options.defect?;
        let freedom = self.chooser.freedom();
        let world = Self::world(&mut self.worlds, &mut self.buckets, &self.broken, asked, self.epoch, &self.options);
        std::mem::swap(&mut world.buckets, &mut self.buckets);
        world.progress(now);
        let prediction = model::predict(world, step);
        let refusal = decide(world, step, &prediction, &mut self.chooser);
        let ticket = self.flights.begin(asked.home.clone(), step.clone(), refusal.clone(), world);
        if refusal.is_none() {
            race::first_half(defect, step, world, now, &freedom);
        }
        std::mem::swap(&mut world.buckets, &mut self.buckets);
        Some(ticket)
    }

    /// Does what a call has looked for before.
    pub(super) fn act(&mut self, asked: &Asked<'_>, ticket: u64, now: Duration) -> Sent {
        let (Some(flight), Some(defect)) = (self.flights.end(ticket), self.options.defect) else {
            return self.answer(asked, now);
        };
        let freedom = self.chooser.freedom();
        let world = Self::world(&mut self.worlds, &mut self.buckets, &self.broken, asked, self.epoch, &self.options);
        std::mem::swap(&mut world.buckets, &mut self.buckets);
        world.progress(now);
        let refusal = flight.refused(defect).or_else(|| {
            if flight.looks_again(defect) {
                decide(world, &flight.step, &model::predict(world, &flight.step), &mut self.chooser)
            } else {
                flight.refusal.clone()
            }
        });
        let mut said = match refusal {
            Some((fault, clause)) => Said::Fault(fault, clause),
            None => {
                let mut done = flight.step.clone();
                flight.mistake(defect, &mut done);
                carry_out(world, &done, now, &freedom)
            }
        };
        flight.effect(defect, world, &mut said);
        std::mem::swap(&mut world.buckets, &mut self.buckets);
        self.same_id(defect, &flight);
        self.write(asked, said)
    }

    /// Lets the next answer have the id of one that was given while its call waited.
    fn same_id(&mut self, defect: Defect, flight: &Flight) {
        self.next_id = flight.request_id().filter(|_| defect == Defect::RaceRequestId);
    }

    fn world<'a>(
        worlds: &'a mut HashMap<(Text, Text), State>,
        buckets: &mut Buckets,
        broken: &Broken,
        asked: &Asked<'_>,
        epoch: Timestamp,
        options: &Options,
    ) -> &'a mut State {
        let home = broken.home(&asked.home);
        let (region, account) = home.clone();
        worlds.entry(home).or_insert_with(|| {
            let home = Home { region, account, epoch };
            let mut world = State::new(home, options.kms_key.clone()).with_quota(options.quota);
            if options.virtual_aws.is_some() {
                std::mem::swap(&mut world.buckets, buckets);
                virtual_aws::plant(&mut world);
                std::mem::swap(&mut world.buckets, buckets);
            }
            world
        })
    }

    fn refused_at_the_door(&mut self, asked: &Asked<'_>, now: Duration) -> Option<Fault> {
        if !self.options.require_sigv4 {
            return None;
        }
        let refusal = match asked.signed_by(SystemTime::from(self.epoch) + now) {
            Ok(principal) => return self.denied(asked, &principal.service),
            Err(refusal) => refusal,
        };
        if self.broken.is(Defect::FaultsBeforeSignature)
            && let (Ok(step), Some(world)) = (&asked.step, self.worlds.get(&asked.home))
            && let Some((fault, _)) = decide(world, step, &model::predict(world, step), &mut self.chooser)
        {
            return Some(fault);
        }
        self.broken.signature(asked, refusal)
    }

    /// Returns the refusal of what IAM denies the caller.
    fn denied(&self, asked: &Asked<'_>, service: &str) -> Option<Fault> {
        let (of, name) = asked.operation();
        let denies = |cloud: &VirtualAws| cloud.denies(of, name);
        self.options.virtual_aws.as_ref().filter(|cloud| denies(cloud)).map(|_| {
            let (region, account) = &asked.home;
            let message = format!(
                "User: arn:aws:sts::{account}:assumed-role/copysnap/run is not authorized to perform: {of}:{name} on \
                 resource: arn:aws:{service}:{region}:{account}:* because no identity-based policy allows the {of}:{name} \
                 action"
            );
            Fault { code: FaultCode::AccessDenied, message: text(message) }
        })
    }

    fn say(&mut self, asked: &Asked<'_>, step: &Step, now: Duration) -> Said {
        let flying = self.flights.pass(&asked.home, step);
        let world = Self::world(&mut self.worlds, &mut self.buckets, &self.broken, asked, self.epoch, &self.options);
        std::mem::swap(&mut world.buckets, &mut self.buckets);
        self.broken.time(world, now);
        world.progress(now);
        let mut freedom = self.chooser.freedom();
        self.broken.freedom(&mut freedom);
        let before = self.broken.is_any().then(|| world.clone());

        let mut heard = step.clone();
        self.broken.hear(&mut heard, world);
        let prediction = model::predict(world, &heard);
        let refusal = decide(world, &heard, &prediction, &mut self.chooser);
        let mut said = match self.broken.verdict(world, &heard, &prediction, refusal) {
            Some((fault, clause)) => Said::Fault(fault, clause),
            None => {
                let mut done = heard.clone();
                self.broken.mistake(&mut done, world);
                carry_out(world, &done, now, &freedom)
            }
        };
        if let Some(before) = &before {
            let scene = Scene { before, step: &heard, now, freedom: &freedom };
            self.broken.effect(&scene, world, &mut said);
        }
        if let Said::Reply(reply) = &mut said {
            self.chooser.present(reply);
            self.broken.reply(world, step, reply, now);
            if let Reply::Snapshots(page) = reply
                && flying
                && self.broken.is(Defect::RaceListTwice)
            {
                page.snapshots.extend_from_within(..page.snapshots.len().min(1));
            }
        }
        std::mem::swap(&mut world.buckets, &mut self.buckets);
        said
    }

    fn write(&mut self, asked: &Asked<'_>, said: Said) -> Sent {
        let request_id = self.request_id();
        self.flights.answered(&request_id);
        let step = asked.step.as_ref().ok();
        let mut style = self.chooser.style();
        self.broken.style(&said, step, &mut style);
        let (status, body) = match (&said, step) {
            (Said::Other(sent), _) => return sent.clone(),
            (Said::Reply(reply), Some(step)) => (200, write_reply(step.call.operation(), reply, &request_id, &style)),
            // Only a step is answered by a reply.
            (Said::Reply(_), None) => (500, Vec::new()),
            (Said::Fault(fault, _), _) => {
                let mut spelled = fault.clone();
                self.broken.spelling(&mut spelled);
                (fault.code.status().unwrap_or(400), write_fault(&spelled, &request_id, &style))
            }
        };
        let content_type = Some(text(self.chooser.content_type()));
        let mut sent = Sent { status, content_type, request_id: Some(request_id), body };
        self.broken.bytes(&said, step, &mut sent);
        sent
    }

    /// Returns an id in the form of a UUID: different for every answer and every start.
    fn request_id(&mut self) -> Text {
        if let Some(id) = self.next_id.take() {
            return id;
        }
        self.answers += 1;
        let start = u64::try_from(self.epoch.as_microsecond()).unwrap_or_default();
        let mixed = start.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        text(format!(
            "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
            mixed >> 32,
            mixed >> 16 & 0xffff,
            mixed >> 4 & 0xfff,
            mixed & 0xfff,
            self.answers
        ))
    }
}

/// Returns an error of S3.
fn refused(code: &str, status: u16, message: &str) -> Sent {
    let body = write_s3_fault(code, message);
    Sent { status, content_type: Some(text("application/xml")), request_id: None, body }
}

/// Returns why the call does not take effect; `None` where it does.
fn decide(world: &State, step: &Step, prediction: &Prediction<'_>, chooser: &mut Chooser) -> Option<Refusal> {
    if prediction.open {
        return unmodelled(world, step).map(|fault| (fault, None));
    }
    let chosen = chooser.outcome(prediction, |allowed| is_idle_refusal(world, step, allowed))?;
    message::fault(chosen, &step.call).map(|fault| (fault, chosen.clauses.first().copied()))
}

/// Returns the fault for a call of which the model says nothing and which is not carried out either.
fn unmodelled(world: &State, step: &Step) -> Option<Fault> {
    match &step.call {
        Call::AddTags { resource: Some(resource), .. }
        | Call::RemoveTags { resource: Some(resource), .. }
        | Call::ListTags { resource: Some(resource) }
            if world.tags_of_owner(resource).is_some() =>
        {
            None
        }
        Call::AddTags { .. } | Call::RemoveTags { .. } | Call::ListTags { .. } => {
            Some(message::plain(FaultCode::InvalidArn))
        }
        _ => None,
    }
}

/// Tells whether the outcome is the refusal of a busy cluster or group that is not busy.
fn is_idle_refusal(world: &State, step: &Step, allowed: &Allowed) -> bool {
    let Call::Create(call) = &step.call else { return false };
    if allowed.clauses.first() != Some(&id::CREATE_OWNER_BUSY) {
        return false;
    }
    let owner = |id: &Option<Text>, kind| id.as_deref().map(|id| Owner { kind, id: text(canonical(id)) });
    let owners = [owner(&call.group, OwnerKind::Group), owner(&call.cluster, OwnerKind::Cluster)];
    owners.iter().flatten().all(|owner| world.owner(owner).is_none() || world.owner_rests(owner))
}

fn carry_out(world: &mut State, step: &Step, now: Duration, freedom: &model::Freedom) -> Said {
    match &step.call {
        Call::Fixture(fixture) => match world.fixture(fixture, now, freedom) {
            Ok(reply) => Said::Reply(reply),
            Err(code) => Said::Fault(message::plain(code), None),
        },
        _ => Said::Reply(world.apply(step, now, freedom)),
    }
}

fn unreadable_fault(unreadable: &Unreadable) -> Fault {
    message::plain(match unreadable {
        Unreadable::Malformed => FaultCode::MalformedQueryString,
        Unreadable::Action(RequestError::MissingAction) => FaultCode::MissingAction,
        Unreadable::Action(RequestError::UnknownAction(_)) => FaultCode::InvalidAction,
    })
}
