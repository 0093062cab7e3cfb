// SPDX-License-Identifier: Apache-2.0

#include "runner/modules/relay.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/file.h"
#include "base/thread_signals.h"

namespace gobox::runner {
namespace {

using Kind = ProxyAnswer::Kind;

constexpr std::size_t kMaxConnections = 24;  // the go command opens at most a dozen
constexpr std::size_t kMaxHead = std::size_t{16} << 10;
constexpr int kIdleMilliseconds = 120'000;
constexpr std::size_t kChunk = std::size_t{256} << 10;
constexpr std::uint64_t kMaxSent = std::uint64_t{4} << 30;  // over one fetch stage
constexpr std::size_t kMaxReported = 20'000;                // likewise

std::string status_line(int status) {
  switch (status) {
    case 200:
      return "200 OK";
    case 400:
      return "400 Bad Request";
    case 403:
      return "403 Forbidden";
    case 404:
      return "404 Not Found";
    case 405:
      return "405 Method Not Allowed";
    case 413:
      return "413 Content Too Large";
    case 502:
      return "502 Bad Gateway";
    default:
      return std::to_string(status) + " Refused";
  }
}

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

// One request's head, up to its empty line; "" where there will be none.
std::string read_head(int socket, std::string& buffer) {
  for (;;) {
    if (const std::size_t end = buffer.find("\r\n\r\n"); end != std::string::npos) {
      std::string head = buffer.substr(0, end);
      buffer.erase(0, end + 4);
      return head;
    }
    if (buffer.size() > kMaxHead) return "";
    pollfd readable{socket, POLLIN, 0};
    if (::poll(&readable, 1, kIdleMilliseconds) <= 0) return "";
    char chunk[4096];
    const ssize_t size = ::recv(socket, chunk, sizeof chunk, 0);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return "";
    buffer.append(chunk, static_cast<std::size_t>(size));
  }
}

void note(std::optional<std::string>& field, const std::string& text) {
  if (!field) field = text;
}

}  // namespace

bool ModuleRules::permits(const std::string& module_path) const {
  if (matches_any(deny, module_path)) return false;
  return allow.empty() || matches_any(allow, module_path);
}

Relay::Relay(UniqueFd listener, Sources sources)
    : listener_(std::move(listener)),
      wake_(::eventfd(0, EFD_CLOEXEC)),
      sources_(std::move(sources)),
      acceptor_([this] { accept_all(); }) {}

Relay::~Relay() {
  stop();
}

RelayReport Relay::finish() {
  stop();
  return std::move(report_);
}

void Relay::stop() {
  if (!acceptor_.joinable()) return;
  stopping_ = true;
  sources_.downloads.wake();
  ::eventfd_write(wake_.get(), 1);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const UniqueFd& socket : sockets_) ::shutdown(socket.get(), SHUT_RDWR);
  }
  for (std::thread& connection : connections_) connection.join();
  connections_.clear();
  listener_.reset();
}

void Relay::accept_all() {
  block_signals_in_this_thread();
  for (;;) {
    pollfd events[2] = {{listener_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}};
    // Without a descriptor to be woken by, it looks for itself.
    if (::poll(events, 2, wake_.get() < 0 ? 100 : -1) < 0 && errno != EINTR) return;
    if (stopping_.load()) return;
    if ((events[0].revents & (POLLERR | POLLNVAL)) != 0) return;
    if ((events[0].revents & POLLIN) == 0) continue;
    UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket) continue;
    timeval patience{.tv_sec = 30, .tv_usec = 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const std::lock_guard lock(mutex_);
    // More than that in all its life, one stage has no use for.
    if (connections_.size() >= kMaxConnections * 4 || sockets_.size() >= kMaxConnections) continue;
    const int raw = socket.get();
    sockets_.push_back(std::move(socket));
    connections_.emplace_back([this, raw] { serve(raw); });
  }
}

void Relay::serve(int socket) {
  block_signals_in_this_thread();
  std::string buffer;
  while (!stopping_.load()) {
    const std::string head = read_head(socket, buffer);
    if (head.empty()) break;
    const std::size_t space = head.find(' ');
    const std::size_t end = head.find(' ', space + 1);
    Reply reply;
    if (space == std::string::npos || end == std::string::npos) {
      reply = {.status = 400, .text = "this is no request"};
    } else if (head.substr(0, space) != "GET") {
      reply = {.status = 405, .text = "only GET"};
    } else {
      reply = reply_to(std::string_view(head).substr(space + 1, end - space - 1));
    }
    if (stopping_.load() || !send(socket, reply)) break;
  }
  // Only closed here, under the lock: its number must not be another's when stop() uses it.
  const std::lock_guard lock(mutex_);
  std::erase_if(sockets_, [&](const UniqueFd& each) { return each.get() == socket; });
}

