// SPDX-License-Identifier: Apache-2.0

// Head and body of an HTTP request: what is taken is what the promises say, however it comes.

#include "api/http/body_reader.h"
#include "api/http/request_head.h"
#include "tests/fuzz/input.h"

namespace {

using gobox::api::BodyReader;
using gobox::api::Framing;
using gobox::api::HeadScanner;
using gobox::api::RequestHead;

constexpr std::size_t kMaxBody = 4096;

// The same whether the bytes come at once or one by one.
void check_body(const RequestHead& head, std::string_view bytes) {
  BodyReader whole(head.framing, head.length, kMaxBody);
  const std::size_t used = whole.feed(bytes);
  gobox::fuzz::require(used <= bytes.size() && whole.size() <= kMaxBody);
  BodyReader single(head.framing, head.length, kMaxBody);
  for (const char& each : bytes) single.feed({&each, 1});
  gobox::fuzz::require(single.state() == whole.state());
  const auto at_once = whole.take();
  const auto one_by_one = single.take();
  gobox::fuzz::require(at_once && one_by_one && at_once->bytes == one_by_one->bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = gobox::fuzz::text_of(data, size);
  HeadScanner scanner;
  const auto state = scanner.scan(text);
  HeadScanner slow;
  auto last = HeadScanner::State::kMore;
  for (std::size_t at = 1; at <= size && last == HeadScanner::State::kMore; ++at) {
    last = slow.scan(text.substr(0, at));
  }
  gobox::fuzz::require(last == state);
  if (state != HeadScanner::State::kDone) return 0;
  gobox::fuzz::require(scanner.end() == slow.end() && scanner.begin() < scanner.end());
  const auto parsed = gobox::api::parse_head(
      text.substr(scanner.begin(), scanner.end() - scanner.begin()), kMaxBody);
  const auto* head = std::get_if<RequestHead>(&parsed);
  if (head == nullptr) return 0;
  gobox::fuzz::require(gobox::api::is_token(head->method) && !head->path.empty());
  gobox::fuzz::require(
      head->headers.count("Content-Length") + head->headers.count("Transfer-Encoding") <= 1);
  for (const auto& [name, value] : head->headers) {
    gobox::fuzz::require(value.find_first_of(std::string_view("\r\n\0", 3)) == value.npos);
  }
  check_body(*head, text.substr(scanner.end()));
  return 0;
}
