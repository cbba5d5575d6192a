// Must not compile: two fields have the same number.
#include <string>
#include <variant>

#include "wire/to_json.hpp"
#include "wire/wire.hpp"

namespace refused {

struct Message {
  std::string a;
  std::string b;
};

constexpr auto describe(wire::Type<Message>) {
  return wire::record<1>("message", wire::field<1>("a", &Message::a),
                         wire::field<1>("b", &Message::b));
}

std::string bytes = wire::encode(Message{});

}  // namespace refused
