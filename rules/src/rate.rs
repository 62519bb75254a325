use crate::Broken;

/// Checks a sample rate: 0 (nothing) to 1 (everything).
///
/// # Errors
///
/// When the rate is outside that range or not a number.
///
/// ```
/// assert!(monitored_rules::sample_rate(0.25).is_ok());
/// assert_eq!(
///     monitored_rules::sample_rate(25.0).unwrap_err().to_string(),
///     "a sample rate is between 0.0 and 1.0, this one is 25"
/// );
/// ```
pub fn sample_rate(rate: f64) -> Result<(), Broken> {
    if (0.0..=1.0).contains(&rate) {
        return Ok(());
    }
    Err(Broken::new(format!("a sample rate is between 0.0 and 1.0, this one is {rate}")))
}

#[cfg(test)]
mod tests {
    use super::sample_rate;

    #[test]
    fn rates() {
        for good in [0.0, -0.0, 0.5, 1.0] {
            assert_eq!(sample_rate(good), Ok(()), "{good}");
        }
        for bad in [-0.1, 1.000_000_1, 100.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            assert!(sample_rate(bad).is_err(), "{bad}");
        }
    }
}
