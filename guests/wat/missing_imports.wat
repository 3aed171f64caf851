;; Imports two functions that no host has, one from a module of its own and one from WASI's. An error should name
;; both, with their types.
(module
  (import "env" "not_there" (func $not_there (param i32 i64) (result i32)))
  (import "wasi_snapshot_preview1" "not_a_call" (func $not_a_call (param f64)))
  (memory (export "memory") 1)
  (func (export "_start")
    (drop (call $not_there (i32.const 1) (i64.const 2)))
    (call $not_a_call (f64.const 3))))
