// Run: --run-timeout 1s
// Outcome: timeout
// Cause: waits_for_network
package main

import "net/http"

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("hello")) })
	http.ListenAndServe("127.0.0.1:8080", nil)
}
