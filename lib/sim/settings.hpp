// Options of a system that the command line fixes, whatever a seed would choose: --set nodes=5.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/system.hpp"
#include "sim/text.hpp"

namespace sim {

struct Setting {
  std::string name;
  std::string value;  // in the text form
};

using Settings = std::vector<Setting>;

/// Sets the field of that name; the error is a sentence.
template <wire::DescribedRecord T>
std::expected<void, std::string> set_field(T& record, const Setting& setting) {
  std::expected<void, std::string> done = std::unexpected("there is no option " + setting.name);
  const auto try_field = [&](const auto& field) {
    if (field.name != setting.name) return;
    auto& member = record.*field.member;
    auto value = from_text<std::remove_reference_t<decltype(member)>>(setting.value);
    if (value) {
      member = std::move(*value);
      done = {};
    } else {
      done = std::unexpected(setting.name + ": " + value.error());
    }
  };
  std::apply([&](const auto&... fields) { (try_field(fields), ...); }, wire::description<T>.fields);
  return done;
}

/// `options` with these settings, if that makes a cluster that can be run; the error is a sentence.
template <System S>
std::expected<typename S::Options, std::string> with_settings(typename S::Options options,
                                                              const Settings& settings) {
  for (const Setting& setting : settings) {
    auto done = set_field(options, setting);
    if (!done) return std::unexpected(std::move(done).error());
  }
  if (std::string wrong = misfit(S::cluster(options)); !wrong.empty()) {
    return std::unexpected("options: " + wrong);
  }
  return options;
}

}  // namespace sim
