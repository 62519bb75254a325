//! A function as it stands in its file: the text that is embedded for the source lines of reports.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

use crate::called::Called;
use crate::model::{Function, line_of};

/// No gap between two tokens of a signature is longer, in lines: whoever finds one looks at tokens of several places.
const LONGEST_GAP: u32 = 100;

/// The text from the first word of the signature to the brace that closes the body, and the line on which it starts.
///
/// Where a macro has a part in the function, the compiler tells the text of a token, but on stable releases not that of
/// several: what stands between the signature's is blank then, comments too. If they do not stand one after the other, as
/// in what `macro_rules!` makes, it is the text of the body.
pub(crate) fn text_of(function: &Function, called: Option<&Called>) -> Option<(String, u32)> {
    let first = function.first().start();
    if let Some(text) = called.and_then(|called| called.text(first, function.brace.span.close())) {
        // Lines begin where they begin in the file.
        let text = format!("{}{text}", " ".repeat(first.column));
        return Some((text, u32::try_from(first.line).ok()?));
    }
    let body = function.brace.span.join();
    let mut tokens = function.visibility.to_token_stream();
    function.signature.to_tokens(&mut tokens);
    from_first(tokens, body).or_else(|| body.source_text().map(|text| (text, line_of(body))))
}

fn from_first(signature: TokenStream, body: Span) -> Option<(String, u32)> {
    let spans: Vec<_> = signature.into_iter().map(|token| token.span()).chain([body]).collect();
    let first = line_of(*spans.first()?);
    let (mut text, mut line, mut column) = (String::new(), first, 0);
    for span in spans {
        let (at, missing) = (span.start().column, line_of(span).checked_sub(line)?);
        if missing > LONGEST_GAP {
            return None;
        }
        if missing > 0 {
            text.extend((0..missing).map(|_| '\n'));
            column = 0;
        }
        text.extend((0..at.checked_sub(column)?).map(|_| ' '));
        text.push_str(&span.source_text()?);
        line = u32::try_from(span.end().line).ok()?;
        column = span.end().column;
    }
    Some((text, first))
}
