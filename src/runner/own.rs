use super::lanes::{ANY_OWNER, Worker};
use super::share::Shared;
use crate::case::{Case, Need};
use crate::execute::{
    FixtureError, automatic_of, change_tags, make_owner, remove, remove_owner, remove_snapshot, tags_of_owner,
};
use crate::record::CaseState;
use crate::service::{Build, Elsewhere, Member, Owner, OwnerKind, TagArg, text};

/// What a case has made for itself alone.
pub(super) struct Own {
    kinds: &'static [OwnerKind],
    pub(super) build: Build,
    /// From where the case is played, where that is not the run's own account and region.
    pub(super) place: Option<Elsewhere>,
    /// Whether the base stays what it is, and only what the case takes snapshots of is its own.
    pub(super) apart: bool,
    /// Whether one that the lane has already will not do.
    fresh: bool,
}

impl Own {
    /// Returns what the case needs; `None` where any base will do.
    pub(super) fn of(case: &Case) -> Option<Self> {
        let place = case.place();
        let (kinds, build, apart) = (case.owner_kinds(), case.build(), case.owner_apart().is_some());
        let own = Self { kinds, build, place, apart, fresh: false };
        if case.wants(Need::Quota) {
            return Some(Self { fresh: true, ..own });
        }
        if case.owner_goes_after().is_some() {
            let kinds = if case.wants(Need::Cluster) { own.kinds } else { ANY_OWNER };
            return Some(Self { kinds, fresh: true, ..own });
        }
        (case.wants(Need::Cluster) || place.is_some() || !own.is_plain()).then_some(own)
    }

    fn is_plain(&self) -> bool {
        self.build == Build::default()
    }
}

impl Worker {
    /// Plays a case on a base of its own, made for it.
    pub(super) async fn of_own(&mut self, shared: &Shared, case: &Case, own: &Own) -> Result<bool, String> {
        let fits = self.base.owner.as_ref().is_some_and(|owner| own.kinds == [owner.kind]);
        if fits && own.is_plain() && !own.fresh {
            return self.case(shared, case, None).await;
        }
        let (base, belief) = (self.base.clone(), self.belief.clone());
        // It stands in the place of none that was spoilt.
        self.most_bases += 1;
        let made = self.new_base(shared, own.kinds, &own.build).await;
        let ended = match made {
            Ok(()) => {
                let taken = self.base.name.clone();
                let ended = match self.fit(shared, own).await? {
                    None => self.case(shared, case, None).await,
                    Some(state) => self.begin(case, shared.next_number(), state).map(|()| false),
                };
                if self.base.name != taken {
                    remove_snapshot(&self.lane, &taken).await.map_err(|stop| stop.to_string())?;
                }
                self.discard_base(shared).await?;
                ended
            }
            // What one target declares to have, and others need not have.
            Err(reason) if own.is_plain() => {
                self.begin(case, shared.next_number(), CaseState::NotRun { reason })?;
                Ok(false)
            }
            Err(reason) => {
                self.begin(case, shared.next_number(), CaseState::NotApplicable { reason })?;
                Ok(false)
            }
        };
        (self.base, self.belief) = (base, belief);
        ended
    }

    /// Sees that the base is as it was to be; says what the case is where it is not.
    async fn fit(&mut self, shared: &Shared, own: &Own) -> Result<Option<CaseState>, String> {
        let lacks = |reason: String| Ok(Some(CaseState::NotApplicable { reason }));
        let name = self.base.name.clone();
        if let Some(shards) = own.build.shards {
            let shown = self.belief.shown(&name, Member::NumNodeGroups).map(|shown| shown.to_string());
            let several = usize::try_from(shards).is_ok_and(|shards| self.belief.nodes(&name) == shards);
            if !several && shown != Some(shards.to_string()) {
                return lacks(format!("of a group of {shards} shards was asked, and its snapshot shows none"));
            }
            self.belief.know_shards(&name, shards);
        }
        if let Some(engine) = &own.build.engine
            && self.belief.shown(&name, Member::Engine) != Some(engine)
        {
            return lacks(format!("a group of {engine} was asked for, and its snapshot shows another engine"));
        }
        if let (true, Some(owner)) = (own.build.backups, &self.base.owner) {
            let limit = shared.plan.target.automatic_backups_within().unwrap_or_default();
            let found = automatic_of(&self.lane, owner, limit).await.map_err(|stop| stop.to_string())?;
            let Some(found) = found else { return lacks("no automatic backup came in time".to_owned()) };
            self.belief.know_automatic(&found);
            self.base.name = found;
        }
        Ok(None)
    }

