;; The smallest function with an answer: creates response/body relative to the directory at descriptor 3, writes one
;; short text and closes it. Exits with the errno of the first call that fails.
(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "response/body")
  (data (i32.const 16) "Hello from WebAssembly\n")
  (data (i32.const 40) "\10\00\00\00\17\00\00\00") ;; ciovec: 23 bytes at 16
  ;; 48: the descriptor; 52: the count of bytes written

  (func $check (param $errno i32)
    (if (local.get $errno)
      (then (call $proc_exit (local.get $errno)))))

  (func (export "_start")
    (call $check (call $path_open
      (i32.const 3) (i32.const 0)       ;; directory, no lookup flags
      (i32.const 0) (i32.const 13)      ;; path
      (i32.const 9)                     ;; O_CREAT | O_TRUNC
      (i64.const 0x40) (i64.const 0)    ;; right to write
      (i32.const 0) (i32.const 48)))    ;; no descriptor flags; result
    (call $check (call $fd_write (i32.load (i32.const 48)) (i32.const 40) (i32.const 1) (i32.const 52)))
    (call $check (call $fd_close (i32.load (i32.const 48))))))
