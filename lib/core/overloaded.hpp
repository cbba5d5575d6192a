// Picks a function by the type of what std::visit finds:
//
//   std::visit(core::Overloaded{[&](const Ack& ack) { on_ack(ack); },
//                               [&](const Nack& nack) { on_nack(nack); }},
//              command);
#pragma once

namespace core {

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};

}  // namespace core
