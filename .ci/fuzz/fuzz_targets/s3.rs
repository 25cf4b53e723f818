#![no_main]
//! A request to S3, and an answer of it.

use copysnap::service::text;
use copysnap::wire::{read_s3_answer, read_s3_request, s3_message};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &str, &str, u16, &[u8])| {
    let (method, path, query, status, body) = input;
    let methods = ["GET", "PUT", "HEAD", "DELETE", "POST"];
    let Some(method) = methods.get(usize::from(method) % methods.len()) else { return };
    let own = (text("us-east-1"), text("123456789012"));
    let header = |_: &str| None;
    let Ok(call) = read_s3_request(method, (path, Some(query)), header, body, (&own.0, &own.1)) else { return };
    let _ = s3_message(&call);
    let _ = read_s3_answer(&call, status, header, body);
});
