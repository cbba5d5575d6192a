#include "keys.hpp"

#include <fmt/format.h>

namespace bench {

namespace {

constexpr std::size_t value_bytes = 256;

}  // namespace

std::string Key::name() const {
  return fmt::format("c{:03}k{:03}g{:07}", client_, number_, generation_);
}

std::string Key::value() const {
  std::string value = fmt::format("{} {} ", name(), writes_);
  value.resize(value_bytes, 'x');
  return value;
}

void Key::check(Outcome outcome, const std::string& read) const {
  if (outcome == Outcome::no_such_key) {
    throw Wrong(fmt::format("a write was lost: key {} is not there", name()));
  }
  if (read == value()) return;
  throw Wrong(
      fmt::format("a wrong answer: write {} was the last of key {}, and what was read is {}",
                  writes_, name(), read));
}

void Keys::make_for(std::uint32_t clients) {
  while (keys_.size() < clients) {
    const auto client = static_cast<std::uint32_t>(keys_.size());
    std::vector<Key>& keys = keys_.emplace_back();
    for (std::uint32_t number = 0; number < of_each_client; ++number) {
      keys.emplace_back(client, number);
    }
  }
}

}  // namespace bench
