;; Benchmark guest: the cost of one host call that passes data. run(n) writes 16 bytes to dev/null, n times; dev/null
;; is opened relative to descriptor 3 before the first of them. _start calls run with argv[1], or 1 without it.
;; Traps if a call fails.
(module
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "dev/null")
  (data (i32.const 16) "0123456789abcdef")
  (data (i32.const 32) "\10\00\00\00\10\00\00\00") ;; ciovec: 16 bytes at 16
  ;; 40: the descriptor; 44: the count of bytes written; 48: argc; 52: length of the arguments
  ;; 1024: argv; 4096: the arguments

  (global $null (mut i32) (i32.const -1))

  (func $check (param $errno i32)
    (if (local.get $errno)
      (then unreachable)))

  (func $open_null
    (call $check (call $path_open
      (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 0)
      (i64.const 0x40) (i64.const 0) (i32.const 0) (i32.const 40)))
    (global.set $null (i32.load (i32.const 40))))

  (func $run (export "run") (param $n i32)
    (if (i32.eq (global.get $null) (i32.const -1))
      (then (call $open_null)))
    (block $done
      (loop $again
        (br_if $done (i32.eqz (local.get $n)))
        (call $check (call $fd_write (global.get $null) (i32.const 32) (i32.const 1) (i32.const 44)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $again))))

  (func $count (result i32) (local $at i32) (local $digit i32) (local $value i32)
    (call $check (call $args_sizes_get (i32.const 48) (i32.const 52)))
    (if (i32.or (i32.lt_u (i32.load (i32.const 48)) (i32.const 2)) (i32.gt_u (i32.load (i32.const 52)) (i32.const 4096)))
      (then (return (i32.const 1))))
    (call $check (call $args_get (i32.const 1024) (i32.const 4096)))
    (local.set $at (i32.load (i32.const 1028)))
    (block $done
      (loop $again
        (local.set $digit (i32.sub (i32.load8_u (local.get $at)) (i32.const 48)))
        (br_if $done (i32.gt_u (local.get $digit) (i32.const 9)))
        (local.set $value (i32.add (i32.mul (local.get $value) (i32.const 10)) (local.get $digit)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $again)))
    (local.get $value))

  (func (export "_start")
    (call $run (call $count))))
