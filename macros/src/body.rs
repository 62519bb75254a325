//! Rewriting of a body: notes of the lines by which control leaves, and context for work that is handed on.
//!
//! Input:
//! ```text
//! let row = query(id)?;
//! if row.is_empty() { return Err(Gone) }
//! tokio::spawn(index(row));
//! decode(row)
//! ```
//! Output, with `#private` left out:
//! ```text
//! let row = at(query(id), site, 1)?;
//! if row.is_empty() { note(site, 2); return Err(Gone) }
//! tokio::spawn(bind_future(index(row)));
//! note(site, 4);
//! decode(row)
//! ```
//! A note says where control would leave from here; a `?` further in notes its own line afterwards. So it is enough
//! that nothing leaves without one, and one too many does no harm.

use std::mem;

use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::parse::{ParseStream, Parser as _};
use syn::spanned::Spanned as _;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Block, Expr, ExprBlock, ExprBreak, ExprCall, ExprIf, ExprMacro, ExprRepeat, ExprReturn,
    ExprUnsafe, GenericArgument, Item, Local, Pat, Path, Stmt, StmtMacro, Type,
};

use crate::lines;
use crate::model::line_of;

/// What to rewrite.
pub(crate) struct Rewrite<'a> {
    /// The path of the helpers.
    pub(crate) private: &'a TokenStream,
    /// A reference to the site that keeps the line; none when no line is asked for.
    pub(crate) site: Option<TokenStream>,
    /// The same in the async block whose future the function returns: leaving that counts as leaving the function.
    pub(crate) work: Option<TokenStream>,
    /// Whether to wrap what goes to another task or thread.
    pub(crate) propagate: bool,
    /// Whether the body may be what a runtime's attribute made of an async one: `let body = async { … }; …`. Then the
    /// statements in the async block are the user's.
    pub(crate) unwrap_runtime: bool,
}

/// A body after rewriting.
pub(crate) struct Body {
    /// Items at its head. What goes before the body goes after these, as clippy wants items first.
    pub(crate) items: TokenStream,
    pub(crate) statements: TokenStream,
    /// Whether anything notes a line at the function's site.
    pub(crate) notes: bool,
    /// The start of the last statement, which is where the value comes from.
    pub(crate) tail: Option<Span>,
}

impl Rewrite<'_> {
    /// Rewrites `body`. One that syn cannot parse is left as it is.
    pub(crate) fn body(&self, body: TokenStream) -> Body {
        let Ok(mut statements) = Block::parse_within.parse2(body.clone()) else {
            return Body { items: TokenStream::new(), statements: body, notes: false, tail: None };
        };
        let mut rewriter = Rewriter { rewrite: self, own: self.site.is_some(), in_work: false, notes: false };
        let tail = statements
            .last()
            .and_then(|last| last.to_token_stream().into_iter().next())
            .map(|token| token.span());
        let users = if self.unwrap_runtime { runtime_body(&mut statements) } else { None };
        let rewritten = usize::from(users.is_some());
        if let Some(users) = users {
            rewriter.block(&mut users.stmts, true);
        }
        let mut rest = statements.split_off(rewritten);
        rewriter.block(&mut rest, true);
        statements.append(&mut rest);
        let rest =
            statements.split_off(statements.iter().take_while(|it| matches!(it, Stmt::Item(_))).count());
        Body { items: tokens_of(&statements), statements: tokens_of(&rest), notes: rewriter.notes, tail }
    }
}

fn tokens_of(statements: &[Stmt]) -> TokenStream {
    statements.iter().map(ToTokens::to_token_stream).collect()
}

/// The async block of `let body = async { … };` at the head of a body.
fn runtime_body(statements: &mut [Stmt]) -> Option<&mut Block> {
    match statements.first_mut()? {
        Stmt::Local(Local { init: Some(init), .. }) => match &mut *init.expr {
            Expr::Async(users) => Some(&mut users.block),
            _ => None,
        },
        _ => None,
    }
}

