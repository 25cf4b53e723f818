mod boto3;
mod shell;

use std::time::Duration;

use super::words::tame;
use crate::case::{BindError, Bucket, Case, Names, Telling, Told, other_region};
use crate::service::{
    Build, Call, CopySnapshot, CreateSnapshot, Elsewhere, Fixture, Owner, OwnerKind, S3Action, S3Call, Step, Text,
    canonical, text,
};
use crate::spec::Catalogue;
use crate::wire::{PADDING, params, s3_message};

/// The account in ARNs where none is known.
const NOBODY: &str = "123456789012";
/// The second account where none is known.
const NOBODY_ELSE: &str = "210987654321";
/// What the names of a script begin with.
const PREFIX: &str = "cs-replay-";
/// How many characters of what a run saw a script prints.
const MOST_SEEN: usize = 400;

/// With what a script plays a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// The AWS CLI; curl where that can't send the request.
    AwsCli,
    /// boto3, and botocore's signature where that can't send the request.
    Boto3,
    /// curl.
    Curl,
}

/// What a script is to be of.
#[derive(Clone, Debug)]
pub struct Script<'a> {
    /// The case.
    pub case: &'a Case,
    /// With what it is played.
    pub tool: Tool,
    /// The endpoint.
    pub url: String,
    /// Where S3 is, `{region}` standing for a bucket's region; `None` for the same place.
    pub s3_url: Option<String>,
    /// The region to sign for.
    pub region: String,
    /// Whether the keys are somebody's: the script then takes them from its environment. Else they are `test`.
    pub own_keys: bool,
    /// The account; `None` where it is not known.
    pub account: Option<String>,
    /// A second account, which is its own access key; `None` where it is not known.
    pub other_account: Option<String>,
    /// Another region; `None` where it is not known.
    pub other_region: Option<String>,
    /// A key that may be used.
    pub kms_key: Option<String>,
    /// A snapshot to copy; `None` to make one.
    pub source_snapshot: Option<String>,
    /// The bound of every wait.
    pub settle_limit: Duration,
    /// What a run saw of the case; `None` where it is of no run.
    pub seen: Option<Seen<'a>>,
}

/// What a run saw that contradicts a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen<'a> {
    /// The clause.
    pub clause: &'a str,
    /// What may come.
    pub expected: &'a str,
    /// What came.
    pub observed: &'a str,
}

/// What a script does, one thing after the other; each tool writes it in its own way.
enum Act {
    /// Tells its reader something.
    Note(String),
    /// Prints what a run saw, for its reader to compare.
    Print(String),
    /// Sends a request and keeps the answer to itself.
    Send(Step),
    /// Sends a request, and shows what came beside what is expected.
    Show(Step, String),
    /// Waits until the group or cluster can be used, as long as the limit allows.
    Await(Owner),
    /// Waits until the snapshots change no more, as long as the limit allows.
    Settle(Vec<Text>),
    /// Waits as long as something may come late.
    Watch,
    /// Waits until there is something in a bucket, as long as the limit allows.
    Fill(S3Call),
    /// Shows what is left of the snapshots, and removes it.
    Remove(Vec<Text>),
    /// Removes a bucket and these of its objects.
    Empty(S3Call, Vec<Text>),
}

/// What all tools say alike.
struct Play<'a> {
    script: &'a Script<'a>,
    acts: Vec<Act>,
}

/// Returns a script that plays the case with literal names, waits with a bound, and prints for every step what is
/// expected and what came; it makes what it needs and removes what it made.
///
/// # Errors
/// Where the case needs a key and none is given.
pub fn script(script: &Script<'_>) -> Result<String, BindError> {
    let case = script.case;
    let kind = if case.owner_kinds() == [OwnerKind::Cluster] { OwnerKind::Cluster } else { OwnerKind::Group };
    let letter = if kind == OwnerKind::Cluster { 'c' } else { 'g' };
    let owner = Owner { kind, id: text(format!("{PREFIX}{letter}")) };
    let place = case.place();
    let region = if place == Some(Elsewhere::Region) { script.elsewhere() } else { &script.region };
    let account = match place {
        Some(Elsewhere::Account) => script.other_account(),
        _ => script.account.as_deref().unwrap_or(NOBODY),
    };
    let names = Names {
        prefix: text(PREFIX),
        base: script.source_snapshot.as_deref().map_or_else(|| text(format!("{PREFIX}base")), text),
        owner: owner.clone(),
        region: text(region),
        account: text(account),
        kms_key: script.kms_key.as_deref().map(text),
        other_account: Some(text(script.other_account())),
    };
    let acts = acts(script, &names)?;
    let play = Play { script, acts };
    Ok(match script.tool {
        Tool::Curl => shell::script(&play, false),
        Tool::AwsCli => shell::script(&play, true),
        Tool::Boto3 => boto3::script(&play),
    })
}

