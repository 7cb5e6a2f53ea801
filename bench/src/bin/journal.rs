//! What a journaled write costs beside the disk's own sync, alone and in company; how long a start
//! takes on a long journal, and its verification beside reading and hashing the same rows.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use clap::Parser;
use rusqlite::Connection;
use serde_json::json;
use uuid::Uuid;
use webex_mcp::identity::{Principal, Tenant};
use webex_mcp::journal::audit::Book;
use webex_mcp::journal::{Correlation, Intent, Journal, OpenCall, Settled, WriteOutcome};
use webex_mcp::seal::{Secret, digest};

const LONE_WRITES: usize = 300;
const CALLERS: usize = 64;
const GROUP_SECONDS: u64 = 3;
const LONG_ENTRIES: u64 = 1_000_000;
/// What one commit adds to SQLite's log, roughly: a few pages.
const SYNCED_BYTES: usize = 8 * 1024;
const STARTS: usize = 5;
const READINGS: usize = 3;

#[derive(Parser)]
struct Arguments {
    /// Where the journals and the file that is synced may lie.
    #[arg(long)]
    folder: PathBuf,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let folder = Arguments::parse().folder;
    let short = folder.join("short");
    let journal = start(&short)?;
    let (sync_ms, lone_ms, lone_syncs) = lone(&folder, &journal).await?;
    let (per_second, syncs_per_second) = group(&journal).await;
    drop(journal);
    let long = folder.join("long");
    fill(&long).await?;
    let recovery_ms = recovery(&long).await?;
    let (read_and_hash_ms, verify_ms) = verification(&long)?;
    let found = json!({
        "sync_ms": sync_ms,
        "lone_ms": lone_ms,
        "lone_syncs": lone_syncs,
        "group_per_second": per_second,
        "group_syncs_per_second": syncs_per_second,
        "recovery_ms": recovery_ms,
        "read_and_hash_ms": read_and_hash_ms,
        "verify_ms": verify_ms,
    });
    #[allow(clippy::print_stdout, reason = "this is what the program is for")]
    {
        println!("{found}");
    }
    Ok(())
}

fn secret() -> Secret {
    Secret::new(Box::new([7; 32]))
}

fn start(directory: &Path) -> Result<Journal> {
    let (journal, _) = Journal::start(Some(directory), &secret(), None)
        .map_err(|error| anyhow!("the journal does not start: {error}"))?;
    Ok(journal)
}

fn open(journal: &Journal) -> OpenCall {
    journal.open(Intent {
        call: Uuid::now_v7(),
        tenant: Tenant::single(),
        principal: Principal::new("bench"),
        display: None,
        client: Some("bench".into()),
        server: "webex-messaging".into(),
        tool: "webex-create-message".into(),
        effect: "write",
        arguments_digest: digest(Uuid::new_v4().as_bytes()),
        key: Some(Uuid::new_v4().to_string()),
        nonce: None,
        decision: "no confirmation needed",
        policy_version: "1".into(),
        correlation: Correlation::default(),
        keeps_outcome: true,
    })
}

