// Keeps notes as files, with AssemblyScript's own idioms: UTF-8 made from UTF-16 on the way, classes laid over memory for
// the structures of WASI, the first preopened directory for all paths.
//
//   notes DIRECTORY   each line "title: text" of standard input becomes DIRECTORY/notes/title; prints what the directory
//                     then holds, sorted; checks appending, renaming and removing; leaves DIRECTORY as it was
//
// Each check prints "ok NAME" or "not ok NAME: detail"; the exit code is the number of failures.

import {
  dirent, errno, errnoToString, fd, fd_close, fd_filestat_get, fd_read, fd_readdir, fd_seek, fd_write, fdflags, filestat,
  filetype, iovec, lookupflags, oflags, path_create_directory, path_filestat_get, path_open, path_remove_directory,
  path_rename, path_unlink_file, rights, whence
} from "@assemblyscript/wasi-shim/assembly/bindings/wasi_snapshot_preview1";

const ROOT: fd = 3;
const WINDOW = 64; // of a listing: two entries or so

const FILE_RIGHTS = rights.FD_READ | rights.FD_WRITE | rights.FD_SEEK | rights.FD_TELL | rights.FD_FILESTAT_GET;
const DIRECTORY_RIGHTS = rights.FD_READDIR | rights.FD_FILESTAT_GET;

let failures = 0;

function check(name: string, right: bool, detail: string): void {
  if (!right) failures++;
  console.log(right ? "ok " + name : "not ok " + name + ": " + detail);
}

function succeeds(name: string, error: errno): void {
  check(name, error == errno.SUCCESS, errnoToString(error));
}

function fails(name: string, error: errno, expected: errno): void {
  check(name, error == expected, errnoToString(error) + " instead of " + errnoToString(expected));
}

function equals<T>(name: string, value: T, expected: T): void {
  check(name, value == expected, `${value} instead of ${expected}`);
}

// Absolute paths of other programs are paths below the preopened directory here.
function utf8(path: string): ArrayBuffer {
  return String.UTF8.encode(path.startsWith("/") ? path.substring(1) : path);
}

class Opened {
  constructor(public descriptor: fd, public error: errno) {}
}

function open(path: string, flags: oflags, wanted: rights, mode: fdflags = 0): Opened {
  const bytes = utf8(path);
  const result = memory.data(sizeof<fd>());
  const error = path_open(
    ROOT, lookupflags.SYMLINK_FOLLOW, changetype<usize>(bytes), bytes.byteLength, flags, wanted, wanted, mode, result);
  return new Opened(error == errno.SUCCESS ? load<fd>(result) : <fd>-1, error);
}

function transfer(descriptor: fd, bytes: ArrayBuffer, offset: i32, length: i32, isRead: bool): i32 {
  // Two vectors, so that a short first one is not the end.
  const vectors = memory.data(2 * offsetof<iovec>());
  const count = memory.data(sizeof<usize>());
  const half = length / 2;
  const first = changetype<iovec>(vectors);
  first.buf = changetype<usize>(bytes) + offset;
  first.buf_len = half;
  const second = changetype<iovec>(vectors + offsetof<iovec>());
  second.buf = changetype<usize>(bytes) + offset + half;
  second.buf_len = length - half;
  const error = isRead ? fd_read(descriptor, vectors, 2, count) : fd_write(descriptor, vectors, 2, count);
  return error == errno.SUCCESS ? load<i32>(count) : -1 - <i32>error;
}

function write(descriptor: fd, text: string): i32 {
  const bytes = String.UTF8.encode(text);
  let total = 0;
  while (total < bytes.byteLength) {
    const count = transfer(descriptor, bytes, total, bytes.byteLength - total, false);
    if (count <= 0) return count;
    total += count;
  }
  return total;
}

function readAll(descriptor: fd): string {
  let content = new ArrayBuffer(0);
  const piece = new ArrayBuffer(100);
  while (true) {
    const count = transfer(descriptor, piece, 0, piece.byteLength, true);
    if (count < 0) return "read: " + errnoToString(<errno>(-1 - count));
    if (count == 0) return String.UTF8.decode(content);
    const longer = new ArrayBuffer(content.byteLength + count);
    memory.copy(changetype<usize>(longer), changetype<usize>(content), content.byteLength);
    memory.copy(changetype<usize>(longer) + content.byteLength, changetype<usize>(piece), count);
    content = longer;
  }
}

function readFile(path: string): string {
  const file = open(path, 0, FILE_RIGHTS);
  if (file.error != errno.SUCCESS) return "open: " + errnoToString(file.error);
  const content = readAll(file.descriptor);
  fd_close(file.descriptor);
  return content;
}

function writeFile(path: string, text: string, flags: oflags, mode: fdflags = 0): errno {
  const file = open(path, flags, FILE_RIGHTS, mode);
  if (file.error != errno.SUCCESS) return file.error;
  const count = write(file.descriptor, text);
  const error = fd_close(file.descriptor);
  return count < 0 ? <errno>(-1 - count) : error;
}

