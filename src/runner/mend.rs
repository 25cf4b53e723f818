use super::lanes::{ANY_OWNER, NoBase, Worker};
use super::share::Shared;
use crate::execute::{Played, Stop};
use crate::model::Phase;
use crate::service::{Build, Call, Outcome, Reply, Status};

impl Worker {
    /// Lets it make so many bases from now on; one that was given, or is shared, is not made anew.
    pub(super) fn grant_bases(&mut self, bases: usize) {
        self.spare_bases = self.spare_bases.map(|_| bases);
    }

    /// Makes a new base in place of one that was spoilt; tells whether there is one in order.
    pub(super) async fn mend(&mut self, shared: &Shared, played: &Played) -> Result<bool, String> {
        let spoilt =
            !played.belief.is_in(&self.base.name, Phase::Available) || played.belief.is_suspect(&self.base.name);
        self.learn(played);
        if !played.quota && !spoilt {
            return Ok(true);
        }
        if let Some(left) = self.spare_bases.and_then(|spare| spare.checked_sub(1)) {
            self.spare_bases = Some(left);
            if !spoilt {
                return self.renew(shared).await;
            }
            self.discard_base(shared).await?;
            self.baseless = true;
            self.base_anew(shared).await?;
            self.baseless = false;
            return Ok(true);
        }
        self.look_again().await.map_err(|stop| stop.to_string())
    }

    /// Makes a base where there is none any more. What other lanes hold goes in the end, so that room for it is waited for as
    /// long as a target may take to settle.
    async fn base_anew(&mut self, shared: &Shared) -> Result<(), String> {
        let begun = self.lane.now();
        loop {
            match self.new_base(shared, ANY_OWNER, &Build::default()).await {
                Ok(()) => return Ok(()),
                Err(NoBase { full: true, .. })
                    if self.lane.now() - begun < self.lane.settle_limit && !self.lane.is_cancelled() =>
                {
                    self.lane.pause(self.lane.poll.1).await;
                }
                Err(none) => return Err(none.reason),
            }
        }
    }

    /// Makes a base in place of one that is in order and of which no more snapshots may be taken; where the target has room for
    /// no other, that one stays.
    async fn renew(&mut self, shared: &Shared) -> Result<bool, String> {
        let spent = self.base.clone();
        match self.new_base(shared, ANY_OWNER, &Build::default()).await {
            Ok(()) => {
                let fresh = std::mem::replace(&mut self.base, spent);
                self.discard_base(shared).await?;
                self.base = fresh;
            }
            Err(none) if self.lane.is_cancelled() => return Err(none.reason),
            Err(_) => {}
        }
        Ok(true)
    }

    /// Looks at a base in place of which none may be made until it is at rest; tells whether it comes to that. All that
    /// was known of it is forgotten.
    async fn look_again(&mut self) -> Result<bool, Stop> {
        let begun = self.lane.now();
        let name = self.base.name.clone();
        while self.lane.now() - begun < self.lane.settle_limit && !self.lane.is_cancelled() {
            let answer = self.lane.insist(&Call::describe(&name).into()).await?;
            let shown = match &answer.outcome {
                Outcome::Reply(Reply::Snapshots(page)) => {
                    page.snapshots.iter().find(|it| it.name.as_ref() == Some(&name))
                }
                _ => None,
            };
            if shown.is_some_and(|snapshot| snapshot.status == Some(Status::Available)) {
                let mut belief = self.belief.carry(&[]);
                belief.know_snapshot(&name);
                self.belief = belief;
                return Ok(true);
            }
            self.lane.pause(self.lane.poll.0).await;
        }
        Ok(false)
    }

    /// Takes over what is believed of the base, also where it is gone.
    pub(super) fn learn(&mut self, played: &Played) {
        self.belief = played.belief.carry(std::slice::from_ref(&self.base.name));
    }
}
