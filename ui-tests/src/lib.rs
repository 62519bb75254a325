//! What compiles, and what each mistake prints. There is nothing but tests here, in `tests/`, where `pass/` and
//! `fail/` are programs for trybuild. `lints/` holds every form of function that the attributes take: rustc and clippy warn of
//! nothing there that they would not warn of without the attribute. `locus/` holds typical mistakes in
//! functions: rustc shows each where it would without the attribute.
