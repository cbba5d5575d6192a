// Must not compile: a field has the name by which JSON tells alternatives.
#include <string>
#include <variant>

#include "wire/to_json.hpp"
#include "wire/wire.hpp"

namespace refused {

struct Message {
  std::string type;
};

constexpr auto describe(wire::Type<Message>) {
  return wire::record<1>("message", wire::field<1>("type", &Message::type));
}

std::string bytes = wire::encode(Message{});

}  // namespace refused