/// The user's block in what `#[async_trait]` makes of a method: `…; let __ret: T = { … }; __ret`.
fn async_trait_body(statements: &mut [Stmt]) -> Option<&mut Block> {
    let [
        ..,
        Stmt::Local(Local { pat: Pat::Type(pattern), init: Some(init), .. }),
        Stmt::Expr(Expr::Path(tail), None),
    ] = statements
    else {
        return None;
    };
    match (&*pattern.pat, &mut *init.expr) {
        (Pat::Ident(name), Expr::Block(users)) if name.ident == "__ret" && tail.path.is_ident("__ret") => {
            Some(&mut users.block)
        }
        _ => None,
    }
}

/// The async block that `expr` is, boxed or not.
fn returned_async(expr: &mut Expr) -> Option<&mut Block> {
    match expr {
        Expr::Async(work) => Some(&mut work.block),
        Expr::Paren(inner) => returned_async(&mut inner.expr),
        Expr::Group(inner) => returned_async(&mut inner.expr),
        Expr::Cast(cast) => returned_async(&mut cast.expr),
        Expr::MethodCall(call) if call.method == "boxed" || call.method == "boxed_local" => {
            returned_async(&mut call.receiver)
        }
        Expr::Call(call) if is_boxing(&call.func) => call.args.first_mut().and_then(returned_async),
        _ => None,
    }
}

/// Whether `function` is `Box::pin`, `Box::new` or `Pin::from`, by whatever path.
fn is_boxing(function: &Expr) -> bool {
    let Expr::Path(path) = function else { return false };
    let mut last = path.path.segments.iter().rev().map(|segment| segment.ident.to_string());
    let (name, of) = (last.next(), last.next());
    matches!(
        (of.as_deref(), name.as_deref()),
        (Some("Box"), Some("pin" | "new")) | (Some("Pin"), Some("from"))
    )
}

struct Rewriter<'a> {
    rewrite: &'a Rewrite<'a>,
    /// Whether the code at hand is the function's own, so that leaving it leaves the function. False inside closures
    /// and async blocks, and everywhere when no line is asked for.
    own: bool,
    /// Whether the code at hand is in the async block whose future the function returns.
    in_work: bool,
    /// Whether anything noted a line at the function's site.
    notes: bool,
}

