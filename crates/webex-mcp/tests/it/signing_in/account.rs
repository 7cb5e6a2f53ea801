//! The account page in a browser made of plain requests, and the same from the command line.

use std::process::Output;

use super::*;

/// A browser: its cookies, and the last page.
pub struct Browser<'h> {
    house: &'h House,
    cookies: HashMap<String, String>,
    pub page: String,
}

impl<'h> Browser<'h> {
    fn new(house: &'h House) -> Self {
        Browser {
            house,
            cookies: HashMap::new(),
            page: String::new(),
        }
    }

    /// Signed in on the account page as this person.
    pub async fn of(house: &'h House, who: &str) -> Self {
        let mut browser = Browser::new(house);
        browser.open("/account").await;
        assert!(browser.page.contains("Sign in with Webex"));
        let at_webex = browser.send("/account/sign-in", &[]).await.unwrap();
        browser.agree(at_webex, who).await;
        assert!(browser.page.contains("Your access"), "{}", browser.page);
        browser
    }

    async fn sent(&mut self, request: RequestBuilder) -> Response {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(n, w)| format!("{n}={w}"))
            .collect();
        let answer = request.header(COOKIE, cookies.join("; ")).send();
        let answer = answer.await.unwrap();
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            assert!(cookie.starts_with("__Host-") && cookie.contains("HttpOnly"));
            let pair = cookie.split(';').next().unwrap();
            let (name, word) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), word.to_owned());
        }
        answer
    }

    /// Opens an address of the house and follows where it leads there.
    pub async fn open(&mut self, path: &str) {
        let mut url = Url::parse(&self.house.base).unwrap().join(path).unwrap();
        loop {
            let answer = self.sent(self.house.http.get(url)).await;
            if !answer.status().is_redirection() {
                self.keep(answer).await;
                return;
            }
            let to = answer.headers()[LOCATION].to_str().unwrap();
            url = Url::parse(&self.house.base).unwrap().join(to).unwrap();
        }
    }

    async fn keep(&mut self, answer: Response) {
        let policy = answer.headers()["content-security-policy"].to_str();
        assert!(policy.unwrap().contains("default-src 'none'"));
        assert_eq!(answer.headers()["cache-control"], "no-store");
        self.page = answer.text().await.unwrap();
    }

    /// What a hidden field of the last page holds.
    fn field(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let rest = self.page.split(&*start).nth(1).unwrap_or_default();
        rest.split('"').next().unwrap().to_owned()
    }

    /// Sends a form of the last page; gives the address if it leads away from the house.
    pub async fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Option<Url> {
        let form = self.field("form");
        let (_, to) = self
            .post(path, &[&[("form", &*form)], fields].concat())
            .await;
        let to = to?;
        if to.as_str().starts_with(&self.house.base) {
            self.open(to.path()).await;
            return None;
        }
        Some(to)
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> (StatusCode, Option<Url>) {
        let request = as_form(self.house.request(Method::POST, path), fields);
        let answer = self.sent(request.header("origin", &self.house.base)).await;
        let status = answer.status();
        if !status.is_redirection() {
            self.keep(answer).await;
            return (status, None);
        }
        let to = answer.headers()[LOCATION].to_str().unwrap();
        let base = Url::parse(&self.house.base).unwrap();
        (status, Some(base.join(to).unwrap()))
    }

    /// Agrees on the page of Webex as this person, and comes back.
    async fn agree(&mut self, at_webex: Url, who: &str) {
        let back = self.house.at_webex(at_webex, who).await;
        let path = format!("{}?{}", back.path(), back.query().unwrap());
        self.open(&path).await;
    }

    /// A token that was made on the page.
    async fn token(&mut self, who: &str, fields: &[(&str, &str)]) -> String {
        self.open("/account").await;
        let at_webex = self.send("/account/tokens", fields).await.unwrap();
        self.agree(at_webex, who).await;
        let token = self.page.split("Bearer ").nth(1).unwrap();
        token.split('<').next().unwrap().to_owned()
    }
}

pub const WEEK: [(&str, &str); 3] = [("name", "CI"), ("server", "webex"), ("days", "7")];