    /// Plays a case from another account or region, on a base that is made there and removed again.
    pub(super) async fn play_elsewhere(&self, shared: &Shared, case: &Case, place: Elsewhere) -> Result<bool, String> {
        let target = &shared.plan.target;
        let mut lane = self.lane.clone();
        let there = lane.elsewhere.iter().find(|(known, _)| *known == place);
        lane.endpoint = there.ok_or("nothing is declared there")?.1.clone();
        lane.elsewhere.clear();
        let account = match place {
            Elsewhere::Account => target.other_account.as_deref().map(text),
            Elsewhere::Region => {
                lane.region = target.other_region.as_deref().map(text).unwrap_or_default();
                shared.account.clone()
            }
        };
        let mut worker = Self::bare(shared, lane, account);
        let ended = match worker.new_base(shared, ANY_OWNER, &Build::default()).await {
            Ok(()) => worker.case(shared, case, None).await,
            Err(reason) => {
                worker.begin(case, shared.next_number(), CaseState::NotApplicable { reason }).map(|()| false)
            }
        };
        // From where the others are, none of it is seen, nor removed.
        let prefix = shared.prefix(worker.number);
        for resource in worker.lane.ledger.open_resources() {
            if resource.name.starts_with(&*prefix) {
                remove(&worker.lane, &resource).await.map_err(|stop| stop.to_string())?;
            }
        }
        ended
    }

    /// Plays a case that asks for snapshots of a cluster or group of its own; the base stays.
    pub(super) async fn of_another(&mut self, shared: &Shared, case: &Case, own: &Own) -> Result<bool, String> {
        let number = shared.next_number();
        let owner = match self.make_another(&shared.prefix(number), own).await {
            Ok(owner) => owner,
            Err(FixtureError::Stop(stop)) => return Err(stop.to_string()),
            Err(error) => {
                self.begin(case, number, CaseState::NotApplicable { reason: error.to_string() })?;
                return Ok(false);
            }
        };
        let ended = self.case(shared, case, Some(&owner)).await;
        remove_owner(&self.lane, &owner).await.map_err(|stop| stop.to_string())?;
        ended
    }

    /// Makes the cluster or group that a case takes snapshots of.
    ///
    /// Its tags are those that it has as a snapshot is taken: it is made with others, which are changed, where the target
    /// can change them.
    async fn make_another(&self, prefix: &str, own: &Own) -> Result<Owner, FixtureError> {
        let Some(tags) = &own.build.tags else {
            return Ok(make_owner(&self.lane, prefix, "", (own.kinds, &own.build)).await?.0);
        };
        let first = Build { tags: Some(first_tags()), ..own.build.clone() };
        match make_owner(&self.lane, prefix, "", (own.kinds, &first)).await {
            Ok((owner, _)) if change_tags(&self.lane, &owner, &first_tags(), tags).await? => return Ok(owner),
            Ok((owner, _)) => {
                remove_owner(&self.lane, &owner).await?;
            }
            Err(stop @ FixtureError::Stop(_)) => return Err(stop),
            Err(_) => {}
        }
        let (owner, _) = make_owner(&self.lane, prefix, "t", (own.kinds, &own.build)).await?;
        if tags_of_owner(&self.lane, &owner).await?.as_ref() == Some(tags) {
            return Ok(owner);
        }
        remove_owner(&self.lane, &owner).await?;
        Err(FixtureError::Untagged)
    }
}

/// Returns the tags that a cluster or group is made with that is to have others: one is overwritten, one is removed.
fn first_tags() -> Vec<TagArg> {
    let tag = |key: &str, value: &str| TagArg { key: Some(text(key)), value: Some(text(value)) };
    vec![tag("of", "nobody"), tag("once", "1")]
}
