// Ctrl-C and a request to end, taken where this program waits, and by no handler: all its threads
// hold them back.
#pragma once

#include <chrono>

namespace torture {

/// Before any thread is started.
void hold_signals_back();

/// Waits so long, or less if a signal comes. True once one has.
bool wait_for_signal(std::chrono::microseconds longest);

}  // namespace torture
