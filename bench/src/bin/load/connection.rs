//! One keep-alive connection that costs the driver little: bytes out, bytes in, one buffer.
//!
//! A client library would take as long as the limit does, and the two share a machine.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use memchr::memmem;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// An answer larger than this is none of those that are measured.
const ANSWER_MAX_BYTES: usize = 4 * 1024 * 1024;
/// Room for the common answer without growing.
const BUFFER_BYTES: usize = 16 * 1024;
const HEADERS_MAX: usize = 64;
/// Longer than any call may take by the server's own deadline.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// How the end of an answer is known.
enum Extent {
    Bytes(usize),
    Chunks,
}

/// A connection and the last answer that came over it.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

/// One whole answer.
pub struct Answer<'a> {
    pub status: u16,
    pub head: &'a [u8],
    pub body: &'a [u8],
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::new(),
            filled: 0,
        })
    }

    /// Sends a request and reads its answer to the end.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.send(request).await?;
        let (status, body, extent) = self.head().await?;
        let end = match extent {
            Extent::Bytes(bytes) => {
                while self.filled < body + bytes {
                    self.read().await?;
                }
                body + bytes
            }
            Extent::Chunks => {
                // Nothing is pipelined, so the last chunk is the end of what was received.
                while !self.buffer[body..self.filled].ends_with(b"\r\n0\r\n\r\n") {
                    self.read().await?;
                }
                self.filled
            }
        };
        Ok(Answer {
            status,
            head: &self.buffer[..body],
            body: &self.buffer[body..end],
        })
    }

    /// Sends a request and reads until its answer, which may stay open, holds this text.
    ///
    /// An answer that ends without it gives false.
    pub async fn exchange_until(&mut self, request: &[u8], text: &str) -> Result<bool> {
        self.send(request).await?;
        let (_, body, extent) = self.head().await?;
        loop {
            let received = &self.buffer[body..self.filled];
            if memmem::find(received, text.as_bytes()).is_some() {
                return Ok(true);
            }
            if matches!(extent, Extent::Bytes(bytes) if received.len() >= bytes) {
                return Ok(false);
            }
            self.read().await?;
        }
    }

    /// The last answer's bytes as far as they were read.
    pub fn received(&self) -> &[u8] {
        &self.buffer[..self.filled]
    }

    /// Gives the buffer back: a held connection needs none.
    pub fn forget(&mut self) {
        self.buffer = Vec::new();
        self.filled = 0;
    }

    /// Whether the other side has not closed the stream; what it sent meanwhile is dropped.
    pub fn is_open(&self) -> bool {
        let mut drain = [0_u8; 1024];
        loop {
            match self.stream.try_read(&mut drain) {
                Ok(0) => return false,
                Ok(_) => {}
                Err(error) => return error.kind() == std::io::ErrorKind::WouldBlock,
            }
        }
    }

    async fn send(&mut self, request: &[u8]) -> Result<()> {
        self.filled = 0;
        Ok(self.stream.write_all(request).await?)
    }

    async fn head(&mut self) -> Result<(u16, usize, Extent)> {
        loop {
            self.read().await?;
            let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
            let mut response = httparse::Response::new(&mut headers);
            let httparse::Status::Complete(body) = response.parse(&self.buffer[..self.filled])?
            else {
                continue;
            };
            let status = response.code.context("an answer without a status")?;
            let length = header(response.headers, "content-length");
            let extent = match length.map(str::parse).transpose()? {
                Some(bytes) => Extent::Bytes(bytes),
                None if header(response.headers, "transfer-encoding") == Some("chunked") => {
                    Extent::Chunks
                }
                None => Extent::Bytes(0),
            };
            return Ok((status, body, extent));
        }
    }

    async fn read(&mut self) -> Result<()> {
        if self.filled == self.buffer.len() {
            let size = (self.filled * 2).max(BUFFER_BYTES);
            if size > ANSWER_MAX_BYTES {
                bail!("an answer of more than {ANSWER_MAX_BYTES} bytes");
            }
            self.buffer.resize(size, 0);
        }
        let reading = self.stream.read(&mut self.buffer[self.filled..]);
        let bytes = timeout(ANSWER_TIMEOUT, reading)
            .await
            .context("no answer in time")??;
        if bytes == 0 {
            bail!("the server closed the connection");
        }
        self.filled += bytes;
        Ok(())
    }
}

impl Answer<'_> {
    /// A header's value, if it is there and is text.
    pub fn header(&self, name: &str) -> Option<String> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut response = httparse::Response::new(&mut headers);
        response.parse(self.head).ok()?;
        header(response.headers, name).map(str::to_owned)
    }
}

fn header<'a>(headers: &[httparse::Header<'a>], name: &str) -> Option<&'a str> {
    let found = headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case(name))?;
    str::from_utf8(found.value).ok()
}
