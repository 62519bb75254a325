//! What stands round a place in a file: a scan for braces and the words before them. It need not know more of the
//! language than where text, characters and comments end.

use std::collections::HashMap;
use std::iter::Peekable;
use std::mem;
use std::str::Chars;

/// The names of the modules, types, traits and functions whose braces hold the place, outermost first. `line` counts
/// from 1, `column` in characters from 0.
pub(crate) fn enclosing(text: &str, line: usize, column: usize) -> Vec<String> {
    let mut reader = Reader::new(text);
    while (reader.scan.line, reader.scan.column) < (line, column) && reader.step().is_some() {}
    reader.open.into_iter().filter_map(|block| block.name).collect()
}

/// What the functions of a file are called within their modules, `decode` or `Store::decode`, by the place of their names.
/// Those are left out whose names the text does not tell, as macros have a part in them or a type that is no path.
pub(crate) fn functions(text: &str) -> HashMap<(usize, usize), String> {
    let mut reader = Reader::new(text);
    let mut found = HashMap::new();
    let mut after_fn = false;
    while let Some(token) = reader.step() {
        let Token::Word { place } = token else {
            after_fn = false;
            continue;
        };
        let Some(word) = reader.header.tokens.last() else { continue };
        if after_fn && let Some(name) = reader.called(word) {
            found.insert(place, name);
        }
        after_fn = word == "fn";
    }
    found
}

/// Goes through a text token by token, and knows what stands round the place it is at.
struct Reader<'a> {
    scan: Scan<'a>,
    open: Vec<Open>,
    header: Header,
}

enum Token {
    Word {
        /// Where it begins.
        place: (usize, usize),
    },
    Other,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        let scan = Scan { chars: text.chars().peekable(), line: 1, column: 0 };
        Self { scan, open: Vec::new(), header: Header::default() }
    }

    fn step(&mut self) -> Option<Token> {
        let Self { scan, open, header } = self;
        match scan.token()? {
            '{' => {
                let kind = header.kind();
                let name = header.name();
                // A block between parentheses does not end what was begun before it.
                let outer = if header.depth > 0 { Some(mem::take(header)) } else { None };
                *header = Header::default();
                open.push(Open { kind, name, outer });
            }
            '}' => *header = open.pop().and_then(|block| block.outer).unwrap_or_default(),
            ';' if header.depth == 0 => *header = Header::default(),
            c @ ('(' | '[') => {
                header.depth += 1;
                header.tokens.push(c.to_string());
            }
            ')' | ']' => header.depth = header.depth.saturating_sub(1),
            c if is_word(c) => {
                let place = (scan.line, scan.column - 1);
                header.tokens.push(scan.word(c));
                return Some(Token::Word { place });
            }
            // The arrow is no closing bracket.
            '-' if scan.chars.peek() == Some(&'>') => drop(scan.next()),
            c => header.tokens.push(c.to_string()),
        }
        Some(Token::Other)
    }

    /// What a function is called whose name stands here, if that is certain.
    fn called(&self, name: &str) -> Option<String> {
        // A function stands between parentheses in the input of a macro, and nowhere else.
        if self.header.depth > 0 {
            return None;
        }
        let mut path = String::new();
        for block in &self.open {
            match block.kind {
                Kind::Block => {}
                // The compiler's path of a module in a function names both.
                Kind::Module if path.is_empty() => {}
                Kind::Module | Kind::Unknown => return None,
                Kind::Named => {
                    path.push_str(block.name.as_deref()?);
                    path.push_str("::");
                }
            }
        }
        Some(path + name)
    }
}

struct Open {
    kind: Kind,
    name: Option<String>,
    /// What was begun when a block between parentheses was opened.
    outer: Option<Header>,
}

/// What a block says of the path of what stands in it.
#[derive(Clone, Copy)]
enum Kind {
    Block,
    Module,
    /// A function, a trait, or the type of an `impl`.
    Named,
    /// The input of a macro, or an `impl` for a type that is not written as a path.
    Unknown,
}

