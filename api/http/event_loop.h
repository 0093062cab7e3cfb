// SPDX-License-Identifier: Apache-2.0

#pragma once

// EventLoop: what HttpServer does, see there. Split over event_loop.cc (the loop, its clock and the
// exchange with threads), event_loop_accept.cc (who comes in) and event_loop_exchange.cc (one
// request and its answer). All but stop() and complete() belongs to the thread of run().

#include <sys/epoll.h>

#include <atomic>
#include <list>
#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "api/http/answer_pool.h"
#include "api/http/connection.h"
#include "api/http/http_server.h"
#include "api/http/library.h"
#include "api/http/listener.h"

namespace gobox::api {

class EventLoop {
 public:
  EventLoop(const HttpSettings& settings, const Application& application, UniqueFd listening);

  Result<void> open();
  void run();
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  using Phase = Connection::Phase;

  // An answer on its way from a thread to the loop. Made before the thread begins, so that handing
  // it over needs no memory.
  struct Answer {
    std::uint64_t id = 0;
    std::string bytes;  // empty: it could not even be refused
    bool keep_alive = false;
    bool chunked = false;
    std::shared_ptr<BodySource> source;
  };

  struct Member {
    std::uint64_t id = 0;
    std::unique_ptr<Connection> connection;
    Request request;
    AnswerShape shape;
    std::uint32_t watched = 0;  // events
    bool registered = false;
    std::size_t charged = 0;  // of held_
  };

  // Who comes in.
  void accept_some();
  void admit(UniqueFd socket, const Endpoint& from);
  bool make_room(const std::string& remote);
  bool give_up_longest_waiting(const std::string* remote);
  void turn_away_without_descriptor();
  void watch_listening(bool on);

  // One exchange. False: the connection is to be dropped.
  bool handle(Member& member, std::uint32_t events);
  bool read(Member& member);
  bool take_head(Member& member, RequestHead head);
  bool has_room_for_upload(const Member& member) const;
  bool hand_over(Member& member);
  bool refuse(Member& member, int status, const std::string& detail);
  bool send(Member& member, const Response& response, bool keep_alive);
  bool begin_answer(Member& member, Answer answer);
  bool write(Member& member);
  bool write_on(Member& member);
  bool after_answer(Member& member);
  bool time_out(Member& member);
  Answer answer_of(std::uint64_t id, const Response& response, AnswerShape shape) const;
  Response answered(Request& request) const;

  // The loop.
  void take_event(const epoll_event& event);
  void guarded(std::uint64_t id, const std::function<bool(Member& member)>& call);
  void complete(std::list<Answer>&& answer);
  void take_answers();
  void sweep();
  void shed();
  void charge(Member& member);
  bool watch(Member& member, std::uint32_t events);
  void drop(std::uint64_t id);
  void begin_stopping();
  bool is_done() const;
  void report(const std::string& trouble);

  const HttpSettings settings_;
  const Application& application_;
  UniqueFd listening_;
  UniqueFd epoll_;
  UniqueFd wake_;   // answers, or stop()
  UniqueFd spare_;  // given up to turn a caller away where there is no descriptor
  bool accepting_ = false;
  std::atomic<bool> stop_asked_{false};
  bool stopping_ = false;
  Clock::time_point stop_by_{};
  Clock::time_point swept_{};
  Clock::time_point reported_{};
  std::uint64_t last_id_ = 0;
  std::unordered_map<std::uint64_t, Member> members_;
  std::map<std::string, std::size_t> of_address_;
  std::vector<std::uint64_t> again_;  // have bytes that no event will tell of
  std::size_t held_ = 0;
  std::mutex answers_mutex_;
  std::list<Answer> answers_;
  AnswerPool pool_;  // last: its threads use what stands above
};

}  // namespace gobox::api
