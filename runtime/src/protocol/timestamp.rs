//! Points in time: seconds with a fraction in payloads, RFC 3339 where the protocol asks for text.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Seconds since 1970 with microseconds, for `#[serde(with = …)]`.
pub(super) mod seconds {
    use super::{Deserialize, Deserializer, Serialize, Serializer, SystemTime, Written, to_seconds};

    pub(in crate::protocol) fn serialize<S: Serializer>(
        time: &SystemTime,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        to_seconds(*time).serialize(serializer)
    }

    pub(in crate::protocol) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<SystemTime, D::Error> {
        Written::deserialize(deserializer)?.read()
    }
}

/// The same for a field that may be absent.
pub(super) mod seconds_option {
    use super::{Deserialize, Deserializer, Serialize, Serializer, SystemTime, Written, to_seconds};

    #[expect(clippy::ref_option, reason = "serde hands over a reference to the field")]
    pub(in crate::protocol) fn serialize<S: Serializer>(
        time: &Option<SystemTime>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        time.map(to_seconds).serialize(serializer)
    }

    pub(in crate::protocol) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<SystemTime>, D::Error> {
        Option::<Written>::deserialize(deserializer)?.map(Written::read).transpose()
    }
}

/// RFC 3339 text for a field that may be absent.
pub(super) mod rfc3339_option {
    use super::{Deserialize, Deserializer, Serialize, Serializer, SystemTime, Written, to_rfc3339};

    #[expect(clippy::ref_option, reason = "serde hands over a reference to the field")]
    pub(in crate::protocol) fn serialize<S: Serializer>(
        time: &Option<SystemTime>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        time.map(to_rfc3339).serialize(serializer)
    }

    pub(in crate::protocol) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<SystemTime>, D::Error> {
        Option::<Written>::deserialize(deserializer)?.map(Written::read).transpose()
    }
}

/// `2026-01-31T12:00:00.000Z`; a time that such a text cannot say becomes the nearest one that it can.
pub(crate) fn to_rfc3339(time: SystemTime) -> String {
    // The last millisecond of the year 9999.
    let last = UNIX_EPOCH + Duration::from_millis(253_402_300_799_999);
    humantime::format_rfc3339_millis(time.clamp(UNIX_EPOCH, last)).to_string()
}

fn to_seconds(time: SystemTime) -> f64 {
    let micros = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
    // One division, rounded once, gives the double that prints as exactly these digits.
    #[expect(clippy::cast_precision_loss, reason = "exact until the year 2255")]
    let micros = micros as f64;
    micros / 1e6
}

/// Either form, as receivers accept both.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Seconds(f64),
    Text(String),
}

impl Written {
    fn read<E: Error>(self) -> Result<SystemTime, E> {
        match self {
            Self::Seconds(seconds) => Duration::try_from_secs_f64(seconds)
                .ok()
                .and_then(|since| {
                    // Back to the microsecond that was written: a double holds a little more and a little less.
                    let micros = since.as_nanos().saturating_add(500) / 1000;
                    UNIX_EPOCH.checked_add(Duration::from_micros(u64::try_from(micros).ok()?))
                })
                .ok_or_else(|| E::custom("the timestamp is out of range")),
            Self::Text(text) => humantime::parse_rfc3339_weak(&text).map_err(E::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    struct Times {
        #[serde(with = "seconds")]
        at: SystemTime,
        #[serde(with = "seconds_option")]
        maybe: Option<SystemTime>,
        #[serde(with = "rfc3339_option")]
        text: Option<SystemTime>,
    }

    #[test]
    fn microseconds_survive() {
        let at = UNIX_EPOCH + Duration::from_micros(1_770_000_000_123_457);
        let times =
            Times { at, maybe: Some(at), text: Some(UNIX_EPOCH + Duration::from_millis(1_770_000_000_123)) };
        let json = serde_json::to_string(&times).unwrap();
        assert_eq!(
            json,
            r#"{"at":1770000000.123457,"maybe":1770000000.123457,"text":"2026-02-02T02:40:00.123Z"}"#
        );
        assert_eq!(serde_json::from_str::<Times>(&json).unwrap(), times);
    }

    #[test]
    fn every_microsecond_prints_as_itself() {
        for micros in (0..2_000_000).step_by(997) {
            let at = UNIX_EPOCH + Duration::from_micros(1_900_000_000_000_000 + micros);
            let printed = serde_json::to_string(&to_seconds(at)).unwrap();
            let digits = printed.split_once('.').unwrap().1;
            assert!(digits.len() <= 6, "{printed}");
        }
    }

    #[test]
    fn unsayable_times_are_clamped() {
        assert_eq!(to_rfc3339(UNIX_EPOCH - Duration::from_secs(1)), "1970-01-01T00:00:00.000Z");
        assert_eq!(to_rfc3339(UNIX_EPOCH + Duration::from_secs(1 << 40)), "9999-12-31T23:59:59.999Z");
        assert!(to_seconds(UNIX_EPOCH - Duration::from_secs(1)).abs() < f64::EPSILON);
        assert!(Written::Seconds(-1.0).read::<serde_json::Error>().is_err());
        assert!(Written::Seconds(1e300).read::<serde_json::Error>().is_err());
    }
}