/// One journaled write; gives the time until it may be sent.
async fn write(journal: &Journal) -> Duration {
    let started = Instant::now();
    let call = open(journal);
    let Ok(write) = call.begin("messages.create", "/messages").await else {
        return Duration::MAX;
    };
    let begun = started.elapsed();
    let ids = vec!["an-id-as-long-as-those-of-webex-are-which-is-about-eighty-bytes".to_owned()];
    let outcome = WriteOutcome::Done {
        status: 200,
        ids: ids.clone(),
        tracking_id: None,
    };
    call.end(write, outcome);
    call.settle(Settled {
        code: "done",
        ids,
        kept: Some(br#"{"created":true}"#.to_vec()),
    });
    begun
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// Lone writes and bare syncs in turn, so that what else the disk does falls on both.
async fn lone(folder: &Path, journal: &Journal) -> Result<(f64, f64, f64)> {
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.join("synced"))?;
    let page = vec![1; SYNCED_BYTES];
    let (mut syncs, mut writes) = (Vec::new(), Vec::new());
    let commits = journal.commits();
    for _ in 0..LONE_WRITES {
        let started = Instant::now();
        file.write_all(&page)?;
        file.sync_data()?;
        syncs.push(milliseconds(started.elapsed()));
        writes.push(milliseconds(write(journal).await));
    }
    let commits = journal.commits() - commits;
    let per_write = commits as f64 / LONE_WRITES as f64;
    Ok((median(syncs), median(writes), per_write))
}

async fn group(journal: &Journal) -> (f64, f64) {
    let ends = Arc::new(AtomicBool::new(false));
    let count = Arc::new(AtomicU64::new(0));
    let commits = journal.commits();
    let started = Instant::now();
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (journal, ends, count) = (journal.clone(), ends.clone(), count.clone());
            tokio::spawn(async move {
                while !ends.load(Ordering::Relaxed) {
                    write(&journal).await;
                    count.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(GROUP_SECONDS)).await;
    ends.store(true, Ordering::Relaxed);
    futures::future::join_all(callers).await;
    let seconds = started.elapsed().as_secs_f64();
    let commits = journal.commits() - commits;
    let writes = count.load(Ordering::Relaxed);
    (writes as f64 / seconds, commits as f64 / seconds)
}

/// A journal of a million entries; its process goes with calls still open.
async fn fill(directory: &Path) -> Result<()> {
    let journal = start(directory)?;
    let each = LONG_ENTRIES / 4 / CALLERS as u64;
    let callers = (0..CALLERS).map(|_| {
        let journal = journal.clone();
        tokio::spawn(async move {
            for _ in 0..each {
                write(&journal).await;
            }
        })
    });
    futures::future::join_all(callers).await;
    journal.flush().await;
    Ok(())
}

async fn recovery(directory: &Path) -> Result<f64> {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let started = Instant::now();
        let journal = start(directory)?;
        journal
            .recover()
            .await
            .map_err(|_| anyhow!("the journal does not recover"))?;
        times.push(milliseconds(started.elapsed()));
    }
    Ok(median(times))
}

fn verification(directory: &Path) -> Result<(f64, f64)> {
    let book = Book::open(directory).map_err(|error| anyhow!("{error}"))?;
    let book = book.ok_or_else(|| anyhow!("there is no journal"))?;
    let (mut bare, mut verified) = (Vec::new(), Vec::new());
    for _ in 0..READINGS {
        let started = Instant::now();
        let rows = read_and_hash(directory)?;
        bare.push(milliseconds(started.elapsed()));
        let started = Instant::now();
        let found = book.verify(&[&secret()], None);
        verified.push(milliseconds(started.elapsed()));
        let found = found.map_err(|wrong| anyhow!("the journal is wrong: {wrong:?}"))?;
        anyhow::ensure!(found.entries == rows, "not the same rows");
    }
    Ok((median(bare), median(verified)))
}

/// The same rows, read and hashed and nothing else; gives their number.
fn read_and_hash(directory: &Path) -> Result<u64> {
    let database = Connection::open(directory.join("records.db"))?;
    let mut statement = database.prepare("SELECT seq, body FROM entries ORDER BY seq")?;
    let mut found = statement.query([])?;
    let (mut rows, mut last, mut whole) = (0, [0; 32], Vec::new());
    while let Some(row) = found.next()? {
        let seq: i64 = row.get(0)?;
        whole.clear();
        whole.extend_from_slice(&last);
        whole.extend_from_slice(&seq.to_be_bytes());
        whole.extend_from_slice(row.get_ref(1)?.as_blob()?);
        last = digest(&whole);
        rows += 1;
    }
    anyhow::ensure!(last != [0; 32], "the journal is empty");
    Ok(rows)
}
