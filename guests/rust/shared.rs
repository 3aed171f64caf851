// Many instances of this guest work on one directory at the same time; nothing of what they do may be lost or seen half
// done. Each says "ready" and waits for the file "start", so that none is done before the others begin. Each problem is a
// line "not ok ...", and the exit code is then not 0.
//
//   shared prepare DIRECTORY 0 0        writes the first "counter" and "current"
//   shared lock DIRECTORY ID TIMES      adds to "counter" TIMES times, under a lock file made with O_EXCL
//   shared claim DIRECTORY ID TIMES     TIMES numbers, each a file made with O_EXCL; prints the numbers that are its own
//   shared append DIRECTORY ID TIMES    appends TIMES records to "log" by two descriptors in turn
//   shared replace DIRECTORY ID TIMES   writes a file of its own and renames it over "current", until there is "done", TIMES times at most
//   shared observe DIRECTORY ID TIMES   reads "current" until it has seen TIMES versions: always there, whole, never older
//   shared swap DIRECTORY ID TIMES      adds to "counter" TIMES times by compare-and-swap (key-value: ESTALE means again)
//   shared total DIRECTORY IDS TIMES    checks "counter": IDS instances added TIMES times each
//   shared verify DIRECTORY IDS TIMES   checks "log": every record of IDS appenders, once and in order
//
// A close that fails cannot be seen in Rust, so everything is synchronised before it is closed.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::thread;
use std::time::Duration;

const LINES: usize = 200;
const ESTALE: i32 = 72; // WASI's numbers
const EAGAIN: i32 = 6;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, command, directory, id, times] = &arguments[..] else {
        eprintln!("usage: shared prepare|lock|claim|append|replace|observe|swap|total|verify DIRECTORY ID TIMES");
        std::process::exit(255);
    };
    let number = |text: &str| text.parse::<usize>().expect("a number");
    let (id, times) = (number(id), number(times));
    let result = match command.as_str() {
        "prepare" => prepare(directory),
        "lock" => start(directory).and_then(|()| lock(directory, times)),
        "claim" => start(directory).and_then(|()| claim(directory, times)),
        "append" => start(directory).and_then(|()| append(directory, id, times)),
        "replace" => start(directory).and_then(|()| replace(directory, id, times)),
        "observe" => start(directory).and_then(|()| observe(directory, times)),
        "swap" => start(directory).and_then(|()| swap(directory, times)),
        "total" => total(directory, id * times),
        "verify" => verify(directory, id, times),
        _ => Err(io::Error::other("no such command")),
    };
    if let Err(error) = result {
        println!("not ok {command} {id}: {error}");
        std::process::exit(1);
    }
    println!("ok {command} {id}");
}

fn pause() {
    thread::sleep(Duration::from_micros(200));
}

fn start(directory: &str) -> io::Result<()> {
    println!("ready");
    while !fs::exists(format!("{directory}/start"))? {
        pause();
    }
    Ok(())
}

