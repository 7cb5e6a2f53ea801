//! One of several processes that keep people's grants in one place: it fills the vault by signing
//! somebody in again and again, or wants the token of every grant once all of them are over.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use bytes::Bytes;
use clap::{Parser, Subcommand};
use futures::{StreamExt as _, stream};
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, header};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jiff::Timestamp;
use serde_json::{Value, json};
use webex::Webex;
use webex::oauth::{AskConsent, Integration};
use webex_mcp::grants::{Grant, Person, Vault};
use webex_mcp::identity::{GrantId, Principal, Tenant};
use webex_mcp::seal::{Secret, digest, hex};
use webex_mcp::stores::records::{Clock, Options, Records, Retention};

/// Who sign-ins are made for, with the sandbox's own integration.
const PERSON: &str = "alice@example.com";
const INTEGRATION: (&str, &str) = ("sandbox-integration", "sandbox-integration-secret");
const CALLBACK: &str = "http://localhost:3000/callback";
const SCOPES: [&str; 2] = ["spark:people_read", "spark:kms"];
/// Sign-ins, and calls, at the same time.
const AT_ONCE: usize = 64;
/// A token of Webex ends after 14 days. Whoever does not renew it then has to wait for whoever does.
const UNTIL_OVER: Duration = Duration::from_secs(14 * 24 * 60 * 60 + 60);

#[derive(Parser)]
struct Arguments {
    /// The sandbox, as http://127.0.0.1:8485.
    #[arg(long)]
    sandbox: String,
    /// The data directory that all processes share.
    #[arg(long)]
    folder: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Keeps new grants, and writes their ids into a file.
    Fill {
        #[arg(long)]
        grants: usize,
    },
    /// Wants the token of each grant of that file, at a time at which all are over.
    Renew,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let webex = Webex::new(&format!("{}/v1", arguments.sandbox))?;
    let integration = webex.integration(INTEGRATION.0, INTEGRATION.1)?;
    let found = match arguments.command {
        Command::Fill { grants } => {
            let vault = vault(&arguments.folder, integration.clone(), Duration::ZERO)?;
            fill(&arguments, &vault, &integration, grants).await?
        }
        Command::Renew => {
            let vault = vault(&arguments.folder, integration, UNTIL_OVER)?;
            renew(&arguments.folder, &vault).await?
        }
    };
    #[allow(clippy::print_stdout, reason = "this is what the program is for")]
    {
        println!("{found}");
    }
    Ok(())
}

/// The vault of the folder, for a process whose clock is ahead.
fn vault(folder: &Path, integration: Integration, ahead: Duration) -> Result<Vault> {
    let ahead = i64::try_from(ahead.as_millis())?;
    let (records, _) = Records::open(Options {
        directory: Some(folder),
        secret: &Secret::new(Box::new([7; 32])),
        previous: None,
        retention: Retention::DISK,
        clock: Clock::new(move || Timestamp::now().as_millisecond() + ahead),
    })
    .map_err(|error| anyhow!("the records do not open: {error}"))?;
    Ok(Vault::new(records, integration))
}

fn ids(folder: &Path) -> PathBuf {
    folder.join("ids")
}

async fn fill(
    arguments: &Arguments,
    vault: &Vault,
    integration: &Integration,
    grants: usize,
) -> Result<Value> {
    let browser = Browser::new(&arguments.sandbox).await?;
    let signed_in = stream::iter(0..grants).map(async |_| {
        let grant = browser.sign_in(integration).await?;
        let id = vault.new_id(&Principal::new(PERSON));
        let kept = vault.keep(&Tenant::single(), &id, &grant).await;
        kept.map_err(|_| anyhow!("a grant is not kept"))?;
        Ok(id.as_str().to_owned())
    });
    let kept: Vec<Result<String>> = signed_in.buffer_unordered(AT_ONCE).collect().await;
    let kept = kept.into_iter().collect::<Result<Vec<_>>>()?;
    fs::write(ids(&arguments.folder), kept.join("\n"))?;
    Ok(json!({"kept": kept.len()}))
}

async fn renew(folder: &Path, vault: &Vault) -> Result<Value> {
    let text = fs::read_to_string(ids(folder))?;
    let ids: Vec<&str> = text.lines().collect();
    let began = Instant::now();
    let tokens = stream::iter(&ids).map(async |id| {
        let token = vault.token(&Tenant::single(), &GrantId::new(*id)).await;
        token.map(|token| token.expose().to_owned())
    });
    let tokens: Vec<_> = tokens.buffered(AT_ONCE).collect().await;
    let seconds = began.elapsed().as_secs_f64();
    let failed = tokens.iter().filter(|token| token.is_err()).count();
    // All processes have the same tokens, or somebody uses one that was replaced.
    let tokens: Vec<String> = tokens.into_iter().flatten().collect();
    let same = hex(&digest(tokens.join(" ").as_bytes()));
    Ok(json!({"calls": ids.len(), "failed": failed, "seconds": seconds, "tokens": same}))
}

/// The person's part of a sign-in.
struct Browser {
    http: Client<HttpConnector, Full<Bytes>>,
    person: String,
}

impl Browser {
    async fn new(sandbox: &str) -> Result<Self> {
        let http = Client::builder(TokioExecutor::new()).build_http();
        let people = http.get(format!("{sandbox}/_sandbox/people").parse()?);
        let people = people.await?.into_body().collect().await?.to_bytes();
        let people: Value = serde_json::from_slice(&people)?;
        let people = people["items"].as_array().context("no people")?;
        let person = people.iter().find(|person| person["email"] == PERSON);
        let person = person.and_then(|person| person["id"].as_str());
        let person = person.context("the sandbox has no such person")?.to_owned();
        Ok(Browser { http, person })
    }

    async fn sign_in(&self, integration: &Integration) -> Result<Grant> {
        let scopes: Vec<String> = SCOPES.map(str::to_owned).to_vec();
        let consent = integration.consent(&AskConsent {
            redirect_uri: Some(CALLBACK.to_owned()),
            scopes: scopes.clone(),
            ..AskConsent::default()
        })?;
        let agreed = Request::post(&consent.url)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Full::from(format!(
                "person={}&decision=accept",
                self.person
            )))?;
        let answer = self.http.request(agreed).await?;
        let back = answer.headers().get(header::LOCATION);
        let back = back.context("the sandbox sends nobody back")?.to_str()?;
        let (_, code) = back.split_once("code=").context("there is no code")?;
        let code = code.split('&').next().unwrap_or_default();
        ensure!(
            !code.is_empty() && !code.contains('%'),
            "the code is encoded"
        );
        let tokens = integration
            .exchange(&code.to_owned().into(), &consent)
            .await?;
        let person = Person {
            id: PERSON.to_owned(),
            organization: None,
            display: None,
        };
        let now = Timestamp::now().as_millisecond();
        Ok(Grant::new(person, tokens, &scopes, now))
    }
}
