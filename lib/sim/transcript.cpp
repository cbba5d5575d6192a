#include "sim/transcript.hpp"

#include <algorithm>

#include "wire/json_write.hpp"

namespace sim {
namespace {

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text);
  out.resize(std::max(width, out.size()), ' ');
  return out;
}

}  // namespace

std::string seconds(core::Instant at) {
  const std::int64_t us = at.time_since_epoch().count();
  std::string fraction = std::to_string(us % 1'000'000);
  fraction.insert(0, 6 - fraction.size(), '0');
  std::string whole = std::to_string(us / 1'000'000);
  whole.insert(0, 3 - std::min<std::size_t>(3, whole.size()), ' ');
  return whole + "." + fraction + "s";
}

void Transcript::line(core::Instant at, std::string_view who, std::string_view does,
                      std::string_view what) {
  std::string out;
  if (json_) {
    wire::JsonWriter json(out);
    json.begin_object();
    json.key("at_us");
    json.decimal_string(std::int64_t{at.time_since_epoch().count()});
    json.key("who");
    json.text(who);
    json.key("does");
    json.text(does);
    json.key("what");
    json.text(what);
    json.end_object();
  } else {
    out = seconds(at) + "  " + padded(who, 9) + "  " + padded(does, 9) + "  ";
    out += what;
    out.erase(out.find_last_not_of(' ') + 1);
  }
  sink_(out + "\n");
}

}  // namespace sim
