//! `release = "ci"`: what the variables of the usual CI systems say when the program is compiled.

use proc_macro2::TokenStream;
use quote::quote;

/// The variables, the first of which counts that is set: what somebody set for Sentry, then the commit that is built.
const VARIABLES: &[&str] = &[
    "SENTRY_RELEASE",
    // GitHub Actions, GitLab, CircleCI, Bitbucket, Buildkite, Travis CI.
    "GITHUB_SHA",
    "CI_COMMIT_SHA",
    "CIRCLE_SHA1",
    "BITBUCKET_COMMIT",
    "BUILDKITE_COMMIT",
    "TRAVIS_COMMIT",
    // Azure Pipelines, AWS CodeBuild, Jenkins, Drone, Semaphore, TeamCity.
    "BUILD_SOURCEVERSION",
    "CODEBUILD_RESOLVED_SOURCE_VERSION",
    "GIT_COMMIT",
    "DRONE_COMMIT_SHA",
    "SEMAPHORE_GIT_SHA",
    "BUILD_VCS_NUMBER",
    // Heroku, Vercel, Render, Railway.
    "HEROKU_SLUG_COMMIT",
    "SOURCE_VERSION",
    "VERCEL_GIT_COMMIT_SHA",
    "RENDER_GIT_COMMIT",
    "RAILWAY_GIT_COMMIT_SHA",
];

/// An expression of type `&'static str`. The compiler reads the variables, so that cargo compiles the program again when
/// one of them changes.
pub(super) fn release(private: &TokenStream, package: &TokenStream) -> TokenStream {
    let names = VARIABLES;
    quote!(#private::main::release_of_ci(&[#(::core::option_env!(#names)),*], #package))
}
