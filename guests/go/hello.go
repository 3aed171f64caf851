// Answers with what it saw of the request, as JSON, in a full HTTP/1.1 response that it writes to /response/txt itself.
// Go's runtime brings its own scheduler: the files are read by one goroutine each while another waits for a timer.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

type answer struct {
	Greeting  string            `json:"greeting"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	BodyBytes int               `json:"bodyBytes"`
	WaitedMs  int64             `json:"waitedMs"`
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func readFile(path string) string {
	content, err := os.ReadFile(path)
	check(err)
	return string(content)
}

func readHeaders() map[string]string {
	entries, err := os.ReadDir("/request/headers")
	check(err)
	headers := make(map[string]string, len(entries))
	for _, entry := range entries {
		headers[entry.Name()] = strings.TrimRight(readFile("/request/headers/"+entry.Name()), "\r\n")
	}
	return headers
}

func main() {
	var result answer
	var group sync.WaitGroup
	run := func(work func()) {
		group.Add(1)
		go func() {
			defer group.Done()
			work()
		}()
	}

	start := time.Now()
	result.Greeting = "Hello from Go"
	run(func() { result.Method = strings.TrimSpace(readFile("/request/method")) })
	run(func() { result.URL = strings.TrimSpace(readFile("/request/url")) })
	run(func() { result.Headers = readHeaders() })
	run(func() { result.BodyBytes = len(readFile("/request/body")) })
	run(func() {
		<-time.After(5 * time.Millisecond)
		result.WaitedMs = time.Since(start).Milliseconds()
	})
	group.Wait()

	body, err := json.Marshal(result)
	check(err)
	response, err := os.Create("/response/txt")
	check(err)
	_, err = fmt.Fprintf(response,
		"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s", len(body), body)
	check(err)
	check(response.Close())
}
