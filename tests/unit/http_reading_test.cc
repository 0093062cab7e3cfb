// SPDX-License-Identifier: Apache-2.0

// Requests as strangers write them: what two readers could take for different things is refused,
// and the time taken grows with the size alone.

#include <chrono>

#include "api/http/body_reader.h"
#include "api/http/multipart.h"
#include "api/http/origin.h"
#include "api/http/request_head.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gobox::api {
namespace {

constexpr std::size_t kMaxBody = 1 << 20;

std::variant<RequestHead, Refusal> parse(const std::string& text) {
  return parse_head(text, kMaxBody);
}

// 0 where it is taken.
int status_of(const std::string& text) {
  const auto parsed = parse(text);
  const auto* refusal = std::get_if<Refusal>(&parsed);
  return refusal == nullptr ? 0 : refusal->status;
}

std::string post_with(const std::string& fields) {
  return "POST /v1/runs HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

HeadScanner::State scan(const std::string& text) {
  return HeadScanner().scan(text);
}

TEST(HeadScanner, FindsTheEndHoweverTheBytesCome) {
  const std::string text = "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nrest";
  HeadScanner scanner;
  for (std::size_t size = 0; size < text.size() - 4; ++size) {
    EXPECT_EQ(scanner.scan(std::string_view(text).substr(0, size)), HeadScanner::State::kMore);
  }
  EXPECT_EQ(scanner.scan(text), HeadScanner::State::kDone);
  EXPECT_EQ(scanner.begin(), 2U);
  EXPECT_EQ(scanner.end(), text.size() - 4);
}

TEST(HeadScanner, RefusesLinesThatEndInAnotherWay) {
  for (const std::string& text :
       {std::string("GET / HTTP/1.1\nHost: a\n\n"), std::string("GET / HTTP/1.1\rHost: a\r\n"),
        std::string("GET / HTTP/1.1\r\nA: b\rc\r\n"), std::string("GET /\0 HTTP/1.1\r\n", 18),
        std::string("\n"), std::string("\r\r\n"), std::string("\r\n\r\n\r\n\r\n")}) {
    EXPECT_EQ(scan(text), HeadScanner::State::kBad) << ::testing::PrintToString(text);
  }
}

TEST(RequestHead, IsReadWithItsQueryAndItsFields) {
  const auto parsed = parse(
      "GET /v1/runs/a%20b?wait=false&x=1%2b1&y=a+b&&z HTTP/1.1\r\nHost: localhost:80\r\n"
      "x-one:  two words \t\r\nX-Empty:\r\nConnection: keep-alive, Close\r\n\r\n");
  const auto& head = std::get<RequestHead>(parsed);
  EXPECT_EQ(head.method, "GET");
  EXPECT_EQ(head.path, "/v1/runs/a b");
  EXPECT_EQ(head.query.find("x")->second, "1+1");
  EXPECT_EQ(head.query.find("y")->second, "a b");
  EXPECT_EQ(head.query.find("z")->second, "");
  EXPECT_EQ(head.headers.find("X-ONE")->second, "two words");
  EXPECT_EQ(head.headers.find("x-empty")->second, "");
  EXPECT_FALSE(head.keep_alive);
  EXPECT_FALSE(head.has_body());
}

TEST(RequestHead, NamesItsHostInTheTargetToo) {
  const auto parsed =
      parse("GET http://evil.example:80?q HTTP/1.1\r\nHost: Evil.example:80\r\n\r\n");
  const auto& head = std::get<RequestHead>(parsed);
  EXPECT_EQ(head.path, "/");
  EXPECT_EQ(head.headers.count("Host"), 1U);
  EXPECT_EQ(head.headers.find("Host")->second, "evil.example:80");
}

TEST(RequestHead, IsRefusedWhereItsBodyCouldHaveTwoLengths) {
  for (const char* fields : {"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
                             "Content-Length: 0\r\nContent-Length: 34\r\n",
                             "Content-Length: 5\r\nContent-Length: 5\r\n",
                             "Content-Length: 5, 5\r\n",
                             "Content-Length: -1\r\n",
                             "Content-Length: +5\r\n",
                             "Content-Length: 0x5\r\n",
                             "Content-Length: 5 5\r\n",
                             "Content-Length:\r\n",
                             "Content-Length: 5.0\r\n",
                             "Transfer-Encoding: gzip, chunked\r\n",
                             "Transfer-Encoding: chunked, chunked\r\n",
                             "Transfer-Encoding: identity\r\n",
                             "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                             "Transfer-Encoding: \r\n",
                             "Transfer-Encoding: \"chunked\"\r\n",
                             "Transfer-Encoding : chunked\r\n",
                             "Content-Length : 5\r\n",
                             " Content-Length: 5\r\n",
                             "Content-Length: 5\r\n Transfer-Encoding: chunked\r\n",
                             "\tfolded: line\r\n"}) {
    EXPECT_EQ(status_of(post_with(fields)), 400) << fields;
  }
  EXPECT_EQ(status_of("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
  EXPECT_EQ(status_of(post_with("Content-Length: 5\r\n")), 0);
  EXPECT_EQ(status_of(post_with("Transfer-Encoding: Chunked\r\n")), 0);
  EXPECT_EQ(status_of(post_with("")), 411);
  EXPECT_EQ(status_of(post_with("Content-Length: 1048577\r\n")), 413);
  EXPECT_EQ(status_of(post_with("Content-Length: 99999999999999999999999999\r\n")), 413);
  EXPECT_EQ(status_of(post_with("Content-Length: 5\r\nContent-Encoding: gzip\r\n")), 415);
  EXPECT_EQ(status_of(post_with("Content-Length: 5\r\nExpect: 200-ok\r\n")), 417);
}

TEST(RequestHead, IsRefusedWhereItIsMalformed) {
  for (const char* text : {"\r\n",
                           "nonsense\r\n\r\n",
                           "GET /\r\n\r\n",
                           "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
                           "GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
                           "GET / http/1.1\r\nHost: a\r\n\r\n",
                           "G(T / HTTP/1.1\r\nHost: a\r\n\r\n",
                           "GET x HTTP/1.1\r\nHost: a\r\n\r\n",
                           "GET * HTTP/1.1\r\nHost: a\r\n\r\n",
                           "GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n",
                           "GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n",
                           "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n",
                           "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
                           "GET /%0 HTTP/1.1\r\nHost: a\r\n\r\n",
                           "GET /?a=%x HTTP/1.1\r\nHost: a\r\n\r\n",
                           "GET http://a@b/ HTTP/1.1\r\nHost: a\r\n\r\n",
                           "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n",
                           "GET / HTTP/1.1\r\n\r\n",
                           "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
                           "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
                           "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n",
                           "GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
                           "GET / HTTP/1.1\r\nHost: a\r\n: value\r\n\r\n",
                           "GET / HTTP/1.1\r\nHost: a\r\nA b: c\r\n\r\n",
                           "GET / HTTP/1.1\r\nHost: a\r\nA: \x01\r\n\r\n",
                           "GET / HTTP/1.1\r\nHost: a\r\nOrigin: x\r\nOrigin: y\r\n\r\n"}) {
    EXPECT_EQ(status_of(text), 400) << text;
  }
  EXPECT_EQ(status_of("BREW / HTTP/1.1\r\nHost: a\r\n\r\n"), 501);
  EXPECT_EQ(status_of("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"), 501);
  EXPECT_EQ(status_of("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(status_of("GET /" + std::string(2000, 'p') + " HTTP/1.1\r\nHost: a\r\n\r\n"), 414);
  EXPECT_EQ(status_of("GET /?" + std::string(9000, 'q') + " HTTP/1.1\r\nHost: a\r\n\r\n"), 414);
  std::string many;
  for (int i = 0; i < 200; ++i) many += "A: b\r\n";
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\n" + many + "\r\n"), 431);
  EXPECT_EQ(status_of("GET / HTTP/1.0\r\n\r\n"), 0) << "a Host came with HTTP/1.1";
}

struct Read {
  BodyReader::State state;
  std::string body;
  std::size_t used;
};

std::string body_of(BodyReader& reader) {
  const auto body = reader.take();
  return body ? std::string(body->bytes) : body.error().message;
}

// In pieces of `step` bytes, which must not matter.
Read read_chunks(const std::string& text, std::size_t step) {
  BodyReader reader(Framing::kChunked, 0, 1000);
  std::size_t at = 0;
  while (at < text.size() && reader.state() == BodyReader::State::kMore) {
    at += reader.feed(std::string_view(text).substr(at, step));
  }
  return {reader.state(), body_of(reader), at};
}

TEST(BodyReader, PutsChunksTogether) {
  const std::string text =
      "5\r\nhello\r\n1;name=\"value\"\r\n \r\n05\r\nworld\r\n0\r\nA: b\r\n\r\nGET";
  for (const unsigned step : {1U, 2U, 3U, 7U, 1000U}) {
    const Read read = read_chunks(text, step);
    EXPECT_EQ(read.state, BodyReader::State::kDone) << step;
    EXPECT_EQ(read.body, "hello world") << step;
    EXPECT_EQ(read.used, text.size() - 3) << "the next request is not this one's";
  }
}

TEST(BodyReader, RefusesChunksThatAreNone) {
  for (const char* text :
       {"0x5\r\nhello\r\n0\r\n\r\n", "-1\r\nhello\r\n", "+5\r\nhello\r\n", " 5\r\nhello\r\n",
        "5 \r\nhello\r\n", "\r\n", "g\r\n", "5\nhello\n", "5\r\nhelloGARBAGE\r\n",
        "5\r\nhello\n0\r\n\r\n", "5\rx", "000000005\r\nhello\r\n", "5;\x01\r\nhello\r\n",
        "0\r\nno colon\r\n\r\n", "0\r\n: b\r\n\r\n", "0\r\nA: b\n\r\n"}) {
    for (const unsigned step : {1U, 1000U}) {
      EXPECT_EQ(read_chunks(text, step).state, BodyReader::State::kBad) << text;
    }
  }
  EXPECT_EQ(read_chunks("ffffffff\r\n", 100).state, BodyReader::State::kTooLarge);
  EXPECT_EQ(read_chunks("3e8\r\n" + std::string(1000, 'x') + "\r\n1\r\n", 5000).state,
            BodyReader::State::kTooLarge);
  EXPECT_EQ(read_chunks("1;" + std::string(5000, 'x'), 100).state, BodyReader::State::kBad);
  // One byte in a kilobyte of framing: bounded like the body.
  std::string wasteful;
  for (int i = 0; i < 200; ++i) wasteful += "1;" + std::string(900, 'x') + "\r\nb\r\n";
  EXPECT_EQ(read_chunks(wasteful, 100).state, BodyReader::State::kTooLarge);
}

TEST(BodyReader, TakesAsMuchAsWasSaid) {
  BodyReader reader(Framing::kLength, 5, 1000);
  EXPECT_EQ(reader.feed("hel"), 3U);
  EXPECT_EQ(reader.state(), BodyReader::State::kMore);
  EXPECT_EQ(reader.feed("loGET"), 2U);
  EXPECT_EQ(reader.state(), BodyReader::State::kDone);
  EXPECT_EQ(body_of(reader), "hello");
  EXPECT_EQ(BodyReader(Framing::kNone, 0, 10).state(), BodyReader::State::kDone);
  EXPECT_EQ(BodyReader(Framing::kLength, 11, 10).state(), BodyReader::State::kTooLarge);
}

constexpr const char* kType = "multipart/form-data; boundary=B";

std::string part(const std::string& disposition, const std::string& content) {
  return "--B\r\nContent-Disposition: " + disposition + "\r\n\r\n" + content + "\r\n";
}

TEST(Multipart, GivesThePartsByName) {
  const auto parts = parse_multipart(
      "Multipart/Form-Data; charset=utf-8; boundary=\"B\"",
      "preamble\r\n" + part("form-data; name=\"body\"; filename=\"a;b.go\"", "one\r\n--\r\ntwo") +
          part("form-data; filename*=UTF-8''x; name=plain", "") +
          part("Form-Data; name=\"a \\\"b\\\" c\\d\"", "\r\n") + "--B--\r\nepilogue");
  ASSERT_TRUE(parts.has_value());
  EXPECT_THAT(*parts, ::testing::UnorderedElementsAre(::testing::Pair("body", "one\r\n--\r\ntwo"),
                                                      ::testing::Pair("plain", ""),
                                                      ::testing::Pair("a \"b\" c\\d", "\r\n")));
}

TEST(Multipart, IsRefusedWhereItIsMalformed) {
  const std::string whole = part("form-data; name=\"a\"", "x") + "--B--";
  EXPECT_TRUE(parse_multipart(kType, whole).has_value());
  for (const char* type :
       {"multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary",
        "multipart/form-data; boundary=\"B", "multipart/form-data; boundary=B; boundary=B"}) {
    EXPECT_FALSE(parse_multipart(type, whole).has_value()) << type;
  }
  std::string many;
  for (int i = 0; i < 100; ++i) many += part("form-data; name=\"n" + std::to_string(i) + "\"", "");
  for (const std::string& body :
       {std::string(), std::string("--B"), std::string("--B\r\n"), std::string("--Bx\r\n\r\n"),
        part("form-data; name=\"a\"", "x"), part("form-data", "x") + "--B--",
        part("form-data; name=\"a", "x") + "--B--", part("attachment; name=\"a\"", "x") + "--B--",
        std::string("--B\r\nno colon\r\n\r\nx\r\n--B--"), many + "--B--",
        part("form-data; name=\"" + std::string(5000, 'a') + "\"", "x") + "--B--"}) {
    EXPECT_FALSE(parse_multipart(kType, body).has_value()) << body.substr(0, 200);
  }
}

// Thousands of places where a pattern could begin, none where it ends.
TEST(Multipart, TakesTimeByItsSizeAlone) {
  std::string header = "form-data; name=\"";
  while (header.size() < 2700) header += "\";filename=\"";
  while (header.size() < 4000) header += "\";filename*=";
  const std::string parameters = part(header + " !", "x");
  std::string delimiters;
  while (delimiters.size() < (4U << 20)) delimiters += "\r\n-\r\n--\r\r\n";
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(parse_multipart(kType, parameters).has_value());
  EXPECT_FALSE(parse_multipart(kType, part("form-data; name=\"a\"", delimiters)).has_value());
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

TEST(Origin, OfTheLoopbackInterfaceIsTheUsersOwn) {
  for (const char* host : {"localhost", "LOCALHOST:8080", "127.0.0.1", "127.1.2.3:1", "[::1]",
                           "[::1]:8080", "localhost:"}) {
    EXPECT_TRUE(is_loopback_host(host)) << host;
  }
  for (const char* host :
       {"", "evil.example.com", "localhost.evil.example.com", "127.0.0.1.evil.example.com", "127.1",
        "128.0.0.1", "[::2]", "[::1]x", "localhost:80x", "localhost:8080:1", "0.0.0.0",
        "2130706433", "notlocalhost", ":8080"}) {
    EXPECT_FALSE(is_loopback_host(host)) << host;
  }
}

TEST(Origin, TellsPagesOfOtherHosts) {
  const auto foreign = [](const char* name, const char* value) {
    Request request;
    request.headers.emplace(name, value);
    return is_from_foreign_page(request);
  };
  EXPECT_FALSE(foreign("Accept", "*/*"));
  EXPECT_FALSE(foreign("Origin", "http://localhost:3000"));
  EXPECT_FALSE(foreign("Origin", "https://[::1]:8080"));
  EXPECT_FALSE(foreign("Sec-Fetch-Site", "same-origin"));
  EXPECT_TRUE(foreign("Origin", "http://evil.example.com"));
  EXPECT_TRUE(foreign("Origin", "http://localhost.evil.example.com"));
  EXPECT_TRUE(foreign("Origin", "null"));
  EXPECT_TRUE(foreign("Origin", ""));
  EXPECT_TRUE(foreign("Sec-Fetch-Site", "cross-site"));
}

}  // namespace
}  // namespace gobox::api
