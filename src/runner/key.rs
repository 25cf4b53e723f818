use super::lanes::Worker;
use super::share::Shared;
use crate::case::{Case, Need, Parameter};
use crate::execute::refusal_of_key;
use crate::record::CaseState;
use crate::service::{Operation, text};
use crate::spec::id;

impl Worker {
    /// Says why a case is not played that sends the KMS key which is declared, where the target refuses that; `None` where it
    /// takes it. What is about the key first of all is played, and says so.
    pub(super) async fn without_key(&self, shared: &Shared, case: &Case) -> Result<Option<CaseState>, String> {
        let about_key = matches!(case.clauses.first(), Some(&(id::COPY_KEY_GIVEN | id::CREATE_KEY_GIVEN)));
        if shared.support.key_doubted.is_empty() || about_key || !case.needs.contains(&Need::KmsKey) {
            return Ok(None);
        }
        let refuse = shared.refuse_key.get_or_try_init(|| self.try_key(shared)).await?;
        let sends = |operation: Operation| {
            case.asks()
                .filter(|ask| ask.operation == operation)
                .any(|ask| ask.with.iter().any(|(parameter, _)| *parameter == Parameter::KmsKeyId))
        };
        let refused = refuse.iter().find(|(operation, _)| sends(*operation));
        Ok(refused.map(|(operation, answer)| CaseState::NotRun {
            reason: format!("the KMS key that is declared is refused by {}: {answer}", operation.name()),
        }))
    }

    /// Asks for a snapshot with the key by each operation that may refuse it.
    async fn try_key(&self, shared: &Shared) -> Result<Vec<(Operation, String)>, String> {
        let key = text(shared.plan.target.kms_key.as_deref().unwrap_or_default());
        let mut refuse = Vec::new();
        for operation in &shared.support.key_doubted {
            let name = text(format!("{}key", shared.prefix(shared.next_number())));
            let refused = refusal_of_key(&self.lane, *operation, &self.base, &name, &key).await;
            if let Some(answer) = refused.map_err(|stop| stop.to_string())? {
                refuse.push((*operation, answer));
            }
        }
        Ok(refuse)
    }
}
