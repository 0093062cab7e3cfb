// SPDX-License-Identifier: Apache-2.0

#include "tests/e2e/api_server.h"

#include <arpa/inet.h>
#include <httplib.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>

#include "base/file.h"
#include "tests/support/host_state.h"

namespace gobox::tests {
namespace {

namespace json = boost::json;

constexpr auto kStartPatience = std::chrono::minutes(5);  // a cold cache is prepared first
constexpr int kCallSeconds = 300;

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// "" where there is no such file yet.
std::string text_in(const std::string& path) {
  auto text = read_file(path);
  return text ? std::move(*text) : std::string();
}

httplib::Client client_of(int port) {
  httplib::Client client("127.0.0.1", port);
  client.set_read_timeout(kCallSeconds);
  client.set_write_timeout(kCallSeconds);
  client.set_connection_timeout(30);
  return client;
}

ApiAnswer answer_of(const httplib::Result& result) {
  ApiAnswer answer;
  if (!result) return answer;
  answer.status = result->status;
  answer.body = result->body;
  for (const auto& [name, value] : result->headers) answer.headers[lower(name)] = value;
  return answer;
}

// Takes complete frames off the front of `text`.
std::vector<ServerEvent> take_frames(std::string& text) {
  std::vector<ServerEvent> events;
  for (std::size_t end = 0; (end = text.find("\n\n")) != std::string::npos;) {
    ServerEvent event;
    std::istringstream frame(text.substr(0, end));
    text.erase(0, end + 2);
    for (std::string line; std::getline(frame, line);) {
      if (line.starts_with("id: ")) event.id = line.substr(4);
      if (line.starts_with("event: ")) event.kind = line.substr(7);
      if (line.starts_with("data: ")) event.data = line.substr(6);
    }
    if (!event.kind.empty()) events.push_back(std::move(event));
  }
  return events;
}

}  // namespace

std::string ApiAnswer::header(const std::string& name) const {
  const auto found = headers.find(lower(name));
  return found == headers.end() ? "" : found->second;
}

json::object ApiAnswer::json() const {
  json::error_code failure;
  json::value value = json::parse(body, failure);
  if (!failure && value.is_object()) return value.as_object();
  ADD_FAILURE() << "status " << status << ", no JSON object: " << body.substr(0, 500);
  return {};
}

ApiServer::ApiServer(const std::vector<std::string>& flags) : RemoteServer(0), flags_(flags) {
  start();
}

ApiServer::~ApiServer() {
  if (process_ && ::testing::Test::HasFailure()) std::fputs(log().c_str(), stderr);
}

void ApiServer::start() {
  // What it writes goes to files: a pipe that nobody empties would stop it.
  std::vector<std::string> words{"/bin/sh",
                                 "-c",
                                 "exec \"$0\" \"$@\" >\"$GOBOX_TEST_OUT\" 2>>\"$GOBOX_TEST_LOG\"",
                                 GOBOX_SANDBOX_API,
                                 "--address",
                                 "127.0.0.1:0",
                                 "--data-dir",
                                 scratch_ / "data"};
  words.insert(words.end(), flags_.begin(), flags_.end());
  CommandOptions options;
  options.environment = {"GOBOX_TEST_OUT=" + scratch_ / "out", "GOBOX_TEST_LOG=" + scratch_ / "log",
                         "SANDBOX_API_QUIET=true"};
  std::filesystem::remove(scratch_ / "out");
  process_.emplace(ChildProcess::start(words, options));
  const bool listening = eventually(
      [&] {
        const std::string line = text_in(scratch_ / "out");
        if (line.find('\n') == std::string::npos) return false;
        port_ = std::atoi(line.c_str() + line.rfind(':') + 1);
        return true;
      },
      std::chrono::seconds(60));
  ASSERT_TRUE(listening) << log();
  EXPECT_TRUE(eventually([&] { return get("/readyz").status == 200; }, kStartPatience)) << log();
}

CommandResult ApiServer::wait() {
  CommandResult result = process_->wait();
  process_.reset();
  return result;
}

void ApiServer::kill_and_restart() {
  signal(SIGKILL);
  wait();
  start();
}

ApiAnswer RemoteServer::get(const std::string& path, const Headers& headers) const {
  auto client = client_of(port_);
  return answer_of(client.Get(path, httplib::Headers(headers.begin(), headers.end())));
}

ApiAnswer RemoteServer::post(const std::string& path, const std::string& body,
                             const std::string& type, const Headers& headers) const {
  auto client = client_of(port_);
  return answer_of(client.Post(path, httplib::Headers(headers.begin(), headers.end()), body, type));
}

ApiAnswer RemoteServer::post(const std::string& path, const json::object& body,
                             const Headers& headers) const {
  return post(path, json::serialize(body), "application/json", headers);
}

ApiAnswer RemoteServer::remove(const std::string& path, const Headers& headers) const {
  auto client = client_of(port_);
  return answer_of(client.Delete(path, httplib::Headers(headers.begin(), headers.end())));
}

ApiAnswer RemoteServer::call(const std::string& method, const std::string& path,
                             const std::string& body, const Headers& headers) const {
  auto client = client_of(port_);
  httplib::Request request;
  request.method = method;
  request.path = path;
  request.body = body;
  request.headers = httplib::Headers(headers.begin(), headers.end());
  return answer_of(client.send(request));
}

json::object ApiServer::run(const json::object& body) const {
  const ApiAnswer answer = post("/v1/runs", body);
  EXPECT_EQ(answer.status, 200) << answer.body;
  return answer.json();
}

std::string ApiServer::submit(const json::object& body, const Headers& headers) const {
  const ApiAnswer answer = post("/v1/runs?wait=false", body, headers);
  EXPECT_EQ(answer.status, 202) << answer.body;
  const json::object state = answer.json();
  const json::value* id = state.if_contains("id");
  if (id == nullptr || !id->is_string()) return "";
  EXPECT_EQ(answer.header("Location"), "/v1/runs/" + std::string(id->get_string()));
  return std::string(id->get_string());
}

json::object ApiServer::result_of(const std::string& id, const Headers& headers) const {
  json::object result;
  const bool ended = eventually(
      [&] {
        const ApiAnswer answer = get("/v1/runs/" + id, headers);
        EXPECT_EQ(answer.status, 200) << answer.body;
        if (answer.status != 200) return true;
        result = answer.json();
        return result.contains("outcome");
      },
      std::chrono::minutes(2));
  EXPECT_TRUE(ended) << "run " << id << " does not end";
  return result;
}

UniqueFd ApiServer::connect() const {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port_));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  return socket;
}