#[tokio::test(crate = "crate::journey")]
async fn a_person_makes_a_token_uses_it_and_revokes_it() {
    let house = House::new(&[]).await;
    let mut bob = Browser::of(&house, "bob").await;
    assert!(bob.page.contains("No client acts as you"), "{}", bob.page);
    assert!(bob.page.contains(&format!("{}/mcp/webex<", house.base)));
    let client = house.register().await;
    house.token(&client, "bob", None).await;
    bob.open("/account").await;
    assert!(bob.page.contains("Agent &lt;b&gt;") && !bob.page.contains("Agent <b>"));
    let named = [("name", "<i>CI"), ("server", "webex"), ("days", "7")];
    let token = bob.token("bob", &named).await;
    assert!(token.starts_with("wxm_") && token.len() == 50, "{token}");
    assert!(bob.page.contains("&lt;i&gt;CI") && !bob.page.contains("<i>CI"));
    let (status, me) = house.call("webex", &token, "webex-get-person").await;
    assert_eq!(status, StatusCode::OK, "{me}");
    assert!(me.to_string().contains("bob@example.com"), "{me}");
    for (slug, token) in [("webex-messaging", &*token), ("webex", &token[..49])] {
        let (status, _) = house.call(slug, token, "webex-get-person").await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{slug}");
    }
    bob.open("/account").await;
    // The first id is that of the client.
    let ids: Vec<_> = bob.page.split("name=\"id\" value=\"").skip(1).collect();
    let ids: Vec<_> = ids.iter().map(|it| it[..32].to_owned()).collect();
    assert_eq!(ids.len(), 2);
    assert!(
        bob.send("/account/revoke", &[("id", &ids[1])])
            .await
            .is_none()
    );
    assert!(
        bob.page.contains("Revoke <bdi>&lt;i&gt;CI</bdi>?"),
        "{}",
        bob.page
    );
    assert_eq!(
        house.call("webex", &token, "webex-get-person").await.0,
        StatusCode::OK
    );
    let sure = [("id", &*ids[1]), ("sure", "yes")];
    assert!(bob.send("/account/revoke", &sure).await.is_none());
    assert!(
        bob.page.contains("still") || bob.page.contains("stays"),
        "{}",
        bob.page
    );
    let (status, _) = house.call("webex", &token, "webex-get-person").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(crate = "crate::journey")]
async fn a_token_for_reading_sees_and_calls_nothing_else() {
    let house = House::new(&[]).await;
    let mut bob = Browser::of(&house, "bob").await;
    let fields = [&WEEK[..], &[("read_only", "yes")]].concat();
    let token = bob.token("bob", &fields).await;
    assert!(bob.page.contains("reads as you"));
    let whole = bob.token("bob", &WEEK).await;
    for (token, has_writes) in [(&whole, true), (&token, false)] {
        let (_, list) = house.ask("webex", token, "tools/list", json!({})).await;
        let list = list.to_string();
        assert!(list.contains("\"webex-get-person\""), "{list}");
        assert_eq!(list.contains("\"webex-create-message\""), has_writes);
    }
    let message = json!({"name": "webex-create-message",
        "arguments": {"toPersonEmail": "alice@example.com", "text": "hello"}});
    let (_, refused) = house
        .ask("webex", &token, "tools/call", message.clone())
        .await;
    let why = refused["error"]["message"].as_str().unwrap();
    assert!(why.contains("only reads"), "{why}");
    let (_, sent) = house.ask("webex", &whole, "tools/call", message).await;
    assert_eq!(sent["result"]["isError"], false, "{sent}");
}

#[tokio::test(crate = "crate::journey")]
async fn forms_of_others_change_nothing() {
    let house = House::new(&[]).await;
    let (mut bob, mut alice) = (
        Browser::of(&house, "bob").await,
        Browser::of(&house, "alice").await,
    );
    let token = bob.token("bob", &WEEK).await;
    bob.open("/account").await;
    let id = bob.field("id");
    let (of_bob, sure) = (bob.field("form"), ("sure", "yes"));
    alice.open("/account").await;
    let of_alice = alice.field("form");
    // Bob's form in Alice's browser, and no form at all.
    for form in [&*of_bob, "", &of_alice[1..]] {
        let fields = [("form", form), ("id", &id), sure];
        let (status, _) = alice.post("/account/revoke", &fields).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let (status, _) = alice.post("/account/delete", &fields).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }
    // Her own form with Bob's token.
    let fields = [("form", &*of_alice), ("id", &id), sure];
    let (status, to) = alice.post("/account/revoke", &fields).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert_eq!(to.unwrap().path(), "/account");
    // A browser that is not signed in, and a page of another site.
    let fields = [("form", &*of_bob), ("id", &id), sure];
    let mut nobody = Browser::new(&house);
    let (status, to) = nobody.post("/account/revoke", &fields).await;
    assert_eq!(
        (status, to.unwrap().path()),
        (StatusCode::SEE_OTHER, "/account")
    );
    let foreign = as_form(house.request(Method::POST, "/account/delete"), &fields);
    let foreign = bob
        .sent(foreign.header("origin", "https://evil.example"))
        .await;
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    assert_eq!(
        house.call("webex", &token, "webex-get-person").await.0,
        StatusCode::OK
    );
    // What cannot be a token is told beside its field.
    bob.open("/account").await;
    let wrong = [("name", " "), ("server", "webex"), ("days", "7")];
    assert!(bob.send("/account/tokens", &wrong).await.is_none());
    assert!(bob.page.contains("aria-invalid=\"true\""), "{}", bob.page);
    // Somebody else agrees at Webex.
    let at_webex = bob.send("/account/tokens", &WEEK).await.unwrap();
    bob.agree(at_webex, "alice").await;
    assert!(bob.page.contains("somebody else") && !bob.page.contains("wxm_"));
    bob.open("/account").await;
    bob.send("/account/sign-out", &[]).await;
    assert!(bob.page.contains("Sign in with Webex"));
}

