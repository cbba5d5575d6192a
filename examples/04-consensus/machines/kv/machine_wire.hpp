// How the values of that state machine are written.
#pragma once

#include "kv_wire.hpp"
