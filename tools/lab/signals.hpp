#pragma once

namespace lab {

// Turns SIGINT, SIGTERM, SIGHUP and SIGCHLD into something poll() can wait for, and ignores
// SIGPIPE.
void install_signals();

// Readable when a signal has come.
int signal_fd();

// Takes what has come; the number of requests to end (SIGINT, SIGTERM, SIGHUP) so far.
int end_requests();

}  // namespace lab
