#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::time::Instant;

use jiff::Timestamp;

use super::*;
use crate::endpoint::{Endpoint, Settings};
use crate::ledger::RunId;
use crate::refserver::{Options, RefServer, Running};
use crate::service::{
    Call, CopySnapshot, CreateSnapshot, DescribeSnapshots, Fixture, Forgery, Outcome, Owner, OwnerKind, Reply,
    S3Action, S3Call, Step, Text,
};
use crate::sign::Credentials;
use crate::trace::outcome_line;

/// A virtual AWS without trouble, and who may call it.
struct Stand {
    server: Running,
    sessions: Sessions,
    endpoint: Endpoint,
}

impl Stand {
    fn new(change: impl FnOnce(&mut VirtualAws)) -> Self {
        let mut cloud = VirtualAws { rates: Rates::NONE, ..VirtualAws::scaled(1, 10_000.0) };
        cloud.lag = Duration::ZERO;
        change(&mut cloud);
        let sessions = cloud.sessions.clone();
        let server = RefServer::start(Options::of_aws(cloud)).unwrap();
        let settings = Settings { credentials: sessions.own.credentials.clone(), ..Settings::new(&*server.url) };
        Self { server, sessions, endpoint: Endpoint::new(settings).unwrap() }
    }

    async fn ask(&self, call: Call) -> Outcome {
        self.endpoint.call(&Step::from(call), Instant::now()).await.outcome
    }

    async fn code(&self, endpoint: &Endpoint, step: &Step) -> String {
        code(&endpoint.call(step, Instant::now()).await.outcome)
    }

    async fn report(&self) -> Value {
        let (_, body) = self.endpoint.get(REPORT).await.unwrap();
        serde_json::from_str(&body).unwrap()
    }

    async fn touched(&self) -> Vec<String> {
        let report = self.report().await;
        let touches = report.get("touched").and_then(Value::as_array).unwrap().clone();
        let word = |touch: &Value, key: &str| touch.get(key).unwrap().to_string().replace('"', "");
        touches
            .iter()
            .map(|touch| format!("{} {} {}", word(touch, "action"), word(touch, "name"), word(touch, "writes")))
            .collect()
    }
}

fn code(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Fault(fault) => fault.code.to_string(),
        Outcome::Reply(_) => "200".to_owned(),
        other => outcome_line(other),
    }
}

fn group(id: &str) -> Owner {
    Owner { kind: OwnerKind::Group, id: text(id) }
}

fn create(name: &str, group: &str) -> Call {
    Call::Create(CreateSnapshot { name: some(name), group: some(group), ..CreateSnapshot::default() })
}

fn some(word: &str) -> Option<Text> {
    Some(text(word))
}

/// Waits until what takes a few milliseconds is done.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}

#[test]
fn nothing_of_others_has_the_prefix_of_a_run() {
    for known in foreign() {
        assert_eq!(RunId::of_name(known.name), None, "{}", known.name);
    }
}

#[tokio::test]
async fn only_a_session_with_its_token_is_let_in() {
    let stand = Stand::new(|_| {});
    let list = Step::from(Call::Describe(DescribeSnapshots::default()));
    let with = |credentials: Credentials| stand.endpoint.with_credentials(credentials);
    let own = &stand.sessions.own.credentials;
    assert_eq!(stand.code(&stand.endpoint, &list).await, "200");
    let no_token = Credentials { session_token: None, ..own.clone() };
    let wrong_token = Credentials { session_token: Some("another".to_owned()), ..own.clone() };
    let account = Credentials::new("123456789012", "test");
    for credentials in [no_token, wrong_token, account, Credentials::new("test", "test")] {
        assert_eq!(stand.code(&with(credentials), &list).await, "InvalidClientTokenId");
    }
    let wrong_secret = Credentials { secret_key: "another".to_owned(), ..own.clone() };
    assert_eq!(stand.code(&with(wrong_secret), &list).await, "SignatureDoesNotMatch");
    let mut expired = list.clone();
    expired.dress.forged = Some(Forgery::Expired);
    assert_eq!(stand.code(&stand.endpoint, &expired).await, "RequestExpired");
    let mut unsigned = list.clone();
    unsigned.dress.unsigned = true;
    assert_eq!(stand.code(&stand.endpoint, &unsigned).await, "MissingAuthenticationToken");
    stand.server.stop();
}

#[tokio::test]
async fn each_session_has_an_account_of_its_own() {
    let stand = Stand::new(|_| {});
    let who = Step::from(Call::Fixture(Fixture::WhoAmI));
    for session in [&stand.sessions.own, &stand.sessions.other] {
        let endpoint = stand.endpoint.with_credentials(session.credentials.clone());
        let answer = endpoint.call(&who, Instant::now()).await;
        assert_eq!(answer.outcome, Outcome::Reply(Reply::Identity(text(session.account))));
    }
}

#[tokio::test]
async fn what_iam_denies_is_denied_and_nothing_else() {
    let stand = Stand::new(|cloud| cloud.denied = vec!["elasticache:copysnapshot".to_owned(), "PutObject".to_owned()]);
    let copy = CopySnapshot { source: some("a"), target: some("b"), ..CopySnapshot::default() };
    assert_eq!(code(&stand.ask(Call::Copy(copy)).await), "AccessDenied");
    assert_eq!(code(&stand.ask(Call::Delete { name: some("a") }).await), "SnapshotNotFoundFault");
    let s3 = |action| Call::S3(S3Call { bucket: text("csb"), region: text("us-east-1"), account: None, action });
    assert_eq!(code(&stand.ask(s3(S3Action::CreateBucket { acl: None })).await), "200");
    let put = S3Action::PutObject { key: text("a"), body: text("b") };
    assert_eq!(code(&stand.ask(s3(put)).await), "AccessDenied");
}

