#include "net/metrics.hpp"

namespace net {

namespace {

void append_head(std::string& out, std::string_view name, std::string_view type,
                 std::string_view help) {
  out.append("# HELP ").append(name).append(" ").append(help).append("\n");
  out.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

}  // namespace

void append_metric(std::string& out, std::string_view name, std::string_view type,
                   std::string_view help, std::uint64_t value) {
  append_head(out, name, type, help);
  out.append(name).append(" ").append(std::to_string(value)).append("\n");
}

std::string Metrics::text() const {
  std::string out;
  append_metric(out, "lab_connections_total", "counter", "Connections accepted.", connections);
  append_metric(out, "lab_connections_open", "gauge", "Connections open now.", open_connections);
  append_metric(out, "lab_requests_total", "counter", "Requests read.", requests);
  append_metric(out, "lab_requests_open", "gauge", "Requests that the core has not answered.",
                open_requests);
  append_head(out, "lab_responses_total", "counter", "Responses, by class of status.");
  for (std::size_t digit = 1; digit < responses.size(); ++digit) {
    out.append("lab_responses_total{class=\"").append(std::to_string(digit)).append("xx\"} ");
    out.append(std::to_string(responses[digit])).append("\n");
  }
  append_metric(out, "lab_socket_writes_total", "counter", "Writes to clients' sockets.",
                socket_writes);
  append_metric(out, "lab_turns_total", "counter", "Turns of the loop with an input.", turns);
  append_metric(out, "lab_disk_writes_total", "counter", "Writes that the core asked for.",
                disk_writes);
  append_metric(out, "lab_disk_syncs_total", "counter", "Syncs that made them durable.",
                disk_syncs);
  return out;
}

}  // namespace net
