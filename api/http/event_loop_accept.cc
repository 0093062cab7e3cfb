// SPDX-License-Identifier: Apache-2.0

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <exception>

#include "api/http/event_loop.h"

namespace gobox::api {
namespace {

constexpr int kAtOnce = 64;  // accepted before those who are in have their turn

// Sent as it is: there is neither a connection nor a thread to say it otherwise.
constexpr std::string_view kTurnedAway =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
    "Retry-After: 1\r\nConnection: close\r\nContent-Length: 118\r\n\r\n"
    "{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,"
    "\"detail\":\"too many connections at once\",\"pointer\":\"\"}";

void turn_away(const UniqueFd& socket) {
  ::send(socket.get(), kTurnedAway.data(), kTurnedAway.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  ::shutdown(socket.get(), SHUT_WR);
}

// Who counts as one: an IPv4 address, or the /64 an IPv6 host picks its own addresses from.
std::string group_of(const Endpoint& endpoint) {
  if (endpoint.address.ss_family != AF_INET6) return host_of(endpoint);
  Endpoint network = endpoint;
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&network.address);
  if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) return host_of(endpoint);
  std::memset(v6->sin6_addr.s6_addr + 8, 0, 8);
  return host_of(network);
}

}  // namespace

void EventLoop::accept_some() {
  for (int i = 0; i < kAtOnce; ++i) {
    Endpoint from;
    from.size = sizeof from.address;
    UniqueFd socket(::accept4(listening_.get(), reinterpret_cast<sockaddr*>(&from.address),
                              &from.size, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (socket) {
      try {
        admit(std::move(socket), from);
      } catch (const std::exception& failure) {
        report(std::string("a connection was not accepted: ") + failure.what());
      }
      continue;
    }
    if (errno == EAGAIN) return;
    const bool exhausted =
        errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS;
    if (!exhausted) continue;  // the peer's error: the next one may be well (accept(2))
    report(std::string("accept: ") + std::strerror(errno));
    return turn_away_without_descriptor();
  }
}

// The listening socket stays readable while nothing can be accepted, so it is left alone until the
// next sweep: waiting for it would spin.
void EventLoop::turn_away_without_descriptor() {
  for (int i = 0; i < kAtOnce && spare_; ++i) {
    spare_.reset();
    UniqueFd socket(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    const bool turned_away = static_cast<bool>(socket);
    if (turned_away) turn_away(socket);
    socket.reset();  // before the spare is taken back: there is one number for both
    spare_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!turned_away) break;
  }
  watch_listening(false);
}

void EventLoop::watch_listening(bool on) {
  if (on && !spare_) spare_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  epoll_event event{};
  event.events = on ? EPOLLIN : 0U;
  event.data.u64 = 0;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, listening_.get(), &event) == 0) accepting_ = on;
}

void EventLoop::admit(UniqueFd socket, const Endpoint& from) {
  const std::string group = group_of(from);
  if (!make_room(group)) return turn_away(socket);
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const std::uint64_t id = ++last_id_;
  auto connection = std::make_unique<Connection>(std::move(socket), settings_.limits, group);
  ++of_address_[group];
  Member& member = members_[id];
  member.id = id;
  member.connection = std::move(connection);
  member.request.remote = host_of(from);
  // Most callers have sent their request by now.
  guarded(id, [this](Member& each) { return read(each); });
}

bool EventLoop::make_room(const std::string& remote) {
  const auto known = of_address_.find(remote);
  const std::size_t own = known == of_address_.end() ? 0 : known->second;
  if (own >= settings_.connections_of_one) return give_up_longest_waiting(&remote);
  if (members_.size() >= settings_.connections) return give_up_longest_waiting(nullptr);
  return true;
}

// Of those who have not finished asking for anything; of one address, or of all.
bool EventLoop::give_up_longest_waiting(const std::string* remote) {
  std::uint64_t chosen = 0;
  Clock::time_point since = Clock::time_point::max();
  for (const auto& [id, member] : members_) {
    const Connection& connection = *member.connection;
    const bool waits =
        connection.phase() == Phase::kHead || connection.phase() == Phase::kLingering;
    if (!waits || connection.since() >= since) continue;
    if (remote != nullptr && connection.remote() != *remote) continue;
    since = connection.since();
    chosen = id;
  }
  if (chosen == 0) return false;
  drop(chosen);
  return true;
}

}  // namespace gobox::api
