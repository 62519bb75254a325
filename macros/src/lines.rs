//! Which line of an expression a reader looks for.

use syn::spanned::Spanned as _;
use syn::{Expr, Path};

use crate::model;

/// The line of the last segment of `expr`: the method's name in a chain, the function's in a call, `.await` itself.
/// A call whose arguments fill many lines is found where it begins, not at its closing parenthesis.
pub(crate) fn line_of(expr: &Expr) -> u32 {
    match expr {
        Expr::MethodCall(call) => model::line_of(call.method.span()),
        Expr::Await(awaited) => model::line_of(awaited.await_token.span),
        Expr::Field(field) => model::line_of(field.member.span()),
        Expr::Call(call) => line_of(&call.func),
        Expr::Index(index) => line_of(&index.expr),
        Expr::Try(tried) => line_of(&tried.expr),
        Expr::Paren(paren) => line_of(&paren.expr),
        Expr::Group(group) => line_of(&group.expr),
        Expr::Path(expr) => line_of_path(&expr.path),
        Expr::Struct(expr) => line_of_path(&expr.path),
        Expr::Macro(expr) => line_of_path(&expr.mac.path),
        other => model::line_of(other.span()),
    }
}

/// The line of a path's last segment.
pub(crate) fn line_of_path(path: &Path) -> u32 {
    model::line_of(path.segments.last().map_or_else(|| path.span(), |segment| segment.ident.span()))
}
