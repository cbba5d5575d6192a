// A verdict in words.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "history_file.hpp"

namespace linearize {

/// `matter` are the operations that show what is wrong, the last one being the answer that cannot
/// be; `possible` is what it could have found, if it found anything.
std::string tell_offence(const std::vector<Entry>& matter, const std::vector<Value>& possible,
                         std::uint64_t operations_of_key, ModelName model);

/// `key "x"`, or `the register` where there are no keys.
std::string name_of_object(const std::string& key);

}  // namespace linearize