/// The tokens since the last statement or block.
#[derive(Default)]
struct Header {
    tokens: Vec<String>,
    depth: usize,
}

impl Header {
    fn kind(&self) -> Kind {
        let tokens: Vec<&str> = self.tokens.iter().map(String::as_str).collect();
        if is_macro(&tokens) || tokens.contains(&"$") {
            return Kind::Unknown;
        }
        match tokens
            .iter()
            .position(|token| ["mod", "fn", "trait", "impl"].contains(token))
            .map(|at| tokens[at])
        {
            Some("mod") => Kind::Module,
            Some("impl") if !is_for_path(&tokens) => Kind::Unknown,
            Some(_) => Kind::Named,
            None => Kind::Block,
        }
    }

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

/// Whether what follows is the input of a macro: `name! {`, `macro_rules! name {`, or between the parentheses of `name!(`.
fn is_macro(tokens: &[&str]) -> bool {
    let is_name = |token: &str| {
        token.starts_with(is_word) && !["if", "while", "match", "return", "in", "else"].contains(&token)
    };
    tokens.iter().enumerate().any(|(at, token)| {
        *token == "!"
            && at > 0
            && is_name(tokens[at - 1])
            && match &tokens[at + 1..] {
                [] | ["(" | "[", ..] => true,
                [name] => is_name(name),
                _ => false,
            }
    })
}

/// Whether an `impl` is for a type that is written as a path.
fn is_for_path(tokens: &[&str]) -> bool {
    let mut depth = 0_usize;
    let mut plain = true;
    for token in tokens.iter().skip_while(|token| **token != "impl").skip(1) {
        match *token {
            "<" => depth += 1,
            ">" => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            "where" => break,
            "for" => plain = true,
            "dyn" | "fn" | "impl" => plain = false,
            ":" => {}
            word if word.starts_with(is_word) => {}
            _ => plain = false,
        }
    }
    plain
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
    use super::{enclosing, functions};

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
    fn functions_are_called_as_a_reader_calls_them() {
        for (text, expected) in [
            ("fn a() {} mod m { pub(crate) async fn b() { fn c() {} } }", "a b b::c"),
            ("impl<T> Load for db::Store<T> { fn a(&self) { if !x { fn b() {} } } }", "Store::a Store::a::b"),
            ("trait Load: Sized { fn a() {} }", "Load::a"),
            ("const _: () = { impl Store { unsafe extern \"C\" fn r#match() {} } };", "Store::match"),
            ("impl Load for fn(u8) -> u8 { fn a() {} } impl Load for [u8] { fn a() {} }", ""),
            ("impl Load for &Store { fn a() {} } impl dyn Load { fn a() {} }", ""),
            ("macro_rules! m { ($t:ty) => { impl $t { fn a() {} } } } m! { fn b() {} } m!(fn c() {});", ""),
            ("m!({ fn a() {} }); m! { mod n { impl Store { fn b() {} } } } fn d() {}", "d"),
            ("fn a(f: fn(u8) -> u8) { mod m { fn b() {} } f(|| { fn c() {} }) }", "a a::c"),
            ("#[x(fn)] fn a() {} // fn b\n /* fn c */ const A: &str = \"fn d\"; fn\n  e() {}", "a e"),
        ] {
            let mut found: Vec<_> = functions(text).into_iter().collect();
            found.sort();
            let names: Vec<_> = found.into_iter().map(|(_, name)| name).collect();
            assert_eq!(names.join(" "), expected, "{text}");
        }
        assert_eq!(functions("mod é {\n fn größe() {} }").into_keys().collect::<Vec<_>>(), [(2, 4)]);
    }

    #[test]
    fn any_text_comes_to_an_end() {
        for text in ["", "{", "}}}", "'", "\"", "r#", "r#\"", "/*", "b'\\", "((((", "))))", "mod", "impl {"] {
            enclosing(text, 99, 99);
            functions(text);
        }
    }
}
