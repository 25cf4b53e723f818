use std::collections::BTreeSet;
use std::sync::OnceLock;

use libtest_mimic::{Failed, Trial};

use super::none;
use crate::case::{Ask, Case, Cases, Need, Parameter, Place, Rehearsed, pair_of};
use crate::service::{Elsewhere, Operation};
use crate::spec::ClauseId;

/// Returns a trial a case: it is written as it is rendered, goes as its author expects, and says what it needs.
pub(super) fn trials() -> Vec<Trial> {
    let cases = Cases::builtin().into_iter().flat_map(Cases::iter);
    cases.map(|case| super::case::of(case, "model", "goes as its author expects", move || check(case))).collect()
}

/// Returns a case's area and name.
pub(super) fn area_and_name(case: &Case) -> (&str, &str) {
    case.path.split_once('/').unwrap_or(("case", &case.path))
}

fn check(case: &Case) -> Result<(), Failed> {
    let seen = case.rehearse();
    let mut wrong = seen.mistakes.clone();
    if pair_of(&case.path).is_none() && Cases::text(&case.path) != Some(case.render().as_str()) {
        wrong.push(format!("cases/{}.toml is not written as it is rendered:\n{}", case.path, case.render()));
    }
    let needs = needs(case, &seen);
    if needs != case.needs.iter().copied().collect() {
        let needs: Vec<String> = needs.iter().map(|need| format!("{:?}", need.to_string())).collect();
        wrong.push(format!("{}: needs = [{}]", case.path, needs.join(", ")));
    }
    let answers = of_answers();
    let unprovoked = case.clauses.iter().filter(|clause| answers.contains(clause) && !seen.provoked.contains(clause));
    wrong.extend(unprovoked.map(|clause| format!("{}: no step provokes {clause}", case.path)));
    none(&wrong)
}

/// Returns the clauses on which predictions of answers rest; the others are about effects and forms.
fn of_answers() -> &'static BTreeSet<ClauseId> {
    static ANSWERS: OnceLock<BTreeSet<ClauseId>> = OnceLock::new();
    ANSWERS.get_or_init(|| {
        Cases::builtin().into_iter().flat_map(Cases::iter).flat_map(|case| case.rehearse().provoked).collect()
    })
}

fn needs(case: &Case, seen: &Rehearsed) -> BTreeSet<Need> {
    let tags = |ask: &Ask| {
        ask.value(Parameter::Tags).is_some() || Parameter::of(ask.operation).contains(&Parameter::ResourceName)
    };
    let mut needs: BTreeSet<Need> = BTreeSet::new();
    needs.extend((seen.copies > 0).then_some(Need::Copies(seen.copies)));
    needs.extend((seen.creates > 0).then_some(Need::Creates(seen.creates)));
    needs.extend(case.asks().any(tags).then_some(Need::Tags));
    needs.extend(case.asks().any(|ask| ask.value(Parameter::KmsKeyId).is_some()).then_some(Need::KmsKey));
    needs.extend(case.asks().any(|ask| !ask.dress.is_signed()).then_some(Need::Signatures));
    let from = |place| case.asks().any(|ask| ask.dress.from == Some(place));
    needs.extend(from(Elsewhere::Account).then_some(Need::OtherAccount));
    needs.extend(from(Elsewhere::Region).then_some(Need::OtherRegion));
    let restores = case.count(Operation::CreateCacheCluster) > 0;
    needs.extend(restores.then_some(Need::Restores));
    needs.extend(case.exports().then_some(Need::Bucket));
    let foreign = case.buckets().iter().any(|(_, kind)| kind.place == Place::Foreign);
    needs.extend(foreign.then_some(Need::OtherAccount));
    // Of what kind the owner must be, the steps do not show.
    let of_owner = |need: &&Need| {
        matches!(
            need,
            Need::Cluster
                | Need::OwnerGone(_)
                | Need::Shards(_)
                | Need::Valkey
                | Need::Tiering
                | Need::OwnerTags
                | Need::At(_)
                | Need::Memcached
                | Need::Automatic
                | Need::Quota
        )
    };
    needs.extend(case.needs.iter().filter(of_owner));
    needs
}
