;; Grows its memory by 16 pages (1 MiB) at a time and touches the new part, until the host says no; then traps.
(module
  (memory (export "memory") 1)
  (func $grow (export "_start") (local $page i32)
    (loop $again
      (local.set $page (memory.grow (i32.const 16)))
      (if (i32.eq (local.get $page) (i32.const -1))
        (then unreachable))
      (i32.store (i32.mul (local.get $page) (i32.const 65536)) (i32.const 1))
      (br $again))))
