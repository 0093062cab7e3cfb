// SPDX-License-Identifier: Apache-2.0

#include "api/web/page_text.h"

namespace gobox::api {
namespace {

void replace_mark(std::string& page, std::string_view mark, const std::string& by) {
  const std::size_t at = page.find(mark);
  if (at != std::string::npos) page.replace(at, mark.size(), by);
}

std::string block(const char* title, const std::string& text) {
  if (text.empty()) return "";
  return "<h3>" + std::string(title) + "</h3><pre tabindex=\"0\">" + escape_html(text) + "</pre>";
}

std::string render_answer(const PageText::Answer& answer) {
  if (!answer.notice.empty()) {
    return "<section class=\"plain-answer\"><p role=\"status\">" + escape_html(answer.notice) +
           "</p></section>";
  }
  if (answer.outcome.empty()) return "";
  std::string html = "<section class=\"plain-answer\"><h2>" + escape_html(answer.outcome);
  if (!answer.stage.empty()) html += " <small>(" + escape_html(answer.stage) + ")</small>";
  html += "</h2><p role=\"status\">" + escape_html(answer.message) + "</p>";
  if (!answer.hints.empty()) {
    html += "<ul>";
    for (const std::string& hint : answer.hints) html += "<li>" + escape_html(hint) + "</li>";
    html += "</ul>";
  }
  return html + block("Output", answer.out) + block("Errors", answer.err) + "</section>";
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size() + text.size() / 8);
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      case '\0':
        escaped += "\xef\xbf\xbd";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string fill_page(std::string page, const PageText& text) {
  constexpr std::string_view kBegin = "<!--source-->";
  constexpr std::string_view kEnd = "<!--/source-->";
  // What is filled in last cannot be taken for a mark: each stands before what came earlier.
  replace_mark(page, "<!--answer-->", render_answer(text.answer));
  replace_mark(page, "<!--input-->", escape_html(text.input));
  const std::size_t begin = page.find(kBegin);
  const std::size_t end = page.find(kEnd, begin);
  if (begin == std::string::npos || end == std::string::npos) return page;
  const std::size_t inner = begin + kBegin.size();
  const std::string source =
      text.source ? escape_html(*text.source) : page.substr(inner, end - inner);
  // A textarea drops its first newline: one more keeps a program's own.
  page.replace(begin, end + kEnd.size() - begin, "\n" + source);
  return page;
}

}  // namespace gobox::api
