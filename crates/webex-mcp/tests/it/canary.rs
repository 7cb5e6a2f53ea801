//! Secrets and people's texts are set out, and everything that the process wrote is searched for them:
//! its log down to the last level, its answers, its files, what it sent to Webex, what its types print.

// Processes are told to end by a signal.
#[cfg(unix)]
mod hosted;
mod inside;
// A browser's part is played against a process.
#[cfg(unix)]
mod local;
mod search;

use std::path::{Path, PathBuf};

use uuid::Uuid;

pub use self::search::forms;

/// What a canary is, which decides where it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Webex's tokens and codes, the secrets of integrations, keys and passwords: nowhere.
    Secret,
    /// What people wrote, which only the answer to whoever asked for it has.
    Text,
    /// A token that we gave to a client, or the client's own secret.
    Token,
    /// A code on its way to a client.
    Code,
    /// What binds a page to a browser.
    Page,
}

/// Everything that was set out, and everything that was written.
#[derive(Default)]
pub struct Cage {
    canaries: Vec<(String, Kind, Vec<u8>)>,
    written: Vec<Written>,
}

/// Something that a process wrote, and what it may hold.
struct Written {
    what: String,
    bytes: Vec<u8>,
    may_hold: &'static [Kind],
}

/// A word that is nowhere by chance.
pub fn word() -> String {
    format!("Qz{}Jx", Uuid::new_v4().simple())
}

impl Cage {
    /// Sets a canary out. It is long enough not to be found by chance.
    pub fn set(&mut self, name: &str, kind: Kind, value: impl AsRef<[u8]>) {
        let value = value.as_ref();
        assert!(value.len() >= 16, "{name} is too short to be searched for");
        if self.canaries.iter().all(|(_, _, known)| known != value) {
            self.canaries
                .push((name.to_owned(), kind, value.to_owned()));
        }
    }

    /// A new one of this kind.
    pub fn new_word(&mut self, name: &str, kind: Kind) -> String {
        let word = word();
        self.set(name, kind, &word);
        word
    }

    /// Notes what was written.
    pub fn wrote(&mut self, what: &str, bytes: impl Into<Vec<u8>>, may_hold: &'static [Kind]) {
        let (what, bytes) = (what.to_owned(), bytes.into());
        self.written.push(Written {
            what,
            bytes,
            may_hold,
        });
    }

    /// Notes every file below a directory, by its path and its content.
    pub fn wrote_files(&mut self, directory: &Path, but: &[&str]) {
        let mut files = Vec::new();
        walk(directory, &mut files);
        assert!(!files.is_empty(), "there are no files in the directory");
        for file in files {
            let name = file.strip_prefix(directory).unwrap();
            let name = name.to_string_lossy().into_owned();
            if but.iter().any(|part| name.starts_with(part)) {
                continue;
            }
            let bytes = std::fs::read(&file).unwrap();
            self.wrote(&format!("the file {name}"), bytes, &[]);
            self.wrote("the name of a file", name, &[]);
        }
    }

    /// Fails with everything that was found where it may not be.
    pub fn check(&self) {
        let searched: Vec<&[u8]> = self.canaries.iter().map(|(_, _, it)| &**it).collect();
        let search = search::Search::new(&searched);
        let mut escaped = Vec::new();
        for written in &self.written {
            for found in search.all_in(&written.bytes) {
                let (name, kind, _) = &self.canaries[found.which];
                if !written.may_hold.contains(kind) {
                    let context = search.around(&written.bytes, &found);
                    let form = &found.form;
                    escaped.push(format!("{name} ({form}) in {}: {context}", written.what));
                }
            }
        }
        escaped.sort();
        escaped.dedup();
        assert!(escaped.is_empty(), "{}", escaped.join("\n"));
    }

    /// Fails where the canaries of a kind were not in anything of this name: then nothing was tested.
    pub fn saw(&self, kind: Kind, what: &str) {
        let searched: Vec<&[u8]> = self.canaries.iter().map(|(_, _, it)| &**it).collect();
        let search = search::Search::new(&searched);
        let of_name = self.written.iter().filter(|it| it.what == what);
        let mut found = of_name.flat_map(|it| search.all_in(&it.bytes));
        let seen = found.any(|found| self.canaries[found.which].1 == kind);
        assert!(seen, "no {kind:?} was seen in {what}");
    }
}

fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => walk(&path, found),
            false => found.push(path),
        }
    }
}

#[test]
fn what_escapes_is_caught_in_every_form_and_what_may_be_there_is_not() {
    for (form, bytes) in forms(b"a secret of somebody") {
        let mut cage = Cage::default();
        cage.set("it", Kind::Secret, "a secret of somebody");
        let log = [b"before ".as_slice(), &bytes, b" after"].concat();
        cage.wrote("the log", log, &[Kind::Text]);
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| cage.check()));
        let said = *caught.unwrap_err().downcast::<String>().unwrap();
        assert!(said.contains(&form) && said.contains("the log"), "{said}");
        assert!(!said.contains("a secret"), "the report does not repeat it");
    }
    let mut cage = Cage::default();
    cage.set("it", Kind::Text, "a text of somebody");
    cage.wrote("the answer", "with a text of somebody", &[Kind::Text]);
    cage.wrote("the log", "without", &[]);
    cage.check();
    cage.saw(Kind::Text, "the answer");
}
