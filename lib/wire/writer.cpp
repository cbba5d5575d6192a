#include "wire/writer.hpp"

#include "wire/utf8.hpp"

namespace wire {

void Writer::text(std::string_view value) {
  core::require(is_utf8(value), "a text that is not UTF-8 is to be written");
  bytes(value);
}

}  // namespace wire
