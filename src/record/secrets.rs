use std::collections::BTreeMap;

use memchr::memmem;

use crate::sign::Credentials;
use crate::wire::form_encode;

/// Accounts that are nobody's: AWS's documentation and emulators use them, or the reference endpoint, cases and sequences do.
const NOBODYS: &[&str] =
    &["000000000000", "123456789012", "210987654321", "111122223333", "999988887777", "999999999999"];
/// With what the stand-ins of accounts begin.
pub(super) const STAND_IN: &str = "9999";
/// A word that is shorter is no key, and stands in a log for other reasons.
const SHORTEST: usize = 12;
/// How many accounts are told apart; a target that names more makes them up.
const MOST_ACCOUNTS: usize = 64;
/// How far into an ARN the account begins at most.
const FAR: usize = 80;

/// What nobody is to read in a log: keys, session tokens, signatures, and accounts that are somebody's. A target may
/// repeat in an answer whatever it was sent.
///
/// An account has a stand-in of twelve digits, the same one wherever it stands, so that the log can still be judged.
#[derive(Debug, Default)]
pub struct Secrets {
    /// What is found, and what is written for it.
    stand_ins: Vec<(String, String)>,
    accounts: BTreeMap<String, String>,
}

impl Secrets {
    /// Returns what these credentials and accounts keep secret.
    #[must_use]
    pub fn of(credentials: &Credentials, accounts: &[&str]) -> Self {
        let mut secrets = Self::default();
        let token = credentials.session_token.as_deref().unwrap_or_default();
        // An emulator's access key may be an account; where it is, it has an account's stand-in.
        for account in accounts.iter().chain([&credentials.access_key.as_str()]) {
            secrets.account(account);
        }
        for (word, shown) in [
            (credentials.access_key.as_str(), "access-key"),
            (credentials.secret_key.as_str(), "secret-key"),
            (token, "session-token"),
        ] {
            if word.len() >= SHORTEST && !is_account(word) {
                let mut spellings = vec![word.to_owned(), in_json(word), in_url(word), in_hex(word)];
                spellings.dedup();
                secrets.stand_ins.extend(spellings.into_iter().map(|spelling| (spelling, shown.to_owned())));
            }
        }
        secrets
    }

    /// Returns the line of a log with stand-ins for what is secret.
    pub(super) fn hidden(&mut self, line: Vec<u8>) -> Vec<u8> {
        self.learn(&line);
        let mut line = line;
        for (word, shown) in &self.stand_ins {
            if memmem::find(&line, word.as_bytes()).is_some() {
                line = replaced(&line, word.as_bytes(), shown.as_bytes());
            }
        }
        without_signatures(line)
    }

    /// Gives the accounts in the ARNs of the line their stand-ins.
    fn learn(&mut self, line: &[u8]) {
        for start in memmem::find_iter(line, b"arn:aws") {
            let arn = line.get(start..).unwrap_or_default();
            let mut fields = arn.get(..FAR.min(arn.len())).unwrap_or_default().split(|byte| *byte == b':').skip(4);
            // The last field of what was cut may be half a field.
            if let (Some(account), Some(_)) = (fields.next(), fields.next())
                && let Ok(account) = std::str::from_utf8(account)
                && self.accounts.len() < MOST_ACCOUNTS
            {
                self.account(account);
            }
        }
    }

    fn account(&mut self, account: &str) {
        let known = self.accounts.contains_key(account) || self.accounts.values().any(|shown| shown == account);
        if !is_account(account) || NOBODYS.contains(&account) || known {
            return;
        }
        let shown = format!("{STAND_IN}{:08}", self.accounts.len() + 1);
        self.stand_ins.push((account.to_owned(), shown.clone()));
        self.stand_ins.push((in_hex(account), in_hex(&shown)));
        self.accounts.insert(account.to_owned(), shown);
    }
}

fn is_account(word: &str) -> bool {
    word.len() == 12 && word.bytes().all(|byte| byte.is_ascii_digit())
}

fn in_json(word: &str) -> String {
    let quoted = serde_json::Value::from(word).to_string();
    quoted.trim_matches('"').to_owned()
}

fn in_url(word: &str) -> String {
    form_encode(&[(String::new(), word.to_owned())]).trim_start_matches('=').to_owned()
}