#[tokio::test]
async fn whoever_touches_what_is_not_its_own_is_written_down() {
    let stand = Stand::new(|_| {});
    let run = RunId::new(Timestamp::now(), 7);
    let name = |alias: &str| run.name(3, alias).unwrap();
    stand.ask(Call::Fixture(Fixture::Create(group(&name("g"))))).await;
    settle().await;
    assert_eq!(code(&stand.ask(create(&name("base"), &name("g"))).await), "200");
    let Outcome::Reply(Reply::Snapshots(all)) = stand.ask(Call::Describe(DescribeSnapshots::default())).await else {
        panic!("no list")
    };
    let planted = foreign().iter().filter(|known| known.kind == crate::ledger::ResourceKind::Snapshot).count();
    assert_eq!(all.snapshots.len(), planted + 1);
    assert_eq!(code(&stand.ask(Call::Delete { name: some("cs-never-made") }).await), "SnapshotNotFoundFault");
    assert!(stand.touched().await.is_empty(), "{:?}", stand.touched().await);

    stand.ask(Call::describe(&text("CS1-0-base"))).await;
    stand.ask(Call::Delete { name: some("cstn0vggabx-0-base") }).await;
    stand.ask(Call::Fixture(Fixture::Delete(group("prod-cache")))).await;
    settle().await;
    stand.ask(create("cs-mine", &name("g"))).await;
    let s3 = S3Call {
        bucket: text("prod-backups"),
        region: text("us-east-1"),
        account: None,
        action: S3Action::DeleteBucket,
    };
    assert_eq!(code(&stand.ask(Call::S3(s3)).await), "BucketNotEmpty");
    let wanted = [
        "elasticache:DescribeSnapshots CS1-0-base false",
        "elasticache:DeleteSnapshot cstn0vggabx-0-base true",
        "elasticache:DeleteReplicationGroup prod-cache true",
        "elasticache:CreateSnapshot cs-mine true",
        "s3:DeleteBucket prod-backups true",
    ];
    assert_eq!(stand.touched().await, wanted);
    let report = stand.report().await;
    let left = report.get("left").and_then(Value::as_array).unwrap();
    let names: Vec<&str> = left.iter().filter_map(|held| held.get("name")?.as_str()).collect();
    assert_eq!(names, ["cs-mine", &*name("base"), &*name("g")]);
}

#[tokio::test]
async fn a_node_has_a_quota() {
    let stand = Stand::new(|_| {});
    stand.ask(Call::Fixture(Fixture::Create(group("g")))).await;
    settle().await;
    for number in 0..VirtualAws::QUOTA {
        assert_eq!(code(&stand.ask(create(&format!("s{number}"), "g")).await), "200");
        settle().await;
    }
    assert_eq!(code(&stand.ask(create("one-more", "g")).await), "SnapshotQuotaExceededFault");
}

#[tokio::test]
async fn what_is_lost_on_the_way_is_done_or_not() {
    let stand = Stand::new(|cloud| cloud.rates = Rates { dropped: 0.5, errors: 0.5, ..Rates::NONE });
    let mut seen = BTreeMap::new();
    for number in 0..40 {
        let outcome = stand.ask(Call::Fixture(Fixture::Create(group(&format!("g{number}"))))).await;
        *seen.entry(outcome_line(&outcome).chars().take(12).collect::<String>()).or_insert(0) += 1;
    }
    let made = stand.report().await.get("left").and_then(Value::as_array).unwrap().len();
    assert!((5..35).contains(&made), "{made}");
    assert_eq!(seen.len(), 2, "{seen:?}");
}

#[test]
fn trouble_is_as_frequent_as_asked_and_comes_in_bursts() {
    let rates = Rates { throttled: 0.2, errors: 0.02, dropped: 0.05, failed_copies: 0.0 };
    let all: Vec<Option<Ill>> = {
        let mut trouble = Trouble::new(7, rates);
        (0..20_000).map(|_| trouble.next()).collect()
    };
    let share = |word: &str| all.iter().flatten().filter(|ill| ill.word() == word).count() as f64 / all.len() as f64;
    for (word, wanted) in [("throttled", 0.2), ("errors", 0.8 * 0.02), ("dropped", 0.8 * 0.05)] {
        assert!((share(word) / wanted - 1.0).abs() < 0.15, "{word}: {}", share(word));
    }
    let begun = all
        .iter()
        .zip(all.iter().skip(1))
        .filter(|pair| matches!(pair, (before, Some(Ill::Throttled)) if **before != Some(Ill::Throttled)));
    let length = share("throttled") * all.len() as f64 / begun.count() as f64;
    assert!((2.5..3.5).contains(&length), "{length}");
    let mut again = Trouble::new(7, rates);
    assert!(all.iter().all(|ill| *ill == again.next()), "the same seed, another day");
}

#[test]
fn things_take_as_long_as_on_aws_divided_by_the_scale() {
    let cloud = VirtualAws::scaled(3, 100.0);
    let mut timing = Timing::new(&cloud);
    for _ in 0..1000 {
        let freedom = timing.freedom();
        assert!((300..=900).contains(&freedom.takes.as_millis()), "{:?}", freedom.takes);
        assert!(freedom.listed_after <= Duration::from_millis(30) && freedom.named_after <= freedom.takes);
    }
}
