//! `#[derive(sentry::Report)]`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote_spanned};
use syn::{Attribute, Data, DeriveInput, Field, Fields, Index, Member, Type};

use super::extras::reference;
use super::{located_at, variant};
use crate::args::report::{Meaning, holds_causes};
use crate::args::{Root, Tag, TagValue};
use crate::diagnostics::Diagnostics;

/// The implementation of `Report`; beside the mistakes, if there are any, as others ask for it.
pub(crate) fn expand(item: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(item) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut diagnostics = Diagnostics::default();
    let whole = Meaning::of_type(&input.attrs, &mut diagnostics);
    let forms = forms(&input, &mut diagnostics);
    let private = Root::private(whole.root.as_ref());
    let expansion = render(&private, &input, &whole, &forms);
    let mut tokens = diagnostics.into_tokens();
    tokens.extend(expansion);
    tokens
}

/// A struct, or a variant of an enum.
struct Form<'a> {
    path: TokenStream,
    fields: &'a Fields,
    meaning: Meaning,
    /// The fields that hold causes, and their types.
    causes: Vec<(Member, &'a Type)>,
}

fn forms<'a>(input: &'a DeriveInput, diagnostics: &mut Diagnostics) -> Vec<Form<'a>> {
    let here = Span::mixed_site();
    match &input.data {
        Data::Struct(data) => vec![Form {
            path: quote_spanned!(here=> Self),
            fields: &data.fields,
            meaning: Meaning::default(),
            causes: causes(&data.fields, diagnostics),
        }],
        Data::Enum(data) => data
            .variants
            .iter()
            .map(|variant| {
                let name = &variant.ident;
                Form {
                    path: quote_spanned!(here=> Self::#name),
                    fields: &variant.fields,
                    meaning: Meaning::of_variant(&variant.attrs, diagnostics),
                    causes: causes(&variant.fields, diagnostics),
                }
            })
            .collect(),
        Data::Union(data) => {
            diagnostics.error(data.union_token, "`#[derive(Report)]` goes on a struct or an enum");
            Vec::new()
        }
    }
}

fn causes<'a>(fields: &'a Fields, diagnostics: &mut Diagnostics) -> Vec<(Member, &'a Type)> {
    let holding = fields.iter().enumerate().filter(|(_, field)| holds_causes(&field.attrs, diagnostics));
    holding.map(|(at, field)| (member(at, field), &field.ty)).collect()
}

fn member(at: usize, field: &Field) -> Member {
    field.ident.clone().map_or_else(|| Member::Unnamed(Index::from(at)), Member::Named)
}

