// An immutable run of bytes that many owners share: a payload is stored once, however many peers
// and sessions it is sent to.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace core {

class Bytes {
 public:
  Bytes() = default;

  /// Takes over `text` without copying its content.
  explicit Bytes(std::string text)
      : owner_(text.empty() ? nullptr : std::make_shared<const std::string>(std::move(text))),
        view_(owner_ ? std::string_view(*owner_) : std::string_view()) {}

  std::size_t size() const { return view_.size(); }
  bool empty() const { return view_.empty(); }

  /// The content; valid as long as this object or a copy of it lives.
  std::string_view view() const { return view_; }

  /// `count` bytes from `offset` on, sharing the same storage. Both are cut to what is there.
  Bytes slice(std::size_t offset, std::size_t count) const {
    Bytes part;
    part.owner_ = owner_;
    part.view_ = view_.substr(offset < view_.size() ? offset : view_.size(), count);
    return part;
  }

  friend bool operator==(const Bytes& a, const Bytes& b) { return a.view_ == b.view_; }
  friend std::strong_ordering operator<=>(const Bytes& a, const Bytes& b) {
    return a.view_ <=> b.view_;
  }

 private:
  std::shared_ptr<const std::string> owner_;
  std::string_view view_;
};

}  // namespace core
