// The simulator of the cluster: raft_sim sim|replay|hashes. See lib/sim/README.md.
#include "client_wire.hpp"
#include "messages_wire.hpp"
#include "raft_sim.hpp"
#include "sim/main.hpp"

int main(int argc, char** argv) { return sim::main<raft::System>(argc, argv); }