fn in_hex(word: &str) -> String {
    word.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn replaced(text: &[u8], word: &[u8], shown: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut from = 0;
    for at in memmem::find_iter(text, word) {
        out.extend_from_slice(text.get(from..at).unwrap_or_default());
        out.extend_from_slice(shown);
        from = at + word.len();
    }
    out.extend_from_slice(text.get(from..).unwrap_or_default());
    out
}

/// Puts a word in the place of the 64 hexadecimal digits of each signature.
fn without_signatures(mut line: Vec<u8>) -> Vec<u8> {
    const LENGTH: usize = 64;
    for mark in ["Signature=", "Signature%3D"] {
        let is_one = |at: &usize| {
            let digits = line.get(at + mark.len()..at + mark.len() + LENGTH);
            digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        };
        let found: Vec<usize> = memmem::find_iter(&line, mark).filter(is_one).collect();
        for at in found.into_iter().rev() {
            let start = at + mark.len();
            line.splice(start..start + LENGTH, *b"hidden");
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(secrets: &mut Secrets, line: &str) -> String {
        String::from_utf8_lossy(&secrets.hidden(line.as_bytes().to_vec())).into_owned()
    }

    fn planted() -> Secrets {
        let session_token = Some("IQoJb3JpZ2luX2VjEtoken//////////wEaCXVzLWVhc3Q=".to_owned());
        let credentials =
            Credentials { session_token, ..Credentials::new("ASIAPLANTEDPLANTED00", "pl/an+ted\"secret00key") };
        Secrets::of(&credentials, &["314159265358"])
    }

    #[test]
    fn keys_are_hidden_however_they_are_spelt() {
        let mut secrets = planted();
        for (line, shown) in [
            ("Credential=ASIAPLANTEDPLANTED00/20261126", "Credential=access-key/20261126"),
            ("{\"body\":\"pl/an+ted\\\"secret00key\"}", "{\"body\":\"secret-key\"}"),
            ("k=pl%2Fan%2Bted%22secret00key&", "k=secret-key&"),
            ("00706c2f616e2b7465642273656372657430306b6579ff", "00secret-keyff"),
            (
                "X-Amz-Security-Token=IQoJb3JpZ2luX2VjEtoken%2F%2F%2F%2F%2F%2F%2F%2F%2F%2FwEaCXVzLWVhc3Q%3D",
                "X-Amz-Security-Token=session-token",
            ),
        ] {
            assert_eq!(hidden(&mut secrets, line), shown);
        }
    }

    #[test]
    fn signatures_are_hidden() {
        let digits = "0123456789abcdef".repeat(4);
        let line = format!("Signature={digits}, X-Amz-Signature={digits}&Signature%3D{digits} Signature=unknown");
        let shown = "Signature=hidden, X-Amz-Signature=hidden&Signature%3Dhidden Signature=unknown";
        assert_eq!(hidden(&mut Secrets::default(), &line), shown);
    }

    #[test]
    fn an_account_has_one_stand_in() {
        let mut secrets = planted();
        let line = "arn:aws:elasticache:us-east-1:271828182845:snapshot:a <Account>314159265358</Account>";
        assert_eq!(
            hidden(&mut secrets, line),
            "arn:aws:elasticache:us-east-1:999900000002:snapshot:a <Account>999900000001</Account>"
        );
        assert_eq!(
            hidden(&mut secrets, "arn%3Aaws%3Aiam%3A%3A271828182845%3Aroot"),
            "arn%3Aaws%3Aiam%3A%3A999900000002%3Aroot"
        );
        let of_nobody = "arn:aws:elasticache:us-east-1:123456789012:snapshot:a arn:aws:iam::000000000000:root";
        assert_eq!(hidden(&mut secrets, of_nobody), of_nobody);
        // What a log says once stays as it is when it is written again.
        let again = "arn:aws:elasticache:us-east-1:999900000002:snapshot:a";
        assert_eq!(hidden(&mut secrets, again), again);
    }

    #[test]
    fn what_is_no_secret_stays() {
        let mut secrets = Secrets::of(&Credentials::new("test", "test"), &[]);
        for line in ["test Credential=test/x", "arn:aws", "arn:aws:a:b:12345", "arn:aws:a:b:123456789013", ""] {
            assert_eq!(hidden(&mut secrets, line), line);
        }
    }

    #[test]
    fn a_target_that_makes_up_accounts_does_not_fill_the_memory() {
        let mut secrets = planted();
        for account in 0..1000 {
            hidden(&mut secrets, &format!("arn:aws:elasticache:us-east-1:7777{account:08}:snapshot:a"));
        }
        assert_eq!(secrets.accounts.len(), MOST_ACCOUNTS);
    }
}
