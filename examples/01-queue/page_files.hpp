// The files of the live page, page/*, as texts in the program.
#pragma once

#include <string_view>

namespace queue {

std::string_view page_html();
std::string_view page_css();
std::string_view page_js();

}  // namespace queue
