use super::lanes::{ANY_OWNER, NoBase, Worker};
use super::share::Shared;
use crate::case::{Case, Names, Need};
use crate::execute::{
    Base, FixtureError, automatic_of, change_tags, make_owner, remove, remove_owner, remove_snapshot, tags_of_owner,
};
use crate::oracle::Belief;
use crate::record::CaseState;
use crate::service::{Build, Elsewhere, Member, Owner, OwnerKind, TagArg, Text, owner_tags, text};

/// What a case or a sequence has made for itself alone.
struct Own {
    kinds: &'static [OwnerKind],
    build: Build,
    /// Whether the base stays what it is, and only what it takes snapshots of is its own.
    apart: bool,
    /// Whether one that the lane has already will not do.
    fresh: bool,
}

/// What a case has of its own.
#[derive(Clone, Debug, Default)]
pub(super) struct Special {
    /// What it takes snapshots of, and why that is another than the base's.
    owner: Option<(Owner, Need)>,
    pub(super) over_quota: bool,
    /// The number under which it was played, where others may have spent the quota that it goes over.
    pub(super) crowded: Option<usize>,
    pub(super) owner_goes: Option<usize>,
}

impl Special {
    /// Returns what a case has; `owner` is what it asks for snapshots of in place of what the base was taken of.
    fn of(case: &Case, owner: Option<&Owner>) -> Self {
        Self {
            owner: owner.cloned().zip(case.owner_apart()),
            over_quota: case.needs.contains(&Need::Quota),
            crowded: None,
            owner_goes: case.owner_goes_after(),
        }
    }
}

/// What steps are played on.
pub(super) enum Ground {
    /// What the lane has.
    Shared,
    /// A base of their own.
    Own {
        /// The snapshot that was taken for it, which need not be the base.
        taken: Text,
        /// What the lane had.
        before: Box<(Base, Belief)>,
    },
    /// What they take snapshots of is their own.
    Apart(Owner),
    /// Another account or region, from which they are played by a lane of its own.
    Elsewhere {
        /// The lane that waits here.
        before: Box<Worker>,
    },
}

impl Ground {
    /// Tells whether the lane has its own base back once it is left, whatever became of this one.
    pub(super) const fn is_own(&self) -> bool {
        matches!(self, Self::Own { .. } | Self::Elsewhere { .. })
    }
}

impl Own {
    /// Returns what the case needs; `None` where any base will do.
    fn of(case: &Case) -> Option<Self> {
        let (kinds, build, apart) = (case.owner_kinds(), case.build(), case.owner_apart().is_some());
        let own = Self { kinds, build, apart, fresh: false };
        if case.wants(Need::Quota) {
            return Some(Self { fresh: true, ..own });
        }
        if case.owner_goes_after().is_some() {
            let kinds = if case.wants(Need::Cluster) { own.kinds } else { ANY_OWNER };
            return Some(Self { kinds, fresh: true, ..own });
        }
        (case.wants(Need::Cluster) || !own.is_plain()).then_some(own)
    }

    fn is_plain(&self) -> bool {
        self.build == Build::default()
    }
}

impl Worker {
    /// Makes what the case needs for itself alone, which [`leave`](Self::leave) removes again; what the case is where
    /// that can't be made.
    pub(super) async fn enter(&mut self, shared: &Shared, case: &Case) -> Result<Result<Ground, CaseState>, String> {
        if let Some(state) = self.without_key(shared, case).await? {
            return Ok(Err(state));
        }
        let ground = match (case.place(), Own::of(case)) {
            (Some(place), _) => self.enter_elsewhere(shared, place).await?,
            (None, None) => Ok(Ground::Shared),
            (None, Some(own)) if own.apart => self.enter_apart(shared, &own).await?,
            (None, Some(own)) => self.enter_own(shared, &own).await?,
        };
        if let Ok(ground) = &ground {
            self.special = Special::of(case, if let Ground::Apart(owner) = ground { Some(owner) } else { None });
        }
        Ok(ground)
    }

