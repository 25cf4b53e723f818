use std::time::Duration;

use super::*;
use crate::service::FaultCode;

const URL: &str = "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08";

fn example() -> Credentials {
    Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
}

/// 2015-08-30T12:36:00Z, the instant of AWS's example.
fn then() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_440_938_160)
}

fn form() -> Vec<(String, String)> {
    vec![("content-type".to_owned(), "application/x-www-form-urlencoded; charset=utf-8".to_owned())]
}

/// Returns all headers of a signed request, `host` among them.
fn sent(credentials: &Credentials, region: &str, service: &str, body: &[u8]) -> Vec<(String, String)> {
    let mut headers = form();
    let added = sign("POST", "http://127.0.0.1:4566/", &headers, body, credentials, region, service, then());
    headers.push(("host".to_owned(), "127.0.0.1:4566".to_owned()));
    headers.extend(added.unwrap_or_default());
    headers
}

fn secret(access_key: &str) -> Option<Credentials> {
    (access_key == "AKIDEXAMPLE").then(example)
}

fn code(refused: Result<Principal, Refusal>) -> Option<FaultCode> {
    refused.err().map(Refusal::code)
}

#[test]
fn the_signature_is_the_one_that_aws_prints() {
    let headers = sign("GET", URL, &form(), b"", &example(), "us-east-1", "iam", then()).unwrap_or_default();
    let authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
        SignedHeaders=content-type;host;x-amz-date, \
        Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";
    let mut shown: Vec<_> = headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    shown.sort_unstable();
    assert_eq!(shown, [("authorization", authorization), ("x-amz-date", "20150830T123600Z")]);
}

#[test]
fn a_signed_request_is_let_in() {
    for session_token in [None, Some("token".to_owned())] {
        let credentials = Credentials { session_token, ..example() };
        let headers = sent(&credentials, "eu-west-1", "elasticache", b"Action=x");
        let principal = Principal {
            access_key: "AKIDEXAMPLE".to_owned(),
            region: "eu-west-1".to_owned(),
            service: "elasticache".to_owned(),
        };
        let later = then() + Duration::from_secs(14 * 60);
        assert_eq!(verify("POST", "/", &headers, b"Action=x", secret, later), Ok(principal));
    }
}

#[test]
fn every_broken_signature_has_its_code() {
    let headers = sent(&example(), "us-east-1", "elasticache", b"Action=x");
    let checked = |headers: &[(String, String)], body: &[u8]| code(verify("POST", "/", headers, body, secret, then()));
    let changed = |name: &str, from: &str, to: &str| {
        let changed = headers.iter().map(|(known, value)| {
            let value = if known == name { value.replace(from, to) } else { value.clone() };
            (known.clone(), value)
        });
        checked(&changed.collect::<Vec<_>>(), b"Action=x")
    };
    assert_eq!(checked(&headers, b"Action=x"), None);
    assert_eq!(checked(&headers, b"Action=y"), Some(FaultCode::SignatureDoesNotMatch));
    assert_eq!(changed("authorization", "Signature=", "Signature=0"), Some(FaultCode::SignatureDoesNotMatch));
    assert_eq!(changed("authorization", "us-east-1", "us-east-2"), Some(FaultCode::SignatureDoesNotMatch));
    assert_eq!(changed("authorization", "host;", ""), Some(FaultCode::SignatureDoesNotMatch));
    assert_eq!(changed("content-type", "utf-8", "latin1"), Some(FaultCode::SignatureDoesNotMatch));
    assert_eq!(changed("authorization", "AKIDEXAMPLE", "AKIDOTHER"), Some(FaultCode::InvalidClientTokenId));
    assert_eq!(changed("authorization", "Signature", "Sig"), Some(FaultCode::IncompleteSignature));
    assert_eq!(changed("authorization", "SignedHeaders", "Headers"), Some(FaultCode::IncompleteSignature));
    assert_eq!(changed("authorization", "/aws4_request", ""), Some(FaultCode::IncompleteSignature));
    assert_eq!(changed("authorization", "AWS4-HMAC-SHA256", "Bearer"), Some(FaultCode::IncompleteSignature));
    assert_eq!(changed("x-amz-date", "Z", ""), Some(FaultCode::IncompleteSignature));
    assert_eq!(checked(&form(), b""), Some(FaultCode::MissingAuthenticationToken));
    for late in [then() + Duration::from_secs(901), then() - Duration::from_secs(901)] {
        let refused = verify("POST", "/", &headers, b"Action=x", secret, late);
        assert_eq!(code(refused), Some(FaultCode::RequestExpired));
    }
}

