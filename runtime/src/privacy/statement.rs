//! Statements for databases, without the values that they hold.
//!
//! A scanner of our own: it needs no grammar, so that one of a hundred lines reads every dialect. What dialects disagree
//! on is read so that nothing is taken for a name that may be a value.

/// What stands in the place of a value.
const VALUE: &str = "?";
/// What stands in the place of all that follows, if it cannot be told what is a value.
const UNREADABLE: &str = "…";
/// Bytes of a clean statement; what is longer is cut off.
const LONGEST: usize = 4096;

/// A statement for a database of this `system`, with `?` in the place of each string and number. Placeholders and names
/// stay, comments go, and white space is one blank. What cannot be read for sure is left out with all that follows, as is
/// what is beyond 4,096 bytes.
///
/// Names of systems are `sqlite`, `postgresql`, `mysql`, `mariadb`, `microsoft.sql_server`, `oracle.db`, `redis` and so on.
/// Text in double quotes is a name for `postgresql`, `oracle.db` and `microsoft.sql_server`, and a value for all others: for
/// `sqlite` too, which takes it for one where no column is called so. Of a command for `redis`,
/// `valkey` or `memcached` the first word stays.
///
/// ```
/// use sentry::integrations::db::scrub;
///
/// let statement = "SELECT id FROM users -- who?\n WHERE email = 'max@example.com' AND age > 30 AND plan = $1";
/// assert_eq!(scrub("postgresql", statement), "SELECT id FROM users WHERE email = ? AND age > ? AND plan = $1");
/// ```
///
/// Source: Sentry's SDK documentation, "Queries", which asks for statements without values; OpenTelemetry's semantic
/// conventions, "`db.system.name`" and "Sanitization of `db.query.text`".
pub fn scrub(system: &str, statement: &str) -> String {
    let dialect = Dialect::of(system);
    let mut clean = String::with_capacity(statement.len().min(LONGEST));
    if dialect == Dialect::Commands {
        let mut words = statement.split_ascii_whitespace();
        clean.extend(words.next());
        clean.extend(words.map(|_| " ?").take(LONGEST / 2));
        return clean;
    }
    let mut rest = statement;
    while !rest.is_empty() {
        let (token, length) = dialect.token(rest);
        match token {
            Token::Plain => clean.push_str(&rest[..length]),
            Token::Value => clean.push_str(VALUE),
            Token::Gap if clean.is_empty() || clean.ends_with(' ') => {}
            Token::Gap => clean.push(' '),
            Token::Unreadable => {
                clean.push_str(UNREADABLE);
                break;
            }
        }
        if clean.len() > LONGEST {
            clean.truncate(clean.floor_char_boundary(LONGEST));
            clean.push_str(UNREADABLE);
            break;
        }
        rest = &rest[length..];
    }
    clean.truncate(clean.trim_end().len());
    clean
}

