// Must not compile: two values of an enumeration have the same number.
#include <string>
#include <variant>

#include "wire/to_json.hpp"
#include "wire/wire.hpp"

namespace refused {

enum class Color { red, green };

constexpr auto describe(wire::Type<Color>) {
  return wire::enumeration(wire::value<1>("red", Color::red),
                           wire::value<1>("green", Color::green));
}

std::string bytes = wire::encode(Color::red);

}  // namespace refused
