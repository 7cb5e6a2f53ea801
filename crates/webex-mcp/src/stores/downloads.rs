//! Files for a caller on this machine: written to the data directory and passed by path.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use futures::StreamExt as _;
use futures::future::BoxFuture;
use tokio::io::AsyncWriteExt as _;
use tokio::time::Instant;
use url::Url;
use webex::{AccessToken, Webex};

use crate::error::{CallError, Code};
use crate::folders::create_private;
use crate::identity::Principal;
use crate::limits;
use crate::seal::{digest, hex};
use crate::tool::{FileShelf, Link, ShelfFile, begun, only_details};

/// A downloaded file is for the current conversation; after a day nobody needs it.
const KEPT_SECONDS: u64 = 24 * 60 * 60;
/// The most files to keep; the oldest are removed first.
const KEPT_FILES: usize = 50;
/// The ending of a file that is still arriving: only its age can make it one to remove.
const UNFINISHED: &str = ".part";
/// File systems allow 255 bytes; the prefix and a margin are subtracted.
const NAME_MAX_BYTES: usize = 200;

/// The folder of downloads. `None`: there is no data directory, and large files are refused.
#[derive(Debug, Clone)]
pub struct Downloads {
    directory: Option<PathBuf>,
    webex: Webex,
}

impl Downloads {
    pub fn new(data_directory: Option<&Path>, webex: Webex) -> Self {
        Downloads {
            directory: data_directory.map(|directory| directory.join("downloads")),
            webex,
        }
    }

    async fn write(
        &self,
        client: &webex::Client,
        file: &ShelfFile,
    ) -> Result<(PathBuf, u64), CallError> {
        let directory = self.directory.clone().ok_or_else(nowhere)?;
        let target = directory.join(file_name(file));
        let (temporary, open) = blocking(move || {
            prepare(&directory)?;
            let temporary = tempfile::Builder::new()
                .suffix(UNFINISHED)
                .tempfile_in(&directory)?;
            let open = temporary.reopen()?;
            Ok((temporary, open))
        })
        .await?;
        let contents = client.contents();
        let download = contents.get(&file.url, file.allow_unscannable).await?;
        let (executable, mut stream) = begun(Some(&file.name), download.stream).await;
        if let Some(what) = executable {
            return Err(only_details(what));
        }
        let mut open = tokio::fs::File::from_std(open);
        let mut written: u64 = 0;
        while let Some(bytes) = stream.next().await {
            let bytes = bytes?;
            written = written.saturating_add(bytes.len() as u64);
            if written > limits::UPLOAD_MAX_BYTES {
                return Err(too_large());
            }
            open.write_all(&bytes).await.map_err(unwritten)?;
        }
        open.flush().await.map_err(unwritten)?;
        drop(open);
        let place = target.clone();
        blocking(move || {
            temporary
                .persist(place)
                .map(drop)
                .map_err(|error| error.error)
        })
        .await?;
        Ok((target, written))
    }
}

impl Downloads {
    /// Where a file that is here already can be opened under its own name; `None` where there is no
    /// data directory. `mark` distinguishes files of the same name.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub async fn copy(
        &self,
        from: &Path,
        name: &str,
        mark: &str,
    ) -> Result<Option<String>, CallError> {
        let Some(directory) = self.directory.clone() else {
            return Ok(None);
        };
        let (from, target) = (from.to_owned(), directory.join(marked(name, mark)));
        let copied = blocking(move || {
            prepare(&directory)?;
            let part = tempfile::Builder::new()
                .suffix(UNFINISHED)
                .tempfile_in(&directory)?;
            io::copy(&mut fs::File::open(from)?, &mut part.as_file())?;
            part.persist(&target)?;
            std::path::absolute(target)
        });
        let uri = Url::from_file_path(copied.await?);
        uri.map(|uri| Some(uri.into()))
            .map_err(|()| CallError::internal("a path without a URL"))
    }
}