Relay::Reply Relay::reply_to(std::string_view target) {
  const auto request = parse_proxy_request(target);
  if (!request) return {.status = 404, .text = "not a question of the module proxy protocol"};
  if (!request->module.path.empty() && !sources_.rules.permits(request->module.path)) {
    const std::string text = "the module " + request->module.path + " is not allowed here";
    const std::lock_guard lock(mutex_);
    note(report_.denied, text);
    return {.status = 403, .text = text};
  }
  auto reply = from_store(*request);
  if (!reply) reply = from_proxies(*request);
  if (reply->status == 200) remember(*request);
  return std::move(*reply);
}

void Relay::remember(const ProxyRequest& request) {
  const std::lock_guard lock(mutex_);
  if (report_.mods.size() + report_.zips.size() >= kMaxReported) return;
  if (request.kind == ProxyRequest::Kind::kMod) report_.mods.insert(request.module);
  if (request.kind == ProxyRequest::Kind::kZip) report_.zips.insert(request.module);
}

std::optional<Relay::Reply> Relay::from_store(const ProxyRequest& request) {
  auto file = sources_.store.find(request);
  if (!file) return std::nullopt;

  struct stat status {};

  if (::fstat(file->get(), &status) != 0) return std::nullopt;
  Reply reply;
  reply.file = file->get();
  reply.bytes = static_cast<std::uint64_t>(status.st_size);
  reply.owned = std::move(*file);
  return reply;
}

Relay::Reply Relay::from_proxies(const ProxyRequest& request) {
  const Downloads::Answer answer = sources_.downloads.ask(request, stopping_);
  if (!answer) return {.status = 502, .text = "the fetch was broken off"};
  const std::lock_guard lock(mutex_);
  const bool is_offer = request.path.ends_with("/supported");
  switch (answer->kind) {
    case Kind::kFound:
      break;
    case Kind::kNotFound:
      report_.sum_database_missing = report_.sum_database_missing || is_offer;
      return {.status = 404, .text = answer->text};
    case Kind::kDenied:
      note(report_.denied, answer->text);
      return {.status = 403, .text = answer->text};
    case Kind::kRefused:
      // Of a path that may be a module's the proxy may say anything; the go command looks on.
      if (answer->status < 400) note(report_.refused, answer->text);
      return {.status = answer->status >= 400 ? answer->status : 502, .text = answer->text};
    case Kind::kUnreachable:
      note(report_.unreachable, answer->text);
      return {.status = 502, .text = answer->text};
    case Kind::kFailed:
      note(report_.failed, answer->text);
      return {.status = 502, .text = answer->text};
  }
  if (request.is_fixed() && report_.files.size() < kMaxReported) {
    report_.files.try_emplace(request.path, request, answer);
  }
  Reply reply;
  reply.held = answer;
  reply.text = answer->text;
  reply.file = answer->file.get();
  reply.bytes = answer->bytes;
  return reply;
}

bool Relay::send(int socket, const Reply& reply) {
  const std::uint64_t size = reply.file >= 0 ? reply.bytes : reply.text.size();
  if ((sent_ += size) > kMaxSent) {
    const std::lock_guard lock(mutex_);
    note(report_.refused, "the modules are larger than one fetch may be, 4 GiB");
    return false;
  }
  const std::string head =
      "HTTP/1.1 " + status_line(reply.status) +
      "\r\nContent-Type: application/octet-stream\r\nContent-Length: " + std::to_string(size) +
      "\r\n\r\n";
  if (!send_all(socket, head)) return false;
  if (reply.file < 0) return send_all(socket, reply.text);
  std::string chunk(kChunk, '\0');
  for (std::uint64_t at = 0; at < size;) {
    const ssize_t got = ::pread(reply.file, chunk.data(), chunk.size(), static_cast<off_t>(at));
    if (got <= 0 || stopping_.load()) return false;
    if (!send_all(socket, std::string_view(chunk).substr(0, static_cast<std::size_t>(got)))) {
      return false;
    }
    at += static_cast<std::uint64_t>(got);
  }
  return true;
}

}  // namespace gobox::runner