std::optional<double> ApiServer::metric(const std::string& series) const {
  std::istringstream text(get("/metrics").body);
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with(series + " ")) return std::strtod(line.c_str() + series.size(), nullptr);
  }
  return std::nullopt;
}

std::string ApiServer::log() const {
  return text_in(scratch_ / "log");
}

std::uint64_t ApiServer::resident_bytes() const {
  const auto text = read_file("/proc/" + std::to_string(pid()) + "/status");
  const std::size_t at = text ? text->find("VmRSS:") : std::string::npos;
  if (at == std::string::npos) return 0;
  return std::strtoull(text->c_str() + at + 6, nullptr, 10) << 10;
}

bool send_all(int socket, const std::string& text) {
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t count = ::send(socket, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return false;
    sent += static_cast<std::size_t>(count);
  }
  return true;
}

std::string receive_all(int socket, std::chrono::milliseconds patience) {
  std::string text;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd entry{socket, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&entry, 1, static_cast<int>(left.count())) <= 0) return text;
    char buffer[16384];
    const ssize_t count = ::recv(socket, buffer, sizeof buffer, 0);
    if (count <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

json::object program(const std::string& statements, const std::vector<std::string>& imports) {
  std::string source = "package main\n";
  for (const std::string& each : imports) source += "import \"" + each + "\"\n";
  return {{"source", source + "func main() {\n" + statements + "\n}\n"}};
}

std::vector<ServerEvent> events_of(const ApiServer& server, const std::string& id,
                                   const Headers& headers,
                                   const std::function<bool(const ServerEvent&)>& enough) {
  auto client = client_of(server.port());
  std::vector<ServerEvent> events;
  std::string text;
  bool stopped = false;
  const auto result =
      client.Get("/v1/runs/" + id + "/events", httplib::Headers(headers.begin(), headers.end()),
                 [&](const char* data, std::size_t size) {
                   text.append(data, size);
                   for (ServerEvent& event : take_frames(text)) {
                     if (stopped) break;
                     events.push_back(std::move(event));
                     stopped = enough && enough(events.back());
                   }
                   return !stopped;
                 });
  EXPECT_TRUE(stopped || (result && result->status == 200)) << "no stream of events of " << id;
  return events;
}

std::size_t scale_of(const char* name, std::size_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

}  // namespace gobox::tests
