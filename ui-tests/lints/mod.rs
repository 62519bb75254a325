//! Every form of function that the attributes promise to take, with no warning that the plain function lacks.

#![deny(warnings)]
#![deny(
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    let_underscore_drop,
    meta_variable_misuse,
    missing_debug_implementations,
    missing_docs,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unreachable_pub,
    unused_import_braces,
    unused_lifetimes,
    unused_qualifications,
    unused_results,
    variant_size_differences
)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]
// What the plain functions of this file trip over themselves.
#![allow(
    unsafe_code,
    clippy::missing_errors_doc,
    clippy::redundant_pub_crate,
    clippy::missing_panics_doc,
    clippy::missing_safety_doc,
    clippy::missing_const_for_fn,
    clippy::boxed_local,
    clippy::future_not_send,
    clippy::needless_pass_by_value,
    clippy::unused_async,
    clippy::unused_self,
    clippy::must_use_candidate,
    clippy::unnecessary_wraps,
    reason = "the forms are minimal"
)]

pub(crate) mod asynchronous;
pub(crate) mod blocks;
pub(crate) mod bodies;
pub(crate) mod drops;
pub(crate) mod methods;
pub(crate) mod returned;
pub(crate) mod sync;

pub(crate) async fn run() {
    sync::run();
    bodies::run();
    drops::run();
    asynchronous::run().await;
    methods::run().await;
    returned::run().await;
    blocks::run().await;
}
