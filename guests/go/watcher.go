// Waits until a key is put, and answers with all changes that it saw until then.
//
//	watcher SCOPE PREFIX KEY
//
// SCOPE is a folder such as /beta/kv/local, PREFIX what the watched keys start with (orders/.all: all below the folder
// orders), KEY one of them. Prints "watching" when no change can escape it any more. The answer is an object of JSON:
// the changes, and whether they are all that there were. What cannot be done is a line on stderr and exit code 1.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"syscall"
)

const maxRestarts = 10

type change struct {
	Key     string `json:"key"`
	Type    string `json:"type"`
	Version int64  `json:"version"`
}

type answer struct {
	Changes  []change `json:"changes"`
	Complete bool     `json:"complete"`
}

func exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// follow adds changes until the key is there. It is ESTALE if this guest was so slow that the store has forgotten some.
func follow(scope, prefix, key string, seen *[]change) error {
	watch, err := os.Open(scope + "/.watch/" + prefix)
	if err != nil {
		return err
	}
	defer watch.Close()

	// In this order: what comes after the open is in the watch, what came before is there to be seen.
	found, err := exists(scope + "/" + key)
	if err != nil {
		return err
	}
	os.Stdout.WriteString("watching\n")
	for lines := bufio.NewReader(watch); !found; {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return err
		}
		var next change
		if err := json.Unmarshal(line, &next); err != nil {
			return err
		}
		*seen = append(*seen, next)
		found = next.Key == key && next.Type == "put"
	}
	return nil
}

func run(scope, prefix, key string) error {
	result := answer{Changes: []change{}, Complete: true}
	for restarts := 0; ; restarts++ {
		err := follow(scope, prefix, key, &result.Changes)
		if err == nil {
			break
		}
		if !errors.Is(err, syscall.ESTALE) || restarts == maxRestarts {
			return err
		}
		result.Complete = false
	}
	body, err := json.Marshal(result)
	if err != nil {
		return err
	}
	if err := os.WriteFile("/response/headers/content-type", []byte("application/json"), 0o666); err != nil {
		return err
	}
	return os.WriteFile("/response/body", body, 0o666)
}

func main() {
	if len(os.Args) != 4 {
		os.Stderr.WriteString("usage: watcher SCOPE PREFIX KEY\n")
		os.Exit(255)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
}
