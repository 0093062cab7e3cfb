// SPDX-License-Identifier: Apache-2.0

#pragma once

// ApiServer: a sandbox-api of the test's own, on a free port of the loopback, and the calls the
// tests make to it. Ended by the destructor (SIGKILL where nothing ended it before). Its log is a
// file, so that it never waits for a reader; log() reads it.
//
// The calls may be made from several threads at once; each has a connection of its own. Starting
// and ending belong to one thread. A call that gets no answer has status 0.

#include <boost/json/object.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "tests/support/command.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::tests {

using Headers = std::multimap<std::string, std::string>;

struct ApiAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  std::string header(const std::string& name) const;
  // The body; empty, and a failure of the test, where it is no JSON object.
  boost::json::object json() const;
};

// The calls, to a server somewhere on the loopback.
class RemoteServer {
 public:
  explicit RemoteServer(int port) : port_(port) {}

  ApiAnswer get(const std::string& path, const Headers& headers = {}) const;
  ApiAnswer post(const std::string& path, const std::string& body,
                 const std::string& type = "application/json", const Headers& headers = {}) const;
  ApiAnswer post(const std::string& path, const boost::json::object& body,
                 const Headers& headers = {}) const;
  ApiAnswer remove(const std::string& path, const Headers& headers = {}) const;
  ApiAnswer call(const std::string& method, const std::string& path, const std::string& body,
                 const Headers& headers) const;

  int port() const { return port_; }

 protected:
  int port_;
};

class ApiServer : public RemoteServer {
 public:
  // `flags` come behind --address and --data-dir. It is quiet unless they say --quiet=false. Waits
  // until it is ready.
  explicit ApiServer(const std::vector<std::string>& flags = {});
  ApiServer(const ApiServer&) = delete;
  ApiServer& operator=(const ApiServer&) = delete;
  ~ApiServer();

  // POST /v1/runs; the result. Anything but 200 fails the test.
  boost::json::object run(const boost::json::object& body) const;
  // POST /v1/runs?wait=false; the run's id. Anything but 202 fails the test.
  std::string submit(const boost::json::object& body, const Headers& headers = {}) const;
  // Asks until the run `id` has ended; its result.
  boost::json::object result_of(const std::string& id, const Headers& headers = {}) const;

  // A connection without HTTP on it.
  UniqueFd connect() const;

  // The value of a series of /metrics, "name{labels}" as it stands there; nullopt: not there.
  std::optional<double> metric(const std::string& series) const;

  pid_t pid() const { return process_->pid(); }

  std::string data_directory() const { return scratch_ / "data"; }

  std::string log() const;
  std::uint64_t resident_bytes() const;

  void signal(int number) const { process_->signal(number); }

  // Waits for its end.
  CommandResult wait();
  // SIGKILL, reap, and start again on the same data.
  void kill_and_restart();
  // After wait(): starts again on the same data.
  void start();

 private:
  ScratchDirectory scratch_;
  std::vector<std::string> flags_;
  std::optional<ChildProcess> process_;
};

// Sends all of `text`; false where the peer takes no more.
bool send_all(int socket, const std::string& text);
// Reads until the peer closes or `patience` has passed.
std::string receive_all(int socket, std::chrono::milliseconds patience = std::chrono::seconds(30));

// {"source": "package main ..."} of a program whose main is `statements`.
boost::json::object program(const std::string& statements,
                            const std::vector<std::string>& imports = {});

// What a GET of a stream of events sent, until its end or until `enough` says so.
struct ServerEvent {
  std::string id;
  std::string kind;
  std::string data;
};

std::vector<ServerEvent> events_of(const ApiServer& server, const std::string& id,
                                   const Headers& headers = {},
                                   const std::function<bool(const ServerEvent&)>& enough = {});

// The number in the environment variable `name`, or `otherwise`.
std::size_t scale_of(const char* name, std::size_t otherwise);

}  // namespace gobox::tests
