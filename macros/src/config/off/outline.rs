//! What stands round a place in a file: a scan for braces and the words before them. It need not know more of the
//! language than where text, characters and comments end.

use std::iter::Peekable;
use std::str::Chars;

/// The names of the modules, types, traits and functions whose braces hold the place, outermost first. `line` counts
/// from 1, `column` in characters from 0.
pub(super) fn enclosing(text: &str, line: usize, column: usize) -> Vec<String> {
    let mut scan = Scan { chars: text.chars().peekable(), line: 1, column: 0 };
    let mut open: Vec<Open> = Vec::new();
    let mut header = Header::default();
    while (scan.line, scan.column) < (line, column) {
        match scan.token() {
            None => break,
            Some('{') => {
                let name = header.name();
                // A block between parentheses does not end what was begun before it.
                let outer = if header.depth > 0 { Some(std::mem::take(&mut header)) } else { None };
                header = Header::default();
                open.push(Open { name, outer });
            }
            Some('}') => header = open.pop().and_then(|block| block.outer).unwrap_or_default(),
            Some(';') if header.depth == 0 => header = Header::default(),
            Some(c @ ('(' | '[')) => {
                header.depth += 1;
                header.tokens.push(c.to_string());
            }
            Some(')' | ']') => header.depth = header.depth.saturating_sub(1),
            Some(c) if is_word(c) => header.tokens.push(scan.word(c)),
            // The arrow is no closing bracket.
            Some('-') if scan.chars.peek() == Some(&'>') => drop(scan.next()),
            Some(c) => header.tokens.push(c.to_string()),
        }
    }
    open.into_iter().filter_map(|block| block.name).collect()
}

struct Open {
    name: Option<String>,
    /// What was begun when a block between parentheses was opened.
    outer: Option<Header>,
}

/// The tokens since the last statement or block.
#[derive(Default)]
struct Header {
    tokens: Vec<String>,
    depth: usize,
}

impl Header {
    /// The name of the item that this begins, if it begins one.
    fn name(&self) -> Option<String> {
        let tokens: Vec<&str> = self.tokens.iter().map(String::as_str).collect();
        if let Some(at) = tokens
            .windows(2)
            .position(|pair| ["mod", "fn", "trait"].contains(&pair[0]) && pair[1].starts_with(is_word))
        {
            return tokens.get(at + 1).map(|&name| name.to_owned());
        }
        let at = tokens.iter().position(|token| *token == "impl")?;
        self_type(&tokens[at + 1..])
    }
}

/// `Store` of `<T> Display for db::Store<T> where T: Copy`.
fn self_type(tokens: &[&str]) -> Option<String> {
    let mut depth = 0_usize;
    let mut name = None;
    for token in tokens {
        match *token {
            "<" => depth += 1,
            ">" => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            "where" => break,
            "for" => name = None,
            "dyn" | "mut" | "const" | "unsafe" => {}
            word if word.starts_with(is_word) => name = Some(word.to_owned()),
            _ => {}
        }
    }
    name
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

struct Scan<'a> {
    chars: Peekable<Chars<'a>>,
    line: usize,
    column: usize,
}

