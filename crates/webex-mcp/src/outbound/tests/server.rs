//! A server that answers by the path, over TLS, each connection in a thread of its own. It can stand
//! behind a proxy, which speaks first.

use std::io::{self, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;
use rustls::{ServerConnection, StreamOwned};

use super::certificate;

pub struct Server {
    pub port: u16,
    /// Every request, and every tunnel that a proxy was asked for.
    pub heard: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub fn start() -> Self {
        Self::behind_proxy("")
    }

    /// A server behind a proxy whose answer has this status; without a text, there is no proxy.
    pub fn behind_proxy(says: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            heard: Arc::default(),
        };
        let heard = server.heard.clone();
        let config = certificate::server();
        thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let (heard, config) = (heard.clone(), config.clone());
                thread::spawn(move || -> io::Result<()> {
                    if !says.is_empty() {
                        heard.lock().push(request(&mut stream));
                        stream.write_all(format!("HTTP/1.1 {says}\r\n\r\n").as_bytes())?;
                    }
                    let connection = ServerConnection::new(config).map_err(io::Error::other)?;
                    let mut stream = StreamOwned::new(connection, stream);
                    let text = request(&mut stream);
                    if !text.is_empty() {
                        heard.lock().push(text.clone());
                        answer(&text, &mut stream)?;
                    }
                    stream.conn.send_close_notify();
                    stream.flush()
                });
            }
        });
        server
    }
}

/// A whole request; nothing where the connection ends before its head does.
pub fn request(stream: &mut impl Read) -> String {
    let (mut text, mut byte) = (String::new(), [0]);
    let mut rest = None;
    while rest != Some(0) && stream.read_exact(&mut byte).is_ok() {
        text.push(byte[0].into());
        rest = match rest {
            Some(left) => Some(left - 1),
            None if text.ends_with("\r\n\r\n") => {
                let length = text.split("\r\ncontent-length: ").nth(1);
                let digits = length.and_then(|length| length.split("\r\n").next());
                Some(digits.map_or(0, |digits| digits.parse().unwrap()))
            }
            None => None,
        };
    }
    match rest {
        Some(_) => text,
        None => String::new(),
    }
}

fn answer(request: &str, stream: &mut impl Write) -> io::Result<()> {
    let target = request.split(' ').nth(1).unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut parts = path[1..].split('/');
    let kind = parts.next().unwrap();
    let number: usize = parts.next().unwrap_or("0").parse().unwrap();
    let mut say = |text: String| {
        stream.write_all(text.as_bytes())?;
        stream.flush()
    };
    let ok = "HTTP/1.1 200 OK\r\n";
    let chunk = "3e8\r\n".to_owned() + &"x".repeat(1_000) + "\r\n";
    match kind {
        "document" => say(format!(
            "{ok}Content-Type: Application/JSON; charset=utf-8\r\nCache-Control: max-age=300\r\nAge: 60\r\n\
             Set-Cookie: a=b\r\ncontent-length: 7\r\n\r\n{{\"a\":1}}"
        )),
        "301" | "302" | "303" | "307" | "308" => say(format!(
            "HTTP/1.1 {kind} Elsewhere\r\nlocation: {query}\r\nset-cookie: a=b\r\ncontent-length: 0\r\n\r\n"
        )),
        "hops" if number > 0 => say(format!(
            "HTTP/1.1 302 Found\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n",
            number - 1
        )),
        "hops" => say(format!("{ok}content-length: 4\r\n\r\nhere")),
        "nowhere" => say("HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n".to_owned()),
        "status" => say(format!(
            "HTTP/1.1 {number} It\r\ncontent-length: 4\r\n\r\nhush"
        )),
        "empty" => say("HTTP/1.1 204 No Content\r\n\r\n".to_owned()),
        "gzip" => say(format!(
            "{ok}content-encoding: gzip\r\ncontent-length: 1\r\n\r\nx"
        )),
        "exactly" => say(format!(
            "{ok}content-length: {number}\r\n\r\n{}",
            "x".repeat(number)
        )),
        "chunks" => say(format!(
            "{ok}transfer-encoding: chunked\r\n\r\n{number:x}\r\n{}\r\n0\r\n\r\n",
            "x".repeat(number)
        )),
        "announced" => say(format!("{ok}content-length: {number}\r\n\r\n")),
        "cut" => say(format!("{ok}content-length: 100\r\n\r\nx")),
        "nonsense" => say("220 ftp.example.com ready\r\n".to_owned()),
        "endless" => {
            say(format!("{ok}transfer-encoding: chunked\r\n\r\n"))?;
            loop {
                say(chunk.clone())?;
            }
        }
        "head" => {
            say(ok.to_owned())?;
            loop {
                say(format!("x: {}\r\n", "y".repeat(1_000)))?;
            }
        }
        "drip" => {
            say(format!("{ok}transfer-encoding: chunked\r\n\r\n"))?;
            loop {
                say("1\r\nx\r\n".to_owned())?;
                thread::sleep(Duration::from_millis(20));
            }
        }
        "interim" => loop {
            say("HTTP/1.1 103 Early Hints\r\n\r\n".to_owned())?;
            thread::sleep(Duration::from_millis(1));
        },
        "silent" => {
            thread::sleep(Duration::from_secs(20));
            Ok(())
        }
        other => unreachable!("{other}"),
    }
}
