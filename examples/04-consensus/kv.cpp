#include "kv.hpp"

#include "core/overloaded.hpp"

namespace kv {

namespace {

std::uint64_t value_bytes(const Operation& operation) {
  return std::visit(core::Overloaded{
                        [](const Delete&) { return std::uint64_t{0}; },
                        [](const auto& asked) { return std::uint64_t{asked.value.size()}; },
                    },
                    operation);
}

}  // namespace

const std::string& key_of(const Operation& operation) {
  return std::visit([](const auto& asked) -> const std::string& { return asked.key; }, operation);
}

bool is_valid(const Operation& operation, const Limits& limits) {
  const std::string& key = key_of(operation);
  return !key.empty() && key.size() <= limits.max_key_bytes &&
         value_bytes(operation) <= limits.max_value_bytes;
}

std::uint64_t size_of(const Operation& operation) {
  return key_of(operation).size() + value_bytes(operation);
}

std::uint64_t size_of(const Piece& piece) {
  const Pair* pair = std::get_if<Pair>(&piece);
  return pair == nullptr ? 0 : pair->key.size() + pair->value.size();
}

Answer KeyValue::apply(const Operation& operation) {
  return std::visit([this](const auto& asked) { return on(asked); }, operation);
}

Answer KeyValue::ask(const Query& query) const {
  const auto found = values_.find(query.key);
  if (found == values_.end()) return Missing{};
  return Found{found->second.bytes, found->second.version};
}

Answer KeyValue::on(const Put& put) {
  const Version version = version_of(put.key);
  if (put.expected && *put.expected != version) return Conflict{version};
  return store(put.key, put.value);
}

Answer KeyValue::on(const Delete& erase) {
  const Version version = version_of(erase.key);
  if (erase.expected && *erase.expected != version) return Conflict{version};
  const auto found = values_.find(erase.key);
  if (found == values_.end()) return Missing{};
  stored_bytes_ -= erase.key.size() + found->second.bytes.size();
  values_.erase(found);
  ++version_;
  return Missing{};
}

Answer KeyValue::on(const Append& append) {
  const auto found = values_.find(append.key);
  if (found == values_.end()) return store(append.key, append.value);
  if (found->second.bytes.size() + append.value.size() > limits_.max_value_bytes) return TooLarge{};
  std::string joined(found->second.bytes.view());
  joined += append.value.view();
  return store(append.key, core::Bytes(std::move(joined)));
}

Version KeyValue::version_of(const std::string& key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? 0 : found->second.version;
}

Answer KeyValue::store(const std::string& key, const core::Bytes& value) {
  const auto found = values_.find(key);
  const std::uint64_t freed = found == values_.end() ? 0 : key.size() + found->second.bytes.size();
  const std::uint64_t stored_bytes = stored_bytes_ - freed + key.size() + value.size();
  if (value.size() > limits_.max_value_bytes || stored_bytes > limits_.max_stored_bytes) {
    return TooLarge{};
  }
  stored_bytes_ = stored_bytes;
  values_[key] = {value, ++version_};
  return Stored{version_};
}

std::vector<Piece> KeyValue::pieces() const {
  std::vector<Piece> pieces;
  pieces.reserve(values_.size() + 1);
  for (const auto& [key, value] : values_) pieces.push_back(Pair{key, value.bytes, value.version});
  pieces.push_back(Changes{version_});
  return pieces;
}

void KeyValue::take(const Piece& piece) {
  std::visit([this](const auto& part) { put_back(part); }, piece);
}

void KeyValue::put_back(const Pair& pair) {
  values_[pair.key] = {pair.value, pair.version};
  stored_bytes_ += pair.key.size() + pair.value.size();
}

void KeyValue::add_to(core::Digest& digest) const {
  digest.add(version_).add(stored_bytes_);
  for (const auto& [key, value] : values_) digest.add(key).add(value.bytes).add(value.version);
}

}  // namespace kv