function list(path: string): string[] {
  const names: string[] = [];
  const directory = open(path, oflags.DIRECTORY, DIRECTORY_RIGHTS);
  if (directory.error != errno.SUCCESS) return ["open: " + errnoToString(directory.error)];
  const used = memory.data(sizeof<usize>());
  let window = new ArrayBuffer(WINDOW);
  let cookie: u64 = 0;
  while (true) {
    const start = changetype<usize>(window);
    const error = fd_readdir(directory.descriptor, start, window.byteLength, cookie, used);
    if (error != errno.SUCCESS) return ["readdir: " + errnoToString(error)];
    const end = start + load<usize>(used);
    let at = start;
    while (at + offsetof<dirent>() <= end) {
      const entry = changetype<dirent>(at);
      const name = at + offsetof<dirent>();
      if (name + entry.namlen > end) break;
      const text = String.UTF8.decodeUnsafe(name, entry.namlen);
      if (text != "." && text != "..") names.push(text + (entry.type == filetype.DIRECTORY ? "/" : ""));
      cookie = entry.next;
      at = name + entry.namlen;
    }
    if (load<usize>(used) < <usize>window.byteLength) break;
    // Not even one entry fits.
    if (at == start) window = new ArrayBuffer(window.byteLength * 2);
  }
  fd_close(directory.descriptor);
  return names.sort();
}

function sizeOf(path: string): i64 {
  const bytes = utf8(path);
  const status = memory.data(offsetof<filestat>(), 8);
  const error = path_filestat_get(ROOT, lookupflags.SYMLINK_FOLLOW, changetype<usize>(bytes), bytes.byteLength, changetype<filestat>(status));
  return error == errno.SUCCESS ? <i64>changetype<filestat>(status).size : -<i64>error;
}

function makeDirectory(path: string): errno {
  const bytes = utf8(path);
  return path_create_directory(ROOT, changetype<usize>(bytes), bytes.byteLength);
}

function removeDirectory(path: string): errno {
  const bytes = utf8(path);
  return path_remove_directory(ROOT, changetype<usize>(bytes), bytes.byteLength);
}

function remove(path: string): errno {
  const bytes = utf8(path);
  return path_unlink_file(ROOT, changetype<usize>(bytes), bytes.byteLength);
}

function rename(from: string, to: string): errno {
  const source = utf8(from), target = utf8(to);
  return path_rename(ROOT, changetype<usize>(source), source.byteLength, ROOT, changetype<usize>(target), target.byteLength);
}

function readInput(): string {
  let text = "";
  const piece = new ArrayBuffer(4096);
  while (true) {
    const count = process.stdin.read(piece);
    if (count == 0) return text;
    text += String.UTF8.decode(piece.slice(0, count));
  }
}

function checkOneFile(path: string): void {
  const file = open(path, oflags.CREAT | oflags.EXCL, FILE_RIGHTS);
  succeeds("create", file.error);
  equals("write", write(file.descriptor, "Grüße, 世界 🌍"), 20);
  const position = memory.data(sizeof<u64>());
  succeeds("seek", fd_seek(file.descriptor, 7, whence.SET, position));
  equals("position", load<u64>(position), 7);
  equals("read after seek", readAll(file.descriptor), ", 世界 🌍");
  const status = memory.data(offsetof<filestat>(), 8);
  succeeds("filestat", fd_filestat_get(file.descriptor, changetype<filestat>(status)));
  equals("filestat size", changetype<filestat>(status).size, 20);
  equals("filestat type", changetype<filestat>(status).filetype, filetype.REGULAR_FILE);
  succeeds("close", fd_close(file.descriptor));
  fails("close twice", fd_close(file.descriptor), errno.BADF);
  fails("create again", open(path, oflags.CREAT | oflags.EXCL, FILE_RIGHTS).error, errno.EXIST);
  succeeds("append", writeFile(path, "!", 0, fdflags.APPEND));
  equals("content", readFile(path), "Grüße, 世界 🌍!");
  succeeds("truncate", writeFile(path, "short", oflags.TRUNC));
  equals("truncated size", sizeOf(path), 5);
  succeeds("rename", rename(path, path + " 世界"));
  equals("renamed", readFile(path + " 世界"), "short");
  fails("old name", open(path, 0, FILE_RIGHTS).error, errno.NOENT);
  succeeds("remove", remove(path + " 世界"));
  fails("remove again", remove(path + " 世界"), errno.NOENT);
}

const directory = process.argv[1];
const notes = directory + "/notes";
succeeds("mkdir", makeDirectory(notes));
fails("mkdir again", makeDirectory(notes), errno.EXIST);
checkOneFile(directory + "/file");

const lines = readInput().split("\n");
for (let i = 0; i < lines.length; i++) {
  const colon = lines[i].indexOf(": ");
  if (colon > 0) succeeds("note", writeFile(notes + "/" + lines[i].substring(0, colon), lines[i].substring(colon + 2), oflags.CREAT | oflags.TRUNC));
}

const titles = list(notes);
for (let i = 0; i < titles.length; i++) {
  const path = notes + "/" + titles[i];
  console.log(`${titles[i]} = ${readFile(path)} (${sizeOf(path)} bytes)`);
  if (i == 0) fails("rmdir of a full directory", removeDirectory(notes), errno.NOTEMPTY);
  succeeds("remove a note", remove(path));
}
equals("nothing left", list(notes).length, 0);
succeeds("rmdir", removeDirectory(notes));
fails("list what is gone", open(notes, oflags.DIRECTORY, DIRECTORY_RIGHTS).error, errno.NOENT);
process.exit(failures);
