// How what kv.hpp names is written: its names in JSON, its numbers in the binary form. A number,
// once released, keeps its meaning for ever; what is new takes a new one.
#pragma once

#include "kv.hpp"
#include "wire/type.hpp"

namespace kv {

// ---- Operations: 1 to 9 -------------------------------------------------------------------------

constexpr auto describe(wire::Type<Put>) {
  return wire::record<1>("put", wire::field<1>("key", &Put::key),
                         wire::field<2>("value", &Put::value),
                         wire::field<3>("expected", &Put::expected));
}

constexpr auto describe(wire::Type<Delete>) {
  return wire::record<2>("delete", wire::field<1>("key", &Delete::key),
                         wire::field<2>("expected", &Delete::expected));
}

constexpr auto describe(wire::Type<Append>) {
  return wire::record<3>("append", wire::field<1>("key", &Append::key),
                         wire::field<2>("value", &Append::value));
}

constexpr auto describe(wire::Type<Get>) {
  return wire::record<4>("get", wire::field<1>("key", &Get::key));
}

// ---- Answers: 10 to 19 --------------------------------------------------------------------------

constexpr auto describe(wire::Type<Stored>) {
  return wire::record<10>("stored", wire::field<1>("version", &Stored::version));
}

constexpr auto describe(wire::Type<Found>) {
  return wire::record<11>("found", wire::field<1>("value", &Found::value),
                          wire::field<2>("version", &Found::version));
}

constexpr auto describe(wire::Type<Missing>) { return wire::record<12>("missing"); }

constexpr auto describe(wire::Type<Conflict>) {
  return wire::record<13>("conflict", wire::field<1>("version", &Conflict::version));
}

constexpr auto describe(wire::Type<TooLarge>) { return wire::record<14>("too_large"); }

// ---- Pieces of a snapshot: 20 to 29 -------------------------------------------------------------

constexpr auto describe(wire::Type<Pair>) {
  return wire::record<20>("pair", wire::field<1>("key", &Pair::key),
                          wire::field<2>("value", &Pair::value),
                          wire::field<3>("version", &Pair::version));
}

constexpr auto describe(wire::Type<Changes>) {
  return wire::record<21>("changes", wire::field<1>("version", &Changes::version));
}

// ---- What it is made from: 30 -------------------------------------------------------------------

constexpr auto describe(wire::Type<Limits>) {
  return wire::record<30>("limits", wire::field<1>("max_key_bytes", &Limits::max_key_bytes),
                          wire::field<2>("max_value_bytes", &Limits::max_value_bytes),
                          wire::field<3>("max_stored_bytes", &Limits::max_stored_bytes));
}

}  // namespace kv
