//! The words of a transcript, read in parts that an answer holds.

use futures::{StreamExt as _, stream};
use webex::transcripts::TranscriptFormat;

use super::Transcript;
use crate::error::{CallError, Code};
use crate::limits::{LIST_FULL_BYTES, TRANSCRIPT_MAX_BYTES, TRANSCRIPT_TEXTS_AT_ONCE};
use crate::tool::{Context, Row as _, Theirs};

/// What a line costs in the text block besides its words and its break: see
/// [`crate::tool::Theirs::shown_bytes`].
const LINE_MARK_BYTES: usize = 3;

/// A part of a transcript.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Words {
    pub text: String,
    /// Where the next part begins, in bytes, if there is one.
    pub next: Option<usize>,
}

/// The part that begins at byte `start`, of at most `max_bytes` as shown. It ends between two lines,
/// in cues between two of them.
///
/// # Errors
/// Whatever Webex refuses; `too_large` far into a transcript that is longer than speech can be.
pub async fn read(
    context: &Context,
    transcript_id: &str,
    format: TranscriptFormat,
    start: usize,
    max_bytes: usize,
) -> Result<Words, CallError> {
    let transcripts = context.webex.transcripts();
    let file = transcripts.download(transcript_id, format, None).await?;
    let (mut stream, mut skip) = (file.stream, start);
    let (mut bytes, mut is_whole) = (Vec::new(), true);
    while let Some(piece) = stream.next().await {
        let piece = piece?;
        let own = piece.get(skip..).unwrap_or_default();
        skip = skip.saturating_sub(piece.len());
        bytes.extend_from_slice(own);
        if start + bytes.len() > TRANSCRIPT_MAX_BYTES {
            return Err(too_long());
        }
        if bytes.len() > max_bytes {
            is_whole = false;
            break;
        }
    }
    let end = end_within(&bytes, max_bytes);
    let rest = end.map(|end| bytes.split_off(end)).unwrap_or_default();
    // A break at the very end is no part of its own.
    let has_more = !is_whole || !rest.trim_ascii().is_empty();
    Ok(Words {
        next: end.filter(|_| has_more).map(|end| start + end),
        text: String::from_utf8_lossy(&bytes).into_owned(),
    })
}

/// The same with as many of their words as fit into the answer, the same for each. What cannot be
/// read is left out: the others are wanted too.
pub async fn with_words(context: &Context, transcripts: Vec<Transcript>) -> Vec<Transcript> {
    let used: usize = transcripts.iter().map(|one| one.bytes()).sum();
    let share = LIST_FULL_BYTES.saturating_sub(used) / transcripts.len().max(1);
    let with_words = |mut one: Transcript| async move {
        let read = read(context, &one.id, TranscriptFormat::Txt, 0, share);
        if let Ok(words) = read.await {
            let more = match words.next {
                Some(_) => "\n… webex-get-transcript has all of it",
                None => "",
            };
            one.text = Some(Theirs::from(words.text.trim_end().to_owned() + more));
        }
        one
    };
    let all = stream::iter(transcripts.into_iter().map(with_words));
    all.buffered(TRANSCRIPT_TEXTS_AT_ONCE).collect().await
}

/// Where a part has to end to be shown in `max_bytes`; `None` where it may stay whole.
fn end_within(bytes: &[u8], max_bytes: usize) -> Option<usize> {
    let mut left = max_bytes.saturating_sub(LINE_MARK_BYTES);
    let (mut line_end, mut gap_end) = (0, 0);
    for (at, byte) in bytes.iter().enumerate() {
        let cost = match byte {
            b'\n' => 1 + LINE_MARK_BYTES,
            _ => 1,
        };
        match left.checked_sub(cost) {
            Some(rest) => left = rest,
            None if gap_end > max_bytes / 2 => return Some(gap_end),
            None if line_end > 0 => return Some(line_end),
            None => return Some(character_start(bytes, at)),
        }
        if *byte == b'\n' {
            if line_end == at {
                gap_end = at + 1;
            }
            line_end = at + 1;
        }
    }
    None
}

/// Not inside a character.
fn character_start(bytes: &[u8], at: usize) -> usize {
    let is_start = |at: &usize| bytes.get(*at).is_none_or(|byte| byte & 0xc0 != 0x80);
    (1..=at).rev().take(4).find(is_start).unwrap_or(at)
}

fn too_long() -> CallError {
    CallError::new(
        Code::TooLarge,
        format!(
            "The transcript goes on beyond {TRANSCRIPT_MAX_BYTES} bytes, and is not read further."
        ),
        "Read what comes later with webex-get-transcript-snippet.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_ends_between_cues_else_lines_else_characters() {
        let end = |text: &str, max: usize| end_within(text.as_bytes(), max);
        assert_eq!(end("", 10), None);
        assert_eq!(end("one line", 11), None);
        assert_eq!(end("one line", 10), Some(7));
        // Each break costs itself and the mark of the next line.
        assert_eq!(end("a\nb\nc", 3 + 9), Some(2));
        assert_eq!(end("a\nb\nc", 3 + 10), Some(4));
        assert_eq!(end("a\nb\nc", 3 + 11), None);
        assert_eq!(end("0123456789abcdef\n\nx\ny", 32), Some(18));
        // Half a page is too little to stop at a gap.
        assert_eq!(end("1\n\nsecond\nthird and more", 30), Some(10));
        assert_eq!(end("éééé", 3 + 3), Some(2));
        assert_eq!(end("😀😀", 3 + 5), Some(4));
    }
}
