//! What compiles, and what each mistake prints. There is nothing but tests here, in `tests/`: `forms/` holds every form
//! of function that the attributes take, `pass/` and `fail/` are programs for trybuild. `locus/` holds typical mistakes in
//! functions: rustc shows each where it would without the attribute.
