// SPDX-License-Identifier: Apache-2.0

// What api/http/library relies on of cpp-httplib: another version of it that writes answers
// otherwise fails here.

#include "api/http/library.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gobox::api {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Response response_of(int status, std::string body) {
  Response response;
  response.status = status;
  response.type = "text/plain";
  response.body = std::move(body);
  return response;
}

class Endless final : public BodySource {
 public:
  int news() const override { return -1; }

  State pull(std::string& out, std::size_t) override {
    out += "never asked for here";
    return State::kMore;
  }
};

TEST(HttpLibrary, WritesAnAnswerWithItsLength) {
  const std::string kept = render_answer(response_of(200, "hello"), {.keep_alive = true});
  EXPECT_THAT(kept, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(kept, HasSubstr("\r\nContent-Length: 5\r\n"));
  EXPECT_THAT(kept, HasSubstr("\r\nContent-Type: text/plain\r\n"));
  EXPECT_THAT(kept, Not(HasSubstr("Connection: close")));
  EXPECT_THAT(kept, EndsWith("\r\n\r\nhello"));
  const std::string closed = render_answer(response_of(200, "hello"), {});
  EXPECT_THAT(closed, HasSubstr("\r\nConnection: close\r\n"));
}

TEST(HttpLibrary, WritesEveryStatusAndEveryByteAsTheyAre) {
  for (const int status : {200, 202, 400, 401, 403, 404, 405, 408, 409, 411,
                           413, 414, 415, 417, 422, 429, 431, 500, 503, 505}) {
    const std::string answer = render_answer(response_of(status, std::string("\0\r\n\r\n", 5)), {});
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 " + std::to_string(status) + " "));
    EXPECT_THAT(answer, EndsWith(std::string("\r\n\r\n\0\r\n\r\n", 9)));
  }
  EXPECT_THAT(render_answer(response_of(200, ""), {}), HasSubstr("Content-Length: 0\r\n"));
  const std::string large(3 << 20, 'x');
  EXPECT_THAT(render_answer(response_of(200, large), {}), EndsWith("\r\n\r\n" + large));
}

TEST(HttpLibrary, LeavesTheBodyOutForHead) {
  const std::string answer = render_answer(response_of(200, "hello"), {.head_only = true});
  EXPECT_THAT(answer, HasSubstr("Content-Length: 5\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

// Range, Accept-Encoding and the like are a caller's, and no caller's header gets there.
TEST(HttpLibrary, NeitherCompressesNorCuts) {
  const std::string text(10'000, 'x');
  const std::string answer = render_answer(response_of(200, text), {});
  EXPECT_THAT(answer, Not(HasSubstr("Content-Encoding")));
  EXPECT_THAT(answer, Not(HasSubstr("Content-Range")));
  EXPECT_THAT(answer, EndsWith(text));
}

TEST(HttpLibrary, TakesNoHeaderThatBreaksTheLine) {
  Response response = response_of(200, "hello");
  response.headers = {{"X-Evil", "a\r\nX-More: b"}, {"X-Good", "c"}, {"X-Twice", "1"}};
  response.headers.emplace_back("X-Twice", "2");
  const std::string answer = render_answer(response, {});
  EXPECT_THAT(answer, Not(HasSubstr("X-More")));
  EXPECT_THAT(answer, HasSubstr("\r\nX-Good: c\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nX-Twice: 1\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nX-Twice: 2\r\n"));
}

TEST(HttpLibrary, WritesTheHeadAloneOfABodyThatIsToCome) {
  Response response = response_of(200, "");
  response.type = "text/event-stream";
  response.source = std::make_shared<Endless>();
  const std::string chunked = render_answer(response, {.keep_alive = true});
  EXPECT_THAT(chunked, HasSubstr("\r\nTransfer-Encoding: chunked\r\n"));
  EXPECT_THAT(chunked, Not(HasSubstr("Content-Length")));
  EXPECT_THAT(chunked, EndsWith("\r\n\r\n"));
  EXPECT_EQ(chunked.find("\r\n\r\n"), chunked.size() - 4);
  // HTTP/1.0: until the connection closes.
  const std::string plain = render_answer(response, {.old_version = true});
  EXPECT_THAT(plain, Not(HasSubstr("Transfer-Encoding")));
  EXPECT_THAT(plain, Not(HasSubstr("Content-Length")));
  EXPECT_THAT(plain, HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_EQ(plain.find("\r\n\r\n"), plain.size() - 4);
}

TEST(HttpLibrary, ChunksAreAsTheStandardHasThem) {
  EXPECT_EQ(chunk_of("hello"), "5\r\nhello\r\n");
  EXPECT_EQ(chunk_of(std::string(300, 'x')), "12c\r\n" + std::string(300, 'x') + "\r\n");
}

}  // namespace
}  // namespace gobox::api