impl FileShelf for Downloads {
    fn place<'a>(
        &'a self,
        _principal: &'a Principal,
        token: &'a AccessToken,
        file: ShelfFile,
    ) -> BoxFuture<'a, Result<Link, CallError>> {
        Box::pin(async move {
            let deadline = Instant::now() + limits::TRANSFER_DEADLINE;
            let client = self.webex.client(token.clone()).with_deadline(deadline);
            let (path, size_bytes) = self.write(&client, &file).await?;
            let path = std::path::absolute(path).map_err(unwritten)?;
            let uri = Url::from_file_path(path)
                .map_err(|()| CallError::internal("a path without a URL"))?;
            Ok(Link {
                uri: uri.into(),
                name: file.name.into(),
                mime_type: file.mime_type,
                size_bytes: Some(size_bytes),
            })
        })
    }
}

/// The folder, after removing files that are too old or too many.
fn prepare(directory: &Path) -> io::Result<()> {
    create_private(directory)?;
    let mut kept = Vec::new();
    let oldest = SystemTime::now() - Duration::from_secs(KEPT_SECONDS);
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let modified = match entry.metadata() {
            Ok(metadata) => metadata.modified()?,
            // Another download has just removed or finished it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let path = entry.path();
        if modified < oldest {
            remove(&path);
        } else if !path.to_string_lossy().ends_with(UNFINISHED) {
            kept.push((modified, path));
        }
    }
    kept.sort_unstable();
    // One place is for the file that is about to arrive.
    let surplus = (kept.len() + 1).saturating_sub(KEPT_FILES);
    for (_, path) in kept.drain(..surplus) {
        remove(&path);
    }
    Ok(())
}

/// A file that cannot be removed now is tried again at the next download.
fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::debug!(%error, "an old download could not be removed");
    }
}

/// The file's own name made safe, after a prefix that distinguishes files of the same name.
fn file_name(file: &ShelfFile) -> String {
    marked(&file.name, &file.url)
}

