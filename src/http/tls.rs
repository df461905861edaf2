//! The certificate with which other machines know this one.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::client::verify_server_name;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::server::ParsedCertificate;

use crate::app::{Error, Kind};

/// The folder in the data folder with the generated certificate.
const FOLDER: &str = "tls";

/// A certificate and its key, ready to be used.
#[derive(Clone)]
pub struct Certificate {
    config: Arc<ServerConfig>,
    added: Vec<String>,
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
        Ok(Self { config: Arc::new(config), added: Vec::new() })
    }

    /// The certificate of this data folder for `names`, made when there is none. Other machines are told
    /// to trust the file `tls/certificate.pem`; its key lies beside it, readable by this user alone.
    ///
    /// When a name is not in it, it is made anew with the same key, for that name and for all it was made for
    /// before (`tls/names.txt`): with the old one every machine that calls this one by the name would be
    /// warned off. [`Certificate::added`] tells, as the new file has to be trusted then.
    ///
    /// # Errors
    /// [`Kind::DataFile`] when it cannot be written.
    pub fn generated(data: &Path, names: &[String]) -> Result<Self, Error> {
        let folder = data.join(FOLDER);
        let [chain, key, noted] = ["certificate.pem", "key.pem", "names.txt"].map(|name| folder.join(name));
        let noted_names = std::fs::read_to_string(&noted).unwrap_or_default();
        let mut all: Vec<String> = noted_names.lines().map(str::to_owned).collect();
        let there = chain.exists() && key.exists();
        if there && names.iter().all(|name| all.contains(name) || is_for(&chain, name)) {
            return Self::read(&chain, &key);
        }
        let added: Vec<String> =
            names.iter().filter(|name| !all.contains(name) && !is_for(&chain, name)).cloned().collect();
        all.extend(names.iter().filter(|name| !noted_names.lines().any(|n| n == *name)).cloned());
        let failed = |e: std::io::Error| {
            Error::new(Kind::DataFile, format!("{} cannot be written: {e}.", folder.display()))
        };
        std::fs::create_dir_all(&folder).map_err(failed)?;
        let pair = key_pair(&key)?;
        let certificate = generate(&all, &pair)?;
        write_private(&key, pair.serialize_pem().as_bytes()).map_err(failed)?;
        // Whole or not at all, and the names last: a name that is noted is in the certificate.
        let half = folder.join("certificate.new");
        std::fs::write(&half, certificate).map_err(failed)?;
        std::fs::rename(&half, &chain).map_err(failed)?;
        std::fs::write(&noted, all.join("\n")).map_err(failed)?;
        let made = Self::read(&chain, &key)?;
        if !there {
            return Ok(made);
        }
        tracing::warn!(
            names = added.join(", "),
            "the certificate was made anew: machines that trust the one before have to trust the new one"
        );
        Ok(Self { added, ..made })
    }

    /// The names for which the certificate was just made anew. Machines that trust the one before have to be
    /// told to trust the new one.
    #[must_use]
    pub fn added(&self) -> &[String] {
        &self.added
    }

    pub(super) fn config(&self) -> Arc<ServerConfig> {
        self.config.clone()
    }
}

/// Whether the certificate in this file is for `name`.
fn is_for(chain: &Path, name: &str) -> bool {
    let (Ok(certificate), Ok(name)) = (CertificateDer::from_pem_file(chain), ServerName::try_from(name))
    else {
        return false;
    };
    ParsedCertificate::try_from(&certificate).is_ok_and(|parsed| verify_server_name(&parsed, &name).is_ok())
}

fn wrong(e: rcgen::Error) -> Error {
    Error::new(Kind::BadInput, format!("No certificate can be made for these names: {e}."))
}

/// The key in this file, or a new one: machines that know this one by its key alone go on.
fn key_pair(key: &Path) -> Result<KeyPair, Error> {
    let there = std::fs::read_to_string(key).ok().and_then(|pem| KeyPair::from_pem(&pem).ok());
    there.map_or_else(|| KeyPair::generate().map_err(wrong), Ok)
}

/// A certificate this machine signs itself, in PEM.
fn generate(names: &[String], key: &KeyPair) -> Result<String, Error> {
    let mut all = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    all.extend(names.iter().cloned());
    let mut params = CertificateParams::new(all).map_err(wrong)?;
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, "Tillpost on this till");
    params.distinguished_name = name;
    Ok(params.self_signed(key).map_err(wrong)?.pem())
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
