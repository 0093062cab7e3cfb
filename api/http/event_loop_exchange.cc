// SPDX-License-Identifier: Apache-2.0

#include <exception>

#include "api/http/event_loop.h"
#include "api/http/multipart.h"

namespace gobox::api {
namespace {

constexpr int kRounds = 16;  // of reading one connection before the others have their turn
constexpr std::uint32_t kForRequests = EPOLLIN | EPOLLRDHUP;
constexpr std::uint32_t kGone = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
constexpr std::uint64_t kNewsOf = std::uint64_t{1} << 63;

Request request_of(RequestHead& head, int socket, std::string remote) {
  Request request;
  request.method = head.method == "HEAD" ? "GET" : head.method;
  request.path = std::move(head.path);
  request.query = std::move(head.query);
  request.headers = std::move(head.headers);
  request.socket = socket;
  request.remote = std::move(remote);
  return request;
}

bool closes(const Response& response) {
  for (const auto& [name, value] : response.headers) {
    if (name == "Connection" && value == "close") return true;
  }
  return false;
}

}  // namespace

bool EventLoop::handle(Member& member, std::uint32_t events) {
  Connection& connection = *member.connection;
  switch (connection.phase()) {
    case Phase::kHead:
    case Phase::kBody:
      return read(member);
    case Phase::kAnswering:
      // It hung up, which epoll would tell for ever; who works on the answer sees it too.
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, connection.socket(), nullptr);
      member.registered = false;
      return true;
    case Phase::kFollowing:
      if ((events & kGone) != 0) return false;
      [[fallthrough]];
    case Phase::kWriting:
      return write_on(member);
    case Phase::kLingering:
      return connection.receive() != Connection::Io::kGone;
  }
  return false;
}

bool EventLoop::read(Member& member) {
  Connection& connection = *member.connection;
  for (int round = 0;; ++round) {
    auto arrived = connection.arrived();
    if (const auto* refusal = std::get_if<Refusal>(&arrived)) {
      return refuse(member, refusal->status, refusal->detail);
    }
    if (std::holds_alternative<Connection::Whole>(arrived)) return hand_over(member);
    if (auto* head = std::get_if<RequestHead>(&arrived)) {
      if (!take_head(member, std::move(*head))) return false;
      const bool more = connection.phase() == Phase::kBody || connection.phase() == Phase::kHead;
      if (!more) return true;
      if (round < kRounds) continue;
      again_.push_back(member.id);
      return true;
    }
    if (round >= kRounds) return watch(member, kForRequests);
    switch (connection.receive()) {
      case Connection::Io::kSome:
        break;
      case Connection::Io::kBlocked:
        return watch(member, kForRequests);
      case Connection::Io::kGone:
        if (connection.phase() == Phase::kHead) return false;
        return refuse(member, 400, "the body is incomplete");
    }
  }
}

// Afterwards the connection waits for the body, or sends a refusal, or waits for a next request.
bool EventLoop::take_head(Member& member, RequestHead head) {
  member.shape = {head.method == "HEAD", head.keep_alive && !stopping_, head.old_version};
  member.request = request_of(head, member.connection->socket(), std::move(member.request.remote));
  if (auto refusal = application_.check(member.request)) {
    // Nobody reads the body; what follows on this connection is not a request.
    return send(member, *refusal, member.shape.keep_alive && !head.has_body());
  }
  if (head.has_body() && held_ > settings_.held_bytes) {
    return refuse(member, 503, "too many requests are on their way");
  }
  if (member.request.is_upload && !has_room_for_upload(member)) {
    return refuse(member, 503, "too many uploads are on their way");
  }
  const auto refused = member.connection->begin_body(head, member.request.is_upload);
  return !refused || refuse(member, refused->status, refused->detail);
}

// Each may take as much of the disk as the cap says.
bool EventLoop::has_room_for_upload(const Member& member) const {
  constexpr std::size_t kMaxUploads = 16;
  constexpr std::size_t kMaxUploadsOfOne = 4;
  std::size_t all = 0;
  std::size_t same = 0;
  for (const auto& [id, other] : members_) {
    if (other.connection->phase() != Phase::kBody || !other.request.is_upload) continue;
    ++all;
    if (other.connection->remote() == member.connection->remote()) ++same;
  }
  return all < kMaxUploads && same < kMaxUploadsOfOne;
}

