//! Where the pictures of a feed come from: a directory, a tar archive, or URLs.
//!
//! Names are looked up exactly first, then without regard to case: catalogues and file
//! systems disagree about that more often than not. A name can never leave its directory.

use bytes::Bytes;
use std::{
    collections::HashMap,
    fs::File,
    io::{Read, Seek, SeekFrom},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use thiserror::Error;

/// Largest picture taken.
pub const LARGEST_PICTURE: u64 = 10 << 20;
const URL_TIMEOUT: Duration = Duration::from_secs(20);
const MOST_REDIRECTS: usize = 3;

/// Why a picture is not to be had. It concerns that picture alone.
#[derive(Debug, Error)]
pub enum PictureError {
    /// There is none of that name.
    #[error("no picture named `{0}`")]
    Missing(String),
    /// Over the limit.
    #[error("`{0}` is larger than 10 MiB")]
    TooLarge(String),
    /// Reading or fetching failed.
    #[error("`{name}`: {reason}")]
    Unreadable {
        /// Name or URL.
        name: String,
        /// What went wrong.
        reason: String,
    },
}

fn unreadable(name: &str, reason: impl ToString) -> PictureError {
    PictureError::Unreadable {
        name: name.to_owned(),
        reason: reason.to_string(),
    }
}

/// A source of pictures; cheap to clone.
#[derive(Clone, Debug)]
pub enum Pictures {
    /// The feed's pictures are not taken.
    None,
    /// Files below a directory.
    Directory(Arc<Directory>),
    /// Members of an uncompressed tar archive, read in place.
    Tar(Arc<Archive>),
    /// The names are URLs.
    Urls {
        /// Refuses private addresses unless told otherwise.
        client: reqwest::Client,
        /// Whether private addresses are allowed.
        private: bool,
    },
}

/// A directory, indexed once.
#[derive(Debug)]
pub struct Directory {
    names: Names<PathBuf>,
}

/// A tar archive, indexed once.
#[derive(Debug)]
pub struct Archive {
    path: PathBuf,
    names: Names<(u64, u64)>,
}

/// Names with and without their directories, exact and folded.
#[derive(Debug)]
struct Names<T> {
    exact: HashMap<String, T>,
    folded: HashMap<String, String>,
}

impl<T> Names<T> {
    fn new() -> Self {
        Self {
            exact: HashMap::new(),
            folded: HashMap::new(),
        }
    }

    fn insert(&mut self, name: &str, value: T) {
        self.folded
            .entry(name.to_lowercase())
            .or_insert_with(|| name.to_owned());
        if let Some((_, base)) = name.rsplit_once('/') {
            self.folded
                .entry(base.to_lowercase())
                .or_insert_with(|| name.to_owned());
        }
        self.exact.insert(name.to_owned(), value);
    }

    fn find(&self, name: &str) -> Option<&T> {
        let name = name.trim_start_matches("./").trim_start_matches('/');
        let base = name.rsplit_once('/').map_or(name, |(_, base)| base);
        self.exact
            .get(name)
            .or_else(|| self.exact.get(self.folded.get(&name.to_lowercase())?))
            .or_else(|| self.exact.get(self.folded.get(&base.to_lowercase())?))
    }
}

impl Pictures {
    /// Pictures below a directory.
    ///
    /// # Errors
    /// When it cannot be listed.
    pub fn directory(root: &Path) -> std::io::Result<Self> {
        let mut names = Names::new();
        let mut open = vec![root.to_owned()];
        while let Some(directory) = open.pop() {
            for entry in std::fs::read_dir(&directory)? {
                let entry = entry?;
                let kind = entry.file_type()?;
                if kind.is_dir() {
                    open.push(entry.path());
                } else if kind.is_file()
                    && let Ok(relative) = entry.path().strip_prefix(root)
                {
                    names.insert(&relative.to_string_lossy(), entry.path());
                }
            }
        }
        Ok(Self::Directory(Arc::new(Directory { names })))
    }

    /// Members of a tar archive.
    ///
    /// # Errors
    /// When it is not an uncompressed tar archive.
    pub fn tar(path: &Path) -> std::io::Result<Self> {
        let mut names = Names::new();
        let mut archive = tar::Archive::new(File::open(path)?);
        for entry in archive.entries_with_seek()? {
            let entry = entry?;
            if entry.header().entry_type().is_file() {
                let place = (entry.raw_file_position(), entry.size());
                names.insert(&entry.path()?.to_string_lossy(), place);
            }
        }
        Ok(Self::Tar(Arc::new(Archive {
            path: path.to_owned(),
            names,
        })))
    }

    /// Pictures behind URLs; private addresses are refused unless `private` is set.
    ///
    /// # Errors
    /// When the client cannot be built.
    pub fn urls(private: bool) -> reqwest::Result<Self> {
        let client = reqwest::Client::builder()
            .timeout(URL_TIMEOUT)
            .redirect(reqwest::redirect::Policy::custom(move |attempt| {
                if attempt.previous().len() > MOST_REDIRECTS {
                    attempt.error("too many redirects")
                } else if !private && is_private_literal(attempt.url()) {
                    attempt.error("private addresses are refused")
                } else {
                    attempt.follow()
                }
            }))
            .user_agent(concat!("myshop/", env!("CARGO_PKG_VERSION")));
        let client = if private {
            client
        } else {
            client.no_proxy().dns_resolver(Arc::new(PublicOnly))
        };
        Ok(Self::Urls {
            client: client.build()?,
            private,
        })
    }

    /// Whether a picture is known to be missing without fetching anything.
    #[must_use]
    pub fn lacks(&self, name: &str) -> bool {
        match self {
            Self::Directory(directory) => directory.names.find(name).is_none(),
            Self::Tar(archive) => archive.names.find(name).is_none(),
            Self::None | Self::Urls { .. } => false,
        }
    }

    /// The bytes of one picture.
    ///
    /// # Errors
    /// Concerns this picture alone.
    pub async fn get(&self, name: &str) -> Result<Bytes, PictureError> {
        match self {
            Self::None => Err(PictureError::Missing(name.to_owned())),
            Self::Directory(directory) => {
                let path = directory
                    .names
                    .find(name)
                    .ok_or_else(|| PictureError::Missing(name.to_owned()))?;
                let size = tokio::fs::metadata(path)
                    .await
                    .map_err(|error| unreadable(name, error))?
                    .len();
                if size > LARGEST_PICTURE {
                    return Err(PictureError::TooLarge(name.to_owned()));
                }
                Ok(tokio::fs::read(path)
                    .await
                    .map_err(|error| unreadable(name, error))?
                    .into())
            }
            Self::Tar(archive) => {
                let place = archive
                    .names
                    .find(name)
                    .ok_or_else(|| PictureError::Missing(name.to_owned()))?;
                archive.read(name, *place)
            }
            Self::Urls { client, private } => fetch(client, name, *private).await,
        }
    }
}

impl Archive {
    fn read(&self, name: &str, (position, size): (u64, u64)) -> Result<Bytes, PictureError> {
        if size > LARGEST_PICTURE {
            return Err(PictureError::TooLarge(name.to_owned()));
        }
        let read = || {
            let mut file = File::open(&self.path)?;
            file.seek(SeekFrom::Start(position))?;
            let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
            file.take(size).read_to_end(&mut bytes)?;
            std::io::Result::Ok(bytes)
        };
        Ok(read().map_err(|error| unreadable(name, error))?.into())
    }
}

async fn fetch(client: &reqwest::Client, url: &str, private: bool) -> Result<Bytes, PictureError> {
    let address = url::Url::parse(url).map_err(|error| unreadable(url, error))?;
    if !matches!(address.scheme(), "http" | "https") {
        return Err(unreadable(url, "only http and https"));
    }
    if !private && is_private_literal(&address) {
        return Err(unreadable(url, "private addresses are refused"));
    }
    let mut answer = client
        .get(address)
        .send()
        .await
        .and_then(reqwest::Response::error_for_status)
        .map_err(|e| unreadable(url, e))?;
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| unreadable(url, error))? {
        if (bytes.len() + chunk.len()) as u64 > LARGEST_PICTURE {
            return Err(PictureError::TooLarge(url.to_owned()));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.into())
}

/// A literal address never reaches the resolver that refuses private ones.
fn is_private_literal(address: &url::Url) -> bool {
    match address.host() {
        Some(url::Host::Ipv4(ip)) => !is_public(IpAddr::V4(ip)),
        Some(url::Host::Ipv6(ip)) => !is_public(IpAddr::V6(ip)),
        _ => false,
    }
}

/// Resolves names to public addresses only, so that a feed cannot make the server read
/// from its own network (server-side request forgery), redirects included.
struct PublicOnly;

impl reqwest::dns::Resolve for PublicOnly {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err("the name has no public address".into());
            }
            Ok(Box::new(public.into_iter()) as reqwest::dns::Addrs)
        })
    }
}

fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => ip.to_ipv4_mapped().map_or_else(|| is_public_v6(ip), is_public_v4),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, ..] = ip.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let reserved = a == 0 || a >= 240 || (a == 198 && (b == 18 || b == 19)) || (a == 192 && b == 0);
    !(ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_multicast() || shared || reserved)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let global = (ip.segments()[0] & 0xe000) == 0x2000;
    let documentation = ip.segments()[0] == 0x2001 && ip.segments()[1] == 0xdb8;
    global && !documentation
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_are_found_in_any_case_and_never_outside_the_directory() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("Photos")).unwrap();
        std::fs::write(root.path().join("Photos/Lamp.JPG"), b"lamp").unwrap();
        std::fs::write(root.path().parent().unwrap().join("myshop-secret"), b"x").unwrap();
        let pictures = Pictures::directory(root.path()).unwrap();
        for name in ["Photos/Lamp.JPG", "photos/lamp.jpg", "lamp.jpg", "/images/lamp.jpg"] {
            assert_eq!(&pictures.get(name).await.unwrap()[..], b"lamp", "{name}");
        }
        for name in ["../myshop-secret", "/etc/hostname", "Photos"] {
            assert!(
                matches!(pictures.get(name).await, Err(PictureError::Missing(_))),
                "{name}"
            );
        }
        std::fs::remove_file(root.path().parent().unwrap().join("myshop-secret")).unwrap();
    }

    #[tokio::test]
    async fn members_of_a_tar_are_read_in_place() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("images.tar");
        let mut tar = tar::Builder::new(File::create(&path).unwrap());
        for (name, text) in [("images/1.jpg", "one"), ("images/2.jpg", "second")] {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            tar.append_data(&mut header, name, text.as_bytes()).unwrap();
        }
        tar.finish().unwrap();
        let pictures = Pictures::tar(&path).unwrap();
        assert_eq!(&pictures.get("2.jpg").await.unwrap()[..], b"second");
        assert_eq!(&pictures.get("images/1.jpg").await.unwrap()[..], b"one");
        assert!(pictures.get("3.jpg").await.is_err());
    }

    #[test]
    fn private_addresses_are_not_public() {
        for ip in [
            "127.0.0.1",
            "10.1.2.3",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "::1",
            "fd00::1",
            "::ffff:10.0.0.1",
        ] {
            assert!(!is_public(ip.parse().unwrap()), "{ip}");
        }
        for ip in ["93.184.216.34", "2606:2800:220:1::1"] {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
    }

    #[tokio::test]
    async fn a_url_into_the_own_network_is_refused() {
        // A second install (another test of this process) is refused and changes nothing.
        drop(rustls::crypto::ring::default_provider().install_default());
        let pictures = Pictures::urls(false).unwrap();
        assert!(pictures.get("http://127.0.0.1:1/a.jpg").await.is_err());
        assert!(pictures.get("http://[::1]:1/a.jpg").await.is_err());
        assert!(pictures.get("file:///etc/passwd").await.is_err());
    }
}
