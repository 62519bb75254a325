//! Which data integrations collect.

use std::borrow::Cow;

use serde_json::Value;

use super::filter::{self, Judge};
use super::names::{is_sensitive, tells_who};
use super::{FILTERED, pairs};
use crate::protocol::Map;

/// What of a kind of named values, such as headers, is collected. The values of names that tell a secret (`token`,
/// `password`, `session`, …) read `[Filtered]` in any case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Collect {
    /// Nothing, not even the names.
    Nothing,
    /// All names with their values.
    #[default]
    Everything,
    /// All names, with the values of those that contain one of these words, in upper or lower case; the others read
    /// `[Filtered]`.
    Only(Vec<Cow<'static, str>>),
    /// All names; the values of those that contain one of these words read `[Filtered]`.
    Except(Vec<Cow<'static, str>>),
}

impl Collect {
    /// [`Only`](Self::Only) these.
    pub fn only<N: Into<Cow<'static, str>>>(names: impl IntoIterator<Item = N>) -> Self {
        Self::Only(names.into_iter().map(Into::into).collect())
    }

    /// Everything [`Except`](Self::Except) these.
    pub fn except<N: Into<Cow<'static, str>>>(names: impl IntoIterator<Item = N>) -> Self {
        Self::Except(names.into_iter().map(Into::into).collect())
    }

    /// Whether the value of this name is not to be seen.
    pub(super) fn hides(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        let is_in = |words: &[Cow<'_, str>]| words.iter().any(|word| name.contains(&*word.to_lowercase()));
        match self {
            Self::Nothing => true,
            Self::Everything => false,
            Self::Only(words) => !is_in(words),
            Self::Except(words) => is_in(words),
        }
    }
}

/// What integrations collect by themselves: of requests, users and functions. What the program says itself, by
/// `set_user` or `set_tag` for instance, is not asked for here.
///
/// ```
/// use sentry::{ClientOptions, Collect, DataCollection};
///
/// let options = ClientOptions::new().data_collection(
///     DataCollection::new().cookies(Collect::only(["theme"])).query_params(Collect::except(["email"])),
/// );
/// ```
///
/// Source: Sentry's SDK documentation, "Data collection".
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DataCollection {
    /// Whether the user's data are collected, as the address that a request came from; default no.
    pub user_info: bool,
    /// Cookies; default nothing.
    pub cookies: Collect,
    /// Headers of requests; default everything.
    pub request_headers: Collect,
    /// Headers of responses; default everything.
    pub response_headers: Collect,
    /// What follows the `?` of addresses; default everything.
    pub query_params: Collect,
    /// Bodies of requests; default no.
    pub http_bodies: bool,
    /// The arguments of functions that failed; default yes.
    pub stack_frame_variables: bool,
    /// Lines of source shown above the line of a frame, and as many below; default 5.
    pub frame_context_lines: usize,
    /// Names of attributes that hold no secret, although they sound like it.
    pub harmless: Vec<Cow<'static, str>>,
}

impl Default for DataCollection {
    fn default() -> Self {
        Self {
            user_info: false,
            cookies: Collect::Nothing,
            request_headers: Collect::Everything,
            response_headers: Collect::Everything,
            query_params: Collect::Everything,
            http_bodies: false,
            stack_frame_variables: true,
            frame_context_lines: 5,
            harmless: Vec::new(),
        }
    }
}

impl DataCollection {
    /// What is collected by default.
    pub fn new() -> Self {
        Self::default()
    }

    /// What `send_default_pii = true` asks for.
    pub(crate) fn with_personal_data() -> Self {
        Self { user_info: true, cookies: Collect::Everything, http_bodies: true, ..Self::default() }
    }

    /// Sets whether the user's data are collected.
    #[must_use]
    pub fn user_info(mut self, user_info: bool) -> Self {
        self.user_info = user_info;
        self
    }

    /// Sets which cookies are collected.
    #[must_use]
    pub fn cookies(mut self, cookies: Collect) -> Self {
        self.cookies = cookies;
        self
    }