impl<'a> Rewriter<'a> {
    /// Rewrites the statements of a block; `tail` says whether its value is what the function returns.
    fn block(&mut self, statements: &mut Vec<Stmt>, tail: bool) {
        let tails = if tail { first_tail(statements) } else { statements.len() };
        let last_item = statements.iter().rposition(|statement| matches!(statement, Stmt::Item(_)));
        let originals = mem::take(statements);
        for (index, mut statement) in originals.into_iter().enumerate() {
            // A macro may stand for an item, and a note between items is a statement before items to clippy.
            let among_items =
                matches!(statement, Stmt::Macro(_)) && last_item.is_some_and(|last| index < last);
            let line = self.statement(&mut statement, index >= tails).filter(|_| !among_items);
            if let (Some(line), Some(conditions)) = (line, conditions(&statement)) {
                let note = self.note(&statement, line);
                let note = quote_spanned!(Span::mixed_site()=> #(#conditions)* #note);
                statements.push(Stmt::Expr(Expr::Verbatim(note), None));
            }
            statements.push(statement);
        }
    }

    /// Rewrites one statement and says which line is to be noted before it.
    fn statement(&mut self, statement: &mut Stmt, tail: bool) -> Option<u32> {
        match statement {
            Stmt::Macro(StmtMacro { mac, .. }) | Stmt::Expr(Expr::Macro(ExprMacro { mac, .. }), _)
                if self.own =>
            {
                Some(lines::place_of_path(&mac.path))
            }
            Stmt::Expr(expr, semicolon) if self.own => match leaving(expr) {
                Some((line, value)) => self.tail(value).and(Some(line)),
                None if tail && semicolon.is_none() => self.tail(expr),
                None => {
                    self.visit_expr_mut(expr);
                    None
                }
            },
            other => {
                self.visit_stmt_mut(other);
                None
            }
        }
    }

    /// Rewrites an expression whose value leaves the function, branch by branch. Says which line is to be noted before
    /// it; none when the branches note their own or when it cannot be an error.
    fn tail(&mut self, expr: &mut Expr) -> Option<u32> {
        match expr {
            // The same note in each branch would be code that they share, to clippy.
            Expr::If(branches) if is_on_one_line(branches) => {
                visit_mut::visit_expr_if_mut(self, branches);
                Some(lines::place_of(branches.if_token.span))
            }
            Expr::Block(ExprBlock { block, .. }) | Expr::Unsafe(ExprUnsafe { block, .. }) => {
                self.block(&mut block.stmts, true);
                None
            }
            Expr::If(ExprIf { cond, then_branch, else_branch: Some((_, otherwise)), .. }) => {
                self.visit_expr_mut(cond);
                self.block(&mut then_branch.stmts, true);
                self.tail(otherwise)
            }
            Expr::Match(branch) => {
                self.visit_expr_mut(&mut branch.expr);
                for arm in &mut branch.arms {
                    self.visit_pat_mut(&mut arm.pat);
                    if let Some(line) = self.tail(&mut arm.body) {
                        self.note_before(&mut arm.body, line);
                    }
                }
                None
            }
            other => {
                // Taken first, as rewriting hides the expression's shape.
                let line = lines::place_of_expr(other);
                let notes_itself =
                    matches!(other, Expr::Try(_) | Expr::Return(_) | Expr::Break(_) | Expr::Continue(_));
                let note = !notes_itself && !is_ok(other);
                match returned_async(other) {
                    Some(work) if self.rewrite.work.is_some() && !self.in_work => self.work(work),
                    _ => self.visit_expr_mut(other),
                }
                note.then_some(line)
            }
        }
    }

    /// Rewrites the async block whose future the function returns.
    fn work(&mut self, block: &mut Block) {
        self.in_work = true;
        if let Some(users) = async_trait_body(&mut block.stmts) {
            self.block(&mut users.stmts, true);
        } else {
            self.block(&mut block.stmts, true);
        }
        self.in_work = false;
    }

    /// Rewrites what runs elsewhere or later: leaving it does not leave the function.
    fn elsewhere(&mut self, visit: impl FnOnce(&mut Self)) {
        let own = mem::replace(&mut self.own, false);
        visit(self);
        self.own = own;
    }

    /// Where the code at hand notes its lines.
    fn site(&mut self) -> Option<&'a TokenStream> {
        if self.in_work {
            return self.rewrite.work.as_ref();
        }
        self.notes = true;
        self.rewrite.site.as_ref()
    }