/// Returns what a script does: makes what the case needs, plays it, and removes what is left.
fn acts(script: &Script<'_>, names: &Names) -> Result<Vec<Act>, BindError> {
    let case = script.case;
    let Telling { steps: told, objects } = case.tell(names)?;
    let buckets: Vec<Bucket> = case
        .buckets()
        .into_iter()
        .filter_map(|(alias, kind)| Bucket::of(names.name(&alias).ok()?, kind, names))
        .collect();
    let mut acts = Vec::new();
    acts.extend(script.seen.map(|Seen { clause, expected, observed }| {
        let line = |text: &str| tame(text).replace('\n', " ").chars().take(MOST_SEEN).collect::<String>();
        let (expected, observed) = (line(expected), line(observed));
        Act::Print(format!("{clause}, as a run saw it\n  expected  {expected}\n  observed  {observed}"))
    }));
    let mut owners = Vec::new();
    let mut made: Vec<Text> = Vec::new();
    let mut has_base = false;
    if script.source_snapshot.is_none() {
        (owners, has_base) = prepare(&mut acts, case, names, &told);
    }
    for bucket in &buckets {
        // Where one way makes it, the next is refused or changes nothing that counts.
        acts.extend(bucket.ways().into_iter().chain(bucket.policy()).map(Act::Send));
    }
    let mut clusters: Vec<Owner> = Vec::new();
    let delete = |owner: Owner| Act::Send(Call::Fixture(Fixture::Delete(owner)).into());
    for told in told {
        match told {
            Told::Settle(settled, watch) => {
                let (full, names): (Vec<Text>, Vec<Text>) =
                    settled.into_iter().partition(|name| buckets.iter().any(|one| one.name == *name));
                acts.extend((!names.is_empty()).then_some(Act::Settle(names)));
                acts.extend(buckets.iter().filter(|one| full.contains(&one.name)).map(|one| Act::Fill(whole(one))));
                acts.extend(watch.then_some(Act::Watch));
            }
            Told::Together(count) => acts.push(Act::Note(format!(
                "The next {count} requests overlap in the case; here each waits for the answer to the one before."
            ))),
            Told::OwnerGone => {
                acts.extend(owners.drain(..).map(delete));
                acts.push(Act::Note("The case goes on once that is gone.".to_owned()));
            }
            Told::Send(step, expected) => {
                match &step.call {
                    Call::Copy(CopySnapshot { target: Some(name), .. })
                    | Call::Create(CreateSnapshot { name: Some(name), .. }) => {
                        let name = text(canonical(name));
                        if !made.contains(&name) && name != names.base && !name.trim().is_empty() {
                            made.push(name);
                        }
                    }
                    Call::Restore { cluster: Some(id), .. } => {
                        clusters.push(Owner { kind: OwnerKind::Cluster, id: id.clone() });
                    }
                    _ => {}
                }
                if step.dress.forged.is_some() || step.dress.content_type.is_some() {
                    acts.push(Act::Note("The next has a signature or media type of its own in the case.".to_owned()));
                }
                acts.push(Act::Show(*step, expected));
            }
        }
    }
    acts.extend(clusters.into_iter().map(delete));
    made.extend(has_base.then(|| names.base.clone()));
    let left = (!made.is_empty()).then_some(Act::Remove(made));
    let owners = owners.into_iter().map(delete);
    if case.owner_goes_after().is_some() {
        acts.extend(owners.chain(left));
    } else {
        acts.extend(left.into_iter().chain(owners));
    }
    for bucket in &buckets {
        if bucket.denies_caller() {
            acts.push(Act::Send(bucket.call(S3Action::DeletePolicy)));
        }
        let keys = objects.iter().filter(|(within, _)| *within == bucket.name).map(|(_, key)| text(key)).collect();
        acts.push(Act::Empty(whole(bucket), keys));
    }
    Ok(acts)
}

