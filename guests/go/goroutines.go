// Goroutines that sleep, read standard input and work on files, all at once. Prints "ticking" while standard input has
// nothing to read: a read that stopped the whole program would never come there. Each problem is a line "not ok ...".
//
//	goroutines DIRECTORY
package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

const (
	workers = 50
	rounds  = 20
)

var (
	output   sync.Mutex
	failures int
)

func say(format string, arguments ...any) {
	output.Lock()
	defer output.Unlock()
	fmt.Printf(format+"\n", arguments...)
}

func check(what string, err error) {
	if err == nil {
		return
	}
	say("not ok %s: %v", what, err)
	output.Lock()
	failures++
	output.Unlock()
}

// Echoes each line with its number. The runtime waits for a descriptor in its own poll_oneoff if it does not block.
func echoInput(firstLine chan<- struct{}) {
	check("set stdin non-blocking", syscall.SetNonblock(0, true))
	lines := bufio.NewScanner(os.NewFile(0, "stdin"))
	count := 0
	for lines.Scan() {
		count++
		say("line %d: %s", count, lines.Text())
		if count == 1 {
			close(firstLine)
		}
	}
	check("read stdin", lines.Err())
	say("ok lines %d", count)
}

// Prints once in a while until there was a line.
func tick(firstLine <-chan struct{}) {
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	for count := 1; ; count++ {
		select {
		case <-ticker.C:
			if count == 10 {
				say("ticking")
			}
		case <-firstLine:
			say("ok ticks before the first line: %t", count >= 10)
			return
		}
	}
}

// Writes, reads, replaces, renames and removes files of its own, and sleeps between them.
func work(directory string, number int) error {
	name := filepath.Join(directory, fmt.Sprintf("worker-%d", number))
	for round := 0; round < rounds; round++ {
		content := bytes.Repeat([]byte{byte('a' + (number+round)%26)}, 100*(number+1))
		if err := os.WriteFile(name+".new", content, 0o666); err != nil {
			return err
		}
		time.Sleep(time.Duration(number%7) * 100 * time.Microsecond)
		if err := os.Rename(name+".new", name); err != nil {
			return err
		}
		back, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if !bytes.Equal(back, content) {
			return fmt.Errorf("round %d: %d other bytes", round, len(back))
		}
		if _, err := os.Stat(name + ".new"); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("round %d: the old name is %v", round, err)
		}
	}
	return os.Remove(name)
}

// Reads one open file from many goroutines: each has its own position in it.
func readAt(directory string) error {
	name := filepath.Join(directory, "shared")
	content := make([]byte, 64<<10)
	for index := range content {
		content[index] = byte(index * 7 / 3)
	}
	if err := os.WriteFile(name, content, 0o666); err != nil {
		return err
	}
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	var group sync.WaitGroup
	for index := 0; index < workers; index++ {
		group.Add(1)
		go func() {
			defer group.Done()
			section := io.NewSectionReader(file, int64(index*1000), 1000)
			back, err := io.ReadAll(section)
			check("read a section", err)
			if !bytes.Equal(back, content[index*1000:(index+1)*1000]) {
				check("read a section", errors.New("other bytes"))
			}
		}()
	}
	group.Wait()
	return errors.Join(file.Close(), os.Remove(name))
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: goroutines DIRECTORY")
		os.Exit(255)
	}
	directory := filepath.Join(os.Args[1], "work")
	check("mkdir", os.MkdirAll(directory, 0o777))

	var group sync.WaitGroup
	run := func(what string, task func() error) {
		group.Add(1)
		go func() {
			defer group.Done()
			check(what, task())
		}()
	}
	firstLine := make(chan struct{})
	run("echo", func() error { echoInput(firstLine); return nil })
	run("tick", func() error { tick(firstLine); return nil })
	run("read at", func() error { return readAt(directory) })
	for number := 0; number < workers; number++ {
		run(fmt.Sprintf("worker %d", number), func() error { return work(directory, number) })
	}
	// 1,000 timers that end in an order of their own.
	for number := 0; number < 1000; number++ {
		run("sleep", func() error {
			start, duration := time.Now(), time.Duration(number*13%20)*time.Millisecond
			time.Sleep(duration)
			if time.Since(start) < duration {
				return fmt.Errorf("%v instead of %v", time.Since(start), duration)
			}
			return nil
		})
	}
	group.Wait()

	entries, err := os.ReadDir(directory)
	check("list", err)
	if len(entries) != 0 {
		check("list", fmt.Errorf("%d files are left", len(entries)))
	}
	check("rmdir", os.Remove(directory))
	say("ok workers %d", workers)
	if failures > 0 {
		os.Exit(1)
	}
}
