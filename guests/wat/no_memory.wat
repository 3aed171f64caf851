;; A module without a memory whose _start makes a host call that would have to write to one. Exits with the errno
;; if the host gives it one.
(module
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $fd_prestat_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (func (export "_start")
    (call $proc_exit (call $fd_prestat_get (i32.const 3) (i32.const 0)))))