/// Makes what the case copies and takes snapshots of; returns the groups and clusters that have to go in the end, and
/// whether the base has to.
fn prepare(acts: &mut Vec<Act>, case: &Case, names: &Names, told: &[Told]) -> (Vec<Owner>, bool) {
    let build = case.build();
    let mut owners = Vec::new();
    let mut make = |acts: &mut Vec<Act>, owner: &Owner, build: Build| {
        let fixture = Fixture::make(owner.clone(), build);
        acts.extend([Act::Send(Call::Fixture(fixture).into()), Act::Await(owner.clone())]);
        owners.push(owner.clone());
    };
    acts.push(Act::Note("What the case copies, and what it takes snapshots of.".to_owned()));
    make(acts, &names.owner, build.clone());
    let mut of = names.owner.clone();
    if !told.iter().any(|told| is_about(told, &names.base)) {
        return (owners, false);
    }
    if case.owner_apart().is_some() {
        of = Owner { kind: OwnerKind::Group, id: text(format!("{PREFIX}of-base")) };
        make(acts, &of, Build::default());
    }
    // The service removes its own backup.
    if build.backups {
        let (base, id) = (&names.base, &of.id);
        let said =
            format!("`{base}` stands for the backup that the service makes of `{id}` by itself: put in its name.");
        acts.push(Act::Note(said));
    } else {
        let create = Call::Create(CreateSnapshot::of(&of, &names.base));
        acts.extend([Act::Send(create.into()), Act::Settle(vec![names.base.clone()])]);
    }
    (owners, !build.backups)
}

/// Returns the call that lists what is in a bucket.
fn whole(bucket: &Bucket) -> S3Call {
    let (name, region, account) = (bucket.name.clone(), bucket.region.clone(), bucket.account.clone());
    S3Call { bucket: name, region, account, action: S3Action::ListObjects { token: None } }
}

/// Returns the path of the bucket that a call is of, then those of the objects.
fn paths(call: &S3Call, keys: &[Text]) -> Vec<String> {
    let objects = keys.iter().map(|key| S3Call { action: S3Action::DeleteObject { key: key.clone() }, ..call.clone() });
    std::iter::once(call.clone()).chain(objects).map(|call| s3_message(&call).path).collect()
}

/// Tells whether a step names the snapshot, be it in an ARN, or asks for all of them.
fn is_about(told: &Told, name: &str) -> bool {
    match told {
        Told::Send(step, _) => {
            matches!(&step.call, Call::Describe(describe) if describe.name.is_none())
                || params(step).iter().any(|(_, value)| canonical(value).contains(name))
        }
        Told::Settle(names, _) => names.iter().any(|one| **one == *name),
        Told::Together(_) | Told::OwnerGone => false,
    }
}

impl Play<'_> {
    fn asks_s3(&self) -> bool {
        self.acts.iter().any(|act| match act {
            Act::Empty(..) | Act::Fill(_) => true,
            Act::Send(step) | Act::Show(step, _) => matches!(step.call, Call::S3(_)),
            _ => false,
        })
    }
}

impl Script<'_> {
    fn s3_url(&self) -> &str {
        self.s3_url.as_deref().unwrap_or(&self.url).trim_end_matches('/')
    }

    fn other_account(&self) -> &str {
        self.other_account.as_deref().unwrap_or(NOBODY_ELSE)
    }

    /// The region that is meant by another.
    fn elsewhere(&self) -> &str {
        self.other_region.as_deref().unwrap_or_else(|| other_region(&self.region))
    }

    /// The endpoint of another region.
    fn url_elsewhere(&self) -> String {
        self.url.replace(&self.region, self.elsewhere())
    }

    /// What the case is, line by line, for comments.
    fn about(&self) -> Vec<String> {
        let mut about: Vec<String> = self.case.purpose.lines().map(str::to_owned).collect();
        let catalogue = Catalogue::embedded().ok();
        for id in &self.case.clauses {
            let says = catalogue.and_then(|catalogue| catalogue.clause(*id)).map_or("", |clause| &clause.says);
            about.push(format!("{id}: {says}"));
        }
        if self.account.is_none() {
            about.push(format!("ARNs name the account {NOBODY}; `--account` gives another."));
        }
        about
    }

    fn seconds(&self) -> u64 {
        self.settle_limit.as_secs().max(1)
    }
}

/// Returns the parameters of a request, less the one that only makes it long, of which the length is returned.
fn parameters(step: &Step) -> (Vec<(String, String)>, Option<usize>) {
    let (long, short) = params(step).into_iter().partition::<Vec<_>, _>(|(key, _)| key == PADDING);
    (short, long.first().map(|(_, value)| value.len()))
}

/// Returns from where a request is sent that the script does not send as its own.
fn sender(step: &Step) -> Option<Elsewhere> {
    match &step.call {
        Call::S3(call) => sender_of_s3(call),
        _ => step.dress.from,
    }
}

fn sender_of_s3(call: &S3Call) -> Option<Elsewhere> {
    call.account.as_ref().map(|_| Elsewhere::Account)
}

#[cfg(test)]
mod tests;
