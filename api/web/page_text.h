// SPDX-License-Identifier: Apache-2.0

#pragma once

// PageText: what the server writes into the page's template: the program, and for browsers without
// JavaScript the answer. Pure functions; all text is escaped.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gobox::api {

struct PageText {
  struct Answer {
    std::string notice;  // instead of all below
    std::string outcome;
    std::string stage;
    std::string message;
    std::vector<std::string> hints;
    std::string out;
    std::string err;
  };

  std::optional<std::string> source;  // absent: the template's own
  std::string input;
  Answer answer;  // shown where it has a notice or an outcome
};

// For element content and quoted attributes. NUL, which HTML cannot hold, becomes U+FFFD.
std::string escape_html(std::string_view text);

// `page` has the comments <!--source-->…<!--/source-->, <!--input--> and <!--answer-->.
std::string fill_page(std::string page, const PageText& text);

}  // namespace gobox::api