    /// `note(site, line);`, shown where `noted` is: rustc blames it when that is never reached.
    fn note(&mut self, noted: &impl ToTokens, line: u32) -> TokenStream {
        let site = self.site();
        let line = Literal::u32_unsuffixed(line);
        let arguments = quote_spanned!(Span::mixed_site()=> #site, #line);
        let call = call_at(self.rewrite.private.clone(), noted, "note", arguments);
        quote_spanned!(Span::mixed_site()=> #call;)
    }

    /// `expr` → `{ note(site, line); expr }`
    fn note_before(&mut self, expr: &mut Expr, line: u32) {
        let note = self.note(expr, line);
        *expr = Expr::Verbatim(quote_spanned!(Span::mixed_site()=> { #note #expr }));
    }

    /// `operand` → `(at(operand, site, line))`
    fn note_after(&mut self, operand: &mut Expr, line: u32) {
        let site = self.site();
        let line = Literal::u32_unsuffixed(line);
        let mut argument = operand.to_token_stream();
        if matches!(operand, Expr::Paren(_) | Expr::Block(_)) {
            // Parentheses of ours keep rustc from calling the user's superfluous.
            argument = quote_spanned!(Span::mixed_site()=> (#argument));
        }
        let arguments = quote_spanned!(Span::mixed_site()=> #argument, #site, #line);
        let (first, _) = ends(operand);
        // rustc blames `operand?` from end to end, so it has to begin with the user's span like it ends with the
        // user's `?`. A mix of our spans and the user's would be shown at the attribute.
        let mut group = Group::new(
            Delimiter::Parenthesis,
            call_at(self.rewrite.private.clone(), operand, "at", arguments),
        );
        group.set_span(first);
        *operand = Expr::Verbatim(TokenTree::Group(group).into());
    }

    /// `spawn(work)` → `spawn(bind_future(work))`
    fn bind(&self, call: &mut ExprCall) {
        let Expr::Path(path) = &*call.func else { return };
        let (1, Some(bind)) = (call.args.len(), binding(&path.path)) else { return };
        let Some(work) = call.args.first_mut() else { return };
        // rustc looks for a failed bound of `spawn` at the argument only if that is the user's own, so these tokens
        // pass for it. What follows `::` needs no origin to be found.
        let (first, _) = ends(work);
        let mut private = self.rewrite.private.clone();
        if matches!(private.clone().into_iter().next(), Some(TokenTree::Punct(_))) {
            private = with_spans(private, |_| first);
        }
        *work = Expr::Verbatim(call_at(private, work, bind, work.to_token_stream()));
    }
}

/// A call of a helper that is shown where `users` is when rustc blames it.
fn call_at(private: TokenStream, users: &impl ToTokens, helper: &str, arguments: TokenStream) -> TokenStream {
    let (first, last) = ends(users);
    // All of one origin, else rustc falls back to where they have one in common: the attribute.
    let origin = private.span();
    let here = origin.located_at(first);
    let private = with_spans(private, |span| span.located_at(first));
    let helper = Ident::new(helper, here);
    let mut arguments = Group::new(Delimiter::Parenthesis, arguments);
    arguments.set_span(origin.located_at(last));
    quote_spanned!(here=> #private::#helper #arguments)
}

fn with_spans(tokens: TokenStream, change: impl Fn(Span) -> Span) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut token| {
            token.set_span(change(token.span()));
            token
        })
        .collect()
}

impl VisitMut for Rewriter<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Closure(closure) => self.elsewhere(|this| this.visit_expr_mut(&mut closure.body)),
            Expr::Async(block) => self.elsewhere(|this| this.visit_block_mut(&mut block.block)),
            Expr::TryBlock(block) => self.elsewhere(|this| this.visit_block_mut(&mut block.block)),
            Expr::Const(_) => {}
            Expr::Match(branch) if self.own => {
                self.visit_expr_mut(&mut branch.expr);
                for arm in &mut branch.arms {
                    self.visit_pat_mut(&mut arm.pat);
                    if let Expr::Macro(call) = &*arm.body {
                        // `Err(error) => bail!(error)`
                        let line = lines::place_of_path(&call.mac.path);
                        self.note_before(&mut arm.body, line);
                    } else {
                        self.visit_expr_mut(&mut arm.body);
                    }
                }
            }
            Expr::Try(tried) => {
                let line = lines::place_of_expr(&tried.expr);
                self.visit_expr_mut(&mut tried.expr);
                if self.own {
                    self.note_after(&mut tried.expr, line);
                }
            }
            Expr::Call(call) => {
                visit_mut::visit_expr_call_mut(self, call);
                if self.rewrite.propagate {
                    self.bind(call);
                }
            }
            other => match leaving(other) {
                Some((line, value)) if self.own => {
                    if self.tail(value).is_some() {
                        self.note_before(other, line);
                    }
                }
                _ => visit_mut::visit_expr_mut(self, other),
            },
        }
    }

    fn visit_block_mut(&mut self, block: &mut Block) {
        self.block(&mut block.stmts, false);
    }

    fn visit_expr_repeat_mut(&mut self, repeat: &mut ExprRepeat) {
        // The length is a constant, which notes nothing.
        self.visit_expr_mut(&mut repeat.expr);
    }

    // None of these is code of the function.
    fn visit_item_mut(&mut self, _: &mut Item) {}
    fn visit_type_mut(&mut self, _: &mut Type) {}
    fn visit_generic_argument_mut(&mut self, _: &mut GenericArgument) {}
}

/// The spans of the first and the last token.
fn ends(tokens: &impl ToTokens) -> (Span, Span) {
    let mut tokens = tokens.to_token_stream().into_iter();
    let first = tokens.next().map_or_else(Span::mixed_site, |token| token.span());
    (first, tokens.last().map_or(first, |token| token.span()))
}

fn is_on_one_line(tokens: &impl ToTokens) -> bool {
    let (first, last) = ends(tokens);
    line_of(first) == u32::try_from(last.end().line).unwrap_or_default()
}

/// The line and the value of `return value` or `break value`. A `break` may be how a loop in tail position ends.
fn leaving(expr: &mut Expr) -> Option<(u32, &mut Expr)> {
    match expr {
        Expr::Return(ExprReturn { return_token, expr: Some(value), .. }) => {
            Some((lines::place_of(return_token.span), value))
        }
        Expr::Break(ExprBreak { break_token, expr: Some(value), .. }) => {
            Some((lines::place_of(break_token.span), value))
        }
        _ => None,
    }
}

/// Whether `expr` is written `Ok(…)`.
fn is_ok(expr: &Expr) -> bool {
    matches!(expr, Expr::Call(call) if matches!(&*call.func, Expr::Path(path) if path.path.is_ident("Ok")))
}

/// What wraps the argument of a function that runs its argument elsewhere.
fn binding(path: &Path) -> Option<&'static str> {
    if path.segments.iter().any(|segment| !segment.arguments.is_none()) {
        return None;
    }
    let words = path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>().join("::");
    match words.as_str() {
        "tokio::spawn" | "tokio::task::spawn" => Some("bind_future"),
        "tokio::task::spawn_blocking" | "std::thread::spawn" => Some("bind_closure"),
        _ => None,
    }
}

/// Where the tail of a block begins. It is the last statement, and those before it when `#[cfg]` decides which of them
/// is the last.
fn first_tail(statements: &[Stmt]) -> usize {
    let mut first = statements.len().saturating_sub(1);
    while let Some(before) = first.checked_sub(1)
        && matches!(statements[before], Stmt::Expr(_, None))
        && conditions(&statements[first]).is_none_or(|conditions| !conditions.is_empty())
    {
        first = before;
    }
    first
}

/// The `#[cfg]` of a statement, which its note shares; none when `#[cfg_attr]` leaves that open.
fn conditions(statement: &Stmt) -> Option<Vec<Attribute>> {
    let statement = statement.to_token_stream();
    if !matches!(statement.clone().into_iter().next(), Some(TokenTree::Punct(first)) if first.as_char() == '#')
    {
        return Some(Vec::new());
    }
    let attributes = |input: ParseStream<'_>| {
        let attributes = input.call(Attribute::parse_outer)?;
        // The statement itself.
        input.parse::<TokenStream>()?;
        Ok(attributes)
    };
    let attributes = attributes.parse2(statement).ok()?;
    if attributes.iter().any(|attribute| attribute.path().is_ident("cfg_attr")) {
        return None;
    }
    Some(attributes.into_iter().filter(|attribute| attribute.path().is_ident("cfg")).collect())
}
