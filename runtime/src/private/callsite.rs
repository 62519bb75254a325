//! The `static` that says what is known of a function, which is written here and not by the attribute: the compiler puts
//! in what a macro by example says much faster than it takes tokens from an attribute.

/// A reference to the callsite of the function it stands in. `$kind` is the function of `Sited` that makes it, `$text` the
/// name of the function and of arguments of it, `$length` long. The source is embedded where the condition holds.
///
/// A block, as the names of items are seen by the code around them whatever their spans say. Nothing in it has a body that
/// rustc would have to check. The section is where `sentry::callsites` finds it; its name is what makes the linker say
/// where it begins and ends, on the systems that are named.
#[doc(hidden)]
#[macro_export]
macro_rules! __sentry_callsite {
    (
        $kind:ident,
        $line:literal,
        $length:literal,
        $text:literal,
        $path:expr,
        $said:expr,
        $source:literal,
        $first:literal,
        $embed:meta
    ) => {{
        #[cfg_attr(
            any(target_os = "android", target_os = "freebsd", target_os = "linux"),
            unsafe(link_section = "sentry_callsites")
        )]
        static CALLSITE: $crate::__private::Sited<$length> = $crate::__private::Sited::$kind(
            &(
                ::core::module_path!(),
                ::core::file!(),
                #[cfg($embed)]
                ($source, $first),
                #[cfg(not($embed))]
                ("", 0),
                $path,
                $said,
            ),
            $line,
            $text,
        );
        CALLSITE.get()
    }};
}
