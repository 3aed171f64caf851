;; Traps in a nested function. The names are in the module's name section, so an error can show the whole stack:
;; innermost <- middle <- outermost <- _start.
(module
  (memory (export "memory") 1)
  (func $innermost (param $depth i32)
    unreachable)
  (func $middle (param $depth i32)
    (call $innermost (i32.add (local.get $depth) (i32.const 1))))
  (func $outermost
    (call $middle (i32.const 1)))
  (func $_start (export "_start")
    (call $outermost)))
