#include "page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <string>

#include "http.hpp"
#include "page_files.hpp"

namespace queue {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

net::HttpResponse get(const std::string& path) {
  net::HttpRequest request;
  request.path = path;
  const auto asked = Api().command(request);
  EXPECT_FALSE(asked.has_value()) << path << " is no command";
  return asked ? net::HttpResponse() : asked.error();
}

TEST(QueuePage, IsServedWithAllThatItNames) {
  const net::HttpResponse page = get("/");
  EXPECT_EQ(page.status, 200U);
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  const std::string text(page.body.view());
  EXPECT_THAT(text, StartsWith("<!doctype html>"));
  const std::regex name("(?:src|href)=\"(/page[^\"]*)\"");
  int named = 0;
  for (std::sregex_iterator at(text.begin(), text.end(), name), end; at != end; ++at) {
    ++named;
    const net::HttpResponse file = get((*at)[1].str());
    EXPECT_EQ(file.status, 200U) << (*at)[1];
    EXPECT_THAT(file.content_type, Not(StartsWith("text/html"))) << (*at)[1];
  }
  EXPECT_EQ(named, 2);
}

TEST(QueuePage, LoadsNothingFromElsewhereAndNoScriptButItsOwn) {
  for (const char* path : {"/", "/page.css", "/page.js"}) {
    const net::HttpResponse file = get(path);
    EXPECT_THAT(std::string(file.header("Content-Security-Policy")),
                testing::AllOf(StartsWith("default-src 'none'"), Not(HasSubstr("unsafe")),
                               HasSubstr("frame-ancestors 'none'")));
    EXPECT_EQ(file.header("X-Content-Type-Options"), "nosniff");
    EXPECT_THAT(std::string(file.body.view()), Not(HasSubstr("https://"))) << path;
  }
}

}  // namespace
}  // namespace queue