bool EventLoop::hand_over(Member& member) {
  auto body = member.connection->take_body();
  if (!body) return refuse(member, 500, body.error().message);
  if (member.request.is_upload) {
    member.request.upload = std::move(*body);
  } else {
    member.request.body = std::string(body->bytes);
  }
  member.charged += member.request.body.capacity();
  held_ += member.request.body.capacity();
  member.connection->begin_answering();
  if (!watch(member, 0)) return false;
  const auto place = std::make_shared<std::list<Answer>>(1);
  place->front().id = member.id;
  const auto request = std::make_shared<Request>(std::move(member.request));
  member.request = Request();
  member.request.remote = request->remote;
  const auto taken = pool_.submit({member.id, [this, place, request, shape = member.shape] {
                                     Answer& answer = place->front();
                                     try {
                                       answer = answer_of(answer.id, answered(*request), shape);
                                     } catch (const std::exception&) {
                                       answer.bytes.clear();  // no memory even to say so
                                     }
                                     complete(std::move(*place));
                                   }});
  switch (taken) {
    case AnswerPool::Taken::kYes:
      return true;
    case AnswerPool::Taken::kNoThread:
      report("no thread can be made");
      break;
    case AnswerPool::Taken::kFull:
      report("too many requests wait for a thread");
      break;
  }
  return refuse(member, 503, "the server is too busy");
}

// The border to code that throws: bad_alloc from JSON or strings becomes a 500, not an abort.
Response EventLoop::answered(Request& request) const {
  try {
    const std::string type = request.header("Content-Type");
    if (is_multipart(type) && !request.is_upload) {
      auto parts = parse_multipart(type, request.body);
      if (!parts) {
        return application_.refuse(400, "the body is not multipart/form-data as it should be");
      }
      request.parts = std::move(*parts);
      std::string().swap(request.body);
    }
    return application_.answer(request);
  } catch (const std::exception& failure) {
    return application_.refuse(500, failure.what());
  }
}

EventLoop::Answer EventLoop::answer_of(std::uint64_t id, const Response& response,
                                       AnswerShape shape) const {
  const bool follows = response.source != nullptr && !shape.head_only;
  shape.keep_alive = shape.keep_alive && !closes(response) && !(follows && shape.old_version);
  Answer answer;
  answer.id = id;
  answer.bytes = render_answer(response, shape);
  answer.keep_alive = shape.keep_alive;
  answer.chunked = follows && !shape.old_version;
  if (follows) answer.source = response.source;
  return answer;
}

bool EventLoop::refuse(Member& member, int status, const std::string& detail) {
  Response response = application_.refuse(status, detail);
  if (status == 503) response.headers.emplace_back("Retry-After", "1");
  return send(member, response, false);
}

bool EventLoop::send(Member& member, const Response& response, bool keep_alive) {
  AnswerShape shape = member.shape;
  shape.keep_alive = keep_alive;
  return begin_answer(member, answer_of(member.id, response, shape));
}

bool EventLoop::begin_answer(Member& member, Answer answer) {
  if (answer.bytes.empty()) return false;
  Connection& connection = *member.connection;
  connection.begin_writing(std::move(answer.bytes), answer.keep_alive && !stopping_, answer.source,
                           answer.chunked);
  if (answer.source) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;  // asked for again whenever the caller has taken everything
    event.data.u64 = member.id | kNewsOf;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, answer.source->news(), &event) != 0) return false;
  }
  return write(member);
}

bool EventLoop::write(Member& member) {
  Connection& connection = *member.connection;
  for (;;) {
    switch (connection.flush()) {
      case Connection::Io::kGone:
        return false;
      case Connection::Io::kBlocked:
        return watch(member, connection.source() != nullptr ? EPOLLOUT | EPOLLRDHUP : EPOLLOUT);
      case Connection::Io::kSome:
        break;
    }
    if (connection.phase() == Phase::kWriting) return after_answer(member);
    connection.pull();
    if (connection.has_output() || connection.source() == nullptr) continue;
    return watch(member, EPOLLRDHUP);
  }
}

// And on to a next request, which may be there already.
bool EventLoop::write_on(Member& member) {
  if (!write(member)) return false;
  return member.connection->phase() != Phase::kHead || read(member);
}

bool EventLoop::after_answer(Member& member) {
  Connection& connection = *member.connection;
  if (connection.ends_after_answer()) {
    connection.begin_lingering();
    return watch(member, kForRequests);
  }
  connection.begin_head();
  member.shape = {};
  return !stopping_ && watch(member, kForRequests);
}

bool EventLoop::time_out(Member& member) {
  const Connection& connection = *member.connection;
  if (connection.phase() == Phase::kBody) {
    return refuse(member, 408, "the body did not arrive in time");
  }
  if (connection.phase() == Phase::kHead && connection.has_begun()) {
    return refuse(member, 408, "the request did not arrive in time");
  }
  return false;
}

}  // namespace gobox::api
