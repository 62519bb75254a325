/// Whether a value of this name is likely to be a secret, by the words that Sentry's SDKs agree on. A word may stand
/// anywhere in the name; case does not matter.
///
/// ```
/// assert!(monitored_rules::is_sensitive("api_key"));
/// assert!(monitored_rules::is_sensitive("newPassword"));
/// assert!(!monitored_rules::is_sensitive("amount"));
/// ```
pub fn is_sensitive(name: &str) -> bool {
    const WORDS: [&str; 17] = [
        "auth",
        "token",
        "secret",
        "password",
        "passwd",
        "pwd",
        "key",
        "jwt",
        "bearer",
        "sso",
        "saml",
        "csrf",
        "xsrf",
        "credentials",
        "session",
        "sid",
        "identity",
    ];
    let name = name.to_ascii_lowercase();
    WORDS.iter().any(|word| name.contains(word))
}
