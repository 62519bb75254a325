//! Which ways out of the process the options ask for.

use std::sync::Arc;

use super::kept::Durable;
use super::options::ClientOptions;
use crate::callback;
use crate::delivery::{FanOutTransport, Spool, SpoolSettings, StderrTransport, Transport, Way, Ways};
#[cfg(feature = "http")]
use crate::delivery::{HttpSettings, Proxies, SpotlightTransport, TlsSettings};

/// The ways out that the options ask for, and the transports that get a copy of everything; `None` if nothing leaves the
/// process.
pub(super) fn of(options: &ClientOptions) -> Option<(Ways, Option<Arc<FanOutTransport>>)> {
    let spotlight = spotlight(options);
    let transport = match &options.transport {
        Some(factory) => Some(callback::guarded("create_transport", || factory.create_transport(options))?),
        None if options.dsn.is_some() => None,
        None => {
            // Whatever gets copies is the way itself then.
            let report = options.prints_reports().then(StderrTransport::new);
            let report = report.map(|report| Arc::new(report) as Arc<dyn Transport>);
            let copies = options.copy_to.iter().cloned().chain(spotlight);
            let all: Vec<_> = report.into_iter().chain(copies).collect();
            let main: Arc<dyn Transport> = match <[_; 1]>::try_from(all) {
                Ok([only]) => only,
                Err(none) if none.is_empty() => return None,
                Err(several) => FanOutTransport::new(several),
            };
            return Some((
                Ways { way: Way::Transport(Arc::clone(&main)), flushed: Some(main), spool: None },
                None,
            ));
        }
    };
    let spool = spool(options);
    let main = match &transport {
        Some(transport) => Way::Transport(Arc::clone(transport)),
        None => http(options, spool.clone())?,
    };
    let flushed: Vec<_> = transport.into_iter().chain(options.copy_to.iter().cloned()).collect();
    let copies: Vec<_> = options.copy_to.iter().cloned().chain(spotlight).collect();
    let fan_out = |list: Vec<_>| (!list.is_empty()).then(|| FanOutTransport::new(list));
    let ways = Ways { way: main, flushed: fan_out(flushed).map(|all| all as Arc<dyn Transport>), spool };
    Some((ways, fan_out(copies)))
}

/// The spool that the options ask for. What a transport does with what it was given, nobody knows: it needs none.
fn spool(options: &ClientOptions) -> Option<Arc<Spool>> {
    let Some(folder) = &options.spool else {
        if options.durable != Durable::Nothing {
            crate::debug::log!("`durable` is ignored: there is no `spool`");
        }
        return None;
    };
    let Some(dsn) = options.dsn.as_ref().filter(|_| options.transport.is_none()) else {
        crate::debug::log!("`spool` is ignored: it is for what is sent to Sentry");
        return None;
    };
    let spool = Spool::open(SpoolSettings {
        folder: folder.clone(),
        max_bytes: options.spool_max_bytes as u64,
        max_age: options.spool_max_age,
        destination: dsn.envelope_api_url().into(),
    });
    spool.map(Arc::new)
}

#[cfg(feature = "http")]
fn http(options: &ClientOptions, spool: Option<Arc<Spool>>) -> Option<Way> {
    let settings = Box::new(HttpSettings {
        dsn: options.dsn.clone()?,
        user_agent: options.user_agent.clone().into_owned(),
        proxies: Proxies {
            http: options.http_proxy.clone().map(Into::into),
            https: options.https_proxy.clone().map(Into::into),
        },
        compression: options.compression,
        tls: tls(options),
    });
    Some(Way::Http {
        settings,
        max_in_flight: options.max_in_flight,
        retry_window: options.retry_window,
        spool,
    })
}

#[cfg(any(feature = "native-tls", feature = "rustls"))]
fn tls(options: &ClientOptions) -> TlsSettings {
    TlsSettings {
        accept_invalid_certs: options.accept_invalid_certs,
        ca_certs: options.ca_certs.clone(),
        cert_file: options.cert_file.clone(),
        key_file: options.key_file.clone(),
    }
}

#[cfg(all(feature = "http", not(any(feature = "native-tls", feature = "rustls"))))]
fn tls(_: &ClientOptions) -> TlsSettings {
    TlsSettings::default()
}

#[cfg(not(feature = "http"))]
fn http(_: &ClientOptions, _: Option<Arc<Spool>>) -> Option<Way> {
    crate::debug::log!("nothing is sent: `monitored` was built without its feature `http`");
    None
}

#[cfg(feature = "http")]
fn spotlight(options: &ClientOptions) -> Option<Arc<dyn Transport>> {
    let url = options.spotlight.url()?.to_owned();
    Some(SpotlightTransport::new(url, options.user_agent.clone().into_owned()))
}

#[cfg(not(feature = "http"))]
fn spotlight(options: &ClientOptions) -> Option<Arc<dyn Transport>> {
    if options.spotlight.url().is_some() {
        crate::debug::log!("Spotlight gets nothing: `monitored` was built without its feature `http`");
    }
    None
}
