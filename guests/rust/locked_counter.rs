// Adds to a counter TIMES times, each time while it holds the counter's lock.
//
//   locked_counter SCOPE NAME TIMES
//
// SCOPE is a folder such as /beta/kv/local, NAME a key in it whose value is a whole number; the lock has the same name. Prints
// "token N" with the number of its last turn, then "counted TIMES times, LOST locks lost". What cannot be done is a line on
// stderr and exit code 1.

use std::fs::{File, OpenOptions};
use std::io::{self, Error, ErrorKind, Read, Seek, Write};
use std::process::ExitCode;

const MAX_LOST: usize = 100;
const ESTALE: i32 = 72; // WASI's number

fn read_number(file: &mut File) -> io::Result<u64> {
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    if text.is_empty() {
        return Ok(0); // just created
    }
    text.parse().map_err(|_| Error::new(ErrorKind::InvalidData, format!("{text:?} is no number")))
}

/// Adds one. Waits for the lock first; returns its fencing token. `ESTALE`: the lock was lost, and nothing was added.
fn add_one(scope: &str, name: &str) -> io::Result<u64> {
    let mut lock = File::open(format!("{scope}/.lock/{name}"))?;
    let token = read_number(&mut lock)?;

    // Under the lock nobody changes the number between the read and the commit. If the lock was lost, somebody may: a file
    // that is open for reading and writing then refuses to be committed.
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(format!("{scope}/{name}"))?;
    let next = read_number(&mut file)?.checked_add(1).ok_or(Error::other("the counter is full"))?;
    file.rewind()?;
    file.write_all(next.to_string().as_bytes())?;
    file.sync_all()?; // commits, and tells whether it did; a failing close would not be seen
    Ok(token) // closes the file, then the lock, which the next one gets
}

fn count(scope: &str, name: &str, times: usize) -> io::Result<()> {
    let (mut counted, mut lost, mut token) = (0, 0, 0);
    while counted < times {
        match add_one(scope, name) {
            Ok(last) => (counted, token) = (counted + 1, last),
            Err(error) if error.raw_os_error() == Some(ESTALE) && lost < MAX_LOST => lost += 1,
            Err(error) => return Err(error),
        }
    }
    println!("token {token}\ncounted {times} times, {lost} locks lost");
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, scope, name, times] = &arguments[..] else {
        eprintln!("usage: locked_counter SCOPE NAME TIMES");
        return ExitCode::from(255);
    };
    let result = times.parse().map_err(Error::other).and_then(|times| count(scope, name, times));
    if let Err(error) = result {
        eprintln!("{name}: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
