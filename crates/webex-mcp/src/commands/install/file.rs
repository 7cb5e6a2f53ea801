//! The file of a client: read whole, written completely or not at all, with a copy of what was there.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::commands::Failure;
use crate::commands::output::say;

/// Claude Code stores its history beside its servers: megabytes are possible, but not more than
/// this.
const FILE_MAX_BYTES: u64 = 64 * 1024 * 1024;

/// The file that a symbolic link, as in a folder of dotfiles, leads to: the link stays.
pub fn target(file: PathBuf) -> Result<PathBuf, Failure> {
    match fs::canonicalize(&file) {
        Ok(target) => Ok(target),
        Err(_) if file.is_symlink() => Err(Failure::other(format!(
            "{} is a link to something that is not there: make the file that it leads to, or delete the link.",
            file.display()
        ))),
        Err(_) => Ok(file),
    }
}

/// Its text; `None` where there is no file.
pub fn read(file: &Path) -> Result<Option<String>, Failure> {
    let unreadable =
        |why: String| Failure::other(format!("{} cannot be read: {why}.", file.display()));
    match fs::metadata(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error.to_string())),
        Ok(metadata) if metadata.len() > FILE_MAX_BYTES => {
            return Err(unreadable("it is larger than 64 MiB".to_owned()));
        }
        Ok(_) => {}
    }
    let text = fs::read_to_string(file).map_err(|error| unreadable(error.to_string()))?;
    Ok(Some(text))
}

/// Writes the file, and says that the entry was `done`.
pub fn replace(file: &Path, before: Option<&str>, after: &str, done: &str) -> Result<(), Failure> {
    let backup = write(file, before, after).map_err(|error| {
        Failure::other(format!("{} could not be written: {error}.", file.display()))
    })?;
    say(format_args!("{done} {}.", file.display()))?;
    if let Some(backup) = backup {
        say(format_args!("What was there is in {}.", backup.display()))?;
    }
    Ok(())
}

/// Writes the file completely or not at all: a temporary file replaces the old one, which is kept
/// beside it.
pub fn write(file: &Path, before: Option<&str>, after: &str) -> std::io::Result<Option<PathBuf>> {
    let directory = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let mut backup = None;
    if before.is_some() {
        let mut name = file.file_name().unwrap_or_default().to_owned();
        name.push(".before-webex-mcp");
        let kept = file.with_file_name(name);
        // The first backup has the user's original file; a second run must not replace it.
        if !kept.exists() {
            fs::copy(file, &kept)?;
            backup = Some(kept);
        }
    }
    let mut temporary = tempfile::NamedTempFile::new_in(directory)?;
    temporary.write_all(after.as_bytes())?;
    if before.is_some() {
        temporary
            .as_file()
            .set_permissions(fs::metadata(file)?.permissions())?;
    }
    temporary.as_file().sync_all()?;
    temporary.persist(file)?;
    Ok(backup)
}
