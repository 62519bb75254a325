//! What a function returns, as far as its written type tells.

use proc_macro2::Ident;
use syn::{GenericArgument, PathArguments, ReturnType, Type, TypeParamBound, TypeParen, TypePath};

/// A return type.
pub(crate) enum Returned<'a> {
    /// A value.
    Value(Option<&'a Type>),
    /// Work that has yet to be done.
    Work(Work<'a>),
}

/// A future or a stream.
pub(crate) struct Work<'a> {
    pub(crate) kind: WorkKind,
    /// Whether it is in a `Pin<Box<…>>`, so that we may put another one there.
    pub(crate) boxed: bool,
    /// The type of what comes out, for the compiler to know before it looks at the body, if that is written.
    pub(crate) item: Option<&'a Type>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum WorkKind {
    Future,
    Stream,
}

impl<'a> Returned<'a> {
    pub(crate) fn of(output: &'a ReturnType) -> Self {
        match output {
            ReturnType::Default => Self::Value(None),
            ReturnType::Type(_, ty) => work(ty).map_or(Self::Value(Some(ty)), Self::Work),
        }
    }

    /// Whether an `Err` may come out. An alias may hide a `Result`, an `impl Trait` may be one; a reference, a tuple, a
    /// number or an `impl Fn` cannot.
    pub(crate) fn may_fail(&self) -> bool {
        match self {
            Self::Value(None) => false,
            Self::Value(Some(ty)) => may_be_result(ty),
            Self::Work(work) => work.item.is_none_or(may_be_result),
        }
    }
}

fn may_be_result(ty: &Type) -> bool {
    match plain(ty) {
        Type::Array(_)
        | Type::FnPtr(_)
        | Type::Never(_)
        | Type::Ptr(_)
        | Type::Reference(_)
        | Type::Slice(_)
        | Type::TraitObject(_)
        | Type::Tuple(_) => false,
        Type::ImplTrait(hidden) => !hidden.bounds.iter().any(no_result_is),
        Type::Path(path) => path.qself.is_some() || path.path.segments.len() > 1 || !is_everyday(path),
        _ => true,
    }
}

/// Whether the bound is a trait of the standard library that `Result` does not implement.
fn no_result_is(bound: &TypeParamBound) -> bool {
    const NAMES: [&str; 11] = [
        "AsyncFn",
        "AsyncFnMut",
        "AsyncFnOnce",
        "Display",
        "DoubleEndedIterator",
        "ExactSizeIterator",
        "Fn",
        "FnMut",
        "FnOnce",
        "FusedIterator",
        "Iterator",
    ];
    let TypeParamBound::Trait(bound) = bound else { return false };
    bound.path.segments.last().is_some_and(|last| NAMES.iter().any(|name| last.ident == name))
}

/// Whether the type is named like one that everybody knows and nobody would call a `Result` by.
fn is_everyday(path: &TypePath) -> bool {
    const NAMES: [&str; 21] = [
        "Box", "Option", "String", "Vec", "bool", "char", "f32", "f64", "i128", "i16", "i32", "i64", "i8",
        "isize", "str", "u128", "u16", "u32", "u64", "u8", "usize",
    ];
    last(path).is_some_and(|(name, _)| NAMES.iter().any(|known| name == known))
}

/// `impl Future`, `Pin<Box<dyn Future>>`, `BoxFuture`, `LocalBoxFuture`, and the same of streams.
fn work(ty: &Type) -> Option<Work<'_>> {
    match plain(ty) {
        Type::ImplTrait(hidden) => {
            let (kind, item) = among(hidden.bounds.iter())?;
            Some(Work { kind, boxed: false, item })
        }
        Type::Path(path) => {
            let (name, arguments) = last(path)?;
            let kind = match name.to_string().as_str() {
                "Pin" => return pinned(only(arguments)?),
                "BoxFuture" | "LocalBoxFuture" => WorkKind::Future,
                "BoxStream" | "LocalBoxStream" => WorkKind::Stream,
                _ => return None,
            };
            // Not the last of the arguments: whoever writes such an alias may put that into a `Result`.
            Some(Work { kind, boxed: true, item: None })
        }
        _ => None,
    }
}

/// The work in `Pin<ty>`.
fn pinned(ty: &Type) -> Option<Work<'_>> {
    let Type::Path(path) = plain(ty) else { return None };
    let (name, arguments) = last(path)?;
    if name != "Box" {
        return None;
    }
    let (kind, item) = match plain(only(arguments)?) {
        Type::TraitObject(object) => among(object.bounds.iter())?,
        _ => return None,
    };
    Some(Work { kind, boxed: true, item })
}

/// The work that bounds ask for, if they ask for nothing that ours could lack.
fn among<'a>(bounds: impl Iterator<Item = &'a TypeParamBound>) -> Option<(WorkKind, Option<&'a Type>)> {
    let mut found = None;
    for bound in bounds {
        let TypeParamBound::Trait(bound) = bound else { continue };
        let last = bound.path.segments.last()?;
        let (kind, item) = match last.ident.to_string().as_str() {
            "Send" | "Sync" | "Unpin" | "Sized" => continue,
            "Future" => (WorkKind::Future, "Output"),
            "Stream" => (WorkKind::Stream, "Item"),
            _ => return None,
        };
        found = Some((kind, assigned(&last.arguments, item)));
    }
    found
}

/// The type of `name` in `<name = type>`.
fn assigned<'a>(arguments: &'a PathArguments, name: &str) -> Option<&'a Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(assigned) if assigned.ident == name => Some(&assigned.ty),
        _ => None,
    })
}

fn last(path: &TypePath) -> Option<(&Ident, &PathArguments)> {
    path.path.segments.last().map(|last| (&last.ident, &last.arguments))
}

fn types(arguments: &PathArguments) -> impl Iterator<Item = &Type> {
    let arguments = match arguments {
        PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
        _ => None,
    };
    arguments.into_iter().flatten().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

fn only(arguments: &PathArguments) -> Option<&Type> {
    let mut types = types(arguments);
    types.next().filter(|_| types.next().is_none())
}

/// `ty` without parentheses, and without the group that a `macro_rules` fragment is in.
fn plain(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => plain(&group.elem),
        Type::Paren(TypeParen { elem, .. }) => plain(elem),
        other => other,
    }
}