#[tokio::test(crate = "crate::journey")]
async fn a_person_deletes_everything_of_theirs() {
    let house = House::new(&[]).await;
    let mut bob = Browser::of(&house, "bob").await;
    let client = house.register().await;
    let given = house.token(&client, "bob", None).await;
    let token = bob.token("bob", &WEEK).await;
    bob.open("/account").await;
    bob.send("/account/delete", &[]).await;
    assert!(
        bob.page.contains("bob@example.com</bdi> here?"),
        "{}",
        bob.page
    );
    bob.send("/account/delete", &[("sure", "yes")]).await;
    assert!(bob.page.contains("keeps nothing of you"), "{}", bob.page);
    assert!(
        bob.page.contains("https://idbroker.webex.com/"),
        "{}",
        bob.page
    );
    for token in [&token, given["access_token"].as_str().unwrap()] {
        let (status, _) = house.call("webex", token, "webex-get-person").await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    bob.open("/account").await;
    assert!(bob.page.contains("Sign in with Webex"));
}

impl House {
    /// Runs a command beside the server, with its settings.
    async fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        self.run_with(&[], arguments).await
    }

    /// The same with these settings beside those of every server.
    pub async fn run_with(
        &self,
        settings: &[(&str, &str)],
        arguments: &[&str],
    ) -> (i32, String, String) {
        let mut command = self.command(arguments);
        command.envs(settings.iter().copied());
        ended(&command.output().await.unwrap())
    }

    /// The same with another standard output, which `output` would replace.
    #[cfg(target_os = "linux")]
    async fn run_into(&self, stdout: Stdio, arguments: &[&str]) -> (i32, String, String) {
        let mut command = self.command(arguments);
        let running = command.stdout(stdout).stderr(Stdio::piped()).spawn();
        ended(&running.unwrap().wait_with_output().await.unwrap())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_webex-mcp"));
        command
            .args(arguments)
            .env_clear()
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }
}

fn ended(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let code = output.status.code().unwrap();
    (code, text(&output.stdout), text(&output.stderr))
}