/// Output, with `#private` left out, for an enum with one variant of which something is said:
/// ```text
/// impl Report for DbError {
///     fn meaning(&self) -> Meaning {
///         let mut meaning = Meaning::new();
///         match self {
///             Self::NotFound { table } => {
///                 meaning.level = Some(Level::Info);
///                 meaning = meaning.tag("table", Text::text(&(table)));
///             }
///             _ => {}
///         }
///         meaning
///     }
/// }
/// inventory::submit! { Registered::of::<DbError>() }
/// ```
fn render(private: &TokenStream, input: &DeriveInput, whole: &Meaning, forms: &[Form<'_>]) -> TokenStream {
    let here = Span::mixed_site();
    let name = &unblamed(&input.ident, &input.attrs);
    let (impl_generics, type_generics, clause) = input.generics.split_for_impl();
    let error = quote_spanned!(here=> (dyn ::core::error::Error + 'static));
    let mut clause = clause.cloned();
    let mut registered = None;
    if input.generics.params.is_empty() {
        // Nothing it could borrow, so it can be told from other types.
        registered = Some(quote_spanned! {here=>
            #private::inventory::submit! { #private::Registered::of::<#name>() }
        });
    } else {
        let clause = clause.get_or_insert_with(|| syn::WhereClause {
            where_token: syn::token::Where(here),
            predicates: syn::punctuated::Punctuated::new(),
        });
        clause.predicates.push(syn::parse_quote_spanned!(here=> Self: ::core::error::Error));
    }
    // The one that the user's expressions call `self`.
    let this = Ident::new("self", Span::call_site());
    let meaning = arms(forms, |form| meaning(private, whole, form)).map(|arms| {
        quote_spanned! {here=>
            fn meaning(&#this) -> #private::Meaning {
                let mut meaning = #private::Meaning::new();
                match #this { #arms }
                meaning
            }
        }
    });
    let causes = arms(forms, |form| held(private, form)).map(|arms| {
        quote_spanned! {here=>
            fn causes(&self) -> ::std::vec::Vec<&#error> {
                let mut causes = ::std::vec::Vec::new();
                match self { #arms }
                causes
            }
        }
    });
    quote_spanned! {here=>
        #[automatically_derived]
        #[allow(unused_variables, unreachable_patterns, clippy::pedantic, clippy::nursery)]
        impl #impl_generics #private::Report for #name #type_generics #clause {
            #meaning
            #causes
        }
        #registered
    }
}

/// The arms for the forms of which `say` has something to say; nothing where it has not of any.
fn arms(forms: &[Form<'_>], say: impl Fn(&Form<'_>) -> TokenStream) -> Option<TokenStream> {
    let mut arms = TokenStream::new();
    for form in forms {
        let statements = say(form);
        if !statements.is_empty() {
            let pattern = pattern(form);
            arms.extend(quote_spanned!(Span::mixed_site()=> #pattern => { #statements }));
        }
    }
    let here = Span::mixed_site();
    (!arms.is_empty()).then(|| quote_spanned!(here=> #arms _ => {}))
}

/// Every field by its name, `_0` and so on where it has none, as the user's expressions call them.
fn pattern(form: &Form<'_>) -> TokenStream {
    let fields = form.fields.iter().enumerate().map(|(at, field)| {
        let member = member(at, field);
        let name = binding(&member);
        match member {
            Member::Named(own) if is_deprecated(&field.attrs) => {
                let own = unblamed(&own, &field.attrs);
                quote_spanned!(Span::mixed_site()=> #own: #name)
            }
            Member::Named(_) => name.into_token_stream(),
            Member::Unnamed(index) => quote_spanned!(Span::mixed_site()=> #index: #name),
        }
    });
    let path = &form.path;
    quote_spanned!(Span::mixed_site()=> #path { #(#fields),* })
}

fn is_deprecated(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("deprecated"))
}

/// The name of something with these attributes. That of what is deprecated is said by the derive, which rustc does not
/// blame for it.
fn unblamed(name: &Ident, attributes: &[Attribute]) -> Ident {
    let mut name = name.clone();
    if is_deprecated(attributes) {
        name.set_span(Span::mixed_site().located_at(name.span()));
    }
    name
}

fn binding(member: &Member) -> Ident {
    match member {
        Member::Named(name) => name.clone(),
        Member::Unnamed(index) => format_ident!("_{}", index.index, span = Span::call_site()),
    }
}

/// Statements that set what a form means, or the whole type where the form says nothing.
fn meaning(private: &TokenStream, whole: &Meaning, form: &Form<'_>) -> TokenStream {
    let here = Span::mixed_site();
    let own = &form.meaning;
    let mut statements = TokenStream::new();
    if let Some(level) = own.level.or(whole.level) {
        let level = variant(level);
        statements.extend(quote_spanned! {here=>
            meaning.level = ::core::option::Option::Some(#private::Level::#level);
        });
    }
    let fingerprint = if own.fingerprint.is_empty() { &whole.fingerprint } else { &own.fingerprint };
    for part in fingerprint {
        let part = text(private, part);
        statements.extend(quote_spanned!(here=> meaning = meaning.fingerprint(#part);));
    }
    let of_type = whole.tags.iter().filter(|tag| !own.tags.iter().any(|own| own.key == tag.key));
    for Tag { key, value } in own.tags.iter().chain(of_type) {
        let value = match value {
            TagValue::Literal(text) => text.to_token_stream(),
            TagValue::Dynamic(value) => text(private, value),
        };
        statements.extend(quote_spanned!(here=> meaning = meaning.tag(#key, #value);));
    }
    if own.ignore || whole.ignore {
        statements.extend(quote_spanned!(here=> meaning = meaning.ignore();));
    }
    if own.redact || whole.redact {
        statements.extend(quote_spanned!(here=> meaning = meaning.redact();));
    }
    statements
}

/// The text of an expression, or what rustc says where it has none.
fn text(private: &TokenStream, value: &TokenStream) -> TokenStream {
    let value_of = reference(value);
    quote_spanned!(located_at(value)=> #private::value::Text::text(#value_of))
}

/// Statements that add the causes which a form holds.
fn held(private: &TokenStream, form: &Form<'_>) -> TokenStream {
    let each = form.causes.iter().map(|(member, ty)| {
        let field = binding(member);
        // Where rustc says that they are no errors.
        let look = quote_spanned!(located_at(&ty.to_token_stream())=> __sentry_held());
        quote_spanned! {Span::mixed_site()=>
            // Not a loop: an `Option` is welcome too, and rustc would rather see it in an `if let`.
            causes.extend(::core::iter::Iterator::map(::core::iter::IntoIterator::into_iter(#field), |held| {
                use #private::held::*;
                (&&&#private::Held(held)).#look
            }));
        }
    });
    each.collect()
}
