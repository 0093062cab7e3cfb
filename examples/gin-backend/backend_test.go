// SPDX-License-Identifier: Apache-2.0

package main

// The tests that run programs want a real sandbox-api: GOBOX_SERVER is its address. tests/clients starts one.

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	gobox "gobox/client"
)

const forever = "package main\n\nimport \"time\"\n\nfunc main() { println(1); time.Sleep(time.Hour) }\n"

// generous lets a test ask as fast as it can.
var generous = limits{atOnce: 4, burst: 1000, every: time.Millisecond, users: 100, wait: time.Minute}

func backEnd(t *testing.T, sandbox string, limits limits) string {
	t.Helper()
	if sandbox == "" {
		t.Skip("GOBOX_SERVER is not set")
	}
	gin.SetMode(gin.TestMode)
	client, err := gobox.New(sandbox, gobox.WithRetries(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	router, err := newRouter(newBackend(client, limits), []string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(router)
	t.Cleanup(server.Close)
	return server.URL
}

// ask makes a call as the user of an address.
func ask(t *testing.T, method, url, user string, body any) (*http.Response, map[string]any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(method, url, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Forwarded-For", user)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	read, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]any{}
	_ = json.Unmarshal(read, &said) // what is no JSON has no fields
	return answer, said
}

func source(text string) map[string]string { return map[string]string{"source": text} }

func TestProgramsAreRun(t *testing.T) {
	url := backEnd(t, os.Getenv("GOBOX_SERVER"), generous)
	for outcome, text := range map[string]string{
		"ok":            "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Print(\"hello\") }\n",
		"compile_error": "package main\n\nfunc main() { x }\n",
		"oom":           "package main\n\nfunc main() {\n\tfor b := []byte{}; ; b = append(b, make([]byte, 1<<20)...) {\n\t}\n}\n",
	} {
		answer, said := ask(t, "POST", url+"/api/run", "192.0.2.1", source(text))
		if answer.StatusCode != 200 || said["outcome"] != outcome {
			t.Errorf("%s: %d %v", outcome, answer.StatusCode, said)
		}
		if outcome == "ok" && said["stdout"] != "hello" {
			t.Error(said)
		}
	}
}

func TestInputReachesTheProgram(t *testing.T) {
	url := backEnd(t, os.Getenv("GOBOX_SERVER"), generous)
	text := "package main\n\nimport (\n\t\"io\"\n\t\"os\"\n)\n\nfunc main() { io.Copy(os.Stdout, os.Stdin) }\n"
	_, said := ask(t, "POST", url+"/api/run", "192.0.2.1", map[string]string{"source": text, "stdin": "in"})
	if said["stdout"] != "in" {
		t.Error(said)
	}
}

func TestRequestsThatMakeNoSense(t *testing.T) {
	url := backEnd(t, "http://127.0.0.1:1", generous)
	for body, status := range map[any]int{
		"text": 422, 7: 422, strings.Repeat("x", mostBody): 413,
	} {
		if answer, said := ask(t, "POST", url+"/api/run", "192.0.2.1", body); answer.StatusCode != status {
			t.Errorf("%d %v", answer.StatusCode, said)
		}
	}
	for name, text := range map[string]string{"empty": "", "too long": strings.Repeat("x", 65537)} {
		if answer, said := ask(t, "POST", url+"/api/run", "192.0.2.1", source(text)); answer.StatusCode != 422 {
			t.Errorf("%s: %d %v", name, answer.StatusCode, said)
		}
	}
}

func TestASandboxThatIsNotThereIsTheServersFault(t *testing.T) {
	url := backEnd(t, "http://127.0.0.1:1", generous)
	answer, said := ask(t, "POST", url+"/api/run", "192.0.2.1", source("package main"))
	if answer.StatusCode != http.StatusBadGateway || strings.Contains(said["error"].(string), "127.0.0.1") {
		t.Error(answer.StatusCode, said)
	}
}

// stream reads events until one of a kind has come.
func stream(t *testing.T, url, user, until string) string {
	t.Helper()
	request, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Forwarded-For", user)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatal(answer.Status)
	}
	seen, kind := "", ""
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		line := lines.Text()
		seen += line + "\n"
		if strings.HasPrefix(line, "event: ") {
			kind = line[len("event: "):]
		}
		if strings.HasPrefix(line, "data: ") && kind == until {
			return seen
		}
	}
	t.Fatalf("no %s in %s", until, seen)
	return ""
}

func TestARunIsItsUsersAlone(t *testing.T) {
	url := backEnd(t, os.Getenv("GOBOX_SERVER"), generous)
	answer, said := ask(t, "POST", url+"/api/runs", "192.0.2.1", source(forever))
	if answer.StatusCode != http.StatusAccepted {
		t.Fatal(answer.StatusCode, said)
	}
	run := url + "/api/runs/" + said["id"].(string)
	for _, method := range []string{"GET", "DELETE"} {
		path := map[string]string{"GET": run + "/events", "DELETE": run}[method]
		if answer, _ := ask(t, method, path, "192.0.2.2", nil); answer.StatusCode != http.StatusNotFound {
			t.Error("a stranger:", method, answer.Status)
		}
	}
	if seen := stream(t, run+"/events", "192.0.2.1", "stderr"); !strings.Contains(seen, `"text":"1`) {
		t.Error(seen)
	}
	if answer, _ := ask(t, "DELETE", run, "192.0.2.1", nil); answer.StatusCode != http.StatusAccepted {
		t.Error(answer.Status)
	}
	if seen := stream(t, run+"/events", "192.0.2.1", "result"); !strings.Contains(seen, `"outcome":"canceled"`) {
		t.Error(seen)
	}
}

func TestAUserIsBounded(t *testing.T) {
	bounds := generous
	bounds.atOnce = 1
	url := backEnd(t, os.Getenv("GOBOX_SERVER"), bounds)
	answer, said := ask(t, "POST", url+"/api/runs", "192.0.2.1", source(forever))
	if answer.StatusCode != http.StatusAccepted {
		t.Fatal(answer.StatusCode, said)
	}
	run := url + "/api/runs/" + said["id"].(string)
	answer, said = ask(t, "POST", url+"/api/run", "192.0.2.1", source("package main\n\nfunc main() {}\n"))
	if answer.StatusCode != http.StatusTooManyRequests || answer.Header.Get("Retry-After") == "" {
		t.Error(answer.StatusCode, said)
	}
	if answer, said := ask(t, "POST", url+"/api/run", "192.0.2.2", source("package main\n\nfunc main() {}\n")); said["outcome"] != "ok" {
		t.Error("somebody else:", answer.StatusCode, said)
	}
	if answer, _ := ask(t, "DELETE", run, "192.0.2.1", nil); answer.StatusCode != http.StatusAccepted {
		t.Fatal(answer.Status)
	}
	for until := time.Now().Add(time.Minute); ; { // the place is given back
		answer, said = ask(t, "POST", url+"/api/run", "192.0.2.1", source("package main\n\nfunc main() {}\n"))
		if answer.StatusCode == http.StatusOK {
			return
		}
		if time.Now().After(until) {
			t.Fatal(answer.StatusCode, said)
		}
	}
}

func TestARunThatWaitsTooLongIsEnded(t *testing.T) {
	bounds := generous
	bounds.wait = 300 * time.Millisecond
	url := backEnd(t, os.Getenv("GOBOX_SERVER"), bounds)
	answer, said := ask(t, "POST", url+"/api/run", "192.0.2.1", source(forever))
	if answer.StatusCode != http.StatusServiceUnavailable {
		t.Error(answer.StatusCode, said)
	}
}