/// Creates a file that did not exist, for everybody to see: on a key-value mount only its commit tells.
fn create_new(path: &str) -> io::Result<bool> {
    match OpenOptions::new().write(true).create_new(true).open(path).and_then(|file| file.sync_all()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

fn prepare(directory: &str) -> io::Result<()> {
    fs::write(format!("{directory}/counter"), "0")?;
    fs::write(format!("{directory}/current"), version(0, 0))
}

fn total(directory: &str, expected: usize) -> io::Result<()> {
    let value = read_counter(&fs::read_to_string(format!("{directory}/counter"))?)?;
    if value == expected { Ok(()) } else { Err(io::Error::other(format!("{value} instead of {expected}"))) }
}

fn read_counter(text: &str) -> io::Result<usize> {
    text.parse().map_err(|_| io::Error::other(format!("the counter is {text:?}")))
}

fn lock(directory: &str, times: usize) -> io::Result<()> {
    let (lock, counter) = (format!("{directory}/lock"), format!("{directory}/counter"));
    for _ in 0..times {
        while !create_new(&lock)? {
            pause();
        }
        let value = read_counter(&fs::read_to_string(&counter)?)? + 1;
        let mut file = OpenOptions::new().write(true).truncate(true).open(&counter)?;
        file.write_all(value.to_string().as_bytes())?;
        file.sync_all()?;
        drop(file);
        fs::remove_file(&lock)?;
    }
    Ok(())
}

fn claim(directory: &str, times: usize) -> io::Result<()> {
    for number in 0..times {
        if create_new(&format!("{directory}/claim-{number}"))? {
            println!("claimed {number}");
        }
    }
    Ok(())
}

fn record(id: usize, number: usize) -> String {
    format!("{id} {number} {}\n", "x".repeat(id * 31 % 97 + number % 7))
}

fn append(directory: &str, id: usize, times: usize) -> io::Result<()> {
    let open = || OpenOptions::new().append(true).create(true).open(format!("{directory}/log"));
    let mut files = [open()?, open()?];
    for number in 0..times {
        let file = &mut files[number % 2];
        let record = record(id, number);
        let written = file.write(record.as_bytes())?;
        if written != record.len() {
            return Err(io::Error::other(format!("appended {written} of {} bytes", record.len())));
        }
        sync_again(file)?;
    }
    Ok(())
}

/// A commit that many others came before may ask to be tried again.
fn sync_again(file: &File) -> io::Result<()> {
    for _ in 0..100 {
        match file.sync_all() {
            Err(error) if error.raw_os_error() == Some(EAGAIN) => pause(),
            result => return result,
        }
    }
    Err(io::Error::other("never committed"))
}

fn verify(directory: &str, ids: usize, times: usize) -> io::Result<()> {
    let content = fs::read_to_string(format!("{directory}/log"))?;
    let mut next = vec![0; ids];
    for line in content.split_inclusive('\n') {
        let mut words = line.split(' ').map(|word| word.parse::<usize>());
        let (Some(Ok(id)), Some(Ok(number))) = (words.next(), words.next()) else {
            return Err(io::Error::other(format!("a torn record: {line:?}")));
        };
        if id >= ids || number != next[id] || line != record(id, number) {
            return Err(io::Error::other(format!("not the record {} of {id}: {line:?}", next.get(id).unwrap_or(&0))));
        }
        next[id] += 1;
    }
    match next.iter().position(|&count| count != times) {
        Some(id) => Err(io::Error::other(format!("{} of {times} records of {id}", next[id]))),
        None => Ok(()),
    }
}

fn version(id: usize, number: usize) -> String {
    format!("{id} {number}\n").repeat(LINES)
}

fn replace(directory: &str, id: usize, times: usize) -> io::Result<()> {
    let (own, current) = (format!("{directory}/own-{id}"), format!("{directory}/current"));
    for number in 1..=times {
        if fs::exists(format!("{directory}/done"))? {
            return Ok(());
        }
        let mut file = File::create_new(&own)?;
        // In pieces, so that there is a half-written file to be seen if anything shows it.
        for piece in version(id, number).as_bytes().chunks(300) {
            file.write_all(piece)?;
        }
        file.sync_all()?;
        drop(file);
        fs::rename(&own, &current)?;
        if fs::exists(&own)? {
            return Err(io::Error::other(format!("{own} is still there")));
        }
        pause();
    }
    Err(io::Error::other("nobody said that it is done"))
}

fn observe(directory: &str, times: usize) -> io::Result<()> {
    let current = format!("{directory}/current");
    let mut newest: HashMap<usize, usize> = HashMap::new();
    let (mut changes, mut last) = (0, (usize::MAX, 0));
    while changes < times {
        let mut content = String::new();
        let mut file = File::open(&current)?;
        let mut piece = [0; 333];
        loop {
            let count = file.read(&mut piece)?;
            if count == 0 {
                break;
            }
            content.push_str(std::str::from_utf8(&piece[..count]).map_err(io::Error::other)?);
        }
        let mut words = content.split_whitespace().map(|word| word.parse::<usize>());
        let (Some(Ok(id)), Some(Ok(number))) = (words.next(), words.next()) else {
            return Err(io::Error::other(format!("not a version: {:?}", &content[..content.len().min(40)])));
        };
        if content != version(id, number) {
            return Err(io::Error::other(format!("torn: {} bytes of {id} {number}", content.len())));
        }
        let seen = newest.entry(id).or_default();
        if number < *seen {
            return Err(io::Error::other(format!("went back from {} to {number} of {id}", *seen)));
        }
        *seen = number;
        if (id, number) == last {
            pause();
        }
        changes += usize::from((id, number) != last);
        last = (id, number);
    }
    Ok(())
}

fn swap(directory: &str, times: usize) -> io::Result<()> {
    let counter = format!("{directory}/counter");
    let mut stale = 0;
    for _ in 0..times {
        loop {
            let mut file = OpenOptions::new().read(true).write(true).open(&counter)?;
            let mut text = String::new();
            file.read_to_string(&mut text)?;
            file.seek(SeekFrom::Start(0))?;
            file.write_all((read_counter(&text)? + 1).to_string().as_bytes())?;
            match file.sync_all() {
                Err(error) if error.raw_os_error() == Some(ESTALE) => stale += 1,
                result => break result?,
            }
        }
    }
    println!("stale {stale}");
    Ok(())
}
