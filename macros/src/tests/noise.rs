//! Whatever stands in or under an attribute, the macros do not panic, and a function survives it. Noise, and what a user
//! at the keyboard makes of a good attribute: tokens that are missing, doubled, swapped or something else.

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use quote::quote;

use super::{ATTRIBUTES, Expand, tokens};

/// Words that mean something to the macros or to Rust, and some that do not.
const WORDS: &str = "name op tags data user id email username args skip skip_all redact level ignore fingerprint source \
    root capture propagate crate off err options flavor worker_threads dsn sample_rate slug schedule timezone \
    checkin_margin max_runtime every fn async const unsafe extern impl pub self Self struct trait mod let if else match \
    return break loop move mut ref where for dyn await main test tokio spawn Ok Result true a größe r#fn";
const MARKS: &str = "=,.:;?!&|<>-#@*$'";
const LITERALS: [&str; 14] = [
    "\"two\\nlines\"",
    "\"{a} {\"",
    "\"* * * * *\"",
    "\"\"",
    "1e300f64",
    "340282366920938463463374607431768211455u128",
    "-1",
    "0",
    "b\"\\xff\"",
    "c\"c\"",
    "'\\''",
    "b'x'",
    "r#\"raw\"#",
    "1_000",
];

/// Each attribute with arguments that are right.
const GOOD: [(&str, &str); 5] = [
    (
        "cron",
        "slug = \"nightly-import\", schedule = \"30 3 * * *\", timezone = \"Europe/Berlin\", checkin_margin = 5, crate = ::s",
    ),
    (
        "main",
        "dsn = \"\", sample_rate = 0.5, options = a(), before_send = |e| Some(e), flavor = \"current_thread\", crate = ::s",
    ),
    (
        "monitored",
        "name = \"GET {a}\", op = \"o\", tags(a.b = \"c\", \"d\" = e(f), g = err.h()), data(x = 1), user(id = a, email = b), args(a, b), \
         redact(c), level = \"warning\", ignore(E::F, e if e.g(), io::Error), fingerprint(\"{{ default }}\", a), capture = false, \
         propagate = true, crate = ::s",
    ),
    (
        "transaction",
        "name = \"n\", op = \"db.query\", source = \"route\", root, tags(a = \"b\"), skip_all, crate = s",
    ),
    ("test", "environment = \"testing\", traces_sample_rate = 1.0, options = a(), crate = ::s"),
];

/// The function under each, with all that the macros look at.
fn function(attribute: &str) -> TokenStream {
    let head = match attribute {
        "main" | "test" => "pub async fn main() -> Result<(), E>",
        _ => "#[a(b)] pub async fn main<T>(&self, (a, b): C, c: u8) -> Result<impl D, E> where T: F",
    };
    tokens(&format!(
        "{head} {{ #![g] use h::i; let j = k?; if let Some(l) = m {{ return n }}
            tokio::spawn(async move {{ o.await? }}); match p {{ q if r => s!(c), _ => Ok(t) }} }}"
    ))
}

