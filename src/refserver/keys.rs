use super::virtual_aws::Sessions;
use crate::service::{Text, text};
use crate::sign::Credentials;

/// The account of callers whose access key is none, as emulators have it.
pub const ACCOUNT: &str = "123456789012";
/// The secret of every access key.
const SECRET: &str = "test";

/// Who may call.
#[derive(Clone, Debug)]
pub(super) enum Keys {
    /// Anybody: an access key of 12 digits is the account, and every key has the same secret.
    Anybodys,
    /// Whoever has one of the sessions.
    Of(Sessions),
}

impl Keys {
    /// Returns the account that an access key belongs to.
    pub(super) fn account(&self, access_key: Option<&str>) -> Text {
        match (self, access_key) {
            (Self::Of(sessions), Some(key)) => text(sessions.of(key).map_or(ACCOUNT, |session| session.account)),
            (Self::Anybodys, Some(key)) if key.len() == 12 && key.bytes().all(|byte| byte.is_ascii_digit()) => {
                text(key)
            }
            _ => text(ACCOUNT),
        }
    }

    /// Returns what the access key has to sign with; `None` for one that is nobody's.
    pub(super) fn credentials(&self, access_key: &str) -> Option<Credentials> {
        match self {
            // Whoever calls has the secret, but for keys in the form of AWS's own: those are nobody's here.
            Self::Anybodys => (!access_key.starts_with("AKIA")).then(|| Credentials::new(access_key, SECRET)),
            Self::Of(sessions) => sessions.of(access_key).map(|session| session.credentials.clone()),
        }
    }
}
