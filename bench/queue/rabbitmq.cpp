// RabbitMQ: publisher confirms and manual acks; a quorum queue on disk, or a classic one in memory.
#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <sys/time.h>

#include <filesystem>
#include <fstream>

#include "rival.hpp"

namespace bench {

namespace {

const amqp_bytes_t queue_name = amqp_cstring_bytes("jobs");
constexpr amqp_channel_t channel = 1;

void check(int status) {
  if (status != AMQP_STATUS_OK) throw Wrong(std::string("RabbitMQ: ") + amqp_error_string2(status));
}

void check(const amqp_rpc_reply_t& reply) {
  if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION) check(reply.library_error);
  if (reply.reply_type != AMQP_RESPONSE_NORMAL) throw Wrong("RabbitMQ refused");
}

class Connection {
 public:
  explicit Connection(std::uint16_t port) : state_(amqp_new_connection()) {
    check(amqp_socket_open(amqp_tcp_socket_new(state_), "127.0.0.1", port));
    check(amqp_login(state_, "/", 0, 131'072, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest"));
    amqp_channel_open(state_, channel);
    check_last();
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Told the server, so that it has read every ack before.
  ~Connection() {
    amqp_channel_close(state_, channel, AMQP_REPLY_SUCCESS);
    amqp_connection_close(state_, AMQP_REPLY_SUCCESS);
    amqp_destroy_connection(state_);
  }

  amqp_connection_state_t state() const { return state_; }

  void check_last() { check(amqp_get_rpc_reply(state_)); }

 private:
  amqp_connection_state_t state_;
};

void declare_queue(std::uint16_t port, bool durable) {
  Connection connection(port);
  amqp_table_entry_t type{};
  type.key = amqp_cstring_bytes("x-queue-type");
  type.value.kind = AMQP_FIELD_KIND_UTF8;
  type.value.value.bytes = amqp_cstring_bytes(durable ? "quorum" : "classic");
  const amqp_table_t arguments{1, &type};
  amqp_queue_declare(connection.state(), channel, queue_name, 0, durable ? 1 : 0, 0, 0, arguments);
  connection.check_last();
}

class RabbitProducer : public Producer {
 public:
  RabbitProducer(std::uint16_t port, bool durable) : connection_(port) {
    properties_._flags = AMQP_BASIC_DELIVERY_MODE_FLAG;
    properties_.delivery_mode = durable ? 2 : 1;
    amqp_confirm_select(connection_.state(), channel);
    connection_.check_last();
  }

  void put(const std::vector<std::string>& jobs) override {
    for (const std::string& job : jobs) {
      // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): so it wants it, and writes nothing
      const amqp_bytes_t body{job.size(), const_cast<char*>(job.data())};
      check(amqp_basic_publish(connection_.state(), channel, amqp_empty_bytes, queue_name, 0, 0,
                               &properties_, body));
    }
    sent_ += jobs.size();
    waiting_ = jobs.size();
    while (waiting_ > 0) receive_confirm();
  }

 private:
  /// Each is for one message, or for all up to it.
  void receive_confirm() {
    amqp_maybe_release_buffers(connection_.state());
    amqp_frame_t frame;
    check(amqp_simple_wait_frame(connection_.state(), &frame));
    if (frame.frame_type != AMQP_FRAME_METHOD || frame.payload.method.id != AMQP_BASIC_ACK_METHOD) {
      throw Wrong("RabbitMQ has not confirmed a message");
    }
    const auto* ack = static_cast<const amqp_basic_ack_t*>(frame.payload.method.decoded);
    waiting_ = ack->multiple == 0 ? waiting_ - 1 : sent_ - ack->delivery_tag;
  }

  Connection connection_;
  amqp_basic_properties_t properties_{};
  std::uint64_t sent_ = 0;
  std::uint64_t waiting_ = 0;  // messages without a confirm
};

/// The server pushes: as many jobs may be on their way as the worker takes at a time.
class RabbitWorker : public Worker {
 public:
  RabbitWorker(std::uint16_t port, std::uint32_t batch) : connection_(port) {
    amqp_basic_qos(connection_.state(), channel, 0, static_cast<std::uint16_t>(batch), 0);
    connection_.check_last();
    amqp_basic_consume(connection_.state(), channel, queue_name, amqp_empty_bytes, 0, 0, 0,
                       amqp_empty_table);
    connection_.check_last();
  }

  std::vector<std::string> take(std::uint32_t most) override {
    std::vector<std::string> jobs;
    while (jobs.size() < most && receive(jobs.empty() ? empty_wait_ms : 0, jobs)) continue;
    return jobs;
  }

  void ack() override { check(amqp_basic_ack(connection_.state(), channel, last_, 1)); }

 private:
  bool receive(int wait_ms, std::vector<std::string>& jobs) {
    amqp_maybe_release_buffers(connection_.state());
    const timeval wait{0, 1'000L * wait_ms};
    amqp_envelope_t envelope;
    const amqp_rpc_reply_t reply = amqp_consume_message(connection_.state(), &envelope, &wait, 0);
    if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION &&
        reply.library_error == AMQP_STATUS_TIMEOUT) {
      return false;
    }
    check(reply);
    last_ = envelope.delivery_tag;
    const amqp_bytes_t& body = envelope.message.body;
    jobs.emplace_back(static_cast<const char*>(body.bytes), body.len);
    amqp_destroy_envelope(&envelope);
    return true;
  }

  Connection connection_;
  std::uint64_t last_ = 0;
};

/// The Erlang machine and the name server that it wants, with names, ports and folders of their
/// own. The script becomes the machine only if that may read its input; then -noinput says that it
/// need not.
class RabbitMq : public Rival {
 public:
  RabbitMq(const std::string& program, const Setting& setting)
      : port_(free_port()), durable_(setting.durable) {
    const std::string folder = setting.folder + "/rabbitmq";
    std::filesystem::create_directory(folder);
    std::ofstream(folder + "/enabled_plugins") << "[].\n";
    std::ofstream(folder + "/rabbitmq.conf") << "loopback_users = none\n";
    std::ofstream(folder + "/rabbitmq-env.conf").flush();
    const std::uint16_t names_port = free_port();
    const std::vector<std::string> variables = {
        "HOME=" + folder,
        "ERL_EPMD_ADDRESS=127.0.0.1",
        "ERL_EPMD_PORT=" + std::to_string(names_port),
        "RABBITMQ_NODENAME=bench@localhost",
        "RABBITMQ_NODE_IP_ADDRESS=127.0.0.1",
        "RABBITMQ_NODE_PORT=" + std::to_string(port_),
        "RABBITMQ_DIST_PORT=" + std::to_string(free_port()),
        "RABBITMQ_MNESIA_BASE=" + folder,
        "RABBITMQ_LOG_BASE=" + folder,
        "RABBITMQ_CONFIG_FILE=" + folder + "/rabbitmq.conf",
        "RABBITMQ_CONF_ENV_FILE=" + folder + "/rabbitmq-env.conf",
        "RABBITMQ_ENABLED_PLUGINS_FILE=" + folder + "/enabled_plugins",
        "RABBITMQ_ALLOW_INPUT=1",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-noinput",
    };
    names_ = std::make_unique<Server>("epmd", folder, std::vector<std::string>{"/usr/bin/epmd"},
                                      variables);
    names_->wait_for(names_port);
    server_ =
        std::make_unique<Server>("rabbitmq", folder, std::vector<std::string>{program}, variables);
    server_->wait_for(port_);
    declare_queue(port_, durable_);
  }

  std::unique_ptr<Producer> producer() override {
    return std::make_unique<RabbitProducer>(port_, durable_);
  }
  std::unique_ptr<Worker> worker(std::uint32_t, std::uint32_t batch) override {
    return std::make_unique<RabbitWorker>(port_, batch);
  }

 private:
  std::uint16_t port_;
  bool durable_;
  std::unique_ptr<Server> names_;
};

}  // namespace

std::unique_ptr<Rival> start_rabbitmq(const std::string& program, const Setting& setting) {
  return std::make_unique<RabbitMq>(program, setting);
}

}  // namespace bench