    /// Removes what was made for a case alone.
    pub(super) async fn leave(&mut self, shared: &Shared, ground: Ground) -> Result<(), String> {
        self.special = Special::default();
        match ground {
            Ground::Shared => Ok(()),
            Ground::Own { taken, before } => {
                if self.base.name != taken {
                    remove_snapshot(&self.lane, &taken).await.map_err(|stop| stop.to_string())?;
                }
                self.discard_base(shared).await?;
                (self.base, self.belief) = *before;
                Ok(())
            }
            Ground::Apart(owner) => remove_owner(&self.lane, &owner).await.map(drop).map_err(|stop| stop.to_string()),
            Ground::Elsewhere { before } => {
                let cleared = self.clear(shared).await;
                *self = *before;
                cleared
            }
        }
    }

    /// Returns what is known as steps begin under the prefix, and how names are written in them.
    pub(super) fn beginning(&self, prefix: &Text) -> (Belief, Names) {
        let mut belief = self.belief.clone();
        belief.set_prefix(prefix.clone());
        if let Some((owner, need)) = &self.special.owner {
            match need {
                Need::Memcached => belief.know_barren(owner.clone()),
                Need::OwnerTags => belief.know_tagged(owner.clone(), owner_tags().to_vec()),
                _ => belief.know_tiering(owner.clone()),
            }
        }
        if self.special.over_quota {
            belief.know_quota();
        }
        (belief, self.own_names(prefix))
    }

    /// Returns how names are written in steps under the prefix, in which the owner is the case's own.
    pub(super) fn own_names(&self, prefix: &Text) -> Names {
        let names = self.names(prefix, &self.base);
        match &self.special.owner {
            Some((owner, _)) => Names { owner: owner.clone(), ..names },
            None => names,
        }
    }

    async fn enter_own(&mut self, shared: &Shared, own: &Own) -> Result<Result<Ground, CaseState>, String> {
        let fits = self.base.owner.as_ref().is_some_and(|owner| own.kinds == [owner.kind]);
        if fits && own.is_plain() && !own.fresh {
            return Ok(Ok(Ground::Shared));
        }
        let before = Box::new((self.base.clone(), self.belief.clone()));
        match self.new_base(shared, own.kinds, &own.build).await {
            Ok(()) => {
                let ground = Ground::Own { taken: self.base.name.clone(), before };
                let Some(reason) = self.unfit(shared, own).await? else { return Ok(Ok(ground)) };
                self.leave(shared, ground).await?;
                Ok(Err(CaseState::NotApplicable { reason }))
            }
            Err(NoBase { reason, .. }) => {
                (self.base, self.belief) = *before;
                // What one target declares to have, others need not have.
                Ok(Err(match own.is_plain() {
                    true => CaseState::NotRun { reason },
                    false => CaseState::NotApplicable { reason },
                }))
            }
        }
    }

    /// Sees that the base is as it was to be; says why where it is not.
    async fn unfit(&mut self, shared: &Shared, own: &Own) -> Result<Option<String>, String> {
        let lacks = |reason: String| Ok(Some(reason));
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
            self.belief.know_automatic(&found, self.lane.now());
            self.base.name = found;
        }
        Ok(None)
    }

    /// Goes to another account or region, where a base is made.
    async fn enter_elsewhere(
        &mut self,
        shared: &Shared,
        place: Elsewhere,
    ) -> Result<Result<Ground, CaseState>, String> {
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
        match worker.new_base(shared, ANY_OWNER, &Build::default()).await {
            Ok(()) => {
                let before = Box::new(std::mem::replace(self, worker));
                Ok(Ok(Ground::Elsewhere { before }))
            }
            Err(NoBase { reason, .. }) => {
                worker.clear(shared).await?;
                Ok(Err(CaseState::NotApplicable { reason }))
            }
        }
    }

    /// Removes what the lane has made for itself: from where the others are, none of it is seen, nor removed.
    async fn clear(&self, shared: &Shared) -> Result<(), String> {
        let prefix = shared.prefix(self.number);
        for resource in self.lane.ledger.open_resources() {
            if resource.name.starts_with(&*prefix) {
                remove(&self.lane, &resource).await.map_err(|stop| stop.to_string())?;
            }
        }
        Ok(())
    }

    async fn enter_apart(&self, shared: &Shared, own: &Own) -> Result<Result<Ground, CaseState>, String> {
        match self.make_another(&shared.prefix(shared.next_number()), own).await {
            Ok(owner) => Ok(Ok(Ground::Apart(owner))),
            Err(FixtureError::Stop(stop)) => Err(stop.to_string()),
            Err(error) => Ok(Err(CaseState::NotApplicable { reason: error.to_string() })),
        }
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
