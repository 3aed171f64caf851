//! An HTTP server on std::net::TcpListener, as in the Rust book: no crates, one connection at a time.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::FromRawFd;

fn main() {
    // Descriptor 3 is a listener, handed over as LISTEN_FDS says.
    assert_eq!(std::env::var("LISTEN_FDS").as_deref(), Ok("1"));
    let listener = unsafe { TcpListener::from_raw_fd(3) };
    for connection in listener.incoming() {
        let connection = connection.expect("accept");
        while serve(&connection).unwrap_or(false) {}
    }
}

/// Returns whether the connection can bring another request.
fn serve(mut connection: &TcpStream) -> std::io::Result<bool> {
    let mut reader = BufReader::new(connection);
    let (mut line, mut length, mut keep) = (String::new(), 0, true);
    if reader.read_line(&mut line)? == 0 {
        return Ok(false);
    }
    let request = line.trim_end().to_string();
    loop {
        line.clear();
        if reader.read_line(&mut line)? <= 2 {
            break;
        }
        let lower = line.trim_end().to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length: ") {
            length = value.parse().unwrap_or(0);
        }
        keep &= lower != "connection: close";
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let answer = format!("{request}: {}", String::from_utf8_lossy(&body));
    write!(connection, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{answer}", answer.len())?;
    Ok(keep)
}
