//! Connection tokens on the account page: the form that makes one, and the page that shows it, once.

use std::fmt::Write as _;

use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use secrecy::ExposeSecret as _;

use super::ACCOUNT;
use super::pages::{Hidden, Shown};
use super::times::Ahead;
use crate::broker::{Broker, Made};
use crate::edge::http::SERVERS_PATH;
use crate::edge::pages::wide_card;
use crate::limits;
use crate::text::Escaped;

/// The lifetime that the form proposes.
const USUAL_DAYS: u32 = 90;

pub fn form(page: &mut String, shown: &Shown<'_>) {
    let (error, name) = match &shown.wrong {
        Some((why, name)) => (Some(&why.description), name.as_str()),
        None => (None, ""),
    };
    let opened = match error {
        Some(_) => " open",
        None => "",
    };
    let _ = write!(
        page,
        "<details{opened}><summary>Make a token</summary>\n\
         <form class=\"form\" method=\"post\" action=\"{ACCOUNT}/tokens\">{form}\
         <div class=\"field\"><label for=\"name\">Name</label>\
         <input id=\"name\" name=\"name\" required maxlength=\"{most}\" autocomplete=\"off\" value=\"{name}\"{invalid}>\
         {told}<p class=\"help\">Where you will use it, such as “CI” or “laptop”.</p></div>\n\
         <div class=\"field\"><label for=\"server\">Server</label><select id=\"server\" name=\"server\">",
        form = Hidden(shown.word),
        most = limits::CONNECTION_TOKEN_NAME_MAX_CHARACTERS,
        name = Escaped(name),
        invalid = match error {
            Some(_) => " aria-invalid=\"true\" aria-describedby=\"wrong\" autofocus",
            None => "",
        },
        told = match error {
            Some(why) => format!(
                "<p class=\"error\" id=\"wrong\" role=\"alert\">{}</p>",
                Escaped(why)
            ),
            None => String::new(),
        },
    );
    for server in shown.servers {
        let _ = write!(
            page,
            "<option value=\"{}\">{}</option>",
            Escaped(&server.slug),
            Escaped(&server.title)
        );
    }
    page.push_str(
        "</select></div>\n<div class=\"field\"><label for=\"days\">Valid for</label>\
         <select id=\"days\" name=\"days\">",
    );
    for days in limits::CONNECTION_TOKEN_DAYS {
        let chosen = match days == USUAL_DAYS {
            true => " selected",
            false => "",
        };
        let _ = write!(
            page,
            "<option value=\"{days}\"{chosen}>{days} days</option>"
        );
    }
    page.push_str(
        "</select></div>\n<label class=\"check\"><input type=\"checkbox\" name=\"read_only\" value=\"yes\"> \
         It may only read</label>\n\
         <p class=\"help\">Webex asks you to agree. Then the token is shown, once.</p>\n\
         <div class=\"buttons\"><button class=\"primary\">Make the token</button></div></form></details>\n",
    );
}

/// A new token: the only time that it is shown.
pub fn made(broker: &Broker, made: &Made) -> Response {
    let base = &broker.settings().base;
    let address = format!("{base}{SERVERS_PATH}/{}", made.server);
    let token = made.text.expose_secret();
    let entry = serde_json::json!({"mcpServers": {"webex": {
        "type": "http", "url": address, "headers": {"Authorization": format!("Bearer {token}")},
    }}});
    let page = format!(
        "<h1>Your token <bdi>{name}</bdi></h1>\n\
         <p>Copy it now: it is not shown again. Whoever has it {does} as you in Webex.</p>\n\
         <div class=\"field\"><label for=\"token\">Token</label>\
         <input id=\"token\" class=\"token\" readonly value=\"{token}\"></div>\n\
         <section aria-labelledby=\"use\"><h2 id=\"use\">Put it in a client</h2>\n\
         <p class=\"help\">The client sends it as a header to <code>{address}</code>:</p>\
         <pre tabindex=\"0\" aria-label=\"Header\">Authorization: Bearer {token}</pre>\n\
         <p class=\"help\">Many clients have a file of servers, with an entry like this:</p>\
         <pre tabindex=\"0\" aria-label=\"Entry of a file\">{entry}</pre></section>\n\
         <p class=\"help\">It ends {ends}. You can revoke it on the page of your access.</p>\n\
         <div class=\"buttons\"><a class=\"button\" href=\"{ACCOUNT}\">Your access</a></div>",
        name = Escaped(&made.name),
        does = match made.is_read_only {
            true => "reads",
            false => "acts",
        },
        token = Escaped(token),
        address = Escaped(&address),
        entry = Escaped(&format!("{entry:#}")),
        ends = Ahead(made.ends_at, Timestamp::now().as_millisecond()),
    );
    wide_card(StatusCode::OK, "Your token", &page)
}
