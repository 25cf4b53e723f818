use thiserror::Error;

/// Why bytes are not a form.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum FormError {
    /// A `%` without two hexadecimal digits behind it.
    #[error("`%` at byte {0} is not followed by two hexadecimal digits")]
    Percent(usize),
    /// Bytes that are no UTF-8 once decoded.
    #[error("parameter {0} is not UTF-8")]
    NotUtf8(usize),
}

/// Returns the parameters as a form body, or as a query string: a space travels as `%20`, which is right in both.
#[must_use]
pub fn form_encode(params: &[(String, String)]) -> String {
    let mut form = String::new();
    for (key, value) in params {
        if !form.is_empty() {
            form.push('&');
        }
        encode_into(&mut form, key);
        form.push('=');
        encode_into(&mut form, value);
    }
    form
}

/// Returns the parameters of a form body or a query string, in the order sent.
///
/// A `+` is a space; a key without `=` has an empty value; nothing between two `&` is no parameter.
///
/// # Errors
///
/// Where a percent-encoding is cut short or not hexadecimal, and where a key or value is not UTF-8.
pub fn form_decode(form: &[u8]) -> Result<Vec<(String, String)>, FormError> {
    let mut params = Vec::new();
    let mut start = 0;
    for (number, pair) in form.split(|byte| *byte == b'&').enumerate() {
        if !pair.is_empty() {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let key = halves.next().unwrap_or_default();
            let value = halves.next().unwrap_or_default();
            let value_start = start + key.len() + 1;
            params.push((decode(key, start, number)?, decode(value, value_start, number)?));
        }
        start += pair.len() + 1;
    }
    Ok(params)
}

fn encode_into(form: &mut String, value: &str) {
    const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            form.push(char::from(byte));
        } else {
            form.push('%');
            form.extend([byte >> 4, byte & 15].iter().filter_map(|digit| HEX.get(usize::from(*digit))));
        }
    }
}

fn decode(encoded: &[u8], start: usize, number: usize) -> Result<String, FormError> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.iter().copied().enumerate();
    while let Some((at, byte)) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let high = rest.next().and_then(|(_, digit)| hex(digit));
                let low = rest.next().and_then(|(_, digit)| hex(digit));
                match (high, low) {
                    (Some(high), Some(low)) => high << 4 | low,
                    _ => return Err(FormError::Percent(start + at)),
                }
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| FormError::NotUtf8(number + 1))
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pair(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    #[test]
    fn reserved_characters_are_percent_encoded_and_others_are_not() {
        let form = form_encode(&[pair("a.1", "x y+&=é%"), pair("b", ""), pair("c", "-._~/")]);
        assert_eq!(form, "a.1=x%20y%2B%26%3D%C3%A9%25&b=&c=-._~%2F");
    }

    #[test]
    fn a_form_is_read_as_browsers_and_sdks_write_it() {
        let read = form_decode(b"a=x+y%20z&&b&c==&d=%c3%A9");
        assert_eq!(read, Ok(vec![pair("a", "x y z"), pair("b", ""), pair("c", "="), pair("d", "é")]));
        assert_eq!(form_decode(b""), Ok(Vec::new()));
    }

    #[test]
    fn a_malformed_form_is_refused_with_its_place() {
        assert_eq!(form_decode(b"a=1&b=%4"), Err(FormError::Percent(6)));
        assert_eq!(form_decode(b"a%zz=1"), Err(FormError::Percent(1)));
        assert_eq!(form_decode(b"a=1&b=%ff"), Err(FormError::NotUtf8(2)));
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded(params: Vec<(String, String)>) {
            // A pair that is empty on both sides travels as `=` and comes back as itself.
            prop_assert_eq!(form_decode(form_encode(&params).as_bytes()), Ok(params));
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>) {
            let _ = form_decode(&bytes);
        }
    }
}