fn marked(name: &str, of: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut name = String::with_capacity(last.len());
    for character in last.trim_matches(['.', ' ']).chars() {
        let is_harmful = character.is_control() || "<>:\"|?*".contains(character);
        let character = if is_harmful { '_' } else { character };
        if name.len() + character.len_utf8() > NAME_MAX_BYTES {
            break;
        }
        name.push(character);
    }
    let mark = hex(&digest(of.as_bytes())[..4]);
    match name.as_str() {
        "" => format!("{mark}-file"),
        name => format!("{mark}-{name}"),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, CallError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(CallError::internal)?.map_err(unwritten)
}

fn unwritten(error: io::Error) -> CallError {
    let mut told = CallError::internal(error);
    told.message = "The file could not be written into the data directory.".into();
    told.advise(
        "Tell the user to check the free space and the permissions of the data directory, or to choose another with --data-dir.",
    )
}

fn nowhere() -> CallError {
    CallError::new(
        Code::NotConfigured,
        "There is no data directory that the file could be written to.",
        "Tell the user to start the server with --data-dir.",
    )
}

fn too_large() -> CallError {
    CallError::new(
        Code::TooLarge,
        "The file is larger than 100 MiB.",
        "Tell the user to download it in a Webex client.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> ShelfFile {
        ShelfFile {
            url: "https://example.com/v1/contents/1".to_owned(),
            name: name.to_owned(),
            mime_type: None,
            size_bytes: None,
            allow_unscannable: false,
        }
    }

    #[test]
    fn names_are_harmless() {
        for (name, expected) in [
            ("plan.pdf", "plan.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\temp\\x.txt", "x.txt"),
            ("..", "file"),
            ("", "file"),
            (".bashrc", "bashrc"),
            ("a:b\n.txt", "a_b_.txt"),
            ("Übersicht.md", "Übersicht.md"),
        ] {
            let made = file_name(&named(name));
            assert_eq!(made.split_once('-').unwrap().1, expected);
        }
        assert!(file_name(&named(&"é".repeat(500))).len() < 255);
    }

    #[test]
    fn the_folder_stays_small() {
        let directory = tempfile::tempdir().unwrap();
        for number in 0..KEPT_FILES + 5 {
            fs::write(directory.path().join(number.to_string()), "x").unwrap();
        }
        let old = directory.path().join("old");
        let file = fs::File::create(&old).unwrap();
        let long_ago = SystemTime::now() - Duration::from_secs(KEPT_SECONDS + 60);
        file.set_modified(long_ago).unwrap();
        prepare(directory.path()).unwrap();
        assert!(!old.exists());
        let left = fs::read_dir(directory.path()).unwrap().count();
        assert_eq!(left, KEPT_FILES - 1);
    }

    fn world(contents: axum::Router) -> Webex {
        let router = contents.fallback(|| async { axum::http::StatusCode::NOT_FOUND });
        let transport = webex::Transport::in_process(router);
        let settings = webex::Settings::default();
        Webex::with_transport("https://example.com/v1", transport, settings).unwrap()
    }

    async fn place(downloads: &Downloads, file: ShelfFile) -> Result<Link, CallError> {
        let token = AccessToken::new("token").unwrap();
        downloads
            .place(&Principal::new("alice"), &token, file)
            .await
    }

    fn path(link: &Link) -> PathBuf {
        Url::parse(&link.uri).unwrap().to_file_path().unwrap()
    }

    #[tokio::test]
    async fn a_file_arrives_whole_or_not_at_all() {
        let webex = world(
            axum::Router::new().route("/v1/contents/1", axum::routing::get(|| async { "hello" })),
        );
        let directory = tempfile::tempdir().unwrap();
        let downloads = Downloads::new(Some(directory.path()), webex.clone());
        let link = place(&downloads, named("hello.txt")).await.unwrap();
        assert_eq!(fs::read_to_string(path(&link)).unwrap(), "hello");
        assert_eq!(link.size_bytes, Some(5));
        let mut missing = named("gone.txt");
        missing.url = "https://example.com/v1/contents/2".to_owned();
        let refused = place(&downloads, missing).await.unwrap_err();
        assert_eq!(refused.code, Code::NotFound);
        let left = fs::read_dir(directory.path().join("downloads")).unwrap();
        assert_eq!(left.count(), 1);
        let refused = place(&downloads, named("run.exe")).await.unwrap_err();
        assert_eq!(refused.code, Code::Forbidden);
        let left = fs::read_dir(directory.path().join("downloads")).unwrap();
        assert_eq!(left.count(), 1);
        let nowhere = Downloads::new(None, webex);
        let refused = place(&nowhere, named("x")).await.unwrap_err();
        assert_eq!(refused.code, Code::NotConfigured);
    }

    #[tokio::test]
    async fn a_file_of_this_server_is_copied_under_its_own_name() {
        let directory = tempfile::tempdir().unwrap();
        let webex = world(axum::Router::new());
        let downloads = Downloads::new(Some(directory.path()), webex.clone());
        let from = directory.path().join("digest");
        fs::write(&from, "a,b").unwrap();
        for (mark, name) in [("1", "Who came.csv"), ("1", "Who came.csv"), ("2", "../x")] {
            let uri = downloads.copy(&from, name, mark).await.unwrap().unwrap();
            let path = Url::parse(&uri).unwrap().to_file_path().unwrap();
            assert!(path.starts_with(directory.path().join("downloads")));
            let last = name.rsplit('/').next().unwrap();
            assert!(
                path.to_string_lossy().ends_with(&format!("-{last}")),
                "{uri}"
            );
            assert_eq!(fs::read_to_string(&path).unwrap(), "a,b");
            // Whoever changes it changes a copy.
            fs::write(&path, "changed").unwrap();
            assert_eq!(fs::read_to_string(&from).unwrap(), "a,b");
        }
        let nowhere = Downloads::new(None, webex);
        assert_eq!(nowhere.copy(&from, "x", "1").await.unwrap(), None);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn many_at_once_all_succeed() {
        let webex = world(axum::Router::new().route(
            "/v1/contents/{id}",
            axum::routing::get(|| async { "hello" }),
        ));
        let directory = tempfile::tempdir().unwrap();
        let downloads = Downloads::new(Some(directory.path()), webex);
        // Each round finds the folder full, so every download removes files that the others see.
        for round in 0..5 {
            let all = (0..40).map(|number| {
                let downloads = downloads.clone();
                let mut file = named("hello.txt");
                file.url = format!("https://example.com/v1/contents/{round}-{number}");
                tokio::spawn(async move { place(&downloads, file).await })
            });
            for done in futures::future::join_all(all).await {
                done.unwrap().unwrap();
            }
        }
        let left = fs::read_dir(directory.path().join("downloads")).unwrap();
        let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.len() >= KEPT_FILES - 1, "{}", left.len());
        assert!(
            left.iter()
                .all(|name| !name.to_string_lossy().ends_with(UNFINISHED))
        );
    }
}
