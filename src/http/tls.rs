//! The certificate with which other machines know this one.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::app::{Error, Kind};

/// The folder in the data folder with the generated certificate.
const FOLDER: &str = "tls";

/// A certificate and its key, ready to be used.
#[derive(Clone)]
pub struct Certificate {
    config: Arc<ServerConfig>,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Certificate(..)")
    }
}

impl Certificate {
    /// Reads a certificate chain and its key, both PEM.
    ///
    /// # Errors
    /// [`Kind::BadInput`] names the file that cannot be used.
    pub fn read(chain: &Path, key: &Path) -> Result<Self, Error> {
        let refuse = |path: &Path, why: String| {
            Error::new(Kind::BadInput, format!("{} cannot be used: {why}.", path.display()))
        };
        let certificates = CertificateDer::pem_file_iter(chain)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|e| refuse(chain, e.to_string()))?;
        if certificates.is_empty() {
            return Err(refuse(chain, "there is no certificate in it".into()));
        }
        let private = PrivateKeyDer::from_pem_file(key).map_err(|e| refuse(key, e.to_string()))?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|e| Error::new(Kind::Defect, e.to_string()))?
            .with_no_client_auth()
            .with_single_cert(certificates, private)
            .map_err(|e| refuse(chain, e.to_string()))?;
        Ok(Self { config: Arc::new(config) })
    }

    /// The certificate of this data folder for `names`, made when there is none. Other machines are told
    /// to trust the file `tls/certificate.pem`; its key lies beside it, readable by this user alone.
    ///
    /// # Errors
    /// [`Kind::DataFile`] when it cannot be written.
    pub fn generated(data: &Path, names: &[String]) -> Result<Self, Error> {
        let folder = data.join(FOLDER);
        let (chain, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
        if !(chain.exists() && key.exists()) {
            let failed = |e: std::io::Error| {
                Error::new(Kind::DataFile, format!("{} cannot be written: {e}.", folder.display()))
            };
            let (certificate, private) = generate(names)?;
            std::fs::create_dir_all(&folder).map_err(failed)?;
            write_private(&key, private.as_bytes()).map_err(failed)?;
            std::fs::write(&chain, certificate).map_err(failed)?;
        }
        Self::read(&chain, &key)
    }

    pub(super) fn config(&self) -> Arc<ServerConfig> {
        self.config.clone()
    }
}

/// A certificate this machine signs itself, and its key, both PEM.
fn generate(names: &[String]) -> Result<(String, String), Error> {
    let wrong = |e: rcgen::Error| {
        Error::new(Kind::BadInput, format!("No certificate can be made for these names: {e}."))
    };
    let mut all = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    all.extend(names.iter().cloned());
    let mut params = CertificateParams::new(all).map_err(wrong)?;
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, "Tillpost on this till");
    params.distinguished_name = name;
    let key = KeyPair::generate().map_err(wrong)?;
    let certificate = params.self_signed(&key).map_err(wrong)?;
    Ok((certificate.pem(), key.serialize_pem()))
}

/// Writes a file that only this user can read, from its first byte on.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    // On Windows the data folder lies in the user's profile, which other users cannot read.
    options.open(path)?.write_all(bytes)
}
