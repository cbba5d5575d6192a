#include "locks.hpp"

namespace locks {

namespace {

bool is_right(const std::string& text, std::uint32_t max_bytes) {
  return !text.empty() && text.size() <= max_bytes;
}

}  // namespace

bool is_valid(const Operation& operation, const Limits& limits) {
  return std::visit(
      [&](const auto& asked) {
        return is_right(asked.name, limits.max_name_bytes) &&
               is_right(asked.owner, limits.max_owner_bytes);
      },
      operation);
}

std::uint64_t size_of(const Operation& operation) {
  return std::visit(
      [](const auto& asked) { return std::uint64_t{asked.name.size() + asked.owner.size()}; },
      operation);
}

std::uint64_t size_of(const Piece& piece) {
  const Lock* lock = std::get_if<Lock>(&piece);
  return lock == nullptr ? 0 : lock->name.size() + lock->owner.size();
}

Answer LockService::apply(const Operation& operation) {
  return std::visit([this](const auto& asked) { return on(asked); }, operation);
}

Answer LockService::ask(const Query& query) const {
  const auto found = held_.find(query.name);
  if (found == held_.end()) return Free{};
  return found->second;
}

Answer LockService::on(const Acquire& acquire) {
  const auto found = held_.find(acquire.name);
  if (found != held_.end()) return found->second;
  if (held_.size() >= limits_.max_locks) return TooMany{};
  held_[acquire.name] = {acquire.owner, ++last_token_};
  return Granted{last_token_};
}

Answer LockService::on(const Release& release) {
  const auto found = held_.find(release.name);
  if (found == held_.end()) return Free{};
  if (found->second != Held{release.owner, release.token}) return found->second;
  held_.erase(found);
  return Free{};
}

std::vector<Piece> LockService::pieces() const {
  std::vector<Piece> pieces;
  for (const auto& [name, held] : held_) pieces.push_back(Lock{name, held.owner, held.token});
  pieces.push_back(Grants{last_token_});
  return pieces;
}

void LockService::take(const Piece& piece) {
  std::visit([this](const auto& part) { put_back(part); }, piece);
}

void LockService::add_to(core::Digest& digest) const {
  digest.add(last_token_);
  for (const auto& [name, held] : held_) digest.add(name).add(held.owner).add(held.token);
}

}  // namespace locks
