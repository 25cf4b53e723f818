#![no_main]
//! A signature: what one implementation signs, the other accepts; and one byte elsewhere, it does not.

use std::time::{Duration, SystemTime};

use copysnap::sign::{Credentials, sign, verify};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str, &[u8], u32)| {
    let (path, query, body, seconds) = input;
    let Ok(url) = format!("http://localhost/{path}?{query}").parse::<http::Uri>() else { return };
    let Some(path) = url.path_and_query().map(|path| path.as_str().to_owned()) else { return };
    if !is_text(&path) {
        return;
    }
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::from(seconds));
    let own = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    let sent = vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
    let Ok(signature) = sign("POST", &url.to_string(), &sent, body, &own, "us-east-1", "elasticache", now) else { return };
    let mut headers = sent;
    headers.push(("host".to_owned(), "localhost".to_owned()));
    headers.extend(signature);
    let lookup = |_: &str| Some(own.clone());
    let found = verify("POST", &path, &headers, body, lookup, now);
    assert!(found.is_ok(), "{path} {found:?}");
    let other = [body, b"x"].concat();
    assert!(verify("POST", &path, &headers, &other, lookup, now).is_err());
});

/// Tells whether what is escaped is UTF-8: the signer takes other bytes for U+FFFD, and nothing that copysnap sends has any.
fn is_text(path: &str) -> bool {
    let mut bytes = Vec::new();
    let mut rest = path.as_bytes();
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).filter(|digits| *first == b'%' && digits.iter().all(u8::is_ascii_hexdigit));
        let value = digits.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        bytes.push(value.unwrap_or(*first));
        rest = if value.is_some() { &after[2..] } else { after };
    }
    std::str::from_utf8(&bytes).is_ok()
}
