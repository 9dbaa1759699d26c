//! Signatures of messages: `t=<seconds>,v1=<hex>`, HMAC-SHA256 over `<seconds>.<body>`.

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use shop::payments::WebhookError;

/// How far a signature's time may be from ours.
const TOLERANCE: TimeDelta = TimeDelta::minutes(5);
/// A header with more is not worth its work.
const MOST_SIGNATURES: usize = 8;
const LONGEST_HEADER: usize = 1024;

/// The header of a body.
pub(super) fn sign(key: &[u8], body: &[u8], at: DateTime<Utc>) -> String {
    let time = at.timestamp().to_string();
    let signature = mac(key, &time, body).map(|mac| hex::encode(mac.finalize().into_bytes()));
    format!("t={time},v1={}", signature.unwrap_or_default())
}

/// Whether one of the keys signed a body within [`TOLERANCE`] of now.
pub(super) fn verify(header: &str, body: &[u8], keys: &[&[u8]], now: DateTime<Utc>) -> Result<(), WebhookError> {
    if header.len() > LONGEST_HEADER {
        return Err(WebhookError::Forged("the header is too long"));
    }
    let mut times = Vec::new();
    let mut signatures = Vec::new();
    for part in header.split(',') {
        match part.trim().split_once('=') {
            Some(("t", time)) => times.push(time),
            Some(("v1", signature)) => signatures.push(signature),
            _ => {}
        }
    }
    let [time] = times[..] else {
        return Err(WebhookError::Forged("no time, or several"));
    };
    let decoded: Vec<Vec<u8>> = signatures
        .iter()
        .take(MOST_SIGNATURES)
        .filter_map(|signature| hex::decode(signature).ok())
        .collect();
    // The signature first: nothing of an unproven message is believed, its time included.
    let holds = keys.iter().filter_map(|key| mac(key, time, body)).any(|mac| {
        // Compares in constant time.
        decoded
            .iter()
            .any(|signature| mac.clone().verify_slice(signature).is_ok())
    });
    if !holds {
        return Err(WebhookError::Forged("no signature fits"));
    }
    let signed_at = time
        .parse()
        .ok()
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .ok_or(WebhookError::Forged("the time is none"))?;
    if (now - signed_at).abs() > TOLERANCE {
        return Err(WebhookError::Forged("signed too long ago"));
    }
    Ok(())
}

/// `None` for an empty key, which would sign for everybody.
fn mac(key: &[u8], time: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    if key.is_empty() {
        return None;
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: &[u8] = b"a key of some length";

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap_or_default()
    }

    #[test]
    fn a_signature_holds_for_its_body_its_key_and_five_minutes() {
        let header = sign(KEY, b"body", now());
        let other: &[u8] = b"another key of some length";
        assert!(verify(&header, b"body", &[other, KEY], now()).is_ok());
        assert!(verify(&header, b"body", &[KEY], now() + TOLERANCE).is_ok());
        let late = now() + TOLERANCE + TimeDelta::seconds(1);
        for (body, keys, at) in [
            (&b"bodY"[..], vec![KEY], now()),
            (b"body", vec![other], now()),
            (b"body", vec![], now()),
            (b"body", vec![KEY], late),
            (b"body", vec![KEY], now() - TOLERANCE - TimeDelta::seconds(1)),
        ] {
            assert!(matches!(verify(&header, body, &keys, at), Err(WebhookError::Forged(_))));
        }
    }

    #[test]
    fn an_empty_key_signs_nothing_and_two_times_are_none() {
        let header = sign(b"", b"body", now());
        assert!(verify(&header, b"body", &[b""], now()).is_err());
        let twice = format!("t=1,{}", sign(KEY, b"body", now()));
        assert!(verify(&twice, b"body", &[KEY], now()).is_err());
    }

    #[test]
    fn the_documented_form_is_what_is_computed() {
        // HMAC-SHA256("secret", "1.x"), computed by another program.
        let header = format!("t=1,v1={EXPECTED}");
        let at = DateTime::from_timestamp(1, 0).unwrap_or_default();
        assert_eq!(sign(b"secret", b"x", at), header);
    }

    const EXPECTED: &str = "33270e99f50e3d3ec295e0d7185dc323a6231c2739f396d70e6b71ea6a435486";

    proptest! {
        #[test]
        fn no_bytes_are_a_signature(header in ".{0,200}", body: Vec<u8>) {
            prop_assert!(verify(&header, &body, &[KEY], now()).is_err());
        }

        #[test]
        fn nearly_right_headers_are_wrong(flip in 0usize..64, body: Vec<u8>) {
            let mut header = sign(KEY, &body, now()).into_bytes();
            let place = header.len() - 1 - flip;
            header[place] = if header[place] == b'0' { b'1' } else { b'0' };
            let header = String::from_utf8_lossy(&header).into_owned();
            prop_assert!(verify(&header, &body, &[KEY], now()).is_err());
        }
    }
}
