;; Benchmark guest: the cost of one host call that touches the guest's memory and nothing else. run(n) asks
;; fd_prestat_get about descriptor 3, n times. _start calls run with argv[1], or 1 without it. Traps if a call fails.
(module
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $fd_prestat_get (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  ;; 40: the prestat, 8 bytes; 48: argc; 52: length of the arguments
  ;; 1024: argv; 4096: the arguments

  (func $check (param $errno i32)
    (if (local.get $errno)
      (then unreachable)))

  (func $run (export "run") (param $n i32)
    (block $done
      (loop $again
        (br_if $done (i32.eqz (local.get $n)))
        (call $check (call $fd_prestat_get (i32.const 3) (i32.const 40)))
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
