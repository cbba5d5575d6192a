// What may name a queue, a worker or a task.
#pragma once

#include <cstdint>
#include <string>

namespace queue {

/// Whether `name` may name a queue or a worker: 1 to `max_bytes` letters, digits, '-', '_' and '.',
/// the first of them no '.': for "." and ".." in a path mean something else to an HTTP client.
bool is_valid_name(const std::string& name, std::uint32_t max_bytes);

/// Whether `key` may be a task's key: 1 to `max_bytes` visible ASCII characters.
bool is_valid_key(const std::string& key, std::uint32_t max_bytes);

}  // namespace queue
