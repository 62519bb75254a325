//! What the rewriting makes of a body: the lines are those of the text.

use expect_test::{Expect, expect};
use quote::quote;

use super::tokens;
use crate::body::Rewrite;

/// Checks the rewritten body, with the helpers' path left out.
fn check(body: &str, expected: &Expect) {
    let site = Some(quote!(site));
    let rewrite = Rewrite { private: &quote!(::p), site, work: None, propagate: true, unwrap_runtime: false };
    let body = rewrite.body(tokens(body));
    let (items, statements) = (body.items, body.statements);
    let text = super::pretty(quote!(fn body() { #items #statements }));
    expected.assert_eq(&text.replace("::p::", ""));
}

#[test]
fn question_marks() {
    check(
        "let a = f()?;
        let b = client
            .get(a)
            .send(
                1,
            )?
            .await?;
        let c = (d)? + { e }?;
        f(g()?, h(i)??);
        m! { j? }?;
        Ok(k?)",
        &expect![[r#"
            fn body() {
                let a = (at(f(), site, 1))?;
                let b = (at((at(client.get(a).send(1), site, 4))?.await, site, 7))?;
                let c = (at(((d)), site, 8))? + (at(({ e }), site, 8))?;
                f((at(g(), site, 9))?, (at((at(h(i), site, 9))?, site, 9))?);
                (at(
                    m! {
                        j ?
                    },
                    site,
                    10,
                ))?;
                Ok((at(k, site, 11))?)
            }
        "#]],
    );
}

#[test]
fn what_is_not_the_functions_own() {
    check(
        "fn item() -> R { a()?; return b; }
        let closure = |x| { y!(); c(x)?; return d };
        let future = async { let z = e().await?; f };
        const { g()? };
        let array: [u8; { h()? }] = i;
        closure.j()",
        &expect![[r#"
            fn body() {
                fn item() -> R {
                    a()?;
                    return b;
                }
                let closure = |x| {
                    y!();
                    c(x)?;
                    return d;
                };
                let future = async {
                    let z = e().await?;
                    f
                };
                const { g()? };
                let array: [u8; { h()? }] = i;
                note(site, 6);
                closure.j()
            }
        "#]],
    );
}

#[test]
fn ways_out() {
    check(
        "if a { return Err(b); }
        let Some(c) = d else { return Err(e) };
        let f = match g {
            1 => return h,
            2 => return Ok(i),
            3 => bail!(j),
            4 if k? => l,
            _ => m,
        };
        ensure!(n);
        return;
        loop { break o }",
        &expect![[r#"
            fn body() {
                if a {
                    note(site, 1);
                    return Err(b);
                }
                let Some(c) = d else {
                    note(site, 2);
                    return Err(e);
                };
                let f = match g {
                    1 => {
                        note(site, 4);
                        return h;
                    }
                    2 => return Ok(i),
                    3 => {
                        note(site, 6);
                        bail!(j)
                    }
                    4 if (at(k, site, 7))? => l,
                    _ => m,
                };
                note(site, 10);
                ensure!(n);
                return;
                note(site, 12);
                loop {
                    note(site, 12);
                    break o;
                }
            }
        "#]],
    );
}

#[test]
fn tails() {
    check(
        "match a {
            1 => b,
            2 => Ok(c),
            3 => d?,
            4 => { e; f }
            5 => unsafe { g },
            6 if h? => bail!(i),
            _ => if j { k } else if l { m } else { return n },
        }",
        &expect![[r#"
            fn body() {
                match a {
                    1 => {
                        note(site, 2);
                        b
                    }
                    2 => Ok(c),
                    3 => (at(d, site, 4))?,
                    4 => {
                        e;
                        note(site, 5);
                        f
                    }
                    5 => {
                        unsafe {
                            note(site, 6);
                            g
                        }
                    }
                    6 if (at(h, site, 7))? => {
                        note(site, 7);
                        bail!(i)
                    }
                    _ => {
                        note(site, 8);
                        if j {
                            k
                        } else if l {
                            m
                        } else {
                            note(site, 8);
                            return n;
                        }
                    }
                }
            }
        "#]],
    );
    check(
        "a(\n)\n.b\n.c()",
        &expect![[r#"
        fn body() {
            note(site, 4);
            a().b.c()
        }
    "#]],
    );
    check(
        "a;\nbail!(b)",
        &expect![[r#"
        fn body() {
            a;
            note(site, 2);
            bail!(b)
        }
    "#]],
    );
    check(
        "return match a {\n1 => b,\n_ => c,\n};",
        &expect![[r#"
        fn body() {
            return match a {
                1 => {
                    note(site, 2);
                    b
                }
                _ => {
                    note(site, 3);
                    c
                }
            };
        }
    "#]],
    );
}

#[test]
fn conditional_tails() {
    check(
        "#[cfg(a)]
        return b;
        #[cfg(c)]
        { d }
        #[cfg(not(c))]
        e",
        &expect![[r#"
            fn body() {
                #[cfg(a)] note(site, 2);
                #[cfg(a)] return b;
                #[cfg(c)]
                {
                    note(site, 4);
                    d
                }
                #[cfg(not(c))] note(site, 6);
                #[cfg(not(c))] e
            }
        "#]],
    );
    check(
        "#[cfg_attr(a, b)]\nc",
        &expect![[r#"
        fn body() {
            #[cfg_attr(a, b)] c
        }
    "#]],
    );
}

/// A macro may stand for an item, and clippy wants items first.
#[test]
fn macros_among_items() {
    check(
        "thread_local! { static A: u8 = 1 }\nfn b() {}\nprintln!();",
        &expect![[r#"
        fn body() {
            thread_local! {
                static A : u8 = 1
            }
            fn b() {}
            note(site, 3);
            println!();
        }
    "#]],
    );
}

#[test]
fn work_handed_on() {
    check(
        "tokio::spawn(a);
        ::tokio::task::spawn(async { std::thread::spawn(|| b) });
        tokio::task::spawn_blocking(c);
        spawn(d);
        tokio::spawn::<E>(e);
        other::tokio::spawn(f);
        tokio::spawn(g, h)",
        &expect![[r#"
            fn body() {
                tokio::spawn(bind_future(a));
                ::tokio::task::spawn(
                    bind_future(async { std::thread::spawn(bind_closure(|| b)) }),
                );
                tokio::task::spawn_blocking(bind_closure(c));
                spawn(d);
                tokio::spawn::<E>(e);
                other::tokio::spawn(f);
                note(site, 7);
                tokio::spawn(g, h)
            }
        "#]],
    );
}

#[test]
fn what_syn_cannot_parse_stays() {
    check_raw("let a = @ b?;");
    check_raw("tokio::spawn(a) +");
}

fn check_raw(text: &str) {
    let rewrite = Rewrite {
        private: &quote!(::p),
        site: Some(quote!(site)),
        work: None,
        propagate: true,
        unwrap_runtime: false,
    };
    let body = rewrite.body(tokens(text));
    assert!(!body.notes && body.items.is_empty());
    assert_eq!(body.statements.to_string(), tokens(text).to_string());
}

/// Leaving the block whose future is returned is leaving the function, in whatever box it is.
#[test]
fn returned_async_blocks() {
    let rewrite = Rewrite {
        private: &quote!(::p),
        site: Some(quote!(site)),
        work: Some(quote!(polled)),
        propagate: true,
        unwrap_runtime: false,
    };
    let body = rewrite.body(tokens(
        "let other = async { a()? };
        if b {
            return Box::pin(async { Err(c()?) });
        }
        match d {
            0 => ::std::boxed::Box::pin(ready(e)),
            1 => async move {
                let f = || { g()? };
                let nested = async { h()? };
                Box::pin(async { i()? }).await
            }
            .boxed(),
            _ => (Box::pin(async { j() }) as Pin<Box<_>>),
        }",
    ));
    let statements = body.statements;
    let text = super::pretty(quote!(fn body() { #statements }));
    expect![[r#"
        fn body() {
            let other = async { a()? };
            if b {
                note(site, 3);
                return Box::pin(async {
                    note(polled, 3);
                    Err((at(c(), polled, 3))?)
                });
            }
            match d {
                0 => {
                    note(site, 6);
                    ::std::boxed::Box::pin(ready(e))
                }
                1 => {
                    note(site, 12);
                    async move {
                        let f = || { g()? };
                        let nested = async { h()? };
                        note(polled, 10);
                        Box::pin(async { i()? }).await
                    }
                        .boxed()
                }
                _ => {
                    note(site, 13);
                    (Box::pin(async {
                        note(polled, 13);
                        j()
                    }) as Pin<Box<_>>)
                }
            }
        }
    "#]]
    .assert_eq(&text.replace("::p::", ""));
}
