//! STARTTLS on our side: certificate and key from PEM files, and what was negotiated as text.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::{self, ServerConfig, ServerConnection};

/// Why TLS cannot be offered.
#[derive(Debug, thiserror::Error)]
pub enum TlsFault {
    /// A file cannot be read, or holds no PEM of the right kind.
    #[error("{path}: {cause}", path = .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: rustls_pki_types::pem::Error,
    },
    /// Certificate and key do not fit each other, or are of no known kind.
    #[error("certificate and key: {0}")]
    Pair(#[from] rustls::Error),
}

/// Reads a certificate chain (server's own first) and its private key.
pub fn from_pem_files(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsFault> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |cause| TlsFault::File { path, cause }
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(|items| items.collect::<Result<Vec<_>, _>>())
        .map_err(at(certificate))?;
    if chain.is_empty() {
        return Err(at(certificate)(rustls_pki_types::pem::Error::NoItemsFound));
    }
    let key = PrivateKeyDer::from_pem_file(key).map_err(at(key))?;
    from_der(chain, key)
}

/// Takes a certificate chain and its private key.
pub fn from_der(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<Arc<ServerConfig>, TlsFault> {
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(Arc::new(config))
}

/// Version and cipher, such as `TLSv1.3 TLS13_AES_128_GCM_SHA256`.
pub(super) fn describe(connection: &ServerConnection) -> String {
    let version = match connection.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_2) => "TLSv1.2".to_owned(),
        Some(rustls::ProtocolVersion::TLSv1_3) => "TLSv1.3".to_owned(),
        other => format!("{other:?}"),
    };
    let cipher = connection.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str()).unwrap_or("unknown");
    format!("{version} {cipher}")
}
