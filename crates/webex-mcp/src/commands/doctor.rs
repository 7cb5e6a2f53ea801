//! `doctor`: tests the connection to Webex step by step, and says how to repair what fails.

use std::path::Path;
use std::time::{Duration, Instant};

use clap::Args;
use http::Request;
use jiff::Timestamp;
use tokio::time::timeout;
use webex::transport::{Body, Transport};
use webex::{Client, Settings, Webex, WebexError};

use super::acting::Owner;
use super::output::say;
use super::{Failure, Sources, acting, upstream_flag};
use crate::config::{Environment, Loaded, Origin};
use crate::folders::{is_open_to_others, may_write};
use crate::server;

/// Calls whose time is measured; the first one also opens the connection.
const TIMED_CALLS: usize = 3;
/// Agents notice calls that are slower than this.
const SLOW_MILLISECONDS: u128 = 1_500;
/// The difference that sealed values and log times tolerate.
const CLOCK_SKEW_MAX_SECONDS: i64 = 60;
/// The clock is not worth a longer wait.
const CLOCK_TIMEOUT_SECONDS: u64 = 10;

#[derive(Debug, Args)]
#[command(after_help = "\
Reads only; nothing is changed in Webex. Exit code 1 if anything fails.

Examples:
  webex-mcp doctor
  WEBEX_ACCESS_TOKEN=… webex-mcp doctor
  WEBEX_ACCESS_TOKEN=sandbox-alice webex-mcp doctor --upstream http://127.0.0.1:8485/v1")]
pub struct Arguments {
    /// Webex's REST API, /v1 included [default: https://webexapis.com/v1]
    #[arg(long, value_name = "URL")]
    upstream: Option<String>,
    #[command(flatten)]
    sources: Sources,
}

/// The result of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Ok,
    Warn,
    Fail,
    Skip,
}

/// One line of the report.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    verdict: Verdict,
    step: &'static str,
    text: String,
}

impl Finding {
    fn new(verdict: Verdict, step: &'static str, text: impl Into<String>) -> Self {
        let text = text.into();
        Finding {
            verdict,
            step,
            text,
        }
    }
}

/// # Errors
/// A mistake in the configuration, or a step that failed.
pub async fn run(arguments: Arguments, environment: &Environment) -> Result<(), Failure> {
    let upstream = arguments.upstream.map(upstream_flag);
    let flags = upstream.into_iter().collect();
    let loaded = arguments.sources.load_aloud(environment, flags)?;
    let webex = Webex::new(&loaded.config.webex.base_url)
        .map_err(|error| Failure::other(format!("{error}.")))?;
    let findings = examine(&loaded, &webex).await;
    for Finding {
        verdict,
        step,
        text,
    } in &findings
    {
        let word = match verdict {
            Verdict::Ok => "ok",
            Verdict::Warn => "warn",
            Verdict::Fail => "FAIL",
            Verdict::Skip => "skip",
        };
        say(format_args!("{word:4}  {step:9} {text}"))?;
    }
    let failed = findings
        .iter()
        .filter(|finding| finding.verdict == Verdict::Fail)
        .count();
    match failed {
        0 => Ok(()),
        1 => Err(Failure::other("One step failed.")),
        _ => Err(Failure::other(format!("{failed} steps failed."))),
    }
}

async fn examine(loaded: &Loaded, webex: &Webex) -> Vec<Finding> {
    let base_url = &loaded.config.webex.base_url;
    let mut findings = vec![Finding::new(Verdict::Ok, "address", base_url)];
    findings.push(clock(base_url).await);
    findings.extend(loaded.config.data.dir.as_deref().and_then(directory));
    let is_signed_in = server::is_signed_in(loaded.config.data.dir.as_deref());
    let Some((token, origin)) = &loaded.secrets.access_token else {
        findings.extend(match is_signed_in {
            true => signed_in(loaded, webex).await,
            false => vec![Finding::new(
                Verdict::Fail,
                "token",
                "there is none; run `webex-mcp login`, or set WEBEX_ACCESS_TOKEN to a token from https://developer.webex.com",
            )],
        });
        return findings;
    };
    let unused = match is_signed_in {
        true => "; the sign-in of `webex-mcp login` is not used while it is set",
        false => "",
    };
    findings.push(Finding::new(
        Verdict::Ok,
        "token",
        format!("found, by {origin}{unused}"),
    ));
    findings.extend(calls(&webex.client(token.clone()), Some(origin)).await);
    findings
}

/// A data directory that cannot be used, or that others on this machine may read.
fn directory(directory: &Path) -> Option<Finding> {
    let text = if !may_write(directory) {
        "the data directory cannot be written, so nothing is kept; give this user access, or choose another with --data-dir"
    } else if is_open_to_others(directory) {
        "other users of this machine may look into the data directory; take that right from them (chmod 700)"
    } else {
        return None;
    };
    Some(Finding::new(Verdict::Warn, "data", text))
}

