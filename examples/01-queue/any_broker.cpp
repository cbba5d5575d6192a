#include "any_broker.hpp"

#include "any_queue.hpp"
#include "http.hpp"
#include "messages_wire.hpp"
#include "net/program.hpp"

namespace queue {

int run_any_broker(const Config& config, const net::NodeOptions& options) {
  return net::run_node<AnyQueue>(config, options, Api());
}

}  // namespace queue
