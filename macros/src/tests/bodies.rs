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
                let a = (at(f(), site, 9000001))?;
                let b = (at(
                    (at(client.get(a).send(1), site, 14000004))?.await,
                    site,
                    14000007,
                ))?;
                let c = (at(((d)), site, 18000008))? + (at(({ e }), site, 24000008))?;
                f(
                    (at(g(), site, 11000009))?,
                    (at((at(h(i), site, 17000009))?, site, 17000009))?,
                );
                (at(
                    m! {
                        j ?
                    },
                    site,
                    9000010,
                ))?;
                Ok((at(k, site, 12000011))?)
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
                note(site, 17000006);
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
                    note(site, 8000001);
                    return Err(b);
                }
                let Some(c) = d else {
                    note(site, 32000002);
                    return Err(e);
                };
                let f = match g {
                    1 => {
                        note(site, 18000004);
                        return h;
                    }
                    2 => return Ok(i),
                    3 => {
                        note(site, 18000006);
                        bail!(j)
                    }
                    4 if (at(k, site, 18000007))? => l,
                    _ => m,
                };
                note(site, 9000010);
                ensure!(n);
                return;
                note(site, 9000012);
                loop {
                    note(site, 16000012);
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
                        note(site, 18000002);
                        b
                    }
                    2 => Ok(c),
                    3 => (at(d, site, 18000004))?,
                    4 => {
                        e;
                        note(site, 23000005);
                        f
                    }
                    5 => {
                        unsafe {
                            note(site, 27000006);
                            g
                        }
                    }
                    6 if (at(h, site, 18000007))? => {
                        note(site, 24000007);
                        bail!(i)
                    }
                    _ => {
                        note(site, 18000008);
                        if j {
                            k
                        } else if l {
                            m
                        } else {
                            note(site, 52000008);
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
                note(site, 2000004);
                a().b.c()
            }
        "#]],
    );
    check(
        "a;\nbail!(b)",
        &expect![[r#"
            fn body() {
                a;
                note(site, 1000002);
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
                        note(site, 6000002);
                        b
                    }
                    _ => {
                        note(site, 6000003);
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
                #[cfg(a)] note(site, 9000002);
                #[cfg(a)] return b;
                #[cfg(c)]
                {
                    note(site, 11000004);
                    d
                }
                #[cfg(not(c))] note(site, 9000006);
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
                note(site, 1000003);
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
                note(site, 16000007);
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
                note(site, 13000003);
                return Box::pin(async {
                    note(polled, 37000003);
                    Err((at(c(), polled, 41000003))?)
                });
            }
            match d {
                0 => {
                    note(site, 37000006);
                    ::std::boxed::Box::pin(ready(e))
                }
                1 => {
                    note(site, 14000012);
                    async move {
                        let f = || { g()? };
                        let nested = async { h()? };
                        note(polled, 42000010);
                        Box::pin(async { i()? }).await
                    }
                        .boxed()
                }
                _ => {
                    note(site, 19000013);
                    (Box::pin(async {
                        note(polled, 36000013);
                        j()
                    }) as Pin<Box<_>>)
                }
            }
        }
    "#]]
    .assert_eq(&text.replace("::p::", ""));
}