#[tokio::test(crate = "crate::journey")]
async fn the_operator_makes_lists_and_revokes_tokens_beside_the_server() {
    let house = House::new(&[]).await;
    let create = [
        "token",
        "create",
        "CI",
        "--for",
        "Bob@example.com",
        "--server",
        "webex",
    ];
    let (code, _, why) = house.run(&create).await;
    assert_eq!(code, 1, "{why}");
    assert!(why.contains("sign in with a client first"), "{why}");
    let client = house.register().await;
    house.token(&client, "bob", None).await;
    let mut tokens = Vec::new();
    for more in [&["--days", "7", "--read-only"][..], &[]] {
        let (code, token, told) = house.run(&[&create[..], more].concat()).await;
        assert_eq!(code, 0, "{told}");
        assert!(
            told.contains("Agent") && !told.contains(token.trim()),
            "{told}"
        );
        tokens.push(token.trim().to_owned());
    }
    let (status, me) = house.call("webex", &tokens[0], "webex-get-person").await;
    assert_eq!(status, StatusCode::OK, "{me}");
    assert!(me.to_string().contains("bob@example.com"), "{me}");
    let (_, list, _) = house.run(&["token", "list", "--json"]).await;
    let list: Value = serde_json::from_str(&list).unwrap();
    let rows = list["tokens"].as_array().unwrap();
    let reads: Vec<_> = rows
        .iter()
        .map(|it| it["readOnly"].as_bool().unwrap())
        .collect();
    assert_eq!(reads, [true, false]);
    let (_, table, _) = house
        .run(&["token", "list", "--for", "alice@example.com"])
        .await;
    assert_eq!(table.lines().count(), 1, "{table}");
    // One that this server has not seen yet: what it knows it reads again within half a minute.
    let id = &rows[1]["id"].as_str().unwrap()[..12];
    let (code, told, why) = house.run(&["token", "revoke", id]).await;
    assert_eq!(code, 0, "{why}");
    assert!(told.starts_with("revoked: CI."), "{told}");
    let (status, _) = house.call("webex", &tokens[1], "webex-get-person").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    for (arguments, expected, word) in [
        (&["token", "revoke", id][..], 1, "no such token"),
        (&["token", "revoke", ""], 1, "no such token"),
        (
            &["token", "create", "x", "--for", "b", "--server", "nowhere"],
            2,
            "connection tokens are for webex-messaging",
        ),
        (
            &[
                "token",
                "create",
                "x",
                "--for",
                "b",
                "--server",
                "webex-mesaging",
            ],
            2,
            "no server of this name; did you mean `webex-messaging`? connection tokens are for",
        ),
        (
            &["token", "create", "", "--for", "b", "--server", "webex"],
            2,
            "name of 1 to 60",
        ),
    ] {
        let (code, _, why) = house.run(arguments).await;
        assert_eq!(code, expected, "{why}");
        assert!(why.contains(word), "{why}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(crate = "crate::journey")]
async fn a_token_that_nobody_could_read_is_not_kept() {
    use crate::output::{full, unread};
    let house = House::new(&[]).await;
    let client = house.register().await;
    house.token(&client, "bob", None).await;
    let create = ["token", "create", "CI", "--for", "bob@example.com"];
    let create = [&create[..], &["--server", "webex"]].concat();
    for stdout in [full(), unread()] {
        let (code, _, why) = house.run_into(stdout, &create).await;
        assert_eq!(code, 1, "{why}");
        assert!(why.contains("The token was revoked."), "{why}");
        let (_, list, _) = house.run(&["token", "list", "--json"]).await;
        let list: Value = serde_json::from_str(&list).unwrap();
        assert_eq!(list["tokens"].as_array().unwrap().len(), 0, "{list}");
    }
    for arguments in [&["token", "list"][..], &["people", "list"]] {
        let (code, _, why) = house.run_into(full(), arguments).await;
        assert_eq!(code, 1, "{arguments:?}: {why}");
    }
}

#[tokio::test(crate = "crate::journey")]
async fn the_operator_deletes_a_person_beside_the_server() {
    let house = House::new(&[]).await;
    let client = house.register().await;
    let bob = house.token(&client, "bob", None).await;
    let alice = house.token(&client, "alice", None).await;
    let (code, list, why) = house.run(&["people", "list"]).await;
    assert_eq!(code, 0, "{why}");
    assert!(list.contains("bob@example.com") && list.contains("alice@example.com"));
    let (code, plan, _) = house.run(&["people", "delete", "bob@example.com"]).await;
    assert_eq!(
        (code, plan.contains("would be deleted")),
        (2, true),
        "{plan}"
    );
    let delete = ["people", "delete", "bob@example.com", "--yes"];
    let (code, told, why) = house.run(&delete).await;
    assert_eq!(code, 0, "{why}");
    assert!(told.contains("with 1 clients, 0 tokens") && told.contains("idbroker"));
    for (given, status) in [(&bob, StatusCode::UNAUTHORIZED), (&alice, StatusCode::OK)] {
        let token = given["access_token"].as_str().unwrap();
        let (answered, _) = house.call("webex", token, "webex-get-person").await;
        assert_eq!(answered, status);
    }
    assert_eq!(house.run(&delete).await.0, 1);
    // Without what the server knows, nothing is done by halves.
    for (name, value, expected, word) in [
        ("WEBEX_MCP_AUTH_MODE", "passthrough", 2, "does not say how"),
        ("WEBEX_MCP_DATA_DIR", "/nowhere", 1, "nothing is kept"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_webex-mcp"));
        let settings = house.environment.iter().filter(|(known, _)| *known != name);
        command.args(["people", "list"]).env_clear();
        command.envs(settings.cloned()).env(name, value);
        let (code, _, why) = ended(&command.output().await.unwrap());
        assert_eq!(code, expected, "{why}");
        assert!(why.contains(word), "{why}");
    }
}