/// A token tree that can be shown and shrunk.
#[derive(Clone, Debug)]
enum Token {
    Word(&'static str),
    Mark(char),
    Literal(&'static str),
    /// What a good attribute holds.
    Given(String),
    Group(char, Vec<Token>),
}

impl Token {
    fn read(tokens: TokenStream) -> Vec<Self> {
        let read = |token| match token {
            TokenTree::Group(group) => {
                let open = match group.delimiter() {
                    Delimiter::Parenthesis => '(',
                    Delimiter::Brace => '{',
                    Delimiter::Bracket => '[',
                    Delimiter::None => ' ',
                };
                Self::Group(open, Self::read(group.stream()))
            }
            TokenTree::Punct(punct) => Self::Mark(punct.as_char()),
            other => Self::Given(other.to_string()),
        };
        tokens.into_iter().map(read).collect()
    }

    fn write(&self) -> TokenStream {
        let literal = |text: &str| match text.parse::<Literal>() {
            Ok(literal) => TokenTree::from(literal).into(),
            Err(_) => tokens(text),
        };
        match self {
            Self::Word(text) => tokens(text),
            Self::Literal(text) => literal(text),
            Self::Given(text) => tokens(text),
            // A quote of its own is no token that rustc would hand on.
            Self::Mark('\'') => {
                let name: TokenTree = Ident::new("a", Span::call_site()).into();
                [Punct::new('\'', Spacing::Joint).into(), name].into_iter().collect()
            }
            Self::Mark(mark) => TokenTree::from(Punct::new(*mark, Spacing::Joint)).into(),
            Self::Group(open, inner) => {
                let delimiter = match open {
                    '(' => Delimiter::Parenthesis,
                    '{' => Delimiter::Brace,
                    '[' => Delimiter::Bracket,
                    _ => Delimiter::None,
                };
                TokenTree::from(Group::new(delimiter, write(inner))).into()
            }
        }
    }
}

fn write(tokens: &[Token]) -> TokenStream {
    tokens.iter().map(Token::write).collect()
}

fn token() -> impl Strategy<Value = Token> {
    let leaf = prop_oneof![
        4 => select(WORDS.split_whitespace().collect::<Vec<_>>()).prop_map(Token::Word),
        3 => select(MARKS.chars().collect::<Vec<_>>()).prop_map(Token::Mark),
        1 => select(LITERALS.to_vec()).prop_map(Token::Literal),
    ];
    leaf.prop_recursive(4, 40, 8, |inner| {
        (select(vec!['(', '{', '[', ' ']), prop::collection::vec(inner, 0..8))
            .prop_map(|(open, inner)| Token::Group(open, inner))
    })
}

fn noise() -> impl Strategy<Value = Vec<Token>> {
    prop::collection::vec(token(), 0..10)
}

/// What happens to one token of a list.
#[derive(Clone, Debug)]
enum Damage {
    Remove,
    Double,
    Swap,
    Replace(Token),
    Insert(Token),
    /// So many brackets round it.
    Nest(char, usize),
    /// The list so many times over.
    Repeat(usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        3 => Just(Damage::Remove),
        2 => Just(Damage::Double),
        2 => Just(Damage::Swap),
        3 => token().prop_map(Damage::Replace),
        2 => token().prop_map(Damage::Insert),
        1 => (select(vec!['(', '{', '[', ' ']), 1..50_usize).prop_map(|(open, depth)| Damage::Nest(open, depth)),
        1 => (2..30_usize).prop_map(Damage::Repeat),
    ]
}

impl Damage {
    /// Does it at a place of the list, or in a list inside of it as long as `deeper` says so.
    fn apply(&self, list: &mut Vec<Token>, mut at: impl Iterator<Item = Index>) {
        let Some(place) = at.next() else { return };
        if list.is_empty() {
            if let Self::Insert(token) = self {
                list.push(token.clone());
            }
            return;
        }
        let index = place.index(list.len());
        // Three of four times where there is a list.
        if let Token::Group(_, inner) = &mut list[index]
            && place.index(4) > 0
        {
            return self.apply(inner, at);
        }
        match self {
            Self::Remove => drop(list.remove(index)),
            Self::Double => list.insert(index, list[index].clone()),
            Self::Swap => {
                let other = (index + 1) % list.len();
                list.swap(index, other);
            }
            Self::Replace(token) => list[index] = token.clone(),
            Self::Insert(token) => list.insert(index, token.clone()),
            Self::Nest(open, depth) => {
                let nested =
                    (0..*depth).fold(list[index].clone(), |inner, _| Token::Group(*open, vec![inner]));
                list[index] = nested;
            }
            Self::Repeat(times) => *list = vec![&list[..]; *times].concat(),
        }
    }
}

/// Something good with some damage.
fn damaged(good: TokenStream) -> impl Strategy<Value = Vec<Token>> {
    let good = Token::read(good);
    let places = prop::collection::vec(any::<Index>(), 6);
    prop::collection::vec((damage(), places), 0..4).prop_map(move |damages| {
        let mut tokens = good.clone();
        for (damage, places) in damages {
            damage.apply(&mut tokens, places.into_iter());
        }
        tokens
    })
}

fn arguments(good: &str) -> impl Strategy<Value = Vec<Token>> {
    prop_oneof![1 => noise(), 4 => damaged(tokens(good))]
}

fn attributes() -> impl Iterator<Item = (&'static str, Expand, &'static str)> {
    ATTRIBUTES.into_iter().map(|(name, expand)| {
        let good = GOOD.iter().find(|(known, _)| *known == name);
        (name, expand, good.unwrap_or_else(|| panic!("no good arguments for {name}")).1)
    })
}

/// Runs a property often enough to be worth its time in every run of the tests; `PROPTEST_CASES` asks for more.
fn check<S: Strategy>(strategy: &S, property: impl Fn(S::Value)) {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let outcome = runner.run(strategy, |value| {
        property(value);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

#[test]
fn what_is_damaged_here_was_good() {
    for (name, expand, good) in attributes() {
        let expansion = expand(tokens(good), function(name)).to_string();
        assert!(!expansion.contains("compile_error"), "#[{name}] {expansion}");
    }
}

/// Wrong arguments are reported beside the function, which is what it was.
#[test]
fn a_function_survives_its_arguments() {
    for (name, expand, good) in attributes() {
        let function = function(name);
        let text = function.to_string();
        check(&arguments(good), |args| {
            let expansion = expand(write(&args), function.clone()).to_string();
            // An `async fn main` as it stands would be one more mistake.
            let kept = if name == "main" { "fn main ()" } else { &text };
            if expansion.contains("compile_error") {
                assert!(expansion.contains(kept), "#[{name}] {expansion}");
            }
        });
    }
}

/// The arguments are right, so that it is their expansion which has to deal with the item.
#[test]
fn no_item_is_too_strange() {
    for (name, expand, good) in attributes() {
        let args = tokens(good);
        check(&prop_oneof![1 => noise(), 3 => damaged(function(name))], |item| {
            let item = write(&item);
            let expansion = expand(args.clone(), item.clone());
            assert!(!expansion.is_empty(), "#[{name}] {item}");
        });
    }
}

#[test]
fn no_block_is_too_strange() {
    for (name, expand, good) in attributes() {
        let strategy = (arguments(good), damaged(function(name)), noise());
        check(&strategy, |(args, function, more)| {
            let [args, function, more] = [args, function, more].map(|tokens| write(&tokens));
            let block = quote!(impl A { #[monitored(#args)] #function #more });
            let expansion = expand(args, block);
            assert!(!expansion.is_empty(), "#[{name}]");
        });
    }
}

#[test]
fn a_huge_list_is_read() {
    let tags: Vec<_> = (0..2000).map(|number| format!("k{number} = {number}")).collect();
    let args = tokens(&format!("tags({})", tags.join(",")));
    let expansion = super::expand::monitored::expand(args, tokens("fn f() {}")).to_string();
    assert!(expansion.contains("k1999"));
}
