//! TLS of links: rustls with ring. The files are read anew for each connection, so a renewed certificate needs no restart.

use std::sync::Arc;

use tokio_rustls::{
    TlsAcceptor, TlsConnector,
    rustls::{
        ClientConfig, RootCertStore, ServerConfig,
        crypto::{CryptoProvider, ring},
        pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
        server::WebPkiClientVerifier,
    },
};

use crate::links::operating::Tls;

/// The TLS side of a link that listens. It shows its certificate, and asks for the peer's if there is an authority.
///
/// # Errors
/// In words, if a file cannot be read or used.
pub(crate) async fn acceptor(tls: Tls) -> Result<TlsAcceptor, String> {
    reading(move || {
        let builder = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
        let builder = builder.map_err(|e| e.to_string())?;
        let builder = if tls.authority.is_empty() {
            builder.with_no_client_auth()
        } else {
            let roots = Arc::new(authority(&tls.authority)?);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider()).build();
            builder.with_client_cert_verifier(verifier.map_err(|e| format!("{}: {e}", tls.authority))?)
        };
        let config = builder.with_single_cert(certificates(&tls.certificate)?, key(&tls.key)?);
        Ok(TlsAcceptor::from(Arc::new(config.map_err(|e| format!("{}: {e}", tls.certificate))?)))
    })
    .await
}

/// The TLS side of a link that connects to `address`: the peer's certificate must bear the address's name, and the authority must
/// vouch for it.
///
/// # Errors
/// As [`acceptor`]; and if the address has no name.
pub(crate) async fn connector(tls: Tls, address: String) -> Result<(TlsConnector, ServerName<'static>), String> {
    reading(move || {
        let host = address.rsplit_once(':').map_or(address.as_str(), |(host, _)| host);
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(host).map_err(|e| format!("{address}: {e}"))?;
        let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
        let builder = builder.map_err(|e| e.to_string())?.with_root_certificates(authority(&tls.authority)?);
        let config = if tls.certificate.is_empty() {
            builder.with_no_client_auth()
        } else {
            let config = builder.with_client_auth_cert(certificates(&tls.certificate)?, key(&tls.key)?);
            config.map_err(|e| format!("{}: {e}", tls.certificate))?
        };
        Ok((TlsConnector::from(Arc::new(config)), name))
    })
    .await
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

async fn reading<T: Send + 'static>(f: impl FnOnce() -> Result<T, String> + Send + 'static) -> Result<T, String> {
    tokio::task::spawn_blocking(f).await.map_err(|e| e.to_string())?
}

fn certificates(file: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let said = |e: &dyn std::fmt::Display| format!("the certificate {file} cannot be read: {e}");
    let found = CertificateDer::pem_file_iter(file).map_err(|e| said(&e))?;
    let found: Vec<_> = found.collect::<Result<_, _>>().map_err(|e| said(&e))?;
    if found.is_empty() { Err(said(&"it holds no certificate")) } else { Ok(found) }
}

fn key(file: &str) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_file(file).map_err(|e| format!("the key {file} cannot be read: {e}"))
}

fn authority(file: &str) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(file)? {
        roots.add(certificate).map_err(|e| format!("the authority {file} is of no use: {e}"))?;
    }
    Ok(roots)
}
