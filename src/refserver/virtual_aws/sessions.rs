use ring::rand::{SecureRandom as _, SystemRandom};

use crate::refserver::ACCOUNT;
use crate::sign::Credentials;

/// An account of somebody else.
const OTHER: &str = "210987654321";

const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ANY: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Credentials as STS gives them to one who assumes a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The account, 12 digits.
    pub account: &'static str,
    /// What its requests are signed with; there is a token.
    pub credentials: Credentials,
}

/// A session in the account that is tested, and one in another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sessions {
    /// In the account that is tested.
    pub own: Session,
    /// In another.
    pub other: Session,
}

impl Sessions {
    /// Returns new ones, which nobody else has.
    #[must_use]
    pub fn new() -> Self {
        let session = |account| Session {
            account,
            credentials: Credentials {
                access_key: format!("ASIA{}", drawn(UPPER, 16)),
                secret_key: drawn(ANY, 40),
                session_token: Some(format!("IQoJb3JpZ2lu{}", drawn(ANY, 260))),
            },
        };
        Self { own: session(ACCOUNT), other: session(OTHER) }
    }

    /// Returns the session that an access key belongs to.
    #[must_use]
    pub fn of(&self, access_key: &str) -> Option<&Session> {
        [&self.own, &self.other].into_iter().find(|session| session.credentials.access_key == access_key)
    }

    /// Returns them as a file of AWS's shared credentials; the other account has a profile of its own.
    #[must_use]
    pub fn file(&self) -> String {
        let profile = |name: &str, session: &Session| {
            let Session { account, credentials: Credentials { access_key, secret_key, session_token } } = session;
            let token = session_token.as_deref().unwrap_or_default();
            format!(
                "[{name}]\n# of account {account}\naws_access_key_id = {access_key}\naws_secret_access_key = {secret_key}\n\
                 aws_session_token = {token}\n"
            )
        };
        format!("{}\n{}", profile("default", &self.own), profile("other-account", &self.other))
    }
}

impl Default for Sessions {
    fn default() -> Self {
        Self::new()
    }
}

fn drawn(alphabet: &[u8], length: usize) -> String {
    let mut bytes = vec![0; length];
    // Where the system gives no chance there is none: nobody else is on the loopback interface to guess.
    let _ = SystemRandom::new().fill(&mut bytes);
    let letters = bytes.iter().filter_map(|byte| alphabet.get(usize::from(*byte) % alphabet.len()));
    letters.map(|letter| char::from(*letter)).collect()
}