/// What the sign-in can do.
async fn signed_in(loaded: &Loaded, webex: &Webex) -> Vec<Finding> {
    let failed = |why: String| vec![Finding::new(Verdict::Fail, "token", why)];
    let login = match server::login(loaded, webex) {
        Ok(Some(login)) => login,
        Ok(None) => return failed("the data directory cannot be written".to_owned()),
        Err(error) => return failed(error.to_string()),
    };
    let token = match login.token().await {
        Ok(token) => token,
        Err(error) => return failed(acting::sentences(&error)),
    };
    let text = "the sign-in of `webex-mcp login`, which is renewed; `webex-mcp whoami` shows it";
    let mut findings = vec![Finding::new(Verdict::Ok, "token", text)];
    findings.extend(calls(&webex.client(token), None).await);
    findings
}

/// What the token can do; nothing further where Webex refuses it. `origin` says where it is configured;
/// that of a sign-in is renewed.
async fn calls(client: &Client, origin: Option<&Origin>) -> Vec<Finding> {
    let owner = acting::owner(client).await;
    let may_end = origin.is_some() && matches!(owner, Ok(Owner::Person(_) | Owner::Unknown(_)));
    let (verdict, text) = match owner {
        Ok(Owner::Person(who) | Owner::Bot(who)) => (Verdict::Ok, who),
        Ok(Owner::Unknown(why)) => (Verdict::Warn, format!("not known: {why}")),
        Err(error) => (Verdict::Fail, acting::refusal(&error, origin)),
    };
    let mut findings = vec![Finding::new(verdict, "identity", text)];
    if may_end {
        findings.push(Finding::new(Verdict::Warn, "lifetime", acting::MAY_END));
    }
    if verdict != Verdict::Fail {
        findings.push(latency(client).await);
        findings.extend(scopes(client).await);
    }
    findings
}

async fn latency(client: &Client) -> Finding {
    let mut times = Vec::with_capacity(TIMED_CALLS);
    for _ in 0..TIMED_CALLS {
        let started = Instant::now();
        // A refusal for want of a scope takes as long as an answer.
        if let Err(error) = client.people().me().await
            && error.status() != Some(403)
        {
            return Finding::new(
                Verdict::Warn,
                "latency",
                format!("a repeated call failed: {}", acting::why(&error)),
            );
        }
        times.push(started.elapsed().as_millis());
    }
    let slowest = times.iter().copied().max().unwrap_or_default();
    let list: Vec<_> = times.iter().map(u128::to_string).collect();
    let text = format!("{} ms", list.join(", "));
    if slowest > SLOW_MILLISECONDS {
        let advice = "slow; agents wait for several such calls in a row";
        return Finding::new(Verdict::Warn, "latency", format!("{text}: {advice}"));
    }
    Finding::new(Verdict::Ok, "latency", text)
}

/// Webex does not report the scopes of a token; trial reads show some of them.
async fn scopes(client: &Client) -> Vec<Finding> {
    let rooms = webex::rooms::ListRooms {
        max: Some(1),
        ..Default::default()
    };
    let webhooks = webex::webhooks::ListWebhooks {
        max: Some(1),
        ..Default::default()
    };
    let listed = client.rooms().list(&rooms).await;
    let is_listed = listed.is_ok();
    let room = listed
        .as_ref()
        .ok()
        .and_then(|page| page.items.first())
        .map(|room| room.id.clone());
    let mut findings = vec![scope("spaces", "spark:rooms_read", listed.err())];
    findings.push(scope(
        "webhooks",
        "spark:all or spark:webhooks_read",
        client.webhooks().list(&webhooks).await.err(),
    ));
    let Some(room) = room else {
        let text = match is_listed {
            true => "messages and members: there is no space to read them in",
            false => "messages and members: not checked, because no space can be read",
        };
        findings.push(Finding::new(Verdict::Skip, "scopes", text));
        return findings;
    };
    let mut messages = webex::messages::ListMessages::in_room(room.clone());
    messages.max = Some(1);
    let memberships = webex::memberships::ListMemberships {
        room_id: Some(room),
        max: Some(1),
        ..Default::default()
    };
    findings.push(scope(
        "messages",
        "spark:messages_read",
        client.messages().list(&messages).await.err(),
    ));
    findings.push(scope(
        "members",
        "spark:memberships_read",
        client.memberships().list(&memberships).await.err(),
    ));
    findings
}

fn scope(what: &str, scope: &str, error: Option<WebexError>) -> Finding {
    let (verdict, text) = match error {
        None => (Verdict::Ok, format!("{what} can be read")),
        Some(error) if error.status() == Some(403) => (
            Verdict::Warn,
            format!(
                "{what} cannot be read: the token lacks {scope}, or it is a bot's, which sees only what mentions it"
            ),
        ),
        Some(error) => (
            Verdict::Warn,
            format!("{what} could not be read: {}", acting::why(&error)),
        ),
    };
    Finding::new(verdict, "scopes", text)
}

