// SPDX-License-Identifier: Apache-2.0

// Command gin-backend is the back end of an online playground: it takes programs from browsers and has sandbox-api
// run them. What anybody may ask for is bounded here, per user; what a program may do is bounded there.
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"

	gobox "gobox/client"
)

func main() {
	address := flag.String("address", "127.0.0.1:8090", "where to listen")
	sandbox := flag.String("sandbox", "http://127.0.0.1:8080", "the address of sandbox-api; its token is in SANDBOX_TOKEN")
	proxies := flag.String("trusted-proxies", "", "addresses, with commas, whose X-Forwarded-For tells users apart")
	flag.Parse()

	client, err := gobox.New(*sandbox, gobox.WithToken(os.Getenv("SANDBOX_TOKEN")), gobox.WithRetries(2, 2*time.Second))
	if err != nil {
		log.Fatal(err)
	}
	var trusted []string
	if *proxies != "" {
		trusted = strings.Split(*proxies, ",")
	}
	gin.SetMode(gin.ReleaseMode)
	router, err := newRouter(newBackend(client, defaultLimits), trusted)
	if err != nil {
		log.Fatal(err)
	}
	if err := serve(*address, router); err != nil {
		log.Fatal(err)
	}
}

// serve ends with the first signal, and lets what is being answered come to its end.
func serve(address string, router http.Handler) error {
	server := &http.Server{Addr: address, Handler: router, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- server.ListenAndServe() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := server.Shutdown(drain); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return server.Close()
}
