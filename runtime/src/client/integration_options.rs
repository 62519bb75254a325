//! The options that say what is plugged into a client, and which data it collects.

use std::borrow::Cow;
use std::num::NonZeroUsize;
use std::sync::Arc;

use super::choices::MaxRequestBodySize;
use super::integration::Integration;
use super::options::ClientOptions;
use crate::privacy::DataCollection;

impl ClientOptions {
    /// Adds an integration.
    pub fn add_integration<I: Integration>(mut self, integration: I) -> Self {
        self.integrations.push(Arc::new(integration));
        self
    }

    /// Sets the integrations, in the place of those that were added before; the default ones come before them.
    pub fn integrations<I>(mut self, integrations: I) -> Self
    where
        I: IntoIterator<Item = Arc<dyn Integration>>,
    {
        self.integrations = integrations.into_iter().collect();
        self
    }

    /// Sets whether the default integrations are on: `attach-stacktrace`, `debug-images`, `contexts`, `panic`, `signals`,
    /// `error-chain` and `process-stacktrace`, all in [`integrations`](crate::integrations). One of these that the
    /// program adds itself takes the place of the default one.
    pub fn default_integrations(mut self, default_integrations: bool) -> Self {
        self.default_integrations = default_integrations;
        self.written.push("default_integrations");
        self
    }

    /// Sets which integrations are off, by their names.
    ///
    /// ```
    /// let options = sentry::ClientOptions::new().disabled_integrations(["panic", "contexts"]);
    /// let client = sentry::Client::from(("https://public@sentry.example/42", options));
    /// assert!(client.get_integration::<sentry::integrations::panic::PanicIntegration>().is_none());
    /// ```
    pub fn disabled_integrations<N: Into<Cow<'static, str>>>(
        mut self,
        disabled_integrations: impl IntoIterator<Item = N>,
    ) -> Self {
        self.disabled_integrations = disabled_integrations.into_iter().map(Into::into).collect();
        self.written.push("disabled_integrations");
        self
    }

    /// Sets how large the bodies of requests may be that integrations collect, if they collect any; default 10,000 bytes.
    pub fn max_request_body_size(mut self, max_request_body_size: MaxRequestBodySize) -> Self {
        self.max_request_body_size = max_request_body_size;
        self
    }

    /// Sets how many bytes an attachment of a scope may have. A larger one is left out, and what it belongs to goes without
    /// it; client reports count its bytes.
    ///
    /// ```
    /// let options = sentry::ClientOptions::new().max_attachment_size(1024 * 1024);
    /// assert_eq!(options.max_attachment_size, 1 << 20);
    /// ```
    ///
    /// Source: Sentry's SDK documentation, "Configuration: client options".
    pub fn max_attachment_size(mut self, max_attachment_size: usize) -> Self {
        self.max_attachment_size = max_attachment_size;
        self.written.push("max_attachment_size");
        self
    }

    /// Sets how many envelopes may wait in a transport of one's own, which is told so. What waits for it is bounded by
    /// [`max_queue_bytes`](Self::max_queue_bytes). At least one.
    pub fn transport_channel_capacity(mut self, transport_channel_capacity: usize) -> Self {
        self.transport_channel_capacity = NonZeroUsize::new(transport_channel_capacity.max(1));
        self
    }

    /// Sets whether `SENTRY_*` variables are also looked for in a file `.env`: the nearest one, in the working directory or
    /// above it. Variables of the process are stronger, and stay as they are. That there is no such file is fine. Feature
    /// `dotenv`.
    ///
    /// ```
    /// let _guard = sentry::init(sentry::ClientOptions::new().dotenv(true));
    /// ```
    pub fn dotenv(mut self, dotenv: bool) -> Self {
        self.dotenv = dotenv;
        self.written.push("dotenv");
        self
    }

    /// Sets which data integrations collect, in the place of what
    /// [`send_default_pii`](Self::send_default_pii) says about that.
    pub fn data_collection(mut self, data_collection: DataCollection) -> Self {
        self.data_collection = Some(data_collection);
        self
    }

    /// The body of a request as it may be sent, for an integration: what
    /// [`DataCollection::collect_body`] lets pass of it, if it is not too large.
    ///
    /// ```
    /// use sentry::MaxRequestBodySize;
    ///
    /// let options = sentry::ClientOptions::new().send_default_pii(true);
    /// assert!(options.collect_body("application/json", "[1, 2, 3]").is_some());
    /// let options = options.max_request_body_size(MaxRequestBodySize::Explicit(4));
    /// assert!(options.collect_body("application/json", "[1, 2, 3]").is_none());
    /// ```
    pub fn collect_body(&self, content_type: &str, body: &str) -> Option<String> {
        let fits = self.max_request_body_size.is_within_size_limit(body.len());
        fits.then(|| self.collected_data().collect_body(content_type, body)).flatten()
    }

    /// Which data integrations collect: [`data_collection`](field@Self::data_collection), else what
    /// [`send_default_pii`](field@Self::send_default_pii) stands for.
    ///
    /// ```
    /// assert!(!sentry::ClientOptions::new().collected_data().user_info);
    /// assert!(sentry::ClientOptions::new().send_default_pii(true).collected_data().user_info);
    /// ```
    pub fn collected_data(&self) -> Cow<'_, DataCollection> {
        match &self.data_collection {
            Some(collection) => Cow::Borrowed(collection),
            None if self.send_default_pii => Cow::Owned(DataCollection::with_personal_data()),
            None => Cow::Owned(DataCollection::default()),
        }
    }
}