/// Compares the `Date` of any answer, without a token, with this machine's clock.
async fn clock(base_url: &str) -> Finding {
    let asked = async {
        let request = Request::head(base_url).body(Body::empty()).ok()?;
        let transport = Transport::network(&Settings::default());
        transport.send(request).await.ok()
    };
    let patience = Duration::from_secs(CLOCK_TIMEOUT_SECONDS);
    let Ok(Some(answer)) = timeout(patience, asked).await else {
        let text = "not checked: no answer to take the time from";
        return Finding::new(Verdict::Skip, "clock", text);
    };
    let date = answer.headers().get(http::header::DATE);
    let date = date.and_then(|date| date.to_str().ok());
    skew(date, Timestamp::now())
}

fn skew(date: Option<&str>, now: Timestamp) -> Finding {
    let told = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
    let Some(told) = told else {
        return Finding::new(
            Verdict::Skip,
            "clock",
            "not checked: the answer has no date",
        );
    };
    let seconds = now.as_second() - told.timestamp().as_second();
    if seconds.abs() > CLOCK_SKEW_MAX_SECONDS {
        let text = format!("{seconds} s away from Webex's; synchronise this machine's clock");
        return Finding::new(Verdict::Warn, "clock", text);
    }
    Finding::new(
        Verdict::Ok,
        "clock",
        format!("{seconds} s away from Webex's"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use webex::AccessToken;
    use webex_sandbox::{Fault, Options, Sandbox};

    #[tokio::test]
    async fn a_token_without_the_scope_for_its_owner_is_examined_all_the_same() {
        for (who, status, is_renewed, verdict, steps) in [
            ("alice", None, true, Verdict::Ok, 6),
            ("alice", None, false, Verdict::Ok, 7),
            ("alice", Some(403), true, Verdict::Warn, 6),
            ("alice", Some(403), false, Verdict::Warn, 7),
            ("alice", Some(401), false, Verdict::Fail, 1),
            ("ci-bot", None, false, Verdict::Ok, 6),
        ] {
            let sandbox = Sandbox::new(Options::for_tests());
            if let Some(status) = status {
                let fault = Fault::status(status);
                sandbox.faults().next_on(10, "GET", "/v1/people/me", fault);
            }
            let transport = Transport::in_process(sandbox.router());
            let base = "http://127.0.0.1/v1";
            let webex = Webex::with_transport(base, transport, Settings::default()).unwrap();
            let token = AccessToken::new(format!("sandbox-{who}")).unwrap();
            let variable = Origin::Variable("WEBEX_ACCESS_TOKEN".to_owned());
            let origin = (!is_renewed).then_some(&variable);
            let findings = calls(&webex.client(token), origin).await;
            assert_eq!(findings[0].verdict, verdict, "{findings:?}");
            assert_eq!(findings.len(), steps, "{findings:?}");
            let warns = findings[1..]
                .iter()
                .filter(|it| it.verdict == Verdict::Warn);
            let lifetime = warns.filter(|it| it.step == "lifetime").count();
            assert_eq!(lifetime, usize::from(steps == 7), "{findings:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_data_directory_that_others_may_read_is_told() {
        use std::os::unix::fs::PermissionsExt as _;
        let data = tempfile::tempdir().unwrap();
        for (mode, expected) in [
            (0o700, None),
            (0o750, Some(Verdict::Warn)),
            (0o701, Some(Verdict::Warn)),
        ] {
            let mode = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(data.path(), mode).unwrap();
            let verdict = directory(data.path()).map(|finding| finding.verdict);
            assert_eq!(verdict, expected);
        }
        assert_eq!(directory(&data.path().join("not made yet")), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_data_directory_that_cannot_be_made_is_told() {
        for place in ["/proc/nope", "/proc/nope/deeper", "/etc/hostname/data"] {
            let finding = directory(Path::new(place)).unwrap();
            assert!(finding.text.contains("cannot be written"), "{place}");
        }
    }

    #[tokio::test]
    async fn spaces_that_cannot_be_read_are_not_said_to_be_none() {
        let sandbox = Sandbox::new(Options::for_tests());
        let transport = Transport::in_process(sandbox.router());
        let base = "http://127.0.0.1/v1";
        let webex = Webex::with_transport(base, transport, Settings::default()).unwrap();
        let client = webex.client(AccessToken::new("sandbox-alice").unwrap());
        let fault = Fault::status(403);
        sandbox.faults().next_on(10, "GET", "/v1/rooms", fault);
        let findings = scopes(&client).await;
        let last = findings.last().unwrap();
        assert!(
            last.text.ends_with("because no space can be read"),
            "{findings:?}"
        );
    }
}
