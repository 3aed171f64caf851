;; Never returns and never calls the host: only a deadline or fuel ends it.
(module
  (memory (export "memory") 1)
  (func $forever (export "_start")
    (loop $again
      (br $again))))
