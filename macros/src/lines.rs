//! Which line of an expression a reader looks for, and which column of it.

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::{Expr, Path};

/// In a place columns count so much, so that the digits of both can be read. The runtime takes it apart again:
/// `private/site.rs`.
const COLUMN: u32 = 1_000_000;

/// Where a token stands, in one number: its line, and above it its column, both from 1. A column that is too far right is
/// left out.
pub(crate) fn place_of(span: Span) -> u32 {
    let start = span.start();
    let line = u32::try_from(start.line).ok().filter(|line| *line < COLUMN);
    let column = u32::try_from(start.column + 1).ok().filter(|column| *column < u32::MAX / COLUMN);
    line.map_or(0, |line| column.unwrap_or(0) * COLUMN + line)
}

/// The place of the last segment of `expr`: the method's name in a chain, the function's in a call, `.await` itself.
/// A call whose arguments fill many lines is found where it begins, not at its closing parenthesis.
pub(crate) fn place_of_expr(expr: &Expr) -> u32 {
    match expr {
        Expr::MethodCall(call) => place_of(call.method.span()),
        Expr::Await(awaited) => place_of(awaited.await_token.span),
        Expr::Field(field) => place_of(field.member.span()),
        Expr::Call(call) => place_of_expr(&call.func),
        Expr::Index(index) => place_of_expr(&index.expr),
        Expr::Try(tried) => place_of_expr(&tried.expr),
        Expr::Paren(paren) => place_of_expr(&paren.expr),
        Expr::Group(group) => place_of_expr(&group.expr),
        Expr::Path(expr) => place_of_path(&expr.path),
        Expr::Struct(expr) => place_of_path(&expr.path),
        Expr::Macro(expr) => place_of_path(&expr.mac.path),
        other => place_of(other.span()),
    }
}

/// The place of a path's last segment.
pub(crate) fn place_of_path(path: &Path) -> u32 {
    place_of(path.segments.last().map_or_else(|| path.span(), |segment| segment.ident.span()))
}
