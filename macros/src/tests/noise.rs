//! Whatever stands in or under an attribute, the macros do not panic.

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::quote;

use super::{ATTRIBUTES, tokens};

const WORDS: [&str; 57] = [
    "name",
    "op",
    "tags",
    "data",
    "user",
    "id",
    "level",
    "source",
    "root",
    "ignore",
    "fingerprint",
    "args",
    "skip",
    "skip_all",
    "redact",
    "err",
    "capture",
    "propagate",
    "crate",
    "options",
    "flavor",
    "worker_threads",
    "dsn",
    "sample_rate",
    "fn",
    "async",
    "const",
    "unsafe",
    "extern",
    "impl",
    "pub",
    "self",
    "Self",
    "struct",
    "trait",
    "mod",
    "let",
    "if",
    "else",
    "match",
    "return",
    "break",
    "loop",
    "move",
    "mut",
    "ref",
    "where",
    "for",
    "dyn",
    "await",
    "main",
    "tokio",
    "spawn",
    "Ok",
    "true",
    "a",
    "größe",
];
const MARKS: [char; 16] = ['=', ',', '.', ':', ';', '?', '!', '&', '|', '<', '>', '-', '#', '@', '*', '$'];

/// xorshift: the same noise in every run.
struct Noise(u64);

impl Noise {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).expect("it is below a usize")
    }

    fn tokens(&mut self, depth: usize) -> TokenStream {
        (0..self.below(9)).map(|_| self.token(depth)).collect()
    }

    fn token(&mut self, depth: usize) -> TokenTree {
        match self.below(if depth == 0 { 8 } else { 12 }) {
            0..=3 => Ident::new(WORDS[self.below(WORDS.len())], Span::call_site()).into(),
            4..=6 => {
                let spacing = if self.below(2) == 0 { Spacing::Alone } else { Spacing::Joint };
                Punct::new(MARKS[self.below(MARKS.len())], spacing).into()
            }
            7 => match self.below(5) {
                0 => Literal::string("two\nlines").into(),
                1 => Literal::f64_suffixed(1e300).into(),
                2 => Literal::u128_suffixed(u128::MAX).into(),
                3 => Literal::byte_string(b"\xff").into(),
                _ => Literal::character('\'').into(),
            },
            other => {
                let delimiter =
                    [Delimiter::Parenthesis, Delimiter::Brace, Delimiter::Bracket, Delimiter::None]
                        [other - 8];
                Group::new(delimiter, self.tokens(depth - 1)).into()
            }
        }
    }

    /// `tokens` with one of them replaced, dropped or doubled, at any depth.
    fn damaged(&mut self, tokens: TokenStream) -> TokenStream {
        let mut tokens: Vec<_> = tokens.into_iter().collect();
        if tokens.is_empty() {
            return self.tokens(1);
        }
        let at = self.below(tokens.len());
        match &tokens[at] {
            TokenTree::Group(group) if self.below(4) > 0 => {
                tokens[at] = Group::new(group.delimiter(), self.damaged(group.stream())).into();
            }
            _ => match self.below(3) {
                0 => tokens[at] = self.token(1),
                1 => drop(tokens.remove(at)),
                _ => tokens.insert(at, tokens[at].clone()),
            },
        }
        tokens.into_iter().collect()
    }
}

#[test]
fn noise_does_not_panic() {
    let good_args = tokens(
        "name = \"n {j}\", source = \"url\", root, level = \"info\", data(a = 1), user(id = 2), ignore(A::B(..), c::D, e if f), fingerprint(err, g), args(self), skip(b), redact(a), op = \"o\", tags(a.b = \"c\", \"d\" = e(f)), capture = false, options = a(), flavor = \"x\", crate = ::s",
    );
    let good_item = tokens(
        "#[a(b)] pub async fn main<T>(&self, (a, b): C) -> Result<impl D, E> where T: F { #![g] use h::i; let j = k?;
        if let Some(l) = m { return n } tokio::spawn(async move { o.await? }); match p { q if r => s!(), _ => Ok(t) } }",
    );
    let mut noise = Noise(0x5EED);
    for _ in 0..4000 {
        let args = match noise.below(3) {
            0 => noise.tokens(3),
            1 => noise.damaged(good_args.clone()),
            _ => TokenStream::new(),
        };
        let item = match noise.below(4) {
            3 => {
                let inner = noise.damaged(good_item.clone());
                let more = noise.tokens(3);
                quote!(impl A { #[monitored(#args)] #inner #more })
            }
            0 => noise.tokens(3),
            1 => noise.damaged(good_item.clone()),
            _ => {
                let body = noise.tokens(4);
                quote!(fn f() -> Result<(), E> { #body })
            }
        };
        for (name, expand) in ATTRIBUTES {
            let expansion = expand(args.clone(), item.clone());
            assert!(!expansion.is_empty(), "#[{name}({args})] {item}");
        }
    }
}