    /// Sets which headers of requests are collected.
    #[must_use]
    pub fn request_headers(mut self, request_headers: Collect) -> Self {
        self.request_headers = request_headers;
        self
    }

    /// Sets which headers of responses are collected.
    #[must_use]
    pub fn response_headers(mut self, response_headers: Collect) -> Self {
        self.response_headers = response_headers;
        self
    }

    /// Sets which parameters of addresses are collected.
    #[must_use]
    pub fn query_params(mut self, query_params: Collect) -> Self {
        self.query_params = query_params;
        self
    }

    /// Sets whether bodies of requests are collected.
    #[must_use]
    pub fn http_bodies(mut self, http_bodies: bool) -> Self {
        self.http_bodies = http_bodies;
        self
    }

    /// Sets whether the arguments of functions that failed are shown.
    #[must_use]
    pub fn stack_frame_variables(mut self, stack_frame_variables: bool) -> Self {
        self.stack_frame_variables = stack_frame_variables;
        self
    }

    /// Sets how many lines of source are shown above and below.
    #[must_use]
    pub fn frame_context_lines(mut self, frame_context_lines: usize) -> Self {
        self.frame_context_lines = frame_context_lines;
        self
    }

    /// Sets names of attributes that hold no secret, although they sound like it: `cart.key`.
    #[must_use]
    pub fn harmless<N: Into<Cow<'static, str>>>(mut self, harmless: impl IntoIterator<Item = N>) -> Self {
        self.harmless = harmless.into_iter().map(Into::into).collect();
        self
    }

    /// The headers of a request as they may be sent, for an integration. Cookies are not among them: see
    /// [`collect_cookies`](Self::collect_cookies). Without [`user_info`](Self::user_info), headers that tell where the
    /// request came from read `[Filtered]`.
    ///
    /// ```
    /// let collection = sentry::DataCollection::new();
    /// let headers = collection.collect_request_headers([("accept", "*/*"), ("authorization", "Bearer x")]);
    /// assert_eq!(headers["accept"], "*/*");
    /// assert_eq!(headers["authorization"], "[Filtered]");
    /// ```
    pub fn collect_request_headers<'h>(
        &self,
        headers: impl IntoIterator<Item = (&'h str, &'h str)>,
    ) -> Map<String, String> {
        self.headers(&self.request_headers, headers)
    }

    /// The headers of a response as they may be sent, for an integration, the same way.
    pub fn collect_response_headers<'h>(
        &self,
        headers: impl IntoIterator<Item = (&'h str, &'h str)>,
    ) -> Map<String, String> {
        self.headers(&self.response_headers, headers)
    }

    fn headers<'h>(
        &self,
        collect: &Collect,
        headers: impl IntoIterator<Item = (&'h str, &'h str)>,
    ) -> Map<String, String> {
        if *collect == Collect::Nothing {
            return Map::new();
        }
        let mut judge = Judge::new(self);
        let shown = headers.into_iter().filter(|(name, _)| !filter::is_cookie_header(name));
        let shown = shown.map(|(name, value)| {
            let hidden = collect.hides(name) || !self.user_info && tells_who(name);
            let filtered = if hidden { Some(FILTERED.to_owned()) } else { judge.header(name, value) };
            (name.to_owned(), filtered.unwrap_or_else(|| value.to_owned()))
        });
        shown.collect()
    }

    /// A `Cookie` header as it may be sent, for an integration. What is not a list of pairs reads `[Filtered]`.
    ///
    /// ```
    /// use sentry::{Collect, DataCollection};
    ///
    /// let collection = DataCollection::new().cookies(Collect::Everything);
    /// assert_eq!(collection.collect_cookies("theme=dark; sid=1").as_deref(), Some("theme=dark; sid=[Filtered]"));
    /// assert_eq!(DataCollection::new().collect_cookies("theme=dark"), None);
    /// ```
    pub fn collect_cookies(&self, cookies: &str) -> Option<String> {
        let collect = Some(&self.cookies).filter(|collect| **collect != Collect::Nothing)?;
        let is_secret = |name: &str| collect.hides(name) || is_sensitive(name);
        Some(pairs::cookies(cookies, is_secret).unwrap_or_else(|| cookies.to_owned()))
    }

    /// What follows the `?` of an address as it may be sent, for an integration.
    ///
    /// ```
    /// let query = sentry::DataCollection::new().collect_query("page=2&token=x");
    /// assert_eq!(query.as_deref(), Some("page=2&token=[Filtered]"));
    /// ```
    pub fn collect_query(&self, query: &str) -> Option<String> {
        let collect = Some(&self.query_params).filter(|collect| **collect != Collect::Nothing)?;
        let is_secret = |name: &str| collect.hides(name) || is_sensitive(name);
        Some(pairs::query(query, is_secret).unwrap_or_else(|| query.to_owned()))
    }

    /// The body of a request as it may be sent, for an integration: JSON or a form, without the values of names that
    /// tell a secret. What is neither, by its content type or in fact, is not collected.
    ///
    /// ```
    /// let collection = sentry::DataCollection::new().http_bodies(true);
    /// let body = collection.collect_body("application/json", r#"{"amount":3,"token":"x"}"#);
    /// assert_eq!(body.as_deref(), Some(r#"{"amount":3,"token":"[Filtered]"}"#));
    /// assert_eq!(collection.collect_body("text/plain", "hunter2"), None);
    /// ```
    pub fn collect_body(&self, content_type: &str, body: &str) -> Option<String> {
        if !self.http_bodies {
            return None;
        }
        let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if kind == "application/json" || kind.ends_with("+json") {
            let mut value: Value = serde_json::from_str(body).ok()?;
            let changed = Judge::new(self).value(&mut value);
            return Some(if changed { value.to_string() } else { body.to_owned() });
        }
        let is_form = kind == "application/x-www-form-urlencoded";
        is_form.then(|| pairs::query(body, is_sensitive).unwrap_or_else(|| body.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_collected() {
        let headers =
            [("Accept", "*/*"), ("X-Forwarded-For", "10.0.0.1"), ("Cookie", "a=1"), ("X-Csrf", "x")];
        let shown = |collection: &DataCollection| {
            let headers = collection.collect_request_headers(headers);
            headers.into_iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>()
        };
        let usual = DataCollection::new();
        assert_eq!(shown(&usual), ["Accept: */*", "X-Csrf: [Filtered]", "X-Forwarded-For: [Filtered]"]);
        let all = DataCollection::with_personal_data();
        assert_eq!(shown(&all), ["Accept: */*", "X-Csrf: [Filtered]", "X-Forwarded-For: 10.0.0.1"]);
        let none = usual.clone().request_headers(Collect::Nothing);
        assert_eq!(shown(&none), [""; 0]);
        let some = all.request_headers(Collect::only(["forwarded", "csrf"]));
        assert_eq!(shown(&some), ["Accept: [Filtered]", "X-Csrf: [Filtered]", "X-Forwarded-For: 10.0.0.1"]);
        let others = usual.clone().response_headers(Collect::except(["ACCEPT"]));
        assert_eq!(others.collect_response_headers([("accept", "*/*")])["accept"], "[Filtered]");
        assert_eq!(usual.collect_cookies("a=1"), None);
        assert_eq!(usual.clone().query_params(Collect::Nothing).collect_query("a=1"), None);
        assert_eq!(usual.collect_body("application/json", "{}"), None);
    }

    #[test]
    fn a_body_that_cannot_be_read_is_not_collected() {
        let all = DataCollection::with_personal_data();
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        assert_eq!(all.collect_body(form, "a=1&pwd=x").as_deref(), Some("a=1&pwd=[Filtered]"));
        assert_eq!(all.collect_body("application/problem+json", "[1]").as_deref(), Some("[1]"));
        assert_eq!(all.collect_body("application/json", "{\"password\":"), None);
        assert_eq!(all.collect_body("multipart/form-data", "a"), None);
    }
}
