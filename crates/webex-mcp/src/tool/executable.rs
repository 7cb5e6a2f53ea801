//! Files that a machine runs when they are opened: of them, answers have only the details. Their type
//! as Webex has it comes from whoever sent them, so their name and their first bytes decide.

use std::borrow::Cow;

use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt as _};
use webex::WebexError;

use crate::error::{CallError, Code};
use crate::text::clean;

/// The first bytes by which a file is known; longer than any of the marks below.
const HEAD_BYTES: usize = 512;

/// What they are, for a reader; the endings of their names; how their bytes begin.
struct Kind(
    &'static str,
    &'static [&'static str],
    &'static [&'static [u8]],
);

const KINDS: [Kind; 11] = [
    Kind(
        "a program for Windows",
        &[
            "exe", "dll", "com", "scr", "pif", "cpl", "sys", "drv", "ocx", "msc", "gadget",
        ],
        &[b"MZ"],
    ),
    Kind(
        "an installer for Windows",
        &[
            "msi",
            "msp",
            "mst",
            "msix",
            "msixbundle",
            "appx",
            "appxbundle",
            "appinstaller",
            "application",
            "appref-ms",
            "cab",
        ],
        &[b"MSCF"],
    ),
    Kind(
        "a script that Windows runs",
        &[
            "bat", "cmd", "ps1", "ps1xml", "psm1", "psd1", "vbs", "vbe", "js", "jse", "wsf", "wsc",
            "wsh", "hta", "sct", "shb", "inf", "reg",
        ],
        &[],
    ),
    Kind(
        "a shortcut",
        &[
            "lnk",
            "url",
            "scf",
            "desktop",
            "webloc",
            "library-ms",
            "search-ms",
            "settingcontent-ms",
        ],
        &[b"L\0\0\0\x01\x14\x02\0"],
    ),
    Kind(
        "compiled help, which runs scripts",
        &["chm", "hlp"],
        &[b"ITSF"],
    ),
    Kind(
        "a program for Java or Android",
        &["jar", "jnlp", "class", "apk", "xapk", "aab", "dex"],
        &[b"\xca\xfe\xba\xbe", b"dex\n"],
    ),
    Kind(
        "a program for Linux",
        &["elf", "so", "ko", "run", "appimage"],
        &[b"\x7fELF"],
    ),
    Kind(
        "a program for macOS",
        &[
            "app", "pkg", "mpkg", "dmg", "dylib", "scpt", "workflow", "terminal",
        ],
        &[
            b"\xfe\xed\xfa\xce",
            b"\xfe\xed\xfa\xcf",
            b"\xce\xfa\xed\xfe",
            b"\xcf\xfa\xed\xfe",
            b"xar!",
        ],
    ),
    Kind(
        "a package that installs programs",
        &["deb", "rpm", "snap", "flatpak", "flatpakref"],
        &[b"!<arch>\ndebian", b"\xed\xab\xee\xdb"],
    ),
    Kind(
        "a script of a shell",
        &["sh", "bash", "zsh", "ksh", "csh", "fish", "command"],
        &[b"#!"],
    ),
    Kind("a program for the web", &["wasm"], &[b"\0asm"]),
];

/// The marks that words may begin with as well.
const WORDS_TOO: [&[u8]; 3] = [b"MZ", b"MSCF", b"ITSF"];

/// The bytes of a file as they arrive.
pub type Pieces = BoxStream<'static, Result<Bytes, WebexError>>;

/// Reads the beginning of a file, and says what it is if a machine runs it. The stream has all of
/// its bytes, also those that were read.
pub async fn begun(
    name: Option<&str>,
    pieces: impl Stream<Item = Result<Bytes, WebexError>> + Send + Unpin + 'static,
) -> (Option<&'static str>, Pieces) {
    // The end may be seen here, and is asked for again.
    let mut pieces = pieces.fuse();
    let (mut read, mut head) = (Vec::new(), Vec::new());
    while head.len() < HEAD_BYTES {
        let Some(piece) = pieces.next().await else {
            break;
        };
        if let Ok(bytes) = &piece {
            head.extend_from_slice(&bytes[..bytes.len().min(HEAD_BYTES)]);
        }
        let is_end = piece.is_err();
        read.push(piece);
        if is_end {
            break;
        }
    }
    let what = executable(name, &head);
    (what, stream::iter(read).chain(pieces).boxed())
}

/// In place of the bytes of such a file.
pub fn only_details(what: &str) -> CallError {
    CallError::new(
        Code::Forbidden,
        format!("The file is {what}; this server gives only the details of such files."),
        "Tell the user to open the message in a Webex app, if they trust who sent it.",
    )
}

