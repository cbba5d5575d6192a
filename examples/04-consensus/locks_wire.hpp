// How what locks.hpp names is written: its names in JSON, its numbers in the binary form. A number,
// once released, keeps its meaning for ever; what is new takes a new one.
#pragma once

#include "locks.hpp"
#include "wire/type.hpp"

namespace locks {

// ---- Operations: 1 to 9 -------------------------------------------------------------------------

constexpr auto describe(wire::Type<Acquire>) {
  return wire::record<1>("acquire", wire::field<1>("name", &Acquire::name),
                         wire::field<2>("owner", &Acquire::owner));
}

constexpr auto describe(wire::Type<Release>) {
  return wire::record<2>("release", wire::field<1>("name", &Release::name),
                         wire::field<2>("owner", &Release::owner),
                         wire::field<3>("token", &Release::token));
}

constexpr auto describe(wire::Type<Look>) {
  return wire::record<3>("look", wire::field<1>("name", &Look::name));
}

// ---- Answers: 10 to 19 --------------------------------------------------------------------------

constexpr auto describe(wire::Type<Granted>) {
  return wire::record<10>("granted", wire::field<1>("token", &Granted::token));
}

constexpr auto describe(wire::Type<Held>) {
  return wire::record<11>("held", wire::field<1>("owner", &Held::owner),
                          wire::field<2>("token", &Held::token));
}

constexpr auto describe(wire::Type<Free>) { return wire::record<12>("free"); }

constexpr auto describe(wire::Type<TooMany>) { return wire::record<13>("too_many"); }

// ---- Pieces of a snapshot: 20 to 29 -------------------------------------------------------------

constexpr auto describe(wire::Type<Lock>) {
  return wire::record<20>("lock", wire::field<1>("name", &Lock::name),
                          wire::field<2>("owner", &Lock::owner),
                          wire::field<3>("token", &Lock::token));
}

constexpr auto describe(wire::Type<Grants>) {
  return wire::record<21>("grants", wire::field<1>("last_token", &Grants::last_token));
}

// ---- What it is made from: 30 -------------------------------------------------------------------

constexpr auto describe(wire::Type<Limits>) {
  return wire::record<30>("limits", wire::field<1>("max_name_bytes", &Limits::max_name_bytes),
                          wire::field<2>("max_owner_bytes", &Limits::max_owner_bytes),
                          wire::field<3>("max_locks", &Limits::max_locks));
}

}  // namespace locks
