// Must not compile: two alternatives have the same type number.
#include <string>
#include <variant>

#include "wire/to_json.hpp"
#include "wire/wire.hpp"

namespace refused {

struct First {};
struct Second {};

constexpr auto describe(wire::Type<First>) { return wire::record<1>("first"); }
constexpr auto describe(wire::Type<Second>) { return wire::record<1>("second"); }

std::string bytes = wire::encode(std::variant<First, Second>{});

}  // namespace refused