/// What a file is that a machine runs, by its name and its first bytes; `None` for other files.
fn executable(name: Option<&str>, head: &[u8]) -> Option<&'static str> {
    let is_binary = || head.iter().take(HEAD_BYTES).any(|byte| *byte == 0);
    let begins =
        |mark: &[u8]| head.starts_with(mark) && (!WORDS_TOO.contains(&mark) || is_binary());
    let ending = name.and_then(ending);
    let is_so = |Kind(_, endings, marks): &&Kind| {
        let is_named = ending.as_ref().is_some_and(|it| endings.contains(&&**it));
        is_named || marks.iter().any(|mark| begins(mark))
    };
    KINDS.iter().find(is_so).map(|Kind(what, ..)| *what)
}

/// The ending of a name as a machine takes it: Windows passes over dots and spaces at the end, and
/// over what follows a colon.
fn ending(name: &str) -> Option<String> {
    let name: Cow<'_, str> = clean(name);
    let last = name.rsplit(['/', '\\']).next()?;
    let last = last.split(':').next()?;
    let last = last.trim_end_matches(|c: char| c == '.' || c.is_whitespace());
    let (_, ending) = last.rsplit_once('.')?;
    Some(ending.trim().to_lowercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EXE: &[u8] = b"MZ\x90\0\x03\0\0\0";

    #[test]
    fn what_a_machine_runs_is_known_by_its_name_or_its_bytes() {
        for (name, head, is_run) in [
            (Some("setup.exe"), &b""[..], true),
            (Some("Setup.EXE"), b"plain text", true),
            (Some("setup.exe. "), b"", true),
            (Some("setup.exe::$DATA"), b"", true),
            (Some("invoice.pdf.scr"), b"%PDF-1.7", true),
            (Some("invoice\u{202e}fdp.exe"), b"", true),
            (Some("C:\\x\\run.bat"), b"", true),
            (Some("a.jar"), b"PK\x03\x04", true),
            (Some("picture.png"), EXE, true),
            (None, EXE, true),
            (Some("notes.txt"), b"\x7fELF\x02\x01", true),
            (Some("notes"), b"#!/bin/sh\nrm -rf /", true),
            (Some("a"), b"\xcf\xfa\xed\xfe\x07", true),
            (Some("a.bin"), b"L\0\0\0\x01\x14\x02\0", true),
            (Some("report.txt"), b"MZ sales rose", false),
            (Some("exe"), b"", false),
            (Some(".exe.txt"), b"", false),
            (Some("plan.pdf"), b"%PDF-1.7", false),
            (Some("main.rs"), b"fn main() {}", false),
            (Some("table.csv"), b"a,b", false),
            (None, b"", false),
        ] {
            assert_eq!(
                executable(name, head).is_some(),
                is_run,
                "{name:?} {head:?}"
            );
        }
    }

    #[test]
    fn each_ending_stands_once_and_each_mark_fits_the_head() {
        let mut endings: Vec<_> = KINDS
            .iter()
            .flat_map(|Kind(_, endings, _)| *endings)
            .collect();
        let all = endings.len();
        endings.sort_unstable();
        endings.dedup();
        assert_eq!(endings.len(), all);
        for Kind(what, endings, marks) in &KINDS {
            assert!(endings.iter().all(|it| **it == it.to_lowercase()), "{what}");
            assert!(marks.iter().all(|mark| mark.len() <= HEAD_BYTES), "{what}");
        }
    }

    #[tokio::test]
    async fn the_stream_has_all_of_its_bytes_whatever_its_pieces_are() {
        for pieces in [
            vec!["MZ", "\0", "rest"],
            vec![],
            vec!["", "M", "Z\0"],
            vec!["hello"],
        ] {
            let whole = pieces.concat();
            let long = "x".repeat(2 * HEAD_BYTES);
            let given = pieces.into_iter().map(str::to_owned).chain([long.clone()]);
            let given: Vec<_> = given.map(|piece| Ok(Bytes::from(piece))).collect();
            let (what, stream) = begun(Some("a.txt"), stream::iter(given)).await;
            assert_eq!(what.is_some(), whole.starts_with("MZ\0"), "{whole:?}");
            let read: Vec<_> = stream.map(Result::unwrap).collect().await;
            assert_eq!(read.concat(), format!("{whole}{long}").as_bytes());
        }
    }

    proptest! {
        #[test]
        fn no_name_and_no_bytes_panic(name: Option<String>, head: Vec<u8>) {
            let _ = executable(name.as_deref(), &head);
        }
    }
}