impl Scan<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.chars.next()?;
        if c == '\n' {
            (self.line, self.column) = (self.line + 1, 0);
        } else {
            self.column += 1;
        }
        Some(c)
    }

    /// The first character of the next token. Comments, text and characters are gone past.
    fn token(&mut self) -> Option<char> {
        loop {
            let c = self.next()?;
            match (c, self.chars.peek()) {
                ('/', Some('/')) => while self.next().is_some_and(|c| c != '\n') {},
                ('/', Some('*')) => self.comment(),
                ('"', _) => self.text(),
                ('\'', _) => self.character(),
                _ if c.is_whitespace() => {}
                _ => return Some(c),
            }
        }
    }

    /// The rest of the word that begins with `first`; the text after it, if it is the prefix of one, is gone past.
    fn word(&mut self, first: char) -> String {
        let mut word = String::from(first);
        while let Some(&c) = self.chars.peek().filter(|c| is_word(**c)) {
            word.push(c);
            self.next();
        }
        if ["r", "br", "cr"].contains(&word.as_str()) && matches!(self.chars.peek(), Some('#' | '"')) {
            let mut hashes = 0;
            while self.chars.peek() == Some(&'#') {
                hashes += 1;
                self.next();
            }
            if self.chars.peek() == Some(&'"') {
                self.next();
                self.raw_text(hashes);
            } else if let Some(&c) = self.chars.peek().filter(|c| is_word(**c)) {
                // `r#type`
                self.next();
                return self.word(c);
            }
        }
        word
    }

    /// Comments nest.
    fn comment(&mut self) {
        let mut depth = 0_usize;
        let mut last = '/';
        while let Some(c) = self.next() {
            match (last, c) {
                ('/', '*') => (depth, last) = (depth + 1, ' '),
                ('*', '/') => {
                    (depth, last) = (depth - 1, ' ');
                    if depth == 0 {
                        return;
                    }
                }
                _ => last = c,
            }
        }
    }

    fn text(&mut self) {
        while let Some(c) = self.next() {
            match c {
                '\\' => drop(self.next()),
                '"' => return,
                _ => {}
            }
        }
    }

    fn raw_text(&mut self, hashes: usize) {
        while let Some(c) = self.next() {
            let mut seen = 0;
            while c == '"' && seen < hashes && self.chars.peek() == Some(&'#') {
                seen += 1;
                self.next();
            }
            if c == '"' && seen == hashes {
                return;
            }
        }
    }

    /// After `'`: a character to its end, or nothing of a lifetime.
    fn character(&mut self) {
        let mut ahead = self.chars.clone();
        match (ahead.next(), ahead.next()) {
            (Some('\\'), _) => {
                self.next();
                self.next();
                while self.next().is_some_and(|c| c != '\'') {}
            }
            (Some(_), Some('\'')) => {
                self.next();
                self.next();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::enclosing;

    /// The place is that of `HERE`.
    fn path(text: &str) -> String {
        let before = &text[..text.find("HERE").unwrap()];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count();
        enclosing(text, line, column).join("::")
    }

    #[test]
    fn places() {
        for (text, expected) in [
            ("fn HERE() {}", ""),
            ("mod a { } fn HERE() {}", ""),
            ("mod a { pub mod b { fn HERE() {} } }", "a::b"),
            (
                "#[cfg(x)] pub(crate) mod a {\n  impl<T: Fn() -> u8> Tr<T> for x::S<T> where T: Copy { fn HERE() } }",
                "a::S",
            ),
            ("impl S<'_> { fn a(&self) { x } fn HERE() }", "S"),
            ("impl dyn Tr { fn HERE() }", "Tr"),
            ("trait Tr: Sized { fn a(); fn HERE() }", "Tr"),
            ("fn outer(x: [u8; 3], y: fn() -> u8) -> u8 { fn HERE() }", "outer"),
            ("fn outer(x: [u8; { 1 + 2 }]) { fn HERE() }", "outer"),
            ("fn f() { if a { b } else { c } match x { _ => {} } } fn HERE()", ""),
            ("mod a { // mod b {\n /* mod c { /* { */ */ const A: &str = \"{\\\"\"; fn HERE() }", "a"),
            ("mod a { const A: &[char] = &['{', '\\'', '\\u{7b}']; fn f<'b>(x: &'b u8) {} fn HERE() }", "a"),
            ("mod a { const A: &str = r#\"{ \" {\"#; const B: &[u8] = br\"{\"; fn HERE() }", "a"),
            ("mod r#type { fn HERE() }", "type"),
            ("mod é { const A: &str = \"ü\"; fn HERE() }", "é"),
            ("mod a;\nmod b { fn HERE() }", "b"),
            ("x! { mod a { fn HERE() } }", "a"),
            ("let f: fn() = S { a: 1 }; mod b { fn HERE() }", "b"),
        ] {
            assert_eq!(path(text), expected, "{text}");
        }
    }

    #[test]
    fn any_text_comes_to_an_end() {
        for text in ["", "{", "}}}", "'", "\"", "r#", "r#\"", "/*", "b'\\", "((((", "))))", "mod", "impl {"] {
            enclosing(text, 99, 99);
        }
    }
}
