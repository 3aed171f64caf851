// An ordinary net/http server, on the listener that it was given, or on an address: run once for a request, or kept for many. Nothing in it knows WebAssembly.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

var served atomic.Int64

// LISTEN_FDS says that there is a listener at descriptor 3 (sd_listen_fds(3)); the benchmarks run the same program natively, without one.
func listen() (net.Listener, error) {
	if os.Getenv("LISTEN_FDS") == "1" {
		return net.FileListener(os.NewFile(3, "listener"))
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err == nil {
		fmt.Println(listener.Addr())
	}
	return listener, err
}

func main() {
	listener, err := listen()
	if err != nil {
		log.Fatal(err)
	}

	http.HandleFunc("/", func(response http.ResponseWriter, request *http.Request) {
		response.Header().Set("Content-Type", "text/plain")
		fmt.Fprintf(response, "%s %s %s", request.Method, request.Host, request.URL)
	})
	http.HandleFunc("/count", func(response http.ResponseWriter, request *http.Request) {
		fmt.Fprint(response, served.Add(1))
	})
	http.HandleFunc("/echo", func(response http.ResponseWriter, request *http.Request) {
		// Without this, net/http throws away the rest of the body when the response begins.
		http.NewResponseController(response).EnableFullDuplex()
		io.Copy(response, request.Body)
	})
	// Sends a line, waits for the request's body to end, and sends another: both directions are streams, and others are served meanwhile.
	http.HandleFunc("/duplex", func(response http.ResponseWriter, request *http.Request) {
		http.NewResponseController(response).EnableFullDuplex()
		fmt.Fprintln(response, "first")
		response.(http.Flusher).Flush()
		length, err := io.Copy(io.Discard, request.Body)
		fmt.Fprintln(response, length, err)
	})
	// Until the client goes.
	http.HandleFunc("/wait", func(response http.ResponseWriter, request *http.Request) {
		response.(http.Flusher).Flush()
		<-request.Context().Done()
		log.Print("the client has gone")
	})
	http.HandleFunc("/sleep", func(response http.ResponseWriter, request *http.Request) {
		pause, _ := time.ParseDuration(request.URL.Query().Get("for"))
		time.Sleep(pause)
		fmt.Fprint(response, "slept")
	})
	http.HandleFunc("/panic", func(response http.ResponseWriter, request *http.Request) { panic("as asked") })
	http.HandleFunc("/crash", func(response http.ResponseWriter, request *http.Request) {
		response.Header().Set("Content-Length", "100")
		fmt.Fprint(response, "not all")
		response.(http.Flusher).Flush()
		os.Exit(2)
	})
	log.Fatal(http.Serve(listener, nil))
}
