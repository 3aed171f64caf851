// Takes the deliveries of a webhook: answers 204 if the body is signed with the key that both sides know (HMAC-SHA256 in
// hexadecimal, in the field X-Signature-256, as GitHub and others do), and 401 otherwise.
//
//	webhook NAME
//
// NAME is a secret below /beta/secrets. It is read for each delivery, so that one which was replaced counts at once.
// What cannot be done is a line on stderr and exit code 1.
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
)

func isSigned(name string) (bool, error) {
	key, err := os.ReadFile("/beta/secrets/" + name)
	if err != nil {
		return false, err
	}
	// Files of secrets often end with a line end, which is no part of the key.
	key = bytes.TrimRight(key, "\r\n")
	field, err := os.ReadFile("/request/headers/x-signature-256")
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	given, err := hex.DecodeString(strings.TrimPrefix(string(field), "sha256="))
	if err != nil {
		return false, nil
	}
	body, err := os.Open("/request/body")
	if err != nil {
		return false, err
	}
	defer body.Close()
	sum := hmac.New(sha256.New, key)
	if _, err := io.Copy(sum, body); err != nil {
		return false, err
	}
	return hmac.Equal(given, sum.Sum(nil)), nil
}

func main() {
	if len(os.Args) != 2 {
		os.Stderr.WriteString("usage: webhook NAME\n")
		os.Exit(255)
	}
	signed, err := isSigned(os.Args[1])
	if err == nil {
		status := "401"
		if signed {
			status = "204"
		}
		err = os.WriteFile("/response/status", []byte(status), 0o666)
	}
	if err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
}
