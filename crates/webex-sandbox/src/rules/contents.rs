//! Files: how they are added to the world, and their URLs.

use bytes::Bytes;

use crate::problem::{Problem, Result};
use crate::rows::{File, FileKey, FileState};
use crate::rules::caller::API_PATH;
use crate::storage::{NewFile, Storage};
use crate::table::Full;
use crate::world::World;

/// A file given by its URL. It is not fetched: the content says which URL it would have come from.
pub(crate) fn remote(storage: &Storage, url: &str) -> Result<NewFile> {
    let refused = || Problem::bad_request("files must hold one public http or https URL.");
    let url = url::Url::parse(url).map_err(|_| refused())?;
    refused().when(!matches!(url.scheme(), "http" | "https") || url.host().is_none())?;
    let last = url.path().rsplit('/').next();
    let name = last.filter(|name| !name.is_empty()).unwrap_or("file");
    let text = format!("The sandbox fetches nothing. This file stands for {url}\n");
    Ok(NewFile {
        name: format!("{name}.txt"),
        content_type: "text/plain".to_owned(),
        stored: storage.keep(Bytes::from(text))?,
    })
}

impl World {
    /// Adds a file to the table; it belongs to nobody until its message is posted.
    pub(crate) fn add_file(&mut self, file: NewFile) -> Result<FileKey, Full> {
        self.files.insert_with(|id| File {
            id,
            name: file.name,
            content_type: file.content_type,
            stored: file.stored,
            state: FileState::Clean,
            message: None,
        })
    }

    pub(crate) fn file_url(&self, file: FileKey, base: &str) -> Option<String> {
        let file = self.files.get(file)?;
        Some(format!("{base}{API_PATH}/contents/{}", file.id))
    }

    /// Sets the scan result of a file; false if there is no file with this id.
    pub(crate) fn set_file_state(&mut self, id: &str, state: FileState) -> bool {
        let file = self.files.find(id).and_then(|key| self.files.get_mut(key));
        file.map(|file| file.state = state).is_some()
    }
}