#[test]
fn a_session_is_let_in_with_its_token_alone() {
    let session = Credentials { session_token: Some("token".to_owned()), ..example() };
    let lookup = |_: &str| Some(session.clone());
    let checked = |headers: &[(String, String)]| verify("POST", "/", headers, b"Action=x", lookup, then()).err();
    let with = |token: Option<&str>| {
        let credentials = Credentials { session_token: token.map(str::to_owned), ..example() };
        sent(&credentials, "us-east-1", "elasticache", b"Action=x")
    };
    assert_eq!(checked(&with(Some("token"))), None);
    assert_eq!(checked(&with(Some("another"))), Some(Refusal::UnknownKey));
    assert_eq!(checked(&with(None)), Some(Refusal::UnknownKey));
    let mut late = with(None);
    late.push(("x-amz-security-token".to_owned(), "token".to_owned()));
    assert_eq!(checked(&late), Some(Refusal::UnknownKey), "a token that is not signed");
}

proptest::proptest! {
    /// The verifier shares nothing with the signer.
    #[test]
    fn whatever_is_signed_is_verified(
        service in "(elasticache|s3|sts)",
        method in "(GET|POST|PUT|DELETE)",
        path in "(/[a-zA-Z0-9._~-]{1,8}){0,3}",
        names in proptest::collection::vec("[a-zA-Z0-9 .:/=~*'()!@,;%&+-]{0,12}", 0..6),
        value in "[ -~]{0,30}",
        body in proptest::collection::vec(proptest::num::u8::ANY, 0..200),
        token in proptest::option::of("[A-Za-z0-9+/=]{1,40}"),
    ) {
        let query: Vec<(String, String)> = names.iter().map(|name| (name.clone(), name.to_uppercase())).collect();
        let query = crate::wire::form_encode(&query);
        let place = format!("{}{}{query}", if path.is_empty() { "/" } else { &path }, if query.is_empty() { "" } else { "?" });
        let credentials = Credentials { session_token: token, ..example() };
        let mut headers = vec![("x-odd".to_owned(), value)];
        let url = format!("https://host.example:8443{place}");
        let added = sign(&method, &url, &headers, &body, &credentials, "eu-west-1", &service, then()).unwrap_or_default();
        headers.push(("host".to_owned(), "host.example:8443".to_owned()));
        headers.extend(added);
        let lookup = |_: &str| Some(credentials.clone());
        let found = verify(&method, &place, &headers, &body, lookup, then()).map(|found| found.service);
        proptest::prop_assert_eq!(found, Ok(service));
    }
}

#[test]
fn a_query_string_is_covered() {
    let mut headers = sign("GET", URL, &form(), b"", &example(), "us-east-1", "iam", then()).unwrap_or_default();
    headers.extend(form());
    headers.push(("Host".to_owned(), "iam.amazonaws.com".to_owned()));
    let checked = |query: &str| code(verify("GET", query, &headers, b"", secret, then()));
    assert_eq!(checked("/?Action=ListUsers&Version=2010-05-08"), None);
    assert_eq!(checked("/?Version=2010-05-08&Action=ListUsers"), None);
    assert_eq!(checked("/?Action=ListUser&Version=2010-05-08"), Some(FaultCode::SignatureDoesNotMatch));
}

#[test]
fn what_is_no_escape_is_signed_and_verified_as_it_stands() {
    for query in ["%+0%0", "%-1", "%", "%2", "%zz=%2B+"] {
        let place = format!("/?{query}");
        let url = format!("https://iam.amazonaws.com{place}");
        let mut headers = sign("POST", &url, &form(), b"", &example(), "us-east-1", "iam", then()).unwrap_or_default();
        headers.extend(form());
        headers.push(("Host".to_owned(), "iam.amazonaws.com".to_owned()));
        assert_eq!(code(verify("POST", &place, &headers, b"", secret, then())), None, "{query}");
    }
}

#[test]
fn a_scope_is_read_without_a_check() {
    let authorization = "AWS4-HMAC-SHA256 Credential=123456789012/20261122/eu-west-1/elasticache/aws4_request,\
        SignedHeaders=host,Signature=0";
    let wanted = Scope {
        access_key: "123456789012".to_owned(),
        date: "20261122".to_owned(),
        region: "eu-west-1".to_owned(),
        service: "elasticache".to_owned(),
    };
    assert_eq!(scope(authorization), Some(wanted));
    for none in ["", "Basic dGVzdA==", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=a/b/c/aws4_request"] {
        assert_eq!(scope(none), None, "{none}");
    }
}

#[test]
fn what_cannot_be_signed_is_an_error() {
    let odd = Credentials { session_token: Some("a\nb".to_owned()), ..example() };
    let try_it = |url: &str, credentials: &Credentials| {
        sign("POST", url, &[], b"", credentials, "us-east-1", "elasticache", then()).map_err(|error| error.to_string())
    };
    assert_eq!(try_it("/only/a/path", &example()), Err("`/only/a/path` has no host".to_owned()));
    assert_eq!(try_it("http://localhost/", &odd), Err("the request cannot be signed".to_owned()));
    assert!(!format!("{odd:?}").contains("wJalr"), "the secret is shown");
}
