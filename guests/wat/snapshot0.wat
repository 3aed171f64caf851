;; A module of the older WASI, wasi_unstable (snapshot 0), where whence is 0 = CUR, 1 = END, 2 = SET and a filestat has
;; 56 bytes with a 32-bit link count. Creates tmp/snapshot0, seeks in it, stats it and prints what it saw:
;;   seek-set 2, seek-cur 5, seek-end 9, filetype 4, nlink 1, size 10, guard 170 (the byte after the filestat,
;;   which a host that writes the newer 64 bytes would change), one to a line.
;; Exits with the errno of the first call that fails.
(module
  (import "wasi_unstable" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_unstable" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_unstable" "fd_seek" (func $fd_seek (param i32 i64 i32 i32) (result i32)))
  (import "wasi_unstable" "fd_filestat_get" (func $fd_filestat_get (param i32 i32) (result i32)))
  (import "wasi_unstable" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "tmp/snapshot0")
  (data (i32.const 16) "0123456789")
  ;; 32: the descriptor; 40: a ciovec; 48: the count of bytes written; 56: the offset
  ;; 64: the filestat, 56 bytes, and the guard after it
  (data (i32.const 64) "\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa")
  (data (i32.const 96) "\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa")
  ;; Labels, 16 bytes each, in the order in which they are printed
  (data (i32.const 256) "seek-set        seek-cur        seek-end        filetype        nlink           size            guard           ")
  (data (i32.const 512) "00000000000000000000\n") ;; a number is written from the right

  (global $fd (mut i32) (i32.const -1))
  (global $label (mut i32) (i32.const 256))

  (func $check (param $errno i32)
    (if (local.get $errno)
      (then (call $proc_exit (local.get $errno)))))

  (func $write (param $fd i32) (param $from i32) (param $length i32)
    (i32.store (i32.const 40) (local.get $from))
    (i32.store (i32.const 44) (local.get $length))
    (call $check (call $fd_write (local.get $fd) (i32.const 40) (i32.const 1) (i32.const 48))))

  ;; Prints the next label, a space and a number.
  (func $print (param $value i64) (local $at i32) (local $end i32)
    (local.set $end (global.get $label))
    (loop $length
      (local.set $end (i32.add (local.get $end) (i32.const 1)))
      (br_if $length (i32.ne (i32.load8_u (local.get $end)) (i32.const 0x20))))
    (call $write (i32.const 1) (global.get $label)
      (i32.sub (i32.add (local.get $end) (i32.const 1)) (global.get $label)))
    (global.set $label (i32.add (global.get $label) (i32.const 16)))
    (local.set $at (i32.const 532))
    (loop $digits
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i64.store8 (local.get $at) (i64.add (i64.const 48) (i64.rem_u (local.get $value) (i64.const 10))))
      (local.set $value (i64.div_u (local.get $value) (i64.const 10)))
      (br_if $digits (i64.ne (local.get $value) (i64.const 0))))
    (call $write (i32.const 1) (local.get $at) (i32.sub (i32.const 533) (local.get $at))))

  (func $seek (param $offset i64) (param $whence i32)
    (call $check (call $fd_seek (global.get $fd) (local.get $offset) (local.get $whence) (i32.const 56)))
    (call $print (i64.load (i32.const 56))))

  (func (export "_start")
    (call $check (call $path_open
      (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 13)
      (i32.const 9)                        ;; O_CREAT | O_TRUNC
      (i64.const 0x200066) (i64.const 0)   ;; rights: fd_read, fd_seek, fd_tell, fd_write, fd_filestat_get
      (i32.const 0) (i32.const 32)))
    (global.set $fd (i32.load (i32.const 32)))
    (call $write (global.get $fd) (i32.const 16) (i32.const 10))

    (call $seek (i64.const 2) (i32.const 2))
    (call $seek (i64.const 3) (i32.const 0))
    (call $seek (i64.const -1) (i32.const 1))

    (call $check (call $fd_filestat_get (global.get $fd) (i32.const 64)))
    (call $print (i64.load8_u (i32.const 80)))
    (call $print (i64.load32_u (i32.const 84)))
    (call $print (i64.load (i32.const 88)))
    (call $print (i64.load8_u (i32.const 120)))
    (call $proc_exit (i32.const 0))))
