//! Folders for what is this user's alone.

use std::fs::DirBuilder;
use std::io;
use std::path::Path;

/// Creates a folder, and those above it that do not exist, for this user only. One that exists keeps
/// its rights: they are its owner's decision.
///
/// # Errors
/// It cannot be created, or something else has its name.
pub fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

/// What kept a file or a folder from being used. The library calls what is missing an entity.
pub fn cause(kind: io::ErrorKind) -> String {
    match kind {
        io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        kind => kind.to_string(),
    }
}

/// Whether files can be written in a folder, which may have to be made first. Nothing is left there.
pub fn may_write(folder: &Path) -> bool {
    let mut above = folder.ancestors();
    let existing = above.find(|it| it.as_os_str().is_empty() || it.exists());
    let place = existing.filter(|it| !it.as_os_str().is_empty());
    tempfile::tempfile_in(place.unwrap_or(Path::new("."))).is_ok()
}

/// Whether other users of this machine may look into a folder, or change what is in it.
#[cfg(unix)]
pub fn is_open_to_others(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    let found = std::fs::metadata(folder);
    found.is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
}

/// What others may do follows there from the folder of the user.
#[cfg(not(unix))]
pub fn is_open_to_others(_folder: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    #[test]
    fn only_what_is_created_is_made_private() {
        use std::fs::{self, Permissions};
        use std::os::unix::fs::PermissionsExt as _;

        use super::*;

        let mode = |folder: &Path| fs::metadata(folder).unwrap().permissions().mode() & 0o777;
        let outside = tempfile::tempdir().unwrap();
        let existing = outside.path().join("of the operator");
        fs::create_dir(&existing).unwrap();
        fs::set_permissions(&existing, Permissions::from_mode(0o755)).unwrap();
        let (above, made) = (existing.join("data"), existing.join("data/processes"));
        for _ in 0..2 {
            create_private(&made).unwrap();
            assert_eq!((mode(&above), mode(&made)), (0o700, 0o700));
            create_private(&existing).unwrap();
            assert_eq!(mode(&existing), 0o755);
        }
        assert!(is_open_to_others(&existing) && !is_open_to_others(&made));
        assert!(!is_open_to_others(&existing.join("nowhere")));
        fs::write(existing.join("file"), "").unwrap();
        assert!(create_private(&existing.join("file")).is_err());
    }
}