/// What a clean statement does: `SELECT`, `INSERT`, …
pub(crate) fn operation(clean: &str) -> Option<String> {
    const AFTER_WITH: [&str; 5] = ["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"];
    let first = clean.split([' ', '(', ';', '\'']).find(|word| !word.is_empty())?;
    if !first.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    if !first.eq_ignore_ascii_case("with") {
        return Some(first.to_ascii_uppercase());
    }
    let mut depth = 0_usize;
    for part in clean.split_inclusive(['(', ')', ' ']) {
        let word = part.trim_end_matches(['(', ')', ' ']);
        let known = AFTER_WITH.into_iter().find(|known| depth == 0 && known.eq_ignore_ascii_case(word));
        if let Some(known) = known {
            return Some(known.to_owned());
        }
        match part.as_bytes().last() {
            Some(b'(') => depth += 1,
            Some(b')') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// What is next in a statement.
#[derive(Debug)]
enum Token {
    /// Stays as it is.
    Plain,
    Value,
    /// White space, or a comment.
    Gap,
    /// It cannot be told where it ends.
    Unreadable,
}

/// How a system reads what others read otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    MySql,
    Oracle,
    Postgres,
    SqlServer,
    Sqlite,
    /// A word and its arguments.
    Commands,
    Unknown,
}

impl Dialect {
    fn of(system: &str) -> Self {
        match system {
            "mysql" | "mariadb" => Self::MySql,
            "oracle" | "oracle.db" => Self::Oracle,
            "postgresql" | "postgres" | "cockroachdb" => Self::Postgres,
            "microsoft.sql_server" | "mssql" => Self::SqlServer,
            "sqlite" => Self::Sqlite,
            "redis" | "valkey" | "memcached" => Self::Commands,
            _ => Self::Unknown,
        }
    }

    /// Whether `"…"` is a name.
    fn quotes_names(self) -> bool {
        matches!(self, Self::Oracle | Self::Postgres | Self::SqlServer)
    }

    /// Whether this, and a number after it, stands for a value that is given elsewhere.
    fn numbers_placeholders_by(self, sigil: char) -> bool {
        match sigil {
            '?' => true,
            // `$5` is money there.
            '$' => self != Self::SqlServer,
            ':' => matches!(self, Self::Oracle | Self::Sqlite),
            '@' => self == Self::SqlServer,
            _ => false,
        }
    }

    /// The token that `rest`, which is not empty, begins with, and its length.
    fn token(self, rest: &str) -> (Token, usize) {
        let mut chars = rest.chars();
        let first = chars.next().unwrap_or_default();
        let second = chars.next().unwrap_or_default();
        match (first, second) {
            ('-', '-') => (Token::Gap, line(rest)),
            ('#', _) if matches!(self, Self::MySql | Self::Unknown) => (Token::Gap, line(rest)),
            ('/', '*') => (Token::Gap, comment(rest)),
            ('"', _) if self.quotes_names() => quoted(rest, Token::Plain),
            ('`', _) => quoted(rest, Token::Plain),
            ('\'' | '"', _) => quoted(rest, Token::Value),
            ('[', _) if matches!(self, Self::SqlServer | Self::Sqlite) => enclosed(rest, b']', Token::Plain),
            // A list to some, and to others a name, whose quotes are none.
            ('[', _) if self == Self::Unknown && within_brackets(rest).contains(['\'', '"', '`']) => {
                (Token::Unreadable, 0)
            }
            ('$', second) if second == '$' || is_word(second) && !second.is_ascii_digit() => dollars(rest),
            (sigil, '0'..='9') if self.numbers_placeholders_by(sigil) => {
                (Token::Plain, 1 + length(&rest[1..], |char| char.is_ascii_digit()))
            }
            ('0'..='9', _) | ('.', '0'..='9') => (Token::Value, number(rest)),
            _ if first.is_whitespace() => (Token::Gap, length(rest, char::is_whitespace)),
            _ if is_word(first) => self.word(rest),
            _ => (Token::Plain, first.len_utf8()),
        }
    }

    /// A word, or a string that a word is the prefix of: `E'…'`, `x'…'`, `_utf8'…'`.
    fn word(self, rest: &str) -> (Token, usize) {
        let end = length(rest, |char| is_word(char) || matches!(char, '$' | '#'));
        if !rest[end..].starts_with('\'') {
            return (Token::Plain, end);
        }
        // `q'[it's]'`: brackets of one's own choice.
        let own_brackets = matches!(self, Self::Oracle | Self::Unknown)
            && ["q", "nq"].iter().any(|prefix| rest[..end].eq_ignore_ascii_case(prefix));
        match quoted(&rest[end..], Token::Value) {
            (Token::Value, length) if !own_brackets => (Token::Value, end + length),
            _ => (Token::Unreadable, 0),
        }
    }
}

fn within_brackets(rest: &str) -> &str {
    rest.find(']').map_or(rest, |end| &rest[..end])
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// The bytes at the beginning of `text` whose characters are such.
fn length(text: &str, is_such: impl Fn(char) -> bool) -> usize {
    text.find(|char| !is_such(char)).unwrap_or(text.len())
}

fn line(rest: &str) -> usize {
    rest.find('\n').map_or(rest.len(), |end| end + 1)
}

/// A comment, which may hold others: where it may not, more is left out.
fn comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        match rest.as_bytes().get(at..at + 2) {
            Some(b"/*") => (depth, at) = (depth + 1, at + 2),
            Some(b"*/") => {
                (depth, at) = (depth - 1, at + 2);
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    rest.len()
}

/// Text between two of its first character.
fn quoted(rest: &str, meaning: Token) -> (Token, usize) {
    enclosed(rest, rest.as_bytes()[0], meaning)
}

/// Text up to this character; twice the same stands for one. A backslash before one is an escape to some systems and not to
/// others, or depends on their configuration: then nobody knows what is inside.
fn enclosed(rest: &str, end: u8, meaning: Token) -> (Token, usize) {
    let bytes = rest.as_bytes();
    let mut at = 1;
    while let Some(found) = bytes[at..].iter().position(|byte| *byte == end) {
        at += found + 1;
        if bytes[at - 2] == b'\\' {
            return (Token::Unreadable, 0);
        }
        if bytes.get(at) != Some(&end) {
            return (meaning, at);
        }
        at += 1;
    }
    (Token::Unreadable, 0)
}

/// `$name`, or text between two of `$tag$`.
fn dollars(rest: &str) -> (Token, usize) {
    let name = 1 + length(&rest[1..], is_word);
    if !rest[name..].starts_with('$') {
        return (Token::Plain, name);
    }
    let tag = &rest[..=name];
    match rest[tag.len()..].find(tag) {
        Some(end) => (Token::Value, end + 2 * tag.len()),
        None => (Token::Unreadable, 0),
    }
}

/// `12`, `1_000`, `1.5e-3`, `0xFF`.
fn number(rest: &str) -> usize {
    let mut before = ' ';
    let end = rest.find(|char: char| {
        let inside = is_word(char) || char == '.' || matches!(char, '+' | '-') && matches!(before, 'e' | 'E');
        before = char;
        !inside
    });
    end.unwrap_or(rest.len())
}

#[cfg(test)]
mod tests;
