// The simulator of the queue: queue_sim sim|replay|hashes. See lib/sim/README.md.
#include "client_wire.hpp"
#include "queue_sim.hpp"
#include "sim/main.hpp"

int main(int argc, char** argv) { return sim::main<queue::System>(argc, argv); }
